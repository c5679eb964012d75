"""How long an alert takes from the alarm's change of state to its delivery, against a bare publish there."""

from __future__ import annotations

from headend.bench.measurement import Measurement, Ratio, percentile
from headend.bench.watched_flow import WatchedFlow

PERCENTILES = (50, 95)


def measure(flow: WatchedFlow, runs: int) -> Measurement:
    """Let the alarm of a bad stream change `runs` times, and publish as often in between."""
    flow.await_bad_data()
    flow.alarm_to_alert()
    flow.publish()
    pairs = [(flow.alarm_to_alert(), flow.publish()) for _ in range(runs)]
    alerts, bare = [alert for alert, _ in pairs], [publish for _, publish in pairs]
    ratios = [
        Ratio(f"alert p{percent}", percentile(alerts, percent), f"publish p{percent}", percentile(bare, percent), "s")
        for percent in PERCENTILES
    ]
    return Measurement(
        "alert",
        f"from a breaching datapoint's alarm to the delivered alert, {runs} runs, the alarm's period excluded",
        ratios,
        {"alert_s": alerts, "publish_s": bare},
    )
