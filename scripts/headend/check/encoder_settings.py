"""Encoder settings of a live channel, checked in four steps: a later one only looks at what the earlier ones let pass.

1. botocore's model of MediaLive: keys, kinds of values, enumerations, ranges.
2. The registry schema of AWS::MediaLive::Channel, by which CloudFormation reads a template.
3. MediaLive's own rules, those by which the local cloud refuses a channel.
4. The rules for two Regions, see encoder_rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headend.check.encoder_rules import RULES, Kind, Settings
from headend.check.shapes import Fault, faults, shape
from headend.config_errors import ConfigError
from headend.config_live_ladder import FrameRate, Ladder
from headend.live_ladder_files import CMAF, DESTINATION, HLS, PIPELINES, files
from headend.strict_yaml import Place

Json = dict[str, Any]
REGION = "us-east-1"
"""Whose registry schema is read: it has every type."""
_URLS: dict[Kind, str] = {"hls": "s3ssl://bucket/live/{}", "cmaf": "https://{}.ingest.example/live/index"}


def check(encoder: Any, kind: Kind, input_rate: FrameRate | None = None) -> list[Fault]:
    """What is wrong with encoder settings for a kind of origin, without those that follow from others."""
    found = list(faults(encoder, shape("medialive", "EncoderSettings")))
    found += [one for one in _registry(encoder) if one.place not in {known.place for known in found}]
    if found:
        return found
    if found := list(_own_rules(encoder, kind)):
        return found
    given = Settings(encoder, kind, input_rate)
    return [one for rule in RULES for one in rule(given)]


def check_file(path: Path, kind: Kind, input_rate: FrameRate | None = None) -> None:
    """Raise ConfigError, one line for each fault, where a file of encoder settings is not to be deployed."""
    try:
        encoder = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file"]) from None
    except ValueError as error:
        raise ConfigError([f"{path}: is no JSON ({error})"]) from None
    if found := check(encoder, kind, input_rate):
        raise ConfigError([f"{path}: {one}" for one in found])


def check_ladder(ladder: Ladder) -> None:
    """The same for all that a ladder becomes."""
    made = files(ladder)
    rate = ladder.input_frame_rate or ladder.frame_rate
    kinds: dict[str, Kind] = {HLS: "hls", CMAF: "cmaf"}
    found = [f"{name}: {one}" for name, kind in kinds.items() for one in check(json.loads(made[name]), kind, rate)]
    if found:
        raise ConfigError(found)


def _registry(encoder: Any) -> Iterator[Fault]:
    from headend.localcloud.cloudcontrol.registry import problems, schema_of

    schema = schema_of("AWS::MediaLive::Channel", REGION)
    for text in problems(schema or {}, {"EncoderSettings": encoder}):
        pointer, _, message = text.partition(": ")
        place: Place = tuple(int(part) if part.isdigit() else part for part in pointer.split("/")[2:])
        if unknown := re.fullmatch(r"extraneous key \[(.+)\] is not permitted", message):
            yield Fault((*place, unknown[1]), "CloudFormation does not know this key")
        elif missing := re.fullmatch(r"required key \[(.+)\] not found", message):
            yield Fault((*place, missing[1]), "missing; add it")
        else:
            yield Fault(place, message)


def _own_rules(encoder: Json, kind: Kind) -> Iterator[Fault]:
    from headend.localcloud.medialive.channel_rules import channel_problems

    channel = {
        "ChannelClass": "STANDARD",
        "Destinations": [{"Id": DESTINATION, "Settings": [{"Url": _URLS[kind].format(base)} for base in PIPELINES]}],
        "EncoderSettings": encoder,
        "InputAttachments": [{"InputAttachmentName": "feeds", "InputId": "1"}],
        "InputSpecification": {"Codec": "AVC"},
        "Name": "live",
        "RoleArn": "arn:aws:iam::123456789012:role/live",
    }
    for problem in channel_problems(channel, None):
        parts = problem.path.split("/")[1:]
        place: Place = tuple(int(part) if part.isdigit() else part[:1].upper() + part[1:] for part in parts)
        yield Fault(place, problem.message)
