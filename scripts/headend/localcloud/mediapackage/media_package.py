"""MediaPackage V2's operations over moto's back end: groups, channels, origin endpoints, policies, tags, refusals.

Sources: https://docs.aws.amazon.com/mediapackage/latest/APIReference/API_Operations.html (operations, errors),
https://docs.aws.amazon.com/mediapackage/latest/userguide/quotas.html (quotas)
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

from moto.mediapackagev2.models import mediapackagev2_backends

from headend.localcloud.app import LocalCloudServer
from headend.localcloud.cloudcontrol.model_problems import known, operation_model, problems
from headend.localcloud.cloudcontrol.rest_json import ServiceError, respond
from headend.localcloud.mediapackage.package_model import LiveEndpoint, LiveGroup, LivePackageChannel
from headend.localcloud.mediapackage.package_rules import (
    Problem,
    channel_problems,
    endpoint_problems,
    policy_problems,
)

GROUPS = 3
CHANNELS = 10
ENDPOINTS = 10
"""Quotas: groups of a Region, channels of a group, endpoints of a channel."""

Json = dict[str, Any]
Tagged = LiveGroup | LivePackageChannel | LiveEndpoint


class MediaPackage:
    """MediaPackage V2 of all Regions. `call` runs one operation; names are those of the API reference.

    `reset` is called when the content of a channel, or of an endpoint, is to be forgotten.
    """

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._lock = threading.RLock()
        self.reset: Callable[[LivePackageChannel | LiveEndpoint], None] = lambda _: None

    def call(self, operation: str, region: str, parameters: Json) -> Json:
        """Run `operation` (`CreateChannel`, …). Raises ServiceError, or NotImplementedError for an unknown one."""
        method: Callable[[str, Json], Json] | None = getattr(self, f"_{_snake(operation)}", None)
        if method is None or operation not in OPERATIONS:
            raise NotImplementedError(f"MediaPackage's {operation} is not implemented")
        shape = operation_model("mediapackagev2", operation).input_shape
        found = next(iter(problems(shape, parameters)), None)
        if found:
            raise _invalid(_kind(found.message), str(found))
        with self._lock:
            return method(region, known(shape, parameters))

    def group(self, region: str, name: str) -> LiveGroup:
        """The group of this name. Raises ServiceError ResourceNotFoundException."""
        held = self._groups(region).get(name)
        if held is None:
            raise _missing("CHANNEL_GROUP", f"channel group {name}")
        return held

    def channel(self, region: str, group: str, name: str) -> LivePackageChannel:
        """The channel of this name. Raises ServiceError ResourceNotFoundException."""
        held = self.group(region, group).channels.get(name)
        if held is None:
            raise _missing("CHANNEL", f"channel {name} of channel group {group}")
        return held

    def endpoint(self, region: str, group: str, channel: str, name: str) -> LiveEndpoint:
        """The origin endpoint of this name. Raises ServiceError ResourceNotFoundException."""
        held = self.channel(region, group, channel).endpoints.get(name)
        if held is None:
            raise _missing("ORIGIN_ENDPOINT", f"origin endpoint {name} of channel {channel}")
        return held

    def by_arn(self, arn: str) -> Tagged | None:
        """What an ARN names; None when there is no such thing."""
        parts = arn.split(":", 5)
        names = parts[5].split("/") if len(parts) == 6 else []
        try:
            match names:
                case ["channelGroup", group]:
                    return self.group(parts[3], group)
                case ["channelGroup", group, "channel", channel]:
                    return self.channel(parts[3], group, channel)
                case ["channelGroup", group, "channel", channel, "originEndpoint", endpoint]:
                    return self.endpoint(parts[3], group, channel, endpoint)
        except (KeyError, NotImplementedError, ServiceError):
            return None
        return None

    def groups(self) -> Iterator[LiveGroup]:
        """All groups of all Regions."""
        with self._lock:
            for _, _, backend in list(mediapackagev2_backends.iter_backends()):
                yield from list(backend.channel_groups.values())

    # Groups

    def _create_channel_group(self, region: str, request: Json) -> Json:
        groups = self._groups(region)
        _check_new(request["ChannelGroupName"], groups, GROUPS, "channel group")
        made = LiveGroup(self._cloud.account_id, region, request, self._cloud.clock.now())
        groups[made.channel_group_name] = made
        return made.describe()

    def _get_channel_group(self, region: str, request: Json) -> Json:
        return self.group(region, request["ChannelGroupName"]).describe()

    def _list_channel_groups(self, region: str, request: Json) -> Json:
        return _page([one.describe() for one in self._groups(region).values()], request)

    def _update_channel_group(self, region: str, request: Json) -> Json:
        held = self.group(region, request["ChannelGroupName"])
        _check_tag(held.e_tag, request)
        held.description = request.get("Description") or ""
        held.changed(self._cloud.clock.now())
        return held.describe()

    def _delete_channel_group(self, region: str, request: Json) -> Json:
        held = self._groups(region).get(request["ChannelGroupName"])
        if held and held.channels:
            raise _in_use("The channel group has channels: delete them first.")
        self._groups(region).pop(request["ChannelGroupName"], None)
        return {}

    # Channels

    def _create_channel(self, region: str, request: Json) -> Json:
        group = self.group(region, request["ChannelGroupName"])
        kind = request.get("InputType") or "HLS"
        if kind == "MULTIVIEW":
            raise NotImplementedError("MediaPackage's multiview channels are not implemented")
        _refuse(channel_problems(request, kind))
        _check_new(request["ChannelName"], group.channels, CHANNELS, "channel")
        made = LivePackageChannel(group, request, self._cloud.clock.now())
        group.channels[made.channel_name] = made
        return made.describe()

    def _get_channel(self, region: str, request: Json) -> Json:
        return self._channel(region, request).describe()

    def _list_channels(self, region: str, request: Json) -> Json:
        group = self.group(region, request["ChannelGroupName"])
        return _page([one.describe() for one in group.channels.values()], request)

    def _update_channel(self, region: str, request: Json) -> Json:
        held = self._channel(region, request)
        _check_tag(held.e_tag, request)
        _refuse(channel_problems(request, held.input_type))
        held.change(request)
        held.changed(self._cloud.clock.now())
        return held.describe()

    def _delete_channel(self, region: str, request: Json) -> Json:
        group = self.group(region, request["ChannelGroupName"])
        held = group.channels.get(request["ChannelName"])
        if held and held.endpoints:
            raise _in_use("The channel has origin endpoints: delete them first.")
        if held:
            self.reset(held)
        group.channels.pop(request["ChannelName"], None)
        return {}

    def _reset_channel_state(self, region: str, request: Json) -> Json:
        held = self._channel(region, request)
        held.reset_at = self._cloud.clock.now()
        self.reset(held)
        return held.describe()

    # Endpoints

    def _create_origin_endpoint(self, region: str, request: Json) -> Json:
        channel = self._channel(region, request)
        _refuse(endpoint_problems(request, channel))
        _check_new(request["OriginEndpointName"], channel.endpoints, ENDPOINTS, "origin endpoint")
        made = LiveEndpoint(channel, request, self._cloud.clock.now())
        channel.endpoints[made.name] = made
        return made.describe()

    def _get_origin_endpoint(self, region: str, request: Json) -> Json:
        return self._endpoint(region, request).describe()

    def _list_origin_endpoints(self, region: str, request: Json) -> Json:
        return _page([one.describe() for one in self._channel(region, request).endpoints.values()], request)

    def _update_origin_endpoint(self, region: str, request: Json) -> Json:
        held = self._endpoint(region, request)
        _check_tag(held.e_tag, request)
        if request["ContainerType"] != held.container:
            raise _invalid("CONTAINER_TYPE_IMMUTABLE", "The container type of an origin endpoint cannot be changed.")
        _refuse(endpoint_problems(request, held.channel))
        held.change(request)
        held.changed(self._cloud.clock.now())
        return held.describe()

    def _delete_origin_endpoint(self, region: str, request: Json) -> Json:
        endpoints = self._channel(region, request).endpoints
        held = endpoints.pop(request["OriginEndpointName"], None)
        if held:
            self.reset(held)
        return {}

    def _reset_origin_endpoint_state(self, region: str, request: Json) -> Json:
        held = self._endpoint(region, request)
        held.reset_at = self._cloud.clock.now()
        self.reset(held)
        return held.describe()

    # Policies

    def _put_channel_policy(self, region: str, request: Json) -> Json:
        return self._put_policy(self._channel(region, request), request)

    def _get_channel_policy(self, region: str, request: Json) -> Json:
        return self._get_policy(self._channel(region, request), request, "CHANNEL_POLICY")

    def _delete_channel_policy(self, region: str, request: Json) -> Json:
        self._channel(region, request).policy = ""
        return {}

    def _put_origin_endpoint_policy(self, region: str, request: Json) -> Json:
        held = self._endpoint(region, request)
        self._put_policy(held, request)
        held.cdn_auth = request.get("CdnAuthConfiguration")
        return {}

    def _get_origin_endpoint_policy(self, region: str, request: Json) -> Json:
        held = self._endpoint(region, request)
        shown = self._get_policy(held, request, "ORIGIN_ENDPOINT_POLICY")
        return {**shown, "OriginEndpointName": held.name, "CdnAuthConfiguration": held.cdn_auth}

    def _delete_origin_endpoint_policy(self, region: str, request: Json) -> Json:
        held = self._endpoint(region, request)
        held.policy, held.cdn_auth = "", None
        return {}

    def _put_policy(self, held: LivePackageChannel | LiveEndpoint, request: Json) -> Json:
        _refuse(policy_problems(request["Policy"], held.arn))
        held.policy = request["Policy"]
        return {}

    def _get_policy(self, held: LivePackageChannel | LiveEndpoint, request: Json, kind: str) -> Json:
        if not held.policy:
            raise _missing(kind, f"policy of {held.arn}")
        names = {name: request[name] for name in ("ChannelGroupName", "ChannelName")}
        return {**names, "Policy": held.policy}

    # Tags

    def _list_tags_for_resource(self, region: str, request: Json) -> Json:  # noqa: ARG002 - the ARN says it
        return {"Tags": dict(self._tagged(request).tags)}

    def _tag_resource(self, region: str, request: Json) -> Json:  # noqa: ARG002 - the ARN says it
        self._tagged(request).tags.update(request["Tags"])
        return {}

    def _untag_resource(self, region: str, request: Json) -> Json:  # noqa: ARG002 - the ARN says it
        tags = self._tagged(request).tags
        for key in request["TagKeys"]:
            tags.pop(key, None)
        return {}

    # Inside

    def _groups(self, region: str) -> dict[str, LiveGroup]:
        backends = mediapackagev2_backends[self._cloud.account_id]
        if region not in backends:
            raise NotImplementedError(f"MediaPackage V2 is not available in {region}")
        held: dict[str, LiveGroup] = backends[region].channel_groups
        return held

    def _channel(self, region: str, request: Json) -> LivePackageChannel:
        return self.channel(region, request["ChannelGroupName"], request["ChannelName"])

    def _endpoint(self, region: str, request: Json) -> LiveEndpoint:
        names = (request["ChannelGroupName"], request["ChannelName"], request["OriginEndpointName"])
        return self.endpoint(region, *names)

    def _tagged(self, request: Json) -> Tagged:
        held = self.by_arn(str(request["ResourceArn"]))
        if held is None:
            raise _invalid("INVALID_ARN", f"There is no resource {request['ResourceArn']}.")
        return held


OPERATIONS = frozenset(
    {
        "CreateChannel",
        "CreateChannelGroup",
        "CreateOriginEndpoint",
        "DeleteChannel",
        "DeleteChannelGroup",
        "DeleteChannelPolicy",
        "DeleteOriginEndpoint",
        "DeleteOriginEndpointPolicy",
        "GetChannel",
        "GetChannelGroup",
        "GetChannelPolicy",
        "GetOriginEndpoint",
        "GetOriginEndpointPolicy",
        "ListChannelGroups",
        "ListChannels",
        "ListOriginEndpoints",
        "ListTagsForResource",
        "PutChannelPolicy",
        "PutOriginEndpointPolicy",
        "ResetChannelState",
        "ResetOriginEndpointState",
        "TagResource",
        "UntagResource",
        "UpdateChannel",
        "UpdateChannelGroup",
        "UpdateOriginEndpoint",
    }
)


def install(cloud: LocalCloudServer) -> None:
    """Put MediaPackage V2 in front of moto's."""
    service = MediaPackage(cloud)
    cloud.provide(service)
    cloud.add_service(
        "mediapackagev2", lambda request, region: respond("mediapackagev2", service.call, request, region)
    )


