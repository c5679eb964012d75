"""MediaConnect's flow operations over moto's back end: in-between states, status events, shapes and refusals as on AWS.

Sources: https://docs.aws.amazon.com/mediaconnect/latest/api/resources.html (operations),
https://docs.aws.amazon.com/mediaconnect/latest/ug/monitoring-cloudwatch-events-flow-state-change.html (events),
https://docs.aws.amazon.com/mediaconnect/latest/ug/flows-states.html (states).
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

import botocore.session
from moto.mediaconnect.models import mediaconnect_backends
from moto.utilities.tagging_service import TaggingService
from werkzeug.wrappers import Request, Response

from headend.localcloud.app import LocalCloudServer, aws_error
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.mediaconnect import flow_events, flow_keys, flow_rules, source_view
from headend.localcloud.mediaconnect.flow_model import FLOW_FIELDS, LiveFlow, flattened, updated
from headend.localcloud.mediaconnect.flow_second import SourceSecond

STARTING_SECONDS = 2.0
UPDATING_SECONDS = 1.0
STOPPING_SECONDS = 1.0
DELETING_SECONDS = 0.3
TICK_SECONDS = 0.1

FLOWS_PER_REGION = 20
OUTPUTS_PER_FLOW = 50
ENTITLEMENTS_PER_FLOW = 50
"""https://docs.aws.amazon.com/mediaconnect/latest/ug/quotas.html"""

SOURCE_PROTOCOLS = frozenset(
    {"zixi-push", "rtp-fec", "rtp", "rist", "srt-listener", "srt-caller", "st2110-jpegxs", "cdi", "ndi-speed-hq", "udp"}
)
OUTPUT_PROTOCOLS = SOURCE_PROTOCOLS | {"zixi-pull"}
WHITELISTED = frozenset({"zixi-push", "rtp-fec", "rtp", "rist", "srt-listener"})
"""Protocols whose public sources listen, and so must say who may send."""

ON_AIR = frozenset({"ACTIVE", "UPDATING"})

Json = dict[str, Any]


