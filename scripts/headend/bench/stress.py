"""Many alarm transitions a second with faults that come and go: the outcomes add up, and memory stays flat.

The faults, their lengths and whom they hit are drawn from a seed. What is measured: memory of the local cloud at the
end against after two thirds of the time, and the transitions that were made against those that were asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import botocore.exceptions

from headend.bench.measurement import Measurement, Ratio, percentile
from headend.bench.stress_chain import NAME, QUEUES, Chain
from headend.bench.stress_tally import Tally
from headend.errors import HeadendError
from headend.localcloud.launcher import LocalCloud

FLOWS = 20
PER_SECOND = 10
SECONDS = 300.0
SETTLE_SECONDS = 120.0
SETTLE_SPEED = 20.0
WARM = 2 / 3
"""Share of the time after which memory is looked at first: of five minutes, the timeline in memory is full by then.

What grows on is kept on purpose: a sample a second of each metric, as CloudWatch keeps them for three hours, and logs.
"""
MOST_FAULTS = 4
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "throttle", "service": "sqs", "operation": "SendMessage", "rate": 0.3},
    {"kind": "throttle", "service": "stepfunctions", "operation": "StartExecution", "rate": 0.5},
    {"kind": "throttle", "service": "lambda", "operation": "Invoke", "rate": 0.3},
    {"kind": "error", "service": "sqs", "operation": "SendMessage", "rate": 0.3, "status": 503},
    {"kind": "error", "service": "cloudwatch", "operation": "SetAlarmState", "rate": 0.2, "status": 500},
    {"kind": "latency", "service": "sqs", "operation": "SendMessage", "latency": 0.2, "rate": 0.2},
    {"kind": "topic-publish", "topic": NAME, "rate": 0.5},
    {"kind": "topic-delivery", "topic": NAME, "rate": 0.5},
    {"kind": "function-crash", "function": NAME, "rate": 0.3},
    {"kind": "function-out-of-memory", "function": NAME, "rate": 0.3},
    {"kind": "region-gone", "for_": 1.0},
)


def measure(
    cloud: LocalCloud,
    seconds: float = SECONDS,
    *,
    flows: int = FLOWS,
    seed: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> Measurement:
    """Run it on an empty local cloud. Raises HeadendError with every sum that is not right."""
    chain, tally, random = Chain(cloud, flows), Tally(), Random(seed)  # noqa: S311 - chance, not a secret
    tell(f"{flows} flows go on air")
    chain.make()
    memory: list[tuple[float, float]] = []
    late, asked = _drive(cloud, chain, tally, random, seconds, memory, tell)
    cloud.clear_faults()
    tell("what is on its way arrives")
    _settle(cloud, chain, tally)
    wrong = [f"{what}: {count}, {against}: {other}" for what, count, against, other in tally.sums() if count != other]
    if tally.seen["alarm"] != asked:
        wrong.insert(0, f"transitions: {tally.seen['alarm']}, asked for: {asked}")
    if wrong or tally.problems:
        raise HeadendError("; ".join([*wrong, *tally.problems[:5]]))
    warm = next(size for moment, size in memory if moment >= WARM * seconds)
    ratios = [
        Ratio("memory at the end", memory[-1][1], f"after {WARM:.0%} of the time", warm, "MB"),
        Ratio("transitions a second", asked / seconds, "wanted", float(PER_SECOND), "1/s"),
    ]
    says = f"{seconds:.0f} s, {flows} flows, {asked} transitions, {tally.seen['faults']} faults: all outcomes add up"
    details = {"sums": tally.sums(), "memory_mb": memory, "seen": dict(tally.seen), "late_p95_s": percentile(late, 95)}
    return Measurement("stress", says, ratios, details)


def _drive(
    cloud: LocalCloud,
    chain: Chain,
    tally: Tally,
    random: Random,
    seconds: float,
    memory: list[tuple[float, float]],
    tell: Callable[[str], None],
) -> tuple[list[float], int]:
    """Move alarms and switch faults until the time is over; returns how late each move was, and their number."""
    cloudwatch, begun = chain.client("cloudwatch"), monotonic()
    late, asked, next_fault, next_look = [], 0, 0.0, 0.0
    while (now := monotonic() - begun) < seconds:
        due = asked / PER_SECOND
        if now < due:
            sleep(min(due - now, 0.1))
            continue
        late.append(now - due)
        alarm = chain.alarms[asked % len(chain.alarms)]
        _move(cloudwatch, alarm, "OK" if asked // len(chain.alarms) % 2 else "ALARM")
        asked += 1
        if now >= next_fault:
            next_fault = now + random.uniform(0.3, 2.0)
            _switch(cloud, random, seconds)
        if now >= next_look:
            next_look = now + 1.0
            tally.read(cloud.timeline(tally.last))
            _drain(chain, tally)
            memory.append((now, resident_mb(cloud.pid)))
            tell(f"{now:.0f} s: {asked} transitions, {memory[-1][1]:.0f} MB")
    return late, asked


def _switch(cloud: LocalCloud, random: Random, seconds: float) -> None:
    """Begin a fault, or end one when there are many; one that nobody ends lasts a tenth of the run."""
    present = [fault["id"] for fault in cloud.faults()]
    if len(present) >= MOST_FAULTS or (present and random.random() < 0.4):
        cloud.clear_faults(random.choice(present))
    else:
        chosen = dict(random.choice(FAULTS))
        if chosen["kind"] == "region-gone":
            chosen["region"] = cloud.region
        settings = {"for_": max(1.0, seconds / 10), "seed": random.randrange(1_000_000), **chosen}
        cloud.add_fault(settings.pop("kind"), **settings)


def _move(cloudwatch: Any, alarm: str, state: str) -> None:
    """Set an alarm's state, whatever it takes: a request that fails has changed nothing."""
    while True:
        try:
            cloudwatch.set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="stress")
        except (botocore.exceptions.ClientError, botocore.exceptions.HTTPClientError):
            continue
        return


def _settle(cloud: LocalCloud, chain: Chain, tally: Tally) -> None:
    """Let retries end, with time running faster, and count what the queues hold."""
    cloud.set_speed(SETTLE_SPEED)
    end = monotonic() + SETTLE_SECONDS
    while monotonic() < end and not tally.delivered:
        tally.read(cloud.timeline(tally.last))
        sleep(0.2)
    cloud.set_speed(1.0)  # a message that is received must not become visible again before it is deleted
    while monotonic() < end and not tally.settled:
        tally.read(cloud.timeline(tally.last))
        _drain(chain, tally)
        sleep(0.2)


def _drain(chain: Chain, tally: Tally) -> None:
    """Take all messages from the queues, and count them. What a fault refuses is for the next time."""
    sqs = chain.client("sqs")
    for queue in QUEUES:
        try:
            url = sqs.get_queue_url(QueueName=f"{NAME}-{queue}")["QueueUrl"]
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for one in messages:
                    tally.received(queue, one["MessageId"])
                entries = [{"Id": str(i), "ReceiptHandle": one["ReceiptHandle"]} for i, one in enumerate(messages)]
                sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        except (botocore.exceptions.ClientError, botocore.exceptions.HTTPClientError):
            return


def resident_mb(pid: int) -> float:
    """Memory that a process holds, in MB (Linux's VmRSS)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
