"""What MediaLive refuses in channels and inputs: each rule with its place in the request."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

import live_channels
from contract.rejection import unchecked
from running_cloud import RunningCloud

GUIDE = "medialive/latest/ug/"
API = "medialive/latest/apireference/channels.html"
CLASSES = f"{GUIDE}channel-class.html"
LOCKING = f"{GUIDE}pipeline-locking-verify-input.html"
NAMES = f"{GUIDE}hls-destinations-design-step.html"
FLOWS = f"{GUIDE}creating-input-mediaconnect.html"
WORDS = "AWS's words are not published; the codes are"
BAD = "BadRequestException"
UNPROCESSABLE = "UnprocessableEntityException"
Json = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def quickly(cloud: RunningCloud) -> None:
    live_channels.hurry(cloud)


@pytest.fixture(scope="module")
def given(cloud: RunningCloud) -> Json:
    """What a good channel asks for."""
    return live_channels.channel(cloud, live_channels.two_flows(cloud))


def encoder(asked: Json) -> Json:
    found: Json = asked["EncoderSettings"]
    return found


def group(asked: Json) -> Json:
    found: Json = encoder(asked)["OutputGroups"][0]
    return found


def h264(asked: Json) -> Json:
    found: Json = encoder(asked)["VideoDescriptions"][0]["CodecSettings"]["H264Settings"]
    return found


def one_url(asked: Json) -> None:
    asked["Destinations"][0]["Settings"].pop()


def same_url(asked: Json) -> None:
    settings = asked["Destinations"][0]["Settings"]
    settings[1] = dict(settings[0])


def two_urls_for_one_pipeline(asked: Json) -> None:
    asked["ChannelClass"] = "SINGLE_PIPELINE"


def unknown_destination(asked: Json) -> None:
    group(asked)["OutputGroupSettings"]["HlsGroupSettings"]["Destination"]["DestinationRefId"] = "nowhere"


def unknown_video(asked: Json) -> None:
    group(asked)["Outputs"][0]["VideoDescriptionName"] = "nothing"


def unknown_audio(asked: Json) -> None:
    group(asked)["Outputs"][0]["AudioDescriptionNames"] = ["nothing"]


def same_modifier(asked: Json) -> None:
    for output in group(asked)["Outputs"]:
        output["OutputSettings"]["HlsOutputSettings"]["NameModifier"] = "_same"


def no_modifier(asked: Json) -> None:
    del group(asked)["Outputs"][1]["OutputSettings"]["HlsOutputSettings"]["NameModifier"]


def foreign_settings(asked: Json) -> None:
    group(asked)["Outputs"][0]["OutputSettings"] = {"CmafIngestOutputSettings": {"NameModifier": "_x"}}


def no_numerator(asked: Json) -> None:
    del h264(asked)["FramerateNumerator"]


def ad_markers(asked: Json) -> None:
    group(asked)["OutputGroupSettings"]["HlsGroupSettings"]["AdMarkers"] = ["ELEMENTAL_SCTE35"]


def wrong_locking_settings(asked: Json) -> None:
    encoder(asked)["GlobalConfiguration"]["OutputLockingSettings"] = {"PipelineLockingSettings": {}}


def no_way_to_send(asked: Json) -> None:
    group(asked)["OutputGroupSettings"]["HlsGroupSettings"]["HlsCdnSettings"] = {}


def no_url(asked: Json) -> None:
    asked["Destinations"][0]["Settings"][1]["Url"] = "live-bucket/backup/index"


def no_groups(asked: Json) -> None:
    encoder(asked)["OutputGroups"] = []


def unknown_input(asked: Json) -> None:
    asked["InputAttachments"][0]["InputId"] = "1"


Change = Callable[[Json], None]
CASES: list[tuple[str, Change, str, str]] = [
    ("One URL for a channel of two pipelines", one_url, "/destinations/0/settings", CLASSES),
    ("Two URLs for a channel of one pipeline", two_urls_for_one_pipeline, "/destinations/0/settings", CLASSES),
    ("Both pipelines writing to the same URL", same_url, "/destinations/0/settings", CLASSES),
    (
        "An output group without its destination",
        unknown_destination,
        "/encoderSettings/outputGroups/0/outputGroupSettings/hlsGroupSettings/destination/destinationRefId",
        API,
    ),
    ("A video description that there is not", unknown_video, "/outputs/0/videoDescriptionName", API),
    ("An audio description that there is not", unknown_audio, "/outputs/0/audioDescriptionNames", API),
    ("One name modifier for two outputs", same_modifier, "/encoderSettings/outputGroups/0/outputs", NAMES),
    ("Several HLS outputs, one without a name modifier", no_modifier, "/hlsOutputSettings/nameModifier", NAMES),
    ("An output with the settings of another kind of group", foreign_settings, "/outputs/0/outputSettings", API),
    ("A specified frame rate without a numerator", no_numerator, "/h264Settings/framerateNumerator", API),
    ("SCTE-35 ad markers in an HLS group that is locked to the epoch", ad_markers, "/adMarkers", LOCKING),
    ("Settings of another way of locking", wrong_locking_settings, "/outputLockingSettings", API),
    ("HLS without a way to send it", no_way_to_send, "/hlsGroupSettings/hlsCdnSettings", NAMES),
    ("A destination that is no URL", no_url, "/destinations/0/settings/1/url", NAMES),
    ("A channel without output groups", no_groups, "/encoderSettings/outputGroups", API),
    ("An input that there is not", unknown_input, "/inputAttachments/0/inputId", API),
]


def marked(behaviour: str, source: str, *values: Any) -> Any:
    mark = pytest.mark.contract(behaviour, source=f"https://docs.aws.amazon.com/{source}", limits=WORDS)
    return pytest.param(*values, marks=mark, id=behaviour.replace(" ", "-"))


@pytest.mark.parametrize(
    ("change", "place"), [marked(behaviour, source, change, place) for behaviour, change, place, source in CASES]
)
def test_a_channel_is_refused_with_the_place(cloud: RunningCloud, given: Json, change: Change, place: str) -> None:
    asked = copy.deepcopy(given)
    change(asked)
    with pytest.raises(ClientError) as raised:
        cloud.client("medialive").create_channel(**asked)
    answer = raised.value.response
    assert answer["Error"]["Code"] == UNPROCESSABLE
    places = [one["ElementPath"] for one in answer["ValidationErrors"]]
    assert any(one.endswith(place) for one in places), answer["ValidationErrors"]


@pytest.mark.contract(
    "A good channel of either kind of output is accepted",
    source=f"https://docs.aws.amazon.com/{API}",
)
@pytest.mark.parametrize("kind", ["hls", "cmaf"])
def test_a_good_channel_is_accepted(cloud: RunningCloud, kind: str) -> None:
    identifier = live_channels.created(cloud, kind=kind)
    shown = cloud.client("medialive").describe_channel(ChannelId=identifier)
    assert shown["EncoderSettings"]["GlobalConfiguration"]["OutputLockingMode"] == "EPOCH_LOCKING"
    cloud.client("medialive").delete_channel(ChannelId=identifier)


def unknown_mode(asked: Json) -> None:
    encoder(asked)["GlobalConfiguration"]["OutputLockingMode"] = "EPOCH_LOKING"


def long_segment(asked: Json) -> None:
    group(asked)["OutputGroupSettings"]["HlsGroupSettings"]["SegmentLength"] = 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        marked("A value that an enumeration has not", API, unknown_mode, "EPOCH_LOKING"),
        marked("A number that is too small", API, long_segment, "segmentLength"),
    ],
)
def test_what_the_model_forbids_is_a_bad_request(cloud: RunningCloud, given: Json, change: Change, says: str) -> None:
    asked = copy.deepcopy(given)
    change(asked)
    with pytest.raises(ClientError) as raised:
        unchecked(cloud, "medialive").create_channel(**asked)
    assert raised.value.response["Error"]["Code"] == BAD
    assert says in raised.value.response["Error"]["Message"]


def same_zone(cloud: RunningCloud) -> Any:
    return live_channels.input_over(cloud, live_channels.flow(cloud, "a"), live_channels.flow(cloud, "a"))


def three_flows(cloud: RunningCloud) -> Any:
    return live_channels.input_over(cloud, *(live_channels.flow(cloud, zone) for zone in "abc"))


def no_such_flow(cloud: RunningCloud) -> Any:
    return live_channels.input_over(cloud, "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-a-b:none")


def mistrusted_role(cloud: RunningCloud) -> Any:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    role = cloud.role("no-medialive", trust=trust)
    return live_channels.input_over(cloud, live_channels.flow(cloud, "a"), RoleArn=role)


def no_cidr(cloud: RunningCloud) -> Any:
    return cloud.client("medialive").create_input_security_group(WhitelistRules=[{"Cidr": "anyone"}])


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        marked("Two flows of one Availability Zone", FLOWS, same_zone, "different Availability Zones"),
        marked("Three flows", FLOWS, three_flows, "one or two flows"),
        marked("A flow that there is not", FLOWS, no_such_flow, "no flow"),
        marked(
            "A role that does not trust MediaLive",
            f"{GUIDE}trusted-entity-requirements.html",
            mistrusted_role,
            "no-medialive",
        ),
        marked(
            "A whitelist rule that is no CIDR block", f"{GUIDE}working-with-input-security-groups.html", no_cidr, "CIDR"
        ),
    ],
)
def test_an_input_is_refused(cloud: RunningCloud, ask: Callable[[RunningCloud], Any], says: str) -> None:
    with pytest.raises(ClientError) as raised:
        ask(cloud)
    assert raised.value.response["Error"]["Code"] == BAD
    assert says in raised.value.response["Error"]["Message"]


@pytest.mark.contract(
    "A channel of class STANDARD needs an input with a source for each pipeline",
    source=f"https://docs.aws.amazon.com/{CLASSES}",
    limits=WORDS,
)
def test_a_standard_channel_needs_two_flows(cloud: RunningCloud) -> None:
    held = live_channels.input_over(cloud, live_channels.flow(cloud, "a"))
    assert cloud.client("medialive").describe_input(InputId=held)["InputClass"] == "SINGLE_PIPELINE"
    with pytest.raises(ClientError) as raised:
        cloud.client("medialive").create_channel(**live_channels.channel(cloud, held))
    places = [one["ElementPath"] for one in raised.value.response["ValidationErrors"]]
    assert places == ["/inputAttachments/0/inputId"]
