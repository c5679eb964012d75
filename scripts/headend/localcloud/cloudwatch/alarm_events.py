"""What an alarm says when its state changes: the EventBridge event's detail and the SNS message, as AWS documents them.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from __future__ import annotations

import functools
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.loaders import Loader

SUBJECT_LENGTH = 100
DETAIL_TYPE = "CloudWatch Alarm State Change"
CONFIGURATION_CHANGE = "CloudWatch Alarm Configuration Change"
SOURCE = "aws.cloudwatch"


@dataclass(frozen=True)
class State:
    """One state of an alarm. `reason_data` is JSON text or None; `since` is when it began."""

    value: str
    reason: str
    reason_data: str | None
    since: datetime
    suppressed_by: str | None = None
    """What keeps a composite alarm from its actions: Alarm, WaitPeriod or ExtensionPeriod."""

    def as_event(self) -> dict[str, Any]:
        """The `state` or `previousState` of an event."""
        fields: dict[str, Any] = {"value": self.value, "reason": self.reason}
        if self.suppressed_by:
            fields = {
                "actionsSuppressedBy": self.suppressed_by,
                "actionsSuppressedReason": f"Actions suppressed by {self.suppressed_by}",
                **fields,
            }
        if self.reason_data and self.reason_data != "{}":
            fields["reasonData"] = self.reason_data
        return {**fields, "timestamp": stamp(self.since)}


def stamp(moment: datetime) -> str:
    """A moment as CloudWatch writes it: 2026-01-01T00:00:00.000+0000."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def event_detail(alarm: Any, old: State, new: State) -> dict[str, Any]:
    """The detail of a state change event."""
    return {
        "alarmName": alarm.name,
        "state": new.as_event(),
        "previousState": old.as_event(),
        "configuration": watched(alarm),
    }


def function_payload(alarm: Any, account: str, old: State, new: State) -> str:
    """The event that a function gets as an alarm's action.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
    """
    return json.dumps(
        {
            "source": SOURCE,
            "alarmArn": alarm.alarm_arn,
            "accountId": account,
            "time": stamp(new.since),
            "region": alarm.region_name,
            "alarmData": event_detail(alarm, old, new),
        }
    )


def configuration_detail(alarm: Any, operation: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """The detail of a configuration change event; `operation` is create, update or delete, `before` what was there."""
    state: dict[str, Any] = {"value": alarm.state_value, "timestamp": stamp(alarm.state_updated_timestamp)}
    if getattr(alarm, "actions_suppressed_by", None):
        state = {"actionsSuppressedBy": alarm.actions_suppressed_by, **state}
    detail = {
        "alarmName": alarm.name,
        "operation": operation,
        "state": state,
        "configuration": configuration(alarm),
    }
    return {**detail, "previousConfiguration": before} if before is not None else detail


def configuration(alarm: Any) -> dict[str, Any]:
    """All settings of an alarm, as configuration change events show them."""
    fields: dict[str, Any] = {}
    if not alarm.rule:
        fields["evaluationPeriods"] = int(alarm.evaluation_periods)
        if alarm.datapoints_to_alarm:
            fields["datapointsToAlarm"] = int(alarm.datapoints_to_alarm)
        if alarm.threshold_metric_id:
            fields["thresholdMetricId"] = alarm.threshold_metric_id
        else:
            threshold = float(alarm.threshold)
            fields["threshold"] = int(threshold) if threshold.is_integer() else threshold
        fields["comparisonOperator"] = alarm.comparison_operator
        if alarm.treat_missing_data:
            fields["treatMissingData"] = alarm.treat_missing_data
        if alarm.evaluate_low_sample_count_percentile:
            fields["evaluateLowSampleCountPercentile"] = alarm.evaluate_low_sample_count_percentile
    return {
        **fields,
        **watched(alarm),
        "alarmName": alarm.name,
        "actionsEnabled": alarm.actions_enabled,
        "timestamp": stamp(alarm.configuration_updated_timestamp),
        "okActions": list(alarm.ok_actions),
        "alarmActions": list(alarm.alarm_actions),
        "insufficientDataActions": list(alarm.insufficient_data_actions),
    }


def watched(alarm: Any) -> dict[str, Any]:
    """The `configuration` of a state change event: what the alarm looks at."""
    described: dict[str, Any] = {"description": alarm.description} if alarm.description else {}
    if alarm.rule:
        described["alarmRule"] = alarm.rule
        if getattr(alarm, "actions_suppressor", None):
            described["actionsSuppressor"] = alarm.actions_suppressor
            described["actionsSuppressorWaitPeriod"] = alarm.actions_suppressor_wait_period
            described["actionsSuppressorExtensionPeriod"] = alarm.actions_suppressor_extension_period
        return described
    if alarm.metric_data_queries:
        return {**described, "metrics": [_query(query) for query in alarm.metric_data_queries]}
    metric: dict[str, Any] = {
        "namespace": alarm.namespace,
        "name": alarm.metric_name,
        "dimensions": {dimension.name: dimension.value for dimension in alarm.dimensions},
    }
    stat: dict[str, Any] = {"metric": metric, "period": int(alarm.period), "stat": statistic_of(alarm)}
    if alarm.unit:
        stat["unit"] = alarm.unit
    query_id = str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.alarm_arn))
    return {**described, "metrics": [{"id": query_id, "metricStat": stat, "returnData": True}]}


