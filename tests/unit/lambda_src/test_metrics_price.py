"""What docs/cost.md says the metrics pipeline costs is what its functions, its workflow and its module do."""

import json
import re
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import pytest
from collector.collect import collect
from collector.datapoints import Datapoint
from collector.objects import MAX_BYTES, ObjectWriter
from collector.series import Series
from collector.settings import Query

from headend import prices
from unit import pipeline_defaults as defaults
from unit.lambda_src import collector_cases as cases

DAYS = 31
HOSTS = (10, 1000)
EVERY_SECONDS = 3 * 3600
RUNS = DAYS * 24 // 3
POINTS = int(defaults.optional("collection", "window_seconds")) // int(
    defaults.optional("collection", "period_seconds")
)
KEPT_DAYS = 90 + 7
SERIES = len(defaults.queries())
TYPES = sorted(defaults.variable("metric_types")["default"])


def counts(table: str) -> dict[str, float]:
    """Price → units a month, of one table."""
    lines = prices.load().tables[table].lines
    assert len({line.price for line in lines}) == len(lines)
    return {line.price: line.count for line in lines}


def usd(table: str) -> dict[str, float]:
    """Price → US dollars a month, of one table."""
    found = prices.load()
    return {line.price: round(found.cost(line), 4) for line in found.tables[table].lines}


def line_bytes(query: dict[str, Any]) -> float:
    """Bytes of a datapoint of that query in an object, whose run was started by the schedule."""

    class S3:
        def put_object(self, *, Body: bytes, **_: Any) -> None:  # noqa: N803 - boto3's name
            self.size = len(Body)

    s3, host = S3(), f"i-{0:017x}"
    run = "8a0b1c2d-1234-4567-89ab-0123456789ab_12345678-1234-1234-1234-123456789abc"
    agents = {"fstype": "xfs"} if query["dimensions"] else {}
    writer = ObjectWriter(s3, "bucket", run, "network")
    known = Query(**query)
    series = Series(known, host, {"InstanceId": host, **query["dimensions"], **agents})
    for minute in range(100):
        at = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(minutes=minute)
        writer.add(Datapoint(series, at, 23456789.123456 if known.unit == "Bytes" else 23.456789123456))
    writer.close()
    return s3.size / 100


def objects(hosts: int, parts: list[int]) -> int:
    """How many objects a run writes whose window has so many periods on each of its days."""
    count = 0
    for name in TYPES:
        sizes = [line_bytes(query) for query in defaults.queries(name)]
        in_one = MAX_BYTES * len(sizes) / sum(sizes)
        count += sum(ceil(hosts * len(sizes) * part / in_one) for part in parts)
    return count


def objects_a_month(hosts: int) -> int:
    """One run a day has a window that goes over midnight: here by 10 of 36 periods."""
    return (RUNS - DAYS) * objects(hosts, [POINTS]) + DAYS * objects(hosts, [POINTS - 10, 10])


def test_the_schedule_makes_248_runs_in_a_month_of_31_days_and_they_read_all_of_it() -> None:
    assert defaults.optional("schedule", "expression") == "rate(3 hours)"
    assert int(defaults.optional("collection", "window_seconds")) == EVERY_SECONDS
    assert RUNS == 248


def test_a_run_asks_for_five_metrics_of_each_host() -> None:
    types = {name: {"queries": defaults.queries(name)} for name in TYPES}
    config = cases.config(metric_types=types, flow_arns=[])
    cloudwatch = cases.CloudWatch(cases.published(10))

    class Bucket:
        def put_object(self, **_: Any) -> None: ...

    for name in TYPES:
        collect(cases.payload(name, config=config), cases.Clients(cloudwatch, cases.Hosts(10), Bucket()), "bucket")
    assert sum(cloudwatch.queries) == SERIES * 10 == 50
    assert cloudwatch.calls.count("ListMetrics") == 2


@pytest.mark.parametrize("hosts", HOSTS)
def test_metrics_that_are_asked_for(hosts: int) -> None:
    assert counts(f"hosts_{hosts}")["metric_read"] == SERIES * hosts * RUNS


