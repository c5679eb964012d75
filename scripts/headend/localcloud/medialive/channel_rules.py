"""What MediaLive refuses in a channel or an input beyond what its model says: one check for each rule.

Places are on the wire's names, as in MediaLive's `validationErrors`. What MediaLive accepts and then cannot do (it
"stops the attempt to lock") is accepted here too.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/channel-class.html (pipelines and destinations),
https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-verify-input.html (locking),
https://docs.aws.amazon.com/medialive/latest/ug/hls-destinations.html (paths, name modifiers),
https://docs.aws.amazon.com/medialive/latest/ug/creating-input-mediaconnect.html (flows in different zones)
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from headend.localcloud.cloudcontrol.model_problems import Problem

Json = dict[str, Any]
SINGLE = "SINGLE_PIPELINE"
STANDARD = "STANDARD"
REQUIRED = ("Destinations", "EncoderSettings", "InputAttachments", "InputSpecification")
FLOWS = 2
ENCODER = "encoderSettings"


class KnownInput(Protocol):
    """What the rules ask of an input. `class_` is SINGLE or STANDARD, `settings` what was asked for."""

    id: Any
    type: Any
    settings: Json

    @property
    def class_(self) -> str:
        """Its class."""


Inputs = Mapping[str, KnownInput] | None
"""Inputs by id; None when nothing is known of them: then they are not looked at."""


def channel_problems(channel: Json, inputs: Inputs) -> Iterator[Problem]:
    """What is wrong with a channel, given the Region's inputs."""
    missing = [name for name in REQUIRED if not channel.get(name)]
    if missing:
        yield from (Problem(_lower(name), "is required") for name in missing)
        return
    yield from _destinations(channel)
    yield from _attachments(channel, inputs)
    yield from _encodes(channel)
    yield from _frame_rates(channel)
    yield from _output_groups(channel)
    yield from _locking(channel, inputs)


def input_problems(
    asked: Json, kind: str, groups: Iterable[str], zone_of: Callable[[str], str | None]
) -> Iterator[Problem]:
    """What is wrong with an input of a type. `groups` are the security groups' ids, `zone_of` tells a flow's zone."""
    flows = [str(flow.get("FlowArn")) for flow in asked.get("MediaConnectFlows") or []]
    sources = asked.get("Sources") or []
    if kind == "MEDIACONNECT":
        yield from _flows(flows, asked, zone_of)
    elif flows:
        yield Problem("mediaConnectFlows", f"an input of type {kind} takes no MediaConnect flows")
    if kind in ("URL_PULL", "MP4_FILE", "TS_FILE", "RTMP_PULL"):
        if not 1 <= len(sources) <= FLOWS:
            yield Problem("sources", f"an input of type {kind} needs one or two sources, it has {len(sources)}")
    elif sources:
        yield Problem("sources", f"an input of type {kind} takes no sources")
    if kind in ("RTP_PUSH", "RTMP_PUSH", "UDP_PUSH") and not asked.get("Vpc") and not asked.get("InputSecurityGroups"):
        yield Problem("inputSecurityGroups", f"a public input of type {kind} needs an input security group")
    known = set(groups)
    for number, group in enumerate(asked.get("InputSecurityGroups") or []):
        if group not in known:
            yield Problem(f"inputSecurityGroups/{number}", f"there is no input security group {group}")


def whitelist_problems(rules: Iterable[Json]) -> Iterator[Problem]:
    """What is wrong with the rules of an input security group."""
    for number, rule in enumerate(rules):
        try:
            ipaddress.ip_network(str(rule.get("Cidr")))
        except ValueError:
            yield Problem(f"whitelistRules/{number}/cidr", f"{rule.get('Cidr')!r} is not a CIDR block")


def _flows(flows: list[str], asked: Json, zone_of: Callable[[str], str | None]) -> Iterator[Problem]:
    if not 1 <= len(flows) <= FLOWS:
        yield Problem("mediaConnectFlows", f"one or two flows are needed, there are {len(flows)}")
    if not asked.get("RoleArn"):
        yield Problem("roleArn", "is required for an input of type MEDIACONNECT")
    zones = []
    for number, flow in enumerate(flows):
        zone = zone_of(flow)
        if zone is None:
            yield Problem(f"mediaConnectFlows/{number}/flowArn", f"there is no flow {flow}")
        zones.append(zone)
    if len(flows) == FLOWS and zones[0] and zones[0] == zones[1]:
        yield Problem(
            "mediaConnectFlows", f"both flows are in {zones[0]}: they must be in different Availability Zones"
        )


# Channels


def _groups(channel: Json) -> list[tuple[str, str, Json, Json]]:
    """(place, kind as in HlsGroupSettings, settings, group) of each output group."""
    found = []
    for number, group in enumerate(channel["EncoderSettings"].get("OutputGroups") or []):
        for kind, settings in (group.get("OutputGroupSettings") or {}).items():
            if settings is not None:
                found.append((f"{ENCODER}/outputGroups/{number}", kind, settings, group))
    return found


