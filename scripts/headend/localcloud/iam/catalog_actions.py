"""What requests to Athena and to Glue's Data Catalog need.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html
https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
"""

from __future__ import annotations

from headend.localcloud.iam.request_needs import Need, Parameters, Scope

FREE_OF_GROUPS = frozenset({"ListDataCatalogs", "ListEngineVersions", "ListWorkGroups"})
"""Athena's operations that name no resource."""


def needs_of_athena(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    """Queries, named queries and executions are authorised by their workgroup; without one it is `primary`."""
    action = f"athena:{operation}"
    if operation in FREE_OF_GROUPS:
        return [Need(action, "*")]
    if parameters.get("ResourceARN"):
        return [Need(action, str(parameters["ResourceARN"]))]
    if "DataCatalog" in operation or parameters.get("CatalogName"):
        return [Need(action, scope.arn(f"datacatalog/{parameters.get('CatalogName') or parameters.get('Name')}"))]
    if operation == "CreateWorkGroup":
        return [Need(action, scope.arn(f"workgroup/{parameters.get('Name')}"))]
    return [Need(action, scope.arn(f"workgroup/{group}")) for group in _groups(scope, parameters)]


def _groups(scope: Scope, parameters: Parameters) -> list[str]:
    from moto.athena.models import athena_backends

    from headend.localcloud.athena.query_executions import executions_of

    executions = executions_of(scope.account, scope.region)
    queries = athena_backends[scope.account][scope.region].named_queries
    named = [str(parameters["QueryExecutionId"])] if parameters.get("QueryExecutionId") else []
    named += parameters.get("QueryExecutionIds") or []
    saved = [str(parameters["NamedQueryId"])] if parameters.get("NamedQueryId") else []
    saved += parameters.get("NamedQueryIds") or []
    if named or saved:
        found = [executions[one].work_group if one in executions else "*" for one in named]
        found += [str(queries[one].workgroup.name) if one in queries else "*" for one in saved]
        return sorted(set(found))
    return [str(parameters.get("WorkGroup") or "primary")]


def needs_of_glue(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    """A table needs the permission on its database and on the catalog as well, a database that on the catalog."""
    table = parameters.get("TableInput") or parameters.get("DatabaseInput") or {}
    is_database = operation.endswith(("Database", "Databases"))
    database = parameters.get("DatabaseName") or (
        (parameters.get("Name") or table.get("Name")) if is_database else None
    )
    if not database and not is_database:
        return None
    found = [scope.arn("catalog")]
    if database:
        found.append(scope.arn(f"database/{database}"))
    if not is_database:
        name = parameters.get("TableName") or parameters.get("Name") or table.get("Name")
        if name:
            found.append(scope.arn(f"table/{database}/{name}"))
        elif "Table" in operation:
            found.append(scope.arn(f"table/{database}/*"))
    return [Need(f"glue:{operation}", arn) for arn in found]
