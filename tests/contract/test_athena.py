"""Athena: SELECT over the objects of Glue tables, workgroups, named queries, results in S3."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from headend.localcloud import ACCOUNT_ID
from headend.localcloud.inventory import Inventory
from running_cloud import REGION, RunningCloud, until

API = "https://docs.aws.amazon.com/athena/latest/APIReference"
GUIDE = "https://docs.aws.amazon.com/athena/latest/ug"
TYPES = f"{GUIDE}/partition-projection-supported-types.html"
SERDE = "org.openx.data.jsonserde.JsonSerDe"
COLUMNS = (("host", "string"), ("metric", "string"), ("value", "double"), ("timestamp", "string"))
DAYS: list[str] = []
"""Today and the three days before, by the clock, which stands still: no test begins on one day and ends on the next."""


@pytest.fixture(scope="module", autouse=True)
def _days(cloud: RunningCloud) -> Iterator[None]:
    cloud.server.clock.pause()
    now = cloud.server.clock.now()
    DAYS[:] = [(now - timedelta(days=back)).strftime("%Y-%m-%d") for back in range(4)]
    yield
    cloud.server.clock.resume()


def dated(text: str) -> str:
    """The text with the days for `<0>` (today) to `<3>`."""
    for back, day in enumerate(DAYS):
        text = text.replace(f"<{back}>", day)
    return text


@dataclass
class Warehouse:
    """A bucket, a table `metrics` with projected partitions, and a workgroup."""

    cloud: RunningCloud
    bucket: str
    database: str
    group: str

    def put(self, metric_type: str, date: str, *rows: Any, name: str = "0.json") -> str:
        """An object of a partition; rows are objects, or lines as they are."""
        key = f"raw/metric_type={metric_type}/date={date}/{name}"
        body = "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows).encode()
        self.cloud.client("s3").put_object(
            Bucket=self.bucket, Key=key, Body=gzip.compress(body) if name.endswith(".gz") else body
        )
        return key

    def start(self, sql: str, client: Any = None, **more: Any) -> str:
        given = {"WorkGroup": self.group, "QueryExecutionContext": {"Database": self.database}, **more}
        return str(
            (client or self.cloud.client("athena")).start_query_execution(QueryString=sql, **given)["QueryExecutionId"]
        )

    def run(self, sql: str, client: Any = None, **more: Any) -> dict[str, Any]:
        """The execution when it has ended."""
        identity = self.start(sql, client, **more)
        athena = self.cloud.client("athena")

        def ended() -> dict[str, Any] | None:
            got = athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]
            return dict(got) if got["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None

        return until(ended)

    def rows(self, sql: str, **more: Any) -> list[list[str | None]]:
        """The result's rows without the header."""
        execution = self.run(sql, **more)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        return self.all_rows(execution["QueryExecutionId"])[1:]

    def all_rows(self, identity: str, **more: Any) -> list[list[str | None]]:
        got = self.cloud.client("athena").get_query_results(QueryExecutionId=identity, **more)
        return [[one.get("VarCharValue") for one in row["Data"]] for row in got["ResultSet"]["Rows"]]

    def reason(self, sql: str, client: Any = None) -> str:
        """Why a query fails."""
        status = self.run(sql, client)["Status"]
        assert status["State"] == "FAILED"
        return str(status["StateChangeReason"])


