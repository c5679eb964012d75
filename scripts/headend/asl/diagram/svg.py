"""A definition as one SVG element that needs nothing else: no script, no font, no style from the page around it."""

from __future__ import annotations

from hashlib import sha256

from headend.asl.diagram import frames, labels, text
from headend.asl.diagram.execution import Run, spoken
from headend.asl.diagram.frames import MARK, START, STUB, Box, Frame, Line
from headend.asl.diagram.layout import Piece
from headend.asl.diagram.shapes import number, outline, rectangle
from headend.asl.diagram.style import STYLE
from headend.asl.model import TYPES, Definition, Machine, State

MARGIN = 16.0
SPOKEN_STEPS = 40
"""A path with more states than this is told as its first ones."""


def svg(definition: Definition, run: Run | None = None, title: str | None = None) -> str:
    """Draw `definition`, with what one execution did in it. The text ends in a line feed."""
    title = text.plain(title or definition.path.name)
    frame = frames.arrange(definition.root, run)
    width, height = frame.width + 2 * MARGIN, frame.height + 2 * MARGIN
    told = described(definition, run)
    mark = f"asl-{sha256(f'{title}{told}'.encode('utf-8', 'replace')).hexdigest()[:8]}"
    size = f'viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}"'
    names = f'role="img" aria-labelledby="{mark}-title {mark}-desc"'
    return "\n".join(
        [
            f'<svg class="asl" xmlns="http://www.w3.org/2000/svg" {size} {names}>',
            f'<title id="{mark}-title">{text.xml(title)}</title>',
            f'<desc id="{mark}-desc">{text.xml(told)}</desc>',
            f"<style>{STYLE}</style>",
            rectangle("page", 0, 0, width, height, 8),
            *_machine(frame, MARGIN, MARGIN, run),
            "</svg>\n",
        ]
    )


def described(definition: Definition, run: Run | None = None) -> str:
    """The drawing in words, for those who cannot see it."""
    count = sum(1 for _ in definition.states())
    comment = definition.root.fields.get("Comment")
    words = [f"A state machine of {count} state{'s' if count != 1 else ''}", _begins(definition.root)]
    words += [text.plain(comment).rstrip(".")] if isinstance(comment, str) and comment.strip() else []
    if run:
        names = [visit.name for visit in run.visits]
        more = f" and {len(names) - SPOKEN_STEPS} more" if len(names) > SPOKEN_STEPS else ""
        took = f" after {spoken(run.seconds)}" if run.seconds is not None else ""
        words.append(f"The execution is {run.status}{took}{f' with {run.error}' if run.error else ''}")
        words.append(f"Its path: {' → '.join(names[:SPOKEN_STEPS])}{more}")
    return text.plain(". ".join(words)) + "."


def _begins(machine: Machine) -> str:
    return f"It begins with {machine.start_at}" if machine.start_at else "It has no StartAt"


def _machine(frame: Frame, x: float, y: float, run: Run | None) -> list[str]:
    """Lines first, so that boxes and labels lie over them; taken lines over those that are not."""
    lines = sorted(frame.lines, key=lambda line: _taken(line, frame, run))
    return [
        f'<g class="machine" transform="translate({number(x)},{number(y)})">',
        *(_line(line, _taken(line, frame, run)) for line in lines),
        *(_label(line, _taken(line, frame, run)) for line in lines if line.route.label),
        *(part for box in frame.boxes for part in _box(box, run)),
        "</g>",
    ]


def _taken(line: Line, frame: Frame, run: Run | None) -> int:
    if run is None:
        return 0
    if line.way is None:
        return run.steps[None, frame.machine.start_at or "", False]
    return run.steps[line.way.source, line.way.target, line.way.catch]


def _line(line: Line, taken: int) -> str:
    x, y = line.route.pieces[-1][-1]
    kind = _classes("way", "catch" if line.way and line.way.catch else "", "taken" if taken else "")
    ends = f' data-from="{text.xml(line.way.source)}" data-to="{text.xml(line.way.target)}"' if line.way else ""
    times = f"\ntaken {taken} time{'s' if taken != 1 else ''}" if taken else ""
    title = f"<title>{text.xml(line.way.title + times)}</title>" if line.way else ""
    tip = f'<path class="tip" d="M{number(x)},{number(y)} l-4,-7.5 h8 z"/>'
    return f'<g class="{kind}"{ends}>{title}<path class="line" d="{path(line.route.pieces)}"/>{tip}</g>'


def path(pieces: tuple[Piece, ...]) -> str:
    """The pieces of a line as path data, from its end to its start: so the dashes of joined lines lie on each other."""
    x, y = pieces[-1][-1]
    data = f"M{number(x)},{number(y)}"
    for piece in reversed(pieces):
        points = piece[-2::-1]
        data += (" C" if len(points) == 3 else " L") + " ".join(f"{number(px)},{number(py)}" for px, py in points)
    return data