def _query(query: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": query.id}
    if query.expression:
        fields["expression"] = query.expression
        if query.period:
            fields["period"] = int(query.period)
    if query.metric_stat:
        metric = query.metric_stat.metric
        fields["metricStat"] = {
            "metric": {
                "namespace": metric.namespace,
                "name": metric.metric_name,
                "dimensions": {dimension.name: dimension.value for dimension in metric.dimensions},
            },
            "period": int(query.metric_stat.period),
            "stat": query.metric_stat.stat,
        }
        if query.metric_stat.unit:
            fields["metricStat"]["unit"] = query.metric_stat.unit
    if query.label:
        fields["label"] = query.label
    return {**fields, "returnData": returns_data(query)}


def statistic_of(alarm: Any) -> str:
    """The statistic of a single-metric alarm, extended or not."""
    return str(alarm.extended_statistic or alarm.statistic)


def returns_data(query: Any) -> bool:
    """Whether a query's result is what the alarm looks at; the default is yes."""
    return str(query.return_data).lower() not in ("false", "0")


def subject(alarm_name: str, value: str, region: str) -> str:
    """The subject of the SNS message: `ALARM: "name" in EU (Frankfurt)`."""
    text = f'{value}: "{alarm_name}" in {region_name(region)}'
    return text if len(text) <= SUBJECT_LENGTH else f"{text[: SUBJECT_LENGTH - 3]}..."


def message(alarm: Any, account: str, old: State, new: State) -> str:
    """The text of the SNS message."""
    fields: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configuration_updated_timestamp),
        "NewStateValue": new.value,
        "NewStateReason": new.reason,
        "StateChangeTime": stamp(new.since),
        "Region": region_name(alarm.region_name),
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old.value,
        "OKActions": list(alarm.ok_actions),
        "AlarmActions": list(alarm.alarm_actions),
        "InsufficientDataActions": list(alarm.insufficient_data_actions),
    }
    if alarm.rule:
        children = json.loads(new.reason_data or "{}").get("triggeringAlarms", [])
        fields["AlarmRule"] = alarm.rule
        fields["TriggeringChildren"] = [
            {"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
            for child in children
        ]
    else:
        fields["Trigger"] = _trigger(alarm)
    return json.dumps(fields)


def _trigger(alarm: Any) -> dict[str, Any]:
    common: dict[str, Any] = {
        "EvaluationPeriods": int(alarm.evaluation_periods),
        "DatapointsToAlarm": int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        "ComparisonOperator": alarm.comparison_operator,
        **(
            {"ThresholdMetricId": alarm.threshold_metric_id}
            if alarm.threshold_metric_id
            else {"Threshold": float(alarm.threshold)}
        ),
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }
    if alarm.metric_data_queries:
        periods = [int(query.metric_stat.period) for query in alarm.metric_data_queries if query.metric_stat]
        return {"Period": max(periods, default=60), **common, "Metrics": [_upper(q) for q in alarm.metric_data_queries]}
    kind = "ExtendedStatistic" if alarm.extended_statistic else "Statistic"
    value = alarm.extended_statistic or str(alarm.statistic).upper()
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "StatisticType": kind,
        kind: value,
        "Unit": alarm.unit,
        "Dimensions": [{"value": d.value, "name": d.name} for d in alarm.dimensions],
        "Period": int(alarm.period),
        **common,
    }


def _upper(query: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"Id": query.id}
    if query.expression:
        fields["Expression"] = query.expression
    if query.label:
        fields["Label"] = query.label
    if query.metric_stat:
        metric = query.metric_stat.metric
        fields["MetricStat"] = {
            "Metric": {
                "Dimensions": [{"value": d.value, "name": d.name} for d in metric.dimensions],
                "MetricName": metric.metric_name,
                "Namespace": metric.namespace,
            },
            "Period": int(query.metric_stat.period),
            "Stat": query.metric_stat.stat,
        }
    return {**fields, "ReturnData": returns_data(query)}


@functools.cache
def region_name(region: str) -> str:
    """A Region's name as alarms write it, such as EU (Frankfurt); the code itself when it is not known."""
    for partition in Loader(include_default_search_paths=True).load_data("partitions")["partitions"]:
        found = partition["regions"].get(region)
        if found:
            return str(found["description"]).replace("Europe (", "EU (")
    return region
