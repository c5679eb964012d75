"""One metric over time as an SVG plot: the samples, the thresholds, and the time in which alarms were on.

Colours come from the page by CSS variables; `STYLE` holds the classes used here. Every sample is also written into the
`data-points` attribute, so that the page can show the value under the pointer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 1040, 236
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 30, 30
BAR = 20

STYLE = """
.plot text { font: 11.5px ui-sans-serif, system-ui, sans-serif; fill: var(--soft); }
.plot .title { font-size: 14px; font-weight: 650; fill: var(--ink); }
.plot .grid { stroke: var(--grid); }
.plot .line { fill: none; stroke: var(--accent); stroke-width: 1.9; stroke-linejoin: round; }
.plot .band { fill: var(--bad); opacity: .13; }
.plot .bar { fill: var(--bad); opacity: .22; }
.plot .threshold { stroke: var(--bad); stroke-dasharray: 6 4; stroke-width: 1.3; }
.plot .threshold-text, .plot .band-text { fill: var(--bad); font-weight: 400; }
.plot .threshold-text { font-size: 11.5px; white-space: pre; }
.plot .mark { stroke: var(--soft); stroke-dasharray: 2 3; }
.plot .cursor { stroke: var(--ink); opacity: .5; visibility: hidden; }
"""


@dataclass(frozen=True)
class Threshold:
    """A horizontal line at `value` (the plot's unit) with a short label."""

    value: float
    label: str


@dataclass(frozen=True)
class Band:
    """The time from `start` to `end` (seconds) in which the alarm `label` was on."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Plot:
    """What one plot shows. `points` are (seconds, value) in time order, `marks` (seconds, label) for vertical lines."""

    title: str
    unit: str
    points: Sequence[tuple[float, float]]
    thresholds: Sequence[Threshold] = ()
    bands: Sequence[Band] = ()
    marks: Sequence[tuple[float, str]] = ()
    gap_seconds: float = 3.0


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` round values (1, 2 or 5 times a power of ten apart) that cover `low` to `high`."""
    span = high - low
    if span <= 0:
        return [low]
    rough = span / count
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = ceil(low / step - 1e-9)
    return [round(step * i, 12) for i in range(first, floor(high / step + 1e-9) + 1)]


def svg(plot: Plot, start: float, end: float) -> str:
    """Return `plot` from `start` to `end` (seconds) as one `<svg>` element of class "plot"."""
    values = [value for _, value in plot.points] + [line.value for line in plot.thresholds]
    top = max([*values, 0.0]) * 1.12 or 1.0
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(seconds: float) -> float:
        return LEFT + (min(max(seconds, start), end) - start) / ((end - start) or 1.0) * inner_width

    def y(value: float) -> float:
        return TOP + inner_height * (1 - value / top)

    labels = list(dict.fromkeys(band.label for band in plot.bands))
    height = HEIGHT + BAR * len(labels)
    legend = "   ".join(f"┄ {line.label}" for line in plot.thresholds)
    samples = json.dumps([[round(second, 2), round(value, 4)] for second, value in plot.points])
    frame = f'data-left="{LEFT}" data-right="{RIGHT}" data-width="{WIDTH}"'
    data = f'data-start="{start:g}" data-end="{end:g}" data-unit="{escape(plot.unit)}" data-points="{samples}"'
    size = f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(plot.title)}"'
    thresholds = f'<tspan class="threshold-text" dx="18">{escape(legend)}</tspan>'
    parts = [
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" {size} {frame} {data}>',
        f'<text class="title" x="{LEFT}" y="16">{escape(plot.title)}{thresholds}</text>',
        f'<text class="value" x="{WIDTH - RIGHT}" y="16" text-anchor="end">{escape(plot.unit)}</text>',
    ]
    for band in plot.bands:
        parts += _band(band, x(band.start), x(band.end), HEIGHT + BAR * labels.index(band.label))
    for value in ticks(0.0, top, 4):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{_short(value)}</text>')
    for second in ticks(start, end, 8):
        number = f"{second:+g} s" if second else "0 s"
        parts.append(f'<text x="{x(second):.1f}" y="{HEIGHT - 10}" text-anchor="middle">{number}</text>')
    for second, label in plot.marks:
        parts.append(
            f'<line class="mark" x1="{x(second):.1f}" x2="{x(second):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        )
        parts.append(f'<text x="{x(second) - 5:.1f}" y="{TOP + 10}" text-anchor="end">{escape(label)}</text>')
    for line in plot.thresholds:
        at = f'y1="{y(line.value):.1f}" y2="{y(line.value):.1f}"'
        parts.append(f'<line class="threshold" x1="{LEFT}" x2="{WIDTH - RIGHT}" {at}/>')
    parts.append(f'<path class="line" d="{_line(plot, x, y)}"/>')
    parts.append(f'<line class="cursor" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/></svg>')
    return "\n".join(parts)


def _band(band: Band, left: float, right: float, bar_top: float) -> list[str]:
    """The shade over the plot, and below it a bar that names the alarm, or stands beside the name if short."""
    width, bottom = max(right - left, 1.0), HEIGHT - BOTTOM
    text = f"{band.label} in ALARM, {band.end - band.start:.0f} s"
    inside = width > len(text) * 6.6
    after = right + len(text) * 6.6 < WIDTH
    x, anchor = (left + 6, "start") if inside else (right + 6, "start") if after else (left - 6, "end")
    return [
        f'<rect class="band" x="{left:.1f}" y="{TOP}" width="{width:.1f}" height="{bottom - TOP}"/>',
        f'<rect class="bar" x="{left:.1f}" y="{bar_top:.1f}" width="{width:.1f}" height="{BAR - 3}" rx="3"/>',
        f'<text class="band-text" x="{x:.1f}" y="{bar_top + BAR - 7:.1f}" text-anchor="{anchor}">{escape(text)}</text>',
    ]


def _line(plot: Plot, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """The samples as a path, with a gap where samples are missing for longer than `gap_seconds`."""
    parts, last = [], None
    for second, value in plot.points:
        pen = "M" if last is None or second - last > plot.gap_seconds else "L"
        parts.append(f"{pen}{x(second):.1f},{y(value):.1f}")
        last = second
    return " ".join(parts)


def _short(value: float) -> str:
    """A number for an axis: 20M, 1.5k, 0.25."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
