"""How long a plan takes at 1, 5 and 20 flows, as a multiple of a plan of nothing with the same provider.

Each root module is envs/local with as many flows. The plans take turns, so that whatever else the
machine does falls on all of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from time import perf_counter
from typing import Any

import yaml

from headend.bench.measurement import Measurement, Ratio, middle
from headend.terraform import Terraform

FLOWS = (1, 5, 20)
TURNS = 3
EMPTY = """
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws", version = "5.100.0" }}
  }}
}}
provider "aws" {{
  region = "{region}"
}}
data "aws_caller_identity" "this" {{}}
"""


def measure(root: Path, work: Path, environment: Mapping[str, str], turns: int = TURNS) -> Measurement:
    """Plan each size `turns` times on the empty local cloud of `environment`. `work` is scratch space."""
    shutil.rmtree(work, ignore_errors=True)
    planners = {count: _planner(root, work, environment, count) for count in (0, *FLOWS)}
    seconds: dict[int, list[float]] = {count: [] for count in planners}
    for _ in range(turns):
        for count, terraform in planners.items():
            begun = perf_counter()
            terraform.plan(work / f"{count}.tfplan")
            seconds[count].append(perf_counter() - begun)
    empty = middle(seconds[0])
    ratios = [Ratio(f"flows: {n}", middle(seconds[n]), "an empty plan", empty, "s") for n in FLOWS]
    return Measurement("plan", "plan of an environment, against nothing", ratios, {"s": seconds})


def with_flows(config: Mapping[str, Any], count: int) -> dict[str, Any]:
    """`config` (the content of a config.yaml) with `count` flows like its first, each on its own port."""
    first = next(iter(config["flows"].values()))
    flows = {
        f"flow-{number:02}": deepcopy({**first, "source": {**first["source"], "ingest_port": 5000 + number}})
        for number in range(1, count + 1)
    }
    return {**config, "flows": flows}


def _planner(root: Path, work: Path, environment: Mapping[str, str], count: int) -> Terraform:
    """An initialised Terraform in a scratch root module with `count` flows; 0 is the empty one."""
    config = yaml.safe_load((root / "envs" / "local" / "config.yaml").read_text(encoding="utf-8"))
    folder = work / "envs" / str(count)
    folder.mkdir(parents=True)
    if count:
        for shared in ("modules", "build"):
            if not (work / shared).exists():
                (work / shared).symlink_to(root / shared)
        for source in (root / "envs" / "local").glob("*.tf"):
            if source.name != "backend.tf":
                shutil.copy(source, folder)
        text = yaml.safe_dump(with_flows(config, count), sort_keys=False)
        (folder / "config.yaml").write_text(text, encoding="utf-8")
    else:
        (folder / "main.tf").write_text(EMPTY.format(region=config["region"]), encoding="utf-8")
    terraform = Terraform(folder, work / "terraform" / str(count), environment)
    terraform.init()
    return terraform