def _label(line: Line, taken: int) -> str:
    way, place = line.way, line.route.label
    if way is None or place is None:
        return ""
    x, y = place
    width, height = max(text.width(words, frames.SMALL_SIZE) for words in way.label), len(way.label) * frames.LABEL_LINE
    first = y - height / 2 + frames.LABEL_LINE - 3
    rows = [
        f'<text x="{number(x)}" y="{number(first + i * frames.LABEL_LINE)}">{text.xml(words)}</text>'
        for i, words in enumerate(way.label)
    ]
    kind = _classes("label", "catch" if way.catch else "", "taken" if taken else "")
    back = rectangle("back", x - width / 2, y - height / 2, width, height, 2)
    return f'<g class="{kind}"><title>{text.xml(way.title)}</title>{back}{"".join(rows)}</g>'


def _box(box: Box, run: Run | None) -> list[str]:
    if box.key == START:
        radius = MARK / 2
        place = f'cx="{number(box.x + radius)}" cy="{number(box.y + radius)}" r="{number(radius)}"'
        return [f'<circle class="start" {place}><title>Start</title></circle>']
    if box.state is None:
        return _missing(box)
    state = box.state
    parts = [f'<g class="{_state_classes(box, state, run)}" data-state="{text.xml(state.name)}">']
    parts.append(f"<title>{text.xml(_title(state, run))}</title>")
    parts += [_end(box)] if box.end is not None else []
    parts += _form(box, state)
    parts += _words(box, state)
    for panel in box.panels:
        frame, pad = panel.frame, frames.PADDING
        x, y = box.x + panel.x, box.y + panel.y
        parts.append(rectangle("panel", x - pad, y - pad, frame.width + 2 * pad, frame.height + 2 * pad, 8))
        parts += _machine(frame, x, y, run)
    return [*parts, "</g>"]


def _missing(box: Box) -> list[str]:
    name, centre = box.key.removeprefix("state "), box.x + box.width / 2
    return [
        f'<g class="missing"><title>{text.xml(name)}: there is no such state</title>',
        outline("", box.x, box.y, box.width, box.height),
        _text("name", centre, box.y + 17, labels.name(name)),
        _text("small", centre, box.y + 31, "missing"),
        "</g>",
    ]


def _form(box: Box, state: State) -> list[str]:
    """The outline: a Map lies on a sheet, a Distributed Map has a second border."""
    sheet = frames.SHEET
    if state.type != "Map":
        if box.panels:
            return [rectangle("box", box.x, box.y, box.width, box.height, 10)]
        return [outline(state.type, box.x, box.y, box.width, box.height)]
    found = [
        rectangle("sheet", box.x + sheet, box.y + sheet, box.width, box.height, 10),
        rectangle("box", box.x, box.y, box.width, box.height, 10),
    ]
    if labels.kind(state) == "Distributed Map":
        found.append(rectangle("second", box.x + 3, box.y + 3, box.width - 6, box.height - 6, 7))
    return found


def _words(box: Box, state: State) -> list[str]:
    """Name, what it does, and the execution's note below each other; the retriers' marker right of the name."""
    centre, name, chip = box.x + box.width / 2, labels.name(state.name), frames.chip_width(state)
    wide = text.width(name, frames.NAME_SIZE) * frames.BOLD
    left = box.x + box.width - chip - 10
    x = min(centre, left - 8 - wide / 2) if chip else centre
    parts = [_text("name", x, box.y + 17, name), _text("small", centre, box.y + 31, labels.subline(state))]
    if box.note:
        parts.append(_text("note", centre, box.y + 31 + frames.LINE, box.note))
    if chip:
        title = text.xml("\n".join(labels.retriers(state)))
        parts.append(
            f'<g class="chip"><title>{title}</title>{rectangle("mark", left, box.y + 5, chip, 15, 7.5)}'
            f"{_text('small', left + chip / 2, box.y + 16, labels.retry(state))}</g>"
        )
    return parts


def _end(box: Box) -> str:
    """The mark below a state with which its machine may end."""
    x, low = box.end or 0.0, box.y + box.height
    y = low + STUB + MARK / 2
    place = f'cx="{number(x)}" cy="{number(y)}"'
    return (
        f'<path class="line" d="M{number(x)},{number(low)} V{number(low + STUB)}"/>'
        f'<circle class="end" {place} r="{number(MARK / 2 - 0.6)}"><title>End</title></circle>'
        f'<circle class="end-dot" {place} r="{number(MARK / 2 - 3.5)}"/>'
    )


def _state_classes(box: Box, state: State, run: Run | None) -> str:
    visits = run.by_name.get(state.name) if run else None
    failed = bool(visits and (visits[-1].failed or state.type == "Fail"))
    been = "" if run is None else "idle" if not visits else "failed" if failed else "taken"
    kind = state.type.lower() if state.type in TYPES else "unknown"
    return _classes("state", kind, "group" if box.panels else "", been)


def _title(state: State, run: Run | None) -> str:
    note = run.note(state.name) if run else ""
    return labels.state_title(state) + (f"\n{note}" if note else "")


def _text(kind: str, x: float, y: float, words: str) -> str:
    return f'<text class="{kind}" x="{number(x)}" y="{number(y)}">{text.xml(words)}</text>'


def _classes(*names: str) -> str:
    return " ".join(name for name in names if name)
