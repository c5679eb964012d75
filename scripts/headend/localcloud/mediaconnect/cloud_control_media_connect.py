"""Cloud Control's handlers for AWS::MediaConnect::Flow, FlowOutput, FlowSource, FlowVpcInterface and FlowEntitlement.

Names differ by their first letter between the registry's models (`WhitelistCidr`) and the API (`whitelistCidr`); tags
are a list of pairs in the one and a map in the other; read models hold what the schema knows and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from headend.localcloud.app import LocalCloudServer
from headend.localcloud.cloudcontrol import caller, resource_models
from headend.localcloud.cloudcontrol.cloud_control_handler import Handler, HandlerError
from headend.localcloud.mediaconnect.flow_model import FLOW_FIELDS, flattened
from headend.localcloud.mediaconnect.media_connect import MediaConnect, MediaConnectError

Json = dict[str, Any]
SETTLED = frozenset({"STANDBY", "ACTIVE", "ERROR"})
SETTLE_SECONDS = 60.0
PAUSE_SECONDS = 0.1


def handlers(cloud: LocalCloudServer, service: MediaConnect) -> dict[str, Handler]:
    """The handlers by type name."""
    return {
        "AWS::MediaConnect::Flow": FlowHandler(cloud, service),
        "AWS::MediaConnect::FlowEntitlement": PartHandler(cloud, service, ENTITLEMENT),
        "AWS::MediaConnect::FlowOutput": PartHandler(cloud, service, OUTPUT),
        "AWS::MediaConnect::FlowSource": PartHandler(cloud, service, SOURCE),
        "AWS::MediaConnect::FlowVpcInterface": PartHandler(cloud, service, VPC_INTERFACE),
    }


class _Base:
    def __init__(self, cloud: LocalCloudServer, service: MediaConnect) -> None:
        self._cloud = cloud
        self._service = service

    def _call(self, operation: str, region: str, **parameters: Any) -> Json:
        caller.authorise(self._cloud, "mediaconnect", region, operation, parameters)
        try:
            return self._service.call(operation, region, parameters)
        except MediaConnectError as error:
            codes = {"NotFoundException": "NotFound", "BadRequestException": "InvalidRequest"}
            fallback = "ServiceLimitExceeded" if error.status == 420 else "GeneralServiceException"
            raise HandlerError(codes.get(error.code, fallback), str(error)) from error

    def _change(self, operation: str, region: str, flow_arn: str, **parameters: Any) -> Json:
        """Change a flow once it has settled. Whoever changed it in between is waited for as well."""
        while True:
            self._settled(region, flow_arn)
            try:
                return self._call(operation, region, FlowArn=flow_arn, **parameters)
            except HandlerError as error:
                if error.code != "InvalidRequest" or self._flow(region, flow_arn)["status"] != "UPDATING":
                    raise

    def _flow(self, region: str, arn: str) -> Json:
        flow: Json = self._call("DescribeFlow", region, FlowArn=arn)["flow"]
        return flow

    def _settled(self, region: str, arn: str) -> Json:
        """The flow, once it has left any in-between state. Fails with NotStabilized when it does not."""
        deadline = self._cloud.clock.time() + SETTLE_SECONDS
        while self._cloud.clock.time() < deadline:
            flow = self._flow(region, arn)
            if flow["status"] in SETTLED:
                return flow
            self._cloud.clock.wait(self._cloud.stopping, PAUSE_SECONDS)
        raise HandlerError("NotStabilized", f"{arn} did not settle within {SETTLE_SECONDS:.0f} s")

    def _tags(self, region: str, arn: str) -> Json:
        """`{"Tags": [...]}` of a resource, empty when it has none."""
        tags = self._call("ListTagsForResource", region, ResourceArn=arn)["tags"]
        return {"Tags": resource_models.tag_list(tags)} if tags else {}

    def _retag(self, region: str, arn: str, before: Json, after: Json) -> None:
        old, new = resource_models.tag_map(before.get("Tags")), resource_models.tag_map(after.get("Tags"))
        if old == new:
            return
        if old:
            self._call("UntagResource", region, ResourceArn=arn, tagKeys=list(old))
        if new:
            self._call("TagResource", region, ResourceArn=arn, tags=new)


class FlowHandler(_Base):
    """AWS::MediaConnect::Flow. Its first source belongs to it; further sources, outputs and entitlements do not."""

    def create(self, region: str, model: Json) -> str:
        """CreateFlow."""
        request = {key: _to_api(value) for key, value in _lowered(model).items() if key != "tags"}
        request["source"] = _source_request(model["Source"])
        request["flowTags"] = resource_models.tag_map(model.get("Tags"))
        arn: str = self._call("CreateFlow", region, **request)["flow"]["flowArn"]
        self._settled(region, arn)
        return arn

    def read(self, region: str, identifier: str) -> Json:
        """DescribeFlow and the tags, as the schema names them."""
        schema = resource_models.schema("AWS::MediaConnect::Flow", region)
        flow = self._flow(region, identifier)
        source = flattened(flow["source"])
        model = {
            **_to_model(flow),
            "FlowAvailabilityZone": flow["availabilityZone"],
            "Source": _to_model(source) | self._tags(region, source["sourceArn"]),
            **self._tags(region, identifier),
        }
        if source.get("ingestPort"):
            model["Source"]["SourceIngestPort"] = str(source["ingestPort"])
        for key in ("MediaStreams", "VpcInterfaces"):
            if not model.get(key):
                model.pop(key, None)
        pruned: Json = _pruned(schema, schema, model)
        return pruned

    def update(self, region: str, identifier: str, before: Json, after: Json) -> None:
        """UpdateFlow, UpdateFlowSource and the tags, for what differs."""
        flow = self._settled(region, identifier)
        changed = {
            name: _to_api(after.get(_upper(name)))
            for name in FLOW_FIELDS
            if before.get(_upper(name)) != after.get(_upper(name))
        }
        if changed:
            self._change("UpdateFlow", region, identifier, **changed)
        source, wanted = before["Source"], after["Source"]
        arn = flow["source"]["sourceArn"]
        if source != wanted:
            fields = _replacement(_source_request(source), _source_request(wanted))
            self._change("UpdateFlowSource", region, identifier, SourceArn=arn, **fields)
            self._retag(region, arn, source, wanted)
        for kind, key, add, remove in (
            ("VpcInterfaces", "Name", "AddFlowVpcInterfaces", "RemoveFlowVpcInterface"),
            ("MediaStreams", "MediaStreamName", "AddFlowMediaStreams", "RemoveFlowMediaStream"),
        ):
            old = {item[key]: item for item in before.get(kind, [])}
            new = {item[key]: item for item in after.get(kind, [])}
            path_name = {"Name": "VpcInterfaceName"}.get(key, key)
            for name in old:
                if new.get(name) != old[name]:
                    self._change(remove, region, identifier, **{path_name: name})
            added = [_without_read_only(item) for name, item in new.items() if old.get(name) != item]
            if added:
                self._change(add, region, identifier, **{_lower(kind): added})
        self._retag(region, identifier, before, after)
        self._settled(region, identifier)

    def delete(self, region: str, identifier: str) -> None:
        """DeleteFlow, which MediaConnect refuses while the flow is on air."""
        self._settled(region, identifier)
        self._call("DeleteFlow", region, FlowArn=identifier)
        while not self._cloud.clock.wait(self._cloud.stopping, PAUSE_SECONDS):
            try:
                self._flow(region, identifier)
            except HandlerError as error:
                if error.code == "NotFound":
                    return
                raise

    def identifiers(self, region: str, model: Json) -> Iterable[str]:  # noqa: ARG002 - no parent
        """The ARNs of the Region's flows."""
        return [flow.flow_arn for flow in self._service.flows() if flow.region == region]


