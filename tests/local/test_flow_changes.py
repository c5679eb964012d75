"""The flow module's README says what a change does; each row of its table is tried here with the real provider.

Every case is a flow of its own: all are made in one apply, changed in one plan and one apply, most of them on air. What
"short interruption" means to viewers only AWS can show; here it is that the flow and everything beside the changed part
keep their ARNs, and that MediaConnect takes the change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.workspace import REPOSITORY, eventually

pytestmark = [pytest.mark.local, pytest.mark.terraform]

REGION = "eu-central-1"
README = REPOSITORY / "modules" / "mediaconnect_flow" / "README.md"
PROVIDER = {
    "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}},
    "provider": {"aws": {"region": REGION}},
}
Json = dict[str, Any]

RTP: Json = {"protocol": "rtp", "ingest_port": 5000, "whitelist_cidr": "203.0.113.0/24"}
BACKUP: Json = {"protocol": "rtp", "ingest_port": 5010, "whitelist_cidr": "198.51.100.0/24"}
OUT: Json = {"protocol": "rtp", "destination": "198.51.100.10", "port": 5001}
PARTNER: Json = {"subscribers": ["111122223333"]}
STUDIO: Json = {"security_group_ids": ["sg-0123456789abcdef0"], "subnet_id": "subnet-0123456789abcdef0"}
JPEGXS: Json = {
    "vpc_interfaces": {"studio": STUDIO},
    "media_streams": {"video": {"id": 1, "type": "video", "video_format": "1080p"}},
    "primary_source": {
        "protocol": "st2110-jpegxs",
        "media_streams": {"video": {"inputs": [{"interface": "studio", "port": 5000}]}},
    },
}
SOUND: Json = {"id": 2, "type": "audio"}
NDI: Json = {
    "flow_size": "LARGE",
    "ndi": {"discovery_servers": [{"address": "10.0.0.1", "vpc_interface": "studio"}]},
    "primary_source": {"protocol": "ndi-speed-hq"},
    "vpc_interfaces": {"studio": STUDIO},
}
UPDATE, REPLACE, CREATE, DELETE = ["update"], ["delete", "create"], ["create"], ["delete"]


@dataclass(frozen=True)
class Case:
    """A row's words before and after; the actions that are planned, by resource; whether the flow is on air."""

    row: str
    what: str
    before: Json
    after: Json
    actions: dict[str, list[str]] = field(default_factory=lambda: {"flow": UPDATE})
    on_air: bool = True


