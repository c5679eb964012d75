"""The CloudWatch agent, as docs/how-to/watch-the-hosts.md configures it, sends what the collector reads.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
"""

import json
import re
from typing import Any

import pytest
from collector import series
from collector.settings import Query

from unit import pipeline_defaults as defaults
from unit.lambda_src import collector_cases as cases

TEXT = (defaults.REPOSITORY / "docs/how-to/watch-the-hosts.md").read_text(encoding="utf-8")
[CONFIGURATION] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.S)]
AGENT = [query for query in defaults.queries() if query["namespace"] == "CWAgent"]
UNITS = {"disk_used_percent": "Percent", "mem_used_percent": "Percent"}
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html"""


def sent(configuration: dict[str, Any], host: str) -> dict[tuple[str, str], list[dict[str, str]]]:
    """(namespace, metric) → dimensions of each series, as the agent of a Linux host names them.

    A measurement may be the whole name or what comes after that of its section.
    """
    metrics = configuration["metrics"]
    own = {name: host for name, value in metrics["append_dimensions"].items() if value == f"${{aws:{name}}}"}
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for section, one in metrics["metrics_collected"].items():
        for measurement in one["measurement"]:
            name = measurement if measurement.startswith(f"{section}_") else f"{section}_{measurement}"
            all_dimensions = [own]
            if section == "disk":
                device = {} if one.get("drop_device") else {"device": "nvme0n1p1"}
                all_dimensions = [{**own, **device, "fstype": "xfs", "path": path} for path in one["resources"]]
            found.setdefault((metrics.get("namespace", "CWAgent"), name), []).extend(all_dimensions)
    return found


def test_the_agent_sends_what_the_defaults_read_and_nothing_else() -> None:
    found = sent(CONFIGURATION, "i-1")
    assert set(found) == {(query["namespace"], query["metric"]) for query in AGENT}
    assert {query["metric"]: query["unit"] for query in AGENT} == UNITS
    for query in AGENT:
        [dimensions] = found[query["namespace"], query["metric"]]
        assert dimensions["InstanceId"] == "i-1"
        assert query["dimensions"].items() <= dimensions.items()


@pytest.mark.parametrize("query", AGENT, ids=[query["metric"] for query in AGENT])
def test_the_collector_finds_the_series_of_every_host(query: dict[str, Any]) -> None:
    hosts = cases.host_ids(3)
    published: dict[tuple[str, str], list[dict[str, str]]] = {}
    for host in hosts:
        for key, all_dimensions in sent(CONFIGURATION, host).items():
            published.setdefault(key, []).extend(all_dimensions)
    found = list(series.of(cases.CloudWatch(published), Query(**query), hosts, (), 10_800))
    assert [one.host for one in found] == hosts
    assert [one.dimensions for one in found] == published[query["namespace"], query["metric"]]


def test_each_period_has_a_value_and_no_more_than_one_is_paid_for() -> None:
    every = CONFIGURATION["agent"]["metrics_collection_interval"]
    assert every == int(defaults.optional("collection", "period_seconds"))


def test_without_instance_id_no_series_is_anybody_s() -> None:
    configuration = json.loads(json.dumps(CONFIGURATION))
    configuration["metrics"]["append_dimensions"] = {"ImageId": "${aws:ImageId}"}
    published = sent(configuration, "i-1")
    found = series.of(cases.CloudWatch(published), Query(**AGENT[0]), ["i-1"], (), 10_800)
    assert list(found) == []
