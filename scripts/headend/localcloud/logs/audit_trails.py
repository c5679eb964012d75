"""CloudTrail: a trail is deleted by its ARN too. moto knows names only, and leaves the trail without a word.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from moto.cloudtrail.models import cloudtrail_backends
from werkzeug.wrappers import Request, Response

from headend.localcloud.app import aws_error

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer


def install(cloud: LocalCloudServer) -> None:
    """Answer DeleteTrail."""

    def delete(request: Request, region: str) -> Response:
        given = str(json.loads(request.get_data() or b"{}").get("Name", ""))
        name = given.rpartition(":trail/")[2]
        backend = cloudtrail_backends[cloud.account_id][region]
        if name not in backend.trails:
            return aws_error("TrailNotFoundException", f"Unknown trail: {given} for the user: {cloud.account_id}")
        backend.delete_trail(name)
        return Response("{}", mimetype="application/x-amz-json-1.1")

    cloud.add_operation("cloudtrail", "DeleteTrail", delete)
