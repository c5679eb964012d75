"""What several tests of the local cloud share."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest


def control(cloud: Any, method: str, route: str, content: bytes | None = None) -> Any:
    """The JSON answer of a control route."""
    request = urllib.request.Request(f"{cloud.server.endpoint}/_headend/{route}", data=content, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def refused(cloud: Any, method: str, route: str, content: bytes | None = None) -> tuple[int, str]:
    """Status and message of a control route that refuses."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        control(cloud, method, route, content)
    return caught.value.code, json.load(caught.value)["message"]


def flow_request(name: str, **source: Any) -> dict[str, Any]:
    """CreateFlow's parameters for an RTP flow with one output."""
    return {
        "Name": name,
        "Source": {
            "Name": "studio",
            "Protocol": "rtp",
            "IngestPort": 5000,
            "WhitelistCidr": "203.0.113.0/24",
            **source,
        },
        "Outputs": [{"Name": "primary", "Protocol": "rtp", "Destination": "198.51.100.10", "Port": 5001}],
    }