def warehouse(
    cloud: RunningCloud, properties: dict[str, str] | None = None, serde: dict[str, str] | None = None
) -> Warehouse:
    name = f"w{uuid.uuid4().hex[:8]}"
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    cloud.client("glue").create_database(DatabaseInput={"Name": name})
    cloud.client("glue").create_table(
        DatabaseName=name,
        TableInput={
            "Name": "metrics",
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": "metric_type", "Type": "string"}, {"Name": "date", "Type": "string"}],
            "Parameters": {
                "projection.enabled": "true",
                "projection.metric_type.type": "enum",
                "projection.metric_type.values": "cpu,memory",
                "projection.date.type": "date",
                "projection.date.format": "yyyy-MM-dd",
                "projection.date.range": "NOW-2DAYS,NOW",
                "storage.location.template": f"s3://{name}/raw/metric_type=${{metric_type}}/date=${{date}}/",
                **(properties or {}),
            },
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": kind} for column, kind in COLUMNS],
                "Location": f"s3://{name}/raw/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": SERDE, "Parameters": serde or {}},
            },
        },
    )
    cloud.client("athena").create_work_group(
        Name=name,
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "ResultConfiguration": {
                "OutputLocation": f"s3://{name}/results/",
                "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
            },
        },
    )
    return Warehouse(cloud, name, name, name)


@pytest.fixture
def lake(cloud: RunningCloud) -> Warehouse:
    """Two hosts' CPU of three days and one host's memory of today."""
    made = warehouse(cloud)
    for back, day in enumerate(DAYS[:3]):
        rows = [
            {
                "host": f"i-{number}",
                "metric": "CPUUtilization",
                "value": 10.5 * number + back,
                "timestamp": f"{day}T10:00:00Z",
            }
            for number in (1, 2)
        ]
        made.put("cpu", day, *rows)
    made.put(
        "memory",
        DAYS[0],
        {"host": "i-1", "metric": "mem_used_percent", "value": 40, "timestamp": f"{DAYS[0]}T10:00:00Z"},
    )
    return made


@pytest.mark.contract(
    "A query runs over the table's objects in S3, and its result is the same in GetQueryResults and in the CSV file",
    source=f"{GUIDE}/querying-finding-output-files.html",
    limits="DuckDB runs it: what DuckDB's dialect has beyond Trino's is not refused; no .csv.metadata file.",
)
def test_a_query(lake: Warehouse) -> None:
    where = f"metric_type = 'cpu' AND date = '{DAYS[0]}'"
    sql = f"SELECT host, avg(value) AS mean FROM metrics WHERE {where} GROUP BY host ORDER BY host"
    execution = lake.run(sql)
    assert execution["Status"]["State"] == "SUCCEEDED"
    rows = [["host", "mean"], ["i-1", "10.5"], ["i-2", "21.0"]]
    assert lake.all_rows(execution["QueryExecutionId"]) == rows
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{lake.bucket}/results/{execution['QueryExecutionId']}.csv"
    written = lake.cloud.client("s3").get_object(Bucket=lake.bucket, Key=location.split("/", 3)[3])
    assert written["Body"].read().decode() == "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    assert written["ServerSideEncryption"] == "AES256"


