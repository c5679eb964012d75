"""Roles that a call hands to a service: `iam:PassRole` on each, for that service only.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from headend.asl.iam import actions
from headend.asl.iam.arguments import Arguments
from headend.asl.iam.arns import hinted
from headend.asl.iam.policy import Conditions, Grant
from headend.asl.iam.settings import Settings

_ROLE = re.compile(r"role(arn)?$", re.IGNORECASE)
SERVICES: Mapping[str, str] = {
    "batch": "batch.amazonaws.com",
    "bedrock": "bedrock.amazonaws.com",
    "codebuild": "codebuild.amazonaws.com",
    "ecs": "ecs-tasks.amazonaws.com",
    "events": "events.amazonaws.com",
    "glue": "glue.amazonaws.com",
    "lambda": "lambda.amazonaws.com",
    "mediaconvert": "mediaconvert.amazonaws.com",
    "mediaconnect": "mediaconnect.amazonaws.com",
    "medialive": "medialive.amazonaws.com",
    "sagemaker": "sagemaker.amazonaws.com",
    "scheduler": "scheduler.amazonaws.com",
    "states": "states.amazonaws.com",
    "transcribe": "transcribe.amazonaws.com",
}
"""Prefix of the service's actions → the principal that roles are handed to."""


def of(action: str, arguments: Arguments, settings: Settings, passes: str | None, source: str) -> Iterator[Grant]:
    """What the roles among a call's arguments need; `passes` is the service, where an integration's facts say it."""
    service, _, name = action.partition(":")
    told = actions.privileges(service).get(name) or {}
    dependent = {one for kind in told.get("resource_types", {}).values() for one in kind["dependent_actions"]}
    if passes is None and "iam:PassRole" not in dependent and service not in SERVICES:
        return
    principal = SERVICES.get(service, "") if passes is None else passes
    conditions: Conditions = (("StringEquals", "iam:PassedToService", (principal,)),) if principal else ()
    for argument, value in arguments.anywhere():
        if not _ROLE.search(argument):
            continue
        told_arn = hinted(value, settings)
        why = ""
        if told_arn:
            role = told_arn
        elif value.text is None:
            role, why = "arn:{}:iam::{}:role/*", f"`{argument}` is decided at run time (`{value.written}`)"
            role = role.format(settings.partition, settings.account)
        elif value.text.startswith("arn:") or re.match(r"\$\{[^{}]*\}$", value.text):
            role = value.text
        else:
            role = f"arn:{settings.partition}:iam::{settings.account}:role/{value.text}"
        purpose = f"to hand over `{argument}`"
        yield Grant("iam:PassRole", role, conditions, why, purpose, source)
