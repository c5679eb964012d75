"""A live channel in two Regions on a local cloud, made by Terraform and on air: for drills to measure and to test."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from headend import live_ladder_files, prefer
from headend.aws import Aws
from headend.config_live_ladder import Ladder
from headend.drill.command import Rehearsal
from headend.drill.levers import DeployedLevers
from headend.drill.watchers import address
from headend.errors import HeadendError
from headend.live_outputs import LiveOutputs, read
from headend.local_feeds import fed
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform

REGION = "eu-central-1"
SECONDS = 2
SETTLE_SECONDS = 120.0
LOOK_SECONDS = 0.25
ROOT = """
# A live channel in two Regions, for drills: one kind of origin, protections as they are asked for.
terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  alias  = "primary"
  region = "eu-central-1"
}

provider "aws" {
  alias  = "secondary"
  region = "eu-west-1"
}

variable "definitions" {
  description = "Folder with what `headend render` makes of a ladder."
  type        = string
  nullable    = false
}

variable "kind" {
  description = "Kind of both origins."
  type        = string
  nullable    = false
}

variable "weakened_for_drill" {
  description = "Protections that are taken away."
  type = object({
    delivery = optional(object({
      confirm               = string
      error_caching_seconds = optional(number)
    }))
    origin = optional(object({
      confirm          = string
      dead_mans_switch = optional(bool, true)
      endpoint_errors  = optional(bool, true)
      expiry_segments  = optional(number)
      if_match         = optional(bool, true)
    }))
  })
  default  = {}
  nullable = false
}

module "live_workflow" {
  source    = "../modules/live_workflow"
  providers = { aws.primary = aws.primary, aws.secondary = aws.secondary }

  contribution = {
    ingest_port    = 7000
    min_latency    = 200
    protocol       = "srt-listener"
    whitelist_cidr = "203.0.113.0/28"
  }
  definition_file     = "${var.definitions}/encoder_settings.${var.kind == "s3" ? "hls" : "cmaf"}.json"
  input_specification = { maximum_bitrate = "MAX_10_MBPS" }
  kind                = var.kind
  name                = "drill-${var.kind}"
  packages = {
    expire_manifest = { filename = "${path.module}/../build/lambda/expire_manifest.zip" }
    live_check      = { filename = "${path.module}/../build/lambda/live_check.zip" }
  }
  regions = {
    primary   = { maintenance = { day = "TUESDAY", start_hour = 3 } }
    secondary = { maintenance = { day = "THURSDAY", start_hour = 3 } }
  }
  s3                 = { force_destroy = true }
  weakened_for_drill = var.weakened_for_drill
}

output "live" {
  description = "What drills need."
  value       = module.live_workflow.live
}

output "live_delivery" {
  description = "What `headend prefer` needs."
  value       = module.live_workflow.live_delivery
}

