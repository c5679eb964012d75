"""CloudWatch alarms: evaluated when their periods close, with events, actions, composite alarms and SetAlarmState.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.exceptions import InvalidFormat, ResourceNotFound, ValidationError
from moto.cloudwatch.models import cloudwatch_backends

from headend.errors import HeadendError
from headend.localcloud import alarm_rule, moto_patches
from headend.localcloud.alarm_data import datapoints, interval_of, period_of
from headend.localcloud.alarm_evaluation import COMPARISONS, next_state
from headend.localcloud.alarm_events import DETAIL_TYPE, SOURCE, State, event_detail, message, stamp, subject
from headend.localcloud.alarm_reasons import reason, reason_data
from headend.localcloud.metric_query import Source
from headend.localcloud.faults import Faults
from headend.localcloud.metric_store import key_of
from headend.localcloud.metrics import store_of
from headend.localcloud.senders import ALARMS, Sender
from headend.localcloud.service_calls import DeliveryError, publish

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

BACKEND = "moto.cloudwatch.models:CloudWatchBackend"
CHECK_SECONDS = 1.0
INGESTION_SECONDS = 1.0
"""A period is evaluated this long after it closed, when the samples of its last second have arrived."""
INITIAL = "Unchecked: Initial alarm creation"
FLOW_DIMENSION = "FlowARN"


class Alarms:
    """All alarms of the local cloud."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._lock = threading.RLock()
        self._evaluated: dict[tuple[str, str], float] = {}
        self._breaching: dict[tuple[str, str], tuple[float, bool]] = {}

    def check(self) -> None:
        """Evaluate the alarms whose periods have closed since the last look."""
        now = self._cloud.clock.time()
        known: set[tuple[str, str]] = set()
        for region, backend in list(cloudwatch_backends[self._cloud.account_id].items()):
            stands_still = self._cloud.part(Faults).region_gone(region)
            for alarm in list(backend.alarms.values()):
                key = (region, alarm.name)
                known.add(key)
                if stands_still:
                    continue
                if alarm.rule or alarm.comparison_operator not in COMPARISONS:
                    continue
                self._watch_samples(key, backend, alarm, now)
                interval = interval_of(alarm)
                end = (now - INGESTION_SECONDS) // interval * interval
                if self._evaluated.setdefault(key, end) < end:
                    self._evaluated[key] = end
                    self._evaluate(backend, alarm, end)
        for table in (self._evaluated, self._breaching):
            for gone in set(table) - known:
                del table[gone]

    def _evaluate(self, backend: Any, alarm: Any, end: float) -> None:
        try:
            found = datapoints(alarm, Source(store_of(backend), searchable=False), end)
        except Exception as error:  # noqa: BLE001 - one alarm that cannot be evaluated must not stop the others
            self._cloud.report(f"alarm {alarm.name}", error)
            return
        compare, threshold = COMPARISONS[alarm.comparison_operator], float(alarm.threshold)
        periods = int(alarm.evaluation_periods)
        with self._lock:
            old = str(alarm.state_value)
            new = next_state(
                [point.value for point in found],
                breaching=lambda value: compare(value, threshold),
                evaluation_periods=periods,
                datapoints_to_alarm=int(alarm.datapoints_to_alarm or periods),
                missing=alarm.treat_missing_data or "missing",
                state=old,
            )
            if new != old:
                data = reason_data(alarm, found, self._cloud.clock.now(), period_of(alarm))
                self.transition(backend, alarm, new, reason(alarm, found, old, new), data)

    def transition(self, backend: Any, alarm: Any, new: str, why: str, data: str | None) -> None:
        """Set a state; when it is a new one, send the event, run the actions and look at composite alarms."""
        with self._lock:
            before = _state(alarm)
            alarm.update_state(why, data or "{}", new)
            alarm.state_updated_timestamp = self._cloud.clock.now().replace(tzinfo=None)
            if new == before.value:
                return
            after = State(new, why, data, self._cloud.clock.now())
            alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
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
        detail = event_detail(alarm, before, after)
        self._cloud.publish(region, SOURCE, DETAIL_TYPE, [alarm.alarm_arn], detail)
        self._act(alarm, before, after)
        for composite in [one for one in list(backend.alarms.values()) if one.rule]:
            if alarm.name in alarm_rule.alarms_in(composite.rule):
                self.evaluate_composite(backend, composite, alarm)

    def evaluate_composite(self, backend: Any, composite: Any, cause: Any | None) -> None:
        """Put a composite alarm into the state its rule has now; `cause` is the alarm that changed, if any did."""

        def state_of(name: str) -> str:
            alarm = backend.alarms.get(name)
            if alarm is None:
                raise ValidationError(f"Could not create composite alarm as the following alarms do not exist: {name}")
            return str(alarm.state_value)

        holds = alarm_rule.evaluate(composite.rule, state_of)
        children = [backend.alarms[name] for name in alarm_rule.alarms_in(composite.rule) if name in backend.alarms]
        new = "ALARM" if holds else "OK"
        if new == composite.state_value:
            return
        shown = [cause] if cause is not None else children
        data = {
            "triggeringAlarms": [
                {
                    "arn": child.alarm_arn,
                    "state": {"value": child.state_value, "timestamp": stamp(child.state_updated_timestamp)},
                }
                for child in shown
            ]
        }
        if cause is None:
            why = f"{composite.alarm_arn} was created and its alarm rule evaluates to {new}"
        else:
            moment = cause.state_updated_timestamp.strftime("%A %d %B, %Y %H:%M:%S UTC")
            why = f"{cause.alarm_arn} transitioned to {cause.state_value} at {moment}"
        self.transition(backend, composite, new, why, json.dumps(data, separators=(",", ":")))

    def _act(self, alarm: Any, before: State, after: State) -> None:
        """Run the actions of the new state. An action that fails is noted; the others still run."""
        if not alarm.actions_enabled:
            return
        actions = {
            "ALARM": alarm.alarm_actions,
            "OK": alarm.ok_actions,
            "INSUFFICIENT_DATA": alarm.insufficient_data_actions,
        }[after.value]
        for arn in actions:
            if arn.split(":")[2] != "sns":
                problem = HeadendError(f"the local cloud runs actions on topics only: {arn}")
                self._cloud.report(f"action of alarm {alarm.name}", problem)
                continue
            text = message(alarm, self._cloud.account_id, before, after)
            sender = Sender(ALARMS, alarm.alarm_arn, owner_is_told=True)
            try:
                publish(self._cloud, arn, text, subject(alarm.name, after.value, alarm.region_name), sender=sender)
            except DeliveryError as error:
                self._cloud.report(f"action of alarm {alarm.name}", error)

    def _watch_samples(self, key: tuple[str, str], backend: Any, alarm: Any, now: float) -> None:
        """Note on the timeline the first sample beyond an alarm's threshold, and the first one within it again."""
        dimensions = {dimension.name: dimension.value for dimension in alarm.dimensions}
        if not alarm.metric_name or FLOW_DIMENSION not in dimensions:
            return
        seen, was_breaching = self._breaching.get(key, (now - CHECK_SECONDS, False))
        metric = key_of(alarm.namespace, alarm.metric_name, dimensions.items())
        samples = store_of(backend).samples(metric, seen, now)
        compare, threshold = COMPARISONS[alarm.comparison_operator], float(alarm.threshold)
        for sample in samples:
            is_breaching = compare(sample.high, threshold)
            if is_breaching != was_breaching:
                was_breaching = is_breaching
                flow = dimensions[FLOW_DIMENSION]
                relation = "beyond" if is_breaching else "within"
                self._cloud.timeline.record(
                    "datapoint",
                    key[0],
                    flow,
                    f"{alarm.metric_name} {sample.high:g} is {relation} the threshold {threshold:g} of {alarm.name}",
                    metric=alarm.metric_name,
                    value=sample.high,
                    threshold=threshold,
                    flow_arn=flow,
                    breaching=is_breaching,
                    alarm=alarm.name,
                    sample_time=sample.time,
                )
        self._breaching[key] = (now, was_breaching)


