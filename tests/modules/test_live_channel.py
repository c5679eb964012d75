"""What the module of a live channel refuses at plan, and that what it writes is what MediaLive and CloudFormation take.

The bad settings are those of tests/unit/check, where `headend check` refuses them.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from headend import live_ladder_files
from headend.check.shapes import faults, shape
from headend.localcloud.cloudcontrol.registry import problems, schema_of

from .conftest import REPOSITORY, Terraform

MODULE = REPOSITORY / "modules" / "live_channel"
CASES = yaml.safe_load((REPOSITORY / "tests/unit/check/bad_encoder_settings.yaml").read_text(encoding="utf-8"))
KINDS = {"cmaf": "mediapackage", "hls": "s3"}
DESTINATIONS = {
    "cmaf": [
        f"https://a.ingest.b.mediapackagev2.eu-central-1.amazonaws.com/in/v1/g/{number}/live/index" for number in (1, 2)
    ],
    "hls": [f"s3ssl://bucket/live/{pipeline}" for pipeline in live_ladder_files.PIPELINES],
}
ARN = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-A:live"
CALL = """
module "{name}" {{
  source             = "../modules/live_channel"
  definition_file    = {file}
  destinations       = {destinations}
  flow_arns          = {{ backup = "{arn}-1", primary = "{arn}-0" }}
  kind               = "{kind}"
  name               = "live"
  writer_policy_json = jsonencode({{ Statement = [] }})
}}
"""
Json = dict[str, Any]


def changed(kind: str, change: Json) -> Json:
    """Good settings with what a case changes, see tests/unit/check/test_encoder_settings.py."""
    file = {"cmaf": live_ladder_files.CMAF, "hls": live_ladder_files.HLS}[kind]
    settings: Json = json.loads((MODULE / "rendered" / file).read_text(encoding="utf-8"))
    for place, value in change.items():
        *way, last = [int(part[1:-1]) if part[0] == "[" else part for part in re.findall(r"\[\d+\]|\w+", place)]
        node: Any = settings
        for part in way:
            node = node[part]
        if value == "DELETED":
            del node[last]
        elif isinstance(node, list) and last == len(node):
            node.append(value)
        else:
            node[last] = value
    return settings


def root(checkout: Path, name: str, command: str, calls: Iterator[str]) -> Path:
    """A root of module calls, and a test that runs it once with the module's own mocks."""
    folder = checkout / name
    (folder / "tests").mkdir(parents=True)
    (folder / "main.tf").write_text("".join(calls), encoding="utf-8")
    shutil.copy(MODULE / "versions.tf", folder)
    mocks = (MODULE / "tests/live_channel.tftest.hcl").read_text(encoding="utf-8").partition("\nvariables {")[0]
    (folder / "tests/all.tftest.hcl").write_text(
        f'{mocks}\nrun "all" {{\n  command = {command}\n}}\n', encoding="utf-8"
    )
    return folder


def call(name: str, kind: str, file: Path | None) -> str:
    path = "null" if file is None else json.dumps(file.as_posix())
    urls = json.dumps([{"url": url} for url in DESTINATIONS[kind]])
    return CALL.format(name=name, file=path, destinations=urls, arn=ARN, kind=KINDS[kind])


@pytest.mark.terraform
def test_what_two_regions_cannot_share_is_refused_at_plan(checkout: Path, terraform: Terraform) -> None:
    """One plan tells the messages of all."""
    bad = {f"case_{number}": case for number, case in enumerate(CASES) if "plan" in case}
    folder = checkout / "bad_settings"
    folder.mkdir()
    for name, case in bad.items():
        (folder / f"{name}.json").write_text(json.dumps(changed(case["kind"], case["change"])), encoding="utf-8")
    calls = (call(name, case["kind"], folder / f"{name}.json") for name, case in bad.items())
    lines = terraform(root(checkout, "bad_channels", "plan", calls).name, "test", "-json").stdout.splitlines()
    said = [one["diagnostic"]["detail"] for one in map(json.loads, lines) if one["type"] == "diagnostic"]
    missing = {
        f"{case['name']}: {case['plan']}"
        for name, case in bad.items()
        if not any(f"/{name}.json: {case['plan']}" in text for text in said)
    }
    assert not missing, [*sorted(missing), "", *said]


@pytest.mark.terraform
def test_what_the_module_writes_is_known_to_cloudformation_and_medialive(checkout: Path, terraform: Terraform) -> None:
    folder = root(checkout, "good_channels", "apply", (call(kind, kind, None) for kind in KINDS))
    lines = terraform(folder.name, "test", "-json", "-verbose").stdout.splitlines()
    parts = [json.loads(line) for line in lines]
    assert not [part for part in parts if part["type"] == "diagnostic" and part["diagnostic"]["severity"] == "error"]
    [state] = [part["test_state"] for part in parts if part["type"] == "test_state"]
    modules = state.get("values", state)["root_module"]["child_modules"]
    templates = [
        json.loads(resource["values"]["template_body"])
        for module in modules
        for resource in module["resources"]
        if resource["type"] == "aws_cloudformation_stack"
    ]
    assert len(templates) == len(KINDS)
    for template in templates:
        for name, resource in template["Resources"].items():
            model = resolved(resource["Properties"])
            assert problems(schema_of(resource["Type"], "eu-central-1") or {}, model) == []
            assert list(faults(model, shape("medialive", f"Create{name}Request"))) == []


def resolved(value: Any) -> Any:
    """A template's value with a text in place of each reference."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return str(value["Ref"])
        return {key: resolved(held) for key, held in value.items()}
    return [resolved(one) for one in value] if isinstance(value, list) else value
