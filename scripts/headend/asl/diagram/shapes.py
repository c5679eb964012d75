"""The outline of each state type, as SVG elements of class "box"."""

from __future__ import annotations

from collections.abc import Callable

SKEW = 9.0
POINT = 13.0
CUT = 10.0
INSET = 3.0


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{round(value, 1) + 0.0:g}"


def rectangle(kind: str, x: float, y: float, width: float, height: float, radius: float) -> str:
    """A rectangle of class `kind`."""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f'<rect class="{kind}" {place} rx="{number(radius)}"/>'


def outline(state_type: str, x: float, y: float, width: float, height: float) -> str:
    """The box of a state: its type decides on the form."""
    return _FORMS.get(state_type, _box)(x, y, width, height)


def _box(x: float, y: float, width: float, height: float) -> str:
    return rectangle("box", x, y, width, height, 6)


def _pass(x: float, y: float, width: float, height: float) -> str:
    right, low = x + width, y + height
    return _polygon((x + SKEW, y), (right, y), (right - SKEW, low), (x, low))


def _choice(x: float, y: float, width: float, height: float) -> str:
    right, low, middle = x + width, y + height, y + height / 2
    return _polygon(
        (x, middle), (x + POINT, y), (right - POINT, y), (right, middle), (right - POINT, low), (x + POINT, low)
    )


def _wait(x: float, y: float, width: float, height: float) -> str:
    """Flat on the left and round on the right, as a delay in a flow chart."""
    radius = height / 2
    straight = width - radius
    path = f"M{number(x)},{number(y)} h{number(straight)} a{number(radius)},{number(radius)} 0 0 1 0,{number(height)}"
    return f'<path class="box" d="{path} h{number(-straight)} z"/>'


def _succeed(x: float, y: float, width: float, height: float) -> str:
    inner = rectangle("second", x + INSET, y + INSET, width - 2 * INSET, height - 2 * INSET, height / 2 - INSET)
    return rectangle("box", x, y, width, height, height / 2) + inner


def _fail(x: float, y: float, width: float, height: float) -> str:
    right, low = x + width, y + height
    return _polygon(
        (x + CUT, y), (right - CUT, y), (right, y + CUT), (right, low - CUT),
        (right - CUT, low), (x + CUT, low), (x, low - CUT), (x, y + CUT),
    )  # fmt: skip


def _polygon(*points: tuple[float, float]) -> str:
    return f'<polygon class="box" points="{" ".join(f"{number(x)},{number(y)}" for x, y in points)}"/>'


_FORMS: dict[str, Callable[[float, float, float, float], str]] = {
    "Pass": _pass,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
}