@pytest.mark.contract(
    "Values are texts, NULL has no VarCharValue, and ColumnInfo names the columns' types",
    source=f"{API}/API_GetQueryResults.html",
    limits="A column of type date plus or minus an interval is a timestamp; other dates stay dates.",
)
@pytest.mark.parametrize(
    ("expression", "shown", "kind"),
    [
        ("'a'", "a", "varchar"),
        ("1", "1", "integer"),
        ("count(*)", "1", "bigint"),
        ("sum(1)", "1", "bigint"),
        ("7 / 2", "3", "integer"),
        ("CAST(7 AS double) / 2", "3.5", "double"),
        ("CAST(12345678 AS double)", "1.2345678E7", "double"),
        ("CAST(0.00012 AS double)", "1.2E-4", "double"),
        ("1.50", "1.50", "decimal"),
        ("1 = 1", "true", "boolean"),
        ("CAST(NULL AS varchar)", None, "varchar"),
        ("DATE '2026-02-03'", "2026-02-03", "date"),
        ("TIMESTAMP '2026-02-03 04:05:06.7'", "2026-02-03 04:05:06.700", "timestamp"),
        ("from_iso8601_timestamp('2026-02-03T04:05:06Z')", "2026-02-03 04:05:06.000 UTC", "timestamp with time zone"),
        ("ARRAY[1, 2]", "[1, 2]", "array"),
        ("date_format(TIMESTAMP '2026-02-03 04:05:06', '%Y-%m-%d %H:%i')", "2026-02-03 04:05", "varchar"),
        ("DATE '2026-03-01' - INTERVAL '1' DAY", "2026-02-28", "date"),
        ("CAST(DATE '2026-03-01' - INTERVAL '1' DAY AS varchar)", "2026-02-28", "varchar"),
        ("date_add('month', 1, DATE '2026-01-31')", "2026-02-28", "date"),
        ("date_trunc('month', DATE '2026-03-09')", "2026-03-01", "date"),
        ("date_add('hour', -1, TIMESTAMP '2026-02-03 04:05:06')", "2026-02-03 03:05:06.000", "timestamp"),
        ("to_unixtime(from_iso8601_timestamp('1970-01-01T00:01:00Z'))", "60.0", "double"),
        ("regexp_like('abc', 'b')", "true", "boolean"),
        ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a.b')", "1", "varchar"),
    ],
)
def test_values(lake: Warehouse, expression: str, shown: str | None, kind: str) -> None:
    execution = lake.run(f"SELECT {expression} AS one")
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    got = lake.cloud.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]
    assert got["Rows"][1]["Data"] == [{} if shown is None else {"VarCharValue": shown}]
    info = got["ResultSetMetadata"]["ColumnInfo"][0]
    assert (info["Name"], info["Type"], info["CatalogName"]) == ("one", kind, "hive")


@pytest.mark.contract(
    "A column that has no name is called by its position",
    source=f"{GUIDE}/select.html",
    limits="Not beside a *.",
)
def test_columns_without_a_name(lake: Warehouse) -> None:
    execution = lake.run(
        "SELECT host, count(*), max(value) AS Top FROM metrics GROUP BY host UNION ALL SELECT 'a', 1, 2"
    )
    assert lake.all_rows(execution["QueryExecutionId"])[0] == ["host", "_col1", "top"]


@pytest.mark.contract(
    "Results come in pages of at most 1,000 rows, of which the first row of the first page is the header",
    source=f"{API}/API_GetQueryResults.html",
)
def test_pages(lake: Warehouse) -> None:
    execution = lake.run("SELECT value FROM metrics")
    pages = (
        lake.cloud.client("athena")
        .get_paginator("get_query_results")
        .paginate(QueryExecutionId=execution["QueryExecutionId"], PaginationConfig={"PageSize": 3})
    )
    sizes = [len(page["ResultSet"]["Rows"]) for page in pages]
    assert sizes == [3, 3, 2]


@pytest.mark.contract(
    "Only the partitions that the conditions leave are scanned",
    source=f"{GUIDE}/partition-projection.html",
    limits="By WHERE on partition columns, with inner joins at most; DataScannedInBytes counts whole objects.",
)
@pytest.mark.parametrize(
    ("condition", "scanned"),
    [
        ("1 = 1", "cpu0 cpu1 cpu2 memory0"),
        ("metric_type = 'memory'", "memory0"),
        ("date >= '<1>'", "cpu0 cpu1 memory0"),
        ("metric_type IN ('cpu') AND date BETWEEN '<2>' AND '<1>'", "cpu1 cpu2"),
        ("date = date_format(current_date, '%Y-%m-%d') AND metric_type = 'cpu'", "cpu0"),
        ("date >= CAST(current_date - INTERVAL '1' DAY AS varchar)", "cpu0 cpu1 memory0"),
        ("date > 'tomorrow'", ""),
        ("metric_type = 'cpu' OR host = 'i-1'", "cpu0 cpu1 cpu2 memory0"),
        ("host = 'i-1' AND metric_type = 'memory'", "memory0"),
    ],
)
def test_partitions_are_left_out(lake: Warehouse, condition: str, scanned: str) -> None:
    execution = lake.run(f"SELECT count(*) FROM metrics WHERE {dated(condition)}")
    listed = lake.cloud.client("s3").list_objects_v2(Bucket=lake.bucket, Prefix="raw/")["Contents"]
    sizes = {one["Key"]: one["Size"] for one in listed}
    keys = [f"raw/metric_type={one[:-1]}/date={DAYS[int(one[-1])]}/0.json" for one in scanned.split()]
    assert execution["Statistics"]["DataScannedInBytes"] == sum(sizes[key] for key in keys)


