"""What a fleet costs to deploy: plan, apply and API requests at 1, 5 and 20 flows with the full alarm catalogue.

What is counted is a straight line if a flow more costs the same from 5 to 20 flows as from 1 to 5: a ratio of 1. What
is timed is none worse than that if 20 flows take no longer than 5 flows do four times: at most 1, as some of it
(queues that the provider waits for) is there once. 20 flows are MediaConnect's quota of a Region:
https://docs.aws.amazon.com/mediaconnect/latest/ug/quotas.html
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from headend.bench.measurement import Measurement, Ratio
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform

FLOWS = (1, 5, 20)
REGION = "eu-central-1"
PLANS = 2
ROOT = """
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws", version = "5.100.0" }}
  }}
}}
provider "aws" {{
  region = "{region}"
}}
locals {{
  source = {{ protocol = "srt-listener", min_latency = 800, whitelist_cidr = "203.0.113.0/28" }}
}}
module "fleet" {{
  source = "../modules/stream_monitor"

  flows = {{
    for number in range(1, {count} + 1) : format("flow-%02d", number) => {{
      backup_source    = merge(local.source, {{ ingest_port = 6000 + number }})
      catalogue        = {{ preset = "full" }}
      failover         = {{ mode = "FAILOVER" }}
      nominal_bit_rate = 20000000
      source           = merge(local.source, {{ ingest_port = 5000 + number }})
      source_monitoring = {{
        content_quality = {{ black_frames_seconds = 10, frozen_frames_seconds = 10, silent_audio_seconds = 30 }}
        thumbnail       = true
      }}
      outputs = {{
        backup  = {{ protocol = "srt-caller", destination = "198.51.100.11", port = 7001, min_latency = 400 }}
        primary = {{ protocol = "srt-caller", destination = "198.51.100.10", port = 7001, min_latency = 400 }}
      }}
    }}
  }}
  name = "fleet-{count}"
  packages = {{
    alert_handler  = {{ filename = "${{path.module}}/../build/lambda/alert_handler.zip" }}
    stream_monitor = {{ filename = "${{path.module}}/../build/lambda/stream_monitor.zip" }}
  }}
}}
"""


@dataclass(frozen=True)
class Fleet:
    """What a number of flows took: seconds, resources in the plan, and AWS requests by `<signing name> <operation>`."""

    flows: int
    plan_s: float
    apply_s: float
    resources: int
    alarms: int
    requests: Mapping[str, int]

    @property
    def all_requests(self) -> int:
        """Of plans and apply together."""
        return sum(self.requests.values())


def measure(root: Path, work: Path) -> Measurement:
    """Deploy each size to a local cloud of its own. `root`: the repository, packages built; `work`: scratch space."""
    shutil.rmtree(work, ignore_errors=True)
    return judged([_deploy(root, work / str(count), count) for count in FLOWS])


def judged(fleets: list[Fleet]) -> Measurement:
    """The slopes of three sizes, the smallest first."""
    small, middle, large = fleets
    times = large.flows / middle.flows
    ratios = [
        Ratio(f"{what}, {large.flows} flows", value, f"{middle.flows} flows, {times:g} times", times * base, "s")
        for what, value, base in (
            ("plan", large.plan_s, middle.plan_s),
            ("apply", large.apply_s, middle.apply_s),
        )
    ]
    for what, unit in (("all_requests", "requests"), ("resources", "resources"), ("alarms", "alarms")):
        value, base = _slope(middle, large, what), _slope(small, middle, what)
        said = what.replace("_", " ")
        more = f"{said}, a flow more, {middle.flows} to {large.flows}"
        ratios.append(Ratio(more, value, f"{small.flows} to {middle.flows}", base, unit))
    says = f"deploying {small.flows}, {middle.flows} and {large.flows} flows with the full alarm catalogue"
    return Measurement("fleet", says, ratios, {"fleets": [asdict(fleet) for fleet in fleets]})


def _slope(less: Fleet, more: Fleet, what: str) -> float:
    return (float(getattr(more, what)) - float(getattr(less, what))) / (more.flows - less.flows)


def _deploy(root: Path, work: Path, count: int) -> Fleet:
    folder = work / "root"
    folder.mkdir(parents=True)
    (work / "build").mkdir()
    for linked in ("build/lambda", "modules"):
        (work / linked).symlink_to(root / linked)
    (folder / "main.tf").write_text(ROOT.format(count=count, region=REGION), encoding="utf-8")
    with LocalCloud(work / "cloud") as cloud:
        terraform = Terraform(folder, work / "terraform", cloud.environment(REGION), name=f"fleet of {count}")
        terraform.init()
        plan_s = min(_timed_plan(terraform, work / "plan") for _ in range(PLANS))
        resources = sum(
            change["change"]["actions"] == ["create"]
            for change in terraform.show_json(work / "plan")["resource_changes"]
        )
        begun = perf_counter()
        terraform.apply(work / "plan")
        apply_s = perf_counter() - begun
        requests = cloud.requests()
        pages = cloud.client("cloudwatch", REGION).get_paginator("describe_alarms").paginate()
        alarms = sum(len(page["MetricAlarms"]) + len(page.get("CompositeAlarms", [])) for page in pages)
    return Fleet(count, plan_s, apply_s, resources, alarms, requests)


def _timed_plan(terraform: Terraform, out: Path) -> float:
    begun = perf_counter()
    terraform.plan(out)
    return perf_counter() - begun
