"""The real provider against the local cloud's Glue and Athena: made, queried, changed, destroyed with nothing left."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform

ROOT = Path(__file__).parent / "roots" / "athena"
DATE = time.strftime("%Y-%m-%d", time.gmtime())

pytestmark = [pytest.mark.local, pytest.mark.terraform]


def test_a_lake_is_made_queried_changed_and_destroyed_with_nothing_left(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "root")
    with LocalCloud(tmp_path / "cloud") as cloud:

        def terraform(**variables: str) -> Terraform:
            given = {f"TF_VAR_{name}": value for name, value in variables.items()}
            return Terraform(tmp_path / "root", tmp_path / "work", {**cloud.environment(), **given}, name="athena")

        plan = tmp_path / "plan"
        before = cloud.inventory()
        terraform().init()
        terraform().plan(plan)
        terraform().apply(plan)
        assert not terraform().plan(plan)

        rows = [{"host": "i-1", "value": 1}, {"host": "i-1", "value": 3.5}, {"host": "i-2", "value": 2}]
        body = "\n".join(json.dumps(row) for row in rows).encode()
        cloud.client("s3").put_object(Bucket="athena-lake", Key=f"raw/date={DATE}/1.json", Body=body)
        assert _run_named_query(cloud) == [["host", "highest"], ["i-1", "3.5"], ["i-2", "2.0"]]

        changed = {"bytes_limit": "20000000"}
        assert terraform(**changed).plan(plan)
        actions = {one["address"]: one["change"]["actions"] for one in terraform().show_json(plan)["resource_changes"]}
        assert [address for address, done in actions.items() if done != ["no-op"]] == ["aws_athena_workgroup.lake"]
        terraform(**changed).apply(plan)
        assert not terraform(**changed).plan(plan)

        terraform().destroy()
        assert cloud.inventory() == before


def _run_named_query(cloud: LocalCloud) -> list[list[str]]:
    athena = cloud.client("athena")
    identity = athena.list_named_queries(WorkGroup="lake")["NamedQueryIds"][0]
    query = athena.get_named_query(NamedQueryId=identity)["NamedQuery"]
    started = athena.start_query_execution(
        QueryString=query["QueryString"],
        QueryExecutionContext={"Database": query["Database"]},
        WorkGroup=query["WorkGroup"],
    )["QueryExecutionId"]
    ended = ("SUCCEEDED", "FAILED", "CANCELLED")
    deadline = time.monotonic() + 60
    while athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]["State"] not in ended:
        assert time.monotonic() < deadline
    found = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    return [[cell["VarCharValue"] for cell in row["Data"]] for row in found]
