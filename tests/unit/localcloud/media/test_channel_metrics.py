"""What a channel measures of its pipelines."""

from __future__ import annotations

from dataclasses import replace

from headend.localcloud.media.channel_encoding import Health
from headend.localcloud.media.channel_metrics import samples

WELL = Health(input=True, writing=True, locked=True, frame_rate=25.0)
LOST = Health(input=False, writing=False, locked=False, frame_rate=0.0)


def measured(**pipelines: Health) -> dict[tuple[str, str], float]:
    """(metric, pipeline) → value, for one output group with two outputs."""
    named = {name[-1]: {"tv": (health, 2)} for name, health in pipelines.items()}
    found = samples("17", 100.0, named, {"0": 1})
    return {(key.name, dict(key.dimensions)["Pipeline"]): sample.high for key, sample in found}


def test_two_healthy_pipelines_are_locked() -> None:
    values = measured(p0=WELL, p1=WELL)

    assert values["PipelinesLocked", "0"] == values["PipelinesLocked", "1"] == 1
    assert values["ActiveOutputs", "0"] == 2
    assert values["InputLossSeconds", "1"] == 0
    assert values["InputVideoFrameRate", "1"] == 25


def test_one_lost_input_unlocks_both_and_is_counted_where_it_is() -> None:
    values = measured(p0=WELL, p1=LOST)

    assert values["PipelinesLocked", "0"] == values["PipelinesLocked", "1"] == 0
    assert (values["InputLossSeconds", "0"], values["InputLossSeconds", "1"]) == (0, 1)
    assert (values["ActiveOutputs", "0"], values["ActiveOutputs", "1"]) == (2, 0)


def test_a_paused_pipeline_has_its_input_and_no_active_outputs() -> None:
    values = measured(p0=replace(WELL, writing=False), p1=WELL)

    assert values["InputLossSeconds", "0"] == 0
    assert values["ActiveOutputs", "0"] == 0
    assert values["PipelinesLocked", "0"] == 1


def test_alerts_are_counted_for_each_pipeline() -> None:
    values = measured(p0=WELL, p1=WELL)

    assert (values["ActiveAlerts", "0"], values["ActiveAlerts", "1"]) == (1, 0)


def test_the_dimensions_are_those_that_medialive_documents() -> None:
    keys = {
        key.name: [name for name, _ in key.dimensions] for key, _ in samples("17", 1.0, {"0": {"tv": (WELL, 1)}}, {})
    }

    assert keys["PipelinesLocked"] == ["ChannelId", "Pipeline"]
    assert keys["ActiveOutputs"] == ["ChannelId", "OutputGroupName", "Pipeline"]
