"""Channel groups, channels and origin endpoints of MediaPackage V2 as its API shows them, kept in moto's back end.

Source: https://docs.aws.amazon.com/mediapackage/latest/APIReference/API_GetOriginEndpoint.html
"""

from __future__ import annotations

import copy
import secrets
import string
from datetime import datetime
from typing import Any

from moto.core.common_models import BaseModel
from moto.mediapackagev2.models import Channel, ChannelGroup

Json = dict[str, Any]
HLS_KINDS = ("HlsManifests", "LowLatencyHlsManifests")
MANIFESTS = {
    "DashManifests": "mpd",
    "HlsManifests": "m3u8",
    "LowLatencyHlsManifests": "m3u8",
    "MssManifests": "ism/Manifest",
}
"""Kind of manifest → extension of its URL."""
SEGMENT: Json = {
    "IncludeIframeOnlyStreams": False,
    "SegmentDurationSeconds": 6,
    "SegmentName": "segment",
    "TsIncludeDvbSubtitles": False,
    "TsUseAudioRenditionGroup": False,
}
STARTOVER_SECONDS = 900
WINDOW_SECONDS = 60
"""What MediaPackage fills in where nothing is asked for."""


class _Dated:
    """Times and the entity tag of what can be changed."""

    def __init__(self, now: datetime) -> None:
        self.created = now
        self.changed(now)

    def changed(self, now: datetime) -> None:
        """It was changed: another entity tag."""
        self.modified = now
        self.e_tag = secrets.token_hex(5)

    def times(self) -> Json:
        """As the API shows them."""
        return {"CreatedAt": self.created, "ModifiedAt": self.modified, "ETag": self.e_tag}


class LiveGroup(ChannelGroup, _Dated):  # type: ignore[misc]
    """One channel group, with the domain from which its content is fetched."""

    def __init__(self, account: str, region: str, request: Json, now: datetime) -> None:
        _Dated.__init__(self, now)
        self.account_id = account
        self.region = region
        self.channel_group_name: str = request["ChannelGroupName"]
        self.arn = f"arn:aws:mediapackagev2:{region}:{account}:channelGroup/{self.channel_group_name}"
        self.domain = f"{_token()}.egress.{_token()}.mediapackagev2.{region}.amazonaws.com"
        self.description: str = request.get("Description") or ""
        self.tags: dict[str, str] = dict(request.get("Tags") or {})
        self.channels: dict[str, LivePackageChannel] = {}

    def describe(self) -> Json:
        """The group as GetChannelGroup shows it."""
        return {
            "Arn": self.arn,
            "ChannelGroupName": self.channel_group_name,
            "Description": self.description,
            "EgressDomain": self.domain,
            "Tags": dict(self.tags),
            **self.times(),
        }


class LivePackageChannel(Channel, _Dated):  # type: ignore[misc]
    """One channel, with two endpoints that take content in."""

    def __init__(self, group: LiveGroup, request: Json, now: datetime) -> None:
        _Dated.__init__(self, now)
        self.group = group
        self.channel_name: str = request["ChannelName"]
        self.arn = f"{group.arn}/channel/{self.channel_name}"
        self.input_type: str = request.get("InputType") or "HLS"
        self.locking: str | None = None
        if self.input_type == "CMAF":
            self.locking = request.get("OutputLockingMode") or "EPOCH_LOCKED"
        self.settings: Json = {}
        self.change(request)
        self.tags: dict[str, str] = dict(request.get("Tags") or {})
        self.policy = ""
        self.endpoints: dict[str, LiveEndpoint] = {}
        self.reset_at: datetime | None = None

    def change(self, request: Json) -> None:
        """Take over what an update may change."""
        cmaf = self.input_type == "CMAF"
        switch = {"MQCSInputSwitching": False, **(request.get("InputSwitchConfiguration") or {})}
        header = {"PublishMQCS": False, **(request.get("OutputHeaderConfiguration") or {})}
        self.settings = {
            "Description": request.get("Description") or "",
            "InputSwitchConfiguration": switch if cmaf else None,
            "OutputHeaderConfiguration": header if cmaf else None,
        }

    def ingest_url(self, number: str) -> str:
        """Where one of the pipelines (`1`, `2`) sends to."""
        first, _, rest = self.group.domain.partition(".egress.")
        path = f"in/v1/{self.group.channel_group_name}/{number}/{self.channel_name}/index"
        return f"https://{first}-{number}.ingest.{rest}/{path}"

    def describe(self) -> Json:
        """The channel as GetChannel shows it."""
        return {
            **copy.deepcopy(self.settings),
            "Arn": self.arn,
            "ChannelGroupName": self.group.channel_group_name,
            "ChannelName": self.channel_name,
            "IngestEndpoints": [{"Id": number, "Url": self.ingest_url(number)} for number in ("1", "2")],
            "InputType": self.input_type,
            "OutputLockingMode": self.locking,
            "ResetAt": self.reset_at,
            "Tags": dict(self.tags),
            **self.times(),
        }


