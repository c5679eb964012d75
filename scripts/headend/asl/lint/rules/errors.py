"""Retry and Catch: names of errors that can never be met, and rules that can never apply.

Names of a service's own errors are checked by the family `integrations`.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Iterator

from headend.asl.lint.finding import Finding, finding
from headend.asl.model import PLACEHOLDER, Definition, State
from headend.asl.near_names import near
from headend.asl.source import Pointer

ALL, TASK_FAILED, RUNTIME = "States.ALL", "States.TaskFailed", "States.Runtime"
PREFIX, HTTP = "States.", "States.Http."
NAMES = (
    ALL,
    RUNTIME,
    TASK_FAILED,
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ReferencePathConflict",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Timeout",
)
"""The errors that Step Functions itself raises, but for those of HTTP tasks, which begin with States.Http."""
NOT_OF_TASKS = {
    "States.BranchFailed": "Parallel",
    "States.ExceedToleratedFailureThreshold": "Map",
    "States.ItemReaderFailed": "Map",
    "States.NoChoiceMatched": "Choice",
    "States.ResultWriterFailed": "Map",
}
"""Errors that a Task state never has, and the type of state that has them."""
WORDS = {"Retry": "retrier", "Catch": "catcher"}


def check(definition: Definition) -> Iterator[Finding]:
    """Findings about Retry and Catch of all states."""
    own = [state.fields.get("Error") for state in definition.states() if state.type == "Fail"]
    names = frozenset(name for name in own if isinstance(name, str))
    for state in definition.states():
        if state.type in ("Task", "Parallel", "Map"):
            for field in WORDS:
                yield from _rules(definition, state, field, names)


def _rules(definition: Definition, state: State, field: str, own: frozenset[str]) -> Iterator[Finding]:
    """All retriers, or all catchers, of a state, in their order. `own` are the errors that Fail states have."""
    rules = [(index, _names(rule.get("ErrorEquals"))) for index, rule in state.objects(field)]
    met: dict[str, int] = {}
    task_failed: int | None = None
    for position, (index, names) in enumerate(rules):
        where = (*state.pointer, field, index, "ErrorEquals")
        texts = [name for _, name in names]
        if ALL in texts:
            yield from _all(definition, state, field, where, texts, last=position == len(rules) - 1)
        for at, name in names:
            if name not in own:
                yield from _name(definition, state, name, (*where, at))
        again = [(at, name) for at, name in names if met.get(name, index) != index and name != ALL]
        late = [(at, name) for at, name in names if not name.startswith(PREFIX) and (at, name) not in again]
        if again:
            taken = " and ".join(name for _, name in again)
            message = f"{taken}: {WORDS[field]} {met[again[0][1]] + 1} already takes it, this one never does; remove it"
            yield finding(definition, "errors-never-reached", (*where, again[0][0]), message, state, value=True)
        elif late and task_failed is not None and state.type == "Task":
            message = (
                f"{WORDS[field]} {task_failed + 1} takes {' and '.join(name for _, name in late)} before: "
                f"{TASK_FAILED} stands for every error but States.Timeout; move this {WORDS[field]} before it"
            )
            yield finding(definition, "errors-never-reached", (*where, late[0][0]), message, state, value=True)
        for name in texts:
            met.setdefault(name, index)
        if TASK_FAILED in texts and task_failed is None:
            task_failed = index


def _names(value: object) -> list[tuple[int, str]]:
    """The error names of a list with their indices, those with placeholders left out."""
    items = value if isinstance(value, list) else []
    return [(i, item) for i, item in enumerate(items) if isinstance(item, str) and not PLACEHOLDER.search(item)]


def _all(
    definition: Definition, state: State, field: str, where: Pointer, names: list[str], *, last: bool
) -> Iterator[Finding]:
    others = [name for name in names if name != ALL]
    if others:
        message = (
            f"{ALL} stands alone: it already takes {' and '.join(others)}; "
            f"remove {'it' if len(others) == 1 else 'them'}, or write another {WORDS[field]} before this one"
        )
        if set(others) <= {RUNTIME, "States.DataLimitExceeded"}:
            message = (
                f"{ALL} stands alone, and {' and '.join(others)} is not among what it takes: write two {WORDS[field]}s"
            )
        yield finding(definition, "errors-all-alone", where, message, state, value=True)
    if not last:
        message = f"{ALL} takes every error that gets here: this {WORDS[field]} must be the last one"
        yield finding(definition, "errors-all-last", where, message, state, value=True)


def _name(definition: Definition, state: State, name: str, where: Pointer) -> Iterator[Finding]:
    code = message = ""
    if name.startswith(PREFIX) and name not in NAMES and not name.startswith(HTTP):
        code = "errors-unknown"
        meant = near(name.removeprefix(PREFIX), [known.removeprefix(PREFIX) for known in NAMES])
        hint = (
            f": did you mean {PREFIX}{meant}?"
            if meant
            else ": names that begin with States. are AWS's own; this never applies"
        )
        message = f"Step Functions has no error {name}{hint}"
    elif name == RUNTIME:
        code = "errors-not-caught"
        message = (
            f"{RUNTIME} always fails the execution: it is neither retried nor caught; "
            "make sure that the paths are there (a Choice with IsPresent) instead"
        )
    elif state.type == "Task" and name in NOT_OF_TASKS:
        code = "errors-never-raised"
        message = f"a Task state never fails with {name}: only a {NOT_OF_TASKS[name]} state does; remove it"
    elif name == "States.HeartbeatTimeout" and state.type == "Task" and not _has_heartbeat(state):
        code = "errors-never-raised"
        message = f"{name} needs HeartbeatSeconds, and this state has none: add it, or use States.Timeout"
    if code:
        yield finding(definition, code, where, message, state, value=True)


def _has_heartbeat(state: State) -> bool:
    return any(name in state.fields for name in ("HeartbeatSeconds", "HeartbeatSecondsPath"))