CASES = {
    "output": Case(
        "`outputs`: any field of one output; adding, removing",
        "in place; the flow and the other outputs stay",
        {"outputs": {"changed": OUT, "gone": OUT, "kept": OUT}},
        {"outputs": {"changed": {**OUT, "port": 6001}, "kept": OUT, "new": OUT}},
        {'output["changed"]': UPDATE, 'output["gone"]': DELETE, 'output["new"]': CREATE},
    ),
    "output-name": Case(
        "`outputs`: its name (the key)",
        "that output is deleted and made anew",
        {"outputs": {"old": OUT}},
        {"outputs": {"new": OUT}},
        {'output["old"]': DELETE, 'output["new"]': CREATE},
    ),
    "backup-added": Case(
        "`backup_source`: adding, removing; `protocol`, `name`",
        "in place for the flow; a source is added, removed, or made anew",
        {},
        {"backup_source": BACKUP},
        {"backup_source[0]": CREATE, "flow": UPDATE},
    ),
    "backup-removed": Case(
        "`backup_source`: adding, removing; `protocol`, `name`",
        "in place for the flow; a source is added, removed, or made anew",
        {"backup_source": BACKUP},
        {"failover": {}},
        {"backup_source[0]": DELETE},
    ),
    "backup-anew": Case(
        "`backup_source`: adding, removing; `protocol`, `name`",
        "in place for the flow; a source is added, removed, or made anew",
        {"backup_source": BACKUP},
        {"backup_source": {**BACKUP, "protocol": "rist"}},
        {"backup_source[0]": REPLACE},
    ),
    "backup": Case(
        "`backup_source`: port, network, latency, bit rate, description, decryption",
        "in place; short interruption of that source",
        {"backup_source": BACKUP},
        {
            "backup_source": {
                **BACKUP,
                "ingest_port": 5020,
                "whitelist_cidr": "192.0.2.0/24",
                "max_bitrate": 1000000,
                "description": "b",
            }
        },
        {"backup_source[0]": UPDATE},
    ),
    "entitlement": Case(
        "`entitlements`: description, subscribers, encryption, `enabled`",
        "in place; subscribers that leave lose the content",
        {"entitlements": {"partner": PARTNER}},
        {"entitlements": {"partner": {"subscribers": ["444455556666"], "enabled": False, "description": "changed"}}},
        {'entitlement["partner"]': UPDATE},
    ),
    "entitlement-anew": Case(
        "`entitlements`: name, `subscriber_fee_percent`",
        "a new entitlement with another ARN: the subscribers must take it up anew",
        {"entitlements": {"fee": PARTNER, "old": PARTNER}},
        {"entitlements": {"fee": {**PARTNER, "subscriber_fee_percent": 50}, "new": PARTNER}},
        {'entitlement["fee"]': REPLACE, 'entitlement["new"]': CREATE, 'entitlement["old"]': DELETE},
    ),
    "settings": Case(
        "`maintenance`, `source_monitoring`, `tags`, `failover`",
        "in place",
        {"backup_source": BACKUP, "maintenance": {"day": "Monday"}, "tags": {"Feed": "a"}},
        {
            "backup_source": BACKUP,
            "failover": {"mode": "MERGE", "recovery_window": 500},
            "maintenance": {"day": "Tuesday"},
            "source_monitoring": {"content_quality": {}},
            "tags": {"Feed": "b"},
        },
        {"backup_source[0]": UPDATE, "flow": UPDATE},
    ),
    "whitelist": Case(
        "`primary_source`: network, description",
        "in place",
        {"backup_source": BACKUP, "entitlements": {"partner": PARTNER}, "outputs": {"kept": OUT}},
        {
            "backup_source": BACKUP,
            "entitlements": {"partner": PARTNER},
            "outputs": {"kept": OUT},
            "primary_source": {**RTP, "whitelist_cidr": "192.0.2.0/24", "description": "another encoder"},
        },
    ),
    "source": Case(
        "`primary_source`: port, latency, bit rate, decryption, `protocol`, `vpc_interface`",
        "in place, short interruption: the flow passes through UPDATING; "
        "with another port or protocol the sender must follow",
        {"outputs": {"kept": OUT}},
        {
            "outputs": {"kept": OUT},
            "primary_source": {
                "protocol": "rist",
                "ingest_port": 5100,
                "max_bitrate": 1000000,
                "max_latency": 500,
                "whitelist_cidr": "203.0.113.0/24",
            },
        },
    ),
    "source-interface": Case(
        "`primary_source`: port, latency, bit rate, decryption, `protocol`, `vpc_interface`",
        "in place, short interruption: the flow passes through UPDATING; "
        "with another port or protocol the sender must follow",
        {"vpc_interfaces": {"studio": {**STUDIO, "role_arn": "arn:aws:iam::123456789012:role/network"}}},
        {
            "vpc_interfaces": {"studio": {**STUDIO, "role_arn": "arn:aws:iam::123456789012:role/network"}},
            "primary_source": {"protocol": "rtp", "ingest_port": 5000, "vpc_interface": "studio"},
        },
    ),
    "added": Case(
        "`media_streams`, `vpc_interfaces`: adding",
        "in place",
        JPEGXS,
        {
            **JPEGXS,
            "media_streams": {**JPEGXS["media_streams"], "sound": SOUND},
            "vpc_interfaces": {"studio": STUDIO, "spare": STUDIO},
        },
    ),
    "removed": Case(
        "`media_streams`, `vpc_interfaces`: changing, removing",
        "short interruption: taken off and put back; first change what uses it, then remove it in a second apply",
        {
            **JPEGXS,
            "media_streams": {
                **JPEGXS["media_streams"],
                "sound": SOUND,
                "captions": {"id": 3, "type": "ancillary-data"},
            },
            "vpc_interfaces": {"studio": STUDIO, "spare": STUDIO},
        },
        {**JPEGXS, "media_streams": {**JPEGXS["media_streams"], "sound": {**SOUND, "language": "en"}}},
    ),
    "size": Case(
        "`flow_size`, `ndi`",
        "in place, while the flow is stopped",
        NDI,
        {**NDI, "flow_size": "LARGE_4X", "ndi": {**NDI["ndi"], "machine_name": "headend"}},
        on_air=False,
    ),
    "encoding": Case(
        "`encoding`",
        "in place, also on air",
        {**NDI, "encoding": {"video_max_bitrate": 10000000}},
        {**NDI, "encoding": {"video_max_bitrate": 20000000}},
    ),
    "name": Case(
        "`name`, `availability_zone`, `primary_source.name`",
        "**a new flow**",
        {"name": "live-old", "outputs": {"kept": OUT}, "backup_source": BACKUP, "entitlements": {"partner": PARTNER}},
        {"name": "live-new", "outputs": {"kept": OUT}, "backup_source": BACKUP, "entitlements": {"partner": PARTNER}},
        {"flow": REPLACE, 'output["kept"]': REPLACE, "backup_source[0]": REPLACE, 'entitlement["partner"]': REPLACE},
        on_air=False,
    ),
    "zone": Case(
        "`name`, `availability_zone`, `primary_source.name`",
        "**a new flow**",
        {"availability_zone": "eu-central-1a"},
        {"availability_zone": "eu-central-1b"},
        {"flow": REPLACE},
        on_air=False,
    ),
    "source-name": Case(
        "`name`, `availability_zone`, `primary_source.name`",
        "**a new flow**",
        {},
        {"primary_source": {**RTP, "name": "other"}},
        {"flow": REPLACE},
        on_air=False,
    ),
}


