"""What a schedule sends: its input with the context attributes filled in, to a templated or a universal target.

Sources: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from moto.events.models import events_backends

from headend.localcloud.eventbridge import event_targets
from headend.localcloud.eventbridge.event_checks import seconds
from headend.localcloud.eventbridge.event_input import compact
from headend.localcloud.eventbridge.events import Events
from headend.localcloud.eventbridge.scheduler_checks import UNIVERSAL
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.senders import SCHEDULER, Sender
from headend.localcloud.service_calls import DeliveryError, permit, refused
from headend.localcloud.service_clients import Clients

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

THROTTLED = ("Throttl", "TooManyRequests", "RequestLimit", "LimitExceeded", "SlowDown")


@dataclass(frozen=True)
class Invocation:
    """One time that a schedule is due. `execution_id` is of 16 hexadecimal digits."""

    schedule: Any
    scheduled: datetime
    execution_id: str

    def input(self, account: str, region: str, attempt: int) -> str:
        """The payload of the attempt's number, counted from 1."""
        target = self.schedule.target
        text = target.get("Input")
        if not text:
            return compact(self._notification(account, region))
        for name, value in {
            "schedule-arn": self.schedule.arn,
            "scheduled-time": seconds(self.scheduled),
            "execution-id": self.execution_id,
            "attempt-number": str(attempt),
        }.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return str(text)

    def _notification(self, account: str, region: str) -> dict[str, Any]:
        """What a target gets that has no input of its own."""
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": account,
            "time": seconds(self.scheduled),
            "region": region,
            "resources": [self.schedule.arn],
            "detail": "{}",
        }


class ScheduleTargets:
    """Hands invocations to their targets, in the schedule's role."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._clients = Clients(
            cloud.endpoint, lambda role: cloud.part(Identity).session(role, "AWSScheduler"), cloud.clock.number
        )
        self._services = _service_names()

    def sender(self, schedule: Any) -> Sender:
        """Scheduler in the schedule's role. Trust policies know it by the ARN of the schedule's group.

        Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        """
        group = f"{schedule.arn.split(':schedule/')[0]}:schedule-group/{schedule.group_name}"
        return Sender(SCHEDULER, group, role_arn=str(schedule.target.get("RoleArn") or ""))

    def attempt(self, invocation: Invocation, number: int) -> None:
        """Deliver once. Raises DeliveryError."""
        schedule = invocation.schedule
        region = schedule.arn.split(":")[3]
        body = invocation.input(self._cloud.account_id, region, number)
        arn = str(schedule.target["Arn"])
        universal = UNIVERSAL.fullmatch(arn)
        if universal:
            self._call(schedule, region, universal[1], universal[2], body)
        elif ":event-bus/" in arn:
            self._put_event(schedule, arn, body)
        else:
            event_targets.hand_over(
                self._cloud, schedule.target, body, event_id=invocation.execution_id, sender=self.sender(schedule)
            )

    def _put_event(self, schedule: Any, arn: str, body: str) -> None:
        """PutEvents with the schedule's detail type and source."""
        permit(self._cloud, self.sender(schedule), "events:PutEvents", arn)
        region, bus = arn.split(":")[3], arn.rpartition("/")[2]
        if bus not in events_backends[self._cloud.account_id][region].event_buses:
            raise DeliveryError("ResourceNotFoundException", f"Event bus {bus} does not exist.", retryable=False)
        known = schedule.target["EventBridgeParameters"]
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": known["DetailType"],
            "source": known["Source"],
            "account": self._cloud.account_id,
            "time": seconds(self._cloud.clock.now()),
            "region": region,
            "resources": [],
            "detail": json.loads(body),
        }
        self._cloud.part(Events).carry(region, event, bus)

    def _call(self, schedule: Any, region: str, service: str, operation: str, body: str) -> None:
        """A call of the SDK in the schedule's role, through the cloud's own API."""
        sender = self.sender(schedule)
        try:
            self._cloud.part(Identity).assume(sender.role_arn, sender.service, source_arn=sender.source_arn)
        except AccessDenied as error:
            raise refused(error) from error
        name = self._services.get(service.replace("-", "").lower(), service)
        try:
            client = self._clients.client(name, region, sender.role_arn)
            getattr(client, xform_name(operation))(**json.loads(body))
        except ClientError as error:
            known = error.response["Error"]
            status = error.response["ResponseMetadata"].get("HTTPStatusCode", 400)
            code = str(known.get("Code", "Unknown"))
            again = int(status) >= 500 or any(word in code for word in THROTTLED)
            raise DeliveryError(code, str(known.get("Message", error)), retryable=again) from error
        except (AttributeError, BotoCoreError, TypeError, ValueError) as error:
            raise DeliveryError("ValidationException", str(error), retryable=False) from error


def _service_names() -> dict[str, str]:
    """boto3's names of services by the SDK's, which a universal target's ARN has: sfn → stepfunctions."""
    session = boto3.Session()
    loader = session._session.get_component("data_loader")
    names = {name.replace("-", ""): name for name in loader.list_available_services("service-2")}
    return names | {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}
