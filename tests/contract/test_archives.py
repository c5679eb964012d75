"""EventBridge's archives and replays."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from running_cloud import RunningCloud

ARCHIVES = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive-event.html"
REPLAYS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html"
START = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html"


class Bus:
    """A bus of its own with an archive, and a rule with a queue."""

    def __init__(self, cloud: RunningCloud, pattern: dict[str, Any] | None = None, **archive: Any) -> None:
        self.cloud, self.name = cloud, f"kept-{uuid.uuid4().hex[:8]}"
        self.events = cloud.client("events")
        self.arn = self.events.create_event_bus(Name=self.name)["EventBusArn"]
        settings = {"EventPattern": json.dumps(pattern)} if pattern else {}
        self.archive = self.events.create_archive(
            ArchiveName=self.name, EventSourceArn=self.arn, **settings, **archive
        )["ArchiveArn"]
        self.url, self.rule = self.add_rule("all")

    def add_rule(self, name: str) -> tuple[str, str]:
        """A rule for everything: (URL of its queue, its ARN)."""
        url, queue = self.cloud.queue(f"{self.name}-{name}")
        pattern = json.dumps({"source": [{"prefix": ""}]})
        arn = self.events.put_rule(Name=name, EventBusName=self.name, EventPattern=pattern)["RuleArn"]
        self.events.put_targets(Rule=name, EventBusName=self.name, Targets=[{"Id": "q", "Arn": queue}])
        return url, str(arn)

    def send(self, number: int, time: datetime | None = None, source: str = "studio") -> None:
        entry: dict[str, Any] = {
            "Source": source,
            "DetailType": "t",
            "Detail": json.dumps({"n": number}),
            "EventBusName": self.name,
        }
        if time:
            entry["Time"] = time
        assert self.events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    def received(self, url: str | None = None) -> list[dict[str, Any]]:
        """The events in a queue, which is empty then."""
        sqs, found = self.cloud.client("sqs"), []
        while got := sqs.receive_message(QueueUrl=url or self.url, MaxNumberOfMessages=10).get("Messages", []):
            for message in got:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url or self.url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def replay(self, begin: datetime, end: datetime, *rules: str) -> str:
        """Start a replay; returns its name."""
        name = f"again-{uuid.uuid4().hex[:8]}"
        destination: dict[str, Any] = {"Arn": self.arn, **({"FilterArns": list(rules)} if rules else {})}
        started = self.events.start_replay(
            ReplayName=name,
            EventSourceArn=self.archive,
            EventStartTime=begin,
            EventEndTime=end,
            Destination=destination,
        )
        assert started["State"] == "STARTING"
        return name

    @property
    def now(self) -> datetime:
        moment: datetime = self.cloud.server.clock.now()
        return moment


@pytest.mark.contract(
    "An archive keeps the events of its bus that match, and says how many",
    source=ARCHIVES,
    limits="AWS may take minutes until EventCount shows an event",
)
def test_what_is_kept(cloud: RunningCloud) -> None:
    bus = Bus(cloud, {"source": ["studio"]})
    bus.send(1)
    bus.send(2, source="other")
    bus.send(3)
    cloud.step(1)
    known = bus.events.describe_archive(ArchiveName=bus.name)
    assert (known["EventCount"], known["State"]) == (2, "ENABLED")
    assert known["SizeBytes"] > 100


@pytest.mark.contract(
    "A replay sends the events of a span of time again, with the replay's name",
    source=REPLAYS,
    limits="whether a replayed event keeps its id is not documented: it does here",
)
def test_a_replay(cloud: RunningCloud) -> None:
    bus = Bus(cloud)
    base = bus.now.replace(second=0, microsecond=0) - timedelta(minutes=30)
    for number, minutes in enumerate((5, 0, 1, 9, 20)):
        bus.send(number, base + timedelta(minutes=minutes))
    cloud.step(1)
    assert len(bus.received()) == 5
    name = bus.replay(base, base + timedelta(minutes=9))
    cloud.step(30)
    again = bus.received()
    assert [event["detail"]["n"] for event in again] == [1, 2, 0], "in the order of their times, the end left out"
    assert {event["replay-name"] for event in again} == {name}
    assert again[0]["time"] == base.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    known = bus.events.describe_replay(ReplayName=name)
    assert known["State"] == "COMPLETED"
    assert known["EventLastReplayedTime"] == base + timedelta(minutes=5)


@pytest.mark.contract("A replay reaches the chosen rules only, and is not archived again", source=REPLAYS)
def test_chosen_rules(cloud: RunningCloud) -> None:
    bus = Bus(cloud)
    other_url, other = bus.add_rule("other")
    bus.send(1)
    cloud.step(1)
    assert len(bus.received()) == len(bus.received(other_url)) == 1
    bus.replay(bus.now - timedelta(minutes=5), bus.now + timedelta(minutes=5), other)
    cloud.step(30)
    assert [event["detail"] for event in bus.received(other_url)] == [{"n": 1}]
    assert bus.received() == []
    assert bus.events.describe_archive(ArchiveName=bus.name)["EventCount"] == 1


@pytest.mark.contract("A replay that has not ended can be cancelled, one that has cannot", source=REPLAYS)
def test_cancelling(cloud: RunningCloud) -> None:
    bus = Bus(cloud)
    bus.send(1)
    cloud.step(1)
    bus.received()
    cloud.server.clock.pause()
    name = bus.replay(bus.now - timedelta(minutes=5), bus.now + timedelta(minutes=5))
    assert bus.events.cancel_replay(ReplayName=name)["State"] == "CANCELLING"
    cloud.step(30)
    assert bus.events.describe_replay(ReplayName=name)["State"] == "CANCELLED"
    assert bus.received() == []
    done = bus.replay(bus.now - timedelta(minutes=5), bus.now)
    cloud.step(30)
    with pytest.raises(ClientError) as refused:
        bus.events.cancel_replay(ReplayName=done)
    assert refused.value.response["Error"]["Code"] == "IllegalStatusException"
    cloud.server.clock.resume()


@pytest.mark.contract("Events leave an archive when its retention has passed", source=ARCHIVES)
def test_retention(cloud: RunningCloud) -> None:
    bus = Bus(cloud, RetentionDays=1)
    bus.send(1, bus.now - timedelta(days=2))
    bus.send(2)
    cloud.step(1)
    bus.received()
    bus.replay(bus.now - timedelta(days=3), bus.now + timedelta(minutes=1))
    cloud.step(30)
    assert [event["detail"]["n"] for event in bus.received()] == [2]


@pytest.mark.contract(
    "An archive's new pattern decides from then on",
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateArchive.html",
)
def test_a_new_pattern(cloud: RunningCloud) -> None:
    bus = Bus(cloud, {"source": ["studio"]})
    bus.events.update_archive(ArchiveName=bus.name, EventPattern=json.dumps({"source": ["other"]}))
    bus.send(1)
    bus.send(2, source="other")
    cloud.step(1)
    assert bus.events.describe_archive(ArchiveName=bus.name)["EventCount"] == 1


@pytest.mark.contract("StartReplay refuses another bus and spans that end before they begin", source=START)
def test_what_is_refused(cloud: RunningCloud) -> None:
    bus = Bus(cloud)
    default = bus.events.describe_event_bus()["Arn"]
    span = {"EventStartTime": bus.now - timedelta(hours=1), "EventEndTime": bus.now}
    asked = {"ReplayName": "bad", "EventSourceArn": bus.archive}
    with pytest.raises(ClientError, match="Cross event bus replay is not permitted"):
        bus.events.start_replay(**asked, **span, Destination={"Arn": default})
    turned = {"EventStartTime": bus.now, "EventEndTime": bus.now - timedelta(hours=1)}
    with pytest.raises(ClientError, match="EventStartTime must be before EventEndTime"):
        bus.events.start_replay(**asked, **turned, Destination={"Arn": bus.arn})
