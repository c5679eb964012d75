"""CloudWatch Logs: saved Logs Insights queries, which moto lacks. They are kept in moto's logs back end.

Sources: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueryDefinitions.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.core.common_models import BaseModel
from moto.logs.models import logs_backends
from werkzeug.wrappers import Request, Response

from headend.localcloud.app import aws_error

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

SHELF = "query_definitions"
"""The attribute of moto's back end under which the queries are kept."""
KEPT = ("logGroupNames", "name", "queryLanguage", "queryString")


class QueryDefinition(BaseModel):  # type: ignore[misc]
    """One saved query. `values` has AWS's keys."""

    def __init__(self, identity: str, values: dict[str, Any], modified: int) -> None:
        self.id = identity
        self.values = values
        self.modified = modified

    def describe(self) -> dict[str, Any]:
        """AWS's QueryDefinition; `lastModified` in milliseconds since 1970."""
        return {"queryDefinitionId": self.id, "lastModified": self.modified, **self.values}


def install(cloud: LocalCloudServer) -> None:
    """Answer the three operations."""

    def shelf(region: str) -> dict[str, QueryDefinition]:
        found: dict[str, QueryDefinition] = vars(logs_backends[cloud.account_id][region]).setdefault(SHELF, {})
        return found

    def put(request: dict[str, Any], region: str) -> Response:
        identity = request.get("queryDefinitionId") or str(uuid.uuid4())
        if request.get("queryDefinitionId") and identity not in shelf(region):
            return _unknown(identity)
        values = {"queryLanguage": "CWLI", **{key: request[key] for key in KEPT if key in request}}
        shelf(region)[identity] = QueryDefinition(identity, values, int(cloud.clock.time() * 1000))
        return _json({"queryDefinitionId": identity})

    def describe(request: dict[str, Any], region: str) -> Response:
        prefix = request.get("queryDefinitionNamePrefix", "")
        every = [query.describe() for query in shelf(region).values()]
        found = sorted((query for query in every if query["name"].startswith(prefix)), key=lambda query: query["name"])
        first, most = int(request.get("nextToken") or 0), int(request.get("maxResults") or 1000)
        more = {"nextToken": str(first + most)} if first + most < len(found) else {}
        return _json({"queryDefinitions": found[first : first + most], **more})

    def delete(request: dict[str, Any], region: str) -> Response:
        identity = request.get("queryDefinitionId", "")
        if shelf(region).pop(identity, None) is None:
            return _unknown(identity)
        return _json({"success": True})

    for name, operation in (
        ("PutQueryDefinition", put),
        ("DescribeQueryDefinitions", describe),
        ("DeleteQueryDefinition", delete),
    ):
        cloud.add_operation("logs", name, _answering(operation))


def _answering(operation: Callable[[dict[str, Any], str], Response]) -> Callable[[Request, str], Response]:
    return lambda request, region: operation(json.loads(request.get_data() or b"{}"), region)


def _unknown(identity: str) -> Response:
    return aws_error("ResourceNotFoundException", f"The query definition {identity} does not exist.")


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), mimetype="application/x-amz-json-1.1")