def _state(alarm: Any) -> State:
    data = alarm.state_reason_data
    return State(
        str(alarm.state_value), alarm.state_reason, data if data != "{}" else None, alarm.state_updated_timestamp
    )


def install(cloud: LocalCloudServer) -> None:
    """Evaluate alarms, and let every change of state have its consequences."""
    alarms = Alarms(cloud)
    cloud.provide(alarms)

    def put_metric_alarm(self: Any, name: str, *arguments: Any, **named: Any) -> Any:
        """A new alarm begins with INSUFFICIENT_DATA; an updated one keeps its state."""
        before = self.alarms.get(name)
        alarm = moto_patches.original(BACKEND, "put_metric_alarm")(self, name, *arguments, **named)
        moment = cloud.clock.now().replace(tzinfo=None)
        alarm.configuration_updated_timestamp = moment
        if before is not None:
            for field in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history"):
                setattr(alarm, field, getattr(before, field))
        else:
            alarm.state_value = "INSUFFICIENT_DATA"
            alarm.state_reason = INITIAL
            alarm.state_updated_timestamp = moment
        if alarm.rule:
            try:
                alarms.evaluate_composite(self, alarm, None)
            except (alarm_rule.AlarmRuleError, ValidationError) as error:
                if before is None:
                    del self.alarms[name]
                else:
                    self.alarms[name] = before
                raise ValidationError(getattr(error, "message", None) or str(error)) from error
        elif alarm.comparison_operator not in COMPARISONS:
            unknown = HeadendError(f"{alarm.comparison_operator} needs anomaly bands, which the local cloud lacks")
            cloud.report(f"alarm {name} stays in {alarm.state_value}", unknown)
        return alarm

    def set_alarm_state(self: Any, alarm_name: str, why: str, data: str | None, state_value: str) -> None:
        """Set a state by hand; the next evaluation corrects it."""
        if alarm_name not in self.alarms:
            raise ResourceNotFound
        if state_value not in ("OK", "ALARM", "INSUFFICIENT_DATA"):
            raise ValidationError(
                f"1 validation error detected: Value '{state_value}' at 'stateValue' failed to satisfy constraint: "
                "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"
            )
        try:
            json.loads(data or "{}")
        except ValueError as error:
            raise InvalidFormat("StateReasonData must be valid JSON") from error
        alarms.transition(self, self.alarms[alarm_name], state_value, why, data)

    def put_composite_alarm(self: Any) -> Any:
        return self.put_metric_alarm()

    moto_patches.replace(BACKEND, "put_metric_alarm", put_metric_alarm)
    moto_patches.replace(BACKEND, "set_alarm_state", set_alarm_state)
    moto_patches.replace("moto.cloudwatch.responses:CloudWatchResponse", "put_composite_alarm", put_composite_alarm)
    cloud.every(CHECK_SECONDS, "alarms", alarms.check)
