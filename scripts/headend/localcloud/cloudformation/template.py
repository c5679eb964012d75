"""A CloudFormation template: parameters, conditions, intrinsic functions and the order of its resources.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from headend.localcloud.cloudformation.stack_errors import StackError

Json = dict[str, Any]
SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
    }
)
LONGEST = 51_200
LONGEST_OBJECT = 1_048_576
"""Bytes of a template in a request, and of one in a bucket.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""
VARIABLE = re.compile(r"\$\{([^}]*)\}")
NO_VALUE = object()
"""What `AWS::NoValue` stands for: the property is left out."""


class Template:
    """A template that has been read. Raises StackError ValidationError for what is no template."""

    def __init__(self, body: str, *, longest: int = LONGEST) -> None:
        if len(body.encode()) > longest:
            raise invalid(
                f"1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {longest}"
            )
        self.body = body
        document = _read(body)
        unknown = sorted(set(document) - SECTIONS - {"Transform"})
        if unknown:
            raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
        if "Transform" in document:
            raise NotImplementedError("CloudFormation's transforms are not implemented")
        resources = document.get("Resources")
        if not isinstance(resources, dict) or not resources:
            raise invalid("Template format error: At least one Resources member must be defined.")
        self.description = str(document.get("Description") or "")
        self.parameters: Json = document.get("Parameters") or {}
        self.conditions: Json = document.get("Conditions") or {}
        self.mappings: Json = document.get("Mappings") or {}
        self.outputs: Json = document.get("Outputs") or {}
        self.resources: Json = resources
        for name, resource in resources.items():
            if not re.fullmatch(r"[A-Za-z0-9]+", name):
                raise invalid(f"Template format error: Resource name {name} is non alphanumeric.")
            if not isinstance(resource, dict) or "Type" not in resource:
                raise invalid(
                    f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
                )
        self.order = self._order()

    def values(self, given: Mapping[str, str], before: Mapping[str, str], previous: frozenset[str]) -> dict[str, str]:
        """The parameters' values: those given, those of `before` for the names in `previous`, the defaults."""
        unknown = sorted(set(given) - set(self.parameters))
        if unknown:
            raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        found: dict[str, str] = {}
        missing = []
        for name, parameter in self.parameters.items():
            if name in given:
                found[name] = given[name]
            elif name in previous and name in before:
                found[name] = before[name]
            elif "Default" in parameter:
                found[name] = str(parameter["Default"])
            else:
                missing.append(name)
                continue
            _check_value(name, parameter, found[name])
        if missing:
            raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
        return found

    def references(self, name: str) -> set[str]:
        """The resources on which one depends: by DependsOn, Ref, Fn::GetAtt or Fn::Sub."""
        resource = self.resources[name]
        on = resource.get("DependsOn") or []
        found = {on} if isinstance(on, str) else set(on)
        found |= {one for one in _names(resource.get("Properties") or {}) if one in self.resources}
        return found

    def _order(self) -> list[str]:
        """Its resources, each after those on which it depends."""
        known = set(self.resources) | set(self.parameters)
        graph = {}
        for name in self.resources:
            graph[name] = self.references(name)
            gone = sorted(
                one
                for one in {*_names(self.resources[name].get("Properties") or {}), *graph[name]}
                if one not in known and not one.startswith("AWS::")
            )
            if gone:
                message = f"Unresolved resource dependencies [{', '.join(gone)}] in the Resources block of the template"
                raise invalid(f"Template format error: {message}")
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            raise invalid(f"Circular dependency between resources: [{', '.join(error.args[1])}]") from error