@pytest.mark.contract(
    "SELECT has joins, common table expressions, subqueries and window functions",
    source=f"{GUIDE}/select.html",
)
@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (
            (
                "SELECT DISTINCT c.host, m.value FROM metrics c JOIN metrics m ON c.host = m.host"
                " WHERE c.metric_type = 'cpu' AND m.metric_type = 'memory'"
            ),
            [["i-1", "40.0"]],
        ),
        (
            (
                "SELECT DISTINCT c.host, m.host FROM metrics c LEFT JOIN metrics m ON c.host = m.host AND"
                " m.metric_type = 'memory' WHERE c.metric_type = 'cpu' AND m.date IS NULL"
            ),
            [["i-2", None]],
        ),
        (
            (
                "WITH days AS (SELECT date, max(value) AS top FROM metrics WHERE metric_type = 'cpu' GROUP BY date)"
                " SELECT top, top - lag(top) OVER (ORDER BY date) AS more FROM days ORDER BY date"
            ),
            [["23.0", None], ["22.0", "-1.0"], ["21.0", "-1.0"]],
        ),
        (
            "SELECT host FROM metrics WHERE value = (SELECT max(value) FROM metrics WHERE metric_type = 'cpu')",
            [["i-2"]],
        ),
        (
            (
                "SELECT host, round(86400 * regr_slope(value, to_unixtime(from_iso8601_timestamp(timestamp))), 2) AS d"
                " FROM metrics WHERE metric_type = 'cpu' GROUP BY host ORDER BY host"
            ),
            [["i-1", "-1.0"], ["i-2", "-1.0"]],
        ),
        (
            (
                'SELECT host, max_by(value, "timestamp") AS value, max("timestamp") AS "timestamp" FROM metrics'
                " WHERE metric_type = 'memory' GROUP BY host"
            ),
            [["i-1", "40.0", "<0>T10:00:00Z"]],
        ),
    ],
)
def test_select(lake: Warehouse, sql: str, rows: list[list[str | None]]) -> None:
    assert lake.rows(sql) == [[cell and dated(cell) for cell in row] for row in rows]


@pytest.mark.contract(
    "What lies outside of a column's projected values or range is not read, though it is there",
    source=TYPES,
    limits="A date's interval is not looked at.",
)
@pytest.mark.parametrize(("metric_type", "day"), [("disk", "<0>"), ("cpu", "<3>")])
def test_outside_of_the_projection(lake: Warehouse, metric_type: str, day: str) -> None:
    lake.put(metric_type, dated(day), {"host": "i-outside", "metric": "m", "value": 1})
    assert lake.rows("SELECT host FROM metrics WHERE host = 'i-outside'") == []


@pytest.mark.contract(
    "A column whose projection is injected needs a condition with static values",
    source=f"{GUIDE}/partition-projection-dynamic-id-partitioning.html",
)
def test_injected(cloud: RunningCloud) -> None:
    lake = warehouse(cloud, {"projection.metric_type.type": "injected"})
    lake.put("whatever", DAYS[0], {"host": "i-1", "metric": "m", "value": 1})
    assert lake.rows("SELECT host FROM metrics WHERE metric_type = 'whatever'") == [["i-1"]]
    assert "CONSTRAINT_VIOLATION" in lake.reason("SELECT host FROM metrics")
    assert "CONSTRAINT_VIOLATION" in lake.reason("SELECT host FROM metrics WHERE metric_type > 'a'")


