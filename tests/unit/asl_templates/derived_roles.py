"""Roles with a derived policy as their only one, named `inline`: what they may, and with one action less."""

from __future__ import annotations

import json
from pathlib import Path

from running_cloud import RunningCloud, until


def granted(policy_file: Path) -> list[tuple[str, str]]:
    """(statement's Sid, action) for every action of a derived policy."""
    document = json.loads(policy_file.read_text(encoding="utf-8"))
    return [(statement["Sid"], action) for statement in document["Statement"] for action in statement["Action"]]


def take_away(cloud: RunningCloud, role: str, sid: str, action: str) -> None:
    """The role keeps everything but an action of a statement."""
    iam = cloud.client("iam")
    policy = iam.get_role_policy(RoleName=role, PolicyName="inline")["PolicyDocument"]
    [statement] = [one for one in policy["Statement"] if one.get("Sid") == sid]
    statement["Action"] = [one for one in statement["Action"] if one != action] or ["none:Nothing"]
    iam.put_role_policy(RoleName=role, PolicyName="inline", PolicyDocument=json.dumps(policy))


def refused(cloud: RunningCloud, role: str) -> set[str]:
    """The actions that the role has been refused; lets time pass until the first."""

    def found() -> set[str]:
        cloud.step(1)
        denied = [one["detail"] for one in cloud.timeline("denied")]
        return {str(one["action"]) for one in denied if f":assumed-role/{role}/" in one["principal"]}

    return until(found)
