"""The events that MediaLive puts on the default bus, as it documents them.

A state change's `state` is CREATED, STARTING, RUNNING, STOPPING, STOPPED or DELETED: not always the API's name.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/monitoring-cloudwatch-json-state-change.html
https://docs.aws.amazon.com/medialive/latest/ug/monitoring-cloudwatch-json-alert.html
https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-medialive.html (the kinds; AWS shows no input change:
its keys are those of events that people have published)
"""

from __future__ import annotations

from typing import Any

from headend.localcloud.medialive.channel_model import LiveChannel

Json = dict[str, Any]
SOURCE = "aws.medialive"
STATE_CHANGE = "MediaLive Channel State Change"
ALERT = "MediaLive Channel Alert"
INPUT_CHANGE = "MediaLive Channel Input Change"
MESSAGES = {
    "CREATED": "Created channel",
    "STARTING": "Starting channel",
    "RUNNING": "Channel is running",
    "STOPPING": "Stopping channel",
    "STOPPED": "Stopped channel",
    "DELETED": "Deleted channel",
}


def state_change(channel: LiveChannel, state: str) -> Json:
    """The detail of a state change."""
    return {
        "channel_arn": channel.arn,
        "state": state,
        "message": MESSAGES[state],
        "pipelines_running_count": channel.pipelines_running,
    }


def alert(channel: LiveChannel, identifier: str, kind: str, pipeline: str, message: str, *, is_set: bool) -> Json:
    """The detail of an alert that was set, or cleared, on a pipeline (`0`, `1`)."""
    return {
        "alarm_state": "SET" if is_set else "CLEARED",
        "alarm_id": identifier,
        "alert_type": kind,
        "pipeline": pipeline,
        "channel_arn": channel.arn,
        "message": message,
    }


def input_change(channel: LiveChannel, pipeline: str) -> Json:
    """The detail of a switch to another input on a pipeline (`0`, `1`)."""
    return {
        "active_input_switch_action_name": channel.active_action,
        "active_input_attachment_name": channel.active_input,
        "pipeline": pipeline,
        "message": "Input switch event on pipeline",
        "channel_arn": channel.arn,
    }