class LiveEndpoint(BaseModel, _Dated):  # type: ignore[misc]
    """One origin endpoint: the manifests that it offers, and the errors by which it makes others take over."""

    def __init__(self, channel: LivePackageChannel, request: Json, now: datetime) -> None:
        _Dated.__init__(self, now)
        self.channel = channel
        self.name: str = request["OriginEndpointName"]
        self.arn = f"{channel.arn}/originEndpoint/{self.name}"
        self.container: str = request["ContainerType"]
        self.settings: Json = {}
        self.change(request)
        self.tags: dict[str, str] = dict(request.get("Tags") or {})
        self.policy = ""
        self.cdn_auth: Json | None = None
        self.reset_at: datetime | None = None

    def change(self, request: Json) -> None:
        """Take over what an update may change: an update gives all of it."""
        kept = ("DashManifests", "ForceEndpointErrorConfiguration", "MssManifests", "StreamNameOutputMode")
        self.settings = {name: copy.deepcopy(request[name]) for name in kept if request.get(name)}
        for kind in HLS_KINDS:
            if request.get(kind):
                filled = [{"ManifestWindowSeconds": WINDOW_SECONDS, **one} for one in request[kind]]
                self.settings[kind] = copy.deepcopy(filled)
        self.settings |= {
            "Description": request.get("Description") or "",
            "Segment": {**SEGMENT, **(request.get("Segment") or {})},
            "StartoverWindowSeconds": request.get("StartoverWindowSeconds", STARTOVER_SECONDS),
            "UriSeparator": request.get("UriSeparator") or "UNDERSCORE",
        }

    @property
    def errors(self) -> frozenset[str]:
        """The conditions under which its manifests are answered with an error."""
        return frozenset(
            (self.settings.get("ForceEndpointErrorConfiguration") or {}).get("EndpointErrorConditions") or []
        )

    @property
    def url(self) -> str:
        """What the URLs of its manifests begin with."""
        group = self.channel.group
        return f"https://{group.domain}/out/v1/{group.channel_group_name}/{self.channel.channel_name}/{self.name}"

    def manifest_urls(self, kind: str) -> list[str]:
        """The URLs of its manifests of a kind (`HlsManifests`)."""
        extension = MANIFESTS[kind]
        return [f"{self.url}/{one['ManifestName']}.{extension}" for one in self.settings.get(kind) or []]

    def describe(self) -> Json:
        """The endpoint as GetOriginEndpoint shows it."""
        shown = copy.deepcopy(self.settings)
        for kind in MANIFESTS:
            for one, url in zip(shown.get(kind) or [], self.manifest_urls(kind), strict=True):
                one["Url"] = url
        return {
            **shown,
            "Arn": self.arn,
            "ChannelGroupName": self.channel.group.channel_group_name,
            "ChannelName": self.channel.channel_name,
            "ContainerType": self.container,
            "OriginEndpointName": self.name,
            "ResetAt": self.reset_at,
            "Tags": dict(self.tags),
            **self.times(),
        }


def _token() -> str:
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(6))
