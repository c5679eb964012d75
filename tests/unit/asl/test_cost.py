"""What `headend asl cost` says an execution and a month cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from asl_machines import run_standard, states_entered
from headend import asl_commands, prices
from headend.asl import model
from headend.asl.cost import calls, rates, report, sums
from headend.asl.cost.question import Options, asked
from headend.errors import UsageError
from running_cloud import RunningCloud, cloud

__all__ = ["cloud"]
HERE = Path(__file__).parent
PARALLEL_METRICS = HERE / "definitions" / "parallel_metrics.asl.json"
PRICES = prices.load()
HOURS = PRICES.hours_in_a_month


def cost_of(definition: model.Definition | dict[str, Any], **options: Any) -> sums.Cost:
    if isinstance(definition, dict):
        definition = model.parse(json.dumps(definition))
    return sums.cost(definition, asked(HOURS, Options(**options)), PRICES)


def calling(resource: str, arguments: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": resource, "Parameters": arguments or {}, "End": True, **fields}
    return {"StartAt": "Call", "States": {"Call": state}}


def transitions(cost: sums.Cost) -> dict[str, int]:
    return {path.name: path.transitions for path in cost.paths}


# The workflow with four collectors and two evaluations, every three hours


def test_four_collectors_and_two_evaluations_in_parallel_are_eleven_transitions() -> None:
    cost = cost_of(model.load(PARALLEL_METRICS), rate="240/month")
    assert transitions(cost) == {
        "shortest, without an error": 11,
        "usual": 11,
        "longest, without an error": 11,
        "longest, with Catch and every retry": 28,
    }
    assert {state.name: times for (state, _), times in cost.counted.items()} == dict.fromkeys(
        (
            "ParallelDataCollection",
            *(f"Collect{kind}Metrics" for kind in ("Cpu", "Memory", "Disk", "Network")),
            "WaitForProcessing",
            "CheckPipelineHealth",
            "ParallelAnalytics",
            "FindTrends",
            "FindAnomalies",
            "NotifySuccess",
        ),
        1,
    )


@pytest.mark.parametrize(("start_end", "a_month", "share"), [(0, 2640, 0.66), (1, 2880, 0.72), (2, 3120, 0.78)])
def test_240_runs_a_month_stay_in_the_free_tier_however_start_and_end_count(
    start_end: int, a_month: int, share: float
) -> None:
    cost = cost_of(model.load(PARALLEL_METRICS), rate="240/month", start_end=start_end)
    month = next(path.month for path in cost.paths if path.name == "usual")
    assert month is not None
    assert (month.units, month.units / month.free, month.billed) == (a_month, share, 0)


def test_every_collector_failing_with_its_retries_leaves_the_free_tier() -> None:
    cost = cost_of(model.load(PARALLEL_METRICS), rate="240/month")
    ends = {end.state: end for end in cost.ends}
    assert ends["NotifySuccess"].most == 11 + 4 * (3 + 1)  # three retries and the state that marks the failure, each
    month = cost.paths[-1].month
    assert month is not None
    assert month.units == 6720 > month.free


def test_the_states_that_an_execution_enters_are_those_that_are_counted(cloud: RunningCloud) -> None:
    definition = json.loads(PARALLEL_METRICS.read_text(encoding="utf-8"))
    definition["States"]["WaitForProcessing"]["Seconds"] = 0
    function = cloud.function("def handler(event, context): return event")
    text = (
        json.dumps(definition)
        .replace("${collector_arn}", function)
        .replace("${topic_arn}", cloud.topic("cost-parallel-metrics"))
    )
    outcome, history = run_standard(cloud, json.loads(text))
    assert outcome.status == "SUCCEEDED"
    counted = cost_of(model.load(PARALLEL_METRICS)).counted
    assert sorted(states_entered(history)) == sorted(state.name for state, _ in counted)


# Money


def test_free_transitions_are_shown_apart() -> None:
    cost = cost_of({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, rate="100000/month")
    (item,) = cost.standard
    assert item.month is not None
    assert (item.month.units, item.month.free) == (100_000, 4_000)
    assert item.month.usd == pytest.approx(2.50)
    assert item.month.billed == pytest.approx(2.40)


def test_express_is_charged_by_chunks_of_memory_and_tenths_of_a_second() -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    cost = cost_of(definition, durations=["101"], memory=65)
    assert (cost.express.megabytes, cost.express.milliseconds) == (128, 200)
    units = {item.price: item.units for item in cost.express_items}
    assert units == {"express_request": 1, "express_gb_second": pytest.approx(0.2 * 128 / 1024)}


def test_break_even_is_where_both_types_cost_the_same() -> None:
    cost = cost_of(model.load(PARALLEL_METRICS), durations=["6300"])
    equal = cost.express.equal_milliseconds / 1000
    per_second = PRICES.prices["express_gb_second"].unit * 64 / 1024
    assert pytest.approx(1e-6 + equal * per_second) == 11 * 25e-6
    executions = cost.express.equal_executions
    assert executions is not None
    assert (11 * executions - 4000) * 25e-6 == pytest.approx(executions * (1e-6 + 6.3 * per_second))


@pytest.mark.parametrize(
    ("resource", "hindrance"),
    [
        ("arn:aws:states:::ecs:runTask.sync", "Call uses .sync"),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Call uses .waitForTaskToken"),
        ("arn:aws:states:eu-west-1:123456789012:activity:approve", "Call is an activity"),
    ],
)
def test_what_express_refuses_is_said(resource: str, hindrance: str) -> None:
    assert cost_of(calling(resource)).express.hindrances == (hindrance,)


@pytest.mark.parametrize(
    ("definition", "units"),
    [
        (calling("arn:aws:states:::sns:publish"), {"sns_publish": 1}),
        (calling("arn:aws:states:::aws-sdk:dynamodb:putItem"), {"dynamodb_write": 1}),
        (calling("arn:aws:states:::events:putEvents", {"Entries": [{}, {}, {}]}), {"custom_event": 3}),
        (
            calling(
                "arn:aws:states:::aws-sdk:cloudwatch:getMetricData",
                {
                    "MetricDataQueries": [
                        {"Id": "a", "MetricStat": {"Metric": {"MetricName": "A"}, "Stat": "Sum"}},
                        {"Id": "b", "MetricStat": {"Metric": {"MetricName": "A"}, "Stat": "Maximum"}},
                        {"Id": "c", "MetricStat": {"Metric": {"MetricName": "C"}, "Stat": "Sum"}},
                        {"Id": "d", "Expression": "a / c"},
                    ]
                },
            ),
            {"metric_read": 2},
        ),
    ],
)
def test_calls_are_charged_by_their_units(definition: dict[str, Any], units: dict[str, float]) -> None:
    cost = cost_of(definition)
    assert {item.price: item.units for item in cost.standard} == {"state_transition": 1, **units}
    assert cost.unpriced == ()


def test_a_call_without_a_price_is_listed_and_not_free() -> None:
    cost = cost_of(calling("arn:aws:states:::aws-sdk:mediaconnect:startFlow"))
    assert cost.unpriced == ("Call: mediaconnect:startFlow (once)",)
    assert "Call: mediaconnect:startFlow" in report.text(cost)


def test_a_function_costs_its_requests_and_what_it_has_for_as_long_as_it_runs() -> None:
    definition = calling("arn:aws:states:::lambda:invoke", {"FunctionName": "${report_arn}"})
    cost = cost_of(definition, functions=["report_arn=350,512,arm64"])
    units = {item.price: item.units for item in cost.standard}
    assert units["lambda_request"] == 1
    assert units["lambda_gb_second_arm64"] == pytest.approx(0.35 * 0.5)
    (unpriced,) = cost_of(definition).unpriced
    assert "--function report_arn=ms,MB" in unpriced


@pytest.mark.parametrize(
    ("resource", "arguments", "name"),
    [
        (
            "arn:aws:states:::lambda:invoke",
            {"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:f:live"},
            "f",
        ),
        ("arn:aws:states:::lambda:invoke", {"FunctionName": "f"}, "f"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f", {}, "f"),
        ("${function}", {}, "function"),
        ("arn:aws:states:::lambda:invoke", {"FunctionName.$": "$.name"}, ""),
    ],
)
def test_functions_are_known_by_their_names(resource: str, arguments: dict[str, Any], name: str) -> None:
    (state,) = model.parse(json.dumps(calling(resource, arguments))).states()
    assert calls.is_function(state)
    assert calls.function_name(state) == name


def test_children_of_a_distributed_map_are_requests_where_they_are_express() -> None:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "X",
        "States": {"X": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}},
    }
    definition = {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": processor, "End": True}}}
    cost = cost_of(definition, items=["Each=1000"], durations=["Each=2000"])
    units = {item.price: item.units for item in cost.standard}
    assert units == {
        "state_transition": 1001,
        "express_request": 1000,
        "express_gb_second": pytest.approx(1000 * 2 * 64 / 1024),
        "sns_publish": 1000,
    }


# How often, and wrong use


@pytest.mark.parametrize(
    ("rate", "a_month"),
    [("240/month", 240), ("10/hour", 7300), ("1/second", 730 * 3600), ("2.5 per day", 2.5 * 730 / 24)],
)
def test_rates(rate: str, a_month: float) -> None:
    assert rates.from_rate(rate, HOURS) == pytest.approx(a_month)


@pytest.mark.parametrize(
    ("schedule", "a_month"),
    [
        ("rate(3 hours)", 730 / 3),
        ("rate(5 minutes)", 730 * 12),
        ("cron(0 0/3 * * ? *)", 730 / 3),
        ("cron(30 8 ? * MON-FRI *)", 261 / 12),
    ],
)
def test_schedules(schedule: str, a_month: float) -> None:
    assert rates.from_schedule(schedule, HOURS) == pytest.approx(a_month)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": "often"}, "--rate often: write a number per time"),
        ({"rate": "1/day", "schedule": "rate(1 day)"}, "give one of them"),
        ({"schedule": "rate(0 days)"}, "--schedule"),
        ({"rounds": ["Call"]}, "--rounds Call: write STATE=N or N"),
        ({"rounds": ["Call=3"]}, "--rounds Call: it is in no loop"),
        ({"items": ["Call=3"]}, "no such Map state"),
        ({"functions": ["f"]}, "--function f: write NAME=milliseconds,MB"),
        ({"functions": ["f=1,128"]}, "--function f: there is no such function"),
        ({"durations": ["soon"]}, "--duration soon: write milliseconds"),
        ({"durations": ["Call=5"]}, "--duration Call: there is no Distributed Map"),
        ({"memory": 0}, "--memory 0"),
        ({"start_end": 3}, "--start-end 3: use 0, 1 or 2"),
    ],
)
def test_wrong_use_is_one_line_with_the_remedy(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("(", r"\(")) as failure:
        cost_of(calling("arn:aws:states:::sns:publish"), **options)
    assert "\n" not in str(failure.value)


def test_the_report_for_programs_is_json_and_holds_what_the_text_says() -> None:
    cost = cost_of(model.load(PARALLEL_METRICS), rate="240/month", durations=["6300"])
    data = json.loads(json.dumps(report.data(cost)))
    assert [path["transitions"] for path in data["paths"]] == [11, 11, 11, 28]
    assert data["paths"][1]["month"] == {"units": 2640, "usd": pytest.approx(0.066), "free": 4000, "usd_after_free": 0}
    assert data["express"]["possible"]
    text = report.text(cost)
    assert "11 state transitions on the usual path, 240 executions a month" in text
    assert "66%" in text


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    command = typer.main.get_command(asl_commands.app)
    given = ["cost", str(PARALLEL_METRICS), "--schedule", "rate(3 hours)", "--start-end", "1", "--json"]
    command.main(given, standalone_mode=False)
    data = json.loads(capsys.readouterr().out)
    assert data["executions_a_month"] == pytest.approx(730 / 3)
    assert data["paths"][0]["transitions"] == 12


@pytest.mark.parametrize(
    "path", sorted((HERE.parents[2] / "modules").glob("*/rendered/*.asl.json")), ids=lambda p: p.stem
)
def test_every_workflow_of_this_repository_is_counted(path: Path) -> None:
    cost = cost_of(model.load(path), rate="1/minute", durations=["1500"])
    assert cost.number_of_paths > 1
    assert report.text(cost)
