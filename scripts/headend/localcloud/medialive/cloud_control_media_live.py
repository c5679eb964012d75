"""Handlers of AWS::MediaLive::Input, InputSecurityGroup and Channel, for Cloud Control and CloudFormation.

The registry has no handlers for the channel: Cloud Control refuses it, CloudFormation provisions it with code of its
own, which reports MediaLive's errors as the SDK words them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_MediaLive.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from headend.localcloud.app import LocalCloudServer
from headend.localcloud.cloudcontrol import caller
from headend.localcloud.cloudcontrol.cloud_control import CloudControl
from headend.localcloud.cloudcontrol.cloud_control_handler import Handler, HandlerError
from headend.localcloud.cloudcontrol.resource_models import read_model, tag_map
from headend.localcloud.cloudcontrol.rest_json import ServiceError
from headend.localcloud.medialive.channel_model import CHANNEL_FIELDS, INPUT_FIELDS
from headend.localcloud.medialive.media_live import MediaLive

Json = dict[str, Any]
CHANNEL = "AWS::MediaLive::Channel"
INPUT = "AWS::MediaLive::Input"
SECURITY_GROUP = "AWS::MediaLive::InputSecurityGroup"
SETTLE_SECONDS = 120.0
PAUSE_SECONDS = 0.1
CODES = {
    "BadRequestException": "InvalidRequest",
    "ConflictException": "ResourceConflict",
    "NotFoundException": "NotFound",
    "UnprocessableEntityException": "InvalidRequest",
}


class _Base:
    def __init__(self, cloud: LocalCloudServer, service: MediaLive) -> None:
        self._cloud = cloud
        self._service = service

    def _call(self, operation: str, region: str, **parameters: Any) -> Json:
        caller.authorise(self._cloud, "medialive", region, operation, parameters)
        try:
            return self._service.call(operation, region, parameters)
        except ServiceError as error:
            raise HandlerError(CODES.get(error.code, "GeneralServiceException"), self._words(error)) from error

    def _words(self, error: ServiceError) -> str:
        return str(error)

    def _until(self, operation: str, region: str, done: frozenset[str], **parameters: Any) -> Json:
        """What `operation` describes, once its state is one of `done`. Fails with NotStabilized when it is not."""
        deadline = self._cloud.clock.time() + SETTLE_SECONDS
        while self._cloud.clock.time() < deadline and not self._cloud.stopping.is_set():
            shown = self._call(operation, region, **parameters)
            if shown["State"] in done:
                return shown
            self._cloud.clock.wait(self._cloud.stopping, PAUSE_SECONDS)
        raise HandlerError("NotStabilized", f"{parameters} did not settle within {SETTLE_SECONDS:.0f} s")

    def _retag(self, region: str, arn: str, wanted: dict[str, str]) -> None:
        held = self._call("ListTagsForResource", region, ResourceArn=arn)["Tags"]
        gone = [key for key in held if key not in wanted]
        if gone:
            self._call("DeleteTags", region, ResourceArn=arn, TagKeys=gone)
        if wanted and wanted != held:
            self._call("CreateTags", region, ResourceArn=arn, Tags=wanted)


class SecurityGroupHandler(_Base):
    """AWS::MediaLive::InputSecurityGroup."""

    def create(self, region: str, model: Json) -> str:
        """CreateInputSecurityGroup."""
        asked = {"WhitelistRules": model.get("WhitelistRules") or [], "Tags": tag_map(model.get("Tags"))}
        identifier: str = self._call("CreateInputSecurityGroup", region, **asked)["SecurityGroup"]["Id"]
        return identifier

    def read(self, region: str, identifier: str) -> Json:
        """DescribeInputSecurityGroup."""
        shown = self._call("DescribeInputSecurityGroup", region, InputSecurityGroupId=identifier)
        return read_model(SECURITY_GROUP, region, shown)

    def update(self, region: str, identifier: str, before: Json, after: Json) -> None:  # noqa: ARG002 - all is given
        """UpdateInputSecurityGroup."""
        asked = {"WhitelistRules": after.get("WhitelistRules") or [], "Tags": tag_map(after.get("Tags"))}
        self._call("UpdateInputSecurityGroup", region, InputSecurityGroupId=identifier, **asked)

    def delete(self, region: str, identifier: str) -> None:
        """DeleteInputSecurityGroup."""
        self._call("DeleteInputSecurityGroup", region, InputSecurityGroupId=identifier)

    def identifiers(self, region: str, model: Json) -> Iterable[str]:  # noqa: ARG002 - no parent
        """The ids of the Region's groups."""
        listed = self._call("ListInputSecurityGroups", region, MaxResults=1000)["InputSecurityGroups"]
        return [one["Id"] for one in listed]


