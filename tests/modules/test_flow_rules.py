"""What the flow module refuses and what it writes, beyond what `terraform test` can say of it.

The runs of refusals_*.tftest.hcl carry a line `# says: TEXT`: part of the message with which the plan is refused. All
stand in one root as module calls, and one plan tells every message. What the module writes is held against the
registry's schemas.
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

from .conftest import REPOSITORY, Terraform

TESTS = REPOSITORY / "modules" / "mediaconnect_flow" / "tests"
RUN = re.compile(
    r'^# says: (?P<says>[^\n]+)\nrun "(?P<name>\w+)" \{\n.*?^  variables \{\n(?P<body>.*?)^  \}\n'
    r"\n  expect_failures = \[(?P<refuser>\w+)",
    re.MULTILINE | re.DOTALL,
)
FEWEST_REFUSALS = 90


def _refusals() -> Iterator[tuple[str, str, str, str]]:
    """The name, the arguments, the message and the kind of what refuses (`var` or a resource's type) of each run."""
    for path in sorted(TESTS.glob("refusals_*.tftest.hcl")):
        for found in RUN.finditer(path.read_text(encoding="utf-8")):
            yield f"{path.name.split('.')[0]}_{found['name']}", found["body"], found["says"], found["refuser"]


def test_every_run_of_a_refusal_names_its_message() -> None:
    runs = sum(path.read_text(encoding="utf-8").count("\nrun ") for path in TESTS.glob("refusals_*.tftest.hcl"))
    assert len(list(_refusals())) == runs >= FEWEST_REFUSALS


@pytest.mark.terraform
@pytest.mark.parametrize("refuser", ["var", "aws_cloudcontrolapi_resource"])
def test_every_refusal_says_what_is_allowed(refuser: str, checkout: Path, terraform: Terraform) -> None:
    """One plan a kind: where a variable is refused, Terraform does not go on to the resources."""
    refusals = [(name, body, says) for name, body, says, kind in _refusals() if kind == refuser]
    folder = checkout / f"refusals_{refuser}"
    (folder / "tests").mkdir(parents=True)
    calls = []
    for name, body, _ in refusals:
        source = "" if re.search(r"^ *primary_source += ", body, re.MULTILINE) else _RTP
        calls.append(f'module "{name}" {{\n  source = "../modules/mediaconnect_flow"\n  name = "f"\n{source}{body}}}\n')
    (folder / "main.tf").write_text("\n".join(calls), encoding="utf-8")
    shutil.copy(TESTS.parent / "versions.tf", folder)  # so that the mocked provider reaches the modules
    head = (TESTS / "refusals.tftest.hcl").read_text(encoding="utf-8").partition("\nvariables {")[0]
    (folder / "tests" / "all.tftest.hcl").write_text(f'{head}\nrun "all" {{\n  command = plan\n}}\n', encoding="utf-8")

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
def test_everything_the_module_writes_is_valid_in_the_registry(terraform: Terraform) -> None:
    done = terraform("modules/mediaconnect_flow", "test", "-json", "-verbose", "-filter=tests/kinds.tftest.hcl")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    states = [line["test_state"] for line in lines if line["type"] == "test_state"]
    found = [resource for state in states for resource in _cloud_control(state)]
    assert len(found) >= len(states) >= 15
    for type_name, model in found:
        schema = schema_of(type_name, "eu-central-1")
        assert schema
        assert problems(schema, model) == [], (type_name, model)


def _cloud_control(state: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The type and the desired state of each Cloud Control resource of a state."""
    for resource in state.get("values", state).get("root_module", {}).get("resources", []):
        if resource["type"] == "aws_cloudcontrolapi_resource":
            values = resource["values"]
            yield values["type_name"], json.loads(values["desired_state"])


_RTP = '  primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }\n'
