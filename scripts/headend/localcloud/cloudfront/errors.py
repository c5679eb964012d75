"""CloudFront's refusals: an error code of its service model and a message.

Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from moto.core.utils import get_service_model
from werkzeug.wrappers import Response

from headend.localcloud.app import aws_error


class CloudFrontError(Exception):
    """A request that CloudFront refuses. `code` is one of the operation's errors, as in NoSuchDistribution."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def response(self) -> Response:
        """The refusal in XML, with the status that the service model gives the code."""
        shapes = {shape.name: shape for shape in get_service_model("cloudfront").error_shapes}
        shape = shapes.get(self.code)
        status = shape.metadata.get("error", {}).get("httpStatusCode", 400) if shape else 400
        return aws_error(self.code, str(self), "cloudfront", status=status, xml=True)