output "weakened_for_drill" {
  description = "Protections that are taken away."
  value       = module.live_workflow.weakened_for_drill
}
"""


def ladder() -> Ladder:
    """Two small renditions, segments of 2 s."""
    renditions = {
        "high": {"width": 640, "height": 360, "bitrate": 800_000},
        "low": {"width": 320, "height": 180, "bitrate": 300_000},
    }
    return Ladder.model_validate({"gop_seconds": 2, "renditions": renditions, "segment_seconds": SECONDS})


class TwoRegions:
    """The workflow, applied, with one kind of origin. `root`: the repository with packages; `folder`: scratch space."""

    def __init__(self, cloud: LocalCloud, root: Path, folder: Path, kind: str) -> None:
        self.cloud, self.folder, self.kind = cloud, folder, kind
        (folder / "build").mkdir(parents=True)
        for linked in ("build/lambda", "modules"):
            (folder / linked).symlink_to(root / linked)
        (folder / "root").mkdir()
        (folder / "root" / "main.tf").write_text(ROOT, encoding="utf-8")
        (folder / "definitions").mkdir()
        for name, text in live_ladder_files.files(ladder()).items():
            (folder / "definitions" / name).write_text(text, encoding="utf-8")
        self._stack = ExitStack()
        self.terraform().init()
        self.apply()

    @property
    def aws(self) -> Aws:
        """Access to the local cloud."""
        return Aws(REGION, self.cloud.environment(REGION))

    @property
    def live(self) -> LiveOutputs:
        """The workflow's outputs."""
        return read(self.outputs)

    def terraform(self, weakened: Mapping[str, Any] | None = None) -> Terraform:
        """Terraform in its root."""
        environment = {
            **self.cloud.environment(REGION),
            "TF_VAR_definitions": str(self.folder / "definitions"),
            "TF_VAR_kind": self.kind,
            "TF_VAR_weakened_for_drill": json.dumps(weakened or {}),
        }
        return Terraform(self.folder / "root", self.folder / "work", environment, name="live_drill")

    def apply(self, weakened: Mapping[str, Any] | None = None) -> None:
        """Apply, with these protections taken away."""
        terraform, plan = self.terraform(weakened), self.folder / "plan"
        terraform.plan(plan)
        terraform.apply(plan)
        self.outputs: dict[str, Any] = terraform.output()

    def start(self) -> None:
        """Flows, feeds, channels, in this order."""
        regions = self.live.regions.both()
        for one in regions:
            for arn in (one.flow_arns.primary, one.flow_arns.backup):
                self.cloud.client("mediaconnect", one.region).start_flow(FlowArn=arn)
        for one in regions:
            for arn in (one.flow_arns.primary, one.flow_arns.backup):
                self._settle(one.region, arn, "ACTIVE")
        self._stack.enter_context(fed(self.live, self.cloud, lambda _line: None))
        for one in regions:
            self.cloud.client("medialive", one.region).start_channel(ChannelId=one.channel_id)
        for one in regions:
            self._settle(one.region, one.channel_id, "RUNNING")

    def stop(self) -> None:
        """The other way round."""
        regions = self.live.regions.both()
        for one in regions:
            if self._state(one.region, one.channel_id) == "RUNNING":
                self.cloud.client("medialive", one.region).stop_channel(ChannelId=one.channel_id)
        for one in regions:
            self._settle(one.region, one.channel_id, "IDLE")
        self._stack.close()
        for one in regions:
            for arn in (one.flow_arns.primary, one.flow_arns.backup):
                if self._state(one.region, arn) == "ACTIVE":
                    self.cloud.client("mediaconnect", one.region).stop_flow(FlowArn=arn)
                self._settle(one.region, arn, "STANDBY")

    def _settle(self, region: str, identifier: str, wanted: str) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while (state := self._state(region, identifier)) != wanted:
            if time.monotonic() > deadline:
                raise HeadendError(f"{identifier} in {region} is {state}, not {wanted}: see the local cloud's timeline")
            time.sleep(LOOK_SECONDS)

    def _state(self, region: str, identifier: str) -> str:
        """Of a flow by its ARN, or of a channel by its id."""
        if identifier.startswith("arn:"):
            return str(self.cloud.client("mediaconnect", region).describe_flow(FlowArn=identifier)["Flow"]["Status"])
        return str(self.cloud.client("medialive", region).describe_channel(ChannelId=identifier)["State"])

    def rehearsal(self, *, with_browser: bool = False) -> Rehearsal:
        """What drills are played on."""
        place = prefer.delivery(self.outputs, "drill")

        def say(region: str) -> str | None:
            return prefer.Preference(prefer.store_client(self.aws), place).write(region)

        return Rehearsal(
            self.live,
            address(self.live, self.cloud),
            float(SECONDS),
            DeployedLevers(self.live, self.aws, self.cloud, say, float(SECONDS)),
            {"primary": place.regions[0], "secondary": place.regions[1]},
            self.folder,
            self.cloud,
            with_browser,
            tuple(self.outputs["weakened_for_drill"]),
        )
