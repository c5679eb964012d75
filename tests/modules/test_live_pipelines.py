"""Pipeline 0 is flow 0, zone 0 and `primary`, in both Regions, whatever their names and hosts are: for 1,000 of them.

What the modules say of flows, origins and channels is taken out of them, expression by expression, and evaluated for
all cases in one plan: 2,000 calls of the modules would take Terraform an hour.
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

MODULES = REPOSITORY / "modules"
CASES = 1000
PIPELINES = ["primary", "backup"]
REGIONS = ("ap-northeast-1", "eu-central-1", "eu-west-1", "sa-east-1", "us-east-1", "us-west-2")
MAY_DIFFER = re.compile(
    r"\.flows\.(primary|backup)\.availability_zone"
    r"|\.template\.Resources\.(Input\.Properties\.(MediaConnectFlows\[[01]\]\.FlowArn|RoleArn)"
    r"|Channel\.Properties\.(Destinations\[0\]\.Settings\[[01]\]\.Url|RoleArn))"
)
"""What the Regions may differ in: the flows' zones and ARNs, roles, and the hosts of the destinations."""
ONE_REGION = {"alarm_topic_arn", "availability_zones", "contribution", "maintenance", "vpc"}
"""What only a Region can say: arguments of a Region's call that are not the same in both."""
CASE = {
    "aws_iam_role.this.arn": "case.role_arn",
    "data.aws_availability_zones.available.names": "case.zones_there",
    "each.key": "pipeline_key",
    "each.value": "pipeline_number",
    "local.account_id": "case.account_id",
    "local.audio_selectors": "local.sounds[case.kind]",
    "local.encoder": "local.encoders[case.kind]",
    "local.ingest_urls": "case.ingest_urls",
    "local.is_media_package": '(case.kind == "mediapackage")',
    "local.is_s3": '(case.kind == "s3")',
    "local.region": "case.region",
}
"""What stands for what is not evaluated here: what AWS says, and loops of the modules' calls."""
CHAIN = ("bucket_destinations", "bucket_name", "destinations", "flow_arns", "flows", "package_destinations", "zones")
"""Locals of the root with a value for each case, named as in the modules."""
Json = dict[str, Any]


def said(file: str, name: str, after: str = "") -> str:
    """The expression of the first argument of this name in a module's file, behind the text `after`."""
    text = (MODULES / file).read_text(encoding="utf-8").partition(after)[2] if after else ""
    text = text or (MODULES / file).read_text(encoding="utf-8")
    found = re.search(rf"^ *{name} *= ", text, re.MULTILINE)
    assert found, f"{file} says nothing of {name}"
    depth = 0
    for end, character in enumerate(text[found.end() :], start=found.end()):
        depth += (character in "([{") - (character in ")]}")
        if character == "\n" and depth == 0:
            return text[found.end() : end]
    raise AssertionError(f"{file}: {name} has no end")


def of_case(expression: str) -> str:
    """An expression of a module, for one case of the root."""
    for name, stands in CASE.items():
        expression = re.sub(rf"(?<![\w.]){re.escape(name)}\b", stands, expression)
    expression = re.sub(rf"\blocal\.({'|'.join(CHAIN)})\b", r"local.\1[key]", expression)
    expression = re.sub(r"\bmodule\.flow\b", "local.flows[key]", expression)
    expression = re.sub(r"\bvar\.(destinations|flow_arns)\b", r"local.\1[key]", expression)
    return re.sub(r"\bvar\.", "case.", expression)


def root() -> str:
    """The root that evaluates all cases."""
    flow = 'module "flow"'
    chain = {
        "bucket_destinations": said("live_origin/writer.tf", "bucket_destinations"),
        "bucket_name": said("live_origin/bucket.tf", "bucket_name"),
        "destinations": said("live_origin/outputs.tf", "value", 'output "destinations"'),
        "flow_arns": said("live_region/flows.tf", "flow_arns"),
        "flows": f"""{{
          for pipeline_key, pipeline_number in {said("live_region/flows.tf", "for_each", flow)} : pipeline_key => {{
            arn               = case.arns[pipeline_key]
            availability_zone = {said("live_region/flows.tf", "availability_zone", flow)}
            name              = {said("live_region/flows.tf", "name", flow)}
          }}
        }}""",
        "package_destinations": said("live_origin/media_package.tf", "package_destinations"),
        "template": said("live_channel/channel.tf", "template"),
        "zones": said("live_region/context.tf", "zones"),
    }
    lines = [f"  {name} = {{ for key, case in local.cases : key => {of_case(text)} }}" for name, text in chain.items()]
    return "\n".join(
        [
            "locals {",
            '  cases = jsondecode(file("${path.root}/cases.json"))',
            f"  pipelines = {said('live_region/context.tf', 'pipelines')}",
            '  encoders = { mediapackage = "CMAF", s3 = "HLS" }',
            '  sounds = { mediapackage = ["sound"], s3 = ["sound"] }',
            *lines,
            "}",
            'output "regions" {',
            "  value = { for key, case in local.cases : key => {",
            "    flows = { for pipeline, flow in local.flows[key] : pipeline =>",
            "      { availability_zone = flow.availability_zone, name = flow.name } }",
            "    template = local.template[key]",
            "  } }",
            "}",
            "",
        ]
    )


