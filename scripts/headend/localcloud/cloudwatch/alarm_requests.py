"""The operations on alarms: they are checked, told of in events and history, and answered as CloudWatch does.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
Omitted: log alarms, PromQL alarms, warm-up periods (kept and shown, without effect), tags in actions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.exceptions import CloudWatchException, InvalidFormat, ResourceNotFound, ValidationError
from moto.cloudwatch.models import Alarm
from moto.core.responses import ActionResult, EmptyResult

from headend.localcloud import moto_patches
from headend.localcloud.cloudwatch import alarm_rule, alarm_validation
from headend.localcloud.cloudwatch.alarm_composites import note, suppressor_of
from headend.localcloud.cloudwatch.alarm_events import configuration
from headend.localcloud.rejections.request_constraints import violations

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.cloudwatch.alarms import Alarms

BACKEND = "moto.cloudwatch.models:CloudWatchBackend"
RESPONSES = "moto.cloudwatch.responses:CloudWatchResponse"
INITIAL = "Unchecked: Initial alarm creation"
KEPT = (
    "state_value",
    "state_reason",
    "state_reason_data",
    "state_updated_timestamp",
    "state_transitioned_timestamp",
    "actions_suppressed_by",
    "actions_suppressed_reason",
)
"""What an update leaves as it is."""

ALONE = ("AlarmNames", "AlarmNamePrefix", "AlarmTypes", "StateValue", "ActionPrefix")
PAGE = 50


class _InvalidNextToken(CloudWatchException):  # type: ignore[misc]
    code = "InvalidNextToken"


class AlarmRequests:
    """Answers requests on alarms with the help of moto's parsing and storage."""

    def __init__(self, cloud: LocalCloudServer, alarms: Alarms) -> None:
        self._cloud = cloud
        self._alarms = alarms

    def put_metric_alarm(self, response: Any) -> Any:
        """PutMetricAlarm: a new alarm begins with INSUFFICIENT_DATA; an updated one keeps its state."""
        given, backend = dict(response.params), response.cloudwatch_backend
        alarm_validation.check_metric_alarm(given, backend.region_name)
        before = self._before(backend, given["AlarmName"], composite=False)
        moto_patches.original(RESPONSES, "put_metric_alarm")(response)
        alarm = backend.alarms[given["AlarmName"]]
        alarm.evaluation_window = given.get("EvaluationWindow")
        alarm.warm_up_configuration = given.get("WarmUpConfiguration")
        self._settle(backend, alarm, before)
        return EmptyResult()

    def put_composite_alarm(self, response: Any) -> Any:
        """PutCompositeAlarm: its state is that of its rule at once."""
        given, backend = dict(response.params), response.cloudwatch_backend
        alarm_validation.check_composite_alarm(given, backend.region_name, backend.alarms)
        before = self._before(backend, given["AlarmName"], composite=True)
        moto_patches.original(RESPONSES, "put_metric_alarm")(response)
        alarm = backend.alarms[given["AlarmName"]]
        alarm.actions_suppressor = given.get("ActionsSuppressor")
        alarm.actions_suppressor_wait_period = given.get("ActionsSuppressorWaitPeriod")
        alarm.actions_suppressor_extension_period = given.get("ActionsSuppressorExtensionPeriod")
        self._settle(backend, alarm, before)
        if before is not None and suppressor_of(before) != suppressor_of(alarm):
            self._alarms.composites.suppressor_replaced(backend, alarm)
        self._alarms.composites.evaluate(backend, alarm, None)
        return EmptyResult()

    def store(self, backend: Any, name: str, fields: dict[str, Any]) -> Alarm:
        """Take moto's place in keeping an alarm: it knows fewer statistics, and tags of updates do not count."""
        tags = fields.pop("tags", None)
        alarm = Alarm(account_id=backend.account_id, region_name=backend.region_name, name=name, **fields)
        if tags and name not in backend.alarms:
            backend.tagger.tag_resource(alarm.alarm_arn, tags)
        backend.alarms[name] = alarm
        return alarm

    def set_state(self, backend: Any, name: str, why: str, data: str | None, value: str) -> None:
        """SetAlarmState: the next evaluation corrects it."""
        if name not in backend.alarms:
            raise ResourceNotFound
        broken = violations("cloudwatch", "SetAlarmState", {"AlarmName": name, "StateValue": value, "StateReason": why})
        if broken:
            raise ValidationError(broken)
        try:
            json.loads(data or "{}")
        except ValueError as error:
            raise InvalidFormat("StateReasonData must be valid JSON") from error
        self._alarms.transition(backend, backend.alarms[name], value, why, data)

    def delete(self, backend: Any, names: Sequence[str]) -> None:
        """DeleteAlarms: not what composite alarms depend on, and one composite alarm at a time."""
        known = [backend.alarms[name] for name in dict.fromkeys(names) if name in backend.alarms]
        if len([alarm for alarm in known if alarm.rule]) > 1:
            raise ValidationError("Only one composite alarm can be deleted per request.")
        rules = [one for one in backend.alarms.values() if one.rule]
        used = {name for one in rules for name in alarm_rule.alarms_in(one.rule)}
        needed = [alarm.name for alarm in known if alarm.name in used]
        if needed:
            them = "it" if len(needed) == 1 else "them"
            raise ValidationError(
                f"Cannot delete {','.join(needed)} as there are composite alarm(s) depending on {them}."
            )
        for alarm in known:
            del backend.alarms[alarm.name]
            backend.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
            self._alarms.deleted(backend, alarm)

    def describe(self, response: Any) -> Any:
        """DescribeAlarms."""
        given, backend = dict(response.params), response.cloudwatch_backend
        alarms = sorted(backend.alarms.values(), key=lambda alarm: str(alarm.name))
        relative = given.get("ChildrenOfAlarmName") or given.get("ParentsOfAlarmName")
        if relative:
            if any(given.get(name) for name in ALONE):
                raise ValidationError("ChildrenOfAlarmName and ParentsOfAlarmName exclude all other filters.")
            return ActionResult(_relatives(alarms, given))
        if given.get("AlarmNames") and given.get("AlarmNamePrefix"):
            raise ValidationError("AlarmNames and AlarmNamePrefix must not be specified together.")
        types = given.get("AlarmTypes") or ["MetricAlarm"]
        found = [alarm for alarm in alarms if _type(alarm) in types and _is_asked_for(alarm, given)]
        page, token = _page(found, given, default=100 if given.get("AlarmNames") else PAGE)
        return ActionResult(
            {
                "MetricAlarms": [alarm for alarm in page if not alarm.rule],
                "CompositeAlarms": [alarm for alarm in page if alarm.rule],
                "NextToken": token,
            }
        )

    def describe_for_metric(self, response: Any) -> Any:
        """DescribeAlarmsForMetric: alarms on the metric itself, not those whose expressions use it."""
        given, backend = dict(response.params), response.cloudwatch_backend
        wanted = sorted((one["Name"], one["Value"]) for one in given.get("Dimensions") or [])
        found = [
            alarm
            for alarm in backend.alarms.values()
            if (alarm.namespace, alarm.metric_name) == (given.get("Namespace"), given.get("MetricName"))
            and sorted((one.name, one.value) for one in alarm.dimensions) == wanted
            and given.get("Statistic") in (None, alarm.statistic)
            and given.get("ExtendedStatistic") in (None, alarm.extended_statistic)
            and given.get("Unit") in (None, alarm.unit)
            and (given.get("Period") is None or int(given["Period"]) == int(alarm.period))
        ]
        return ActionResult({"MetricAlarms": found})

    def history(self, response: Any) -> Any:
        """DescribeAlarmHistory."""
        given, backend = dict(response.params), response.cloudwatch_backend
        items = self._alarms.history(backend.region_name).find(given, self._cloud.clock.now())
        page, token = _page(items, given, default=100)
        return ActionResult({"AlarmHistoryItems": page, "NextToken": token})

    def enable(self, backend: Any, names: Sequence[str], *, enabled: bool) -> None:
        """EnableAlarmActions and DisableAlarmActions, which are configuration changes."""
        for alarm in [backend.alarms[name] for name in names if name in backend.alarms]:
            if alarm.actions_enabled != enabled:
                before = configuration(alarm)
                alarm.actions_enabled = enabled
                alarm.configuration_updated_timestamp = self._cloud.clock.now().replace(tzinfo=None)
                self._alarms.configured(backend, alarm, before)

    def _before(self, backend: Any, name: str, *, composite: bool) -> Any | None:
        before = backend.alarms.get(name)
        if before is not None and bool(before.rule) != composite:
            kind = "composite" if before.rule else "metric"
            raise ValidationError(f"The {kind} alarm {name} exists: its type cannot be changed.")
        return before

    def _settle(self, backend: Any, alarm: Any, before: Any | None) -> None:
        """Give a stored alarm its state and tell of it."""
        moment = self._cloud.clock.now().replace(tzinfo=None)
        alarm.configuration_updated_timestamp = moment
        if before is None:
            alarm.state_value, alarm.state_reason = "INSUFFICIENT_DATA", INITIAL
            alarm.state_updated_timestamp = alarm.state_transitioned_timestamp = moment
            note(alarm, None)
        else:
            for field in KEPT:
                setattr(alarm, field, getattr(before, field, None))
        self._alarms.configured(backend, alarm, configuration(before) if before is not None else None)


