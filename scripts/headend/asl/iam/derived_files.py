"""The files beside a definition: the policy that it needs, and what that says in words."""

from __future__ import annotations

import re
from pathlib import Path

from headend.asl import model
from headend.asl.iam import platform
from headend.asl.iam.derive import derive
from headend.asl.iam.settings import Settings, as_arn
from headend.asl.iam.sidecar import markdown
from headend.errors import HeadendError

DEFINITION = ".asl.json"
GIVEN = ("partition", "region", "account_id", "state_machine_name")
"""The placeholders that the module `state_machine` fills in by itself."""


def beside(name: str, text: str, settings: Settings, origin: str) -> dict[str, str]:
    """File names and texts for a rendered definition; {} for a file that is none.

    Raises:
        HeadendError: a state's permissions cannot be told, or what `settings` tell is used nowhere.
    """
    if not name.endswith(DEFINITION):
        return {}
    plain = name.removesuffix(DEFINITION)
    definition = model.parse(text, Path(name))
    policy = derive(definition, settings)
    if policy.underived:
        state, reason = policy.underived[0]
        raise HeadendError(f"{origin}: no permissions can be derived for the state {state}: {reason}")
    written = policy.text()
    for told in (*settings.arns.values(), *settings.keys.values()):
        if as_arn(told) not in written:
            raise HeadendError(f"{origin}: the header tells of {told!r}, which the policy does not need: remove it")
    known = {*definition.placeholders, *settings.arns.values(), *settings.keys.values(), *GIVEN}
    return {
        f"{plain}.policy.json": _escaped(written, known),
        f"{plain}.policy.md": markdown(policy, f"What {plain} may do", f"[{name}]({name})"),
    }


def of_every_machine(folder: Path) -> dict[Path, str]:
    """What Step Functions needs of every machine's role; the module leaves out what a machine does not want."""
    policy = platform.policy(Settings(logging=True, tracing=True, kms_key="kms_key_arn"))
    return {
        folder / "platform.policy.json": policy.text(),
        folder / "platform.policy.md": markdown(policy, "What every state machine may do", "Step Functions' needs"),
    }


def _escaped(text: str, known: set[str]) -> str:
    """Escape for templatefile() what is no placeholder."""
    return re.sub(r"([$%])\{([^{}]*)\}", lambda found: _literal(found, known), text)


def _literal(found: re.Match[str], known: set[str]) -> str:
    return found[0] if found[1] == "$" and found[2] in known else found[1] + found[0]
