"""Drift of Cloud Control resources: what has been changed by hand, and putting it back.

Terraform's `aws_cloudcontrolapi_resource` never refreshes `desired_state`, so a plan does not see such a change. Asked
is Cloud Control's GetResource: its read handler calls the service at that moment, and it answers in the shape of
`desired_state`, which is also what a patch of UpdateResource is applied to. What a flow has beside its own model
(outputs, sources, entitlements added by hand) is not in it: for that MediaConnect's DescribeFlow is asked.

https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_GetResource.html
https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_UpdateResource.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import botocore.exceptions
import jsonpatch

from headend.drift_compare import Comparison, Difference, Rules, compare
from headend.errors import HeadendError, UsageError, one_line
from headend.flows import GONE, ON_AIR, Flows, name_of, region_of
from headend.session import Session
from headend.state import FLOW_TYPE, Resource, region_by_provider, resources

CLOUD_CONTROL = "aws_cloudcontrolapi_resource"
VPC_INTERFACE_TYPE = "AWS::MediaConnect::FlowVpcInterface"
_LONGEST_VALUE = 160
# What DescribeFlow shows beside the flow's own model: member, its ARN, what it is, the command that takes it away.
_PARTS = (
    ("Outputs", "OutputArn", "output", "remove-flow-output --output-arn"),
    ("Sources", "SourceArn", "source", "remove-flow-source --source-arn"),
    ("Entitlements", "EntitlementArn", "entitlement", "revoke-flow-entitlement --entitlement-arn"),
)

# An output that MediaLive, a bridge or a granted entitlement has put on the flow by itself.
_MADE_BY_OTHERS = ("MediaLiveInputArn", "BridgeArn", "EntitlementArn")


@dataclass(frozen=True)
class Finding:
    """One difference of one resource.

    `kind`: changed, added or removed (a property), gone (the resource), unmanaged (a part that nobody has configured).
    `in_place` says whether `--fix` can put it back.
    """

    address: str
    name: str
    kind: str
    path: str
    configured: Any
    live: Any
    in_place: bool
    remedy: str

    def __str__(self) -> str:
        what = f"{self.name} {self.path}".strip()
        sides = {
            "changed": f": configured {_text(self.configured)}, live {_text(self.live)}",
            "added": f": not configured, live {_text(self.live)}",
            "removed": f": configured {_text(self.configured)}, not live",
        }
        return f"{self.kind:<9} {what}{sides.get(self.kind, '')}; {self.remedy} ({self.address})"


@dataclass(frozen=True)
class Repair:
    """The patch that puts a resource back; `on_air` is whether its flow carries a picture."""

    resource: Resource
    region: str
    patch: str
    on_air: bool


@dataclass(frozen=True)
class Drift:
    """All that differs in an environment, of how many resources."""

    findings: list[Finding]
    repairs: list[Repair]
    asked: int

    def as_json(self) -> str:
        """For another program: {asked, findings}."""
        return json.dumps({"asked": self.asked, "findings": [asdict(item) for item in self.findings]}, indent=2)


def examine(session: Session) -> Drift:
    """Compare every Cloud Control resource of the environment's state with the live one.

    A flow in an in-between state is waited for. Raises UsageError where nothing is deployed.
    """
    session.init()
    found = resources(session.terraform.pull_state())
    if not found:
        raise UsageError(f"nothing is deployed: `headend plan --env {session.environment.name}`, then apply")
    return Examination(session, [item for item in found if item.type == CLOUD_CONTROL], region_by_provider(found)).run()


def fix(session: Session, repairs: Sequence[Repair]) -> None:
    """Put back in place what `examine` found, one UpdateResource a resource, and wait until each has ended.

    Raises HeadendError with what Cloud Control says where it refuses.
    """
    for repair in repairs:
        item = repair.resource
        client = session.aws.client("cloudcontrol", repair.region)
        session.tell(f"putting back {item.address}")
        arn = _flow_arn(item)
        if arn:
            Flows(session.aws, session.tell).settle(arn)
        token = None
        try:
            answer = client.update_resource(**_identified(item), PatchDocument=repair.patch)
            token = answer["ProgressEvent"]["RequestToken"]
            client.get_waiter("resource_request_success").wait(
                RequestToken=token, WaiterConfig={"Delay": 1 if session.aws.is_local else 5, "MaxAttempts": 60}
            )
        except botocore.exceptions.ClientError as error:
            raise HeadendError(f"{item.address}: {one_line(error)}") from None
        except botocore.exceptions.WaiterError as error:
            last: Any = error.last_response
            event = last.get("ProgressEvent", {})
            said = event.get("StatusMessage") or event.get("ErrorCode") or f"request {token} has not ended"
            raise HeadendError(f"{item.address}: Cloud Control has not put it back: {' '.join(said.split())}") from None


class Examination:
    """One look at all resources of a state. `regions`: of each provider configuration, where it is not the first."""

    def __init__(
        self, session: Session, found: Sequence[Resource], regions: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._session = session
        self._found = found
        self._regions = regions
        self._managed = {item.id for item in found}
        self._vpc_interfaces = {
            item.id.partition("|")[2]: item.id.partition("|")[0]
            for item in found
            if item.attributes.get("type_name") == VPC_INTERFACE_TYPE
        }
        self._status: dict[str, str] = {}

    def run(self) -> Drift:
        """Ask for every resource; parts of a flow that is gone are gone with it and not named."""
        findings: list[Finding] = []
        repairs: list[Repair] = []
        for item in self._found:
            arn = _flow_arn(item)
            if arn and self._settled(arn) == GONE:
                if item.id == arn:
                    findings.append(self._gone(item))
                continue
            live = self._live(item)
            if live is None:
                findings.append(self._gone(item))
                continue
            compared = self._compare(item, live)
            findings += [self._finding(item, difference) for difference in compared.differences]
            patch = jsonpatch.make_patch(live, compared.restored)
            if patch:
                on_air = bool(arn) and self._settled(arn) in ON_AIR
                repairs.append(Repair(item, self._region(item), patch.to_string(), on_air))
            if item.attributes.get("type_name") == FLOW_TYPE:
                findings += self._unmanaged(item, live)
        return Drift(findings, repairs, len(self._found))

    def _region(self, item: Resource) -> str:
        """Where it is: as its ARN says, or its provider configuration. A policy of MediaPackage's has no ARN."""
        named = region_of(item.id) if item.id.startswith("arn:") else ""
        return named or self._regions.get(item.provider, self._session.config.region)

    def _settled(self, arn: str) -> str:
        if arn not in self._status:
            self._status[arn] = Flows(self._session.aws, self._session.tell).settle(arn)
        return self._status[arn]

    def _live(self, item: Resource) -> dict[str, Any] | None:
        client = self._session.aws.client("cloudcontrol", self._region(item))
        try:
            answer = client.get_resource(**_identified(item))
        except client.exceptions.ResourceNotFoundException:
            return None
        except botocore.exceptions.ClientError as error:
            raise HeadendError(f"{item.address}: {one_line(error)}") from None
        model: dict[str, Any] = json.loads(answer["ResourceDescription"]["Properties"])
        return model

    def _compare(self, item: Resource, live: dict[str, Any]) -> Comparison:
        elsewhere = frozenset(("VpcInterfaces", name) for name, flow in self._vpc_interfaces.items() if flow == item.id)
        rules = Rules(
            schema=_parsed(item, "schema"),
            type_name=str(item.attributes.get("type_name")),
            before=_parsed(item, "properties"),
            elsewhere=elsewhere,
            sensitive="desired_state" in item.sensitive,
        )
        return compare(_parsed(item, "desired_state"), live, rules)

    def _finding(self, item: Resource, difference: Difference) -> Finding:
        if difference.in_place:
            remedy = "`--fix` puts it back, or write it into the configuration: a plan does not see it"
        else:
            remedy = f"Cloud Control cannot put it back: do it by hand, or `terraform apply -replace='{item.address}'`"
            remedy += ", which is an outage"
        return Finding(item.address, _name(item), **asdict(difference), remedy=remedy)

    def _gone(self, item: Resource) -> Finding:
        remedy = f"`headend plan --env {self._session.environment.name}` makes it again"
        if item.attributes.get("type_name") == FLOW_TYPE:
            remedy += ", with a new ARN and a new ingest address: tell the sender"
        return Finding(item.address, _name(item), "gone", "", item.id, None, in_place=False, remedy=remedy)

    def _unmanaged(self, item: Resource, live: dict[str, Any]) -> Iterator[Finding]:
        """The parts of a flow that no resource of the state manages."""
        client = self._session.aws.client("mediaconnect", region_of(item.id))
        try:
            flow = client.describe_flow(FlowArn=item.id)["Flow"]
        except botocore.exceptions.ClientError as error:
            raise HeadendError(f"{item.address}: {one_line(error)}") from None
        known = self._managed | {live.get("Source", {}).get("SourceArn")}
        for member, key, what, command in _PARTS:
            for part in flow.get(member) or []:
                if part[key] in known or (member == "Outputs" and any(part.get(name) for name in _MADE_BY_OTHERS)):
                    continue
                remedy = f"take it away with `aws mediaconnect {command} {part[key]} --flow-arn {item.id}`"
                remedy += f" --region {region_of(item.id)}, or write it into the configuration"
                yield Finding(
                    item.address,
                    name_of(item.id),
                    "unmanaged",
                    f"{what} {part.get('Name', part[key])}",
                    None,
                    part[key],
                    in_place=False,
                    remedy=remedy,
                )


