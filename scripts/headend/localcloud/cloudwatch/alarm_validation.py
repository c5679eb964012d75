"""What CloudWatch refuses in PutMetricAlarm and PutCompositeAlarm.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
Where AWS does not publish its words, these are the local cloud's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError

from headend.localcloud.cloudwatch import alarm_rule, metric_math
from headend.localcloud.cloudwatch.alarm_data import shift_of
from headend.localcloud.cloudwatch.alarm_evaluation import BAND_COMPARISONS
from headend.localcloud.cloudwatch.metric_math import MetricMathError, Series
from headend.localcloud.cloudwatch.metric_query import ID, Query, in_order
from headend.localcloud.cloudwatch.metric_statistics import PLAIN, parse
from headend.localcloud.rejections.request_constraints import violations

DAY = 86400
WEEK = 7 * DAY
MOST_METRICS = 10
MOST_CHILDREN = 100
MOST_PARENTS = 150
MOST_TAGS = 50
SINGLE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
WALL_CLOCK_PERIODS = (60, 300, 3600, DAY, WEEK)
ACTION_LISTS = ("AlarmActions", "OKActions", "InsufficientDataActions")
METRIC_ACTIONS = frozenset({"sns", "lambda", "autoscaling", "automate", "swf", "ssm", "ssm-incidents", "aiops"})
COMPOSITE_ACTIONS = frozenset({"sns", "lambda", "ssm", "ssm-incidents", "aiops"})
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_metric_alarm(given: Mapping[str, Any], region: str) -> None:
    """Raises ValidationError or InvalidParameterValue for a request that CloudWatch refuses."""
    _check_model("PutMetricAlarm", given)
    _check_common(given, region, METRIC_ACTIONS)
    if given.get("EvaluationCriteria"):
        raise ValidationError("PromQL alarms are not supported by the local cloud.")
    if not given.get("ComparisonOperator"):
        raise ValidationError("The parameter ComparisonOperator is required.")
    periods = given.get("EvaluationPeriods")
    if not periods:
        raise ValidationError("The parameter EvaluationPeriods is required.")
    if given.get("DatapointsToAlarm") and given["DatapointsToAlarm"] > periods:
        raise ValidationError("The parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    _option(given, "TreatMissingData", ("breaching", "notBreaching", "ignore", "missing"))
    _option(given, "EvaluateLowSampleCountPercentile", ("evaluate", "ignore"))
    _check_threshold(given)
    if bool(given.get("MetricName")) == bool(given.get("Metrics")):
        raise ValidationError("Exactly one of MetricName and Metrics must be specified.")
    if given.get("Metrics"):
        extra = [name for name in SINGLE_METRIC if given.get(name)]
        if extra:
            raise ValidationError(f"{', '.join(extra)} must not be specified together with Metrics.")
        period = _check_metrics(given["Metrics"], given.get("ThresholdMetricId"))
    else:
        period = _check_metric(given)
    _check_span(period, periods)
    _check_window(given.get("EvaluationWindow") or {}, period)


def check_composite_alarm(given: Mapping[str, Any], region: str, alarms: Mapping[str, Any]) -> None:
    """As `check_metric_alarm`; `alarms` are those of the Region by name."""
    _check_model("PutCompositeAlarm", given)
    _check_common(given, region, COMPOSITE_ACTIONS)
    try:
        alarm_rule.check(given["AlarmRule"])
        children = alarm_rule.alarms_in(given["AlarmRule"])
        arns = alarm_rule.arns_in(given["AlarmRule"])
    except alarm_rule.AlarmRuleError as error:
        raise ValidationError(f"AlarmRule is not valid: {error}") from error
    if len(children) > MOST_CHILDREN:
        raise ValidationError(f"AlarmRule must not contain more than {MOST_CHILDREN} alarms.")
    missing = [name for name in children if name not in alarms and name != given["AlarmName"]]
    if given["AlarmName"] in children and given["AlarmName"] not in alarms:
        missing.append(given["AlarmName"])
    foreign = [arn for arn in arns if arn.split(":")[3:4] != [region]]
    if missing or foreign:
        named = ", ".join(foreign or missing)
        raise ValidationError(f"Could not save the composite alarm as alarms [{named}] in the alarm rule do not exist")
    for child in children:
        parents = [one for one in alarms.values() if one.rule and child in alarm_rule.alarms_in(one.rule)]
        if len(parents) >= MOST_PARENTS and given["AlarmName"] not in [one.name for one in parents]:
            raise ValidationError(f"{child} is in the rules of {MOST_PARENTS} composite alarms already.")
    _check_suppressor(given, alarms)


def _check_model(operation: str, given: Mapping[str, Any]) -> None:
    broken = violations("cloudwatch", operation, given)
    if broken:
        raise ValidationError(broken)


def _check_common(given: Mapping[str, Any], region: str, services: frozenset[str]) -> None:
    if CONTROL.search(given["AlarmName"]):
        raise ValidationError("AlarmName must not contain ASCII control characters.")
    if len(given.get("Tags") or []) > MOST_TAGS:
        raise ValidationError(f"An alarm has at most {MOST_TAGS} tags.")
    for name in ACTION_LISTS:
        for arn in given.get(name) or []:
            parts = str(arn).split(":")
            if len(parts) < 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
                raise ValidationError(f"Invalid arn syntax: {arn}")
            if parts[3] != region:
                raise ValidationError(f"Invalid region {parts[3]} specified. Only {region} is supported.")
            if parts[2] not in services or (parts[2] == "lambda" and parts[5] != "function"):
                raise ValidationError(f"Unsupported action: {arn}")


def _option(given: Mapping[str, Any], name: str, known: Sequence[str]) -> None:
    if given.get(name) and given[name] not in known:
        raise ValidationError(
            f"Option {given[name]} is not supported. Supported options for parameter {name} are {', '.join(known)}."
        )


def _check_threshold(given: Mapping[str, Any]) -> None:
    banded = given["ComparisonOperator"] in BAND_COMPARISONS
    if given.get("Threshold") is not None and given.get("ThresholdMetricId"):
        raise ValidationError("Threshold and ThresholdMetricId must not be specified together.")
    if banded and not given.get("ThresholdMetricId"):
        raise ValidationError(f"{given['ComparisonOperator']} is for anomaly detection: it needs a ThresholdMetricId.")
    if not banded and given.get("ThresholdMetricId"):
        raise ValidationError(f"{given['ComparisonOperator']} does not compare with an anomaly detection band.")
    if not banded and given.get("Threshold") is None:
        raise ValidationError("The parameter Threshold is required.")


def _check_metric(given: Mapping[str, Any]) -> int:
    for name in ("Namespace", "Period"):
        if not given.get(name):
            raise ValidationError(f"The parameter {name} is required.")
    if bool(given.get("Statistic")) == bool(given.get("ExtendedStatistic")):
        raise ValidationError("Exactly one of Statistic and ExtendedStatistic must be specified.")
    extended = given.get("ExtendedStatistic")
    if extended:
        _check_statistic(extended, "ExtendedStatistic")
        if extended in PLAIN:
            raise InvalidParameterValue(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    _check_period(given["Period"])
    return int(given["Period"])


def _check_metrics(queries: Sequence[Query], band_id: str | None) -> int:
    """The period of the metrics, which is the same for all."""
    ids = [query.get("Id") or "" for query in queries]
    if len(set(ids)) < len(ids) or not all(ID.match(name) for name in ids):
        raise ValidationError(
            "Invalid metrics list: ids must be unique, begin with a lower-case letter and have "
            "letters, digits and underscores only."
        )
    for query in queries:
        if bool(query.get("Expression")) == bool(query.get("MetricStat")):
            raise ValidationError(f"Invalid metrics list: {query['Id']} needs either an Expression or a MetricStat.")
    metrics = [query for query in queries if query.get("MetricStat")]
    if len(metrics) > MOST_METRICS:
        raise ValidationError(f"Invalid metrics list: an alarm can include at most {MOST_METRICS} metrics.")
    if not metrics:
        raise ValidationError("Invalid metrics list: it has no metric.")
    for query in metrics:
        _check_period(query["MetricStat"].get("Period") or 0)
        _check_statistic(query["MetricStat"]["Stat"], "Stat")
    periods = {int(query["MetricStat"]["Period"]) for query in metrics}
    if len(periods) > 1:
        raise ValidationError("Invalid metrics list: all metrics must have the same Period.")
    returning = [query for query in queries if query.get("ReturnData") not in (False, "false")]
    watched = [query for query in returning if query["Id"] != band_id]
    if len(watched) != 1:
        raise ValidationError("Exactly one element of the metrics list should return data.")
    _check_expressions(queries, watched[0]["Id"], band_id)
    if band_id and periods < {60}:
        raise ValidationError("Anomaly detection needs a Period of at least 60 seconds.")
    stated = [int(query["Period"]) for query in queries if query.get("Expression") and query.get("Period")]
    return max(stated, default=periods.pop())


def _check_expressions(queries: Sequence[Query], watched: str, band_id: str | None) -> None:
    """Evaluate the expressions on two datapoints each: what they give does not depend on the values."""
    sample = Series({0.0: 1.0, 60.0: 2.0})
    values: dict[str, Any] = {query["Id"]: sample for query in queries if query.get("MetricStat")}
    metrics = list(values)
    try:
        for query in in_order(queries):
            called = metric_math.functions(query["Expression"])
            if "SEARCH" in called:
                raise ValidationError("SEARCH is not supported on Metric Alarms.")
            request = metric_math.Request(
                values=values,
                moments=[0.0, 60.0],
                metrics=metrics,
                periods=dict.fromkeys(metrics, 60),
                band=lambda *_: [sample, sample],
            )
            values[query["Id"]] = metric_math.evaluate(query["Expression"], request)
    except MetricMathError as error:
        raise ValidationError(f"Invalid metrics list: {error}") from error
    if not isinstance(values[watched], Series):
        raise ValidationError(f"Invalid metrics list: {watched} must give a single time series.")
    if band_id is None:
        return
    band = next((query for query in queries if query["Id"] == band_id), {})
    if "ANOMALY_DETECTION_BAND" not in metric_math.functions(band.get("Expression") or "0"):
        raise ValidationError("ThresholdMetricId must be the Id of an ANOMALY_DETECTION_BAND function.")


def _check_statistic(name: str, parameter: str) -> None:
    try:
        parse(name)
    except ValueError as error:
        raise InvalidParameterValue(f"The value {name} for parameter {parameter} is not supported.") from error


def _check_period(period: int) -> None:
    if period not in (10, 20, 30) and (period <= 0 or period % 60):
        raise ValidationError(f"Invalid Period {period}: it must be 10, 20, 30 or a multiple of 60.")


def _check_span(period: int, periods: int) -> None:
    if period < 3600 and period * periods > DAY:
        raise ValidationError(
            f"Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= {DAY})."
        )
    if period * periods > WEEK:
        raise ValidationError(
            f"Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= {WEEK})."
        )


def _check_window(window: Mapping[str, Any], period: int) -> None:
    if len(window) > 1:
        raise ValidationError("Exactly one of SlidingWindow and WallClockWindow must be specified.")
    if "WallClockWindow" not in window:
        return
    if period not in WALL_CLOCK_PERIODS:
        raise ValidationError(f"A wall clock window needs a Period of one of {WALL_CLOCK_PERIODS}.")
    zone = (window["WallClockWindow"] or {}).get("Timezone") or "UTC"
    try:
        shift = shift_of(datetime.now(tz=UTC), zone)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise ValidationError(f"Invalid Timezone {zone}.") from error
    if shift % 300:
        raise ValidationError(f"Invalid Timezone {zone}: its offset must be a multiple of five minutes.")


def _check_suppressor(given: Mapping[str, Any], alarms: Mapping[str, Any]) -> None:
    suppressor = given.get("ActionsSuppressor")
    waits = [given.get(f"ActionsSuppressor{name}Period") for name in ("Wait", "Extension")]
    if not suppressor:
        if any(wait is not None for wait in waits):
            raise ValidationError("The periods of an ActionsSuppressor need an ActionsSuppressor.")
        return
    if any(wait is None for wait in waits):
        raise ValidationError(
            "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with ActionsSuppressor."
        )
    if any(int(wait or 0) < 0 for wait in waits):
        raise ValidationError("The periods of an ActionsSuppressor must not be negative.")
    if alarm_rule.name_in(suppressor) not in alarms:
        raise ValidationError(
            f"Could not save the composite alarm as its actions suppressor {suppressor} does not exist"
        )