def _destinations(channel: Json) -> Iterator[Problem]:
    identifiers = [str(one.get("Id")) for one in channel["Destinations"]]
    for name in _repeated(identifiers):
        yield Problem("destinations", f"the id {name} is used more than once")
    pipelines = 1 if channel.get("ChannelClass") == SINGLE else 2
    class_ = channel.get("ChannelClass") or STANDARD
    for number, destination in enumerate(channel["Destinations"]):
        for kind in ("Settings", "SrtSettings"):
            held = destination.get(kind) or []
            if held and len(held) != pipelines:
                message = f"a channel of class {class_} needs {pipelines} {_lower(kind)}, there are {len(held)}"
                yield Problem(f"destinations/{number}/{_lower(kind)}", message)
        urls = [str(one.get("Url")) for one in destination.get("Settings") or [] if one.get("Url")]
        for url in _repeated(urls):
            yield Problem(f"destinations/{number}/settings", f"both pipelines would write to {url}")
        for pipeline, url in enumerate(urls):
            if url.partition("://")[0] not in SCHEMES or not url.partition("://")[2]:
                where = f"destinations/{number}/settings/{pipeline}/url"
                yield Problem(where, f"{url!r} is no URL with one of {', '.join(sorted(SCHEMES))}")
    for place, kind, settings, _ in _groups(channel):
        reference = (settings.get("Destination") or {}).get("DestinationRefId")
        if "Destination" in settings and reference not in identifiers:
            where = f"{place}/outputGroupSettings/{_lower(kind)}/destination/destinationRefId"
            yield Problem(where, f"there is no destination {reference}")


SCHEMES = frozenset({"http", "https", "mediastoressl", "rtmp", "rtmps", "rtp", "s3", "s3ssl", "srt", "udp"})
"""What the URL of a destination begins with."""


def _attachments(channel: Json, inputs: Inputs) -> Iterator[Problem]:
    attachments = channel["InputAttachments"]
    for name in _repeated([str(one.get("InputAttachmentName")) for one in attachments]):
        yield Problem("inputAttachments", f"the name {name} is used more than once")
    for number, one in enumerate(attachments if inputs is not None else []):
        place = f"inputAttachments/{number}/inputId"
        held = (inputs or {}).get(str(one.get("InputId")))
        if held is None:
            yield Problem(place, f"there is no input {one.get('InputId')}")
        elif (channel.get("ChannelClass") or STANDARD) == STANDARD and held.class_ == SINGLE and held.type in PAIRED:
            message = f"the input {held.id} has one pipeline: a channel of class STANDARD needs an input with two"
            yield Problem(place, message)


PAIRED = frozenset({"MEDIACONNECT", "RTP_PUSH", "RTMP_PUSH", "UDP_PUSH"})
"""Types of inputs that need a source for each pipeline of a standard channel; a file or URL may serve both."""


def _encodes(channel: Json) -> Iterator[Problem]:
    encoder = channel["EncoderSettings"]
    named: dict[str, set[str]] = {}
    for kind in ("VideoDescriptions", "AudioDescriptions", "CaptionDescriptions"):
        names = [str(one.get("Name")) for one in encoder.get(kind) or []]
        named[kind] = set(names)
        for name in _repeated(names):
            yield Problem(f"{ENCODER}/{_lower(kind)}", f"the name {name} is used more than once")
    for group_number, group in enumerate(encoder.get("OutputGroups") or []):
        for number, output in enumerate(group.get("Outputs") or []):
            place = f"{ENCODER}/outputGroups/{group_number}/outputs/{number}"
            video = output.get("VideoDescriptionName")
            if video and video not in named["VideoDescriptions"]:
                text = f"there is no video description {video}; {_there_are(named['VideoDescriptions'])}"
                yield Problem(f"{place}/videoDescriptionName", text)
            for kind, member in (("Audio", "AudioDescriptionNames"), ("Caption", "CaptionDescriptionNames")):
                for name in output.get(member) or []:
                    if name not in (there := named[f"{kind}Descriptions"]):
                        text = f"there is no {kind.lower()} description {name}; {_there_are(there)}"
                        yield Problem(f"{place}/{_lower(member)}", text)
            if not (video or output.get("AudioDescriptionNames") or output.get("CaptionDescriptionNames")):
                yield Problem(place, "an output needs a video, audio or caption description")


def _frame_rates(channel: Json) -> Iterator[Problem]:
    for number, video in enumerate(channel["EncoderSettings"].get("VideoDescriptions") or []):
        for codec, settings in (video.get("CodecSettings") or {}).items():
            place = f"{ENCODER}/videoDescriptions/{number}/codecSettings/{_lower(codec)}"
            if not isinstance(settings, Mapping):
                continue
            if settings.get("FramerateControl") == "SPECIFIED":
                for name in ("FramerateNumerator", "FramerateDenominator"):
                    if not settings.get(name):
                        yield Problem(f"{place}/{_lower(name)}", "is required when framerateControl is SPECIFIED")
            if settings.get("GopSize") is not None and settings["GopSize"] <= 0:
                yield Problem(f"{place}/gopSize", "must be greater than 0")
            most, bit_rate = settings.get("MaxBitrate"), settings.get("Bitrate")
            if settings.get("RateControlMode") == "VBR" and most and bit_rate and most < bit_rate:
                yield Problem(f"{place}/maxBitrate", f"{most} is less than the bitrate {bit_rate}")