class Resolver:
    """Replaces the intrinsic functions of a value. `ref` and `attribute` tell what resources that exist answer."""

    def __init__(
        self,
        template: Template,
        values: Mapping[str, str],
        pseudo: Mapping[str, Any],
        ref: Callable[[str], str],
        attribute: Callable[[str, str], Any],
    ) -> None:
        self._template = template
        self._values = values
        self._pseudo = pseudo
        self._ref = ref
        self._attribute = attribute

    def wanted(self, item: Json) -> bool:
        """Whether the condition of a resource or output holds."""
        return "Condition" not in item or self._condition(str(item["Condition"]))

    def resolve(self, value: Any) -> Any:
        """The value without intrinsic functions; NO_VALUE when nothing is left of it."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                return self._reference(str(argument))
            if name.startswith("Fn::"):
                return self._function(name, argument)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._values:
            kind = str(self._template.parameters[name].get("Type", "String"))
            listed = kind == "CommaDelimitedList" or kind.startswith("List<")
            return [one.strip() for one in self._values[name].split(",")] if listed else self._values[name]
        return self._ref(name)

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "Fn::GetAtt":
                resource, _, attribute = (
                    argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[1])
                )
                return self._attribute(str(resource), str(self.resolve(attribute)))
            case "Fn::Sub":
                return self._substituted(argument)
            case "Fn::Join":
                return str(argument[0]).join(_text(item) for item in self.resolve(argument[1]))
            case "Fn::Select":
                items = self.resolve(argument[1])
                index = int(self.resolve(argument[0]))
                if not 0 <= index < len(items):
                    raise invalid(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
                return items[index]
            case "Fn::Split":
                return str(self.resolve(argument[1])).split(str(argument[0]))
            case "Fn::If":
                return self.resolve(argument[1] if self._condition(str(argument[0])) else argument[2])
            case "Fn::FindInMap":
                keys = [str(self.resolve(item)) for item in argument[:3]]
                try:
                    return self._template.mappings[keys[0]][keys[1]][keys[2]]
                except KeyError as error:
                    raise invalid(f"Template error: Unable to get mapping for {'::'.join(keys)}") from error
            case "Fn::ToJsonString":
                return json.dumps(self.resolve(argument), separators=(",", ":"))
            case "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not":
                return self._holds({name: argument})
        raise NotImplementedError(f"CloudFormation's {name} is not implemented")

    def _substituted(self, argument: Any) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])

        def replaced(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in own:
                return _text(self.resolve(own[name]))
            if "." in name:
                resource, _, attribute = name.partition(".")
                return _text(self._attribute(resource, attribute))
            return _text(self._reference(name))

        return VARIABLE.sub(replaced, str(text))

    def _condition(self, name: str) -> bool:
        if name not in self._template.conditions:
            raise invalid(f"Template format error: Unresolved condition dependency {name}")
        return self._holds(self._template.conditions[name])

    def _holds(self, condition: Any) -> bool:
        name, argument = next(iter(condition.items()))
        match name:
            case "Condition":
                return self._condition(str(argument))
            case "Fn::Equals":
                return _text(self.resolve(argument[0])) == _text(self.resolve(argument[1]))
            case "Fn::And":
                return all(self._holds(one) for one in argument)
            case "Fn::Or":
                return any(self._holds(one) for one in argument)
            case "Fn::Not":
                return not self._holds(argument[0])
        raise invalid(f"Template format error: {name} is no condition function")


def invalid(message: str) -> StackError:
    """What CloudFormation answers to a request that it does not accept."""
    return StackError("ValidationError", message)


def _read(body: str) -> Json:
    from cfnlint.decode import decode_str

    if not body.strip():
        raise invalid("Template format error: unsupported structure.")
    document, problems = decode_str(body)
    if problems:
        raise invalid(f"Template format error: {problems[0].message}")
    if not isinstance(document, dict):
        raise invalid("Template format error: unsupported structure.")
    plain: Json = json.loads(json.dumps(document, default=str))  # cfn-lint's nodes know their lines; nobody asks here
    return plain


def _names(value: Any) -> Iterator[str]:
    """What a value refers to: parameters, resources, pseudo parameters."""
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
        return
    if not isinstance(value, dict):
        return
    for name, argument in value.items():
        if name == "Ref" and len(value) == 1:
            yield str(argument)
        elif name == "Fn::GetAtt" and len(value) == 1:
            yield str(argument).partition(".")[0] if isinstance(argument, str) else str(argument[0])
        elif name == "Fn::Sub" and len(value) == 1:
            text, own = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
            found = (one for one in VARIABLE.findall(str(text)) if not one.startswith("!"))
            yield from (one.partition(".")[0] for one in found if one not in own)
            yield from _names(own)
        else:
            yield from _names(argument)


def _check_value(name: str, parameter: Json, value: str) -> None:
    allowed = parameter.get("AllowedValues")
    if allowed and value not in map(str, allowed):
        raise invalid(f"Parameter '{name}' must be one of AllowedValues")
    pattern = parameter.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        raise invalid(f"Parameter '{name}' must match pattern {pattern}")
    if parameter.get("Type") == "Number":
        try:
            number = float(value)
        except ValueError as error:
            raise invalid(f"Parameter '{name}' must be a number.") from error
        if number < float(parameter.get("MinValue", number)) or number > float(parameter.get("MaxValue", number)):
            raise invalid(f"Parameter '{name}' is out of its range")
    elif len(value) < int(parameter.get("MinLength", 0)):
        raise invalid(f"Parameter '{name}' must contain at least {parameter['MinLength']} characters")


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
