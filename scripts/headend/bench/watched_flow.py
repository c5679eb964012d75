"""What the benchmarks do to an applied envs/local: keep a stream bad, move its alarm, and see what is delivered.

The alarm is moved with SetAlarmState, so that its period is no part of what is measured:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

from headend.demonstration.story import Entry, delivered, kind_of, when
from headend.errors import HeadendError
from headend.localcloud.launcher import LocalCloud

SCENARIO = "jitter"
SIGNAL = "jitter"
FRESH_SECONDS = 10.0
DEADLINE_SECONDS = 60.0
POLL_SECONDS = 0.05


class WatchedFlow:
    """One flow of a deployment on a local cloud, and its jitter alarm: the only one that speaks of its metric."""

    def __init__(self, cloud: LocalCloud, region: str, outputs: dict[str, Any]) -> None:
        self.cloud = cloud
        self.topic = str(outputs["alert_topic_arn"])
        key = sorted(outputs["flow_arns"])[0]
        self.arn = str(outputs["flow_arns"][key])
        self.alarm = str(outputs["alarm_names"][key][SIGNAL])
        self._cloudwatch = cloud.client("cloudwatch", region)
        self._sns = cloud.client("sns", region)
        self._played = float("-inf")

    def degrade(self) -> None:
        """Play the scenario again before it is over."""
        if monotonic() - self._played > FRESH_SECONDS:
            self.cloud.set_scenario(self.arn, SCENARIO)
            self._played = monotonic()

    def alarm_to_alert(self) -> float:
        """Seconds from the alarm's change to ALARM to the delivery of the alert to the last subscriber that gets it."""
        self.degrade()
        self._set("INSUFFICIENT_DATA")
        since = self.last()
        self._set("ALARM")
        changed = self._await(since, lambda e: e["kind"] == "alarm" and e["detail"]["alarm"] == self.alarm)
        told = self._await(since, lambda e: kind_of(e) == "alert" and delivered(e))
        return (when(told["time"]) - when(changed["time"])).total_seconds()

    def publish(self) -> float:
        """Seconds from the call of Publish to the delivery of a bare message on the same topic."""
        since = self.last()
        attributes = {
            "kind": {"DataType": "String", "StringValue": "bench"},
            "severity": {"DataType": "String", "StringValue": "MEDIUM"},
        }
        begun = monotonic()
        self._sns.publish(TopicArn=self.topic, Subject="bench", Message="bench", MessageAttributes=attributes)
        self._await(since, lambda e: kind_of(e) == "bench" and delivered(e))
        return monotonic() - begun

    def last(self) -> int:
        """The number of the timeline's last entry."""
        return max((entry["seq"] for entry in self.cloud.timeline()), default=0)

    def await_bad_data(self) -> None:
        """Wait until the alarm has gone to ALARM by itself, so that the stream is known to be bad."""
        self.degrade()
        end = monotonic() + DEADLINE_SECONDS
        while self._cloudwatch.describe_alarms(AlarmNames=[self.alarm])["MetricAlarms"][0]["StateValue"] != "ALARM":
            if monotonic() > end:
                raise HeadendError(f"{self.alarm}: not in ALARM after {DEADLINE_SECONDS:.0f} s of {SCENARIO}")
            self.degrade()
            sleep(0.5)

    def _set(self, state: str) -> None:
        self._cloudwatch.set_alarm_state(AlarmName=self.alarm, StateValue=state, StateReason="headend bench")

    def _await(self, since: int, wanted: Callable[[Entry], bool]) -> Entry:
        end = monotonic() + DEADLINE_SECONDS
        while monotonic() < end:
            found = next((entry for entry in self.cloud.timeline(since) if wanted(entry)), None)
            if found is not None:
                return found
            sleep(POLL_SECONDS)
        raise HeadendError(
            f"{self.alarm}: nothing was delivered within {DEADLINE_SECONDS:.0f} s; see {self.cloud.log_file}"
        )
