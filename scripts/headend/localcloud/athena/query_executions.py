"""Query executions: started, run on a thread as their caller, their results kept and written to S3.

Sources: https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlparse

from botocore.exceptions import ClientError
from moto.athena.models import athena_backends

from headend.errors import HeadendError
from headend.localcloud.athena import query_engine, result_rows, statements, trino
from headend.localcloud.athena.query_engine import Result
from headend.localcloud.athena.query_failure import QueryFailedError, athena_error
from headend.localcloud.athena.table_reader import TableReader
from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.service_clients import Clients

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

SHELF = "headend_executions"
"""The attribute of moto's back end under which a Region's executions are kept: history, not a resource."""
ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
MOST_ROWS = 1000
MOST_CHARACTERS = 262_144
DDL = re.compile(r"\s*(?:--[^\n]*\n\s*)*(ALTER|CREATE|DESCRIBE|DROP|MSCK|SHOW)\b", re.IGNORECASE)
MARK = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\?")


class InvalidRequestError(HeadendError):
    """Athena's InvalidRequestException."""


class Caller(NamedTuple):
    """What a query's requests are signed with."""

    access_key_id: str
    secret_access_key: str
    session_token: str


@dataclass
class QueryExecution:
    """One execution. Moments are in seconds since 1970, `location` is the result file's URL."""

    id: str
    query: str
    work_group: str
    context: dict[str, str]
    location: str
    encryption: dict[str, str]
    submitted: float
    token: str = ""
    parameters: list[str] = field(default_factory=list)
    state: str = "QUEUED"
    reason: str = ""
    completed: float | None = None
    scanned: int = 0
    result: Result | None = None
    interrupt: Callable[[], None] | None = None

    def describe(self) -> dict[str, Any]:
        """AWS's QueryExecution."""
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted}
        if self.completed is not None:
            status["CompletionDateTime"] = self.completed
        if self.reason:
            status["StateChangeReason"] = self.reason
        if self.state == "FAILED":
            status["AthenaError"] = athena_error(self.reason)
        taken = int(((self.completed or self.submitted) - self.submitted) * 1000)
        return {
            "QueryExecutionId": self.id,
            "Query": self.query,
            "StatementType": "DML",
            "SubstatementType": "SELECT",
            "ResultConfiguration": {
                "OutputLocation": self.location,
                **({"EncryptionConfiguration": self.encryption} if self.encryption else {}),
            },
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": self.context,
            "Status": status,
            "Statistics": {
                "DataScannedInBytes": self.scanned,
                "EngineExecutionTimeInMillis": taken,
                "QueryQueueTimeInMillis": 0,
                "ServiceProcessingTimeInMillis": 0,
                "TotalExecutionTimeInMillis": taken,
                "ResultReuseInformation": {"ReusedPreviousResult": False},
            },
            "WorkGroup": self.work_group,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
            **({"ExecutionParameters": self.parameters} if self.parameters else {}),
        }


def executions_of(account: str, region: str) -> dict[str, QueryExecution]:
    """The executions of a Region by id, oldest first."""
    found: dict[str, QueryExecution] = vars(athena_backends[account][region]).setdefault(SHELF, {})
    return found


def work_group_of(account: str, region: str, name: str) -> Any:
    """moto's workgroup. Raises InvalidRequestError."""
    found = athena_backends[account][region].work_groups.get(name)
    if found is None:
        raise InvalidRequestError(f"WorkGroup {name} is not found.")
    return found


