"""Fields: unknown, misspelt, missing, of the wrong type, of the other query language, out of their limits.

AWS checks all of this when a state machine is created (SCHEMA_VALIDATION_FAILED, DUPLICATE_STATE_NAME, …):
https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from headend.asl.lint.finding import Finding, finding
from headend.asl.lint.rules import field_tables as tables
from headend.asl.lint.rules import field_values
from headend.asl.lint.rules.field_tables import Part
from headend.asl.model import JSONATA, JSONPATH, PLACEHOLDER, TYPES, Definition, Machine, QueryLanguage, State
from headend.asl.near_names import did_you_mean, near
from headend.asl.source import Pointer, walk

TEMPLATES = ("Parameters", "ItemSelector", "ResultSelector", "Assign")
LONGEST_NAME = 80
LONGEST_LABEL = 40
BAD_IN_LABEL = set('?*<>{}[]:;,\\|^~$#%&`"') | set(" \t\n")


def check(definition: Definition) -> Iterator[Finding]:
    """Findings about fields of the whole definition."""
    if not any(near(name, ("StartAt", "States")) for name in definition.root.fields):
        template = "Resources" in definition.root.fields
        hint = "name the file that its DefinitionUri names" if template else "add them"
        what = (
            "a CloudFormation template, not a definition" if template else "no definition: it has no StartAt and States"
        )
        yield finding(definition, "fields-missing", (), f"this is {what}: {hint}")
        return
    for pointer in definition.document.duplicates:
        message = f'"{pointer[-1]}" is there twice: the last one counts, the others are lost; keep one'
        yield finding(definition, "fields-duplicate-key", pointer, message)
    for machine in definition.machines():
        yield from _machine(definition, machine)
        for state in machine.states.values():
            yield from _state(definition, state)
    yield from _state_names(definition)
    yield from _labels(definition)


def _machine(definition: Definition, machine: Machine) -> Iterator[Finding]:
    part = {"root": tables.ROOT, "branch": tables.BRANCH, "processor": tables.PROCESSOR}[machine.role]
    checker = _Checker(definition, machine.parent, part, machine.fields, machine.pointer, jsonata=False)
    yield from checker.all()
    if machine.fields.get("States") == {}:
        message = f"{part.name} has no state: States holds at least one"
        yield finding(definition, "fields-missing", (*machine.pointer, "States"), message, machine.parent)
    settings = machine.fields.get("ProcessorConfig")
    if machine.role != "processor" or not isinstance(settings, dict):
        return
    where = (*machine.pointer, "ProcessorConfig")
    yield from _Checker(definition, machine.parent, tables.PROCESSOR_CONFIG, settings, where, jsonata=False).all()
    if settings.get("Mode") == "DISTRIBUTED" and "ExecutionType" not in settings:
        message = 'ProcessorConfig has Mode "DISTRIBUTED" and no ExecutionType: write "STANDARD" or "EXPRESS"'
        yield finding(definition, "fields-missing", where, message, machine.parent)


def _state(definition: Definition, state: State) -> Iterator[Finding]:
    written = state.machine.fields["States"][state.name]
    if not isinstance(written, dict):
        if not field_values.unknown(written):
            message = f'"{state.name}" is no object: a state is one, with at least Type'
            yield finding(definition, "fields-type", state.pointer, message, state)
        return
    kind = state.fields.get("Type")
    if not isinstance(kind, str):
        yield from _no_type(definition, state)
        return
    if kind not in TYPES:
        if not field_values.unknown(kind):
            meant = did_you_mean(kind, TYPES) or f": it is one of {', '.join(TYPES)}"
            message = f'there is no state type "{kind}"{meant}'
            yield finding(definition, "fields-state-type", (*state.pointer, "Type"), message, state, value=True)
        return
    yield from _language(definition, state)
    part = tables.STATES[kind]
    yield from _Checker(definition, state, part, state.fields, state.pointer, state.jsonata).all()
    for name, inner in (("Retry", tables.RETRIER), ("Catch", tables.CATCHER)):
        for index, rule in state.objects(name) if name in part.fields else ():
            where = (*state.pointer, name, index)
            yield from _Checker(definition, state, inner, rule, where, state.jsonata).all()
            yield from field_values.delays(definition, state, rule, where)
    if kind == "Choice":
        for index, rule in state.objects("Choices"):
            yield from _rule(definition, state, rule, (*state.pointer, "Choices", index), outermost=True)
    for name, (inside, settings_name, settings_part) in tables.INSIDE.items():
        item = state.fields.get(name)
        if name not in part.fields or not isinstance(item, dict):
            continue
        yield from _Checker(definition, state, inside, item, (*state.pointer, name), state.jsonata).all()
        yield from _together(definition, state, name, item)
        settings = item.get(settings_name) if settings_name else None
        if settings_name and settings_part and isinstance(settings, dict):
            where = (*state.pointer, name, settings_name)
            yield from _Checker(definition, state, settings_part, settings, where, state.jsonata).all()
    yield from field_values.heartbeat(definition, state)
    if kind == "Map":
        yield from _inline(definition, state)
    if not state.jsonata:
        yield from _twice(definition, state)


def _together(definition: Definition, state: State, name: str, item: Mapping[str, Any]) -> Iterator[Finding]:
    """Fields of an ItemReader or ResultWriter that are needed with, or in place of, each other."""
    where, arguments = (*state.pointer, name), "Arguments" if state.jsonata else "Parameters"
    settings = item.get("ReaderConfig") if name == "ItemReader" else None
    headers = settings if isinstance(settings, dict) else {}
    if headers.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in headers:
        message = 'ReaderConfig says that the headers are "GIVEN" and has no CSVHeaders: add them'
        yield finding(definition, "fields-missing", (*where, "ReaderConfig"), message, state)
    if name == "ResultWriter" and not set(item) & {"Resource", "WriterConfig", "Parameters", "Arguments"}:
        message = f"ResultWriter says neither how nor where: add WriterConfig, or Resource and {arguments}"
        yield finding(definition, "fields-missing", where, message, state)


def _no_type(definition: Definition, state: State) -> Iterator[Finding]:
    """A state whose Type is missing or no text; a misspelt "type" is one fault."""
    if "Type" in state.fields:
        message = f"Type is {field_values.describe(state.fields['Type'])}: it is text, one of {', '.join(TYPES)}"
        yield finding(definition, "fields-type", (*state.pointer, "Type"), message, state, value=True)
        return
    meant = next((name for name in state.fields if near(name, ["Type"])), None)
    if meant is not None:
        message = f'there is no field "{meant}": did you mean "Type"?'
        yield finding(definition, "fields-unknown", (*state.pointer, meant), message, state)
        return
    message = f'"{state.name}" has no Type: it is one of {", ".join(TYPES)}'
    yield finding(definition, "fields-missing", state.pointer, message, state)


def _language(definition: Definition, state: State) -> Iterator[Finding]:
    if state.fields.get("QueryLanguage") == JSONPATH and definition.root.query_language == JSONATA:
        message = (
            "a state cannot go back to JSONPath where the definition says JSONata: move QueryLanguage into the states"
        )
        where = (*state.pointer, "QueryLanguage")
        yield finding(definition, "fields-query-language", where, message, state)


def _rule(
    definition: Definition, state: State, rule: Mapping[str, Any], where: Pointer, *, outermost: bool
) -> Iterator[Finding]:
    """A Choice rule, or one inside And, Or or Not."""
    part = tables.RULE if outermost else tables.INNER_RULE
    checker = _Checker(definition, state, part, rule, where, state.jsonata)
    found = list(checker.all())
    yield from found
    if state.jsonata:
        if outermost and not found and "Condition" not in rule:
            message = "a JSONata rule has a Condition: an expression that is true or false"
            yield finding(definition, "fields-choice-rule", where, message, state)
        return
    if any(item.code in ("fields-language", "fields-unknown") for item in found):
        return
    tests = [name for name in rule if name in tables.COMPARISONS or name in tables.LOGIC]
    message = ""
    if len(tests) > 1:
        message = f"a rule makes one test, not {' and '.join(tests)}: join several rules with And"
    elif not tests and "Variable" in rule:
        message = "Variable has nothing to be compared with: add one of StringEquals, NumericEquals, IsPresent, …"
    elif not tests:
        message = "the rule tests nothing: write Variable and a comparison, or And, Or, Not"
    elif tests[0] in tables.COMPARISONS and "Variable" not in rule:
        message = f"{tests[0]} compares nothing: write which Variable"
    elif tests[0] in tables.LOGIC and "Variable" in rule:
        message = f"Variable has no use beside {tests[0]}: move it into the rules inside"
    if message:
        yield finding(definition, "fields-choice-rule", where, message, state)
    for name in ("And", "Or"):
        items = rule.get(name)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                yield from _rule(definition, state, item, (*where, name, index), outermost=False)
    if isinstance(rule.get("Not"), dict):
        yield from _rule(definition, state, rule["Not"], (*where, "Not"), outermost=False)


def _inline(definition: Definition, state: State) -> Iterator[Finding]:
    """Fields without a use, because the Map state is not distributed."""
    if not state.machines or state.machines[0].mode != "INLINE":
        return
    for name in tables.DISTRIBUTED_ONLY:
        if name in state.fields:
            message = (
                f"{name} is only for a distributed Map state: "
                'write "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} into its ItemProcessor'
            )
            yield finding(definition, "fields-distributed", (*state.pointer, name), message, state)
            return


def _twice(definition: Definition, state: State) -> Iterator[Finding]:
    """A template's "order" beside "order.$": both give the field "order"."""
    for name in TEMPLATES:
        for pointer, value in walk(state.fields.get(name), (*state.pointer, name)):
            for key in value if isinstance(value, dict) else ():
                if key.endswith(".$") and key[:-2] in value:
                    message = f'"{key}" and "{key[:-2]}" give the same field: keep one'
                    yield finding(definition, "fields-duplicate-key", (*pointer, key), message, state)