def word(chance: random.Random, most: int, least: int = 1) -> str:
    return "".join(chance.choice(string.ascii_lowercase + string.digits) for _ in range(chance.randint(least, most)))


def name_of(chance: random.Random) -> str:
    """A deployment's name; some hold the words and numbers that pipelines are called by."""
    parts = [word(chance, 12), *chance.sample(["backup", "primary", "1", "2", "in-v1", "0"], chance.randint(0, 2))]
    chance.shuffle(parts)
    return (chance.choice(string.ascii_lowercase) + "-".join(parts))[:40]


def one(chance: random.Random, shared: Json, region: str) -> Json:
    """A Region's case. Ids, hosts and zones are random, and told in any order: none says which is which."""
    name, channel = shared["name"], shared["channel"]
    host = f"ingest.{word(chance, 8)}.mediapackagev2.{region}.amazonaws.com"
    urls = [f"https://{word(chance, 12)}-{word(chance, 1)}.{host}/in/v1/{name}/{n}/{channel}/index" for n in (1, 2)]
    zones = [f"{region}{letter}" for letter in chance.sample("abcdef", chance.randint(2, 4))]
    flow = f"arn:aws:mediaconnect:{region}:{shared['account_id']}:flow:1"
    return {
        **shared,
        "arns": {one: f"{flow}-{word(chance, 16)}:{word(chance, 9)}" for one in PIPELINES},
        "availability_zones": chance.choice([[], chance.sample(zones, 2)]),
        "ingest_urls": chance.sample(urls, 2),
        "region": region,
        "role_arn": f"arn:aws:iam::{shared['account_id']}:role/{name}-channel-{region}",
        "zones_there": zones,
    }


def cases() -> dict[str, Json]:
    """1,000 deployments, each in two Regions: number and Region → what is asked for, and what AWS says."""
    chance = random.Random(7)
    found = {}
    for number in range(CASES):
        shared = {
            "account_id": "".join(chance.choices(string.digits, k=12)),
            "channel": chance.choice(["live", "1", "2", "primary", "backup", word(chance, 12)]),
            "input_specification": {"codec": "AVC", "maximum_bitrate": "MAX_20_MBPS", "resolution": "HD"},
            "kind": chance.choice(("mediapackage", "s3")),
            "log_level": "WARNING",
            "maintenance": None,
            "name": name_of(chance),
        }
        for key, region in zip(("primary", "secondary"), chance.sample(REGIONS, 2), strict=True):
            found[f"{number}/{key}"] = one(chance, shared, region)
    return found


ASKED = cases()


@pytest.fixture(scope="module")
def regions(checkout: Path, terraform: Terraform) -> dict[str, Json]:
    """What the modules make of each case."""
    folder = checkout / "live_pipelines"
    folder.mkdir()
    (folder / "main.tf").write_text(root(), encoding="utf-8")
    (folder / "cases.json").write_text(json.dumps(ASKED), encoding="utf-8")
    planned = terraform("live_pipelines", "plan", "-input=false", "-out=plan")
    assert planned.returncode == 0, planned.stderr
    shown = terraform("live_pipelines", "show", "-json", "plan")
    found: dict[str, Json] = json.loads(shown.stdout)["planned_values"]["outputs"]["regions"]["value"]
    assert len(found) == 2 * CASES
    return found


def fed(made: Json) -> list[str]:
    """The flows of a channel's input, pipeline 0 first."""
    return [one["FlowArn"] for one in made["template"]["Resources"]["Input"]["Properties"]["MediaConnectFlows"]]


