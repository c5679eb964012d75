"""The drawing's own colours and fonts, for light and dark. Only literal values, which every SVG viewer understands."""

from __future__ import annotations

from string import Template

_LIGHT = {
    "page": "#ffffff",
    "box": "#f7f9fb",
    "panel": "#ffffff",
    "group": "#eef2f7",
    "ink": "#16202b",
    "soft": "#566576",
    "line": "#7f8fa1",
    "edge": "#a9b5c2",
    "accent": "#2563c9",
    "good": "#14804a",
    "good_box": "#e9f7ef",
    "bad": "#c8322b",
    "bad_box": "#fdeeed",
    "fault": "#b45309",
}
_DARK = {
    "page": "#182129",
    "box": "#202b36",
    "panel": "#182129",
    "group": "#1f2a35",
    "ink": "#e8eef4",
    "soft": "#9fb0c1",
    "line": "#7d8fa3",
    "edge": "#4d5e72",
    "accent": "#6ea8ff",
    "good": "#4cc38a",
    "good_box": "#17372a",
    "bad": "#ff7a72",
    "bad_box": "#412426",
    "fault": "#f2ae49",
}
_FORM = """
.asl text { font-family: system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; text-anchor: middle; }
.asl .name { font-size: 12.5px; font-weight: 600; }
.asl .small, .asl .label text, .asl .note { font-size: 10.5px; }
.asl .box, .asl .panel, .asl .sheet, .asl .end { stroke-width: 1.2; }
.asl .second, .asl .line { fill: none; stroke-width: 1.3; }
.asl .catch .line { stroke-dasharray: 5 4; }
.asl .taken > .line { stroke-width: 2.6; }
.asl .taken > .box, .asl .failed > .box { stroke-width: 2.4; }
.asl .missing .box, .asl .unknown > .box { stroke-dasharray: 3 3; }
.asl .panel { stroke-dasharray: 2 3; }
.asl .idle { opacity: .62; }
.asl .idle .idle { opacity: 1; }
"""
_COLOURS = Template("""
.asl .page, .asl .label rect { fill: $page; }
.asl text { fill: $ink; }
.asl .small { fill: $soft; }
.asl .box, .asl .sheet { fill: $box; stroke: $edge; }
.asl .group > .box, .asl .group > .sheet { fill: $group; stroke: $edge; }
.asl .panel { fill: $panel; stroke: $edge; }
.asl .second { stroke: $edge; }
.asl .choice > .box { stroke: $accent; }
.asl .succeed > .box, .asl .succeed > .second { stroke: $good; }
.asl .fail > .box { stroke: $bad; }
.asl .missing .box { stroke: $bad; }
.asl .missing text { fill: $bad; }
.asl .line { stroke: $line; }
.asl .tip, .asl .start { fill: $line; }
.asl .end { fill: $page; stroke: $line; }
.asl .end-dot { fill: $line; }
.asl .label text { fill: $soft; }
.asl .catch .line { stroke: $fault; }
.asl .catch .tip, .asl .catch text { fill: $fault; }
.asl .chip rect { fill: none; stroke: $fault; }
.asl .chip text { fill: $fault; }
.asl .taken > .box { fill: $good_box; stroke: $good; }
.asl .group.taken > .box { fill: $group; }
.asl .failed > .box { fill: $bad_box; stroke: $bad; }
.asl .taken > .line { stroke: $good; }
.asl .taken > .tip, .asl .taken > .end-dot, .asl .taken > .note { fill: $good; }
.asl .failed > .note { fill: $bad; }
.asl .catch.taken > .line { stroke: $bad; }
.asl .catch.taken > .tip, .asl .catch.taken text { fill: $bad; }
""")


def _compact(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line)


STYLE = f"""{_compact(_FORM)}
{_compact(_COLOURS.substitute(_LIGHT))}
@media (prefers-color-scheme: dark) {{
{_compact(_COLOURS.substitute(_DARK))}
}}"""