def _state_names(definition: Definition) -> Iterator[Finding]:
    first: dict[str, State] = {}
    for state in definition.states():
        if len(state.name) > LONGEST_NAME and not PLACEHOLDER.search(state.name):
            message = f"the state's name has {len(state.name)} characters: {LONGEST_NAME} are allowed"
            yield finding(definition, "fields-state-name", state.pointer, message, state)
        if not state.name:
            yield finding(definition, "fields-state-name", state.pointer, "the state has no name: give it one", state)
        if state.name in first:
            place = definition.position(first[state.name].pointer)
            message = (
                f'a state in line {place.line} is also called "{state.name}": '
                "names are unique in the whole definition, branches and Map states included"
            )
            yield finding(definition, "fields-duplicate-state", state.pointer, message, state)
        first.setdefault(state.name, state)


def _labels(definition: Definition) -> Iterator[Finding]:
    seen: set[str] = set()
    for state in definition.states():
        label = state.fields.get("Label")
        if state.type != "Map" or not isinstance(label, str) or field_values.unknown(label):
            continue
        message = ""
        if len(label) > LONGEST_LABEL:
            message = f"Label has {len(label)} characters: {LONGEST_LABEL} are allowed"
        elif BAD_IN_LABEL & set(label):
            message = f'Label "{label}" has characters that are not allowed: use letters, digits, "-" and "_"'
        elif label in seen:
            message = f'another Map state has the Label "{label}": labels are unique in the definition'
        if message:
            yield finding(definition, "fields-label", (*state.pointer, "Label"), message, state, value=True)
        seen.add(label)