class Part:
    """What the types of a flow's parts differ in."""

    def __init__(
        self, type_name: str, members: str, key: str, operations: tuple[str, str | None, str], tags: str
    ) -> None:
        self.type_name = type_name
        self.members = members
        self.key = key
        self.add, self.change, self.remove = operations
        self.tags = tags


ENTITLEMENT = Part(
    "AWS::MediaConnect::FlowEntitlement",
    "entitlements",
    "EntitlementArn",
    ("GrantFlowEntitlements", "UpdateFlowEntitlement", "RevokeFlowEntitlement"),
    "entitlementTags",
)
OUTPUT = Part(
    "AWS::MediaConnect::FlowOutput",
    "outputs",
    "OutputArn",
    ("AddFlowOutputs", "UpdateFlowOutput", "RemoveFlowOutput"),
    "outputTags",
)
SOURCE = Part(
    "AWS::MediaConnect::FlowSource",
    "sources",
    "SourceArn",
    ("AddFlowSources", "UpdateFlowSource", "RemoveFlowSource"),
    "sourceTags",
)
VPC_INTERFACE = Part(
    "AWS::MediaConnect::FlowVpcInterface",
    "vpcInterfaces",
    "Name",
    ("AddFlowVpcInterfaces", None, "RemoveFlowVpcInterface"),
    "vpcInterfaceTags",
)


