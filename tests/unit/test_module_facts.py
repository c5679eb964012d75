"""Facts that the modules hold as HCL, against where they come from."""

from __future__ import annotations

import re
from pathlib import Path

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from headend.config import media_connect_regions

MODULES = Path(__file__).parents[2] / "modules"


def test_the_modules_know_the_regions_that_botocore_knows() -> None:
    text = (MODULES / "stream_monitor" / "regions.tf").read_text()
    listed = re.search(r"mediaconnect_regions = \[(.*?)\]", text, re.DOTALL)
    assert listed
    assert tuple(re.findall(r'"([a-z0-9-]+)"', listed[1])) == media_connect_regions()


def test_every_property_that_the_flow_module_writes_is_in_the_registry_schema() -> None:
    flow = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::MediaConnect::Flow").schema
    output = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::MediaConnect::FlowOutput").schema
    source = flow["definitions"]["Source"]

    assert _written("flow.tf", "source_properties") <= set(source["properties"])
    assert _written("flow.tf", "flow_properties") <= set(flow["properties"])
    assert _written("outputs_of_flow.tf", "output_properties") <= set(output["properties"])


def test_every_protocol_that_the_flow_module_takes_is_in_the_registry_schema() -> None:
    flow = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::MediaConnect::Flow").schema
    output = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::MediaConnect::FlowOutput").schema
    text = (MODULES / "mediaconnect_flow" / "protocols.tf").read_text()
    sources, outputs = text.split("output_protocols = {")
    protocol = re.compile(r'^    "([a-z-]+)" = \{$', re.MULTILINE)

    assert set(protocol.findall(sources)) <= set(flow["definitions"]["Source"]["properties"]["Protocol"]["enum"])
    assert set(protocol.findall(outputs)) <= set(output["properties"]["Protocol"]["enum"])


def _written(file: str, local: str) -> set[str]:
    """The PascalCase keys on the first level of a map of properties."""
    text = (MODULES / "mediaconnect_flow" / file).read_text()
    start = re.search(rf"^  {local} = \{{\n", text, re.MULTILINE)
    assert start, f"{file}: no {local}"
    block = text[start.end() :].split("\n  }\n", 1)[0]
    found = re.findall(r"^( +)([A-Z]\w+) += ", block, re.MULTILINE)
    depth = min(len(indent) for indent, _ in found)
    return {name for indent, name in found if len(indent) == depth}
