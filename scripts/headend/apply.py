"""Plan to a file, apply that file only, then start the flows that should be on air."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from headend.adopt import forget_adopted
from headend.errors import UsageError
from headend.flows import Flows
from headend.leftovers import note_after, note_before
from headend.on_air_guard import changed, require_off_air
from headend.plan_report import Report, report
from headend.replacement_guard import require_allowed
from headend.session import Session

PLAN_RECORD = "plan"


def plan(session: Session, *, destroy: bool = False, allow_replace: Collection[str] = ()) -> Report:
    """Write the environment's plan file, and say what it holds.

    Raises ReplacementRefusedError, and leaves no plan file, where the plan replaces or destroys a flow that is not
    named in `allow_replace`. Until that is known the plan lies where apply does not look.
    """
    session.init()
    path = session.environment.plan_file
    path.unlink(missing_ok=True)
    unchecked = path.with_name("unchecked.tfplan")
    try:
        session.terraform.plan(unchecked, destroy=destroy)
        contents = session.terraform.show_json(unchecked)
        found = report(contents)
        require_allowed(contents, found, allow_replace)
        session.remember(PLAN_RECORD, {"fingerprint": session.fingerprint})
        unchecked.replace(path)
    finally:
        unchecked.unlink(missing_ok=True)
    return found


def apply(session: Session) -> dict[str, Any]:
    """Apply the plan file, start the flows with `start: true`, and return the outputs.

    Raises UsageError where there is no plan, or the sources, account or endpoint changed since it was made, or where it
    changes a channel that is on air.
    """
    path = session.environment.plan_file
    _require_fresh(session, path)
    session.init()
    require_off_air(
        changed(session.terraform.show_json(path)), session.aws, session.environment.name, "changed or destroyed"
    )
    note_before(session)
    try:
        session.terraform.apply(path)
    finally:
        path.unlink(missing_ok=True)
    forget_adopted(session.environment)
    note_after(session)
    outputs = session.terraform.output()
    start_flows(session, outputs)
    return outputs


def start_flows(session: Session, outputs: dict[str, Any]) -> list[str]:
    """Start the flows that config.yaml wants on air and wait until they are; returns the ARNs of those started."""
    wanted = [key for key, flow in session.config.flows.items() if flow.start]
    arns = outputs.get("flow_arns") or {}
    missing = [key for key in wanted if key not in arns]
    if missing:
        raise UsageError(f"output flow_arns: has no {', '.join(missing)}; export stream_monitor's flow_arns")
    return Flows(session.aws, session.tell).start([arns[key] for key in wanted])


def _require_fresh(session: Session, path: Path) -> None:
    name = session.environment.name
    if not path.is_file():
        raise UsageError(f"there is no plan for {name}; run `headend plan --env {name}` first")
    record = session.recall(PLAN_RECORD) or {}
    if record.get("fingerprint") != session.fingerprint:
        raise UsageError(
            f"the plan for {name} is older than what it was made from (configuration, packages, account or endpoint); "
            f"run `headend plan --env {name}` again"
        )
