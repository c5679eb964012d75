"""Pipeline 0 is flow 0 and `primary`, in both Regions, whatever their names and hosts are: for 1,000 of them.

The module's own HCL is evaluated, without the resources around it, so that all of them are one plan.
"""

from __future__ import annotations

import json
import random
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import REPOSITORY, Terraform

pytestmark = pytest.mark.terraform

MODULE = REPOSITORY / "modules" / "live_channel"
CASES = 1000
REGIONS = ("ap-northeast-1", "eu-central-1", "eu-west-1", "sa-east-1", "us-east-1", "us-west-2")
MAY_DIFFER = re.compile(
    r"\.Resources\.(Input\.Properties\.(MediaConnectFlows\[[01]\]\.FlowArn|RoleArn)"
    r"|Channel\.Properties\.(Destinations\[0\]\.Settings\[[01]\]\.Url|RoleArn))"
)
"""What the two Regions' templates may differ in: flows, roles, and the hosts of the destinations."""
CONTEXT = """
locals {
  pipelines = ["primary", "backup"]
}

variable "role_arn" {
  type = string
}

output "template" {
  value = local.template
}
"""
ROOT = """
module "case" {
  source   = "./channel"
  for_each = jsondecode(file("${path.root}/cases.json"))

  destinations       = each.value.destinations
  flow_arns          = each.value.flow_arns
  kind               = each.value.kind
  name               = each.value.name
  role_arn           = each.value.role_arn
  writer_policy_json = jsonencode({ Statement = [] })
}

output "templates" {
  value = { for key, case in module.case : key => case.template }
}
"""
Json = dict[str, Any]


def word(chance: random.Random, most: int) -> str:
    return "".join(chance.choice(string.ascii_lowercase + string.digits) for _ in range(chance.randint(1, most)))


def one(chance: random.Random, name: str, region: str, kind: str) -> Json:
    """What a Region's channel is asked for. Ids and hosts are random: no order among them says which is which."""
    flows = {
        pipeline: f"arn:aws:mediaconnect:{region}:123456789012:flow:1-{word(chance, 16)}-{number}:{name}-{pipeline}"
        for number, pipeline in enumerate(("primary", "backup"))
    }
    urls = [f"s3ssl://{name}-origin-{word(chance, 8)}/live/{pipeline}" for pipeline in ("primary", "backup")]
    urls = [urls[0], urls[0].replace("/primary", "/backup")]
    if kind == "mediapackage":
        host = f"ingest.{word(chance, 8)}.mediapackagev2.{region}.amazonaws.com"
        hosts = [f"{word(chance, 12)}-{number}.{host}" for number in (1, 2)]
        urls = [f"https://{host}/in/v1/{name}/{n}/live/index" for n, host in enumerate(hosts, start=1)]
    role = f"arn:aws:iam::123456789012:role/{name}-channel-{region}"
    return {
        "destinations": [{"url": url} for url in urls],
        "flow_arns": flows,
        "kind": kind,
        "name": name,
        "role_arn": role,
    }


def cases() -> dict[str, Json]:
    """1,000 channels, each in two Regions: number and Region → what is asked for."""
    chance = random.Random(7)
    found = {}
    for number in range(CASES):
        name = chance.choice(string.ascii_lowercase) + word(chance, 30)
        kind = chance.choice(("mediapackage", "s3"))
        for key, region in zip(("primary", "secondary"), chance.sample(REGIONS, 2), strict=True):
            found[f"{number}/{key}"] = one(chance, name, region, kind)
    return found


ASKED = cases()


@pytest.fixture(scope="module")
def templates(checkout: Path, terraform: Terraform) -> dict[str, Json]:
    """The template of each case."""
    root = checkout / "live_pipelines"
    module = root / "channel"
    (module / "rendered").mkdir(parents=True)
    for file in (MODULE / "rendered").iterdir():
        (module / "rendered" / file.name).write_bytes(file.read_bytes())
    for name in ("definition.tf", "variables.tf"):
        (module / name).write_bytes((MODULE / name).read_bytes())
    made = (MODULE / "channel.tf").read_text(encoding="utf-8").partition('\nresource "aws_cloudformation_stack"')[0]
    assert "aws_iam_role.this.arn" in made
    (module / "template.tf").write_text(
        made.replace("aws_iam_role.this.arn", "var.role_arn") + CONTEXT, encoding="utf-8"
    )
    (root / "main.tf").write_text(ROOT, encoding="utf-8")
    (root / "cases.json").write_text(json.dumps(ASKED), encoding="utf-8")
    planned = terraform("live_pipelines", "plan", "-input=false", "-out=plan")
    assert planned.returncode == 0, planned.stderr
    shown = terraform("live_pipelines", "show", "-json", "plan")
    found: dict[str, Json] = json.loads(shown.stdout)["planned_values"]["outputs"]["templates"]["value"]
    assert len(found) == 2 * CASES
    return found


def differences(left: Any, right: Any, place: str = "") -> Iterator[str]:
    """The places in which two documents differ."""
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        for key in left:
            yield from differences(left[key], right[key], f"{place}.{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for number, (here, there) in enumerate(zip(left, right, strict=True)):
            yield from differences(here, there, f"{place}[{number}]")
    elif left != right:
        yield place


def test_pipeline_0_is_flow_0_and_writes_to_the_first_destination(templates: dict[str, Json]) -> None:
    for key, template in templates.items():
        asked, made = ASKED[key], template["Resources"]
        flows = [one["FlowArn"] for one in made["Input"]["Properties"]["MediaConnectFlows"]]
        assert flows == [asked["flow_arns"]["primary"], asked["flow_arns"]["backup"]], key
        assert [flow.rpartition("-")[2] for flow in flows] == ["primary", "backup"], key
        [destination] = made["Channel"]["Properties"]["Destinations"]
        assert [one["Url"] for one in destination["Settings"]] == [one["url"] for one in asked["destinations"]], key


def test_names_are_the_same_in_both_regions(templates: dict[str, Json]) -> None:
    for number in range(CASES):
        both = [templates[f"{number}/{key}"]["Resources"] for key in ("primary", "secondary")]
        assert len({one[kind]["Properties"]["Name"] for one in both for kind in ("Input", "Channel")}) == 1


def test_the_regions_differ_in_flows_roles_and_hosts_only(templates: dict[str, Json]) -> None:
    for number in range(CASES):
        here, there = (templates[f"{number}/{key}"] for key in ("primary", "secondary"))
        places = list(differences(here, there))
        assert places, number
        assert [place for place in places if not MAY_DIFFER.fullmatch(place)] == [], number


def test_the_destinations_of_both_regions_differ_in_their_hosts_only(templates: dict[str, Json]) -> None:
    for number in range(CASES):
        paths = set()
        for key in ("primary", "secondary"):
            [destination] = templates[f"{number}/{key}"]["Resources"]["Channel"]["Properties"]["Destinations"]
            paths.add(tuple(one["Url"].split("/", 3)[3] for one in destination["Settings"]))
        assert len(paths) == 1, number
