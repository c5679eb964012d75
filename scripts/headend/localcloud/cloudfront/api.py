"""CloudFront's API: REST in XML, read and written by its service model.

moto answers it with classes of its own that keep a part of what they are sent; here a configuration is kept whole.

Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from moto.core.serialize import RestXMLSerializer
from moto.core.utils import get_service_model
from werkzeug.wrappers import Request, Response

from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.cloudfront.distributions import Distributions
from headend.localcloud.cloudfront.errors import CloudFrontError
from headend.localcloud.cloudfront.function_requests import FunctionRequests
from headend.localcloud.cloudfront.key_value_stores import KeyValueStores
from headend.localcloud.cloudfront.policies import Policies
from headend.localcloud.cloudfront.records import Config, backend, collection, items

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

Parameters = Mapping[str, Any]
Operation = Callable[[Parameters], Config]
TAGGED = ("distributions", "functions", "key_value_stores")


class Api:
    """All operations by name."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self.stores = KeyValueStores(cloud)
        self.policies = Policies(cloud)
        self.functions = FunctionRequests(cloud, self.stores)
        self.distributions = Distributions(cloud, self.policies, self.functions)
        self._operations: dict[str, Operation] = {
            "ListTagsForResource": self._tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }
        for part in (self.distributions, self.functions, self.policies, self.stores):
            self._operations.update(part.operations())

    def respond(self, request: Request, _: str) -> Response:
        """Answer one request. Raises NotImplementedError for operations that are not here."""
        asked = AwsRequest(request.environ)
        name = asked.operation
        handler = self._operations.get(name)
        if handler is None:
            raise NotImplementedError(f"CloudFront has no {name or request.path}")
        try:
            with self._cloud.alone("cloudfront"):
                result = handler(asked.parameters)
        except CloudFrontError as error:
            return error.response()
        model = get_service_model("cloudfront").operation_model(name)
        answer = RestXMLSerializer(operation_model=model).serialize(result)
        body = answer["body"] if model.output_shape is not None else ""
        return Response(body, status=answer["status_code"], headers=dict(answer["headers"]))

    # Tags

    def _tags(self, given: Parameters) -> Config:
        arn = self._tagged(given["Resource"])
        found = backend(self._cloud.account_id).tagger.list_tags_for_resource(arn)["Tags"]
        return {"Tags": {"Items": found}}

    def _tag(self, given: Parameters) -> Config:
        arn = self._tagged(given["Resource"])
        backend(self._cloud.account_id).tagger.tag_resource(arn, items(given["Tags"]))
        return {}

    def _untag(self, given: Parameters) -> Config:
        arn = self._tagged(given["Resource"])
        backend(self._cloud.account_id).tagger.untag_resource_using_names(arn, items(given["TagKeys"]))
        return {}

    def _tagged(self, arn: str) -> str:
        known = (one.arn for name in TAGGED for one in collection(self._cloud.account_id, name).values())
        if arn not in known:
            raise CloudFrontError("NoSuchResource", f"The specified resource does not exist: {arn}")
        return arn


def install(cloud: LocalCloudServer) -> None:
    """Answer CloudFront's two APIs."""
    api = Api(cloud)
    cloud.provide(api)
    cloud.add_service("cloudfront", api.respond)
    cloud.add_service("cloudfront-keyvaluestore", api.stores.respond)
