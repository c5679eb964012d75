"""Why an alarm is in its state, in CloudWatch's words.

Source: the reasons and reasonData shown in
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from headend.localcloud.cloudwatch.alarm_data import Datapoint
from headend.localcloud.cloudwatch.alarm_evaluation import BAND_COMPARISONS, COMPARISON_WORDS, COMPARISONS
from headend.localcloud.cloudwatch.alarm_events import stamp, statistic_of

MISSING_AS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


def is_breaching(alarm: Any, point: Datapoint) -> bool:
    """Whether a datapoint that is there is beyond the alarm's threshold, or outside its band."""
    value = point.value or 0.0
    if alarm.comparison_operator in BAND_COMPARISONS:
        return BAND_COMPARISONS[alarm.comparison_operator](value, point.lower or 0.0, point.upper or 0.0)
    return COMPARISONS[alarm.comparison_operator](value, float(alarm.threshold))


def reason(alarm: Any, datapoints: Sequence[Datapoint], old: str, new: str) -> str:
    """The reason of a change from `old` to `new` after evaluating `datapoints`, oldest first."""
    periods = int(alarm.evaluation_periods)
    if new == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_many(periods, 'datapoint was', 'datapoints were')} unknown."
    known = _known(datapoints, periods)
    if not known:
        treated = MISSING_AS.get(alarm.treat_missing_data or "", "Missing")
        missing = _many(periods, "missing datapoint was", "missing datapoints were")
        received = _many(periods, "period", "periods")
        return f"Threshold Crossed: no datapoints were received for {received} and {missing} treated as [{treated}]."
    agreeing = [point for point in known if is_breaching(alarm, point) == (new == "ALARM")] or known
    listed = ", ".join(f"{point.value} ({_short(point.moment)})" for point in reversed(agreeing))
    verb = "was" if len(agreeing) == 1 else "were"
    to_alarm = int(alarm.datapoints_to_alarm or periods)
    needed = _many(to_alarm if new == "ALARM" else periods - to_alarm + 1, "datapoint", "datapoints")
    relation = _relation(alarm, agreeing, "" if new == "ALARM" else "not ")
    crossed = "Thresholds Crossed" if alarm.threshold_metric_id else "Threshold Crossed"
    return (
        f"{crossed}: {len(agreeing)} out of the last {periods} datapoints [{listed}] {verb} {relation} "
        f"(minimum {needed} for {_start(old, new)} -> {new} transition)."
    )


def reason_data(alarm: Any, datapoints: Sequence[Datapoint], moment: datetime, period: int) -> str:
    """The reasonData of an evaluation: JSON text."""
    known = _known(datapoints, int(alarm.evaluation_periods))
    fields: dict[str, Any] = {"version": "1.0", "queryDate": stamp(moment)}
    if known:
        fields["startDate"] = stamp(datetime.fromtimestamp(known[0].moment, tz=UTC))
    if not alarm.metric_data_queries:
        fields["statistic"] = statistic_of(alarm)
        if alarm.unit:
            fields["unit"] = alarm.unit
    fields |= {"period": period, "recentDatapoints": [point.value for point in known]}
    if alarm.threshold_metric_id:
        fields["recentLowerThresholds"] = [point.lower for point in known]
        fields["recentUpperThresholds"] = [point.upper for point in known]
    else:
        fields["threshold"] = float(alarm.threshold)
    fields["evaluatedDatapoints"] = [
        {"timestamp": stamp(datetime.fromtimestamp(point.moment, tz=UTC)), "value": point.value}
        for point in reversed(known)
    ]
    return json.dumps(fields, separators=(",", ":"))


def _known(datapoints: Sequence[Datapoint], periods: int) -> list[Datapoint]:
    return [point for point in datapoints if point.value is not None][-periods:]


def _relation(alarm: Any, agreeing: Sequence[Datapoint], negation: str) -> str:
    if not alarm.threshold_metric_id:
        words = COMPARISON_WORDS[alarm.comparison_operator]
        return f"{negation}{words} the threshold ({float(alarm.threshold)})"
    lower = ", ".join(str(point.lower) for point in reversed(agreeing))
    upper = ", ".join(str(point.upper) for point in reversed(agreeing))
    below = f"{negation}less than the lower thresholds [{lower}]"
    above = f"{negation}greater than the upper thresholds [{upper}]"
    match alarm.comparison_operator:
        case "LessThanLowerThreshold":
            return below
        case "GreaterThanUpperThreshold":
            return above
    return f"{below} or {above}"


def _start(old: str, new: str) -> str:
    """The documented texts say OK -> ALARM also when the alarm came from INSUFFICIENT_DATA."""
    return {"ALARM": "OK", "OK": "ALARM"}[new] if old == "INSUFFICIENT_DATA" else old


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _short(moment: float) -> str:
    return datetime.fromtimestamp(moment, tz=UTC).strftime("%d/%m/%y %H:%M:%S")
