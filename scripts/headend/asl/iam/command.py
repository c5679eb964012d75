"""`headend asl iam`: the policy of a definition file, in the forms that people and programs read."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headend.asl import model
from headend.asl.iam.derive import derive
from headend.asl.iam.policy import Policy
from headend.asl.iam.settings import Settings
from headend.asl.iam.sidecar import markdown
from headend.errors import UsageError


@dataclass(frozen=True)
class Result:
    """A definition's policy."""

    file: Path
    policy: Policy

    @property
    def name(self) -> str:
        """The definition's name: the file's without `.asl.json`."""
        return re.sub(r"(\.asl)?(\.(json|yaml|yml))?$", "", self.file.name)

    def markdown(self) -> str:
        """The sidecar's text."""
        return markdown(self.policy, f"What {self.name} may do", f"`{self.file.name}`")

    def as_json(self) -> str:
        """The policy, what each permission is for, and what could not be told."""
        needs = [
            {
                "sid": statement.sid,
                "action": need.grant.action,
                "resource": need.grant.resource,
                "states": list(need.states),
                "purpose": need.grant.purpose,
                "wildcard": need.grant.why,
                "source": need.grant.source,
            }
            for statement in self.policy.statements
            for need in statement.needs
        ]
        told = {
            "policy": self.policy.document(),
            "needs": needs,
            "other_roles": [{"state": state, "role": role} for state, role in self.policy.elsewhere],
            "underived": [{"state": state, "reason": reason} for state, reason in self.policy.underived],
        }
        return json.dumps(told, indent=2, ensure_ascii=False)

    def write(self, folder: Path) -> list[Path]:
        """Write the policy and its sidecar; returns the files."""
        folder.mkdir(parents=True, exist_ok=True)
        files = {folder / f"{self.name}.policy.json": self.policy.text()}
        files[folder / f"{self.name}.policy.md"] = self.markdown()
        for path, text in files.items():
            path.write_text(text, encoding="utf-8", newline="\n")
        return list(files)

    def problem(self) -> str | None:
        """One line about the states whose permissions are not in the policy; None when all are."""
        if not self.policy.underived:
            return None
        state, reason = self.policy.underived[0]
        more = len(self.policy.underived) - 1
        others = f" (and {more} more)" if more else ""
        return f"{self.file}: nothing derived for the state {state}{others}: {reason}. `headend asl lint` says more"


def run(file: Path, settings: Settings) -> Result:
    """Derive the policy of a file. Raises SourceError where it cannot be read."""
    return Result(file, derive(model.load(file), settings))


def pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """`WHAT=ARN`, several times. The last `=` parts them: an expression may have one."""
    found: dict[str, str] = {}
    for text in given:
        what, separator, arn = text.rpartition("=")
        if not separator or not what or not arn:
            raise UsageError(f"{option} {text}: write WHAT=ARN, like {option} queue_url=queue_arn")
        found[what] = arn
    return found
