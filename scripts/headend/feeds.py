"""Where each contribution site sends to: the four flows' addresses, the nearer Region first.

Distances are great circles. Regions' places are those by which viewers are served: modules/live_delivery/regions.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import botocore.exceptions

from headend.aws import Aws
from headend.config_live import ContributionSite
from headend.errors import HeadendError, UsageError, one_line
from headend.live_outputs import LiveOutputs

REGIONS = Path("modules/live_delivery/regions.json")
EARTH_KILOMETRES = 6371.0
PIPELINES = ("primary", "backup")


@dataclass(frozen=True)
class Feed:
    """An address that a site sends to. `address` is HOST:PORT; `kilometres`: None where the Region is not known."""

    site: str
    region: str
    pipeline: str
    protocol: str
    address: str
    kilometres: int | None

    def __str__(self) -> str:
        far = "" if self.kilometres is None else f", {self.kilometres} km"
        return f"{self.site}: {self.pipeline} feed to {self.protocol} {self.address} ({self.region}{far})"

    def as_json(self) -> dict[str, Any]:
        """For another program."""
        return asdict(self)


def feeds(live: LiveOutputs, sites: Mapping[str, ContributionSite], places: Mapping[str, Any], aws: Aws) -> list[Feed]:
    """What each site sends to, in the order of the sites' names, then by distance, the primary pipeline first.

    `places` is Region → {latitude, longitude}. Raises UsageError without sites, HeadendError where a flow is not there.
    """
    if not sites:
        raise UsageError("live.sites: there are none in config.yaml; write each with its latitude and longitude")
    ends = {
        (one.region, pipeline): _end(aws, one.region, getattr(one.flow_arns, pipeline))
        for one in live.regions.both()
        for pipeline in PIPELINES
    }
    found = []
    for name, site in sorted(sites.items()):
        far = {one.region: _kilometres(site, places.get(one.region)) for one in live.regions.both()}
        nearer = sorted(far, key=lambda region: (far[region] is None, far[region] or 0))
        found += [
            Feed(name, region, pipeline, *ends[region, pipeline], far[region])
            for region in nearer
            for pipeline in PIPELINES
        ]
    return found


def places_of(root: Path) -> dict[str, Any]:
    """Where the Regions are."""
    known: dict[str, Any] = json.loads((root / REGIONS).read_text(encoding="utf-8"))
    return known


def _kilometres(site: ContributionSite, place: Mapping[str, float] | None) -> int | None:
    if place is None:
        return None
    north, south = radians(site.latitude), radians(place["latitude"])
    across = radians(place["longitude"] - site.longitude)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(across / 2) ** 2
    return round(2 * EARTH_KILOMETRES * asin(min(1.0, sqrt(half))))


def _end(aws: Aws, region: str, arn: str) -> tuple[str, str]:
    """(protocol, HOST:PORT) of a flow's source."""
    try:
        flow = aws.client("mediaconnect", region).describe_flow(FlowArn=arn)["Flow"]
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise HeadendError(f"{arn.rpartition(':')[2]} in {region}: {one_line(error)}") from None
    source = flow.get("Source") or flow["Sources"][0]
    protocol = (source.get("Transport") or {}).get("Protocol", "")
    return str(protocol), f"{source.get('IngestIp', '?')}:{source.get('IngestPort', '?')}"
