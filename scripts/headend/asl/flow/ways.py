"""One way to a state: the data and variables with which an execution comes there, and what it reads there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from headend.asl import expressions, paths
from headend.asl.expressions import Expression, ExpressionError, Reference
from headend.asl.flow import reading
from headend.asl.flow.constructors import constructed
from headend.asl.flow.reading import Found, Missing, Name
from headend.asl.flow.shapes import EMPTY, UNKNOWN, Object, Shape, join, join_objects, plain
from headend.asl.model import PLACEHOLDER, State
from headend.asl.source import Pointer
from headend.localcloud.stepfunctions.asl_path_syntax import Step


@dataclass(frozen=True)
class Said:
    """A condition in JSONata that cannot be judged, whether it held, and what it reads."""

    text: str
    holds: bool
    variables: frozenset[str]
    data: bool


@dataclass(frozen=True)
class Way:
    """What is known of an execution that comes to a state on one way.

    Attributes:
        data: the state's input.
        variables: by name; an object that is closed has all that there are.
        said: what conditions have found.
        doubtful: whether the execution would have failed before, or not have come here.
        vague: whether it passed a Choice that could not be judged and may be about what distinguishes ways: so that it
            may well be a way that no execution takes.
    """

    data: Shape
    variables: Object = EMPTY
    said: frozenset[Said] = frozenset()
    doubtful: bool = False
    vague: bool = False

    def plain(self) -> Way:
        """The same without constants and what conditions have found."""
        return replace(self, data=plain(self.data), variables=self.variables.plain, said=frozenset())

    def joined(self, other: Way) -> Way:
        """What is true on both ways."""
        return Way(
            join(self.data, other.data),
            join_objects(self.variables, other.variables),
            self.said & other.said,
            self.doubtful and other.doubtful,
            self.vague or other.vague,
        )


@dataclass(frozen=True)
class Case:
    """A read that finds nothing on some way. `assigned`: the variables that there are on it."""

    missing: Missing
    variables: Object


@dataclass
class Read:
    """All that is known of one read in one state.

    Attributes:
        state, pointer: where it stands.
        text: as written: a path, or a JSONata reference.
        root: as in Base; "$name" for a variable.
        steps: names up to the first step that is none; in variables, the variable's name is the first.
        found, doubted: on how many ways it may find something, and on how many that are doubtful.
        repeated: whether it finds nothing on some way because of what another read has found missing there.
        open: whether it finds something on every way only because not all of the input's fields are known.
        missing, vague, doubtful: where it finds nothing: surely, on ways that are vague, on ways that are doubtful.
    """

    state: State
    pointer: Pointer
    text: str
    root: str
    steps: tuple[Name, ...]
    found: int = 0
    doubted: int = 0
    repeated: bool = False
    open: bool = True
    missing: list[Case] = field(default_factory=list)
    vague: list[Case] = field(default_factory=list)
    doubtful: list[Case] = field(default_factory=list)


@dataclass
class Notes:
    """What has been read so far.

    Attributes:
        reads: by pointer and text.
        choices: the ways on which Choice states are come to, by their pointer: at most two that differ.
        mixed: the Choice states that ways come to which differ: see `Way.vague`.
    """

    reads: dict[tuple[Pointer, str], Read] = field(default_factory=dict)
    choices: dict[Pointer, set[tuple[Shape, Object]]] = field(default_factory=dict)
    mixed: frozenset[Pointer] = frozenset()

    def chooses(self, state: State, way: Way) -> None:
        """An execution comes to a Choice state on a way."""
        seen = self.choices.setdefault(state.pointer, set())
        if len(seen) < 2 and not way.doubtful:
            seen.add((plain(way.data), way.variables.plain))


@dataclass(frozen=True)
class Base:
    """What `$` means in a JSONPath field.

    Attributes:
        shape: what is known of it.
        root: "" for the state's input; "input" for a part of it; "result", "errorOutput", "output".
        prefix: the path from the state's input to it; None where it is no part of that.
        alternative: what `$` may mean as well, where AWS does not say which.
    """

    shape: Shape
    root: str = ""
    prefix: tuple[Name, ...] | None = None
    alternative: Shape | None = None


@dataclass
class Visit:
    """A state on one way, while what it does is followed.

    Attributes:
        way: as it comes; what was found missing is put into it, so that one fault is told once.
        result, error: `$states.result`, `$states.errorOutput`; None where there is none.
        context: the context object.
        broken: what was found missing.
    """

    notes: Notes
    state: State
    way: Way
    result: Shape | None = None
    error: Shape | None = None
    context: Shape = UNKNOWN
    broken: set[tuple[Name, ...]] = field(default_factory=set)

    # JSONPath

    def path(self, text: str, pointer: Pointer, base: Base) -> Shape:
        """What a path in a field gives; Unknown where it cannot be read or finds nothing, which is noted."""
        if PLACEHOLDER.search(text):
            return UNKNOWN
        try:
            return self.read(paths.parse(text), pointer, base)
        except ValueError:
            return UNKNOWN

    def read(self, path: paths.Path, pointer: Pointer, base: Base) -> Shape:
        """The same for a path that has been read."""
        if not path.known:
            return UNKNOWN
        if path.root == paths.CONTEXT:
            met = reading.find(self.context, path.steps)
            return met.shape if isinstance(met, Found) else UNKNOWN
        if path.root:
            steps = (Step("name", (path.root,)), *path.steps)
            found = reading.find(self.way.variables, steps)
            return self._note(path.text, f"${path.root}", found, _names(steps), pointer, ())
        found = reading.find(base.shape, path.steps)
        if isinstance(found, Missing) and base.alternative is not None:
            other = reading.find(base.alternative, path.steps)
            found = Found(UNKNOWN, sure=False) if isinstance(other, Found) else found
        return self._note(path.text, base.root, found, _names(path.steps), pointer, base.prefix)

    # JSONata

    def expression(self, text: str, pointer: Pointer) -> Shape:
        """What an expression gives, so far as its references say; what it reads is noted."""
        try:
            parsed = expressions.parse(text)
        except ExpressionError:
            return UNKNOWN
        guarded = _guarded(parsed)
        shape: Shape = UNKNOWN
        for use in parsed.references:
            if not any(use.name == name and _along(use.steps, steps) for name, steps in guarded):
                alone = use.alone and use.whole
                got = self._referred(use, pointer, alone=alone)
                shape = got if alone else shape
        return constructed(text) if shape == UNKNOWN else shape

    def _referred(self, use: Reference, pointer: Pointer, *, alone: bool) -> Shape:
        named = self.reference(use)
        if named is None or named[0] == paths.CONTEXT:
            return UNKNOWN if named is None else _shape(reading.find_jsonata(named[1], named[2]))
        root, base, names = named
        found = reading.find_jsonata(base, names)
        if isinstance(found, Missing) and not alone and not (root.startswith("$") and found.step == 0):
            found = replace(found, definite=False)
        return self._note(written(use), root, found, names, pointer, () if root == "" else None)

    def reference(self, use: Reference) -> tuple[str, Shape, tuple[Name, ...]] | None:
        """What a reference is about: (root, the shape that it begins at, the steps from there)."""
        if use.name in ("", "$"):
            return None
        if use.name != "states":
            return f"${use.name}", self.way.variables, (use.name, *use.steps)
        part = str(use.steps[0]) if use.steps else ""
        known: dict[str, tuple[str, Shape | None]] = {
            "input": ("", self.way.data),
            "result": ("result", self.result),
            "errorOutput": ("errorOutput", self.error),
            "context": (paths.CONTEXT, self.context),
        }
        root, shape = known.get(part, ("", None))
        return None if shape is None else (root, shape, use.steps[1:])

    # Notes

    def _note(
        self,
        text: str,
        root: str,
        found: Found | Missing,
        names: tuple[Name, ...],
        pointer: Pointer,
        prefix: tuple[Name, ...] | None,
    ) -> Shape:
        key = (pointer, text)
        note = self.notes.reads.get(key)
        if note is None:
            note = self.notes.reads[key] = Read(self.state, pointer, text, root, names)
        if isinstance(found, Found):
            note.open = note.open and root == "" and bool(names) and reading.is_open(self.way.data, names[0])
            if self.way.doubtful:
                note.doubted += 1
            else:
                note.found += 1
            return found.shape
        place = (root, *names[: found.step + 1])
        if any(place[: len(known)] == known for known in self.broken):
            note.repeated = True
            return UNKNOWN
        self.broken.add(place)
        unsure = note.vague if self.way.vague or found.guessed else note.missing
        (note.doubtful if self.way.doubtful else unsure).append(Case(found, self.way.variables))
        if found.definite:
            self._repair(root, names[: found.step + 1], prefix)
        return UNKNOWN

    def _repair(self, root: str, names: tuple[Name, ...], prefix: tuple[Name, ...] | None) -> None:
        """Take what is missing as there from now on: it has been noted, and the execution would not get further."""
        self.way = replace(self.way, doubtful=True)
        if root.startswith("$"):
            variables = reading.present(self.way.variables, names, force=True)
            if isinstance(variables, Object):
                self.way = replace(self.way, variables=variables)
        elif prefix is not None:
            self.way = replace(self.way, data=reading.present(self.way.data, (*prefix, *names), force=True))


def written(use: Reference) -> str:
    """A reference as it is written, without what follows that is no name or index."""
    return "$" + use.name + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in use.steps)


def _names(steps: Sequence[Step]) -> tuple[Name, ...]:
    return tuple(step.values[0] if step.kind in ("name", "index") and len(step.values) == 1 else "*" for step in steps)


def _shape(found: Found | Missing) -> Shape:
    return found.shape if isinstance(found, Found) else UNKNOWN


def _along(one: tuple[Name, ...], other: tuple[Name, ...]) -> bool:
    """Whether one path leads to the other or the same."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _guarded(parsed: Expression) -> set[tuple[str, tuple[Name, ...]]]:
    """What an expression asks about before it reads it: `$exists(a) ? a : 0`, `a ? a : 0`."""
    found = {(use.name, use.steps) for use in parsed.references if use.tested}
    if "?" in parsed.text:
        seen: set[tuple[str, tuple[Name, ...]]] = set()
        for use in parsed.references:
            place = (use.name, use.steps)
            if place in seen:
                found.add(place)
            seen.add(place)
    return found