class PartHandler(_Base):
    """A type whose resources are parts of a flow."""

    def __init__(self, cloud: LocalCloudServer, service: MediaConnect, part: Part) -> None:
        super().__init__(cloud, service)
        self._part = part

    def create(self, region: str, model: Json) -> str:
        """Add the part to its flow."""
        flow_arn = model["FlowArn"]
        request = _part_request(model)
        if tags := resource_models.tag_map(model.get("Tags")):
            request[self._part.tags] = tags
        answer = self._change(self._part.add, region, flow_arn, **{self._part.members: [request]})
        self._settled(region, flow_arn)
        if self._part is VPC_INTERFACE:
            return f"{flow_arn}|{model['Name']}"
        identifier: str = answer[self._part.members][-1][_lower(self._part.key)]
        return identifier

    def read(self, region: str, identifier: str) -> Json:
        """The part as its flow shows it."""
        schema = resource_models.schema(self._part.type_name, region)
        flow_arn, member = self._member(region, identifier)
        flat = flattened(member)
        model = {**_to_model(flat), "FlowArn": flow_arn}
        if "mediaStreamOutputConfigurations" in flat and not flat["mediaStreamOutputConfigurations"]:
            model.pop("MediaStreamOutputConfigurations")
        if self._part is SOURCE and flat.get("ingestPort"):
            model["SourceIngestPort"] = str(flat["ingestPort"])
        if self._part is not VPC_INTERFACE:
            model |= self._tags(region, identifier)
        pruned: Json = _pruned(schema, schema, model)
        return pruned

    def update(self, region: str, identifier: str, before: Json, after: Json) -> None:
        """Change the part in place; a VPC interface is taken off and put back."""
        flow_arn, _ = self._member(region, identifier)
        if self._part.change:
            fields = _replacement(_part_request(before), _part_request(after))
            self._change(self._part.change, region, flow_arn, **{self._part.key: identifier}, **fields)
            self._retag(region, identifier, before, after)
        else:
            self.delete(region, identifier)
            self.create(region, after)
        self._settled(region, flow_arn)

    def delete(self, region: str, identifier: str) -> None:
        """Take the part off its flow."""
        flow_arn, member = self._member(region, identifier)
        if self._part is VPC_INTERFACE:
            self._change(self._part.remove, region, flow_arn, VpcInterfaceName=member["name"])
        else:
            self._change(self._part.remove, region, flow_arn, **{self._part.key: identifier})
        self._settled(region, flow_arn)

    def identifiers(self, region: str, model: Json) -> Iterable[str]:
        """The identifiers of the parts of the flow that `model` names."""
        members = self._flow(region, model["FlowArn"])[self._part.members]
        if self._part is VPC_INTERFACE:
            return [f"{model['FlowArn']}|{member['name']}" for member in members]
        return [member[_lower(self._part.key)] for member in members]

    def _member(self, region: str, identifier: str) -> tuple[str, Json]:
        """The ARN of the flow that has the part, and the part."""
        arn, _, name = identifier.partition("|")
        key = _lower(self._part.key)
        for flow in self._service.flows():
            if flow.region != region or (name and flow.flow_arn != arn):
                continue
            for member in flow.to_dict()[self._part.members]:
                if member[key] == (name or arn):
                    return flow.flow_arn, member
        message = f"Resource of type '{self._part.type_name}' with identifier '{identifier}' was not found."
        raise HandlerError("NotFound", message)


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _upper(name: str) -> str:
    return name[0].upper() + name[1:]


def _renamed(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {rename(key): _renamed(item, rename) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_renamed(item, rename) for item in value]
    return value


def _to_api(value: Any) -> Any:
    return _renamed(value, _lower)


def _to_model(value: Any) -> Any:
    return _renamed(value, _upper)


def _lowered(model: Json) -> Json:
    return {_lower(key): value for key, value in model.items()}


def _source_request(source: Json) -> Json:
    request: Json = _to_api({key: value for key, value in source.items() if key not in READ_ONLY_SOURCE})
    if tags := resource_models.tag_map(source.get("Tags")):
        request["sourceTags"] = tags
    return request


READ_ONLY_SOURCE = frozenset({"IngestIp", "SourceArn", "SourceIngestPort", "Tags"})
READ_ONLY_PART = READ_ONLY_SOURCE | {"EntitlementArn", "FlowArn", "NetworkInterfaceIds", "OutputArn"}


def _part_request(model: Json) -> Json:
    request: Json = _to_api({key: value for key, value in model.items() if key not in READ_ONLY_PART})
    return request


def _without_read_only(item: Json) -> Json:
    return _part_request(item)


def _replacement(before: Json, after: Json) -> Json:
    """`after`, and None for what `before` has beyond it: it is to go."""
    gone = {key: None for key in before if key not in after}
    return {key: value for key, value in {**gone, **after}.items() if not key.endswith("Tags")}


def _pruned(schema: Json, node: Json, value: Any) -> Any:
    """`value` without what the schema does not know, and without empty objects."""
    if "$ref" in node:
        return _pruned(schema, schema["definitions"][node["$ref"].rpartition("/")[2]], value)
    if isinstance(value, list):
        return [_pruned(schema, node.get("items", {}), item) for item in value]
    if isinstance(value, dict) and "properties" in node:
        known = node["properties"]
        kept = {key: _pruned(schema, known[key], item) for key, item in value.items() if key in known}
        return {key: item for key, item in kept.items() if item not in ({}, "")}
    return value
