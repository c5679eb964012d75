"""A player's time as a picture: a box for each segment in the colour of who served it, faults shaded, stalls marked.

Colours come from the page by CSS variables; `STYLE` holds the classes used here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from headend.demonstration.plots import ticks
from headend.drill.player import Report
from headend.drill.verdict import Fault, Server, server_of

WIDTH, HEIGHT = 1040, 128
LEFT, RIGHT, TOP, BAR = 12, 12, 30, 40

STYLE = """
.strip text { font: 11.5px ui-sans-serif, system-ui, sans-serif; fill: var(--soft); }
.strip .fault { fill: var(--bad); opacity: .13; }
.strip .edge { stroke: var(--bad); stroke-dasharray: 3 3; }
.strip .stall { fill: var(--bad); }
.strip .failed { stroke: var(--bad); stroke-width: 1.2; }
.strip .number { font-size: 9px; fill: var(--card); }
.strip .axis { stroke: var(--grid); }
.s0 { fill: var(--one); background: var(--one); } .s1 { fill: var(--two); background: var(--two); }
.s2 { fill: var(--three); background: var(--three); } .s3 { fill: var(--four); background: var(--four); }
"""
COLOURS = 4


def colours(reports: Sequence[Report]) -> Mapping[Server, str]:
    """A class for each server, in the order in which they first served."""
    found = dict.fromkeys(
        server_of(one) for report in reports for one in sorted(report.segments, key=lambda one: one.at)
    )
    return {server: f"s{index % COLOURS}" for index, server in enumerate(found)}


def svg(title: str, report: Report, fault: Fault, classes: Mapping[Server, str]) -> str:
    """One player's strip. A box is as wide as the time until the next segment was there."""
    segments = sorted(report.segments, key=lambda one: one.at)
    end = max([fault.ended, *(one.at for one in segments), *(one.at for one in report.requests)]) + 0.5
    scale = (WIDTH - LEFT - RIGHT) / end

    def x(seconds: float) -> float:
        return LEFT + min(max(seconds, 0.0), end) * scale

    bottom = TOP + BAR
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}"'
    parts = [f'<svg class="strip" xmlns="http://www.w3.org/2000/svg" {size}>']
    width = x(fault.ended) - x(fault.began)
    parts.append(
        f'<rect class="fault" x="{x(fault.began):.1f}" y="{TOP - 8}" width="{width:.1f}" height="{BAR + 34}"/>'
    )
    for at, label, anchor in ((fault.began, "broken", "end"), (fault.ended, "mended", "start")):
        shift = -4 if anchor == "end" else 4
        parts.append(f'<line class="edge" x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{TOP - 18}" y2="{bottom + 26}"/>')
        parts.append(f'<text x="{x(at) + shift:.1f}" y="{TOP - 12}" text-anchor="{anchor}">{label}</text>')
    for index, one in enumerate(segments):
        until = segments[index + 1].at if index + 1 < len(segments) else one.at + 0.5
        wide = max(x(until) - x(one.at) - 1.0, 1.0)
        tip = escape(f"segment {one.number}, {one.at:.2f} s, {server_of(one)}")
        box = f'x="{x(one.at):.1f}" y="{TOP}" width="{wide:.1f}" height="{BAR}" rx="2"'
        parts.append(f'<rect class="{classes[server_of(one)]}" {box}><title>{tip}</title></rect>')
        if wide > 26:
            parts.append(f'<text class="number" x="{x(one.at) + 3:.1f}" y="{TOP + 24}">{one.number % 10000:04d}</text>')
    for request in report.requests:
        if request.status != 200:
            at = x(request.at)
            tip = escape(f"{request.status or 'no answer'} for {request.url}, {request.at:.2f} s")
            line = f'x1="{at:.1f}" x2="{at:.1f}" y1="{bottom + 4}" y2="{bottom + 12}"'
            parts.append(f'<line class="failed" {line}><title>{tip}</title></line>')
    for stall in report.stalls:
        wide = max(stall.milliseconds / 1000 * scale, 1.5)
        tip = escape(f"the picture stood still for {stall.milliseconds:.0f} ms")
        box = f'x="{x(stall.at):.1f}" y="{bottom + 16}" width="{wide:.1f}" height="7"'
        parts.append(f'<rect class="stall" {box}><title>{tip}</title></rect>')
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bottom + 28}" y2="{bottom + 28}"/>')
    for second in ticks(-fault.began, end - fault.began, 12):
        text = f"{second:+g} s" if second else "0 s"
        parts.append(f'<text x="{x(second + fault.began):.1f}" y="{HEIGHT - 12}" text-anchor="middle">{text}</text>')
    return "\n".join([*parts, "</svg>"])
