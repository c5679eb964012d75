"""CloudWatch Logs: the key of a log group that is there already, which moto cannot change.

Sources: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from moto.logs.models import logs_backends
from werkzeug.wrappers import Request, Response

from headend.localcloud.app import aws_error

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer


def install(cloud: LocalCloudServer) -> None:
    """Answer AssociateKmsKey and DisassociateKmsKey; what the key's policy has to say is looked at before."""

    def set_key(request: Request, region: str) -> Response:
        asked = json.loads(request.get_data() or b"{}")
        named = asked.get("logGroupName") or str(asked.get("resourceIdentifier", "")).partition(":log-group:")[2]
        group = logs_backends[cloud.account_id][region].groups.get(named.removesuffix(":*"))
        if group is None:
            return aws_error("ResourceNotFoundException", "The specified log group does not exist.")
        group.kms_key_id = asked.get("kmsKeyId")
        return Response("{}", mimetype="application/x-amz-json-1.1")

    cloud.add_operation("logs", "AssociateKmsKey", set_key)
    cloud.add_operation("logs", "DisassociateKmsKey", set_key)
