"""What the local cloud costs beyond moto: its start, and its requests a second with and without authorisation.

Against plain `moto_server` of the same installation, in turns, on the same machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import boto3

from headend.bench.measurement import Measurement, Ratio, middle
from headend.errors import HeadendError
from headend.localcloud.iam.identity_gate import SWITCH
from headend.localcloud.launcher import ACCESS_KEY, DEFAULT_REGION, LocalCloud

TURNS = 3
REQUESTS = 200
"""Of each kind in each turn."""
START_SECONDS = 60.0
MOTO = "moto_server"
ON, OFF = "identity on", "identity off"

Calls = dict[str, Callable[[], object]]


def measure(work: Path, turns: int = TURNS, requests: int = REQUESTS) -> Measurement:
    """Start each `turns` times and send `requests` of each kind. `work` is scratch space."""
    starts: dict[str, list[float]] = {MOTO: [], ON: [], OFF: []}
    rates: dict[str, dict[str, list[float]]] = {MOTO: {}, ON: {}, OFF: {}}
    for turn in range(turns):
        for what in starts:
            with _server(what, work / f"{what} {turn}".replace(" ", "-")) as (endpoint, seconds):
                starts[what].append(seconds)
                for kind, call in _calls(endpoint).items():
                    rates[what].setdefault(kind, []).append(_rate(call, requests))
    ratios = [Ratio("start of the local cloud", middle(starts[ON]), MOTO, middle(starts[MOTO]), "s")]
    base = _overall(rates[MOTO])
    ratios += [Ratio(f"requests, {what}", _overall(rates[what]), MOTO, base, "1/s") for what in (ON, OFF)]
    for kind in rates[MOTO]:
        plain = middle(rates[MOTO][kind])
        ratios += [Ratio(f"{kind}, {what}", middle(rates[what][kind]), MOTO, plain, "1/s") for what in (ON, OFF)]
    return Measurement("moto", "the local cloud against plain moto_server", ratios, {"start_s": starts, "rates": rates})


def _overall(rates: dict[str, list[float]]) -> float:
    """Requests a second of the mix: as many of each kind."""
    return len(rates) / sum(1 / middle(found) for found in rates.values())


def _rate(call: Callable[[], object], requests: int) -> float:
    call()
    begun = perf_counter()
    for _ in range(requests):
        call()
    return requests / (perf_counter() - begun)


def _calls(endpoint: str) -> Calls:
    """One cheap request of each of the services that a monitored stream uses most."""

    def client(service: str) -> Any:
        return boto3.session.Session().client(  # type: ignore[call-overload]
            service,
            region_name=DEFAULT_REGION,
            endpoint_url=endpoint,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=ACCESS_KEY,
        )

    sqs, sns, table, metrics, sts = map(client, ("sqs", "sns", "dynamodb", "cloudwatch", "sts"))
    url = sqs.create_queue(QueueName="bench")["QueueUrl"]
    topic = sns.create_topic(Name="bench")["TopicArn"]
    table.create_table(
        TableName="bench",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    table.get_waiter("table_exists").wait(TableName="bench", WaiterConfig={"Delay": 1})
    return {
        "GetCallerIdentity": sts.get_caller_identity,
        "SendMessage": lambda: sqs.send_message(QueueUrl=url, MessageBody="m"),
        "Publish": lambda: sns.publish(TopicArn=topic, Message="m"),
        "PutItem": lambda: table.put_item(TableName="bench", Item={"id": {"S": "1"}}),
        "PutMetricData": lambda: metrics.put_metric_data(
            Namespace="Bench", MetricData=[{"MetricName": "m", "Value": 1.0}]
        ),
    }


@contextmanager
def _server(what: str, folder: Path) -> Iterator[tuple[str, float]]:
    """A server of its own: (endpoint, seconds until it answered)."""
    if what == MOTO:
        with _moto_server() as started:
            yield started
        return
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "on" if what == ON else "off"
    cloud = LocalCloud(folder)
    try:
        begun = perf_counter()
        cloud.start()
        yield cloud.endpoint, perf_counter() - begun
    finally:
        cloud.stop()
        if before is None:
            del os.environ[SWITCH]
        else:
            os.environ[SWITCH] = before


@contextmanager
def _moto_server() -> Iterator[tuple[str, float]]:
    port = _free_port()
    begun = perf_counter()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _await_answer(f"{endpoint}/moto-api/data.json")
        yield endpoint, perf_counter() - begun
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_answer(url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = perf_counter() + START_SECONDS
    while perf_counter() < end:
        try:
            opener.open(url, timeout=5).close()
        except (OSError, urllib.error.URLError):
            time.sleep(0.02)
        else:
            return
    raise HeadendError(f"moto_server did not answer within {START_SECONDS:.0f} s")