class MediaConnectError(Exception):
    """An error that MediaConnect answers with: `code` is the exception's name, `status` the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass
class _Change:
    """A state that a flow leaves at `due` (seconds of the clock)."""

    flow: LiveFlow
    due: float
    to: str | None


@dataclass(frozen=True)
class Sight:
    """The source that a flow takes, as it was in the second `moment`; what it carries has been so `since` (both in
    seconds since the epoch). `taken` is None off air."""

    taken: SourceSecond | None
    moment: float
    since: float


class MediaConnect:
    """MediaConnect of all Regions. `call` runs one operation; parameters and answers have the REST API's names."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._lock = threading.RLock()
        self._changes: dict[str, _Change] = {}
        self.look: Callable[[LiveFlow], Sight] = lambda _: Sight(None, cloud.clock.time(), cloud.clock.time())
        self.left_air: Callable[[LiveFlow], None] = lambda _: None

    def call(self, operation: str, region: str, parameters: Json) -> Json:
        """Run `operation` (`CreateFlow`, …). Raises MediaConnectError, or NotImplementedError for an unknown one."""
        method: Callable[[str, Json], Json] | None = getattr(self, f"_{_snake(operation)}", None)
        if method is None or operation not in OPERATIONS:
            raise NotImplementedError(f"MediaConnect's {operation} is not implemented")
        with self._lock:
            return method(region, parameters)

    def flows(self) -> Iterator[LiveFlow]:
        """All flows of all Regions."""
        with self._lock:
            for _, _, backend in list(mediaconnect_backends.iter_backends()):
                yield from list(backend._flows.values())

    def flow(self, region: str, arn: str) -> LiveFlow:
        """The flow with this ARN. Raises MediaConnectError NotFoundException."""
        found = self._backend(region)._flows.get(arn)
        if not isinstance(found, LiveFlow):
            raise MediaConnectError("NotFoundException", f"Flow {arn} not found.", 404)
        return found

    # Operations

    def _create_flow(self, region: str, request: Json) -> Json:
        name = request.get("name")
        if not name or not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", name):
            raise _bad("Name must be 1 to 128 letters, digits, '-' or '_'.")
        flows = self._backend(region)._flows
        if len(flows) >= FLOWS_PER_REGION:
            raise MediaConnectError("CreateFlow420Exception", f"Exceeded the quota of {FLOWS_PER_REGION} flows.", 420)
        sources = request.get("sources") or ([request["source"]] if request.get("source") else [])
        if not sources and not request.get("ndiConfig"):
            raise _bad("A flow needs at least one source.")
        _refuse(flow_rules.problems(sources, request.get("sourceFailoverConfig")))
        _refuse([flow_rules.maintenance_problem(request.get("maintenance"))])
        flow = LiveFlow(self._cloud.account_id, region, request)
        interfaces = {interface["name"] for interface in request.get("vpcInterfaces") or []}
        for interface in request.get("vpcInterfaces") or []:
            flow.add_vpc_interface(_without_tags(interface))
        for stream in request.get("mediaStreams") or []:
            flow.add_media_stream(_without_tags(stream))
        for index, source in enumerate(sources):
            named = {"name": f"{name}-source-{index}", **source}
            self._check_source(flow, named, interfaces)
            flow.add_source(_without_tags(named))
        for output in request.get("outputs") or []:
            self._check_output(flow, output)
            flow.add_output(_without_tags(output))
        for entitlement in request.get("entitlements") or []:
            self._check_entitlement(flow, entitlement)
            flow.add_entitlement(_without_tags(entitlement))
        flows[flow.flow_arn] = flow
        self._tag(region, flow.flow_arn, request.get("flowTags"))
        for source, shown in zip(sources, flow.sources, strict=True):
            self._tag(region, shown["sourceArn"], source.get("sourceTags"))
        for output, shown in zip(request.get("outputs") or [], flow.outputs, strict=True):
            self._tag(region, shown["outputArn"], output.get("outputTags"))
        return {"flow": flow.to_dict()}

    def _describe_flow(self, region: str, request: Json) -> Json:
        flow = self.flow(region, request["FlowArn"])
        messages = {"errors": ["The source is not connected."]} if flow.status == "ERROR" else {"errors": []}
        return {"flow": flow.to_dict(), "messages": messages}

    def _describe_flow_source_metadata(self, region: str, request: Json) -> Json:
        flow = self.flow(region, request["FlowArn"])
        seen = self.look(flow)
        return source_view.metadata(flow, seen.taken, seen.since)

    def _describe_flow_source_thumbnail(self, region: str, request: Json) -> Json:
        flow = self.flow(region, request["FlowArn"])
        seen = self.look(flow)
        return source_view.thumbnail(flow, seen.taken, seen.moment)

    def _list_flows(self, region: str, request: Json) -> Json:
        flows = list(self._backend(region)._flows.values())
        start = int(request.get("nextToken") or 0)
        size = int(request.get("maxResults") or 20)
        page = flows[start : start + size]
        summary = ["availabilityZone", "description", "flowArn", "maintenance", "name", "status"]
        answer: Json = {"flows": [flow.to_dict(include=summary) for flow in page]}
        if start + size < len(flows):
            answer["nextToken"] = str(start + size)
        return answer

    def _delete_flow(self, region: str, request: Json) -> Json:
        flow = self.flow(region, request["FlowArn"])
        if flow.status not in ("STANDBY", "ERROR"):
            raise _bad(f"Flow {flow.flow_arn} is {flow.status}: you must stop the flow before you can delete it.")
        self._enter(flow, "DELETING", DELETING_SECONDS, None)
        return {"flowArn": flow.flow_arn, "status": flow.status}

    def _start_flow(self, region: str, request: Json) -> Json:
        flow = self.flow(region, request["FlowArn"])
        if flow.status != "STANDBY":
            raise _bad(f"Flow {flow.flow_arn} is {flow.status}: only a flow in STANDBY can be started.")
        self._enter(flow, "STARTING", STARTING_SECONDS, "ACTIVE")
        return {"flowArn": flow.flow_arn, "status": flow.status}

    def _stop_flow(self, region: str, request: Json) -> Json:
        flow = self.flow(region, request["FlowArn"])
        if flow.status not in ("ACTIVE", "ERROR"):
            raise _bad(f"Flow {flow.flow_arn} is {flow.status}: only an ACTIVE flow can be stopped.")
        self._enter(flow, "STOPPING", STOPPING_SECONDS, "STANDBY")
        return {"flowArn": flow.flow_arn, "status": flow.status}

    def _update_flow(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        if "sourceFailoverConfig" in request:
            _refuse(flow_rules.problems(_plain(flow.sources), request["sourceFailoverConfig"]))
        _refuse([flow_rules.maintenance_problem(request.get("maintenance"))])
        for name in FLOW_FIELDS:
            if name in request:
                flow.settings[name] = request[name]
        flow.settings = {name: value for name, value in flow.settings.items() if value is not None}
        self._changed(flow)
        return {"flow": flow.to_dict()}

    def _add_flow_outputs(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        outputs: list[Json] = request.get("outputs") or []
        if len(flow.outputs) + len(outputs) > OUTPUTS_PER_FLOW:
            message = f"Exceeded the quota of {OUTPUTS_PER_FLOW} outputs per flow."
            raise MediaConnectError("AddFlowOutputs420Exception", message, 420)
        added: list[Json] = []
        for output in outputs:
            named = {"name": f"output-{len(flow.outputs)}", **output}
            self._check_output(flow, named)
            added.append(flow.add_output(_without_tags(named)))
            self._tag(region, added[-1]["outputArn"], output.get("outputTags"))
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "outputs": added}

    def _update_flow_output(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        index = _index(flow.outputs, "outputArn", request["OutputArn"])
        changed = updated(flow.outputs[index], _fields(request))
        self._check_output(flow, flattened(changed), known=True, key="encryption" in request)
        before, after = flow.outputs[index]["outputStatus"], changed["outputStatus"]
        flow.outputs[index] = changed
        if before != after:
            self._publish(flow, flow_events.output_status_change(flow.flow_arn, changed["outputArn"], after, before))
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "output": flow.outputs[index]}

    def _remove_flow_output(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        arn = flow.outputs.pop(_index(flow.outputs, "outputArn", request["OutputArn"]))["outputArn"]
        self._untag_all(region, arn)
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "outputArn": arn}

    def _add_flow_sources(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        sources: list[Json] = request.get("sources") or []
        _refuse(flow_rules.problems([*_plain(flow.sources), *sources], flow.settings.get("sourceFailoverConfig")))
        added = []
        for source in sources:
            self._check_source(flow, source, {interface["name"] for interface in flow.vpc_interfaces})
            added.append(flow.add_source(_without_tags(source)))
            self._tag(region, added[-1]["sourceArn"], source.get("sourceTags"))
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "sources": added}

    def _update_flow_source(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        index = _index(flow.sources, "sourceArn", request["SourceArn"])
        changed = updated(flow.sources[index], _fields(request))
        others = [*flow.sources[:index], *flow.sources[index + 1 :]]
        _refuse(flow_rules.problems(_plain([*others, changed]), flow.settings.get("sourceFailoverConfig")))
        interfaces = {interface["name"] for interface in flow.vpc_interfaces}
        self._check_source(flow, flattened(changed), interfaces, known=True, key="decryption" in request)
        flow.sources[index] = changed
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "source": flow.sources[index]}

    def _remove_flow_source(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        index = _index(flow.sources, "sourceArn", request["SourceArn"])
        if len(flow.sources) == 1:
            raise _bad("The only source of a flow cannot be removed.")
        arn = flow.sources.pop(index)["sourceArn"]
        self._untag_all(region, arn)
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "sourceArn": arn}

    def _add_flow_vpc_interfaces(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        for interface in request.get("vpcInterfaces") or []:
            _check_unique(flow.vpc_interfaces, "name", interface["name"])
            flow.add_vpc_interface(_without_tags(interface))
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "vpcInterfaces": flow.vpc_interfaces}

    def _remove_flow_vpc_interface(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        name = request["VpcInterfaceName"]
        users = flow_rules.users_of_interface(name, flow.sources, flow.outputs)
        if users:
            raise _bad(f"The VPC interface {name} is in use by {', '.join(users)}.")
        gone = flow.vpc_interfaces.pop(_index(flow.vpc_interfaces, "name", name))
        self._changed(flow)
        identifiers = gone["networkInterfaceIds"]
        return {"flowArn": flow.flow_arn, "nonDeletedNetworkInterfaceIds": identifiers, "vpcInterfaceName": name}

    def _add_flow_media_streams(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        for stream in request.get("mediaStreams") or []:
            _check_unique(flow.media_streams, "mediaStreamName", stream["mediaStreamName"])
            _check_unique(flow.media_streams, "mediaStreamId", stream.get("mediaStreamId"))
            flow.add_media_stream(_without_tags(stream))
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "mediaStreams": flow.media_streams}

    def _update_flow_media_stream(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        index = _index(flow.media_streams, "mediaStreamName", request["MediaStreamName"])
        flow.media_streams[index] = updated(flow.media_streams[index], _fields(request))
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "mediaStream": flow.media_streams[index]}

    def _remove_flow_media_stream(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        name = request["MediaStreamName"]
        users = flow_rules.users_of_stream(name, flow.sources, flow.outputs)
        if users:
            raise _bad(f"The media stream {name} is in use by {', '.join(users)}.")
        flow.media_streams.pop(_index(flow.media_streams, "mediaStreamName", name))
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "mediaStreamName": name}

    def _grant_flow_entitlements(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        granted: list[Json] = []
        asked: list[Json] = request.get("entitlements") or []
        if len(flow.entitlements) + len(asked) > ENTITLEMENTS_PER_FLOW:
            message = f"Exceeded the quota of {ENTITLEMENTS_PER_FLOW} entitlements per flow."
            raise MediaConnectError("GrantFlowEntitlements420Exception", message, 420)
        for entitlement in asked:
            named = {"name": f"entitlement-{len(flow.entitlements)}", **entitlement}
            _check_unique(flow.entitlements, "name", named["name"])
            self._check_entitlement(flow, named)
            granted.append(flow.add_entitlement(_without_tags(named)))
            self._tag(region, granted[-1]["entitlementArn"], entitlement.get("entitlementTags"))
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "entitlements": granted}

    def _update_flow_entitlement(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        index = _index(flow.entitlements, "entitlementArn", request["EntitlementArn"])
        changed = {**flow.entitlements[index], **_fields(request)}
        changed = {name: value for name, value in changed.items() if value is not None}
        self._check_entitlement(flow, changed, key="encryption" in request)
        flow.entitlements[index] = changed
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "entitlement": flow.entitlements[index]}

    def _revoke_flow_entitlement(self, region: str, request: Json) -> Json:
        flow = self._changeable(region, request)
        arn = request["EntitlementArn"]
        flow.entitlements.pop(_index(flow.entitlements, "entitlementArn", arn))
        self._untag_all(region, arn)
        self._changed(flow)
        return {"flowArn": flow.flow_arn, "entitlementArn": arn}

    def _list_tags_for_resource(self, region: str, request: Json) -> Json:
        return {"tags": self._backend(region).tagger.get_tag_dict_for_resource(self._known(region, request))}

    def _tag_resource(self, region: str, request: Json) -> Json:
        self._tag(region, self._known(region, request), request.get("tags"))
        return {}

    def _untag_resource(self, region: str, request: Json) -> Json:
        keys = request.get("tagKeys") or []
        self._backend(region).tagger.untag_resource_using_names(self._known(region, request), keys)
        return {}

    # States

    def settle(self) -> None:
        """Let every flow whose in-between state is over move on."""
        now = self._cloud.clock.time()
        with self._lock:
            for arn, change in list(self._changes.items()):
                if change.due > now:
                    continue
                del self._changes[arn]
                if change.to is None:
                    self._remove(change.flow)
                else:
                    self._show(change.flow, change.to)

    def next_change(self) -> float:
        """When the next in-between state is over, in seconds since the epoch; math.inf when there is none."""
        with self._lock:
            return min((change.due for change in self._changes.values()), default=math.inf)

    def _enter(self, flow: LiveFlow, status: str, seconds: float, then: str | None) -> None:
        self._changes[flow.flow_arn] = _Change(flow, self._cloud.clock.time() + seconds, then)
        if flow.status != status:
            self._show(flow, status)

    def _changed(self, flow: LiveFlow) -> None:
        """A change to a running flow takes a moment; one to a flow in STANDBY is done at once."""
        if flow.status in ("ACTIVE", "UPDATING"):
            self._enter(flow, "UPDATING", UPDATING_SECONDS, "ACTIVE")

    def _show(self, flow: LiveFlow, status: str) -> None:
        previous, flow.status = flow.status, status
        if previous in ON_AIR and status not in ON_AIR:
            self.left_air(flow)
        summary = f"{flow.name}: {previous} → {status}"
        detail = {"flow_arn": flow.flow_arn, "flow_name": flow.name, "from": previous, "to": status}
        self._cloud.timeline.record("flow-status", flow.region, flow.flow_arn, summary, **detail)
        states = {"currentStatus": status, "previousStatus": previous}
        self._cloud.publish(flow.region, "aws.mediaconnect", "MediaConnect Flow Status Change", [flow.flow_arn], states)

    def _publish(self, flow: LiveFlow, event: flow_events.Event) -> None:
        self._cloud.publish(flow.region, "aws.mediaconnect", event.detail_type, list(event.resources), event.detail)

    def _remove(self, flow: LiveFlow) -> None:
        self._backend(flow.region)._flows.pop(flow.flow_arn, None)
        for arn in _arns(flow):
            self._untag_all(flow.region, arn)
        detail = {"flow_arn": flow.flow_arn, "flow_name": flow.name, "from": "DELETING", "to": None}
        self._cloud.timeline.record("flow-status", flow.region, flow.flow_arn, f"{flow.name}: deleted", **detail)

    # Checks

    def _changeable(self, region: str, request: Json) -> LiveFlow:
        flow = self.flow(region, request["FlowArn"])
        _refuse([flow_rules.state_problem(flow.flow_arn, flow.status)])
        return flow

    def _check_source(
        self, flow: LiveFlow, source: Json, interfaces: set[str], *, known: bool = False, key: bool = True
    ) -> None:
        """`known`: the flow has it already. `key`: its key is new, and is read."""
        if not known:
            _check_unique(flow.sources, "name", source.get("name"))
        transit = source.get("routerIntegrationTransitDecryption")
        if source.get("entitlementArn") or source.get("gatewayBridgeSource") or source.get("routerIntegrationState"):
            self._check_key(flow, None, source.get("decryption"), read=key)
            self._read_key(flow, flow_rules.transit_key(transit) if key else {})
            return
        protocol = source.get("protocol")
        if protocol not in SOURCE_PROTOCOLS:
            raise _bad(f"Source protocol {protocol!r} is not one of {', '.join(sorted(SOURCE_PROTOCOLS))}.")
        _check_ports(source, ("ingestPort", "sourceListenerPort", "senderControlPort"))
        if source.get("vpcInterfaceName"):
            if source["vpcInterfaceName"] not in interfaces:
                raise _bad(f"The flow has no VPC interface {source['vpcInterfaceName']}.")
        elif protocol in WHITELISTED and not source.get("whitelistCidr"):
            raise _bad("A public source needs a whitelist CIDR block.")
        _check_cidrs([source["whitelistCidr"]] if source.get("whitelistCidr") else [])
        if protocol == "srt-caller" and not (source.get("sourceListenerAddress") and source.get("sourceListenerPort")):
            raise _bad("An srt-caller source needs a source listener address and port.")
        self._check_key(flow, protocol, source.get("decryption"), read=key)

    def _check_output(self, flow: LiveFlow, output: Json, *, known: bool = False, key: bool = True) -> None:
        """`known`: the flow has it already. `key`: its key is new, and is read."""
        if not known:
            _check_unique(flow.outputs, "name", output.get("name"))
        interface = flow_rules.output_interface(output)
        if interface and all(one["name"] != interface for one in flow.vpc_interfaces):
            raise _bad(f"The flow has no VPC interface {interface}.")
        if output.get("routerIntegrationState"):
            transit = output.get("routerIntegrationTransitEncryption")
            self._read_key(flow, flow_rules.transit_key(transit) if key else {})
            return
        protocol = output.get("protocol")
        if protocol not in OUTPUT_PROTOCOLS:
            raise _bad(f"Output protocol {protocol!r} is not one of {', '.join(sorted(OUTPUT_PROTOCOLS))}.")
        _check_ports(output, ("port", "senderControlPort"))
        if protocol in ("rtp", "rtp-fec", "rist", "srt-caller", "zixi-push") and not output.get("destination"):
            raise _bad(f"A {protocol} output needs a destination.")
        if protocol in ("rtp", "rtp-fec", "rist", "srt-caller", "srt-listener") and not output.get("port"):
            raise _bad(f"A {protocol} output needs a port.")
        _check_cidrs(output.get("cidrAllowList") or [])
        self._check_key(flow, protocol, output.get("encryption"), read=key)

    def _check_entitlement(self, flow: LiveFlow, entitlement: Json, *, key: bool = True) -> None:
        _refuse([flow_rules.entitlement_problem(entitlement)])
        self._check_key(flow, None, entitlement.get("encryption"), read=key)

    def _check_key(self, flow: LiveFlow, protocol: str | None, encryption: Json | None, *, read: bool = True) -> None:
        _check_encryption(encryption)
        _refuse([flow_rules.encryption_problem(protocol, encryption)])
        self._read_key(flow, encryption or {} if read else {})

    def _read_key(self, flow: LiveFlow, encryption: Json) -> None:
        try:
            flow_keys.read(self._cloud, flow.flow_arn, encryption)
        except AccessDenied as error:
            raise _bad(f"MediaConnect could not read the key: {error}") from error

    # Tags

    def _backend(self, region: str) -> Any:
        backends = mediaconnect_backends[self._cloud.account_id]
        if region not in backends:
            raise NotImplementedError(f"MediaConnect is not available in {region}")
        return backends[region]

    def _known(self, region: str, request: Json) -> str:
        arn = str(request["ResourceArn"])
        if not any(arn in _arns(flow) for flow in self._backend(region)._flows.values()):
            raise MediaConnectError("NotFoundException", f"Resource {arn} not found.", 404)
        return arn

    def _tag(self, region: str, arn: str, tags: dict[str, str] | None) -> None:
        if tags:
            self._backend(region).tagger.tag_resource(arn, TaggingService.convert_dict_to_tags_input(tags))

    def _untag_all(self, region: str, arn: str) -> None:
        self._backend(region).tagger.delete_all_tags_for_resource(arn)


# HTTP


@dataclass(frozen=True)
class _Operation:
    name: str
    method: str
    path: re.Pattern[str]
    status: int


@cache
def _operations() -> tuple[_Operation, ...]:
    """All operations of MediaConnect's REST API, from botocore's model."""
    model = botocore.session.get_session().get_service_model("mediaconnect")
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"]))
        found.append(_Operation(name, http["method"], re.compile(path + "/?$"), http.get("responseCode", 200)))
    return tuple(found)


OPERATIONS = frozenset(
    {
        "AddFlowMediaStreams",
        "AddFlowOutputs",
        "AddFlowSources",
        "AddFlowVpcInterfaces",
        "CreateFlow",
        "DeleteFlow",
        "DescribeFlow",
        "DescribeFlowSourceMetadata",
        "DescribeFlowSourceThumbnail",
        "GrantFlowEntitlements",
        "ListFlows",
        "ListTagsForResource",
        "RemoveFlowMediaStream",
        "RemoveFlowOutput",
        "RemoveFlowSource",
        "RemoveFlowVpcInterface",
        "RevokeFlowEntitlement",
        "StartFlow",
        "StopFlow",
        "TagResource",
        "UntagResource",
        "UpdateFlow",
        "UpdateFlowEntitlement",
        "UpdateFlowMediaStream",
        "UpdateFlowOutput",
        "UpdateFlowSource",
    }
)


def respond(service: MediaConnect, request: Request, region: str) -> Response:
    """Answer one HTTP request of MediaConnect's REST API."""
    # The raw path, because an ARN's own slashes and colons arrive escaped.
    path = request.environ.get("RAW_URI", request.path).partition("?")[0]
    for operation in _operations():
        matched = operation.path.match(path) if operation.method == request.method else None
        if not matched:
            continue
        parameters: Json = {name: value[0] for name, value in request.args.to_dict(flat=False).items()}
        if "tagKeys" in request.args:
            parameters["tagKeys"] = request.args.getlist("tagKeys")
        parameters |= json.loads(request.get_data() or b"{}")
        parameters |= {name: unquote(value) for name, value in matched.groupdict().items()}
        try:
            answer = service.call(operation.name, region, parameters)
        except MediaConnectError as error:
            return aws_error(error.code, str(error), status=error.status)
        return Response(json.dumps(answer), status=operation.status, mimetype="application/json")
    raise NotImplementedError(f"MediaConnect has no operation {request.method} {path}")


def install(cloud: LocalCloudServer) -> None:
    """Put MediaConnect in front of moto's."""
    service = MediaConnect(cloud)
    cloud.provide(service)
    cloud.add_service("mediaconnect", lambda request, region: respond(service, request, region))
    cloud.every(TICK_SECONDS, "media-connect", service.settle, service.next_change)


def _snake(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def _refuse(problems: Iterable[str | None]) -> None:
    """Raise the first problem, if there is one."""
    for problem in problems:
        if problem:
            raise _bad(problem)


def _plain(sources: list[Json]) -> list[Json]:
    """The sources of a flow with their protocols as they are asked for."""
    return [{**source, "protocol": (source.get("transport") or {}).get("protocol")} for source in sources]


def _bad(message: str) -> MediaConnectError:
    return MediaConnectError("BadRequestException", message)


def _arns(flow: LiveFlow) -> list[str]:
    arns = [flow.flow_arn]
    arns += [source["sourceArn"] for source in flow.sources]
    arns += [output["outputArn"] for output in flow.outputs]
    return arns + [entitlement["entitlementArn"] for entitlement in flow.entitlements]


def _fields(request: Json) -> Json:
    """The parameters of the body: those of the path start with a capital."""
    return {name: value for name, value in request.items() if not name[0].isupper()}


def _without_tags(request: Json) -> Json:
    return {name: value for name, value in request.items() if not name.endswith("Tags")}


def _index(items: list[Json], key: str, value: str) -> int:
    for index, item in enumerate(items):
        if item[key] == value:
            return index
    raise MediaConnectError("NotFoundException", f"{value} not found.", 404)


def _check_unique(items: list[Json], key: str, value: str | None) -> None:
    if value is not None and any(item[key] == value for item in items):
        raise _bad(f"The name {value} is already in use on this flow.")


def _check_ports(fields: Json, names: tuple[str, ...]) -> None:
    for name in names:
        port = fields.get(name)
        if port is not None and not (isinstance(port, int) and 1 <= port <= 65535):
            raise _bad(f"{name} must be a port from 1 to 65535, not {port}.")


def _check_cidrs(blocks: list[str]) -> None:
    for block in blocks:
        try:
            ipaddress.ip_network(block)
        except ValueError as error:
            raise _bad(f"{block!r} is not a CIDR block.") from error


def _check_encryption(encryption: Json | None) -> None:
    """MediaConnect rejects an explicit algorithm for an SRT password, and needs one for a static key."""
    if not encryption:
        return
    if not encryption.get("roleArn"):
        raise _bad("Encryption needs a role ARN.")
    if encryption.get("keyType") == "srt-password" and encryption.get("algorithm"):
        raise _bad("Encryption with an SRT password takes no algorithm.")
    if encryption.get("keyType", "static-key") == "static-key" and not encryption.get("algorithm"):
        raise _bad("Encryption with a static key needs an algorithm.")
