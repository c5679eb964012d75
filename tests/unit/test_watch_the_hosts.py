"""What docs/how-to/watch-the-hosts.md says of configurations, queries, notices and prices is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headend import prices
from headend.asl import model
from headend.asl.cost.sums import Question, cost
from headend.config import Config, check
from headend.localcloud.hosts.host_metrics import SCENARIOS
from headend.render import render_environment
from headend.strict_yaml import parse
from unit import pipeline_defaults as defaults

TEXT = (defaults.REPOSITORY / "docs/how-to/watch-the-hosts.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
[WITH_TYPES] = [block for block in BLOCKS if "metric_types" in block]
[WITH_DEFAULTS] = [block for block in BLOCKS if "schedule" in block]
HEAD = """\
name: live-dev
region: eu-central-1
flows:
  studio-a: {source: {protocol: rtp, ingest_port: 5000, whitelist_cidr: 203.0.113.0/24}}
"""
FREE_TRANSITIONS, RUNS = 4000, 248


def config(block: str) -> Config:
    return check(parse(HEAD + block, Path("envs/dev/config.yaml")), local=False)


@pytest.mark.parametrize("block", BLOCKS)
def test_each_example_is_taken(block: str) -> None:
    assert config(block).metrics_pipeline


def test_what_is_shown_as_default_is_the_module_s() -> None:
    shown = config(WITH_DEFAULTS).model_dump(exclude_none=True)["metrics_pipeline"]
    for name in ("bucket", "collection", "schedule"):
        assert shown[name]
        for field, value in shown[name].items():
            assert str(value).lower() == defaults.optional(name, field).lower(), f"{name}.{field}"


def test_the_example_s_types_are_the_four_and_two_more_as_the_module_has_them() -> None:
    pipeline = config(WITH_TYPES).metrics_pipeline
    assert pipeline
    types = pipeline.metric_types or {}
    own = defaults.variable("metric_types")["default"]
    assert set(types) == {*own, "feeds", "swap"}
    for name in own:
        shown = [query.model_dump(exclude_none=True) for query in types[name].queries]
        filled = [{"dimensions": {}, "of": "host", "statistic": "Average", **query} for query in shown]
        assert filled == defaults.queries(name)


def test_eight_types_stay_in_the_free_tier_and_nine_do_not(tmp_path: Path) -> None:
    def a_month(definition: Path) -> int:
        return cost(model.load(definition), Question(), prices.load()).paths[1].transitions * RUNS

    def of(types: list[str]) -> Path:
        values = {"metrics_pipeline.asl": {"metric_types": types}}
        rendered = render_environment(defaults.REPOSITORY, "dev", values)
        path = tmp_path / "metrics_pipeline.asl.json"
        path.write_text(rendered[defaults.REPOSITORY / "envs/dev/rendered/metrics_pipeline.asl.json"], encoding="utf-8")
        return path

    pipeline = config(WITH_TYPES).metrics_pipeline
    six = sorted((pipeline and pipeline.metric_types) or {})
    assert len(six) == 6
    assert a_month(of([*six, "fans", "tapes"])) <= FREE_TRANSITIONS < a_month(of([*six, "fans", "power", "tapes"]))
    assert "one more a run: eight types stay free" in TEXT
    four = a_month(defaults.MODULE / "rendered" / "metrics_pipeline.asl.json")
    assert f"{four // RUNS} a run, {four:,} in a month" in TEXT


def test_the_table_of_metrics_is_what_the_defaults_read() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([\w/]+)` \| (.+?) \| (\w+), (\w+) \| (.+?) \| (EC2|agent) \|$", TEXT, re.M)
    told = {
        (name, namespace, metric, statistic, unit, "/" if "path = `/`" in dimensions else None)
        for name, namespace, metrics, statistic, unit, dimensions, _ in rows
        for metric in re.findall(r"`(\w+)`", metrics)
    }
    read = {
        (name, one["namespace"], one["metric"], one["statistic"], one["unit"], one["dimensions"].get("path"))
        for name in defaults.variable("metric_types")["default"]
        for one in defaults.queries(name)
    }
    assert told == read


def test_prices_are_those_of_the_price_file() -> None:
    found = prices.load()

    def usd(table: str, price: str) -> str:
        [line] = [one for one in found.tables[table].lines if one.price == price]
        return f"${found.cost(line):.2f}"

    said = f"{usd('hosts_10', 'metric_read')} a month for 10 hosts, {usd('hosts_1000', 'metric_read')} for 1,000"
    assert said in TEXT
    assert f"{usd('agent', 'custom_metric')} a month, and {usd('agent', 'cloudwatch_request')} for its requests" in TEXT


def test_the_named_queries_are_those_that_there_are() -> None:
    [local] = [
        one["saved_queries"]
        for one in defaults.parsed(defaults.MODULE / "queries.tf")["locals"]
        if "saved_queries" in one
    ]
    assert all(f"`{name}`" in TEXT for name in local)
    assert "Name=='busiest_hosts'" in TEXT


def definition() -> str:
    return (defaults.MODULE / "rendered/metrics_pipeline.asl.json").read_text(encoding="utf-8")


def test_kinds_and_severities_are_those_of_the_workflow() -> None:
    told = set(re.findall(r"^\| `(success|partial|failure)`, (LOW|MEDIUM|HIGH) \|", TEXT, re.M))
    assert told == {("success", "LOW"), ("success", "MEDIUM"), ("partial", "MEDIUM"), ("failure", "HIGH")}
    for kind, severity in told:
        assert kind in definition()
        assert severity in definition()


def test_missing_things_are_named_as_the_workflow_names_them() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ", TEXT.split("| missing |")[1].split("\n\n")[0], re.M)
    assert len(rows) == 6
    for row in rows:
        words = max(re.split(r"[:…]|\d+|\b(?:disk|memory|trend)\b", row), key=len).strip()
        assert words in definition(), words


def test_findings_are_worded_as_the_analytics_word_them() -> None:
    rows = TEXT.split("| found |")[1].split("\n\n")[0].splitlines()[2:]
    folder = defaults.REPOSITORY / "lambda_src/metrics_analytics/analytics"
    words = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    worded = [
        ("above", "the threshold of"),
        (" and reaches ",),
        ("has sent no ", " for "),
        ("rose", "fell", "from the previous day's"),
        ("has sent no ", " in these hours; on the previous day it did"),
    ]
    assert len(rows) == len(worded)
    for row, parts in zip(rows, worded, strict=True):
        for part in parts:
            assert part in row
            assert part in words


def test_the_scenario_that_is_played_exists() -> None:
    played = re.findall(r"headend local host scenario ([a-z-]+)", TEXT)
    assert played
    assert set(played) <= set(SCENARIOS)
