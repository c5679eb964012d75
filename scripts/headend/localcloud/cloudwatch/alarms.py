"""CloudWatch alarms: evaluated when their periods close, with events, actions and history.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.models import cloudwatch_backends

from headend.localcloud.cloudwatch import alarm_actions, alarm_requests
from headend.localcloud.cloudwatch.alarm_composites import Composites
from headend.localcloud.cloudwatch.alarm_data import datapoints, end_of, interval_of, period_of, too_few_samples
from headend.localcloud.cloudwatch.alarm_evaluation import next_state
from headend.localcloud.cloudwatch.alarm_events import (
    CONFIGURATION_CHANGE,
    DETAIL_TYPE,
    SOURCE,
    State,
    configuration,
    configuration_detail,
    event_detail,
)
from headend.localcloud.cloudwatch.alarm_history import AlarmHistory
from headend.localcloud.cloudwatch.alarm_reasons import is_breaching, reason, reason_data
from headend.localcloud.cloudwatch.alarm_watch import SampleWatch
from headend.localcloud.cloudwatch.anomaly_detectors import AnomalyDetectors
from headend.localcloud.cloudwatch.metric_query import Source
from headend.localcloud.cloudwatch.metrics import store_of
from headend.localcloud.faults.faults import Faults

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

CHECK_SECONDS = 10
INGESTION_SECONDS = 1
"""A period is evaluated this long after it closed, when the samples of its last second have arrived."""
IGNORES_MISSING = "AWS/DynamoDB"
"""The namespace whose alarms keep their state while data is missing, whatever they say."""


class Alarms:
    """All alarms of the local cloud."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._lock = threading.RLock()
        self._evaluated: dict[tuple[str, str], float] = {}
        self._due = math.inf
        self._histories: defaultdict[str, AlarmHistory] = defaultdict(AlarmHistory)
        self.composites = Composites(cloud, self._lock, self.transition, self._act)
        self.watch = SampleWatch(cloud)

    def history(self, region: str) -> AlarmHistory:
        """What happened to the alarms of a Region."""
        return self._histories[region]

    def run(self) -> None:
        """Check when periods close, until the server stops."""
        clock, stopping = self._cloud.clock, self._cloud.stopping
        while not stopping.is_set():
            try:
                self.check()
            except Exception as error:  # noqa: BLE001 - one failed round must not end the loop
                self._cloud.report("alarms", error)
            now = clock.time()
            pause = max(_after(now - INGESTION_SECONDS, CHECK_SECONDS) - now, clock.shortest_round)
            clock.wait(stopping, pause, hint=lambda: self._due)

    def check(self) -> None:
        """Evaluate the alarms whose periods have closed since the last look."""
        moment = self._cloud.clock.time() - INGESTION_SECONDS
        known: set[tuple[str, str]] = set()
        due = math.inf
        for region, backend in list(cloudwatch_backends[self._cloud.account_id].items()):
            stands_still = self._cloud.part(Faults).region_gone(region)
            for alarm in list(backend.alarms.values()):
                if alarm.rule:
                    continue
                key = (region, alarm.name)
                known.add(key)
                due = min(due, _after(moment, interval_of(alarm)))
                if stands_still:
                    continue
                end = end_of(alarm, moment)
                if self._evaluated.setdefault(key, end) < end:
                    self._evaluated[key] = end
                    self._evaluate(backend, alarm, end)
        for gone in set(self._evaluated) - known:
            self._evaluated.pop(gone, None)
        self._due = due

    def configured(self, backend: Any, alarm: Any, before: dict[str, Any] | None) -> None:
        """An alarm was made, or has a new configuration in place of `before`."""
        self.watch.refresh(backend)
        if not alarm.rule:
            moment = self._cloud.clock.time() - INGESTION_SECONDS
            self._evaluated[backend.region_name, alarm.name] = end_of(alarm, moment)
            self._due = min(self._due, _after(moment, interval_of(alarm)))
        self._tell_of_configuration(backend, alarm, "create" if before is None else "update", before)

    def deleted(self, backend: Any, alarm: Any) -> None:
        """An alarm is gone."""
        self.watch.refresh(backend)
        self.composites.forget(alarm)
        with self._lock:
            self._evaluated.pop((backend.region_name, alarm.name), None)
        self._tell_of_configuration(backend, alarm, "delete", None)

    def transition(self, backend: Any, alarm: Any, new: str, why: str, data: str | None) -> None:
        """Set a state; when it is a new one, send the event, run the actions and look at composite alarms."""
        with self._lock:
            before = state_of(alarm)
            suppressed_by = None
            if alarm.rule and new != before.value:
                suppressed_by = self.composites.suppression_of(backend, alarm)
            moment = self._cloud.clock.now()
            alarm.state_value, alarm.state_reason, alarm.state_reason_data = new, why, data or "{}"
            alarm.state_updated_timestamp = moment.replace(tzinfo=None)
            if new == before.value:
                return
            alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
            after = State(new, why, data, moment, suppressed_by)
            self.history(backend.region_name).state(alarm, before, after)
        region = backend.region_name
        self._cloud.timeline.record(
            "alarm",
            region,
            alarm.alarm_arn,
            f"{alarm.name}: {before.value} → {new}: {why}",
            alarm=alarm.name,
            old=before.value,
            new=new,
            reason=why,
        )
        self._cloud.publish(region, SOURCE, DETAIL_TYPE, [alarm.alarm_arn], event_detail(alarm, before, after))
        if alarm.rule:
            self.composites.changed(alarm, before, after)
        else:
            self._act(alarm, before, after)
        self.composites.child_changed(backend, alarm)

    def _evaluate(self, backend: Any, alarm: Any, end: float) -> None:
        limits = self._cloud.part(AnomalyDetectors).limits_of(backend.region_name)
        source = Source(store_of(backend), limits, searchable=False)
        try:
            found = datapoints(alarm, source, end)
            ignored = too_few_samples(alarm, source, end)
        except Exception as error:  # noqa: BLE001 - one alarm that cannot be evaluated must not stop the others
            self._cloud.report(f"alarm {alarm.name}", error)
            return
        if ignored:
            return
        periods = int(alarm.evaluation_periods)
        missing = "ignore" if alarm.namespace == IGNORES_MISSING else alarm.treat_missing_data or "missing"
        with self._lock:
            old = str(alarm.state_value)
            new = next_state(
                [None if point.value is None else is_breaching(alarm, point) for point in found],
                evaluation_periods=periods,
                datapoints_to_alarm=int(alarm.datapoints_to_alarm or periods),
                missing=missing,
                state=old,
            )
            if new != old:
                data = reason_data(alarm, found, self._cloud.clock.now(), period_of(alarm))
                self.transition(backend, alarm, new, reason(alarm, found, old, new), data)

    def _act(self, alarm: Any, before: State, after: State) -> None:
        alarm_actions.run(self._cloud, self.history(alarm.region_name), alarm, before, after)

    def _tell_of_configuration(self, backend: Any, alarm: Any, operation: str, before: dict[str, Any] | None) -> None:
        moment = self._cloud.clock.now()
        self.history(backend.region_name).configuration(alarm, operation, moment, configuration(alarm))
        detail = configuration_detail(alarm, operation, before)
        self._cloud.publish(backend.region_name, SOURCE, CONFIGURATION_CHANGE, [alarm.alarm_arn], detail)


def _after(moment: float, interval: int) -> float:
    """When the next evaluation after the one for `moment` is due."""
    return moment // interval * interval + interval + INGESTION_SECONDS


def state_of(alarm: Any) -> State:
    """The present state of an alarm."""
    data = alarm.state_reason_data
    suppressed_by = getattr(alarm, "actions_suppressed_by", None)
    return State(
        str(alarm.state_value),
        alarm.state_reason,
        data if data != "{}" else None,
        alarm.state_updated_timestamp,
        suppressed_by,
    )


def install(cloud: LocalCloudServer) -> None:
    """Evaluate alarms, and let every change of state have its consequences."""
    alarms = Alarms(cloud)
    cloud.provide(alarms)
    alarm_requests.install(cloud, alarms)
    cloud.spawn("alarms", alarms.run)
