"""Whether an alarm's datapoints put it into ALARM: M out of N, and missing data by AWS's published tables.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
BAND_COMPARISONS: dict[str, Callable[[float, float, float], bool]] = {
    "LessThanLowerOrGreaterThanUpperThreshold": lambda value, lower, upper: value < lower or value > upper,
    "LessThanLowerThreshold": lambda value, lower, _: value < lower,
    "GreaterThanUpperThreshold": lambda value, _, upper: value > upper,
}
"""(value, lower limit, upper limit of the anomaly band) → whether it is breaching."""

COMPARISON_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanOrEqualToThreshold": "less than or equal to",
    "LessThanThreshold": "less than",
}
EXTRA_PERIODS = 2
"""The evaluation range is longer than the evaluation periods, so that late datapoints can still be found. By how much
AWS does not say, except in its example of three evaluation periods: by two."""


def next_state(
    verdicts: Sequence[bool | None],
    *,
    evaluation_periods: int,
    datapoints_to_alarm: int,
    missing: str,
    state: str,
) -> str:
    """The state after the `verdicts` on the datapoints of the evaluation range, oldest first: breaching or not, or
    None for a missing datapoint.

    `missing` is the alarm's TreatMissingData: missing, ignore, breaching or notBreaching. `state` is the present state.
    """
    known = [verdict for verdict in verdicts if verdict is not None]
    if len(known) >= evaluation_periods:
        return "ALARM" if sum(known[-evaluation_periods:]) >= datapoints_to_alarm else "OK"
    if missing in ("breaching", "notBreaching"):
        fill = evaluation_periods - len(known) if missing == "breaching" else 0
        return "ALARM" if sum(known) + fill >= datapoints_to_alarm else "OK"
    if not known:
        return state if missing == "ignore" else "INSUFFICIENT_DATA"
    if sum(known) >= datapoints_to_alarm:
        return "ALARM"
    if not all(known):
        return "OK"
    # Only breaching datapoints, fewer than asked for: they are believed once the oldest is old enough.
    age = len(verdicts) - next(index for index, verdict in enumerate(verdicts) if verdict)
    if missing == "missing" and age >= datapoints_to_alarm:
        return "ALARM"
    return state
