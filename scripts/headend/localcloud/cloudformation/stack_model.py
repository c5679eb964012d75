"""A stack, its resources, its events and its change sets, kept in a back end of moto's kind.

moto's own back end of CloudFormation loads those of half of AWS, of which nothing is needed here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.common_models import BaseModel

from headend.localcloud.cloudformation.template import Template

Json = dict[str, Any]
SETTLED = frozenset(
    {
        "CREATE_COMPLETE",
        "CREATE_FAILED",
        "DELETE_COMPLETE",
        "DELETE_FAILED",
        "REVIEW_IN_PROGRESS",
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "UPDATE_COMPLETE",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
    }
)
"""States in which nothing is being done."""
UPDATABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})


@dataclass
class StackResource:
    """One resource of a stack. `properties` are what CloudFormation last gave it, without intrinsic functions."""

    logical: str
    type: str
    properties: Json
    physical: str = ""
    status: str = "CREATE_IN_PROGRESS"
    reason: str = ""
    retained: bool = False
    changed: datetime | None = None
    attributes: Json = field(default_factory=dict)


class LiveStack(BaseModel):  # type: ignore[misc]
    """One stack. `template` and `values` are the deployed ones, `resources` what exists.

    `token` is the ClientRequestToken of the operation to which its events belong, `tags_before` are what a rollback
    restores.
    """

    def __init__(self, account: str, region: str, name: str, request: Json, template: Template, now: datetime) -> None:
        self.name = name
        self.region = region
        self.arn = f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"
        self.template = template
        self.values: dict[str, str] = {}
        self.request = request
        self.tags: dict[str, str] = {str(tag["Key"]): str(tag["Value"]) for tag in request.get("Tags") or []}
        self.tags_before = self.tags
        self.status = ""
        self.reason = ""
        self.token = ""
        self.created = now
        self.updated: datetime | None = None
        self.deleted_date: datetime | None = None
        self.protected = bool(request.get("EnableTerminationProtection"))
        self.resources: dict[str, StackResource] = {}
        self.outputs: list[Json] = []
        self.events: list[Json] = []
        self.change_sets: dict[str, Json] = {}

    @property
    def settled(self) -> bool:
        """Whether nothing is being done with it."""
        return self.status in SETTLED

    def show(self, status: str, now: datetime, reason: str = "") -> None:
        """The stack comes to `status`."""
        self.status, self.reason = status, reason
        self._event(self.name, self.arn, "AWS::CloudFormation::Stack", status, reason, now)

    def show_resource(self, resource: StackResource, status: str, now: datetime, reason: str = "") -> None:
        """One of its resources comes to `status`."""
        resource.status, resource.reason, resource.changed = status, reason, now
        self._event(resource.logical, resource.physical, resource.type, status, reason, now)

    def _event(self, logical: str, physical: str, kind: str, status: str, reason: str, now: datetime) -> None:
        event: Json = {
            "EventId": str(uuid.uuid4()),
            "LogicalResourceId": logical,
            "PhysicalResourceId": physical,
            "ResourceStatus": status,
            "ResourceType": kind,
            "StackId": self.arn,
            "StackName": self.name,
            "Timestamp": now,
        }
        if reason:
            event["ResourceStatusReason"] = reason
        if self.token:
            event["ClientRequestToken"] = self.token
        self.events.insert(0, event)

    def describe(self) -> Json:
        """The stack as DescribeStacks shows it."""
        known = ("Capabilities", "NotificationARNs", "RoleARN", "TimeoutInMinutes")
        shown: Json = {
            "CreationTime": self.created,
            "DisableRollback": bool(self.request.get("DisableRollback")),
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
            "EnableTerminationProtection": self.protected,
            "Outputs": self.outputs,
            "Parameters": [self._parameter(name, value) for name, value in self.values.items()],
            "StackId": self.arn,
            "StackName": self.name,
            "StackStatus": self.status,
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            **{name: self.request[name] for name in known if self.request.get(name)},
        }
        optional = {
            "DeletionTime": self.deleted_date,
            "Description": self.template.description,
            "LastUpdatedTime": self.updated,
            "StackStatusReason": self.reason,
        }
        return {**shown, **{name: value for name, value in optional.items() if value}}

    def _parameter(self, name: str, value: str) -> Json:
        hidden = str(self.template.parameters.get(name, {}).get("NoEcho", "")).lower() == "true"
        return {"ParameterKey": name, "ParameterValue": "****" if hidden else value}


class StackBackend(BaseBackend):  # type: ignore[misc]
    """The stacks of one Region, by ARN, those that were deleted among them."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.stacks: dict[str, LiveStack] = {}


stack_backends = BackendDict(StackBackend, "cloudformation")