@pytest.mark.parametrize("hosts", HOSTS)
def test_requests_that_list_and_publish(hosts: int) -> None:
    lists = 2 * ceil(hosts / 500)
    assert counts(f"hosts_{hosts}")["cloudwatch_request"] == (lists + len(TYPES)) * RUNS


@pytest.mark.parametrize("hosts", HOSTS)
def test_the_fleet_s_metrics_are_each_metric_and_who_reports_by_type(hosts: int) -> None:
    assert counts(f"hosts_{hosts}")["custom_metric"] == SERIES + len(TYPES)


@pytest.mark.parametrize("hosts", HOSTS)
def test_alarms_are_those_of_three_functions_a_workflow_and_two_queues(hosts: int) -> None:
    def local(file: str, name: str) -> int:
        [found] = [
            one[name] for one in defaults.parsed(defaults.REPOSITORY / "modules" / file)["locals"] if name in one
        ]
        return len(found)

    functions = local("metrics_pipeline/functions.tf", "functions")
    alarms = functions * local("lambda_function/alarms.tf", "alarms") + local("state_machine/alarms.tf", "alarms")
    alarms += local("metrics_pipeline/queues.tf", "dead_letters")
    assert counts(f"hosts_{hosts}")["alarm_metric"] == alarms


@pytest.mark.parametrize("hosts", HOSTS)
def test_transitions_are_those_that_the_tool_counts_and_are_in_the_free_tier(hosts: int) -> None:
    from headend.asl import model
    from headend.asl.cost.sums import Question, cost

    definition = model.load(defaults.MODULE / "rendered" / "metrics_pipeline.asl.json")
    transitions = cost(definition, Question(), prices.load()).paths[1].transitions
    assert transitions <= 16
    assert counts(f"hosts_{hosts}")["state_transition"] == transitions * RUNS
    assert prices.load().prices["state_transition"].billed(transitions * RUNS) == 0


@pytest.mark.parametrize("hosts", HOSTS)
def test_objects_requests_of_functions_and_messages(hosts: int) -> None:
    table, written = counts(f"hosts_{hosts}"), objects_a_month(hosts)
    notes = " ".join(line.note for line in prices.load().tables[f"hosts_{hosts}"].lines)
    assert f"each of {written:,} objects" in notes
    assert table["lambda_request"] == (len(TYPES) + 1 + 2) * RUNS + written
    pollers = 5 * 3 * 60 * prices.load().hours_in_a_month
    assert table["sqs_request"] == pytest.approx(pollers + 3 * written, rel=0.01)
    lists = 4 * len(TYPES) * RUNS + 2 * len(TYPES) * DAYS
    assert table["s3_write"] == written + (len(TYPES) + 2) * RUNS + lists


@pytest.mark.parametrize("hosts", HOSTS)
def test_values_that_are_kept(hosts: int) -> None:
    twice = DAYS  # the run over midnight has each series in an object of either day
    latest = SERIES * hosts * (RUNS + twice)
    of_runs = counts(f"hosts_{hosts}")["dynamodb_write"] - latest
    assert 20 * RUNS < of_runs < 200 * RUNS


@pytest.mark.parametrize("hosts", HOSTS)
def test_storage_is_what_the_runs_of_97_days_wrote(hosts: int) -> None:
    assert defaults.optional("bucket", "retention_days") == "90"
    run = hosts * POINTS * sum(map(line_bytes, defaults.queries()))
    assert counts(f"hosts_{hosts}")["s3_gb_month"] == pytest.approx(run * 8 * KEPT_DAYS / 1e9, rel=0.02)
    day = 8 * run
    read = 100 * max(day, 10e6)
    assert counts(f"hosts_{hosts}")["athena_tb"] == pytest.approx(read / 1e12, rel=0.02)


