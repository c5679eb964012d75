"""PutDashboard refuses a body that CloudWatch cannot show.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
Omitted: warnings that do not refuse; the words of each fault are the local cloud's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.exceptions import DashboardInvalidInputError

from headend.localcloud import moto_patches
from headend.localcloud.cloudwatch.dashboard_body import faults

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

RESPONSES = "moto.cloudwatch.responses:CloudWatchResponse"


def install(_cloud: LocalCloudServer) -> None:
    """Look at the body before moto keeps it."""

    def put_dashboard(self: Any) -> Any:
        try:
            body = json.loads(self._get_param("DashboardBody"))
        except ValueError:
            body = None
        found = [dict(zip(("dataPath", "message"), fault.split(": ", 1), strict=True)) for fault in faults(body)]
        if found:
            raise DashboardInvalidInputError(
                f"The dashboard body is invalid, there are {len(found)} validation errors: {json.dumps(found)}"
            )
        return moto_patches.original(RESPONSES, "put_dashboard")(self)

    moto_patches.replace(RESPONSES, "put_dashboard", put_dashboard)