OUTPUT_SETTINGS = {
    "ArchiveGroupSettings": "ArchiveOutputSettings",
    "CmafIngestGroupSettings": "CmafIngestOutputSettings",
    "FrameCaptureGroupSettings": "FrameCaptureOutputSettings",
    "HlsGroupSettings": "HlsOutputSettings",
    "MediaConnectRouterGroupSettings": "MediaConnectRouterOutputSettings",
    "MediaPackageGroupSettings": "MediaPackageOutputSettings",
    "MsSmoothGroupSettings": "MsSmoothOutputSettings",
    "MultiplexGroupSettings": "MultiplexOutputSettings",
    "RtmpGroupSettings": "RtmpOutputSettings",
    "SrtGroupSettings": "SrtOutputSettings",
    "UdpGroupSettings": "UdpOutputSettings",
}


def _output_groups(channel: Json) -> Iterator[Problem]:
    encoder = channel["EncoderSettings"]
    if not encoder.get("OutputGroups"):
        yield Problem(f"{ENCODER}/outputGroups", "a channel needs at least one output group")
    names = [str(one["Name"]) for one in encoder.get("OutputGroups") or [] if one.get("Name")]
    for name in _repeated(names):
        yield Problem(f"{ENCODER}/outputGroups", f"the name {name} is used more than once")
    output_names: list[str] = []
    kinds: Counter[str] = Counter()
    for place, kind, settings, group in _groups(channel):
        kinds[place] += 1
        if kind == "HlsGroupSettings" and settings.get("HlsCdnSettings") == {}:
            where = f"{place}/outputGroupSettings/hlsGroupSettings/hlsCdnSettings"
            yield Problem(where, "must hold the settings of one way to send, such as HlsS3Settings")
        modifiers = []
        for number, output in enumerate(group.get("Outputs") or []):
            output_names += [str(output["OutputName"])] if output.get("OutputName") else []
            held = output.get("OutputSettings") or {}
            wanted = OUTPUT_SETTINGS[kind]
            if held.get(wanted) is None:
                yield Problem(f"{place}/outputs/{number}/outputSettings", f"must hold {_lower(wanted)}")
                continue
            modifier = held[wanted].get("NameModifier") if isinstance(held[wanted], Mapping) else None
            modifiers.append(str(modifier or ""))
            if kind == "HlsGroupSettings" and not modifier and len(group["Outputs"]) > 1:
                where = f"{place}/outputs/{number}/outputSettings/hlsOutputSettings/nameModifier"
                yield Problem(where, "is required where an HLS output group has several outputs")
        if kind in ("HlsGroupSettings", "CmafIngestGroupSettings"):
            for modifier in _repeated([one for one in modifiers if one or kind == "CmafIngestGroupSettings"]):
                text = f"the name modifier {modifier!r} is used more than once; give each output its own"
                yield Problem(f"{place}/outputs", text)
        if not group.get("Outputs"):
            yield Problem(f"{place}/outputs", "an output group needs at least one output")
    for place, count in kinds.items():
        if count > 1:
            yield Problem(f"{place}/outputGroupSettings", "must hold the settings of one kind of output group")
    for name in _repeated(output_names):
        yield Problem(f"{ENCODER}/outputGroups", f"the output name {name} is used more than once")


def _locking(channel: Json, inputs: Inputs) -> Iterator[Problem]:
    encoder = channel["EncoderSettings"]
    settings = encoder.get("GlobalConfiguration") or {}
    mode = settings.get("OutputLockingMode")
    held = [name for name, value in (settings.get("OutputLockingSettings") or {}).items() if value is not None]
    fitting = {"EPOCH_LOCKING": "EpochLockingSettings", "PIPELINE_LOCKING": "PipelineLockingSettings"}
    for name in held:
        if name != fitting.get(str(mode or "PIPELINE_LOCKING"), "DisabledLockingSettings"):
            place = f"{ENCODER}/globalConfiguration/outputLockingSettings"
            yield Problem(place, f"{_lower(name)} does not fit {mode}; delete it")
    if mode != "EPOCH_LOCKING":
        return
    for number, one in enumerate(channel["InputAttachments"]):
        found = (inputs or {}).get(str(one.get("InputId")))
        urls = [str(source.get("Url")) for source in (found.settings.get("Sources") or [])] if found else []
        if found and found.type == "URL_PULL" and any(url.partition("?")[0].endswith(".m3u8") for url in urls):
            yield Problem(f"inputAttachments/{number}", "an HLS input cannot be locked to the epoch")
    for group, kind, hls, _ in _groups(channel):
        if kind == "HlsGroupSettings" and hls.get("AdMarkers"):
            where = f"{group}/outputGroupSettings/hlsGroupSettings/adMarkers"
            yield Problem(where, "SCTE-35 ad markers do not go with HLS and EPOCH_LOCKING; delete them")


def _there_are(names: Iterable[str]) -> str:
    return f"there are {', '.join(sorted(names)) or 'none'}"


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
