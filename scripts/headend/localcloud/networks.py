"""EC2: a VPC's default network ACL goes with the VPC. moto keeps it.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer


def install(cloud: LocalCloudServer) -> None:
    """Answer DeleteVpc."""

    def delete(request: Request, region: str) -> Response:
        backend, vpc = ec2_backends[cloud.account_id][region], request.form.get("VpcId", "")
        try:
            backend.delete_vpc(vpc)
        except EC2ClientError as error:
            fault = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
            text = f"<Response><Errors>{fault}</Errors><RequestID>local</RequestID></Response>"
            return Response(text, status=400, mimetype="text/xml")
        for identity in [key for key, acl in backend.network_acls.items() if acl.vpc_id == vpc]:
            del backend.network_acls[identity]
        text = "<DeleteVpcResponse><requestId>local</requestId><return>true</return></DeleteVpcResponse>"
        return Response(text, mimetype="text/xml")

    cloud.add_operation("ec2", "DeleteVpc", delete)