@pytest.mark.contract(
    "A row that is no JSON object fails the query, or with ignore.malformed.json is a row of NULLs",
    source=f"{GUIDE}/openx-json-serde.html",
)
@pytest.mark.parametrize("lenient", [False, True])
def test_malformed_rows(cloud: RunningCloud, lenient: bool) -> None:
    lake = warehouse(cloud, serde={"ignore.malformed.json": "true"} if lenient else {})
    lake.put("cpu", DAYS[0], {"host": "i-1", "metric": "m", "value": 1}, '{"host": "i-2", "met')
    sql = "SELECT host FROM metrics ORDER BY host"
    if lenient:
        assert lake.rows(sql) == [["i-1"], [None]]
    else:
        assert "HIVE_CURSOR_ERROR" in lake.reason(sql)


@pytest.mark.contract(
    "Columns are found by name whatever the case, a field that is missing is NULL, compressed and hidden objects are"
    " known by their names",
    source=f"{GUIDE}/openx-json-serde.html",
)
def test_rows_of_json(cloud: RunningCloud) -> None:
    lake = warehouse(cloud)
    lake.put("cpu", DAYS[0], {"Host": "i-1", "more": {"a": 1}}, {"end": True, "lines": 1}, name="a.json.gz")
    lake.put("cpu", DAYS[0], {"host": "i-hidden"}, name="_b.json")
    assert lake.rows("SELECT host, value FROM metrics ORDER BY host") == [["i-1", None], [None, None]]


@pytest.mark.contract(
    "A workgroup that enforces its configuration decides where results go, whatever the client says",
    source=f"{GUIDE}/workgroups-settings-override.html",
)
@pytest.mark.parametrize("enforced", [True, False])
def test_workgroup_settings(lake: Warehouse, enforced: bool) -> None:
    lake.cloud.client("athena").update_work_group(
        WorkGroup=lake.group, ConfigurationUpdates={"EnforceWorkGroupConfiguration": enforced}
    )
    asked = {"OutputLocation": f"s3://{lake.bucket}/mine/"}
    location = lake.run("SELECT 1", ResultConfiguration=asked)["ResultConfiguration"]["OutputLocation"]
    assert location.startswith(f"s3://{lake.bucket}/{'results' if enforced else 'mine'}/")


@pytest.mark.contract(
    "A query that would scan more than the workgroup's limit is cancelled",
    source=f"{GUIDE}/workgroups-setting-control-limits-cloudwatch.html",
    limits="Before it scans anything.",
)
def test_bytes_limit(lake: Warehouse) -> None:
    lake.cloud.client("athena").update_work_group(
        WorkGroup=lake.group, ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000}
    )
    lake.put("cpu", DAYS[0], {"host": "x" * 10_000_001}, name="big.json")
    status = lake.run("SELECT count(*) FROM metrics")["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")
    assert lake.rows("SELECT count(*) FROM metrics WHERE metric_type = 'memory'") == [["1"]]


@pytest.mark.contract(
    "A query that cannot be run fails with the reason",
    source=f"{GUIDE}/troubleshooting-athena.html",
    limits="Names of errors are Trino's, their texts in part DuckDB's.",
)
@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM nothing", "TABLE_NOT_FOUND"),
        ("SELECT colour FROM metrics", "COLUMN_NOT_FOUND"),
        ("SELECT strftime(current_timestamp, '%Y')", "FUNCTION_NOT_FOUND"),
        ("SELECT * FROM read_json('/etc/hosts')", "FUNCTION_NOT_FOUND"),
        ("SELECT * FROM '/etc/hosts'", "TABLE_NOT_FOUND"),
        ("SELECT * FROM metrics, (SELECT * FROM read_text('/etc/hosts'))", "FUNCTION_NOT_FOUND"),
        ("SELECT * FROM metrics WHERE date = (SELECT content FROM read_text('/etc/hosts'))", "FUNCTION_NOT_FOUND"),
        ("SELECT getenv('HOME')", "FUNCTION_NOT_FOUND"),
        ("SELECT * FROM duckdb_settings()", "FUNCTION_NOT_FOUND"),
        ("SELECT CAST('a' AS integer)", "INVALID_CAST_ARGUMENT"),
    ],
)
def test_failures(lake: Warehouse, sql: str, reason: str) -> None:
    assert reason in lake.reason(sql)


