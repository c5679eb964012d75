"""Why an alarm is in its state, in CloudWatch's words.

Source: the reasons and reasonData shown in
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from headend.localcloud.alarm_data import Datapoint
from headend.localcloud.alarm_evaluation import COMPARISON_WORDS, COMPARISONS
from headend.localcloud.alarm_events import stamp, statistic_of

MISSING_AS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


def reason(alarm: Any, datapoints: Sequence[Datapoint], old: str, new: str) -> str:
    """The reason of a change from `old` to `new` after evaluating `datapoints`, oldest first."""
    periods = int(alarm.evaluation_periods)
    if new == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_many(periods, 'datapoint was', 'datapoints were')} unknown."
    breaching = COMPARISONS[alarm.comparison_operator]
    known = [(point.moment, point.value) for point in datapoints if point.value is not None][-periods:]
    if not known:
        treated = MISSING_AS.get(alarm.treat_missing_data or "", "Missing")
        missing = _many(periods, "missing datapoint was", "missing datapoints were")
        received = _many(periods, "period", "periods")
        return f"Threshold Crossed: no datapoints were received for {received} and {missing} treated as [{treated}]."
    threshold = float(alarm.threshold)
    agreeing = [pair for pair in known if breaching(pair[1], threshold) == (new == "ALARM")] or known
    listed = ", ".join(f"{value} ({_short(moment)})" for moment, value in reversed(agreeing))
    verb = "was" if len(agreeing) == 1 else "were"
    words = COMPARISON_WORDS[alarm.comparison_operator]
    negation = "" if new == "ALARM" else "not "
    to_alarm = int(alarm.datapoints_to_alarm or periods)
    needed = _many(to_alarm if new == "ALARM" else periods - to_alarm + 1, "datapoint", "datapoints")
    return (
        f"Threshold Crossed: {len(agreeing)} out of the last {periods} datapoints [{listed}] {verb} {negation}{words} "
        f"the threshold ({threshold}) (minimum {needed} for {_start(old, new)} -> {new} transition)."
    )


def reason_data(alarm: Any, datapoints: Sequence[Datapoint], moment: datetime, period: int) -> str:
    """The reasonData of an evaluation: JSON text."""
    periods = int(alarm.evaluation_periods)
    known = [(point.moment, point.value) for point in datapoints if point.value is not None][-periods:]
    fields: dict[str, Any] = {"version": "1.0", "queryDate": stamp(moment)}
    if known:
        fields["startDate"] = stamp(datetime.fromtimestamp(known[0][0], tz=UTC))
    if not alarm.metric_data_queries:
        fields["statistic"] = statistic_of(alarm)
    fields |= {
        "period": period,
        "recentDatapoints": [value for _, value in known],
        "threshold": float(alarm.threshold),
        "evaluatedDatapoints": [
            {"timestamp": stamp(datetime.fromtimestamp(start, tz=UTC)), "value": value}
            for start, value in reversed(known)
        ],
    }
    return json.dumps(fields, separators=(",", ":"))


def _start(old: str, new: str) -> str:
    """The documented texts say OK -> ALARM also when the alarm came from INSUFFICIENT_DATA."""
    return {"ALARM": "OK", "OK": "ALARM"}[new] if old == "INSUFFICIENT_DATA" else old


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _short(moment: float) -> str:
    return datetime.fromtimestamp(moment, tz=UTC).strftime("%d/%m/%y %H:%M:%S")