def _type(alarm: Any) -> str:
    return "CompositeAlarm" if alarm.rule else "MetricAlarm"


def _is_asked_for(alarm: Any, given: dict[str, Any]) -> bool:
    actions = [*alarm.alarm_actions, *alarm.ok_actions, *alarm.insufficient_data_actions]
    return (
        (not given.get("AlarmNames") or alarm.name in given["AlarmNames"])
        and alarm.name.startswith(given.get("AlarmNamePrefix") or "")
        and given.get("StateValue") in (None, alarm.state_value)
        and (not given.get("ActionPrefix") or any(action.startswith(given["ActionPrefix"]) for action in actions))
    )


def _relatives(alarms: Sequence[Any], given: dict[str, Any]) -> dict[str, Any]:
    """The children of a composite alarm, or the composite alarms that an alarm is a child of: in short."""
    parent = given.get("ChildrenOfAlarmName")
    rules = {alarm.name: alarm_rule.alarms_in(alarm.rule) for alarm in alarms if alarm.rule}
    if parent:
        found = [alarm for alarm in alarms if alarm.name in rules.get(parent, [])]
    else:
        found = [alarm for alarm in alarms if given["ParentsOfAlarmName"] in rules.get(alarm.name, [])]
    short: dict[str, list[dict[str, Any]]] = {"MetricAlarms": [], "CompositeAlarms": []}
    for alarm in found:
        fields = {"AlarmName": alarm.name, "AlarmArn": alarm.alarm_arn}
        if parent:
            fields |= {"StateValue": alarm.state_value, "StateUpdatedTimestamp": alarm.state_updated_timestamp}
        short[f"{_type(alarm)}s"].append(fields)
    return short


