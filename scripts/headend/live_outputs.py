"""What `terraform output live` says of a two-Region workflow: its channels, origins, flows and distribution.

The order of the Regions is that of the edge: the primary one first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from headend.errors import UsageError

OUTPUT = "live"


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class OriginOutput(_Model):
    """One Region's origin, as module live_origin says."""

    kind: Literal["mediapackage", "s3"]
    domain_name: str
    manifest_path: str


class FlowsOutput(_Model):
    """The flows of a channel: primary feeds pipeline 0, backup pipeline 1."""

    primary: str
    backup: str

    def of(self, pipeline: int) -> str:
        """The ARN of the flow that feeds a pipeline."""
        return self.backup if pipeline else self.primary


class RegionOutput(_Model):
    """One Region."""

    region: str
    channel_id: str
    lifecycle_arn: str = ""
    flow_arns: FlowsOutput
    origin: OriginOutput

    def asked(self) -> dict[str, Any]:
        """The channel as livecheck.service asks for it."""
        return {"region": self.region, "channel_id": self.channel_id, "origin": self.origin.model_dump()}


class RegionsOutput(_Model):
    """Both Regions."""

    primary: RegionOutput
    secondary: RegionOutput

    def both(self) -> tuple[RegionOutput, RegionOutput]:
        """The primary one, then the secondary one."""
        return self.primary, self.secondary


class LiveOutputs(_Model):
    """The whole workflow. `play_url` is what viewers are given."""

    regions: RegionsOutput
    distribution_id: str
    play_url: str


def read(outputs: Mapping[str, Any]) -> LiveOutputs:
    """The workflow in an environment's outputs. Raises UsageError where there is none, or it has another form."""
    if not outputs.get(OUTPUT):
        raise UsageError("outputs: no live; set `live` in config.yaml, plan and apply")
    try:
        return LiveOutputs.model_validate(outputs[OUTPUT])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in (OUTPUT, *first["loc"]))
        raise UsageError(f"outputs: {place}: {first['msg']}; apply with this version of the modules") from None