class QueryExecutions:
    """Starts, shows and stops executions. What changes one is done alone: see LocalCloudServer.alone."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._callers: dict[str, Caller] = {}
        self._clients = Clients(cloud.endpoint, self._callers.__getitem__, cloud.clock.number)
        cloud.at_the_end(self._end_all)

    def start(self, request: AwsRequest, given: dict[str, Any]) -> str:
        """The new execution's id, or with a ClientRequestToken that is known its own. Raises InvalidRequestError."""
        region, token = request.region, str(given.get("ClientRequestToken") or "")
        known = executions_of(self._cloud.account_id, region)
        same = next((one for one in known.values() if token and one.token == token), None)
        if same:
            if same.query != given["QueryString"]:
                raise InvalidRequestError("Idempotent parameters do not match")
            return same.id
        execution = self._new(region, given)
        execution.token = token
        sql = _filled(execution.query, execution.parameters).strip().rstrip(";")
        if len(execution.query) > MOST_CHARACTERS:
            raise InvalidRequestError(f"Query string must have length less than or equal to {MOST_CHARACTERS}")
        if DDL.match(sql):
            raise InvalidRequestError("Queries of this type are not supported by the local cloud: it runs SELECT")
        try:
            statement = statements.read(sql)
        except statements.NotSelectError as error:
            raise InvalidRequestError(f"line 1:1: {error}") from error
        self._look_at_bucket(request, execution)
        known[execution.id] = execution
        cutoff = work_group_of(self._cloud.account_id, region, execution.work_group).configuration.get(
            "BytesScannedCutoffPerQuery"
        )
        execution.state = "RUNNING"
        self._cloud.spawn(f"query {execution.id}", lambda: self._run(request, execution, statement, cutoff))
        return execution.id

    def find(self, region: str, identity: str) -> QueryExecution:
        """An execution by its id. Raises InvalidRequestError."""
        found = executions_of(self._cloud.account_id, region).get(identity)
        if found is None:
            raise InvalidRequestError(f"QueryExecution {identity} was not found")
        return found

    def results(self, region: str, given: dict[str, Any]) -> dict[str, Any]:
        """GetQueryResults' answer: the first row of all has the columns' names. Raises InvalidRequestError."""
        execution = self.find(region, given["QueryExecutionId"])
        if execution.state not in ENDED:
            raise InvalidRequestError(f"Query has not yet finished. Current state: {execution.state}")
        if execution.result is None:
            raise InvalidRequestError(f"Query did not finish successfully. Final query state: {execution.state}")
        most = int(given.get("MaxResults") or MOST_ROWS)
        if not 1 <= most <= MOST_ROWS:
            raise InvalidRequestError(f"MaxResults is more than maximum allowed length {MOST_ROWS}.")
        rows, first = result_rows.texts(execution.result), int(given.get("NextToken") or 0)
        shown = [
            {"Data": [{} if one is None else {"VarCharValue": one} for one in row]}
            for row in rows[first : first + most]
        ]
        more = {"NextToken": str(first + most)} if first + most < len(rows) else {}
        info = result_rows.column_info(execution.result)
        return {"UpdateCount": 0, "ResultSet": {"Rows": shown, "ResultSetMetadata": {"ColumnInfo": info}}, **more}

    def stop(self, region: str, identity: str) -> None:
        """Cancel an execution that has not ended. Raises InvalidRequestError for one that is not there."""
        execution = self.find(region, identity)
        self._stop(execution, "Query cancelled by user")

    def _new(self, region: str, given: dict[str, Any]) -> QueryExecution:
        name = str(given.get("WorkGroup") or "primary")
        group = work_group_of(self._cloud.account_id, region, name)
        if group.state != "ENABLED":
            raise InvalidRequestError(f"WorkGroup {name} is disabled.")
        settings = group.configuration.get("ResultConfiguration") or {}
        if not group.configuration.get("EnforceWorkGroupConfiguration"):
            settings = {**settings, **(given.get("ResultConfiguration") or {})}
        if not settings.get("OutputLocation"):
            raise InvalidRequestError(
                "No output location provided. An output location is required either through the Workgroup result"
                " configuration setting or as an API input."
            )
        identity = str(uuid.uuid4())
        context = {key: str(value) for key, value in (given.get("QueryExecutionContext") or {}).items()}
        return QueryExecution(
            id=identity,
            query=str(given["QueryString"]),
            work_group=name,
            context=context,
            location=f"{settings['OutputLocation'].rstrip('/')}/{identity}.csv",
            encryption=dict(settings.get("EncryptionConfiguration") or {}),
            submitted=self._cloud.clock.time(),
            parameters=[str(one) for one in given.get("ExecutionParameters") or []],
        )

    def _run(
        self,
        request: AwsRequest,
        execution: QueryExecution,
        statement: statements.Statement,
        cutoff: int | None,
    ) -> None:
        result, end = None, ("FAILED", "GENERIC_INTERNAL_ERROR: the local cloud failed")
        try:
            result = self._answer(request, execution, statement, cutoff)
            self._write(self._client("s3", request), execution, result)
            end = ("SUCCEEDED", "")
        except QueryFailedError as failure:
            end = (failure.state, str(failure))
        except Exception as error:
            end = (end[0], f"{end[1]}: {error}")
            raise
        finally:
            with self._cloud.alone("athena"):
                self._end(execution, *end, result)

    def _answer(
        self,
        request: AwsRequest,
        execution: QueryExecution,
        statement: statements.Statement,
        cutoff: int | None,
    ) -> Result:
        unknown = sorted(statement.functions - trino.KNOWN)
        if unknown:
            raise QueryFailedError(f"FUNCTION_NOT_FOUND: line 1:1: Function '{unknown[0]}' not registered")
        database = execution.context.get("Database", "").lower()
        now = self._cloud.clock.now()
        reader = TableReader(self._client("glue", request), self._client("s3", request), now)
        tables = reader.find(statement.scans, database)
        execution.scanned = sum(table.size for table in tables)
        if cutoff and execution.scanned > cutoff:
            raise QueryFailedError("Bytes scanned limit was exceeded", "CANCELLED")
        rows = [reader.rows(table) for table in tables]
        result = query_engine.run(
            statement.sql, database, rows, now, lambda interrupt: self._running(execution, interrupt)
        )
        names = [f"_col{at}" if at in statement.unnamed else name for at, (name, _) in enumerate(result.columns)]
        return Result([(name, kind) for name, (_, kind) in zip(names, result.columns, strict=True)], result.rows)

    def _write(self, s3: Any, execution: QueryExecution, result: Result) -> None:
        url = urlparse(execution.location)
        option, key = execution.encryption.get("EncryptionOption"), execution.encryption.get("KmsKey")
        encryption: dict[str, str] = {}
        if option == "SSE_S3":
            encryption = {"ServerSideEncryption": "AES256"}
        elif option:
            encryption = {"ServerSideEncryption": "aws:kms", **({"SSEKMSKeyId": key} if key else {})}
        try:
            s3.put_object(
                Bucket=url.netloc,
                Key=url.path.lstrip("/"),
                Body=result_rows.csv(result).encode(),
                ContentType="application/octet-stream",
                **encryption,
            )
        except ClientError as error:
            raise QueryFailedError(
                f"Access denied when writing output to url: {execution.location} . Please ensure you are allowed to"
                " access the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed"
                f" to access your KMS key: {error.response['Error']['Message']}"
            ) from error

    @contextmanager
    def _running(self, execution: QueryExecution, interrupt: Callable[[], None]) -> Iterator[None]:
        """While the query runs it can be interrupted. It does not begin when it has been stopped by now."""
        with self._cloud.alone("athena"):
            if execution.state in ENDED:
                raise QueryFailedError(execution.reason, execution.state)
            execution.interrupt = interrupt
        try:
            yield
        finally:
            with self._cloud.alone("athena"):
                execution.interrupt = None

    def _stop(self, execution: QueryExecution, reason: str) -> None:
        self._end(execution, "CANCELLED", reason)
        interrupt = execution.interrupt
        if interrupt:
            interrupt()

    def _end(self, execution: QueryExecution, state: str, reason: str, result: Result | None = None) -> None:
        """The execution's end, unless it has ended."""
        if execution.state not in ENDED:
            execution.completed = self._cloud.clock.time()
            execution.reason = reason
            execution.result = result if state == "SUCCEEDED" else None
            execution.state = state

    def _end_all(self) -> None:
        """The server stops: no query runs on, or begins. Not alone: a request that is not answered any more may be."""
        for backend in list(athena_backends[self._cloud.account_id].values()):
            for execution in list(vars(backend).get(SHELF, {}).values()):
                self._stop(execution, "the local cloud ends")

    def _look_at_bucket(self, request: AwsRequest, execution: QueryExecution) -> None:
        """Athena asks for the Region of the results' bucket, with its caller's permissions, before it begins.

        Source: https://repost.aws/knowledge-center/athena-output-bucket-error
        """
        bucket = urlparse(execution.location).netloc
        try:
            self._client("s3", request).get_bucket_location(Bucket=bucket)
        except ClientError as error:
            raise InvalidRequestError(f"Unable to verify/create output bucket {bucket}") from error

    def _client(self, service: str, request: AwsRequest) -> Any:
        """A client that signs as the query's caller: Athena reads and writes with the caller's permissions."""
        self._callers[request.access_key] = Caller(request.access_key, "local", request.session_token)
        return self._clients.client(service, request.region, request.access_key)


def _filled(sql: str, parameters: list[str]) -> str:
    """The statement with its question marks replaced by literals. Raises InvalidRequestError."""
    marks = sum(1 for one in MARK.finditer(sql) if one[0] == "?")
    if marks != len(parameters):
        if not parameters and not marks:
            return sql
        raise InvalidRequestError(f"Incorrect number of parameters: expected {marks} but found {len(parameters)}")
    left = iter(parameters)
    return MARK.sub(lambda found: next(left) if found[0] == "?" else found[0], sql)