@pytest.mark.contract(
    "StartQueryExecution refuses what is no statement, unknown workgroups, and a query without a place for its result",
    source=f"{API}/API_StartQueryExecution.html",
    limits="DDL is refused: the local cloud's tables are Glue's.",
)
@pytest.mark.parametrize(
    ("sql", "more", "message"),
    [
        ("SELCT 1", {}, "line 1:1"),
        ("SELECT 1; SELECT 2", {}, "Only one sql statement is allowed"),
        ("CREATE TABLE a AS SELECT 1", {}, "not supported"),
        ("SELECT 1", {"WorkGroup": "unknown"}, "is not found"),
        ("SELECT 1", {"WorkGroup": "primary"}, "No output location provided"),
        ("SELECT ?", {}, "Incorrect number of parameters"),
    ],
)
def test_refused_queries(lake: Warehouse, sql: str, more: dict[str, str], message: str) -> None:
    with pytest.raises(ClientError, match="InvalidRequestException") as refused:
        lake.start(sql, **more)
    assert message in refused.value.response["Error"]["Message"]


@pytest.mark.contract(
    "Parameters take the places of the question marks, and a request with a known token starts nothing more",
    source=f"{GUIDE}/querying-with-prepared-statements.html",
)
def test_parameters_and_tokens(lake: Warehouse) -> None:
    sql = "SELECT DISTINCT host FROM metrics WHERE metric_type = ? AND host <> '?'"
    assert lake.rows(sql, ExecutionParameters=["'memory'"]) == [["i-1"]]
    token = uuid.uuid4().hex
    assert lake.start("SELECT 1", ClientRequestToken=token) == lake.start("SELECT 1", ClientRequestToken=token)


@pytest.mark.contract(
    "A query that is stopped is cancelled, has no result, and runs no longer",
    source=f"{API}/API_StopQueryExecution.html",
)
def test_stopping(lake: Warehouse) -> None:
    athena = lake.cloud.client("athena")
    endless = lake.start("SELECT count(*) FROM " + ", ".join(f"metrics m{number}" for number in range(40)))
    athena.stop_query_execution(QueryExecutionId=endless)
    lake.cloud.server.clock.settle(60)
    status = athena.get_query_execution(QueryExecutionId=endless)["QueryExecution"]["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")
    with pytest.raises(ClientError, match="Final query state: CANCELLED"):
        lake.all_rows(endless)
    athena.stop_query_execution(QueryExecutionId=endless)


@pytest.mark.contract(
    "The moment of a query is that of the clock",
    source=f"{GUIDE}/functions-env3.html",
)
def test_now(lake: Warehouse) -> None:
    before = lake.cloud.server.clock.now()
    shown = lake.rows("SELECT current_timestamp")[0][0]
    assert shown
    moment = datetime.strptime(shown, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC)
    assert before - timedelta(seconds=1) <= moment <= lake.cloud.server.clock.now()


