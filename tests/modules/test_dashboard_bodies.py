"""What CloudWatch would say to a dashboard's body: structure, quotas, and metrics that there are."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headend.localcloud.cloudwatch.dashboard_body import faults
from headend.localcloud.mediaconnect.stream_metrics import UNITS

from .conftest import Terraform
from .offline import PROVIDER

FLOW = "arn:aws:mediaconnect:eu-central-1:123456789012"
CONNECTING = ("rist", "srt-caller", "srt-listener", "zixi-push")
ROOT = f"""{PROVIDER}
locals {{
  dashboards = jsondecode(file("${{path.module}}/dashboards.json"))
}}
"""
CALL = """
module "{name}" {{
  source = "../modules/flow_dashboard"
  flows  = local.dashboards["{name}"]
  name   = "{name}"
}}
"""


def alarms(key: str, *names: str) -> list[str]:
    return [f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:live/{key}/{name}" for name in names]


def flow(key: str, protocol: str = "srt-listener", sources: int = 0, outputs: int = 0, **more: Any) -> dict[str, Any]:
    """A flow with detail = "full"; its outputs are SRT's."""
    return {
        "alarm_arns": alarms(key, "jitter", "no-bit-rate"),
        "arn": f"{FLOW}:flow:1-{key}:live-{key}",
        "detail": "full",
        "name": f"live-{key}",
        "outputs": {
            f"out-{number}": {"arn": f"{FLOW}:output:1-{key}{number}:out-{number}", "protocol": "srt-listener"}
            for number in range(outputs)
        },
        "protocol": protocol,
        "sources": {name: {"arn": f"{FLOW}:source:1-{key}{name}:{name}"} for name in ("primary", "backup")[:sources]},
        "summary_arns": alarms(key, "down", "degraded", "redundancy-lost", "early-warning", "output-degraded"),
        **more,
    }


def basic(key: str) -> dict[str, Any]:
    return {"arn": f"{FLOW}:flow:1-{key}:live-{key}", "name": f"live-{key}"}


DASHBOARDS: dict[str, dict[str, Any]] = {
    "twenty": {
        f"f{number:02}": flow(
            f"f{number:02}", sources=2, outputs=10, redundancy="FAILOVER", content_quality=["audio", "video"]
        )
        for number in range(20)
    },
    "one": {
        "a": flow(
            "a",
            sources=2,
            outputs=2,
            redundancy="FAILOVER",
            content_quality=["audio", "video"],
            thresholds=[
                {
                    "metric": "SourceNotRecoveredPackets",
                    "statistic": "Sum",
                    "comparison": "GreaterThanThreshold",
                    "threshold": 100,
                    "unit": "Count",
                    "severity": "HIGH",
                }
            ],
        )
    },
    "merged": {"a": flow("a", "rtp", sources=2, redundancy="MERGE")},
    "managed": {"a": flow("a", outputs=0) | {"outputs": {"channel": {"arn": f"{FLOW}:output:1-a:channel"}}}},
    "silent": {"a": flow("a") | {"outputs": {"studio": {"arn": f"{FLOW}:output:1-a:studio", "protocol": "rtp"}}}},
    "mixed": {"a": basic("a"), "b": flow("b", "rtp"), "c": basic("c"), "d": flow("d", "rist", sources=1)},
    "plain": {"a": {**basic("a"), "alarm_arns": alarms("a", "jitter")}, "b": basic("b")},
    **{protocol: {"a": flow("a", protocol)} for protocol in (*CONNECTING, "rtp-fec", "rtp", "cdi", "st2110-jpegxs")},
}


@pytest.fixture(scope="module")
def bodies(checkout: Path, terraform: Terraform) -> Iterator[dict[str, dict[str, Any]]]:
    """The bodies of all dashboards as Terraform plans them, by name."""
    root = checkout / "dashboards"
    root.mkdir()
    (root / "dashboards.json").write_text(json.dumps(DASHBOARDS), encoding="utf-8")
    (root / "main.tf").write_text(ROOT + "".join(CALL.format(name=name) for name in DASHBOARDS), encoding="utf-8")
    planned: subprocess.CompletedProcess[str] = terraform("dashboards", "plan", "-out=plan")
    assert planned.returncode == 0, planned.stderr
    changes = json.loads(terraform("dashboards", "show", "-json", "plan").stdout)["resource_changes"]
    yield {
        change["change"]["after"]["dashboard_name"]: json.loads(change["change"]["after"]["dashboard_body"])
        for change in changes
    }


def metrics(body: dict[str, Any]) -> list[list[Any]]:
    return [metric for widget in body["widgets"] for metric in widget["properties"].get("metrics", [])]


def names(body: dict[str, Any]) -> set[str]:
    return {metric[1] for metric in metrics(body)}


def widget(body: dict[str, Any], title: str) -> dict[str, Any]:
    [found] = [one for one in body["widgets"] if title in one["properties"]["title"]]
    return dict(found)


pytestmark = pytest.mark.terraform


def test_every_body_is_one_that_cloudwatch_takes(bodies: dict[str, dict[str, Any]]) -> None:
    assert {name: faults(body) for name, body in bodies.items()} == {name: [] for name in DASHBOARDS}


def test_every_metric_is_one_that_media_connect_or_headend_writes(bodies: dict[str, dict[str, Any]]) -> None:
    for body in bodies.values():
        for namespace, name, dimension, arn, _ in metrics(body):
            if namespace == "Headend/MediaConnect":
                assert (name, dimension) == ("FlowActive", "FlowARN")
            else:
                assert namespace == "AWS/MediaConnect"
                assert name in UNITS
            assert arn.split(":")[5] == {"FlowARN": "flow", "SourceARN": "source", "OutputARN": "output"}[dimension]


