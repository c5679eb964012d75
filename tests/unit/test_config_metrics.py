"""The metrics pipeline in config.yaml: what is accepted, and that an environment's types become branches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headend.config import Config, check
from headend.errors import UsageError
from headend.render import render_environment
from headend.strict_yaml import parse

REPOSITORY = Path(__file__).parents[2]
TEXT = """\
name: live-dev
region: eu-central-1
flows:
  studio-a: {source: {protocol: rtp, ingest_port: 5000, whitelist_cidr: 203.0.113.0/24}}
metrics_pipeline:
  hosts: {Role: [encoder]}
"""
TYPES = """\
  metric_types:
    gpu:
      queries: [{namespace: CWAgent, metric: nvidia_smi_utilization_gpu, unit: Percent}]
      thresholds: [{metric: nvidia_smi_utilization_gpu, threshold: 95}]
    cpu:
      queries: [{namespace: AWS/EC2, metric: CPUUtilization, unit: Percent}]
"""


def read(text: str) -> Config:
    return check(parse(text, Path("envs/dev/config.yaml")), local=False)


def branches(config: Config) -> list[str] | None:
    """The types of the environment's own definition; None where it is the module's."""
    rendered = render_environment(REPOSITORY, "dev", config.template_values())
    text = rendered.get(REPOSITORY / "envs/dev/rendered/metrics_pipeline.asl.json")
    if text is None:
        return None
    found = json.loads(text)["States"]["Collect"]["Branches"]
    return [one["States"][one["StartAt"]]["Arguments"]["Payload"]["metric_type"] for one in found]


def test_an_environment_without_types_of_its_own_has_the_module_s_definition() -> None:
    assert branches(read(TEXT)) is None


def test_an_environment_s_own_types_are_the_branches_of_its_definition() -> None:
    assert branches(read(TEXT + TYPES)) == ["cpu", "gpu"]


def test_other_values_of_the_template_stay_as_they_are_written() -> None:
    config = read(TEXT + TYPES + "templates: {metrics_pipeline.asl: {told_findings: 3}}\n")
    assert config.template_values()["metrics_pipeline.asl"] == {"metric_types": ["cpu", "gpu"], "told_findings": 3}


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("    gpu:", "    GPU:", "metrics_pipeline.metric_types"),
        ("    gpu:", "    all:", "means every type"),
        ("metric: nvidia_smi_utilization_gpu, threshold", "metric: gpu, threshold", "'gpu' is none of its metrics"),
        (
            "[{namespace: CWAgent,",
            "[{namespace: M, metric: nvidia_smi_utilization_gpu, statistic: Sum, unit: Percent}, {namespace: CWAgent,",
            "is read as Sum in Percent and as Average in Percent; another statistic or unit of a metric needs a type",
        ),
        ("threshold: 95", "threshold: 95, severity: BAD", "severity"),
        ("hosts: {Role: [encoder]}", "hosts: {Role: []}", "hosts"),
        ("hosts: {Role: [encoder]}", "hosts: {}\n  schedule: {expression: at(2030-01-01T00:00:00)}", "rate(3 hours)"),
        ("unit: Percent}]\n      thresholds", "units: Percent}]\n      thresholds", "units"),
    ],
)
def test_what_the_module_would_refuse_is_refused_with_its_line(written: str, instead: str, told: str) -> None:
    assert written in TEXT + TYPES
    with pytest.raises(UsageError) as caught:
        read((TEXT + TYPES).replace(written, instead))
    assert told in str(caught.value)
    assert "envs/dev/config.yaml:" in str(caught.value)
