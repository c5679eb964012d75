"""Names of errors in Retry and Catch against those that the call of the state has.

Only what is surely wrong is told: a name of the state's own service with its prefix in another case, without the
`Exception` that Step Functions adds, or one letter off. Names of functions' own errors are theirs.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from headend.asl import integrations, java_names
from headend.asl.integrations import Call, Integration
from headend.asl.lint.finding import Finding, finding
from headend.asl.lint.rules.integration_names import shown
from headend.asl.model import Definition, State


def check(definition: Definition, state: State, integration: Integration) -> Iterator[Finding]:
    """The faults in all ErrorEquals of a Task state."""
    call = integrations.call(integration)
    if call is None or call.error_prefix is None:
        return
    called = f"{integration.service}:{integration.action}"
    for field in ("Retry", "Catch"):
        for index, entry in state.objects(field):
            names = entry.get("ErrorEquals")
            for position, name in enumerate(names) if isinstance(names, list) else ():
                right = corrected(call, integration, name) if isinstance(name, str) else None
                if right:
                    message = f'{called} never gives "{shown(name)}", did you mean "{shown(right)}"?'
                    where = (*state.pointer, field, index, "ErrorEquals", position)
                    yield finding(definition, "integrations-error-name", where, message, state)


def corrected(call: Call, integration: Integration, name: str) -> str | None:
    """What a wrong name should be; None where it is right, or where that is not known."""
    prefix, dot, error = name.partition(".")
    right = call.error_prefix
    if not dot or not error or right is None or prefix == "States":
        return None
    sdk_prefix = java_names.service_prefix(call.model.service_model.service_id)
    if prefix.lower() not in (right.lower(), sdk_prefix.lower()):
        return None
    known = _known(call, integration.kind)
    if error in known or (integration.kind == "optimized" and error.startswith(("Amazon", "AWS"))):
        fixed = error
    else:
        fixed = _fixed(error, known, f"{right}Exception" if integration.kind == "sdk" else None)
    return f"{right}.{fixed}" if f"{right}.{fixed}" != name else None


@cache
def _known(call: Call, kind: str) -> frozenset[str]:
    """The errors of the call's service, without their prefix."""
    errors = [shape.name for shape in call.model.service_model.error_shapes]
    known = {java_names.exception_name(name) for name in errors}
    known |= {f"{java_names.pascal_case(name)}Exception" for name in errors if name.endswith("Fault")}
    if kind == "optimized":  # an older SDK for Java, which left names as they are
        known |= {name if name.endswith("Exception") else f"{name}Exception" for name in errors}
    else:
        known |= {f"{call.error_prefix}Exception", "SdkClientException"}
    return frozenset(known)


def _fixed(error: str, known: frozenset[str], generic: str | None) -> str:
    """The name that was meant; `generic` is the name of errors without one, if there is any."""
    if not error.endswith("Exception"):
        suffixed = java_names.exception_name(error)
        near = next(iter(get_close_matches(suffixed, sorted(known), 1, 0.85)), None)
        return suffixed if suffixed in known else near or generic or error
    return next(iter(get_close_matches(error, sorted(known), 1, 0.93)), error)
