"""Take into the state what an apply made that died before it could write it down.

Terraform writes a state in S3 every 20 s: what was made since then exists, and the next apply finds the names taken.
The remedy is one import block for each, which the next plan and apply carry out.
Source: https://developer.hashicorp.com/terraform/language/import
"""

from __future__ import annotations

import json
from pathlib import Path

from headend.adoptable import identifier
from headend.environments import Environment
from headend.session import Session

FILE = "adopted.tf.json"


def adopt(session: Session) -> list[str]:
    """Write import blocks for what a plan would create and is there already; returns the addresses."""
    session.init()
    forget_adopted(session.environment)
    scratch = session.environment.work_dir / "adopt.tfplan"
    session.terraform.plan(scratch)
    planned = session.terraform.show_json(scratch).get("resource_changes", [])
    scratch.unlink(missing_ok=True)
    blocks = []
    for item in planned:
        if item["change"]["actions"] == ["create"]:
            known = identifier(session.aws, item["type"], item["change"]["after"])
            if known:
                blocks.append({"to": item["address"], "id": known})
    if blocks:
        text = json.dumps({"import": blocks}, indent=2)
        adopted_file(session.environment).write_text(text + "\n", encoding="utf-8")
    return [block["to"] for block in blocks]


def forget_adopted(environment: Environment) -> None:
    """After an apply that has imported: the blocks have done their work."""
    adopted_file(environment).unlink(missing_ok=True)


def adopted_file(environment: Environment) -> Path:
    """Where the import blocks are until they are applied; not committed."""
    return environment.directory / FILE
