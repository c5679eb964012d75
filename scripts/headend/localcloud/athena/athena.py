"""Athena's operations: queries, and what moto lacks of workgroups and named queries.

Sources: https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteWorkGroup.html
https://docs.aws.amazon.com/athena/latest/APIReference/API_UpdateWorkGroup.html
https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteNamedQuery.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.athena.models import athena_backends
from werkzeug.wrappers import Request, Response

from headend.localcloud.app import aws_error
from headend.localcloud.athena.query_executions import (
    InvalidRequestError,
    QueryExecutions,
    executions_of,
    work_group_of,
)
from headend.localcloud.aws_request import AwsRequest

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

PRIMARY = "primary"
Operation = Callable[[AwsRequest, dict[str, Any]], dict[str, Any]]


class Athena:
    """The operations by name."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._account = cloud.account_id
        self._queries = QueryExecutions(cloud)

    def operations(self) -> dict[str, Operation]:
        """What is answered here instead of by moto."""
        return {
            "BatchGetNamedQuery": self._batch_get_named_query,
            "BatchGetQueryExecution": self._batch_get_query_execution,
            "DeleteNamedQuery": self._delete_named_query,
            "DeleteWorkGroup": self._delete_work_group,
            "GetNamedQuery": self._get_named_query,
            "GetQueryExecution": self._get_query_execution,
            "GetQueryResults": lambda request, given: self._queries.results(request.region, given),
            "GetWorkGroup": self._get_work_group,
            "ListQueryExecutions": self._list_query_executions,
            "ListTagsForResource": self._list_tags,
            "StartQueryExecution": lambda request, given: {"QueryExecutionId": self._queries.start(request, given)},
            "StopQueryExecution": self._stop_query_execution,
            "UpdateNamedQuery": self._update_named_query,
            "UpdateWorkGroup": self._update_work_group,
        }

    # Queries

    def _get_query_execution(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        return {"QueryExecution": self._queries.find(request.region, given["QueryExecutionId"]).describe()}

    def _batch_get_query_execution(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        held = executions_of(self._account, request.region)
        wanted = given["QueryExecutionIds"]
        return {
            "QueryExecutions": [held[one].describe() for one in wanted if one in held],
            "UnprocessedQueryExecutionIds": [{"QueryExecutionId": one} for one in wanted if one not in held],
        }

    def _list_query_executions(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        group = given.get("WorkGroup") or PRIMARY
        held = executions_of(self._account, request.region).values()
        return {"QueryExecutionIds": [one.id for one in reversed(list(held)) if one.work_group == group]}

    def _stop_query_execution(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        self._queries.stop(request.region, given["QueryExecutionId"])
        return {}

    # Workgroups

    def _get_work_group(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        work_group_of(self._account, request.region, given["WorkGroup"])
        return {"WorkGroup": athena_backends[self._account][request.region].get_work_group(given["WorkGroup"])}

    def _update_work_group(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        group = work_group_of(self._account, request.region, given["WorkGroup"])
        updates = dict(given.get("ConfigurationUpdates") or {})
        result = dict(group.configuration.get("ResultConfiguration") or {})
        for name, value in (updates.pop("ResultConfigurationUpdates", None) or {}).items():
            if name.startswith("Remove"):
                if value:
                    result.pop(name.removeprefix("Remove"), None)
            else:
                result[name] = value
        removed = [name for name in list(updates) if name.startswith("Remove") and updates.pop(name)]
        group.configuration.update({**updates, "ResultConfiguration": result})
        for name in removed:
            group.configuration.pop(name.removeprefix("Remove"), None)
        group.description = given.get("Description", group.description)
        group.state = given.get("State", group.state)
        return {}

    def _delete_work_group(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        name, backend = given["WorkGroup"], athena_backends[self._account][request.region]
        if name == PRIMARY:
            raise InvalidRequestError("Cannot delete the primary workgroup")
        work_group_of(self._account, request.region, name)
        queries = [one.id for one in backend.named_queries.values() if one.workgroup.name == name]
        held = executions_of(self._account, request.region)
        executions = [one.id for one in held.values() if one.work_group == name]
        if (queries or executions) and not given.get("RecursiveDeleteOption"):
            raise InvalidRequestError(f"WorkGroup {name} is not empty")
        for identity in queries:
            del backend.named_queries[identity]
        for identity in executions:
            del held[identity]
        backend.delete_work_group(name)
        return {}

    def _list_tags(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        backend, arn = athena_backends[self._account][request.region], given["ResourceARN"]
        if arn not in [one.arn for one in (*backend.work_groups.values(), *backend.data_catalogs.values())]:
            raise InvalidRequestError(f"Resource {arn} does not exist")
        return {"Tags": backend.tagger.list_tags_for_resource(arn).get("Tags", [])}

    # Named queries

    def _named(self, request: AwsRequest, given: dict[str, Any]) -> Any:
        found = athena_backends[self._account][request.region].named_queries.get(given["NamedQueryId"])
        if found is None:
            raise InvalidRequestError(f"NamedQuery {given['NamedQueryId']} was not found")
        return found

    def _get_named_query(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        return {"NamedQuery": _named_query(self._named(request, given))}

    def _batch_get_named_query(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        held, wanted = athena_backends[self._account][request.region].named_queries, given["NamedQueryIds"]
        return {
            "NamedQueries": [_named_query(held[one]) for one in wanted if one in held],
            "UnprocessedNamedQueryIds": [{"NamedQueryId": one} for one in wanted if one not in held],
        }

    def _update_named_query(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        query = self._named(request, given)
        query.name, query.query_string = given["Name"], given["QueryString"]
        query.description = given.get("Description", query.description)
        return {}

    def _delete_named_query(self, request: AwsRequest, given: dict[str, Any]) -> dict[str, Any]:
        query = self._named(request, given)
        del athena_backends[self._account][request.region].named_queries[query.id]
        return {}


def _named_query(query: Any) -> dict[str, Any]:
    shown = {
        "Name": query.name,
        "Description": query.description,
        "Database": query.database,
        "QueryString": query.query_string,
        "NamedQueryId": query.id,
        "WorkGroup": query.workgroup.name,
    }
    return {name: value for name, value in shown.items() if value is not None}


def install(cloud: LocalCloudServer) -> None:
    """Answer the operations."""
    for name, operation in Athena(cloud).operations().items():
        cloud.add_operation("athena", name, _answering(cloud, operation))


def _answering(cloud: LocalCloudServer, operation: Operation) -> Callable[[Request, str], Response]:
    def answer(request: Request, _: str) -> Response:
        try:
            with cloud.alone("athena"):
                body = operation(AwsRequest(request.environ), json.loads(request.get_data() or b"{}"))
        except InvalidRequestError as error:
            return aws_error("InvalidRequestException", str(error))
        return Response(json.dumps(body), mimetype="application/x-amz-json-1.1")

    return answer
