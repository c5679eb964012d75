"""Tells the timeline of the first sample beyond an alarm's threshold, and of the first one within it again.

Not AWS's: it shows how long an alarm takes from the sample that causes it. Alarms on single metrics of flows only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headend.localcloud.cloudwatch.alarm_evaluation import COMPARISONS
from headend.localcloud.cloudwatch.metric_store import Listener, Sample, key_of, listeners
from headend.localcloud.cloudwatch.metrics import store_of

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

FLOW_DIMENSION = "FlowARN"


class SampleWatch:
    """Listens to the samples of the metrics that alarms watch."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._breaching: dict[tuple[str, str], bool] = {}

    def refresh(self, backend: Any) -> None:
        """Listen for the alarms that the Region has now."""
        table = listeners()
        for alarm in list(backend.alarms.values()):
            dimensions = {dimension.name: dimension.value for dimension in alarm.dimensions}
            if alarm.metric_name and FLOW_DIMENSION in dimensions and alarm.comparison_operator in COMPARISONS:
                key = key_of(alarm.namespace, alarm.metric_name, dimensions.items())
                table[key].append(self._listener(backend.region_name, alarm, dimensions[FLOW_DIMENSION]))
        store_of(backend).listen(dict(table))
        known = {(backend.region_name, name) for name in list(backend.alarms)}
        for gone in [key for key in self._breaching if key[0] == backend.region_name and key not in known]:
            self._breaching.pop(gone, None)

    def _listener(self, region: str, alarm: Any, flow: str) -> Listener:
        key = (region, alarm.name)
        compare, threshold = COMPARISONS[alarm.comparison_operator], float(alarm.threshold)

        def listen(sample: Sample) -> None:
            breaching = compare(sample.high, threshold)
            if breaching == self._breaching.get(key, False):
                return
            self._breaching[key] = breaching
            relation = "beyond" if breaching else "within"
            self._cloud.timeline.record(
                "datapoint",
                region,
                flow,
                f"{alarm.metric_name} {sample.high:g} is {relation} the threshold {threshold:g} of {alarm.name}",
                metric=alarm.metric_name,
                value=sample.high,
                threshold=threshold,
                flow_arn=flow,
                breaching=breaching,
                alarm=alarm.name,
                sample_time=sample.time,
            )

        return listen
