"""What the monitor makes of MediaConnect's own events: every documented shape, and what is none."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from monitor.check import check
from monitor.errors import InvalidEvent
from monitor.mute import MuteWindow, muted_until

from headend.localcloud.eventbridge.event_patterns import matches
from unit.lambda_src import monitor_cases
from unit.lambda_src.monitor_cases import NOW, FakeCloudWatch, FakeMediaConnect

ROOT = Path(__file__).resolve().parents[3]
SHAPES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "media_events.yaml").read_text())
ARNS = {
    "FLOW": "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbC-dEf:live-dev-studio-a",
    "SOURCE": "arn:aws:mediaconnect:eu-central-1:123456789012:source:2-GhI-jKl:main",
    "OUTPUT": "arn:aws:mediaconnect:eu-central-1:123456789012:output:3-MnO-pQr:north",
}
OLD = {f"OLD_{name}": re.sub(r":([0-9])-(\w+)-(\w+):", r":\1:\2:\3:", arn) for name, arn in ARNS.items()}
ONE_SOURCE: dict[str, Any] = {"Sources": [{"Name": "main", "SourceArn": ARNS["SOURCE"]}]}
TWO_SOURCES: dict[str, Any] = {"Sources": [*ONE_SOURCE["Sources"], {"Name": "backup"}]}


def written(text: str) -> str:
    """A text of the file, with the ARN that it names."""
    return re.sub("|".join(sorted(ARNS, key=len, reverse=True)), lambda found: ARNS[found[0]], text)


def event(shape: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A shape as EventBridge delivers it."""
    return {
        "version": "0",
        "id": "7d1a2b3c-0000-4000-8000-000000000001",
        "detail-type": shape["detail-type"],
        "source": "aws.mediaconnect",
        "account": "123456789012",
        "time": "2026-01-01T12:00:00Z",
        "region": "eu-central-1",
        "resources": [{**ARNS, **OLD}[name] for name in shape["resources"]],
        "detail": shape["detail"],
        **changes,
    }