def test_every_row_of_the_readme_has_a_case_and_every_case_its_row() -> None:
    table = README.read_text(encoding="utf-8").partition("| change this | what happens |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| (`.+?) \| (.+?) \|$", table, re.MULTILINE))
    assert len(rows) == 14
    assert set(rows) == {case.row for case in CASES.values()}
    for case in CASES.values():
        assert rows[case.row].startswith(case.what), case.row


class Flows:
    """One root with a flow for each case."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.folder = folder / "root"
        self.folder.mkdir()
        (folder / "modules").symlink_to(REPOSITORY / "modules")
        self.plan_file = folder / "plan"
        self.terraform = Terraform(self.folder, folder / "work", cloud.environment(REGION), name="changes")

    def write(self, side: str) -> None:
        modules = {
            key: {
                "source": "../modules/mediaconnect_flow",
                "name": f"live-{key}",
                "primary_source": RTP,
                **getattr(case, side),
            }
            for key, case in CASES.items()
        }
        outputs = {key: {"value": f"${{module.{key}.arn}}"} for key in CASES}
        text = json.dumps({**PROVIDER, "module": modules, "output": outputs}, indent=1)
        (self.folder / "main.tf.json").write_text(text, encoding="utf-8")

    def plan(self) -> dict[str, list[str]]:
        """The actions by address, without what stays."""
        self.terraform.plan(self.plan_file)
        changes = self.terraform.show_json(self.plan_file)["resource_changes"]
        found = {change["address"]: change["change"]["actions"] for change in changes}
        return {address: actions for address, actions in found.items() if actions not in (["no-op"], ["read"])}

    def apply(self) -> dict[str, str]:
        """The ARNs of the flows afterwards."""
        self.terraform.apply(self.plan_file)
        return {key: str(value) for key, value in self.terraform.output().items()}


@pytest.fixture
def flows(cloud: LocalCloud, tmp_path: Path) -> Iterator[Flows]:
    made = Flows(cloud, tmp_path)
    made.write("before")
    made.terraform.init()
    yield made
    media = cloud.client("mediaconnect", REGION)
    for flow in media.get_paginator("list_flows").paginate().search("Flows"):
        if flow["Status"] != "STANDBY":
            media.stop_flow(FlowArn=flow["FlowArn"])
    made.terraform.destroy()


def test_every_row_of_the_change_table_is_true(flows: Flows, cloud: LocalCloud) -> None:
    flows.plan()
    before = flows.apply()
    media = cloud.client("mediaconnect", REGION)
    on_air = [before[key] for key, case in CASES.items() if case.on_air]
    for arn in on_air:
        media.start_flow(FlowArn=arn)
    eventually("all are on air", lambda: all(_status(media, arn) == "ACTIVE" for arn in on_air))

    flows.write("after")
    planned = flows.plan()
    for key, case in CASES.items():
        mine = {address: actions for address, actions in planned.items() if address.startswith(f"module.{key}.")}
        parts = {
            address.partition("aws_cloudcontrolapi_resource.")[2]: actions
            for address, actions in mine.items()
            if "aws_cloudcontrolapi_resource." in address
        }
        assert parts == case.actions, key

    # Three changes of one flow at once, and one by hand before them: each finds it UPDATING, is refused and waits.
    busy = before["output"]
    media.update_flow(FlowArn=busy, Maintenance={"MaintenanceDay": "Monday", "MaintenanceStartHour": "10:00"})
    after = flows.apply()
    assert flows.plan() == {}
    for key, case in CASES.items():
        assert (after[key] != before[key]) == case.what.startswith("**a new flow**"), key
    assert {_status(media, after[key]) for key, case in CASES.items() if case.on_air} == {"ACTIVE"}


MONITOR: Json = {
    "source": "../modules/stream_monitor",
    "name": "live-whitelist",
    "variant": "direct",
    "subscriptions": {"noc": {"protocol": "email", "endpoint": "noc@example.com"}},
}
WATCHED: Json = {
    "backup_source": BACKUP,
    "catalogue": {"preset": "full"},
    "entitlements": {"partner": PARTNER},
    "nominal_bit_rate": 20000000,
    "outputs": {"primary": OUT},
    "source": RTP,
}


def test_a_changed_whitelist_changes_nothing_that_depends_on_the_flow(cloud: LocalCloud, tmp_path: Path) -> None:
    flows = Flows(cloud, tmp_path)

    def write(source: Json) -> None:
        monitor = {**MONITOR, "flows": {"studio-a": {**WATCHED, "source": source}}}
        text = json.dumps({**PROVIDER, "module": {"monitor": monitor}})
        (flows.folder / "main.tf.json").write_text(text, encoding="utf-8")

    write(RTP)
    flows.terraform.init()
    try:
        made = flows.plan()
        assert len(made) > 50
        flows.apply()
        write({**RTP, "whitelist_cidr": "192.0.2.0/24"})
        flow = 'module.monitor.module.flow["studio-a"].aws_cloudcontrolapi_resource.flow'
        assert flows.plan() == {flow: UPDATE}
        flows.apply()
        assert flows.plan() == {}
    finally:
        flows.terraform.destroy()


def _status(media: Any, arn: str) -> str:
    return str(media.describe_flow(FlowArn=arn)["Flow"]["Status"])