def _snake(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def _page(items: list[Json], request: Json) -> Json:
    start = int(request.get("NextToken") or 0)
    size = int(request.get("MaxResults") or 100)
    token = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return {"Items": items[start : start + size], **token}


def _check_new(name: str, held: dict[str, Any], quota: int, what: str) -> None:
    if name in held:
        message = f"There is a {what} {name} already."
        raise ServiceError("ConflictException", message, 409, ConflictExceptionType="RESOURCE_ALREADY_EXISTS")
    if len(held) >= quota:
        raise ServiceError("ServiceQuotaExceededException", f"The quota of {quota} {what}s is used up.", 402)


def _check_tag(held: str, request: Json) -> None:
    if request.get("ETag") not in (None, held):
        message = "It was changed meanwhile: read it again."
        raise ServiceError("ConflictException", message, 409, ConflictExceptionType="CONFLICTING_OPERATION")


def _refuse(found: Iterator[Problem]) -> None:
    for kind, message in found:
        raise _invalid(kind, message)


def _kind(message: str) -> str:
    """Which of ValidationException's types a problem of the model is."""
    for sign, kind in (
        ("is not one of", "MEMBER_INVALID_ENUM_VALUE"),
        ("does not match", "MEMBER_DOES_NOT_MATCH_PATTERN"),
        ("is required", "MEMBER_MISSING"),
        ("must be at least", "MEMBER_MIN_VALUE"),
        ("must be at most", "MEMBER_MAX_VALUE"),
        ("must have at least", "MEMBER_MIN_LENGTH"),
        ("must have at most", "MEMBER_MAX_LENGTH"),
    ):
        if sign in message:
            return kind
    return "MEMBER_INVALID"


def _invalid(kind: str, message: str) -> ServiceError:
    return ServiceError("ValidationException", message, 400, ValidationExceptionType=kind)


def _in_use(message: str) -> ServiceError:
    return ServiceError("ConflictException", message, 409, ConflictExceptionType="RESOURCE_IN_USE")


def _missing(kind: str, what: str) -> ServiceError:
    message = f"MediaPackage can't process your request because we can't find your {what}."
    return ServiceError("ResourceNotFoundException", message, 404, ResourceTypeNotFound=kind)
