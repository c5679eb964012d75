"""What MediaLive measures of the pipelines of a running channel, once a second.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/eml-metrics-gen-info.html (every second),
https://docs.aws.amazon.com/medialive/latest/ug/eml-metrics-input-metrics.html,
https://docs.aws.amazon.com/medialive/latest/ug/eml-metrics-output-metrics.html (ActiveOutputs),
https://docs.aws.amazon.com/medialive/latest/ug/eml-metrics-output-lock.html (PipelinesLocked),
https://docs.aws.amazon.com/medialive/latest/ug/eml-metrics-global.html (ActiveAlerts)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from headend.localcloud.cloudwatch.metric_store import MetricKey, Sample, key_of
from headend.localcloud.media.channel_encoding import Health

NAMESPACE = "AWS/MediaLive"
COUNT = "Count"


def samples(
    channel_id: str, moment: float, pipelines: Mapping[str, Mapping[str, tuple[Health, int]]], alerts: Mapping[str, int]
) -> Iterator[tuple[MetricKey, Sample]]:
    """One second of a channel.

    `pipelines`: pipeline → output group → (health, number of its outputs); `alerts`: pipeline → alerts that are set.
    PipelinesLocked is 1 when all of them number their segments by the epoch.
    """
    everything = [health for groups in pipelines.values() for health, _ in groups.values()]
    locked = float(bool(everything) and all(one.locked for one in everything))
    for pipeline, groups in pipelines.items():
        own = [("ChannelId", channel_id), ("Pipeline", pipeline)]
        there = bool(groups) and all(health.input for health, _ in groups.values())
        yield _sample("PipelinesLocked", own, moment, locked, None)
        yield _sample("InputLossSeconds", own, moment, float(not there), "Seconds")
        rate = max((health.frame_rate for health, _ in groups.values()), default=0.0)
        yield _sample("InputVideoFrameRate", own, moment, rate, "Count/Second")
        yield _sample("ActiveAlerts", own, moment, float(alerts.get(pipeline, 0)), COUNT)
        for name, (health, outputs) in groups.items():
            of_group = [("OutputGroupName", name), *own]
            yield _sample("ActiveOutputs", of_group, moment, float(outputs if health.writing else 0), COUNT)


def _sample(
    name: str, dimensions: Sequence[tuple[str, str]], moment: float, value: float, unit: str | None
) -> tuple[MetricKey, Sample]:
    return key_of(NAMESPACE, name, list(dimensions)), Sample(moment, value, value, value, 1.0, unit)
