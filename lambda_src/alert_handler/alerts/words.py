"""How issues, quantities and times are said."""

from collections.abc import Iterable
from datetime import UTC, datetime

from alerts.advice import advice
from alerts.requests import Issue

SUBJECT_LIMIT = 100  # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
ISSUE_LIMIT = 50
_FIELD_LIMIT = 1000
_SCALES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_UNITS = {"Percent": "%", "Milliseconds": "ms", "Seconds": "s", "Microseconds": "µs", "Count": "", "None": ""}
_OF_A_PART = ("FlowAlert", "SourceHealth", "OutputHealth", "ContentQuality")
# They are so or they are not: a value would say nothing.
_STATES = ("NoData", "FlowError", "FlowHealth", "FailoverSwitch", *_OF_A_PART)


def describe(issue: Issue) -> list[str]:
    """An issue and what it means."""
    return [f"- {line(issue)}", f"  {advice(issue.metric).meaning}"]


def line(issue: Issue) -> str:
    """An issue with value, threshold and severity."""
    title = advice(issue.metric).title
    if issue.metric in _STATES:
        return f"{_named(issue)} [{issue.severity}]"
    side = "above" if issue.value > issue.threshold else "below" if issue.value < issue.threshold else "at"
    value, threshold = quantity(issue.value, issue.unit), quantity(issue.threshold, issue.unit)
    return f"{title} ({issue.metric}): {value}, {side} the threshold of {threshold} [{issue.severity}]"


def headline(issue: Issue) -> str:
    """An issue in a subject."""
    if issue.metric in _STATES:
        return _named(issue)
    return f"{advice(issue.metric).title} {quantity(issue.value, issue.unit)}"


def _named(issue: Issue) -> str:
    """The title of what is so or not so, and of what: a source, an output, an alert's code, a fault of the content."""
    title = advice(issue.metric).title
    name = (issue.condition or "").rsplit("#", 1)[-1].rsplit(":", 1)[-1].replace("_", " ")
    return f"{title}: {name}" if name and issue.metric in _OF_A_PART else title


def more(issues: tuple[Issue, ...]) -> list[str]:
    """How many issues were left out."""
    return [f"- and {len(issues) - ISSUE_LIMIT} more"] if len(issues) > ISSUE_LIMIT else []


def numbered(actions: Iterable[str]) -> list[str]:
    """Each action once, with its number."""
    return [f"{i}. {action}" for i, action in enumerate(dict.fromkeys(actions), 1)]


def cut(text: str | None) -> str:
    """A text of somebody else, not too long."""
    text = text or "not given"
    return text if len(text) <= _FIELD_LIMIT else f"{text[: _FIELD_LIMIT - 1]}…"


def one_line(text: str) -> str:
    """Printable ASCII only, one line, cut to the limit."""
    clean = "".join(c if c.isascii() and c.isprintable() else "?" for c in " ".join(text.split()))
    return clean if len(clean) <= SUBJECT_LIMIT else f"{clean[: SUBJECT_LIMIT - 3]}..."


def quantity(value: float, unit: str) -> str:
    """A value with its unit: `5.2 %`, `12 ms`, `14.2 Mbit/s`."""
    if unit == "Bits/Second":
        for scale, prefix in _SCALES:
            if abs(value) >= scale:
                return f"{value / scale:.3g} {prefix}bit/s"
        return f"{value:.3g} bit/s"
    number = f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{number} {_UNITS.get(unit, unit)}".rstrip()


def duration(seconds: int) -> str:
    """`45 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`."""
    minutes, s = divmod(seconds, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    if days:
        return f"{days} d {h} h"
    if hours:
        return f"{hours} h {m} min"
    return f"{m} min {s} s" if minutes else f"{s} s"


def moment(milliseconds: int) -> str:
    """A time in UTC, to the second: `2026-01-01T12:00:00Z`."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat().replace("+00:00", "Z")
