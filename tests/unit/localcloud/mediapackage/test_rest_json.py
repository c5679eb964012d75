"""Requests checked against botocore's models, and answers with the wire's names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from headend.localcloud.cloudcontrol.model_problems import known, operation_model, problems
from headend.localcloud.cloudcontrol.rest_json import on_the_wire


def found(service: str, operation: str, parameters: dict[str, Any], *, wire: bool = False) -> list[str]:
    shape = operation_model(service, operation).input_shape
    return [str(one) for one in problems(shape, parameters, wire=wire)]


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({}, "ChannelGroupName: is required"),
        ({"ChannelGroupName": "a b"}, "does not match"),
        ({"ChannelGroupName": "a" * 300}, "at most 256 characters"),
        ({"ChannelGroupName": 5}, "expected a string"),
        ({"ChannelGroupName": "a", "Description": "x" * 2000}, "at most 1024 characters"),
    ],
)
def test_what_a_model_forbids_is_told(parameters: dict[str, Any], says: str) -> None:
    assert says in "; ".join(found("mediapackagev2", "CreateChannelGroup", parameters))


def channel(**hls: Any) -> dict[str, Any]:
    settings = {"HlsGroupSettings": {"Destination": {"DestinationRefId": "a"}, **hls}}
    encoder = {
        "AudioDescriptions": [],
        "OutputGroups": [{"Outputs": [], "OutputGroupSettings": settings}],
        "TimecodeConfig": {"Source": "EMBEDDED"},
        "VideoDescriptions": [],
    }
    return {"EncoderSettings": encoder}


@pytest.mark.parametrize(
    ("hls", "says"),
    [
        ({"SegmentLength": 0}, "segmentLength: must be at least 1"),
        ({"ProgramDateTimePeriod": 3601}, "programDateTimePeriod: must be at most 3600"),
        ({"ConstantIv": "00"}, "constantIv: must have at least 32 characters"),
        ({"Mode": "SOON"}, "mode: 'SOON' is not one of LIVE, VOD"),
        ({"SegmentLength": True}, "expected an integer"),
    ],
)
def test_media_lives_limits_are_in_the_names_of_its_shapes(hls: dict[str, Any], says: str) -> None:
    told = found("medialive", "CreateChannel", channel(**hls), wire=True)
    assert len(told) == 1
    assert told[0].startswith("encoderSettings/outputGroups/0/outputGroupSettings/hlsGroupSettings/")
    assert says in told[0]


def test_a_good_request_has_no_problems() -> None:
    assert found("medialive", "CreateChannel", channel(SegmentLength=2, ProgramDateTimePeriod=0)) == []


def test_answers_have_the_wires_names_and_nothing_unknown() -> None:
    shape = operation_model("medialive", "DescribeChannel").output_shape
    shown = on_the_wire(shape, {"Id": "1", "State": None, "Secret": 1, "Destinations": [{"Id": "a", "Settings": []}]})
    assert shown == {"id": "1", "destinations": [{"id": "a", "settings": []}]}
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    group = operation_model("mediapackagev2", "GetChannelGroup").output_shape
    assert on_the_wire(group, {"CreatedAt": moment}) == {"CreatedAt": moment.timestamp()}


def test_unknown_members_of_requests_are_dropped() -> None:
    shape = operation_model("mediapackagev2", "CreateChannelGroup").input_shape
    assert known(shape, {"ChannelGroupName": "a", "Else": 1}) == {"ChannelGroupName": "a"}


def test_an_operation_that_there_is_not_is_named() -> None:
    with pytest.raises(NotImplementedError, match="MakeTea"):
        operation_model("medialive", "MakeTea")
