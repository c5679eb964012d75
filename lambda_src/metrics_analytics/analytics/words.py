"""How quantities and times are said."""

_UNITS = {"Percent": "%", "Milliseconds": "ms", "Seconds": "s", "Microseconds": "µs", "Count": "", "None": ""}
_SCALED = {"Bytes": "B", "Bytes/Second": "B/s", "Bits": "bit", "Bits/Second": "bit/s"}
_SCALES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def quantity(value: float, unit: str) -> str:
    """A value with its unit: `95.2 %`, `12 ms`, `14.2 Mbit/s`."""
    if unit in _SCALED:
        for scale, prefix in _SCALES:
            if abs(value) >= scale:
                return f"{value / scale:.3g} {prefix}{_SCALED[unit]}"
        return f"{value:.3g} {_SCALED[unit]}"
    number = f"{value:.3g}" if abs(value) < 1e3 else f"{value:,.0f}" if abs(value) < 1e12 else f"{value:.3g}"
    return f"{number} {_UNITS.get(unit, unit)}".rstrip()


def hours(seconds: float) -> str:
    """`within the hour`, `in 5 hours`, `in 3 days`."""
    number = round(seconds / 3600)
    if number < 1:
        return "within the hour"
    if number < 48:
        return f"in {number} hour{'s' if number > 1 else ''}"
    return f"in {round(number / 24)} days"


def plural(number: int, noun: str) -> str:
    """`1 host`, `3 hosts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
