"""The EventBridge rules that Step Functions keeps to hear of the end of `.sync` tasks.

It makes them in the role of the state machine, and refuses the machine when the role may not.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html#connect-iam-sync-async
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headend.asl import integrations
from headend.asl.iam import calls
from headend.asl.source import walk
from headend.localcloud.iam import senders
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.senders import Sender
from headend.localcloud.rejections.check_refusal import Refusal

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer


def check(cloud: LocalCloudServer, sender: Sender, definition: str) -> None:
    """The role of `sender`, a state machine, has to be able to make the rules of its definition."""
    region = sender.source_arn.split(":")[3]
    for name in rules(definition):
        for action in calls.RULE_ACTIONS:
            try:
                senders.authorise(cloud, sender, action, f"arn:aws:events:{region}:{cloud.account_id}:rule/{name}")
            except AccessDenied as error:
                message = f"'{sender.role_arn}' is not authorized to create managed-rule."
                raise Refusal("AccessDeniedException", message) from error


def rules(definition: str) -> list[str]:
    """The names of the rules that a definition's tasks need; none for what is no JSON."""
    try:
        document = json.loads(definition)
    except ValueError:
        return []
    called = {integrations.parse(text) for pointer, text in walk(document) if _is_resource(pointer, text)}
    names = {calls.rule(one) for one in called}
    return sorted(name for name in names if name)


def _is_resource(pointer: tuple[str | int, ...], text: object) -> bool:
    return isinstance(text, str) and pointer[-1:] == ("Resource",)
