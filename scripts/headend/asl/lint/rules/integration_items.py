"""Where a Distributed Map reads its items and writes its results: S3 only.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html and
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from collections.abc import Iterator

from headend.asl import integrations, java_names
from headend.asl.lint.finding import Finding, finding
from headend.asl.lint.rules.integration_names import nearest, shown
from headend.asl.lint.rules.integration_parameters import check_names
from headend.asl.model import PLACEHOLDER, Definition, State

_S3 = "arn:aws:states:::s3:"
_REQUIRED: dict[str, dict[str, tuple[str, ...]]] = {
    "ItemReader": {"getObject": ("Bucket", "Key"), "listObjectsV2": ("Bucket",)},
    "ResultWriter": {"putObject": ("Bucket",)},
}
"""The actions of each, with the parameters that they need."""


def check(definition: Definition, state: State) -> Iterator[Finding]:
    """The Resource and the arguments of both."""
    for field, actions in _REQUIRED.items():
        written = state.fields.get(field)
        resource = written.get("Resource") if isinstance(written, dict) else None
        if not isinstance(resource, str) or not isinstance(written, dict) or PLACEHOLDER.sub("", resource) == "":
            continue
        called = integrations.parse(resource)
        action = called.action or ""
        if called.kind == "unknown" and PLACEHOLDER.search(resource):
            continue
        if (called.kind, called.service, called.pattern) != ("optimized", "s3", "") or action not in actions:
            near = nearest(action, actions) or next(iter(actions))
            legal = " or ".join(f"{_S3}{name}" for name in actions)
            message = f'a{"n" if field[0] == "I" else ""} {field} has no Resource "{shown(resource)}": write '
            message += f"{_S3}{near}" if called.service == "s3" else legal
            where = (*state.pointer, field, "Resource")
            yield finding(definition, "integrations-items", where, message, state, value=True)
            continue
        name = "Arguments" if state.jsonata else "Parameters"
        arguments = written.get(name)
        if isinstance(arguments, dict):
            names = _names(action) | ({"Prefix": "text"} if field == "ResultWriter" else {})
            where = (*state.pointer, field, name)
            call = f"{field}'s {action}"
            yield from check_names(definition, state, call, where, arguments, names, actions[action])


def _names(action: str) -> dict[str, str]:
    """The parameters of the action; the types of those that it needs."""
    model = integrations.operation("s3", action)
    shape = model.input_shape if model else None
    names = [java_names.member_name(name) for name in getattr(shape, "members", {})]
    return {name: "text" if name in ("Bucket", "Key", "Prefix") else "any" for name in names}
