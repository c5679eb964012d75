"""What one Task state needs: the call itself, and what its integration and pattern need beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

import yaml

from headend.asl import integrations
from headend.asl.iam import actions, arguments, arns, data_access, encryption, passed_roles, services
from headend.asl.iam.arguments import Arguments
from headend.asl.iam.arns import Resource
from headend.asl.iam.policy import Conditions, Grant
from headend.asl.iam.settings import Settings, as_arn
from headend.asl.model import State

FUNCTION_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/lambda-iam.html"
WAITING = "to wait for its end and to stop it with the execution"
RULE_ACTIONS = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
# The SDK's name of a service, by that of its optimized integration.
OPTIMIZED = {
    "bedrock:invokeModel": "bedrockruntime",
    "elasticmapreduce": "emr",
    "events": "eventbridge",
    "states": "sfn",
}


class UnknownCallError(Exception):
    """The permissions of a call cannot be told; the message says why."""


def needs(state: State, settings: Settings) -> Iterator[Grant]:
    """The grants of a Task state. Raises UnknownCallError."""
    for grant in _grants(state, settings):
        told = settings.arns.get(grant.action) if grant.why else None
        yield replace(grant, resource=as_arn(told), why="") if told else grant


def _grants(state: State, settings: Settings) -> Iterator[Grant]:
    called = integrations.parse(state.resource or "")
    given = arguments.of(state)
    if called.kind == "activity":
        return
    if called.kind == "placeholder" and "activity" in called.resource.lower():
        return
    if called.kind in ("function", "placeholder"):
        yield Grant("lambda:InvokeFunction", called.resource, source=FUNCTION_PAGE)
        return
    if called.kind == "unknown" or called.service is None or called.action is None:
        raise UnknownCallError(f"`{called.resource}` is no Resource that Step Functions knows")
    if called.kind == "optimized":
        yield from _optimized(called, given, settings)
        return
    yield from _sdk(called.service, called.action, given, settings)


def _sdk(service: str, action: str, given: Arguments, settings: Settings) -> Iterator[Grant]:
    operation = integrations.operation(service, action)
    if operation is None:
        raise UnknownCallError(f"the SDK has no operation `{action}` of `{service}`")
    wanted = actions.of(operation)
    if operation.name in services.TRANSACTIONS and actions.prefix(operation) == "dynamodb":
        wanted = services.actions_of_transaction(operation.name, given)
    if actions.prefix(operation) == "s3" and operation.name in ("CopyObject", "UploadPartCopy"):
        wanted = [*wanted, "s3:GetObject"]
    yield from _call(wanted, operation.name, given, settings, passes=None)


def _call(
    wanted: list[str],
    operation: str,
    given: Arguments,
    settings: Settings,
    passes: str | None,
    source: str = "",
    formats: list[Resource] | None = None,
) -> Iterator[Grant]:
    for action in wanted:
        for one in formats if formats is not None else named(action, operation, given, settings):
            yield Grant(action, one.arn, services.conditions(action, given), one.why, source=source)
            yield from encryption.of(action, one.arn, settings)
    for action in wanted:
        yield from passed_roles.of(action, given, settings, passes, source)
        yield from data_access.of(action, given, settings)


def named(action: str, operation: str, given: Arguments, settings: Settings) -> list[Resource]:
    """The resources of an action: as its service names them, by resources.yaml, or by the reference."""
    special = services.SERVICES.get(action.partition(":")[0])
    found = special(action, operation, given, settings) if special else None
    if found:
        return found
    formats = _read("resources.yaml").get(action)
    if formats == ["*"]:
        return [Resource("*", arns.NO_RESOURCES)]
    if formats:
        found = [one for form in formats for one in arns.fill(form, given, settings)]
        return [replace(one, why=arns.NOT_NAMED) if one.arn.endswith("/*") and not one.why else one for one in found]
    return arns.by_reference(action, given, settings)


# Optimized integrations


def _optimized(called: integrations.Integration, given: Arguments, settings: Settings) -> Iterator[Grant]:
    service, name = str(called.service), str(called.action)
    known = _read("integrations.yaml").get(f"{service}:{name}", {})
    source = str(known.get("source", ""))
    formats = [
        one for form in known.get("resources", []) for one in _filled(form, given, settings, known.get("why", ""))
    ]
    operation = integrations.operation(OPTIMIZED.get(f"{service}:{name}", OPTIMIZED.get(service, service)), name)
    wanted = known.get("call")
    if wanted is None:
        if operation is None:
            raise UnknownCallError(f"no optimized integration `{service}:{name}` is known")
        wanted = actions.of(operation)
    operation_name = operation.name if operation else name
    grants = list(_call(wanted, operation_name, given, settings, known.get("passes"), source, formats or None))
    if service == "http":
        grants = [replace(one, conditions=_endpoint(given)) for one in grants]
    yield from grants
    unneeded = _unneeded(known.get("read_only"), given)
    for need in known.get("needs", []):
        need = {**need, "actions": [action for action in need["actions"] if action not in unneeded]}
        if need["actions"] == ["iam:PassRole"] and "iam:PassRole" in settings.arns:
            need = {**need, "resources": ["{passed}"], "why": ""}
        yield from _need(need, given, settings, source, "")
    if not called.pattern.startswith("sync"):
        return
    for need in known.get("sync", []):
        yield from _need(need, given, settings, source, WAITING)
    if service == "states" and settings.redrive:
        redriven = {"actions": ["states:RedriveExecution"], "resources": ["{execution}"]}
        yield from _need(redriven, given, settings, REDRIVE_PAGE, "to redrive it with the execution")
    name_of_rule = rule(called)
    for action in RULE_ACTIONS if name_of_rule else ():
        yield Grant(action, settings.arn("events", f"rule/{name_of_rule}"), purpose="to hear of its end", source=source)


def _unneeded(told: Mapping[str, Any] | None, given: Arguments) -> set[str]:
    """The actions that a call does not need because its text only reads."""
    text = given.text(told["argument"]) if told and given.fields is not None else None
    words = (text or "").split()
    return set(told["without"]) if told and words and words[0].upper() in told["begins"] else set()


def rule(called: integrations.Integration) -> str | None:
    """The EventBridge rule that Step Functions keeps for `.sync`; None where it asks for the job's state itself."""
    if called.kind != "optimized" or not called.pattern.startswith("sync"):
        return None
    known = _read("integrations.yaml").get(f"{called.service}:{called.action}", {})
    return str(known["rule"]) if "rule" in known else None