def test_ten_hosts_by_hand() -> None:
    assert usd("hosts_10") == {
        "metric_read": 0.124,  # 12.4 thousands at 0.01
        "cloudwatch_request": 0.0149,  # 1.488 thousands at 0.01
        "custom_metric": 2.7,  # 9 at 0.30
        "alarm_metric": 1.4,  # 14 at 0.10
        "dashboard": 3.0,
        "schedule_invocation": 0.0002,  # 0.000248 millions at 1.00
        "state_transition": 0.0744,  # 0.002976 millions at 25.00
        "lambda_request": 0.0006,  # 0.002852 millions at 0.20
        "lambda_gb_second_arm64": 0.0413,  # 248 * 12.5 = 0.0031 millions at 13.3334
        "sqs_request": 0.2641,  # 0.660348 millions at 0.40
        "dynamodb_write": 0.0149,  # 0.02387 millions at 0.625
        "s3_write": 0.0341,  # 6.82 thousands at 0.005
        "s3_read": 0.0079,  # 19.84 thousands at 0.0004
        "s3_gb_month": 0.0108,  # 0.47 at 0.023
        "athena_tb": 0.005,  # 0.001 at 5.00
        "sns_publish": 0.0001,  # 0.000248 millions at 0.50
    }
    assert prices.load().total("hosts_10") == pytest.approx(7.69, abs=0.01)


def test_a_thousand_hosts_by_hand() -> None:
    assert usd("hosts_1000") == {
        "metric_read": 12.4,  # 1,240 thousands at 0.01
        "cloudwatch_request": 0.0198,  # 1.984 thousands at 0.01
        "custom_metric": 2.7,
        "alarm_metric": 1.4,
        "dashboard": 3.0,
        "schedule_invocation": 0.0002,
        "state_transition": 0.0744,
        "lambda_request": 0.001,  # 0.005239 millions at 0.20
        "lambda_gb_second_arm64": 0.4133,  # 248 * 125 = 0.031 millions at 13.3334
        "sqs_request": 0.267,  # 0.667509 millions at 0.40
        "dynamodb_write": 0.8967,  # 1.43468 millions at 0.625
        "s3_write": 0.046,  # 9.207 thousands at 0.005
        "s3_read": 0.0258,  # 64.48 thousands at 0.0004
        "s3_gb_month": 1.081,  # 47 at 0.023
        "athena_tb": 0.24,  # 0.048 at 5.00
        "sns_publish": 0.0001,
    }
    assert prices.load().total("hosts_1000") == pytest.approx(22.57, abs=0.01)


def test_the_agent_of_a_host_by_hand() -> None:
    assert counts("agent") == {"custom_metric": 2, "cloudwatch_request": 12 * 730}
    assert usd("agent") == {"custom_metric": 0.6, "cloudwatch_request": 0.0876}  # 8.76 thousands at 0.01


def test_the_text_says_what_the_tables_add_up_to() -> None:
    text = " ".join((defaults.REPOSITORY / "docs" / "cost.md").read_text(encoding="utf-8").split())
    said = re.search(
        r"\$([\d.]+) a month for 10 hosts and \$([\d.]+) for 1,000, beside \$([\d.]+) for the agent on each", text
    )
    assert said
    totals = [prices.load().total(name) for name in ("hosts_10", "hosts_1000", "agent")]
    assert [float(one) for one in said.groups()] == [round(one, 2) for one in totals]


def test_the_module_s_readme_says_the_same() -> None:
    text = " ".join((defaults.MODULE / "README.md").read_text(encoding="utf-8").split())
    found = prices.load()
    ten, thousand = found.total("hosts_10"), found.total("hosts_1000")
    assert f"about ${ten:.2f} a month with 10 hosts and ${thousand:.2f} with 1,000" in text
    assert f"of which ${usd('hosts_1000')['metric_read']:.2f} are GetMetricData" in text
    transitions = counts("hosts_10")["state_transition"]
    assert f"counts {transitions / RUNS:.0f} state transitions" in text
    assert f"{RUNS} runs: {transitions:,.0f} transitions" in text


def test_a_week_of_many_hosts_is_more_than_a_query_may_read() -> None:
    limit = int(defaults.variable("query_bytes_limit")["default"])
    host = POINTS * sum(map(line_bytes, defaults.queries()))
    assert 265 <= limit / (8 * 8 * host) <= 285


def test_the_workflow_s_template_has_the_branches_that_are_counted() -> None:
    definition = json.loads((defaults.MODULE / "rendered" / "metrics_pipeline.asl.json").read_text(encoding="utf-8"))
    assert len(definition["States"]["Collect"]["Branches"]) == len(TYPES) == 4
