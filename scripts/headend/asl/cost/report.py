"""What was counted, as text and for another program to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from headend.asl.cost.sums import Cost, Item, Month, Path

SHOWN = 12
"""States of a path that are written out; the others are counted."""


def text(cost: Cost) -> str:
    """For people: sections with tables."""
    sections = [
        _heading(cost),
        _paths(cost),
        _counted(cost),
        _bill(cost),
        _express(cost),
        _unpriced(cost),
        _assumed(cost),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section)


def data(cost: Cost) -> dict[str, Any]:
    """For programs: money in US dollars, `month` null without a rate; `free` are units."""
    usual = {
        "states": list(cost.usual),
        "transitions_by_state": [
            {"state": state.name, "pointer": list(state.pointer), "kind": kind, "times": times}
            for (state, kind), times in cost.counted.items()
        ],
    }
    compared = cost.express
    return {
        "file": str(cost.definition.path),
        "region": cost.prices.region,
        "prices_seen": {"from": cost.prices.seen[0], "to": cost.prices.seen[1]},
        "executions_a_month": cost.question.executions,
        "paths": [
            {"name": path.name, "transitions": path.transitions, "usd": path.usd, "month": _month(path.month)}
            for path in cost.paths
        ],
        "ends": [
            {
                "state": end.state,
                "fails": end.fails,
                "only_by_error": end.only_by_error,
                "fewest": end.fewest,
                "most": end.most,
            }
            for end in cost.ends
        ],
        "number_of_paths": cost.number_of_paths,
        "named_paths": [
            {
                "states": list(way.states),
                "caught_at": sorted(way.caught),
                "fails": way.fails,
                "fewest": way.fewest,
                "most": way.most,
            }
            for way in cost.named
        ],
        "usual": usual,
        "standard": [_item(item) for item in cost.standard],
        "express": {
            "possible": not compared.hindrances,
            "hindrances": list(compared.hindrances),
            "memory_mb": compared.megabytes,
            "duration_ms": compared.milliseconds,
            "equal_duration_ms": compared.equal_milliseconds,
            "cheaper_from_executions_a_month": compared.equal_executions,
            "items": [_item(item) for item in cost.express_items],
        },
        "unpriced": list(cost.unpriced),
        "assumed": {
            "loops": [
                {"head": loop.head, "states": sorted(loop.members), "rounds": loop.rounds} for loop in cost.loops
            ],
            "iterations": dict(cost.maps),
            "start_and_end": cost.question.assumptions.start_end,
            "notes": list(cost.notes),
        },
    }


def _month(month: Month | None) -> dict[str, float] | None:
    if month is None:
        return None
    return {"units": month.units, "usd": month.usd, "free": month.free, "usd_after_free": month.billed}


def _item(item: Item) -> dict[str, Any]:
    return {
        "price": item.price,
        "what": item.what,
        "units": item.units,
        "usd": item.usd,
        "month": _month(item.month),
    }


# Sections


def _heading(cost: Cost) -> list[str]:
    usual = next(path for path in cost.paths if path.name == "usual")
    often = ""
    if cost.question.executions is not None:
        often = f", {_number(cost.question.executions)} executions a month"
    first, last = cost.prices.seen
    return [
        f"{cost.definition.path}: {usual.transitions:,} state transitions on the usual path{often}",
        f"Prices of {cost.prices.region} in US dollars, without tax, seen {first} to {last}.",
    ]


def _paths(cost: Cost) -> list[str]:
    rows = [[path.name, f"{path.transitions:,}", _usd(path.usd), *_path_month(path)] for path in cost.paths]
    heads = ["path", "transitions", "USD"]
    if cost.question.executions is not None:
        heads += ["a month", "of the free tier", "USD a month", "after the free tier"]
    lines = _table(heads, rows)
    lines += ["", f"usual: {_way(cost.usual)}"]
    lines += ["", "ends:"]
    for end in cost.ends:
        how = "fails" if end.fails else "ends"
        only = ", only through Catch" if end.only_by_error else ""
        lines.append(f"  {end.state} ({how}{only}): {_span(end.fewest, end.most)} transitions")
    number = cost.number_of_paths
    shown = f"{number:,}" if number < 10**12 else f"about 10^{len(str(number)) - 1}"
    lines += [
        "",
        f"{shown} paths through the outermost states, each loop left as it is entered; the first {len(cost.named)}:",
    ]
    extra = cost.question.assumptions.start_end
    for way in cost.named:
        marked = [f"{name} (Catch)" if name in way.caught else name for name in way.states]
        lines.append(f"  {_span(way.fewest + extra, way.most + extra)}: {_way(marked)}")
    return lines


def _path_month(path: Path) -> list[str]:
    if path.month is None:
        return []
    month = path.month
    return [_number(month.units), f"{month.units / month.free:.0%}", _usd(month.usd), _usd(month.billed)]


def _counted(cost: Cost) -> list[str]:
    lines = ["what the usual path is counted for:"]
    for (state, kind), times in cost.counted.items():
        what = {"entered": "", "retried": " (retry)", "child": " (starts a child execution)"}[kind]
        inside = f" in {state.machine.parent.name}" if state.machine.parent else ""
        lines.append(f"  {times:>6,}  {state.name}{what}{inside}")
    if cost.question.assumptions.start_end:
        lines.append(f"  {cost.question.assumptions.start_end:>6,}  start and end of the execution")
    return lines


def _bill(cost: Cost) -> list[str]:
    return ["the usual path as STANDARD:", *_items(cost.standard)]


def _items(items: Sequence[Item]) -> list[str]:
    rows = []
    for item in items:
        row = [item.what, _number(item.units), _usd(item.usd)]
        if item.month:
            free = _number(item.month.free) if item.month.free else "none"
            row += [_number(item.month.units), _usd(item.month.usd), free, _usd(item.month.billed)]
        rows.append(row)
    total = ["together", "", _usd(sum(item.usd for item in items))]
    heads = ["what", "units", "USD"]
    if items and items[0].month:
        months = [item.month for item in items if item.month]
        total += ["", _usd(sum(month.usd for month in months)), "", _usd(sum(month.billed for month in months))]
        heads += ["units a month", "USD a month", "free a month", "after the free tier"]
    return _table(heads, [*rows, total])


def _express(cost: Cost) -> list[str]:
    compared = cost.express
    if compared.hindrances:
        return [f"EXPRESS is no choice: {'; '.join(compared.hindrances)}."]
    lines = [f"as EXPRESS, with {compared.megabytes} MB:"]
    if cost.express_items:
        lines += _items(cost.express_items)
    equal = compared.equal_milliseconds
    if equal > 300_000:
        lines.append(
            "Without the free transitions it is cheaper than STANDARD at any duration that it may have (5 minutes)."
        )
    elif equal:
        lines.append(f"Without the free transitions it is cheaper than STANDARD up to {_number(equal / 1000)} s.")
    else:
        lines.append("It is never cheaper than STANDARD.")
    if compared.milliseconds is None:
        lines.append("What it costs depends on how long it takes: give --duration milliseconds.")
    elif compared.equal_executions is not None:
        free = _number(cost.prices.prices["state_transition"].free)
        lines.append(
            f"With {free} transitions free it is cheaper from {_number(compared.equal_executions)} executions a month"
            " on (if nothing else uses them)."
        )
    return lines


def _unpriced(cost: Cost) -> list[str]:
    if not cost.unpriced:
        return []
    return ["not in these sums, because there is no price for it here:", *(f"  {line}" for line in cost.unpriced)]


def _assumed(cost: Cost) -> list[str]:
    assumed = cost.question.assumptions
    lines = ["assumed:"]
    for loop in cost.loops:
        states = _way(_in_order(cost, loop.head, loop.members))
        lines.append(f"  the loop {states} is gone round {_times(loop.rounds)} more: --rounds")
    for name, children in cost.maps.items():
        lines.append(f"  {name} has {children:,} iterations: --items")
    counted = {0: "are no transitions", 1: "are one transition", 2: "are two transitions"}[assumed.start_end]
    lines.append(f"  the start and the end of an execution {counted}; AWS's pages differ: --start-end")
    lines += [f"  {note}" for note in cost.notes]
    return lines


def _in_order(cost: Cost, head: str, members: Iterable[str]) -> list[str]:
    inside = set(members) - {head}
    return [head, *dict.fromkeys(state.name for state in cost.definition.states() if state.name in inside)]


# Words and numbers


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _way(states: Sequence[str]) -> str:
    if len(states) <= SHOWN:
        return " → ".join(states)
    left = len(states) - SHOWN
    return " → ".join([*states[: SHOWN - 2], f"… {left} more …", *states[-2:]])


def _span(fewest: int, most: int) -> str:
    return f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 1000 else f"{value:,.4g}"


def _usd(value: float) -> str:
    """At least two digits after the point, and four that count for small sums."""
    if value == 0 or value >= 0.1:
        return f"{value:,.2f}"
    return f"{value:.3g}" if value >= 0.0001 else f"{value:.10f}".rstrip("0")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    lines = []
    for row in [heads, *rows]:
        cells = [
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return lines
