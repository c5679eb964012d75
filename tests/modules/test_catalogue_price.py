"""What docs/cost.md says the alarm catalogue costs is what the alarms are billed by."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from typer.testing import CliRunner

from headend import prices
from headend.cli import app

from .conftest import REPOSITORY, Terraform
from .offline import PROVIDER

FLOW = "arn:aws:mediaconnect:eu-central-1:123456789012"
CALL = """
module "{name}" {{
  source                      = "../modules/flow_alarms"
  catalogue                   = "full"
  flow_arn                    = "{arn}:flow:1-AbC:live-{name}"
  flow_key                    = "{name}"
  name                        = "live"
  nominal_bit_rate            = 20000000
  protocol                    = "srt-listener"
  source_latency_milliseconds = 2000
{more}
}}

output "{name}" {{
  value = module.{name}.billed_metrics
}}
"""
FAILOVER = f"""
  content_quality = ["audio", "video"]
  redundancy      = "FAILOVER"
  sources = {{
    backup  = {{ arn = "{FLOW}:source:1-Backup:backup" }}
    primary = {{ arn = "{FLOW}:source:1-Primary:primary" }}
  }}
"""
BILLED = {
    "alarm_metric": "standard",
    "composite_alarm": "composite",
    "high_resolution_alarm_metric": "high_resolution",
}


def counted(table: str) -> dict[str, float]:
    """How many metrics of each kind a table of the prices counts, without those of the platform."""
    counts = Counter[str]()
    for line in prices.load().tables[table].lines:
        if line.price in BILLED and "platform" not in line.note:
            counts[BILLED[line.price]] += int(line.count)
    return dict(counts)


@pytest.fixture(scope="module")
def billed(checkout: Any, terraform: Terraform) -> dict[str, dict[str, int]]:
    """What the alarms of each flow are billed by, as Terraform plans it."""
    root = checkout / "prices"
    root.mkdir()
    calls = [CALL.format(name="one", arn=FLOW, more=""), CALL.format(name="failover", arn=FLOW, more=FAILOVER)]
    (root / "main.tf").write_text(PROVIDER + "".join(calls), encoding="utf-8")
    planned = terraform("prices", "plan", "-out=plan")
    assert planned.returncode == 0, planned.stderr
    outputs = json.loads(terraform("prices", "show", "-json", "plan").stdout)["planned_values"]["outputs"]
    return {name: output["value"] for name, output in outputs.items()}


@pytest.mark.terraform
def test_the_full_catalogue_costs_what_its_alarms_are_billed_by(billed: dict[str, dict[str, int]]) -> None:
    assert counted("full_catalogue") == billed["one"]
    assert counted("full_catalogue_failover") == billed["failover"]


@pytest.mark.terraform
def test_twenty_flows_cost_twenty_times_as_much(billed: dict[str, dict[str, int]]) -> None:
    assert counted("twenty_flows") == {kind: 20 * count for kind, count in billed["failover"].items()}


def test_incidents_take_about_as_many_transitions_as_the_tool_counts() -> None:
    definition = REPOSITORY / "modules/flow_response/rendered/flow_response.asl.json"
    done = CliRunner().invoke(app, ["asl", "cost", str(definition), "--rounds", "20", "--json"])
    assert done.exit_code == 0, done.output
    [closed] = [end for end in json.loads(done.stdout)["ends"] if end["state"] == "Closed"]
    [line] = [line for line in prices.load().tables["twenty_flows"].lines if line.price == "state_transition"]
    assert line.count == pytest.approx(80 * closed["fewest"], rel=0.2)
