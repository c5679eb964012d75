"""The ARNs of what a call is about, from its arguments.

A format is an ARN with `{…}`: `{partition}`, `{region}`, `{account}`, `{name}` (of the state machine) or the name of an
argument, with dots into objects and `=` before what stands where it is not given: `{EventBusName=default}`. An argument
that is an ARN already stands for the whole format. A part that is decided at run time becomes `*`, and the reason
says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from headend.asl.iam import actions
from headend.asl.iam.arguments import Arguments, Value
from headend.asl.iam.settings import Settings, as_arn

_FIELD = re.compile(r"(?<!\$)\{([A-Za-z.]+)(=[^{}]*)?\}")
_FORMAT_PART = re.compile(r"\$\{(\w+)\}")
_STEM = re.compile(r"(arns?|names?|ids?|identifiers?|urls?)$")
_PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")
NO_RESOURCES = "the action has no resources to name"
NOT_NAMED = "nothing in the call names it"


@dataclass(frozen=True)
class Resource:
    """A resource of a statement, and why it has a wildcard."""

    arn: str
    why: str = ""


def hinted(value: Value, settings: Settings) -> str | None:
    """The ARN that the settings give for a value: for its placeholder, or for the expression that decides it."""
    if value.text is None:
        told = settings.arns.get(value.written)
    else:
        match = _PLACEHOLDER.fullmatch(value.text)
        told = settings.arns.get(match[1]) if match else None
    return as_arn(told) if told else None


def is_arn(text: str, argument: str) -> bool:
    """Whether a text is an ARN, or a placeholder that stands for one: by its own name or the argument's."""
    if text.startswith("arn:"):
        return True
    match = _PLACEHOLDER.match(text)
    if match is None:
        return False
    return argument.lower().endswith(("arn", "arns")) or re.sub(r"[^a-z]", "", match[1].lower()).endswith("arn")


def fill(form: str, arguments: Arguments, settings: Settings) -> list[Resource]:
    """The ARNs of a format: one for each value where an argument has several."""
    known = {
        "partition": settings.partition,
        "region": settings.region,
        "account": settings.account,
        "name": settings.name,
    }
    choices: list[list[tuple[str, str, bool]]] = []
    for match in _FIELD.finditer(form):
        if match[1] in known:
            choices.append([(known[match[1]], "", False)])
        else:
            choices.append(list(_parts(match[1], match[2], arguments, settings)))
    found: dict[str, Resource] = {}
    for chosen in product(*choices):
        whole = next((text for text, _, complete in chosen if complete), None)
        texts = iter(chosen)
        arn = whole if whole is not None else _FIELD.sub(lambda _, texts=texts: next(texts)[0], form)  # type: ignore[misc]
        why = "" if whole is not None else "; ".join(dict.fromkeys(reason for _, reason, _ in chosen if reason))
        found.setdefault(arn, Resource(arn, why))
    return list(found.values())


def _parts(name: str, default: str | None, arguments: Arguments, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """(text, reason of a wildcard, whether it is the whole ARN) for each value of an argument."""
    values = arguments.values(*name.split("."))
    if not values:
        yield (default[1:], "", False) if default else ("*", f"`{name}` is not in the call", False)
    for value in values:
        told = hinted(value, settings)
        if told:
            yield told, "", True
        elif value.text is None:
            yield "*", f"`{name}` is decided at run time (`{value.written}`)", False
        elif is_arn(value.text, name):
            yield value.text, "", True
        else:
            yield value.text, "", False


# By the service authorization reference


def by_reference(action: str, arguments: Arguments, settings: Settings) -> list[Resource]:
    """The resources of an action by the reference's formats; `*` where it has none or is not known."""
    service, _, name = action.partition(":")
    told = actions.privileges(service).get(name)
    if told is None:
        known = "the service authorization reference does not know the action"
        return _guess(service, arguments, settings) or [Resource("*", known)]
    types = {kind: one for kind, one in told["resource_types"].items() if kind}
    formats = actions.service(service).get("resources", {})
    found: dict[str, Resource] = {}
    for kind, one in types.items():
        form = formats.get(kind, {}).get("arn")
        if form is None:
            continue
        own = _of_type(kind, form, arguments, settings, alone=len(types) == 1)
        if own is None and one["required"]:
            own = [_anything(form, settings, f"nothing in the call names the {kind}")]
        for resource in own or []:
            found.setdefault(resource.arn, resource)
    if found:
        return list(found.values())
    if types:
        return [Resource("*", "the call names none of the resources that the action may be about")]
    return [Resource("*", NO_RESOURCES)]


def _of_type(kind: str, form: str, arguments: Arguments, settings: Settings, *, alone: bool) -> list[Resource] | None:
    """The ARNs of one type of resource; None where no argument is about it."""
    names = _FORMAT_PART.findall(form)
    own = [name for name in names if name not in ("Partition", "Region", "Account")]
    if not own:
        return None
    if arguments.fields is None:
        return [_anything(form, settings, f"the call's arguments are decided at run time (`{arguments.written}`)")]
    stems = {_stem(kind), _stem(own[-1]), "resource"} | ({""} if alone else set())
    matching = [name for name in arguments if _stem(name) in stems]
    if not matching:
        return None
    whole: list[Resource] = []
    for name in matching:
        for value in arguments.values(name):
            told = hinted(value, settings)
            if told or (value.text is not None and is_arn(value.text, name)):
                whole.append(Resource(told or str(value.text)))
            elif value.text is None and name.lower().endswith(("arn", "arns")):
                whole.append(_anything(form, settings, f"`{name}` is decided at run time (`{value.written}`)"))
    if whole:
        return whole

    def field(match: re.Match[str]) -> str:
        part = match[1]
        if part in ("Partition", "Region", "Account"):
            return f"{{{part.lower()}}}"
        argument = next((name for name in arguments if _stem(name) == _stem(part)), None)
        if argument is None and part == own[-1]:
            argument = matching[0]
        return f"{{{argument}}}" if argument else "*"

    return fill(_FORMAT_PART.sub(field, form), arguments, settings)


def _anything(form: str, settings: Settings, why: str) -> Resource:
    known = {"Partition": settings.partition, "Region": settings.region, "Account": settings.account}
    return Resource(_FORMAT_PART.sub(lambda match: known.get(match[1], "*"), form), why)


def _guess(service: str, arguments: Arguments, settings: Settings) -> list[Resource]:
    """For an action that the reference does not know: the ARNs among the arguments that are the service's."""
    found: list[Resource] = []
    for name in arguments:
        for value in arguments.values(name) if name.lower().endswith("arn") else ():
            told = hinted(value, settings)
            if told:
                found.append(Resource(told))
            elif value.text is None:
                why = f"`{name}` is decided at run time (`{value.written}`)"
                found.append(Resource(settings.arn(service, "*"), why))
            elif not value.text.startswith("arn:") or value.text.split(":")[2] == service:
                found.append(Resource(value.text))
    return found


def _stem(name: str) -> str:
    """What a name is about: `FlowArn`, `FlowName` and `flow` are about `flow`."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("withoutleadingslash").removesuffix("withpath")
    return _STEM.sub("", plain)