class Described(FakeMediaConnect):
    """A flow with what else MediaConnect says of it."""

    def __init__(self, status: str = "ACTIVE", error: str | None = None, **fields: Any) -> None:
        super().__init__(status, error)
        self.fields = fields

    def describe_flow(self, FlowArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        answer = super().describe_flow(FlowArn)
        return {"Flow": {**answer["Flow"], **self.fields}}


def told(what: Any, flow: FakeMediaConnect | None = None, **settings: Any) -> dict[str, Any]:
    config = monitor_cases.config(**{"arn": ARNS["FLOW"], **settings})
    silent = FakeCloudWatch(error="Throttling")
    return check(monitor_cases.payload(what, config), flow or Described(**ONE_SOURCE), silent, NOW)


def rule() -> dict[str, Any]:
    """The pattern that the module gives to its rule, for this flow."""
    text = (ROOT / "modules/stream_monitor/media_events.tf").read_text()
    return {
        "source": ["aws.mediaconnect"],
        "detail-type": re.findall(r'"(MediaConnect [^"]+)"', text),
        "resources": [{"suffix": ":live-dev-studio-a"}],
    }


@pytest.mark.parametrize("name", SHAPES)
def test_the_rule_hears_every_documented_shape(name: str) -> None:
    assert matches(rule(), event(SHAPES[name]))


@pytest.mark.parametrize("name", SHAPES)
def test_every_documented_shape_says_what_it_means(name: str) -> None:
    says, result = SHAPES[name]["says"], told(event(SHAPES[name]))
    issues = result["issues"]
    assert sorted([issue["metric"], issue["severity"]] for issue in issues) == sorted(says.get("wrong", []))
    assert sorted(issue["condition"] for issue in issues if "condition" in issue) == sorted(
        written(condition) for condition in says.get("conditions", [])
    )
    assert sorted(result["cleared"]) == sorted(written(condition) for condition in says.get("cleared", []))
    assert result["maintenance"] == says.get("maintenance")
    assert result["healthy"] == (not issues)
    assert all((issue["value"], issue["threshold"], issue["unit"]) == (1, 1, "Count") for issue in issues)


def test_every_kind_of_event_that_the_rule_hears_is_documented_here() -> None:
    assert {shape["detail-type"] for shape in SHAPES.values()} == set(rule()["detail-type"])


def test_the_rule_does_not_hear_other_flows() -> None:
    other = ARNS["FLOW"].replace("studio-a", "studio-b")
    assert not matches(rule(), event(SHAPES["alert_errored"], resources=[other]))


HEALTHY = SHAPES["source_health_is_well_again"]
MALFORMED: dict[str, dict[str, Any]] = {
    "no detail": event(HEALTHY, detail=None),
    "a detail that is text": event(HEALTHY, detail="unhealthy"),
    "no resources": event(HEALTHY, resources=[]),
    "resources that are text": event(HEALTHY, resources=ARNS["FLOW"]),
    "no flow among the resources": event(HEALTHY, resources=[ARNS["SOURCE"]]),
    "two flows": event(HEALTHY, resources=[ARNS["FLOW"], f"{ARNS['FLOW']}-2"]),
    "an ARN of another service": event(HEALTHY, resources=[ARNS["FLOW"].replace("mediaconnect", "medialive")]),
    "an ARN that is cut off": event(HEALTHY, resources=[ARNS["FLOW"].rpartition(":")[0].rpartition(":")[0]]),
    "a kind that is none": event(HEALTHY, **{"detail-type": "MediaConnect Flow Weather"}),
    "a kind of another resource": event(HEALTHY, **{"detail-type": "MediaConnect Router Input Health"}),
    "a flag that is neither": event(HEALTHY, detail={"unhealthy": "perhaps", "current": {"state": "IDLE"}}),
    "neither flag nor state": event(HEALTHY, detail={"current": {}, "previous": {}}),
    "a state that is none": event(SHAPES["output_health"], detail={"current": {"state": "TIRED"}}),
    "an alert that does not say whether": event(SHAPES["alert_errored"], detail={"error-code": "E"}),
    "content that does not say whether": event(SHAPES["content_quality"], detail={"streams": []}),
    "streams that are text": event(SHAPES["content_quality"], detail={"impacted": True, "streams": "audio"}),
    "a maintenance without status": event(SHAPES["maintenance_failed"], detail={}),
    "a maintenance of unknown status": event(SHAPES["maintenance_failed"], detail={"currentStatus": "LUNCH"}),
    "a change without status": event(SHAPES["status_change"], detail={"previousStatus": "ACTIVE"}),
    "a flow that is not watched": event(HEALTHY, resources=[ARNS["FLOW"].replace("AbC", "XyZ")]),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_malformed_is_an_invalid_event(what: str) -> None:
    with pytest.raises(InvalidEvent):
        told(MALFORMED[what])


def test_a_source_of_two_that_fails_is_redundancy_lost() -> None:
    [issue] = told(event(SHAPES["source_health"]), Described(**TWO_SOURCES))["issues"]
    assert issue["severity"] == "LOW"


def test_what_says_nothing_of_metrics_needs_none() -> None:
    assert set(told(event(SHAPES["flow_health_transport_stream"]))["values"].values()) == {None}


@pytest.mark.parametrize("status", ["STANDBY", "STOPPING", "DELETING"])
def test_a_flow_that_is_off_has_no_trouble(status: str) -> None:
    result = told(event(SHAPES["source_health"]), Described(status, **ONE_SOURCE))
    assert (result["healthy"], result["cleared"]) == (True, [f"SourceHealth#{ARNS['SOURCE']}"])


def test_an_alert_counts_while_a_flow_starts() -> None:
    assert not told(event(SHAPES["alert_errored"]), Described("STARTING", **ONE_SOURCE))["healthy"]


def test_an_output_that_is_switched_off_is_no_trouble() -> None:
    outputs = [{"OutputArn": ARNS["OUTPUT"], "OutputStatus": "DISABLED"}]
    result = told(event(SHAPES["output_health"]), Described(Outputs=outputs))
    assert (result["healthy"], result["cleared"]) == (True, [f"OutputHealth#{ARNS['OUTPUT']}"])


def test_a_flow_that_comes_to_error_is_told() -> None:
    result = told(event(SHAPES["status_change"], detail={"currentStatus": "ERROR"}), Described("ERROR"))
    assert [issue["metric"] for issue in result["issues"]] == ["FlowError"]


def test_the_last_word_of_a_deleted_flow_is_no_trouble() -> None:
    gone = Described(error="NotFoundException")
    result = told(event(SHAPES["status_change"], detail={"currentStatus": "DELETING"}), gone)
    assert (result["healthy"], result["flow_status"]) == (True, "DELETING")


def test_an_event_delivered_twice_is_the_same_transition() -> None:
    first, again = (told(event(SHAPES["alert_errored"]))["transition_id"] for _ in range(2))
    other = told(event(SHAPES["alert_errored"], id="another"))["transition_id"]
    assert first == again != other


def test_results_of_alarms_are_what_they_were() -> None:
    result = told({"flow_arn": ARNS["FLOW"]}, Described("STANDBY"))
    assert not {"cleared", "maintenance", "muted_until"} & set(result)


THURSDAY = {"day": "Thursday", "start_hour": 11, "hours": 2}  # NOW is a Thursday, 12:00


def test_the_monitor_says_until_when_a_flow_is_muted() -> None:
    assert told(event(SHAPES["alert_errored"]), mute_windows=[THURSDAY])["muted_until"] == "2026-01-01T13:00:00.000Z"
    assert told(event(SHAPES["alert_errored"]), mute_windows=[])["muted_until"] is None
    by_hand = told({"flow_arn": ARNS["FLOW"]}, Described("STANDBY"), mute_windows=[THURSDAY])
    assert by_hand["muted_until"] == "2026-01-01T13:00:00.000Z"


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)  # the 5th is a Monday


@pytest.mark.parametrize(
    ("windows", "now", "until"),
    [
        ([("Monday", 3, 2)], utc(5, 2, 59), None),
        ([("Monday", 3, 2)], utc(5, 3), utc(5, 5)),
        ([("Monday", 3, 2)], utc(5, 5), None),
        ([("Sunday", 23, 4)], utc(5, 2), utc(5, 3)),
        ([("Monday", 0, 24)], utc(5, 23, 59), utc(6, 0)),
        ([("Monday", 22, 4), ("Tuesday", 1, 3)], utc(5, 23), utc(6, 4)),
        ([("Monday", 3, 1), ("Monday", 4, 1)], utc(5, 3, 30), utc(5, 5)),
        ([("Monday", 3, 1), ("Monday", 5, 1)], utc(5, 3, 30), utc(5, 4)),
        ([], utc(5, 3), None),
    ],
)
def test_a_mute_lasts_to_the_end_of_what_is_open(
    windows: list[tuple[str, int, int]], now: datetime, until: datetime | None
) -> None:
    assert muted_until([MuteWindow(*window) for window in windows], now) == until


def test_every_day_at_every_hour_has_an_end() -> None:
    always = [MuteWindow(day, 0, 24) for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")]
    assert muted_until(always, utc(5, 12)) == utc(10, 0)
