"""Quotas against use: would a two-Region workflow fit into the account?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from botocore.exceptions import ClientError

from headend.live_quotas import COUNTS, against_use, load

REGIONS = ("eu-central-1", "eu-west-1")


@dataclass
class Account:
    """Stands for headend.aws.Aws: so many things of each kind, and the quotas that Service Quotas knows."""

    used: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    refuses: frozenset[str] = frozenset()

    def client(self, service: str, _region: str) -> Any:
        return _Client(self, service)


@dataclass
class _Client:
    account: Account
    service: str
    operation: str = ""

    def get_paginator(self, operation: str) -> _Client:
        return _Client(self.account, self.service, operation)

    def paginate(self, **asked: str) -> Iterator[dict[str, Any]]:
        if self.service in self.account.refuses:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, self.operation)
        if self.operation == "list_service_quotas":
            yield {"Quotas": [{"QuotaName": name, "Value": value} for name, value in self.account.applied.items()]}
            return
        there = [{}] * self.account.used.get(self.operation, 0)
        for page in (there[:3], there[3:]):
            yield {"Flows": page, "Channels": page, "Items": page, "DistributionList": {"Items": page}}

    def list_cache_policies(self, **_: str) -> dict[str, Any]:
        return {"CachePolicyList": {"Items": [{}] * self.account.used.get("list_cache_policies", 0)}}

    def list_response_headers_policies(self, **_: str) -> dict[str, Any]:
        return {"ResponseHeadersPolicyList": {}}

    def list_origin_request_policies(self, **asked: str) -> dict[str, Any]:
        more = {} if asked.get("Marker") else {"NextMarker": "2"}
        return {"OriginRequestPolicyList": {"Items": [{}], **more}}


def found(account: Account, **asked: Any) -> dict[tuple[str, str], Any]:
    uses = against_use(REGIONS, asked.pop("kind", "mediapackage"), account, **asked)  # type: ignore[arg-type]
    return {(one.quota.what, one.region): one for one in uses}


def test_every_quota_says_where_and_when_it_was_read_and_can_be_counted() -> None:
    for name, quota in load().items():
        assert re.match(r"https://\S+$", quota.source)
        assert date.fromisoformat(quota.seen)
        assert name in COUNTS


def test_an_empty_account_has_room() -> None:
    uses = found(Account())
    assert all(one.fits for one in uses.values())
    assert {region for what, region in uses if what == "flows"} == set(REGIONS)


def test_quotas_of_a_region_count_in_each_and_those_of_the_account_once() -> None:
    assert sorted(region for what, region in found(Account()) if what == "distributions") == ["the account"]


def test_the_fifth_channel_fits_and_the_sixth_does_not() -> None:
    for used, fits in ((4, True), (5, False)):
        one = found(Account(used={"list_channels": used}))["MediaLive channels", REGIONS[0]]
        assert (one.used, one.fits) == (used, fits)
    assert "ask for more of medialive: Channels" in str(one)


def test_what_the_account_was_granted_counts_instead_of_the_default() -> None:
    one = found(Account(used={"list_channels": 5}, applied={"channels": 20}))["MediaLive channels", REGIONS[0]]
    assert (one.limit, one.fits) == (20, True)


def test_who_may_not_ask_is_told_the_default() -> None:
    one = found(Account(refuses=frozenset({"service-quotas", "mediaconnect"})))["flows", REGIONS[0]]
    assert str(one) == f"flows in {REGIONS[0]}: not known in use, 2 more, of 20 (the default)"


def test_a_workflow_that_is_deployed_is_not_counted_twice() -> None:
    one = found(Account(used={"list_channels": 5}), adding=False)["MediaLive channels", REGIONS[0]]
    assert one.fits


def test_buckets_need_no_channel_group() -> None:
    assert not [what for what, _ in found(Account(), kind="s3") if "MediaPackage" in what]


def test_all_pages_are_counted() -> None:
    assert found(Account())["origin request policies of CloudFront", "the account"].used == 2
    assert found(Account(used={"list_flows": 7}))["flows", REGIONS[1]].used == 7
