"""How long an alert takes without functions, against the workflow that calls two: both versions of one state machine.

The alias points to one version, then to the other, so each pair is of one flow, one topic and one moment. The alarm is
moved as in `alert_latency`.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from headend.bench.measurement import Measurement, Ratio, percentile
from headend.bench.watched_flow import WatchedFlow
from headend.demonstration.stage import Stage

RENDERED = Path("modules/stream_monitor/rendered")
PERCENTILES = (50, 95)
POLICY = "bench"
TTL_SECONDS = 86400


@dataclass(frozen=True)
class Versions:
    """The alias, and the version of each variant."""

    alias: str
    functions: str
    direct: str


def measure(stage: Stage, flow: WatchedFlow, runs: int) -> Measurement:
    """Let the alarm of a bad stream change `runs` times for each variant, in turns."""
    states = stage.cloud.client("stepfunctions", stage.region)
    since = datetime.now(UTC)
    with _both(stage) as versions:

        def alert(version: str) -> float:
            routing = [{"stateMachineVersionArn": version, "weight": 100}]
            states.update_state_machine_alias(stateMachineAliasArn=versions.alias, routingConfiguration=routing)
            return flow.alarm_to_alert()

        flow.await_bad_data()
        alert(versions.functions), alert(versions.direct)
        pairs = [(alert(versions.direct), alert(versions.functions)) for _ in range(runs)]
    direct, functions = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratios = [
        Ratio(
            f"direct p{percent}",
            percentile(direct, percent),
            f"functions p{percent}",
            percentile(functions, percent),
            "s",
        )
        for percent in PERCENTILES
    ]
    logged = _logged(stage, since)
    ratios.append(Ratio("direct, log of an execution", logged["direct"], "functions", logged["functions"], "kB"))
    return Measurement(
        "variants",
        f"from the alarm's change to the delivered alert without functions and with two, {runs} runs of each, in turns",
        ratios,
        {"direct_s": direct, "functions_s": functions},
    )


@contextmanager
def _both(stage: Stage) -> Iterator[Versions]:
    """The deployed workflow with a second version, without functions; as it was afterwards."""
    states, iam = (stage.cloud.client(name, stage.region) for name in ("stepfunctions", "iam"))
    alias = str(stage.outputs["state_machine_arn"])
    machine = alias.rpartition(":")[0]
    routing = states.describe_state_machine_alias(stateMachineAliasArn=alias)["routingConfiguration"]
    before = states.describe_state_machine(stateMachineArn=machine)
    role = before["roleArn"].rpartition("/")[2]
    values = _values(stage, json.loads(before["definition"]))
    iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=_policy(stage.root, stage.outputs, values))
    definition = _filled((stage.root / RENDERED / "stream_monitor_direct.asl.json").read_text(encoding="utf-8"), values)
    made = states.update_state_machine(stateMachineArn=machine, definition=definition, publish=True)
    try:
        yield Versions(alias, str(routing[0]["stateMachineVersionArn"]), str(made["stateMachineVersionArn"]))
    finally:
        states.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=routing)
        states.update_state_machine(stateMachineArn=machine, definition=before["definition"])
        iam.delete_role_policy(RoleName=role, PolicyName=POLICY)


def _logged(stage: Stage, since: datetime) -> dict[str, float]:
    """What an execution of each variant writes to the logs, in kB: the workflow's, and with functions theirs."""
    groups = stage.outputs["log_group_names"]
    executions: dict[str, list[str]] = defaultdict(list)
    for message in _messages(stage, groups["stream_monitor_workflow"], since):
        executions[json.loads(message)["execution_arn"]].append(message)
    sizes: dict[str, list[int]] = {"direct": [], "functions": []}
    for messages in executions.values():
        whole = "".join(messages)
        sizes["direct" if '"DescribeFlow"' in whole else "functions"].append(len(whole.encode()))
    own = [
        len(message.encode())
        for name in ("stream_monitor", "alert_handler")
        for message in _messages(stage, groups[name], since)
    ]
    return {
        "direct": fmean(sizes["direct"]) / 1000,
        "functions": (fmean(sizes["functions"]) + sum(own) / len(sizes["functions"])) / 1000,
    }


def _messages(stage: Stage, group: str, since: datetime) -> Iterator[str]:
    client = stage.cloud.client("logs", stage.region)
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=int(since.timestamp() * 1000)
    )
    return (str(event["message"]) for page in pages for event in page["events"])


def _values(stage: Stage, definition: Mapping[str, Any]) -> dict[str, str]:
    """What HCL puts in the place of the placeholders, from what is deployed."""
    outputs = stage.outputs
    queue, topic = str(outputs["dead_letter_queue_arn"]), str(outputs["alert_topic_arn"])
    attributes = stage.cloud.client("sns", stage.region).get_topic_attributes(TopicArn=topic)["Attributes"]
    partition, _, region, account = topic.split(":")[1:5]
    return {
        "account_id": account,
        "dashboard_name": str(outputs["dashboard_name"]),
        "dead_letter_queue_arn": queue,
        "dead_letter_queue_url": str(outputs["dead_letter_queue_url"]),
        "idempotency_ttl_seconds": str(TTL_SECONDS),
        "monitor_config": json.dumps(definition["States"]["MonitorStream"]["Parameters"]["Payload"]["config"])[1:-1],
        "partition": partition,
        "region": region,
        "table_name": str(outputs["table_name"]),
        "topic_arn": topic,
        "topic_key_arn": str(attributes["KmsMasterKeyId"]),
    }


def _policy(root: Path, outputs: Mapping[str, Any], values: Mapping[str, str]) -> str:
    """The derived policy; the table has no key of its own, so what is needed of one is left out."""
    text = (root / RENDERED / "stream_monitor_direct.policy.json").read_text(encoding="utf-8")
    document = json.loads(_filled(text, {**values, "flow_arns": "flows", "table_key_arns": "keys"}))
    kept = [one for one in document["Statement"] if one["Resource"] != ["keys"]]
    for statement in kept:
        if statement["Resource"] == ["flows"]:
            statement["Resource"] = list(outputs["flow_arns"].values())
    return json.dumps({**document, "Statement": kept})


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{([a-z_]+)\}", lambda found: values[found[1]], text)