class _Checker:
    """Checks one object against its Part."""

    def __init__(
        self,
        definition: Definition,
        state: State | None,
        part: Part,
        fields: Mapping[str, Any],
        pointer: Pointer,
        jsonata: bool,
    ) -> None:
        self._definition, self._state, self._part = definition, state, part
        self._fields, self._pointer, self._jsonata = fields, pointer, jsonata
        self._explained: set[str] = set()

    def all(self) -> Iterator[Finding]:
        """Findings about the object's own fields, not about what these hold."""
        wrong_language = []
        for name, value in self._fields.items():
            field = self._part.fields.get(name)
            if field is None:
                yield self._unknown(name)
            elif field.language not in (None, self._language):
                wrong_language.append(name)
            else:
                yield from field_values.check(
                    self._definition, self._state, field, value, (*self._pointer, name), jsonata=self._jsonata
                )
        if wrong_language:
            yield from self._wrong_language(wrong_language)
        yield from self._missing()
        yield from self._exclusive()

    @property
    def _language(self) -> QueryLanguage:
        return JSONATA if self._jsonata else JSONPATH

    def _finding(self, code: str, pointer: Pointer, message: str) -> Finding:
        return finding(self._definition, code, pointer, message, self._state)

    def _unknown(self, name: str) -> Finding:
        where = (*self._pointer, name)
        if self._part is tables.PROCESSOR and name == "QueryLanguage":
            message = "an ItemProcessor has no QueryLanguage: write it in the definition or in each state"
            return self._finding("fields-query-language", where, message)
        if self._part is tables.INNER_RULE and name in ("Next", "Assign", "Output"):
            message = f"{name} is for the outermost rule: move it out of And, Or and Not"
            return self._finding("fields-misplaced", where, message)
        users = [kind for kind, part in tables.STATES.items() if name in part.fields]
        if name in ("Next", "End") and self._part.name in ("a Succeed state", "a Fail state"):
            message = f"{self._part.name} ends the execution: it has no {name}; remove it"
            return self._finding("fields-misplaced", where, message)
        if name in ("Next", "End") and self._part is tables.STATES["Choice"]:
            message = f"a Choice state has no {name}: its rules have Next, and Default names the state for all else"
            return self._finding("fields-misplaced", where, message)
        if users and self._part in tables.STATES.values():
            message = f"{self._part.name} has no {name}: only {_listed(users)} states have it"
            return self._finding("fields-misplaced", where, message)
        meant = self._meant(name)
        if meant is None:
            hint = f": its fields are {_listed(sorted(self._usable()))}" if len(self._usable()) <= 8 else ": remove it"
        else:
            self._explained.add(meant)
            hint = f': did you mean "{meant}"?'
        return self._finding("fields-unknown", where, f'{self._part.name} has no field "{name}"{hint}')

    def _usable(self) -> list[str]:
        return [name for name, field in self._part.fields.items() if field.language in (None, self._language)]

    def _meant(self, name: str) -> str | None:
        if name.endswith(".$"):
            path = f"{name[:-2]}Path"
            return path if path in self._part.fields else near(name[:-2], self._usable())
        return near(name, [known for known in self._usable() if known not in self._fields])

    def _wrong_language(self, names: list[str]) -> Iterator[Finding]:
        """One finding for each field of a state, one for all those of a rule."""
        if self._part is tables.RULE or self._part is tables.INNER_RULE:
            right = "Condition" if self._jsonata else "Variable and a comparison"
            message = f"{_listed(names)} cannot be in a rule of a {self._language} state: write {right}"
            yield self._finding("fields-language", (*self._pointer, names[0]), message)
            return
        for name in names:
            other = _INSTEAD[self._language].get(name)
            if name.endswith("Path") and self._jsonata and name.removesuffix("Path") in self._part.fields:
                other = f"an expression in {name.removesuffix('Path')}"
            only = self._part.fields[name].language
            hint = f"write {other} instead" if other else f'remove it, or say "QueryLanguage": "{only}"'
            message = f"{name} is only for {only}, and {self._part.name} here is {self._language}: {hint}"
            self._explained.add(name)
            yield self._finding("fields-language", (*self._pointer, name), message)

    def _missing(self) -> Iterator[Finding]:
        missing = [name for name in self._part.required if name not in self._fields and name not in self._explained]
        if missing:
            message = f"{self._part.name} has no {_listed(missing)}: add {'it' if len(missing) == 1 else 'them'}"
            yield self._finding("fields-missing", self._pointer, message)
        for group in self._part.one_of:
            usable = [name for name in group if self._part.fields[name].language in (None, self._language)]
            if not self._present(group) and not self._explained & set(group):
                message = f"{self._part.name} needs one of {_listed(usable, 'or')}: add one"
                if group == ("Next", "End"):
                    message = f'{self._part.name} leads nowhere: add Next, or "End": true'
                yield self._finding("fields-missing", self._pointer, message)

    def _present(self, group: tuple[str, ...]) -> list[str]:
        return [name for name in group if name in self._fields and not (name == "End" and self._fields[name] is False)]

    def _exclusive(self) -> Iterator[Finding]:
        for group in (*self._part.one_of, *self._part.at_most_one):
            there = [name for name in self._present(group) if name not in self._explained]
            if len(there) > 1:
                message = f"{_listed(there)} exclude each other: keep one"
                yield self._finding("fields-exclusive", (*self._pointer, there[-1]), message)


_INSTEAD = {
    JSONATA: {
        "Parameters": "Arguments",
        "ResultSelector": "Output",
        "ResultPath": "Output or Assign",
        "InputPath": "the part of $states.input in Arguments",
        "OutputPath": "Output",
        "ItemsPath": "Items",
        "Result": "Output",
    },
    JSONPATH: {"Arguments": "Parameters", "Output": "ResultSelector, ResultPath or OutputPath", "Items": "ItemsPath"},
}
"""What the other query language has in a field's place."""


def _listed(names: list[str], word: str = "and") -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
