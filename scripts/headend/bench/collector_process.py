"""The collector as a warm function: a process with its package that collects when it is told, and says what it took.

Run as a file: `python collector_process.py <folder of the package> <seconds of latency a call>`. It says "ready", then
answers each line of standard input, a JSON list of payloads, by a line. Both are JSON. Its environment is a function's.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any


class Meter:
    """Delays each request of AWS by `latency` seconds, and counts what is sent and answered."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.calls: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.received: Counter[str] = Counter()

    def watch(self, client: Any) -> None:
        """Begin to delay and count a client's requests, each attempt by itself."""
        client.meta.events.register("before-send", self._send)
        client.meta.events.register("response-received", self._receive)

    def _send(self, request: Any, event_name: str, **_: Any) -> None:
        name = event_name.rsplit(".", 1)[-1]
        self.calls[name] += 1
        self.sent[name] = max(self.sent[name], int(request.headers.get("Content-Length") or 0))
        time.sleep(self.latency)

    def _receive(self, response_dict: Any, event_name: str, **_: Any) -> None:
        name = event_name.rsplit(".", 1)[-1]
        self.received[name] = max(self.received[name], len((response_dict or {}).get("body") or b""))


class _Context:
    """As much of a call's context as Powertools reads."""

    function_name = "metrics_collector"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench"
    aws_request_id = "bench"


def peak_memory_kib() -> int:
    """The most memory that this process has had, as Linux says it; 0 elsewhere."""
    try:
        found = re.search(r"^VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def main() -> None:
    """Serve until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # logs and metrics of the function
    folder, latency = sys.argv[1], float(sys.argv[2])
    sys.path.insert(0, folder)
    handler: Any = importlib.import_module("handler")  # of the folder just named

    meter = Meter(latency)
    clients = handler._clients()
    for client in (clients.cloudwatch, clients.ec2, clients.s3):
        meter.watch(client)

    def say(content: object) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    say("ready")
    for line in sys.stdin:
        for counter in (meter.calls, meter.sent, meter.received):
            counter.clear()
        before, begun = peak_memory_kib(), time.perf_counter()
        results = [handler.handler(payload, _Context()) for payload in json.loads(line)]
        say(
            {
                "seconds": time.perf_counter() - begun,
                "results": results,
                "calls": meter.calls,
                "largest_request": meter.sent,
                "largest_answer": meter.received,
                "memory_before_kib": before,
                "memory_kib": peak_memory_kib(),
            }
        )


if __name__ == "__main__":
    main()
