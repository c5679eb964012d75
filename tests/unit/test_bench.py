"""The benchmarks' arithmetic, and what they print and keep."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from headend.asl import model
from headend.asl.lint.linter import lint_file
from headend.bench import api_calls, cold_import, definitions, fleet, lint_time, package_build, plan_time, suite
from headend.bench.measurement import Measurement, Ratio, percentile, save
from headend.config import load_config
from headend.demonstration.screen import Screen
from headend.environments import repository_root
from headend.errors import HeadendError, UsageError
from headend.package import ZIPS


@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([1, 50, 95, 100]))
def test_a_percentile_is_a_value_that_enough_values_do_not_exceed(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) >= len(values) * percent / 100
    assert sum(value < found for value in values) < len(values) * percent / 100 or found == min(values)


def test_a_ratio_is_kept_with_both_of_its_sides(tmp_path: Path) -> None:
    measured = Measurement("plan", "plans", [Ratio("20 flows", 6.0, "an empty plan", 1.5, "s")], {"s": [6.0]})
    content = json.loads(save(measured, tmp_path / "bench").read_text(encoding="utf-8"))
    assert content["ratios"][0] == {
        "what": "20 flows",
        "value": 6.0,
        "against": "an empty plan",
        "base": 1.5,
        "unit": "s",
        "ratio": 4.0,
    }
    assert content["details"] == {"s": [6.0]}


def test_a_base_of_nothing_is_no_division_error() -> None:
    assert Ratio("a", 1.0, "b", 0.0, "s").ratio == float("inf")


@pytest.mark.parametrize(("only", "runs"), [(["speed"], 1), (["plan", "speed"], 1), (None, 0)])
def test_a_wrong_name_or_no_run_is_refused_before_anything_starts(only: list[str] | None, runs: int) -> None:
    with pytest.raises(UsageError):
        suite.run(only, runs)


def test_without_a_name_everything_is_measured_and_each_is_described() -> None:
    assert suite._wanted(None) == list(suite.NAMES)
    assert "collection" in suite.NAMES
    contributing = (repository_root(Path(__file__).parent) / "CONTRIBUTING.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(\w+)` \| ", contributing.split("## Measurements")[1].split("\n## ")[0], re.M)
    assert described == list(suite.NAMES)


def test_results_are_printed_as_ratios_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr(suite, "Screen", lambda: Screen(Console(file=output, width=120, highlight=False)))
    monkeypatch.setattr(suite, "repository_root", lambda: tmp_path)
    measured = Measurement("import", "imports", [Ratio("handler", 0.3, "boto3", 0.2, "s")])
    monkeypatch.setattr(suite, "_without_stage", lambda name, root, seconds: lambda: measured)
    assert suite.run(["import"], 1) == 0
    assert "1.5" in output.getvalue()
    assert json.loads((tmp_path / "build" / "bench" / "import.json").read_text(encoding="utf-8"))["name"] == "import"


@pytest.mark.parametrize("count", plan_time.FLOWS)
def test_the_planned_environments_are_valid_configurations(count: int, tmp_path: Path) -> None:
    import yaml

    local = repository_root(Path(__file__).parent) / "envs" / "local" / "config.yaml"
    content = plan_time.with_flows(yaml.safe_load(local.read_text(encoding="utf-8")), count)
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    assert len(load_config(path, local=True).flows) == count


def test_a_rebuild_is_measured_after_each_full_build(tmp_path: Path) -> None:
    (tmp_path / "lambda_src").mkdir()
    built: list[bool] = []

    def build(work: Path) -> None:
        built.append(not (work / ZIPS).exists())
        (work / ZIPS).mkdir(parents=True, exist_ok=True)

    measured = package_build.measure(build, tmp_path, tmp_path / "work", turns=2)
    assert built == [True, True, False, True, False]
    assert measured.ratios[0].what == "rebuild without a change"


@pytest.mark.parametrize("states", [3, 10, 32, 100, 1000])
def test_a_definition_to_measure_with_has_as_many_states_as_it_says(states: int) -> None:
    assert len(list(model.parse(json.dumps(definitions.definition(states))).states())) == states


def test_definitions_to_measure_with_have_no_fault(tmp_path: Path) -> None:
    paths = definitions.write(tmp_path, 30)
    assert [finding.message for path in paths for finding in lint_file(path)] == []


def test_a_linter_without_npm_is_left_out_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HeadendError, match="there is no npm and node here"):
        lint_time._validator(tmp_path, tmp_path / "work")


def test_packet_loss_has_two_alarms_and_one_metric() -> None:
    assert {api_calls.signal_metric(signal) for signal in ("packet-loss", "packet-loss-trigger")} == {"packet-loss"}


def test_an_import_that_fails_says_why(tmp_path: Path) -> None:
    import zipfile

    package = tmp_path / "broken.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", "raise RuntimeError('no table')")
    with pytest.raises(HeadendError, match="importing handler failed: RuntimeError: no table"):
        cold_import.measure({"broken": package}, turns=1)


class _Cloud:
    """A local cloud on which a check takes two requests, beside what runs the workflow."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {"states StartExecution": 0}
        self.entries: list[dict[str, Any]] = []

    def client(self, service: str, region: str) -> _Cloud:
        return self

    def requests(self) -> dict[str, int]:
        return dict(self.counts)

    def timeline(self, since: int = 0) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["seq"] > since]

    def start_execution(self, stateMachineArn: str, input: str) -> None:  # noqa: A002, N803 - boto3's names
        for name in ("states StartExecution", "mediaconnect GET", "monitoring GetMetricData", "lambda POST"):
            self.counts[name] = self.counts.get(name, 0) + 1
        detail = {"state_machine": "x-stream-monitor", "status": "SUCCEEDED"}
        self.entries.append({"seq": len(self.entries) + 1, "kind": "execution", "detail": detail})


def test_only_what_the_check_itself_asks_is_counted() -> None:
    outputs = {
        "state_machine_arn": "arn:aws:states:eu-central-1:123456789012:stateMachine:x-stream-monitor:live",
        "state_machine_name": "x-stream-monitor",
        "flow_arns": {"a": "arn:a"},
        "alarm_names": {"a": {"jitter": "x/a/jitter", "packet-loss": "p", "packet-loss-trigger": "t"}},
    }
    cloud: Any = _Cloud()
    measured = api_calls.measure(cloud, "eu-central-1", outputs, checks=3)
    assert measured.ratios[0].value == 2
    assert measured.ratios[0].base == 3


def test_a_fleet_that_costs_the_same_for_each_flow_more_has_ratios_of_one() -> None:
    def of(count: int, plan_s: float) -> fleet.Fleet:
        return fleet.Fleet(count, plan_s, 3.0 * count, 40 + 30 * count, 20 * count, {"sns POST": 9 * count + 50})

    measured = fleet.judged([of(count, 0.5 * count) for count in fleet.FLOWS])
    assert [ratio.ratio for ratio in measured.ratios] == pytest.approx([1, 1, 1, 1, 1])
    assert [ratio.value for ratio in measured.ratios] == pytest.approx([10, 60, 9, 30, 20])
    steeper = fleet.judged([of(1, 1), of(5, 5), of(20, 80)])
    assert steeper.ratios[0].ratio == pytest.approx(4)
