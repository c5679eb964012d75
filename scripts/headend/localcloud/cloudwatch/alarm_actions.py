"""What an alarm does when its state changes: it publishes to topics and invokes functions.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
Omitted: the actions of EC2, Auto Scaling, Systems Manager and investigations; they are noted as failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headend.errors import HeadendError
from headend.localcloud.cloudwatch.alarm_events import State, function_payload, message, subject
from headend.localcloud.iam.senders import ALARMS, ALARMS_TO_FUNCTIONS, Sender
from headend.localcloud.service_calls import DeliveryError, invoke_function, publish

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.cloudwatch.alarm_history import AlarmHistory


def run(cloud: LocalCloudServer, history: AlarmHistory, alarm: Any, before: State, after: State) -> None:
    """Run the actions of the state `after`. One that fails is noted; the others still run."""
    if not alarm.actions_enabled:
        return
    actions = {
        "ALARM": alarm.alarm_actions,
        "OK": alarm.ok_actions,
        "INSUFFICIENT_DATA": alarm.insufficient_data_actions,
    }[after.value]
    for arn in actions:
        error: HeadendError | None = None
        try:
            _run(cloud, alarm, arn, before, after)
        except HeadendError as failed:
            error = failed
            cloud.report(f"action of alarm {alarm.name}", failed)
        history.action(alarm, arn, cloud.clock.now(), after.since, str(error) if error else None)


def _run(cloud: LocalCloudServer, alarm: Any, arn: str, before: State, after: State) -> None:
    match arn.split(":")[2]:
        case "sns":
            text = message(alarm, cloud.account_id, before, after)
            sender = Sender(ALARMS, alarm.alarm_arn, owner_is_told=True)
            publish(cloud, arn, text, subject(alarm.name, after.value, alarm.region_name), sender=sender)
        case "lambda":
            payload = function_payload(alarm, cloud.account_id, before, after)
            invoke_function(cloud, arn, payload, sender=Sender(ALARMS_TO_FUNCTIONS, alarm.alarm_arn))
        case service:
            raise DeliveryError(
                "SDK_CLIENT_ERROR", f"the local cloud has no alarm actions of {service}: {arn}", retryable=False
            )