def _page(items: Sequence[Any], given: dict[str, Any], default: int) -> tuple[Sequence[Any], str | None]:
    """The page that MaxRecords and NextToken (the index it begins at) ask for, and the next one's token."""
    token = str(given.get("NextToken") or "0")
    if not token.isdigit():
        raise _InvalidNextToken("The NextToken is not valid.")
    start, size = int(token), int(given.get("MaxRecords") or default)
    return items[start : start + size], str(start + size) if start + size < len(items) else None


def install(cloud: LocalCloudServer, alarms: Alarms) -> None:
    """Put these answers in moto's place."""
    requests = AlarmRequests(cloud, alarms)

    def store(self: Any, name: str, **fields: Any) -> Alarm:
        return requests.store(self, name, fields)

    def set_alarm_state(self: Any, alarm_name: str, why: str, data: str | None, value: str) -> None:
        requests.set_state(self, alarm_name, why, data, value)

    def delete_alarms(self: Any, alarm_names: list[str]) -> None:
        requests.delete(self, alarm_names)

    def enable(self: Any, alarm_names: list[str]) -> None:
        requests.enable(self, alarm_names, enabled=True)

    def disable(self: Any, alarm_names: list[str]) -> None:
        requests.enable(self, alarm_names, enabled=False)

    moto_patches.replace(BACKEND, "put_metric_alarm", store)
    moto_patches.replace(BACKEND, "set_alarm_state", set_alarm_state)
    moto_patches.replace(BACKEND, "delete_alarms", delete_alarms)
    moto_patches.replace(BACKEND, "enable_alarm_actions", enable)
    moto_patches.replace(BACKEND, "disable_alarm_actions", disable)
    for operation, answer in {
        "put_metric_alarm": requests.put_metric_alarm,
        "put_composite_alarm": requests.put_composite_alarm,
        "describe_alarms": requests.describe,
        "describe_alarms_for_metric": requests.describe_for_metric,
        "describe_alarm_history": requests.history,
    }.items():
        moto_patches.replace(RESPONSES, operation, lambda self, answer=answer: answer(self))