@pytest.mark.contract(
    "A workgroup that has queries or executions is deleted only with RecursiveDeleteOption, the primary one never",
    source=f"{API}/API_DeleteWorkGroup.html",
)
def test_deleting_workgroups(lake: Warehouse) -> None:
    athena = lake.cloud.client("athena")
    lake.run("SELECT 1")
    with pytest.raises(ClientError, match="is not empty"):
        athena.delete_work_group(WorkGroup=lake.group)
    athena.delete_work_group(WorkGroup=lake.group, RecursiveDeleteOption=True)
    with pytest.raises(ClientError, match="is not found"):
        athena.get_work_group(WorkGroup=lake.group)
    with pytest.raises(ClientError, match="InvalidRequestException"):
        athena.delete_work_group(WorkGroup="primary")


@pytest.mark.contract(
    "Named queries are made, read, changed, run and deleted",
    source=f"{API}/API_CreateNamedQuery.html",
)
def test_named_queries(lake: Warehouse) -> None:
    athena = lake.cloud.client("athena")
    given = {"Name": "hosts", "Database": lake.database, "WorkGroup": lake.group}
    identity = athena.create_named_query(QueryString="SELECT 1", Description="one", **given)["NamedQueryId"]
    sql = "SELECT DISTINCT host FROM metrics ORDER BY host"
    athena.update_named_query(NamedQueryId=identity, Name="hosts", QueryString=sql)
    held = athena.get_named_query(NamedQueryId=identity)["NamedQuery"]
    assert held == {**given, "QueryString": sql, "Description": "one", "NamedQueryId": identity}
    assert lake.rows(held["QueryString"]) == [["i-1"], ["i-2"]]
    assert athena.list_named_queries(WorkGroup=lake.group)["NamedQueryIds"] == [identity]
    athena.delete_named_query(NamedQueryId=identity)
    with pytest.raises(ClientError, match="InvalidRequestException"):
        athena.get_named_query(NamedQueryId=identity)


def as_role(lake: Warehouse, *allowed: tuple[str, str]) -> Any:
    """Athena's client of a role that may do (action, resource)."""
    statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in allowed]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
    role = lake.cloud.role(
        f"r-{uuid.uuid4().hex[:8]}",
        {"Version": "2012-10-17", "Statement": statements},
        {"Version": "2012-10-17", "Statement": [trust]},
    )
    got = lake.cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="analyst")["Credentials"]
    return boto3.client(
        "athena",
        region_name=REGION,
        endpoint_url=lake.cloud.server.endpoint,
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
    )


def needed(lake: Warehouse) -> dict[str, tuple[str, str]]:
    """What a query needs, by a name of its own."""
    arn = f"arn:aws:{{}}:{REGION}:{ACCOUNT_ID}:{{}}"
    return {
        "start": ("athena:StartQueryExecution", arn.format("athena", f"workgroup/{lake.group}")),
        "catalog": ("glue:GetTable", arn.format("glue", "catalog")),
        "database": ("glue:GetTable", arn.format("glue", f"database/{lake.database}")),
        "table": ("glue:GetTable", arn.format("glue", f"table/{lake.database}/metrics")),
        "list": ("s3:ListBucket", f"arn:aws:s3:::{lake.bucket}"),
        "read": ("s3:GetObject", f"arn:aws:s3:::{lake.bucket}/raw/*"),
        "write": ("s3:PutObject", f"arn:aws:s3:::{lake.bucket}/results/*"),
        "locate": ("s3:GetBucketLocation", f"arn:aws:s3:::{lake.bucket}"),
    }


@pytest.mark.contract(
    "A query reads the catalog and the objects, and writes its result, with its caller's permissions; what is"
    " refused has a number in the error catalog",
    source=f"{GUIDE}/error-reference.html",
    limits="glue:GetDatabase is not asked for; which number a reason has is read from the catalog's descriptions.",
)
@pytest.mark.parametrize(
    ("missing", "reason", "kind"),
    [
        ("catalog", "Insufficient permissions to execute the query.", 1500),
        ("database", "Insufficient permissions to execute the query.", 1500),
        ("table", "Insufficient permissions to execute the query.", 1500),
        ("list", "PERMISSION_DENIED: Permission denied on S3 path: s3://", 1501),
        ("read", "PERMISSION_DENIED: Permission denied on S3 path: s3://", 1501),
        ("write", "Access denied when writing output to url: s3://", 401),
    ],
)
def test_permissions(lake: Warehouse, missing: str, reason: str, kind: int) -> None:
    client = as_role(lake, *(need for name, need in needed(lake).items() if name != missing))
    status = lake.run("SELECT count(*) FROM metrics", client)["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"].startswith(reason)
    error = status["AthenaError"]
    assert (error["ErrorType"], error["ErrorCategory"]) == (kind, 2)