def _parsed(item: Resource, attribute: str) -> dict[str, Any]:
    try:
        value = json.loads(item.attributes.get(attribute) or "{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise HeadendError(f"{item.address}: {attribute} in the state is not a JSON object; plan and apply once")
    return value


def _identified(item: Resource) -> dict[str, str]:
    """How Cloud Control is told which resource, and as whom to act, as the provider does it."""
    names = {"TypeName": "type_name", "RoleArn": "role_arn", "TypeVersionId": "type_version_id"}
    given = {name: str(item.attributes[key]) for name, key in names.items() if item.attributes.get(key)}
    return {**given, "Identifier": item.id}


def _flow_arn(item: Resource) -> str:
    """The flow that a resource is, or is a part of; empty for anything else."""
    if item.attributes.get("type_name") == FLOW_TYPE:
        return item.id
    kind = str(item.attributes.get("type_name"))
    return str(_parsed(item, "desired_state").get("FlowArn", "")) if kind.startswith(FLOW_TYPE) else ""


def _name(item: Resource) -> str:
    """What people call it: a flow's name, a part's below its flow's."""
    arn, own = _flow_arn(item), _parsed(item, "desired_state").get("Name") or item.id
    return f"{name_of(arn)}/{own}" if arn and arn != item.id else str(own)


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
