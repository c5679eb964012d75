"""Lists in pages."""

from __future__ import annotations

from running_cloud import RunningCloud


def test_lists_come_in_pages(cloud: RunningCloud) -> None:
    media, package = cloud.client("medialive"), cloud.client("mediapackagev2")
    made = {
        media.create_input_security_group(WhitelistRules=[{"Cidr": "203.0.113.0/24"}])["SecurityGroup"]["Id"]
        for _ in range(3)
    }
    pages = list(media.get_paginator("list_input_security_groups").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["InputSecurityGroups"]) for page in pages] == [2, 1]
    assert {one["Id"] for page in pages for one in page["InputSecurityGroups"]} == made
    for name in ("one", "two", "three"):
        package.create_channel_group(ChannelGroupName=name)
    pages = list(package.get_paginator("list_channel_groups").paginate(PaginationConfig={"PageSize": 2}))
    assert [[one["ChannelGroupName"] for one in page["Items"]] for page in pages] == [["one", "two"], ["three"]]
