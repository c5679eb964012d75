"""What each state makes of the data and variables that come to it, and where they go.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from headend.asl import integrations
from headend.asl.flow import conditions, reading, shapes, templates
from headend.asl.flow.shapes import EMPTY, ERROR, TEXT, UNKNOWN, Array, Field, Modelled, Object, Scalar, Shape
from headend.asl.flow.ways import Base, Notes, Visit, Way
from headend.asl.model import PLACEHOLDER, Machine, State, expression
from headend.asl.source import Pointer

Run = Callable[[Machine, Way], Shape | None]
"""Runs a machine inside of a state: gives what it ends with, None where it never ends well."""
END = ""
"""The target of a way that ends the machine."""
_LATER = frozenset(
    {
        "Output",
        "Assign",
        "Choices",
        "Catch",
        "Retry",
        "Branches",
        "ItemProcessor",
        "Iterator",
        "ItemSelector",
        "Comment",
    }
)
"""Fields of a JSONata state that are not evaluated as it begins."""
_READ_FIRST = (
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "MaxConcurrencyPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "ErrorPath",
    "CausePath",
)
_LISTED = Object(
    {
        **dict.fromkeys(("Etag", "Key"), Field(TEXT)),
        **dict.fromkeys(("LastModified", "Size"), Field(shapes.NUMBER)),
        **dict.fromkeys(
            ("ChecksumAlgorithm", "ChecksumType", "Owner", "RestoreStatus", "StorageClass"), Field(UNKNOWN, sure=False)
        ),
    }
)
"""An object of an S3 bucket, as an ItemReader lists it."""


@dataclass(frozen=True)
class Misfit:
    """A field that cannot do what it is for. `kind`: "items" (no array) or "result" (ResultPath into no object)."""

    kind: str
    state: State
    pointer: Pointer
    text: str
    shape: Shape


@dataclass
class Flow:
    """Follows states. `misfits`: on how many ways a field did not fit, by pointer; `fits`: on how many it may."""

    notes: Notes
    run: Run
    misfits: dict[Pointer, Misfit]
    fits: set[Pointer]

    def follow(self, state: State, way: Way) -> Iterator[tuple[str, Way]]:
        """The ways out of a state that an execution comes to on one way: (target, way)."""
        visit = Visit(self.notes, state, way)
        follow = self._jsonata if state.jsonata else self._jsonpath
        for target, out in follow(visit):
            yield target, replace(out, data=shapes.shallow(out.data), variables=_shallow(out.variables))

    # JSONPath

    def _jsonpath(self, visit: Visit) -> Iterator[tuple[str, Way]]:
        state = visit.state
        base = _input(visit)
        for name in _READ_FIRST:
            templates.field(visit, name, base)
        if "Credentials" in state.fields:
            templates.template(visit, state.fields["Credentials"], (*state.pointer, "Credentials"), base)
        if state.type == "Choice":
            yield from self._choices(visit, base)
        elif state.type in ("Wait", "Succeed"):
            yield from self._leave(visit, _now(visit, base), base)
        elif state.type == "Pass":
            yield from self._pass(visit, base)
        elif state.type in ("Task", "Parallel", "Map"):
            yield from self._work(visit, base)

    def _pass(self, visit: Visit, base: Base) -> Iterator[tuple[str, Way]]:
        state = visit.state
        given = self._parameters(visit, base)
        result = given
        if "Result" in state.fields:
            result = shapes.constant(state.fields["Result"])
        transformed = "Result" in state.fields or "Parameters" in state.fields
        where = Base(result, "result", None, base.shape) if transformed else base
        yield from self._leave(visit, self._put(visit, result), where)

    def _work(self, visit: Visit, base: Base) -> Iterator[tuple[str, Way]]:
        state = visit.state
        result = self._result(visit, base)
        yield from self._caught(visit)
        if result is None:
            visit.way = replace(visit.way, doubtful=True)
            result = UNKNOWN
        selected = result
        if "ResultSelector" in state.fields:
            pointer = (*state.pointer, "ResultSelector")
            selected = templates.template(visit, state.fields["ResultSelector"], pointer, Base(result, "result"))
        assigned = Base(result, "result", None, selected if selected is not result else None)
        yield from self._leave(visit, self._put(visit, selected), assigned)

    def _parameters(self, visit: Visit, base: Base) -> Shape:
        if "Parameters" not in visit.state.fields:
            return base.shape
        pointer = (*visit.state.pointer, "Parameters")
        return templates.template(visit, visit.state.fields["Parameters"], pointer, base)

    def _result(self, visit: Visit, base: Base) -> Shape | None:
        """What a Task, Parallel or Map state gets; None where it gets nothing, ever."""
        state = visit.state
        if state.type == "Task":
            self._parameters(visit, base)
            return answer(state)
        if state.type == "Parallel":
            return self._branches(visit, self._parameters(visit, base))
        return self._items(visit, base)

    def _put(self, visit: Visit, result: Shape) -> Shape:
        """The state's input with its result, as ResultPath says."""
        state, data = visit.state, visit.way.data
        written = state.fields.get("ResultPath", "$")
        if written is None:
            return data
        names = templates.steps(written)
        if names is None:
            return UNKNOWN
        pointer = (*state.pointer, "ResultPath")
        return self._placed(visit, pointer, written, names, result)

    def _placed(self, visit: Visit, pointer: Pointer, text: str, names: tuple[str | int, ...], result: Shape) -> Shape:
        wrong = reading.room_for(visit.way.data, names)
        if wrong is None:
            self.fits.add(pointer)
            return reading.put(visit.way.data, names, result)
        if not visit.way.doubtful:
            self.misfits.setdefault(pointer, Misfit("result", visit.state, pointer, text, wrong.within))
            visit.way = replace(visit.way, doubtful=True)
        return UNKNOWN

    def _leave(self, visit: Visit, data: Shape, assigned: Base) -> Iterator[tuple[str, Way]]:
        """Assign, OutputPath, Next or End."""
        state = visit.state
        before = visit.way
        new = self._assign(visit, state.fields, state.pointer, assigned)
        data = self._output_path(visit, data)
        for target in _targets(state):
            yield target, _out(before, visit.way, data, new)

    def _output_path(self, visit: Visit, data: Shape) -> Shape:
        if "OutputPath" not in visit.state.fields:
            return data
        written = visit.state.fields["OutputPath"]
        if written is None:
            return EMPTY
        base = Base(data, "output" if data is not visit.way.data else "", () if data is visit.way.data else None)
        return templates.selected(visit, written, (*visit.state.pointer, "OutputPath"), base)

    def _assign(
        self, visit: Visit, fields: Mapping[str, Any], pointer: Pointer, base: Base | None
    ) -> dict[str, Shape] | None:
        """The variables that are set; None where there is no Assign."""
        written = fields.get("Assign")
        if not isinstance(written, dict):
            return None
        where = (*pointer, "Assign")
        found = (
            templates.value(visit, written, where) if base is None else templates.template(visit, written, where, base)
        )
        return (
            {name: field.shape or UNKNOWN for name, field in found.by_name.items()} if isinstance(found, Object) else {}
        )

    def _caught(self, visit: Visit) -> Iterator[tuple[str, Way]]:
        """The ways of a Catch."""
        state = visit.state
        for index, catcher in state.objects("Catch"):
            target = catcher.get("Next")
            if not isinstance(target, str):
                continue
            pointer = (*state.pointer, "Catch", index)
            inner = replace(visit, error=ERROR, result=None, broken=set(visit.broken))
            if state.jsonata:
                new = self._assign(inner, catcher, pointer, None)
                data: Shape = ERROR
                if "Output" in catcher:
                    data = templates.value(inner, catcher["Output"], (*pointer, "Output"))
            else:
                new = self._assign(inner, catcher, pointer, Base(ERROR, "errorOutput"))
                data = self._error_put(inner, catcher, pointer)
            yield target, _out(visit.way, inner.way, data, new)

    def _error_put(self, visit: Visit, catcher: Mapping[str, Any], pointer: Pointer) -> Shape:
        written = catcher.get("ResultPath", "$")
        if written is None:
            return visit.way.data
        names = templates.steps(written)
        return UNKNOWN if names is None else self._placed(visit, (*pointer, "ResultPath"), written, names, ERROR)

    def _choices(self, visit: Visit, base: Base | None) -> Iterator[tuple[str, Way]]:
        """The ways behind each rule, then those of Default."""
        state, whole = visit.state, visit.way
        self.notes.chooses(state, whole)
        left = [whole]
        for index, rule in state.objects("Choices"):
            pointer = (*state.pointer, "Choices", index)
            following: list[Way] = []
            holding: list[Way] = []
            for way in left:
                inner = replace(visit, way=way, broken=set(visit.broken))
                judged = self._judged(inner, rule, pointer, base)
                holding += judged.holds
                following += judged.fails
            for way in conditions.few(holding, whole):
                yield from self._chosen(replace(visit, way=way), rule, pointer, base)
            left = conditions.few(following, whole)
        for way in left:
            yield from self._chosen(
                replace(visit, way=way), {**state.fields, "Next": state.fields.get("Default")}, state.pointer, base
            )

    def _judged(self, visit: Visit, rule: Mapping[str, Any], pointer: Pointer, base: Base | None) -> conditions.Judged:
        if base is not None:
            return conditions.rule(visit, rule, pointer, base)
        text = expression(rule.get("Condition"))
        if text is None:
            return conditions.Judged([visit.way], [visit.way])
        return conditions.condition(visit, text, (*pointer, "Condition"))

    def _chosen(
        self, visit: Visit, rule: Mapping[str, Any], pointer: Pointer, base: Base | None
    ) -> Iterator[tuple[str, Way]]:
        target = rule.get("Next")
        if not isinstance(target, str):
            return
        before = visit.way
        if base is None:
            new = self._assign(visit, rule, pointer, None)
            data = visit.way.data
            if "Output" in rule:
                data = templates.value(visit, rule["Output"], (*pointer, "Output"))
        else:
            base = replace(base, shape=_now(visit, base))
            new = self._assign(visit, rule, pointer, base)
            data = self._output_path(visit, base.shape)
        yield target, _out(before, visit.way, data, new)

    # Parallel and Map, in both query languages

    def _branches(self, visit: Visit, given: Shape) -> Shape | None:
        """What a Parallel state's branches give, in their order."""
        outcomes = [self.run(machine, _inside(visit.way, given)) for machine in visit.state.machines]
        ended = tuple(outcome for outcome in outcomes if outcome is not None)
        return Array(ended) if len(ended) == len(outcomes) else None

    def _items(self, visit: Visit, base: Base | None) -> Shape | None:
        """What a Map state gets of its items; `base`: None in JSONata."""
        state = visit.state
        item = self._item(visit, base)
        context = shapes.record(
            {"Map": shapes.record({"Item": shapes.record({"Value": item}, open=True)}, open=True)}, open=True
        )
        name = "ItemSelector" if "ItemSelector" in state.fields or base is None else "Parameters"
        if name in state.fields:
            inner = replace(visit, context=context)
            item = self._template(inner, state.fields[name], (*state.pointer, name), base)
            visit.way = inner.way
        item = self._batched(visit, item, base)
        distributed = any(machine.mode == "DISTRIBUTED" for machine in state.machines)
        way = (
            Way(item, EMPTY, doubtful=visit.way.doubtful, vague=visit.way.vague)
            if distributed
            else _inside(visit.way, item)
        )
        outcomes = [self.run(machine, way) for machine in state.machines]
        writer = state.fields.get("ResultWriter")
        if isinstance(writer, dict) and writer:
            return self._written(visit, writer, base)
        if any(outcome is None for outcome in outcomes):
            return None if not distributed else UNKNOWN
        return Array((), shapes.join_all([outcome for outcome in outcomes if outcome is not None]))

    def _template(self, visit: Visit, written: Any, pointer: Pointer, base: Base | None) -> Shape:
        return (
            templates.value(visit, written, pointer)
            if base is None
            else templates.template(visit, written, pointer, base)
        )

    def _item(self, visit: Visit, base: Base | None) -> Shape:
        """What a Map state repeats its processor for."""
        state = visit.state
        reader = state.fields.get("ItemReader")
        if reader is not None:
            if base is not None and isinstance(reader, dict):
                pointer = (*state.pointer, "ItemReader")
                templates.template(visit, reader.get("Parameters"), (*pointer, "Parameters"), base)
                settings = reader.get("ReaderConfig")
                if isinstance(settings, dict) and isinstance(settings.get("MaxItemsPath"), str):
                    templates.selected(
                        visit, settings["MaxItemsPath"], (*pointer, "ReaderConfig", "MaxItemsPath"), base
                    )
            return _read_item(reader)
        pointer = (*state.pointer, "ItemsPath")
        if base is None:
            items = (
                templates.value(visit, state.fields["Items"], (*state.pointer, "Items"))
                if "Items" in state.fields
                else visit.way.data
            )
        else:
            pointer = (*state.pointer, "ItemsPath")
            items = (
                base.shape
                if "ItemsPath" not in state.fields
                else templates.selected(visit, state.fields["ItemsPath"], pointer, base)
            )
        if isinstance(items, Modelled):
            items = shapes.opened(items)
        if isinstance(items, Array):
            self.fits.add(pointer)
            return shapes.join_all(items.members)
        wrong = isinstance(items, Scalar) or (
            isinstance(items, Object)
            and base is not None
            and all(machine.mode != "DISTRIBUTED" for machine in state.machines)
            and not (items.open and "ItemsPath" not in state.fields)
        )
        if wrong and not visit.way.doubtful and base is not None:
            text = state.fields.get("ItemsPath", "$")
            self.misfits.setdefault(pointer, Misfit("items", state, pointer, str(text), items))
            visit.way = replace(visit.way, doubtful=True)
        elif not wrong:
            self.fits.add(pointer)
        return UNKNOWN

    def _batched(self, visit: Visit, item: Shape, base: Base | None) -> Shape:
        """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html."""
        batcher = visit.state.fields.get("ItemBatcher")
        if not isinstance(batcher, dict):
            return item
        pointer = (*visit.state.pointer, "ItemBatcher")
        for name in ("MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"):
            if base is not None and isinstance(batcher.get(name), str):
                templates.selected(visit, batcher[name], (*pointer, name), base)
        fields: dict[str, Shape | None] = {"Items": Array((), item)}
        if "BatchInput" in batcher:
            fields["BatchInput"] = self._template(visit, batcher["BatchInput"], (*pointer, "BatchInput"), base)
        return shapes.record(fields)

    def _written(self, visit: Visit, writer: Mapping[str, Any], base: Base | None) -> Shape:
        """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html."""
        if base is not None:
            pointer = (*visit.state.pointer, "ResultWriter", "Parameters")
            templates.template(visit, writer.get("Parameters"), pointer, base)
        if "Resource" not in writer:
            return UNKNOWN
        details = shapes.record({"Bucket": TEXT, "Key": TEXT})
        return shapes.record({"MapRunArn": TEXT, "ResultWriterDetails": details})

    # JSONata

    def _jsonata(self, visit: Visit) -> Iterator[tuple[str, Way]]:
        state = visit.state
        for name, written in state.fields.items():
            if (
                name not in _LATER
                and not (state.type == "Map" and name in ("Items", "ItemBatcher"))
                and name != "Arguments"
            ):
                templates.value(visit, written, (*state.pointer, name))
        given: Shape = visit.way.data
        if "Arguments" in state.fields:
            given = templates.value(visit, state.fields["Arguments"], state.arguments_pointer)
        if state.type == "Choice":
            yield from self._choices(visit, None)
            return
        if state.type == "Fail":
            return
        data: Shape = visit.way.data
        if state.type in ("Task", "Parallel", "Map"):
            result: Shape | None
            if state.type == "Task":
                result = answer(state)
            else:
                result = self._branches(visit, given) if state.type == "Parallel" else self._items(visit, None)
            yield from self._caught(visit)
            if result is None:
                visit.way = replace(visit.way, doubtful=True)
            visit.result = data = UNKNOWN if result is None else result
        before = visit.way
        new = self._assign(visit, state.fields, state.pointer, None)
        if "Output" in state.fields:
            data = templates.value(visit, state.fields["Output"], (*state.pointer, "Output"))
        elif data is before.data:
            data = visit.way.data
        for target in _targets(state):
            yield target, _out(before, visit.way, data, new)


