"""What the flow module refuses and what it writes, beyond what `terraform test` can say of it.

Everything that is refused stands in modules/mediaconnect_flow/tests/refusals as a call of the module, below a line with
part of its message: `# var.NAME says: TEXT` where a variable refuses by itself, `# var.NAME with var.OTHER says: TEXT`
where it asks another, `# the flow says: TEXT` where several values do together. One plan tells the messages of all
calls of a kind. What the module writes is held against the registry's
schemas.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headend.localcloud.cloudcontrol.registry import problems, schema_of

from .conftest import EXAMPLES, KINDS, REPOSITORY, Terraform

MODULE = REPOSITORY / "modules" / "mediaconnect_flow"
TESTS = MODULE / "tests"
CALL = re.compile(
    r"^# (?P<refuser>var\.\w+(?: with var\.\w+)?|the flow) says: (?P<says>[^\n]+)\n"
    r'module "(?P<name>\w+)" \{\n(?P<body>.*?)^\}\n',
    re.MULTILINE | re.DOTALL,
)
FEWEST_REFUSALS = 120
_RTP = '  primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }\n'


def _refusals() -> Iterator[tuple[str, str, str, str]]:
    """The name, the arguments, the message and the kind of the refuser of each call."""
    for path in sorted((TESTS / "refusals").glob("*.hcl")):
        for found in CALL.finditer(path.read_text(encoding="utf-8")):
            who = found["refuser"]
            kind = "variables" if " with " in who else "variable" if who.startswith("var.") else "flow"
            yield f"{path.stem}_{found['name']}", found["body"], found["says"], kind


def test_every_refusal_names_its_message() -> None:
    calls = sum(path.read_text(encoding="utf-8").count("module ") for path in (TESTS / "refusals").glob("*.hcl"))
    assert len(list(_refusals())) == calls >= FEWEST_REFUSALS


@pytest.mark.terraform
@pytest.mark.parametrize("kind", ["variable", "variables", "flow"])
def test_every_refusal_says_what_is_allowed(kind: str, checkout: Path, terraform: Terraform) -> None:
    """One plan a kind: where a variable is refused, Terraform goes on neither to others with it nor to resources."""
    refusals = [(name, body, says) for name, body, says, whose in _refusals() if whose == kind]
    calls = []
    for name, body, _ in refusals:
        named = "" if re.search(r"^  name += ", body, re.MULTILINE) else '  name = "f"\n'
        source = "" if re.search(r"^ *primary_source += ", body, re.MULTILINE) else _RTP
        calls.append(f'module "{name}" {{\n  source = "../modules/mediaconnect_flow"\n{named}{source}{body}}}\n')
    folder = _root(checkout, f"refusals_{kind}", calls, "plan")

    done = terraform(folder.name, "test", "-json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    said = Counter(line["diagnostic"]["detail"] for line in lines if line["type"] == "diagnostic")
    missing = [
        f"{name}: {says}"
        for name, _, says in refusals
        if sum(times for text, times in said.items() if says in text) < sum(says == other for _, _, other in refusals)
    ]
    assert not missing, "\n".join([*missing, "", "said:", *said])


@pytest.mark.terraform
def test_everything_the_module_writes_is_right_and_valid_in_the_registry(terraform: Terraform) -> None:
    """The module's own tests of what it writes, run here once, with the states that they leave."""
    done = terraform("modules/mediaconnect_flow", "test", "-json", "-verbose", f"-filter=tests/{KINDS}")
    assert done.returncode == 0, done.stdout
    states = _states(done.stdout)
    assert len(_written(states)) >= len(states) >= 15


@pytest.mark.terraform
def test_everything_the_examples_write_is_valid_in_the_registry(checkout: Path, terraform: Terraform) -> None:
    examples = [name for name in EXAMPLES if name.startswith("mediaconnect_flow/")]
    calls = [f'module "{name.rpartition("/")[2]}" {{ source = "../modules/{name}" }}\n' for name in examples]
    folder = _root(checkout, "examples_of_flows", calls, "apply")
    done = terraform(folder.name, "test", "-json", "-verbose")
    written = _written(_states(done.stdout))
    assert len([kind for kind, _ in written if kind == "AWS::MediaConnect::Flow"]) == len(examples)


def test_the_examples_show_every_protocol_and_every_option() -> None:
    """Every field of the module's variables and every protocol stands in some example."""
    shown = "\n".join(path.read_text(encoding="utf-8") for path in sorted(MODULE.glob("examples/*/main.tf")))
    variables = (MODULE / "variables.tf").read_text(encoding="utf-8")
    protocols = (MODULE / "protocols.tf").read_text(encoding="utf-8")
    for kind in ("source_protocols", "output_protocols"):
        table = protocols[protocols.index(f"  {kind} = {{") :].partition("\n  }\n")[0]
        for protocol in re.findall(r'^    "?([\w-]+)"? = \{', table, re.MULTILINE):
            assert f'protocol = "{protocol}"' in re.sub(r" +", " ", shown), protocol
    types = re.findall(r"^  type += (.*?)^  (?:default|nullable|validation)", variables, re.MULTILINE | re.DOTALL)
    fields = {field for text in types for field in re.findall(r"^ +(\w+) += ", text, re.MULTILINE)}
    names = set(re.findall(r'^variable "(\w+)"', variables, re.MULTILINE)) - _NEVER_SHOWN
    assert len(fields) >= 80
    missing = {field for field in fields | names if not re.search(rf"\b{field} += ", shown)}
    assert not missing, sorted(missing)


def _root(checkout: Path, name: str, calls: list[str], command: str) -> Path:
    """A root with these module calls, and a test that runs it once with a mocked provider."""
    folder = checkout / name
    (folder / "tests").mkdir(parents=True)
    (folder / "main.tf").write_text("\n".join(calls), encoding="utf-8")
    shutil.copy(MODULE / "versions.tf", folder)  # so that the mocked provider reaches the modules
    head = (TESTS / "refusals.tftest.hcl").read_text(encoding="utf-8").partition("\nvariables {")[0]
    head = head.removesuffix("}\n") + _MORE_MOCKS + "}\n"
    (folder / "tests" / "all.tftest.hcl").write_text(f'{head}\nrun "all" {{\n  command = {command}\n}}\n', "utf-8")
    return folder


def _states(output: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines()]
    faults = [line["diagnostic"] for line in lines if line["type"] == "diagnostic"]
    assert not [fault for fault in faults if fault["severity"] == "error"], faults
    return [line["test_state"] for line in lines if line["type"] == "test_state"]


def _written(states: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The types and desired states of the Cloud Control resources of all states; each is held against its schema."""
    found = [one for state in states for one in _cloud_control(state.get("values", state).get("root_module", {}))]
    for type_name, model in found:
        schema = schema_of(type_name, "eu-central-1")
        assert schema
        assert problems(schema, model) == [], (type_name, model)
    return found


def _cloud_control(module: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in module.get("resources", []):
        if resource["type"] == "aws_cloudcontrolapi_resource":
            values = resource["values"]
            yield values["type_name"], json.loads(values["desired_state"])
    for child in module.get("child_modules", []):
        yield from _cloud_control(child)


_NEVER_SHOWN = {"allow_open_whitelist"}
"""For a machine that nobody can reach, never for AWS."""

_MORE_MOCKS = """
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-0123456789abcdef0" }
  }
  mock_resource "aws_subnet" {
    defaults = { id = "subnet-0123456789abcdef0" }
  }
"""
