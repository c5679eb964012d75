"""Take a deployment off air and away, in order, and prove that nothing is left."""

from __future__ import annotations

from dataclasses import dataclass

from headend.errors import UsageError
from headend.flows import Flows, name_of
from headend.kept_data import kept_data, remedy
from headend.leftovers import Leftover, find_leftovers
from headend.on_air_guard import held, require_off_air
from headend.session import Session
from headend.state import flow_arns, resources

STATE_COPY = "state-before-destroy.tfstate"


@dataclass(frozen=True)
class Destroyed:
    """What a destroy did: how many resources went, which flows it stopped, what it found left."""

    count: int
    stopped: list[str]
    left: list[Leftover]


def destroy(session: Session, *, stop_flows: bool) -> Destroyed:
    """Stop flows, destroy all, look for leftovers.

    Raises UsageError, with nothing changed, while a flow is on air and `stop_flows` is not set, while a channel is, and
    where there is data that is not to be deleted.
    """
    session.init()
    state = session.terraform.pull_state()
    copy = session.environment.work_dir / STATE_COPY
    found = resources(state)
    if found:
        copy.write_text(state, encoding="utf-8")
    elif copy.is_file():
        # An earlier destroy ended before its proof: prove what that one destroyed.
        state = copy.read_text(encoding="utf-8")
    require_off_air(held(found), session.aws, session.environment.name, "destroyed")
    flows = Flows(session.aws, session.tell)
    arns = flow_arns(found)
    on_air = flows.on_air(arns)
    if on_air and not stop_flows:
        names = ", ".join(name_of(arn) for arn in on_air)
        raise UsageError(
            f"on air: {names}; to stop and destroy: `headend destroy --env {session.environment.name} --stop-flows`"
        )
    if kept := kept_data(session.aws, found):
        raise UsageError(
            f"not empty: {', '.join(one.what for one in kept)}; empty it, or have it deleted with what is in it: set "
            f"{remedy(kept, f'envs/{session.environment.name}')}, and apply"
        )
    stopped = flows.stop(arns) if arns else []
    if found:
        session.terraform.destroy()
    left = find_leftovers(session, state)
    if not left:
        copy.unlink(missing_ok=True)
    session.environment.plan_file.unlink(missing_ok=True)
    return Destroyed(len(found), [name_of(arn) for arn in stopped], left)