class InputHandler(_Base):
    """AWS::MediaLive::Input."""

    def create(self, region: str, model: Json) -> str:
        """CreateInput."""
        asked = {name: model[name] for name in (*INPUT_FIELDS, "Type", "Vpc") if name in model}
        identifier: str = self._call("CreateInput", region, **asked, Tags=tag_map(model.get("Tags")))["Input"]["Id"]
        self._until("DescribeInput", region, frozenset({"ATTACHED", "DETACHED"}), InputId=identifier)
        return identifier

    def read(self, region: str, identifier: str) -> Json:
        """DescribeInput."""
        shown = self._call("DescribeInput", region, InputId=identifier)
        if shown["State"] == "DELETED":
            raise HandlerError("NotFound", f"Resource of type '{INPUT}' with identifier '{identifier}' was not found.")
        return read_model(INPUT, region, shown)

    def update(self, region: str, identifier: str, before: Json, after: Json) -> None:
        """UpdateInput and the tags."""
        shown = self._call("DescribeInput", region, InputId=identifier)
        held = {**before, "InputSecurityGroups": shown["SecurityGroups"]}  # which are only ever written
        asked = {name: after[name] for name in INPUT_FIELDS if name in after and after[name] != held.get(name)}
        if asked:
            self._call("UpdateInput", region, InputId=identifier, **asked)
        self._retag(region, shown["Arn"], tag_map(after.get("Tags")))

    def delete(self, region: str, identifier: str) -> None:
        """DeleteInput, once no channel has it any more."""
        self._call("DeleteInput", region, InputId=identifier)
        self._until("DescribeInput", region, frozenset({"DELETED"}), InputId=identifier)

    def identifiers(self, region: str, model: Json) -> Iterable[str]:  # noqa: ARG002 - no parent
        """The ids of the Region's inputs."""
        return [one["Id"] for one in self._call("ListInputs", region, MaxResults=1000)["Inputs"]]


class ChannelHandler(_Base):
    """AWS::MediaLive::Channel, for CloudFormation only."""

    def _words(self, error: ServiceError) -> str:
        known = f"Service: AWSMediaLive; Status Code: {error.status}; Error Code: {error.code}"
        return f"{error} ({known}; Request ID: {uuid.uuid4()}; Proxy: null)"

    def create(self, region: str, model: Json) -> str:
        """CreateChannel."""
        asked = {name: model[name] for name in (*CHANNEL_FIELDS, "ChannelClass", "Vpc") if name in model}
        made = self._call("CreateChannel", region, **asked, Tags=tag_map(model.get("Tags")))["Channel"]
        identifier: str = made["Id"]
        self._until("DescribeChannel", region, frozenset({"IDLE"}), ChannelId=identifier)
        return identifier

    def read(self, region: str, identifier: str) -> Json:
        """DescribeChannel; `Inputs` are the ids of the attached inputs."""
        shown = self._call("DescribeChannel", region, ChannelId=identifier)
        if shown["State"] == "DELETED":
            raise HandlerError(
                "NotFound", f"Resource of type '{CHANNEL}' with identifier '{identifier}' was not found."
            )
        inputs = [one["InputId"] for one in shown.get("InputAttachments", [])]
        return read_model(CHANNEL, region, {**shown, "Inputs": inputs})

    def update(self, region: str, identifier: str, before: Json, after: Json) -> None:
        """UpdateChannel with the whole configuration, UpdateChannelClass and the tags: refused unless it is idle.

        Also when a rollback asks for what the channel still has: whether AWS's handler looks first is not published.
        """
        if after.get("ChannelClass") not in (None, before.get("ChannelClass")):
            asked = {"ChannelClass": after["ChannelClass"], "Destinations": after.get("Destinations")}
            self._call("UpdateChannelClass", region, ChannelId=identifier, **asked)
            self._until("DescribeChannel", region, frozenset({"IDLE"}), ChannelId=identifier)
        asked = {name: after[name] for name in CHANNEL_FIELDS if name in after}
        self._call("UpdateChannel", region, ChannelId=identifier, **asked)
        arn = self._call("DescribeChannel", region, ChannelId=identifier)["Arn"]
        self._retag(region, arn, tag_map(after.get("Tags")))

    def delete(self, region: str, identifier: str) -> None:
        """DeleteChannel, which MediaLive refuses unless the channel is idle."""
        self._call("DeleteChannel", region, ChannelId=identifier)
        self._until("DescribeChannel", region, frozenset({"DELETED"}), ChannelId=identifier)

    def identifiers(self, region: str, model: Json) -> Iterable[str]:  # noqa: ARG002 - no parent
        """The ids of the Region's channels."""
        return [one["Id"] for one in self._call("ListChannels", region, MaxResults=1000)["Channels"]]


def handlers(cloud: LocalCloudServer, service: MediaLive) -> dict[str, Handler]:
    """The handlers by type name."""
    return {
        CHANNEL: ChannelHandler(cloud, service),
        INPUT: InputHandler(cloud, service),
        SECURITY_GROUP: SecurityGroupHandler(cloud, service),
    }


def install(cloud: LocalCloudServer) -> None:
    """Tell Cloud Control, and through it CloudFormation, of MediaLive's types."""
    cloud.part(CloudControl).add(handlers(cloud, cloud.part(MediaLive)))
