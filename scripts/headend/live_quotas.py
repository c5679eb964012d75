"""AWS's quotas against what is in use and what a two-Region workflow takes: would it fit?

Source: https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html (applied quotas)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from headend.aws import Aws
from headend.errors import HeadendError, one_line
from headend.live_cost import Kind

FILE = Path(__file__).with_name("live_quotas.yaml")
GLOBAL_REGION = "us-east-1"
"""Where CloudFront's quotas are asked for."""
NO_ANSWER = "not known"

Count = Callable[[Any], int]


class Quota(BaseModel):
    """One quota of AWS: its default, how many of it one workflow takes, where that was read and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str
    name: str
    default: Annotated[int, Field(gt=0)]
    takes: Annotated[int, Field(gt=0)]
    scope: Literal["region", "account"]
    what: str
    source: str
    seen: str
    kinds: tuple[Kind, ...] = ("mediapackage", "s3")


@dataclass(frozen=True)
class Use:
    """A quota in one Region. `used`: None where AWS did not say; `applied`: None where only the default is known."""

    quota: Quota
    region: str
    used: int | None
    applied: int | None
    adding: bool = True
    """Whether the workflow is yet to be deployed: what is in use has it otherwise."""

    @property
    def takes(self) -> int:
        """How many more there will be."""
        return self.quota.takes if self.adding else 0

    @property
    def limit(self) -> int:
        """What the account has, AWS's default where it does not say."""
        return self.quota.default if self.applied is None else self.applied

    @property
    def fits(self) -> bool:
        """Whether the workflow can be added."""
        return (self.used or 0) + self.takes <= self.limit

    def __str__(self) -> str:
        used = NO_ANSWER if self.used is None else str(self.used)
        limit = f"{self.limit}{'' if self.applied is not None else ' (the default)'}"
        end = "" if self.fits else f"; ask for more of {self.quota.service}: {self.quota.name}, or delete some"
        return f"{self.quota.what} in {self.region}: {used} in use, {self.takes} more, of {limit}{end}"

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        shown = {"region": self.region, "used": self.used, "applied": self.applied, "limit": self.limit}
        return {**self.quota.model_dump(mode="json"), **shown, "fits": self.fits}


def load(path: Path = FILE) -> dict[str, Quota]:
    """Read the quotas. Raises HeadendError where the file does not fit the model."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))["quotas"]
        return {name: Quota.model_validate(one) for name, one in found.items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValidationError) as error:
        raise HeadendError(f"{path.name}: {one_line(error)}") from None


def against_use(regions: Sequence[str], kind: Kind, aws: Aws, *, adding: bool = True) -> list[Use]:
    """Each quota in each Region that it counts in. `adding`: the workflow is not deployed yet."""
    return list(_uses(regions, kind, aws, load(), adding=adding))


def _uses(regions: Sequence[str], kind: Kind, aws: Aws, quotas: Mapping[str, Quota], *, adding: bool) -> Iterator[Use]:
    for name, quota in quotas.items():
        if kind not in quota.kinds:
            continue
        for region in regions if quota.scope == "region" else (GLOBAL_REGION,):
            applied = _applied(aws.client("service-quotas", region), quota)
            used = _answered(partial(COUNTS[name], aws.client(quota.service, region)))
            yield Use(quota, region if quota.scope == "region" else "the account", used, applied, adding)


def _applied(client: Any, quota: Quota) -> int | None:
    def ask() -> int | None:
        pages = client.get_paginator("list_service_quotas").paginate(ServiceCode=quota.service)
        for one in (one for page in pages for one in page["Quotas"]):
            if one["QuotaName"].casefold() == quota.name.casefold():
                return int(one["Value"])
        return None

    return _answered(ask)


def _answered(ask: Callable[[], int | None]) -> int | None:
    """None where AWS refuses: who may not ask is told the default."""
    try:
        return ask()
    except (ClientError, BotoCoreError):
        return None


def _pages(operation: str, *path: str) -> Count:
    def count(client: Any) -> int:
        found = 0
        for page in client.get_paginator(operation).paginate():
            value: Any = page
            for name in path:
                value = (value or {}).get(name)
            found += len(value or ())
        return found

    return count


def _policies(operation: str, kind: str) -> Count:
    """Those of the account's own; CloudFront has no pages for them in boto3."""

    def count(client: Any) -> int:
        found = 0
        marker: dict[str, str] = {}
        while True:
            listed = getattr(client, operation)(Type="custom", **marker)[f"{kind}List"]
            found += len(listed.get("Items") or ())
            if not listed.get("NextMarker"):
                return found
            marker = {"Marker": listed["NextMarker"]}

    return count


COUNTS: Mapping[str, Count] = {
    "flows": _pages("list_flows", "Flows"),
    "channels": _pages("list_channels", "Channels"),
    "channel_groups": _pages("list_channel_groups", "Items"),
    "distributions": _pages("list_distributions", "DistributionList", "Items"),
    "cache_policies": _policies("list_cache_policies", "CachePolicy"),
    "origin_request_policies": _policies("list_origin_request_policies", "OriginRequestPolicy"),
    "response_headers_policies": _policies("list_response_headers_policies", "ResponseHeadersPolicy"),
}
"""How many of each quota's things there are."""
