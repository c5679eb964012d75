"""Handlers of AWS::MediaPackageV2::ChannelGroup, Channel, OriginEndpoint and their policies.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_MediaPackageV2.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from headend.localcloud.app import LocalCloudServer
from headend.localcloud.cloudcontrol import caller
from headend.localcloud.cloudcontrol.cloud_control import CloudControl
from headend.localcloud.cloudcontrol.cloud_control_handler import Handler, HandlerError
from headend.localcloud.cloudcontrol.resource_models import read_model, tag_list, tag_map
from headend.localcloud.cloudcontrol.rest_json import ServiceError
from headend.localcloud.mediapackage.media_package import MediaPackage
from headend.localcloud.mediapackage.package_model import MANIFESTS

Json = dict[str, Any]
CODES = {
    "ConflictException": "ResourceConflict",
    "ResourceNotFoundException": "NotFound",
    "ServiceQuotaExceededException": "ServiceLimitExceeded",
    "ValidationException": "InvalidRequest",
}
GROUP = "ChannelGroupName"
CHANNEL = "ChannelName"
ENDPOINT = "OriginEndpointName"


class _Base:
    """`names` are what the API finds a resource by, from the group down."""

    def __init__(self, cloud: LocalCloudServer, service: MediaPackage, kind: str, names: tuple[str, ...]) -> None:
        self._cloud = cloud
        self._service = service
        self._type = f"AWS::MediaPackageV2::{kind}"
        self._kind = kind
        self._names = names

    def _by_name(self, values: list[str], identifier: str) -> Json:
        """The names with their values. Fails with NotFound where there are more of these, or fewer."""
        if len(values) != len(self._names):
            message = f"Resource of type '{self._type}' with identifier '{identifier}' was not found."
            raise HandlerError("NotFound", message)
        return dict(zip(self._names, values, strict=True))

    def _call(self, operation: str, region: str, **parameters: Any) -> Json:
        given = {name: value for name, value in parameters.items() if value is not None}
        caller.authorise(self._cloud, "mediapackagev2", region, operation, given)
        try:
            return self._service.call(operation, region, given)
        except ServiceError as error:
            code = CODES.get(error.code, "GeneralServiceException")
            if error.members.get("ConflictExceptionType") == "RESOURCE_ALREADY_EXISTS":
                code = "AlreadyExists"
            raise HandlerError(code, str(error)) from error


class PartHandler(_Base):
    """A type whose identifier is its ARN."""

    def create(self, region: str, model: Json) -> str:
        """Create it with its tags."""
        asked = {**model, "Tags": tag_map(model.get("Tags"))}
        arn: str = self._call(f"Create{self._kind}", region, **asked)["Arn"]
        return arn

    def read(self, region: str, identifier: str) -> Json:
        """Get it, with what the schema shows beside it."""
        shown = self._call(f"Get{self._kind}", region, **self._named(identifier))
        model = {**shown, "Tags": tag_list(shown["Tags"])}
        if self._kind == "Channel":
            model["IngestEndpointUrls"] = [one["Url"] for one in shown["IngestEndpoints"]]
        if self._kind == "OriginEndpoint":
            held = self._service.by_arn(identifier)
            for kind in MANIFESTS:
                urls = held.manifest_urls(kind) if held else []
                model[f"{kind.removesuffix('s')}Urls"] = urls
        return read_model(self._type, region, model)

    def update(self, region: str, identifier: str, before: Json, after: Json) -> None:
        """Update it as a whole, and its tags."""
        asked = {name: value for name, value in after.items() if name != "Tags"}
        self._call(f"Update{self._kind}", region, **{**asked, **self._named(identifier)})
        old, new = tag_map(before.get("Tags")), tag_map(after.get("Tags"))
        gone = [key for key in old if key not in new]
        if gone:
            self._call("UntagResource", region, ResourceArn=identifier, TagKeys=gone)
        if new and new != old:
            self._call("TagResource", region, ResourceArn=identifier, Tags=new)

    def delete(self, region: str, identifier: str) -> None:
        """Delete it: MediaPackage refuses while it has parts."""
        named = self._named(identifier)
        self._call(f"Get{self._kind}", region, **named)  # deleting what is not there is no error to the API
        self._call(f"Delete{self._kind}", region, **named)

    def identifiers(self, region: str, model: Json) -> Iterable[str]:
        """The ARNs of those of the parent that `model` names."""
        parents = {name: model[name] for name in self._names[:-1]}
        return [one["Arn"] for one in self._call(f"List{self._kind}s", region, **parents)["Items"]]

    def _named(self, identifier: str) -> Json:
        return self._by_name(identifier.split(":", 5)[-1].split("/")[1::2], identifier)


class PolicyHandler(_Base):
    """The policy of a channel or an origin endpoint; its identifier is the names, joined by `|`."""

    def create(self, region: str, model: Json) -> str:
        """Put the policy where there is none."""
        named = {name: model[name] for name in self._names}
        identifier = "|".join(named.values())
        try:
            self.read(region, identifier)
        except HandlerError as error:
            if error.code != "NotFound":
                raise
        else:
            raise HandlerError("AlreadyExists", f"{identifier} has a policy already.")
        self._put(region, model)
        return identifier

    def read(self, region: str, identifier: str) -> Json:
        """Get the policy, as an object."""
        shown = self._call(f"Get{self._kind}", region, **self._named(identifier))
        return read_model(self._type, region, {**shown, "Policy": json.loads(shown["Policy"])})

    def update(self, region: str, identifier: str, before: Json, after: Json) -> None:  # noqa: ARG002 - all is given
        """Put the new policy in the place of the old one."""
        self._put(region, after)

    def delete(self, region: str, identifier: str) -> None:
        """Delete the policy."""
        self.read(region, identifier)
        self._call(f"Delete{self._kind}", region, **self._named(identifier))

    def identifiers(self, region: str, model: Json) -> Iterable[str]:
        """The registry lists no policies."""
        raise HandlerError("InvalidRequest", f"{self._type} cannot be listed in {region}: {model}")

    def _put(self, region: str, model: Json) -> None:
        policy = model["Policy"]
        text = policy if isinstance(policy, str) else json.dumps(policy)
        named = {name: model[name] for name in self._names}
        more = {"CdnAuthConfiguration": model.get("CdnAuthConfiguration")} if ENDPOINT in self._names else {}
        self._call(f"Put{self._kind}", region, **named, Policy=text, **more)

    def _named(self, identifier: str) -> Json:
        return self._by_name(identifier.split("|"), identifier)


def handlers(cloud: LocalCloudServer, service: MediaPackage) -> dict[str, Handler]:
    """The handlers by type name."""
    names = (GROUP, CHANNEL, ENDPOINT)
    return {
        "AWS::MediaPackageV2::Channel": PartHandler(cloud, service, "Channel", names[:2]),
        "AWS::MediaPackageV2::ChannelGroup": PartHandler(cloud, service, "ChannelGroup", names[:1]),
        "AWS::MediaPackageV2::ChannelPolicy": PolicyHandler(cloud, service, "ChannelPolicy", names[:2]),
        "AWS::MediaPackageV2::OriginEndpoint": PartHandler(cloud, service, "OriginEndpoint", names),
        "AWS::MediaPackageV2::OriginEndpointPolicy": PolicyHandler(cloud, service, "OriginEndpointPolicy", names),
    }


def install(cloud: LocalCloudServer) -> None:
    """Tell Cloud Control, and through it CloudFormation, of MediaPackage's types."""
    cloud.part(CloudControl).add(handlers(cloud, cloud.part(MediaPackage)))