def _targets(state: State) -> list[str]:
    target = state.fields.get("Next")
    if state.ends or not isinstance(target, str):
        return [END] if state.ends else []
    return [target]


def _input(visit: Visit) -> Base:
    """What `$` means in a JSONPath state: its input, or the part of it that InputPath selects."""
    state, data = visit.state, visit.way.data
    if "InputPath" not in state.fields:
        return Base(data, "", ())
    written = state.fields["InputPath"]
    if written is None:
        return Base(EMPTY, "input")
    shape = templates.selected(visit, written, (*state.pointer, "InputPath"), Base(data, "", ()))
    names = templates.steps(written)
    return Base(shape, "" if names == () else "input", names)


def _now(visit: Visit, base: Base) -> Shape:
    """What `$` means, with what has been found missing put into it."""
    if base.prefix is None:
        return base.shape
    shape = visit.way.data
    for name in base.prefix:
        shape = reading.child(shape, name).shape or UNKNOWN
    return shape


def _out(before: Way, after: Way, data: Shape, new: Mapping[str, Shape] | None) -> Way:
    """The way that leaves a state with this data and these new variables."""
    variables = after.variables
    for name, shape in (new or {}).items():
        variables = variables.having(name, Field(shape))
    kept = data is before.data
    said = frozenset(said for said in after.said if not (said.variables & set(new or {})) and (kept or not said.data))
    return replace(after, data=data, variables=variables, said=said)