def test_twenty_flows_fit_on_one_dashboard(bodies: dict[str, dict[str, Any]]) -> None:
    body = bodies["twenty"]
    assert len(body["widgets"]) == 4 + 20 * 12
    assert len(metrics(body)) == 20 * (84 + 3)
    assert max(len(one["properties"].get("metrics", [])) for one in body["widgets"]) <= 100
    assert {title for title in ("bit rate", "packets lost", "switches") if widget(body, f"All flows: {title}")}
    assert len(widget(body, "All flows: what is wrong")["properties"]["alarms"]) == 100
    assert len(widget(body, "All flows: bit rate")["properties"]["metrics"]) == 20


def test_two_sources_stand_side_by_side_and_switches_are_marked(bodies: dict[str, dict[str, Any]]) -> None:
    found = widget(bodies["one"], "bit rate of the sources, switches")["properties"]["metrics"]
    assert [(one[1], one[2], one[4]["label"]) for one in found] == [
        ("SourceBitRate", "SourceARN", "backup: bit rate"),
        ("SourceBitRate", "SourceARN", "primary: bit rate"),
        ("FailoverSwitches", "FlowARN", "Switches to the other source"),
    ]
    used = widget(bodies["one"], "which source is there")["properties"]["metrics"]
    assert {"backup: selected", "primary: selected", "primary: connected", "On air"} <= {
        one[4]["label"] for one in used
    }


def test_a_threshold_is_a_line_where_its_metric_is_shown(bodies: dict[str, dict[str, Any]]) -> None:
    lines = widget(bodies["one"], "packets lost")["properties"]["annotations"]["horizontal"]
    assert lines == [{"label": "HIGH: SourceNotRecoveredPackets (Sum)", "value": 100, "yAxis": "left"}]


def test_merged_sources_show_whether_they_are_merged(bodies: dict[str, dict[str, Any]]) -> None:
    assert {"MergeActive", "SourceMergeActive"} <= names(bodies["merged"])
    assert not {"FailoverSwitches", "SourceSelected", "SourceConnected"} & names(bodies["merged"])


def test_a_protocol_has_no_widget_for_what_it_does_not_emit(bodies: dict[str, dict[str, Any]]) -> None:
    for protocol in CONNECTING:
        assert {"SourceConnected", "SourceRoundTripTime", "SourceNotRecoveredPackets"} <= names(bodies[protocol])
        assert "SourceFECRecovered" not in names(bodies[protocol])
    assert "SourceFECRecovered" in names(bodies["rtp-fec"])
    assert not {"SourceConnected", "SourceNotRecoveredPackets"} & names(bodies["rtp"])
    assert "packets repaired" not in json.dumps(bodies["rtp"])
    for protocol in ("cdi", "st2110-jpegxs"):
        assert names(bodies[protocol]) == {"SourceBitRate", "SourcePacketLossPercent", "SourceUptime", "FlowActive"}
    assert "content quality" not in json.dumps(bodies["rtp"])


def test_without_named_sources_the_flow_speaks_for_them(bodies: dict[str, dict[str, Any]]) -> None:
    assert {one[2] for one in metrics(bodies["rist"])} == {"FlowARN"}
    assert "SourceSelected" not in names(bodies["rist"])


def test_an_output_shows_what_its_protocol_emits(bodies: dict[str, dict[str, Any]]) -> None:
    assert {"ConnectedOutputs", "OutputBitrate", "OutputConnected", "OutputDisconnections"} <= names(bodies["one"])
    managed = {name for name in names(bodies["managed"]) if "Output" in name}
    assert managed == {"OutputBitrate", "OutputNotRecoveredPackets"}
    assert not {name for name in names(bodies["silent"]) if "Output" in name}


def test_no_two_widgets_overlap(bodies: dict[str, dict[str, Any]]) -> None:
    for body in bodies.values():
        taken = set[tuple[int, int]]()
        for one in body["widgets"]:
            cells = {
                (x, y)
                for x in range(one["x"], one["x"] + one["width"])
                for y in range(one["y"], one["y"] + one["height"])
            }
            assert not cells & taken
            taken |= cells


def test_a_flow_that_asks_for_nothing_new_has_the_widgets_it_had(bodies: dict[str, dict[str, Any]]) -> None:
    rendered = json.loads((Path(__file__).parents[2] / "modules/flow_dashboard/rendered/flow.json").read_text())
    shapes = [(one["type"], one["x"], one["y"], one["width"], one["height"]) for one in bodies["plain"]["widgets"]]
    widgets = {name: (w["type"], w["x"], w["y"], w["width"], w["height"]) for name, w in rendered["widgets"].items()}
    below = [(kind, x, y + rendered["height"], width, height) for kind, x, y, width, height in widgets.values()]
    assert sorted(shapes) == sorted([*widgets.values(), *(shape for shape in below if shape[0] != "alarm")])


def test_flows_of_both_details_stand_below_each_other_in_the_order_of_their_keys(
    bodies: dict[str, dict[str, Any]],
) -> None:
    order = [
        one["properties"]["title"].split(":")[0] for one in sorted(bodies["mixed"]["widgets"], key=lambda w: w["y"])
    ]
    assert list(dict.fromkeys(order)) == ["All flows", "live-a", "live-b", "live-c", "live-d"]
