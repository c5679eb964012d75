"""What MediaLive's channels and inputs pass through, what they refuse on the way, and the events that tell of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

import live_channels
from contract.rejection import Ask, check, refused
from headend.localcloud.medialive.media_live import MediaLive
from running_cloud import REGION, RunningCloud, until

GUIDE = "https://docs.aws.amazon.com/medialive/latest/ug/"
API = "medialive/latest/apireference/channels-channelid.html"
INPUTS = "medialive/latest/apireference/inputs-inputid.html"
CONFLICT = "ConflictException"
WORDS = "AWS's words are not published: the code is"
LASTS = "how long a state lasts is the local cloud's own"


@pytest.fixture(scope="module", autouse=True)
def quickly(cloud: RunningCloud) -> None:
    live_channels.hurry(cloud)


@pytest.fixture(scope="module")
def channel(cloud: RunningCloud) -> Iterator[str]:
    """A channel for the tests of this file, which leave it IDLE."""
    identifier = live_channels.created(cloud)
    yield identifier
    cloud.client("medialive").delete_channel(ChannelId=identifier)


@pytest.fixture
def running(cloud: RunningCloud, channel: str) -> Iterator[str]:
    live_channels.start(cloud, channel)
    yield channel
    live_channels.stop(cloud, channel)


@pytest.mark.contract(
    "A channel is CREATING, IDLE, STARTING, RUNNING, STOPPING and IDLE again, and DELETING before it is DELETED",
    source=f"{GUIDE}monitor-activity-types-channel.html",
    limits=LASTS,
)
def test_states_follow_each_other_and_last(cloud: RunningCloud) -> None:
    media = cloud.client("medialive")
    asked = live_channels.channel(cloud, live_channels.two_flows(cloud))
    cloud.server.clock.pause()
    try:
        made = media.create_channel(**asked)["Channel"]
        identifier = made["Id"]
        assert made["State"] == "CREATING"
        assert live_channels.state(cloud, identifier) == "CREATING", "looking does not move it on"
        cloud.step(5)
        assert live_channels.state(cloud, identifier) == "IDLE"
        assert media.start_channel(ChannelId=identifier)["State"] == "STARTING"
        assert live_channels.state(cloud, identifier) == "STARTING"
        cloud.step(5)
        assert live_channels.state(cloud, identifier) == "RUNNING"
        assert media.stop_channel(ChannelId=identifier)["State"] == "STOPPING"
        cloud.step(5)
        assert live_channels.state(cloud, identifier) == "IDLE"
        assert media.delete_channel(ChannelId=identifier)["State"] == "DELETING"
        cloud.step(5)
        assert live_channels.state(cloud, identifier) == "DELETED", "it is still described"
        assert identifier not in [one["Id"] for one in media.list_channels()["Channels"]]
    finally:
        cloud.server.clock.resume()


@pytest.mark.contract(
    "A running channel of class STANDARD shows two pipelines and the input that each takes; an idle one shows none",
    source=f"https://docs.aws.amazon.com/{API}",
)
def test_pipelines_are_shown_while_the_channel_runs(cloud: RunningCloud, channel: str) -> None:
    media = cloud.client("medialive")
    idle = media.describe_channel(ChannelId=channel)
    assert (idle["PipelineDetails"], idle["PipelinesRunningCount"]) == ([], 0)
    live_channels.start(cloud, channel)
    shown = media.describe_channel(ChannelId=channel)
    live_channels.stop(cloud, channel)
    assert shown["PipelinesRunningCount"] == 2
    assert [(one["PipelineId"], one["ActiveInputAttachmentName"]) for one in shown["PipelineDetails"]] == [
        ("0", "feeds"),
        ("1", "feeds"),
    ]


@pytest.mark.contract(
    "A change of a channel's state is an event with the channel's ARN, the state, a message and the running pipelines",
    source=f"{GUIDE}monitoring-cloudwatch-json-state-change.html",
    limits="CREATED, STOPPED and the messages besides 'Created channel' and 'Deleted channel' are from examples",
)
def test_changes_of_state_are_events(cloud: RunningCloud) -> None:
    media = cloud.client("medialive")
    name = f"medialive-{uuid.uuid4().hex[:6]}"
    url, arn = cloud.queue(name)
    cloud.client("events").put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.medialive"]}))
    cloud.client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    identifier = live_channels.created(cloud)
    channel_arn = media.describe_channel(ChannelId=identifier)["Arn"]
    live_channels.start(cloud, identifier)
    live_channels.stop(cloud, identifier)
    media.delete_channel(ChannelId=identifier)
    events: list[dict[str, Any]] = []
    while len(events) < 6:
        event = json.loads(cloud.receive(url)["Body"])
        events += [event] if event["resources"] == [channel_arn] else []
    cloud.client("events").remove_targets(Rule=name, Ids=["queue"])
    assert {event["detail-type"] for event in events} == {"MediaLive Channel State Change"}
    assert all(event["detail"]["channel_arn"] == channel_arn for event in events)
    told = {event["detail"]["state"]: event["detail"]["pipelines_running_count"] for event in events}
    assert told == {"CREATED": 0, "STARTING": 0, "RUNNING": 2, "STOPPING": 0, "STOPPED": 0, "DELETED": 0}
    messages = {event["detail"]["state"]: event["detail"]["message"] for event in events}
    assert (messages["CREATED"], messages["DELETED"]) == ("Created channel", "Deleted channel")


@pytest.mark.parametrize("operation", ["start_channel", "update_channel", "delete_channel"])
@pytest.mark.contract(
    "A channel that runs is neither started nor changed nor deleted",
    source=f"https://docs.aws.amazon.com/{API}",
    limits=WORDS,
)
def test_a_running_channel_refuses(cloud: RunningCloud, running: str, operation: str) -> None:
    more = {"Name": "other"} if operation == "update_channel" else {}
    with pytest.raises(ClientError) as raised:
        getattr(cloud.client("medialive"), operation)(ChannelId=running, **more)
    assert raised.value.response["Error"]["Code"] == CONFLICT
    assert "RUNNING" in raised.value.response["Error"]["Message"]


@pytest.mark.contract(
    "An input is ATTACHED while a channel has it, DETACHED before and after",
    source=f"https://docs.aws.amazon.com/{INPUTS}",
)
def test_an_input_is_attached_by_its_channel(cloud: RunningCloud) -> None:
    media = cloud.client("medialive")
    held = live_channels.two_flows(cloud)
    assert media.describe_input(InputId=held)["InputClass"] == "STANDARD"
    identifier = live_channels.created(cloud, input_id=held)
    shown = media.describe_input(InputId=held)
    assert (shown["State"], shown["AttachedChannels"]) == ("ATTACHED", [identifier])
    media.delete_channel(ChannelId=identifier)
    until(lambda: media.describe_input(InputId=held)["State"] == "DETACHED")
    media.delete_input(InputId=held)
    until(lambda: media.describe_input(InputId=held)["State"] == "DELETED")


@pytest.mark.contract(
    "Channels, inputs and input security groups have tags, from their creation on and by their ARNs",
    source="https://docs.aws.amazon.com/medialive/latest/apireference/tags-resource-arn.html",
)
def test_tags(cloud: RunningCloud, channel: str) -> None:
    media = cloud.client("medialive")
    group = media.create_input_security_group(WhitelistRules=[{"Cidr": "203.0.113.0/24"}], Tags={"a": "1"})
    arn = group["SecurityGroup"]["Arn"]
    media.create_tags(ResourceArn=arn, Tags={"b": "2"})
    media.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert media.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"b": "2"}
    channel_arn = media.describe_channel(ChannelId=channel)["Arn"]
    media.create_tags(ResourceArn=channel_arn, Tags={"c": "3"})
    assert media.describe_channel(ChannelId=channel)["Tags"] == {"c": "3"}
    media.delete_input_security_group(InputSecurityGroupId=group["SecurityGroup"]["Id"])
    with pytest.raises(ClientError, match="NotFoundException"):
        media.list_tags_for_resource(ResourceArn=arn)


@pytest.mark.contract(
    "An alert that is set or cleared is an event with its id, type, pipeline and message",
    source=f"{GUIDE}monitoring-cloudwatch-json-alert.html",
    limits="what sets an alert is the local cloud's own",
)
def test_alerts_are_events(cloud: RunningCloud, channel: str) -> None:
    name = f"alerts-{uuid.uuid4().hex[:6]}"
    url, arn = cloud.queue(name)
    pattern = {"source": ["aws.medialive"], "detail-type": ["MediaLive Channel Alert"]}
    cloud.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    service = cloud.server.part(MediaLive)
    held = service.channel(REGION, channel)
    for is_set in (True, False):
        service.alert(held, "Video Not Detected", "1", "No video is detected.", is_set=is_set)
    told = [json.loads(cloud.receive(url)["Body"])["detail"] for _ in range(2)]
    cloud.client("events").remove_targets(Rule=name, Ids=["queue"])
    assert {one["alarm_state"] for one in told} == {"SET", "CLEARED"}
    assert len({one["alarm_id"] for one in told}) == 1
    for one in told:
        assert (
            one.items()
            >= {
                "alert_type": "Video Not Detected",
                "channel_arn": held.arn,
                "message": "No video is detected.",
                "pipeline": "1",
            }.items()
        )


@pytest.mark.contract(
    "An input switch in the schedule changes the input that each pipeline takes, and is an event for each",
    source=f"{GUIDE}cli-schedule-fields-for-input-switch.html",
    limits="AWS shows no such event: its keys are those of events that people have published",
)
def test_an_input_switch_changes_the_active_input(cloud: RunningCloud) -> None:
    media = cloud.client("medialive")
    asked = live_channels.channel(cloud, live_channels.two_flows(cloud))
    spare = {"InputAttachmentName": "spare", "InputId": live_channels.two_flows(cloud)}
    asked["InputAttachments"].append(spare)
    identifier = media.create_channel(**asked)["Channel"]["Id"]
    until(lambda: live_channels.state(cloud, identifier) == "IDLE")
    live_channels.start(cloud, identifier)

    def taken() -> set[str]:
        details = media.describe_channel(ChannelId=identifier)["PipelineDetails"]
        return {one["ActiveInputAttachmentName"] for one in details}

    def switch(name: str, attachment: str) -> None:
        action = {
            "ActionName": name,
            "ScheduleActionStartSettings": {"ImmediateModeScheduleActionStartSettings": {}},
            "ScheduleActionSettings": {"InputSwitchSettings": {"InputAttachmentNameReference": attachment}},
        }
        media.batch_update_schedule(ChannelId=identifier, Creates={"ScheduleActions": [action]})

    name = f"switch-{uuid.uuid4().hex[:6]}"
    url, arn = cloud.queue(name)
    pattern = {"source": ["aws.medialive"], "detail-type": ["MediaLive Channel Input Change"]}
    cloud.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    assert taken() == {"feeds"}, "the first one"
    switch("to-spare", "spare")
    assert taken() == {"spare"}
    told = [json.loads(cloud.receive(url)["Body"])["detail"] for _ in range(2)]
    cloud.client("events").remove_targets(Rule=name, Ids=["queue"])
    assert {one["pipeline"] for one in told} == {"0", "1"}
    assert {one["active_input_attachment_name"] for one in told} == {"spare"}
    assert {one["active_input_switch_action_name"] for one in told} == {"to-spare"}
    with pytest.raises(ClientError, match="UnprocessableEntityException"):
        switch("to-nothing", "nothing")
    live_channels.stop(cloud, identifier)
    media.delete_channel(ChannelId=identifier)


@pytest.mark.contract(
    "An idle channel's class can be changed, together with its destinations",
    source="https://docs.aws.amazon.com/medialive/latest/apireference/channels-channelid-channelclass.html",
)
def test_the_class_of_a_channel_is_changed(cloud: RunningCloud) -> None:
    media = cloud.client("medialive")
    identifier = live_channels.created(cloud)
    destinations = media.describe_channel(ChannelId=identifier)["Destinations"]
    with pytest.raises(ClientError, match="UnprocessableEntityException"):
        media.update_channel_class(ChannelId=identifier, ChannelClass="SINGLE_PIPELINE")
    destinations[0]["Settings"].pop()
    media.update_channel_class(ChannelId=identifier, ChannelClass="SINGLE_PIPELINE", Destinations=destinations)
    until(lambda: live_channels.state(cloud, identifier) == "IDLE")
    live_channels.start(cloud, identifier)
    shown = media.describe_channel(ChannelId=identifier)
    assert (shown["ChannelClass"], shown["PipelinesRunningCount"]) == ("SINGLE_PIPELINE", 1)
    action = {
        "ActionName": "pause",
        "ScheduleActionStartSettings": {"ImmediateModeScheduleActionStartSettings": {}},
        "ScheduleActionSettings": {"PauseStateSettings": {"Pipelines": [{"PipelineId": "PIPELINE_1"}]}},
    }
    with pytest.raises(ClientError, match="UnprocessableEntityException"):
        media.batch_update_schedule(ChannelId=identifier, Creates={"ScheduleActions": [action]})
    live_channels.stop(cloud, identifier)
    media.delete_channel(ChannelId=identifier)


def stop_an_idle_channel(cloud: RunningCloud) -> Any:
    return cloud.client("medialive").stop_channel(ChannelId=live_channels.created(cloud))


def delete_an_attached_input(cloud: RunningCloud) -> Any:
    held = live_channels.two_flows(cloud)
    live_channels.created(cloud, input_id=held)
    return cloud.client("medialive").delete_input(InputId=held)


def attach_twice(cloud: RunningCloud) -> Any:
    held = live_channels.two_flows(cloud)
    live_channels.created(cloud, input_id=held)
    return live_channels.created(cloud, input_id=held)


def delete_a_used_group(cloud: RunningCloud) -> Any:
    media = cloud.client("medialive")
    group = media.create_input_security_group(WhitelistRules=[{"Cidr": "203.0.113.0/24"}])["SecurityGroup"]["Id"]
    media.create_input(
        Name="push",
        Type="RTP_PUSH",
        InputSecurityGroups=[group],
        Destinations=[{"StreamName": "a"}, {"StreamName": "b"}],
    )
    return media.delete_input_security_group(InputSecurityGroupId=group)


CASES = [
    refused("Stopping a channel that is idle", stop_an_idle_channel, CONFLICT, "IDLE", API, WORDS),
    refused("Deleting an input that a channel has", delete_an_attached_input, CONFLICT, "attached", INPUTS, WORDS),
    refused(
        "Attaching a pushed input to a second channel",
        attach_twice,
        CONFLICT,
        "is already attached",
        API,
        "reported in aws-cloudformation/cloudformation-coverage-roadmap#2080",
    ),
    refused(
        "Deleting an input security group that an input has",
        delete_a_used_group,
        "BadRequestException",
        "in use",
        "medialive/latest/apireference/inputsecuritygroups-inputsecuritygroupid.html",
        WORDS,
    ),
    refused(
        "A channel that there is not",
        lambda cloud: cloud.client("medialive").describe_channel(ChannelId="1"),
        "NotFoundException",
        "1",
        API,
        WORDS,
    ),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_medialive_refuses(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)
