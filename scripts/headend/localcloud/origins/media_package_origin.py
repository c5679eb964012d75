"""MediaPackage V2's host names as origins: each channel group's ingest and egress domains lead to its two doors here.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-mediapackage.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headend.localcloud.origins.gates import Gates

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

HOSTS = re.compile(
    r"[a-z0-9\-]+\.(?:egress|ingest)\.[a-z0-9\-]+\.mediapackagev2\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com"
)


def install(cloud: LocalCloudServer) -> None:
    """Stand for the domains of all channel groups: the doors are told which by the Host header."""
    cloud.part(Gates).add(HOSTS, cloud)