REDRIVE_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html"


def _need(need: Mapping[str, Any], given: Arguments, settings: Settings, source: str, purpose: str) -> Iterator[Grant]:
    conditions: Conditions = tuple(
        (operator, key, tuple(values))
        for operator, pairs in need.get("conditions", {}).items()
        for key, values in pairs.items()
    )
    for action in need["actions"]:
        found = [
            one for form in need.get("resources", []) for one in _filled(form, given, settings, need.get("why", ""))
        ]
        for one in found or named(action, "", given, settings):
            yield Grant(action, one.arn, conditions, one.why, purpose, source)


def _filled(form: str, given: Arguments, settings: Settings, why: str) -> list[Resource]:
    """A format of integrations.yaml; `{machine}` and `{execution}`: the state machine, what it starts."""
    if form == "{machine}":
        return [Resource(settings.machine)]
    if form == "{passed}":
        return [Resource(as_arn(settings.arns["iam:PassRole"]))]
    if form == "{execution}":
        return [executions(one, settings) for one in named("states:StartExecution", "StartExecution", given, settings)]
    found = arns.fill(form, given, settings)
    literal = "*" in form or form == "*"
    return [replace(one, why=one.why or (why if literal else "")) for one in found]


def executions(machine: Resource, settings: Settings) -> Resource:
    """The executions of a state machine."""
    parts = re.split(r":(?![^{]*\})", machine.arn)
    if len(parts) == 7 and machine.arn.startswith("arn:"):
        arn = ":".join([*parts[:5], "execution", parts[6], "*"])
        return Resource(arn, machine.why or "an execution's name exists only at run time")
    why = f"the state machine's name cannot be told from `{machine.arn}`"
    return Resource(settings.arn("states", "execution:*"), why)


def _endpoint(given: Arguments) -> Conditions:
    """The method and address that a call may use.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-permissions
    """
    found = []
    for key, name in (("states:HTTPEndpoint", "ApiEndpoint"), ("states:HTTPMethod", "Method")):
        text = given.text(name) if given.fields is not None else None
        if text:
            found.append(("StringEquals", key, (text,)))
    return tuple(found)


@cache
def _read(name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