@pytest.mark.contract(
    "Who may start queries in a workgroup, but not see where its results' bucket is, starts none",
    source="https://repost.aws/knowledge-center/athena-output-bucket-error",
)
def test_permissions_to_start(lake: Warehouse) -> None:
    sql, needs = "SELECT count(*) FROM metrics", needed(lake)
    assert lake.run(sql, as_role(lake, *needs.values()))["Status"]["State"] == "SUCCEEDED"
    with pytest.raises(ClientError, match="AccessDeniedException"):
        lake.start(sql, as_role(lake, *(need for name, need in needs.items() if name != "start")))
    with pytest.raises(ClientError, match="Unable to verify/create output bucket"):
        lake.start(sql, as_role(lake, *(need for name, need in needs.items() if name != "locate")))


@pytest.mark.contract(
    "Results under a KMS key are written by who may use it, and read as any object under a key",
    source=f"{GUIDE}/encrypting-query-results-stored-in-s3.html",
)
def test_permissions_on_a_key(lake: Warehouse) -> None:
    kms = lake.cloud.client("kms")
    allowing = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [{**allowing, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}}],
    }
    key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    encryption = {"EncryptionOption": "SSE_KMS", "KmsKey": key}
    updates = {"ResultConfigurationUpdates": {"EncryptionConfiguration": encryption}}
    lake.cloud.client("athena").update_work_group(WorkGroup=lake.group, ConfigurationUpdates=updates)
    sql, needs = "SELECT count(*) FROM metrics", needed(lake).values()
    assert lake.reason(sql, as_role(lake, *needs)).startswith("Access denied when writing output to url: s3://")
    done = lake.run(sql, as_role(lake, *needs, ("kms:GenerateDataKey", key)))
    assert done["Status"]["State"] == "SUCCEEDED"
    result = done["ResultConfiguration"]["OutputLocation"].split("/", 3)[3]
    written = lake.cloud.client("s3").head_object(Bucket=lake.bucket, Key=result)
    assert (written["ServerSideEncryption"], written["SSEKMSKeyId"]) == ("aws:kms", key)


def test_what_is_deleted_leaves_nothing_behind(cloud: RunningCloud) -> None:
    inventory = cloud.server.part(Inventory)
    before = inventory.resources()
    lake = warehouse(cloud)
    lake.put("cpu", DAYS[0], {"host": "i-1"})
    cloud.client("athena").create_named_query(
        Name="n", Database=lake.database, QueryString="SELECT 1", WorkGroup=lake.group
    )
    lake.run("SELECT * FROM metrics")
    kinds = {one["type"] for one in inventory.resources() if one not in before}
    assert {"WorkGroup", "NamedQuery", "Database", "Bucket"} <= kinds
    cloud.client("athena").delete_work_group(WorkGroup=lake.group, RecursiveDeleteOption=True)
    cloud.client("glue").delete_table(DatabaseName=lake.database, Name="metrics")
    cloud.client("glue").delete_database(Name=lake.database)
    for one in cloud.client("s3").list_objects_v2(Bucket=lake.bucket)["Contents"]:
        cloud.client("s3").delete_object(Bucket=lake.bucket, Key=one["Key"])
    cloud.client("s3").delete_bucket(Bucket=lake.bucket)
    assert inventory.resources() == before