def written(made: Json) -> list[str]:
    """The URLs of a channel's destination, pipeline 0 first."""
    [destination] = made["template"]["Resources"]["Channel"]["Properties"]["Destinations"]
    return [one["Url"] for one in destination["Settings"]]


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


def test_pipeline_0_is_flow_0_in_zone_0_and_called_primary(regions: dict[str, Json]) -> None:
    for key, made in regions.items():
        asked = ASKED[key]
        assert fed(made) == [asked["arns"][one] for one in PIPELINES], key
        flows = made["flows"]
        assert [flows[one]["name"] for one in PIPELINES] == [f"{asked['name']}-{one}" for one in PIPELINES], key
        zones = asked["availability_zones"] or asked["zones_there"]
        assert [flows[one]["availability_zone"] for one in PIPELINES] == zones[:2], key


def test_pipeline_0_writes_to_primary_or_to_the_first_ingest_endpoint(regions: dict[str, Json]) -> None:
    for key, made in regions.items():
        asked, urls = ASKED[key], written(made)
        if asked["kind"] == "s3":
            assert [url.rpartition("/")[2] for url in urls] == PIPELINES, key
            assert len({url.rpartition("/")[0] for url in urls}) == 1, key
        else:
            assert sorted(urls) == sorted(asked["ingest_urls"]), key
            paths = [f"/in/v1/{asked['name']}/{number}/{asked['channel']}/index" for number in (1, 2)]
            assert [url.removeprefix("https://").partition("/")[2] for url in urls] == [one[1:] for one in paths], key


def test_names_are_the_same_in_both_regions(regions: dict[str, Json]) -> None:
    for number in range(CASES):
        both = [regions[f"{number}/{key}"]["template"]["Resources"] for key in ("primary", "secondary")]
        assert len({one[kind]["Properties"]["Name"] for one in both for kind in ("Input", "Channel")}) == 1


def test_the_regions_differ_in_zones_flows_roles_and_hosts_only(regions: dict[str, Json]) -> None:
    for number in range(CASES):
        here, there = (regions[f"{number}/{key}"] for key in ("primary", "secondary"))
        places = list(differences(here, there))
        assert places, number
        assert [place for place in places if not MAY_DIFFER.fullmatch(place)] == [], number


def test_the_destinations_of_both_regions_differ_in_their_hosts_only(regions: dict[str, Json]) -> None:
    for number in range(CASES):
        both = [written(regions[f"{number}/{key}"]) for key in ("primary", "secondary")]
        assert len({tuple(url.split("/", 3)[3] for url in urls) for urls in both}) == 1, number
        assert not {url.split("/", 3)[2] for url in both[0]} & {url.split("/", 3)[2] for url in both[1]}, number


# What holds for every name, because nothing depends on names: the wiring of the modules


def arguments(file: str, module: str) -> dict[str, str]:
    """The arguments of a module's call."""
    text = (MODULES / file).read_text(encoding="utf-8").partition(f'module "{module}" {{\n')[2].partition("\n}")[0]
    names = re.findall(r"^  (\w+) *= ", text, re.MULTILINE)
    return {name: said(file, name, f'module "{module}"') for name in names}


def test_both_regions_are_called_with_the_same_but_for_what_only_a_region_can_say() -> None:
    primary, secondary = (arguments("live_workflow/regions.tf", key) for key in ("primary", "secondary"))
    assert primary.keys() == secondary.keys()
    different = {name for name in primary if primary[name] != secondary[name]}
    assert different - {"providers"} == ONE_REGION
    for name in different:
        assert re.sub(r"\bprimary\b", "secondary", primary[name]) == secondary[name], name
    assert {"name", "channel", "definition_file", "kind"} <= primary.keys() - different


def test_a_region_hands_its_flows_and_its_origin_on_as_they_are() -> None:
    channel, origin = (arguments("live_region/channel.tf", name) for name in ("channel", "origin"))
    assert channel["flow_arns"] == "local.flow_arns"
    assert channel["destinations"] == "module.origin.destinations"
    assert {(one["name"], one["kind"]) for one in (channel, origin)} == {("var.name", "var.kind")}
    assert origin["channel"] == "var.channel"
    for module in ("live_channel/context.tf", "live_origin/bucket.tf", "live_region/context.tf"):
        assert json.loads(said(module, "pipelines")) == PIPELINES, module