def _inside(way: Way, data: Shape) -> Way:
    """The way with which a branch or an item begins: it reads the variables around it."""
    return replace(way, data=data, said=frozenset())


def _shallow(variables: Object) -> Object:
    found = shapes.shallow(variables)
    return found if isinstance(found, Object) else Object(open=True)


def answer(state: State) -> Shape:
    """What a Task state gets."""
    resource = state.resource
    if resource is None:
        return UNKNOWN
    integration = integrations.parse(resource)
    result = integrations.result_shape(integration)
    if result is None:
        return UNKNOWN
    return shapes.modelled(result, f"{integration.service}:{integration.action}")


def _read_item(reader: Any) -> Shape:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html."""
    if not isinstance(reader, dict):
        return UNKNOWN
    settings = reader.get("ReaderConfig")
    settings = settings if isinstance(settings, dict) else {}
    resource = str(reader.get("Resource", ""))
    if resource.endswith(":s3:listObjectsV2") and "Transformation" not in settings:
        return _LISTED
    headers = settings.get("CSVHeaders")
    given = settings.get("InputType") == "CSV" and settings.get("CSVHeaderLocation") == "GIVEN"
    if given and isinstance(headers, list) and all(isinstance(name, str) for name in headers):
        return shapes.record(dict.fromkeys(headers, TEXT), open=any(PLACEHOLDER.search(name) for name in headers))
    return UNKNOWN
