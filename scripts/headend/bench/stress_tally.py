"""The book-keeping of the stress run: every transition has to be found again, once, at each of its ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from headend.bench.stress_chain import NAME
from headend.localcloud.timeline import Entry

OF_THE_TIMELINE = 6
"""The first so many sums need the timeline only; the others need what the queues held."""


@dataclass
class Tally:
    """Counts read off the timeline while it runs, and off the queues at the end (`queued`: name → messages)."""

    seen: Counter[str] = field(default_factory=Counter)
    queued: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    last: int = 0
    _messages: set[str] = field(default_factory=set)

    def read(self, entries: Iterable[Entry]) -> None:
        """Count what is new on the timeline."""
        for entry in entries:
            if self.last and entry["seq"] != self.last + 1:
                self.problems.append(f"the timeline has lost entries {self.last + 1} to {entry['seq'] - 1}")
            self.last = entry["seq"]
            key = _key(entry)
            if key:
                self.seen[key] += 1
            if entry["kind"] == "error" and not key:
                self.problems.append(entry["summary"])

    def received(self, queue: str, message: str) -> None:
        """Count a message once: one that could not be deleted comes again."""
        if message not in self._messages:
            self._messages.add(message)
            self.queued[queue] += 1

    @property
    def delivered(self) -> bool:
        """Whether nothing is on its way any more, to the queues or to anywhere else."""
        return all(line[1] == line[3] for line in self.sums()[:OF_THE_TIMELINE])

    @property
    def settled(self) -> bool:
        """Whether the queues have been emptied too."""
        return all(line[1] == line[3] for line in self.sums())

    def sums(self) -> list[tuple[str, int, str, int]]:
        """What has to be equal: (what, how many, against what, how many)."""
        seen, queued = self.seen, self.queued
        given_up = seen["queue failed"] + seen["function failed"] + seen["machine failed"]
        lost = seen["queue lost"] + seen["function lost"] + seen["machine lost"]
        return [
            *(
                (f"rule → {target}: delivered, given up", seen[f"{target} delivered"] + seen[f"{target} failed"],
                 "transitions", seen["alarm"])
                for target in ("queue", "function", "machine")
            ),
            ("topic: delivered, given up, refused", seen["told"] + seen["not told"] + seen["refused"],
             "transitions", seen["alarm"]),
            ("functions that ran or failed", seen["ran"] + seen["broke"], "deliveries", seen["function delivered"]),
            ("executions that ended", seen["ended"], "deliveries", seen["machine delivered"]),
            ("messages of the rule", queued["events"], "deliveries", seen["queue delivered"]),
            ("messages of the topic", queued["told"], "deliveries", seen["told"]),
            ("records of failed functions, lost ones", queued["functions-dead"] + seen["record lost"],
             "failures", seen["broke"]),
            ("dead letters of the topic, lost ones", queued["told-dead"] + seen["letter lost"],
             "given up", seen["not told"]),
            ("dead letters of the rule, lost ones", queued["dead"] + lost, "given up", given_up),
        ]  # fmt: skip


def _key(entry: Entry) -> str:
    """What an entry counts as, empty when it does not count."""
    detail: dict[str, Any] = entry["detail"]
    match entry["kind"]:
        case "alarm":
            return "alarm"
        case "event" if detail.get("rule") == NAME and detail.get("outcome") in ("delivered", "failed", "lost"):
            return f"{_target(str(detail['target']))} {detail['outcome']}"
        case "notification" if entry["resource"].endswith(f":{NAME}"):
            outcome = str(detail["outcome"])
            known = {"delivered": "told", "failed": "not told", "lost": "letter lost"}
            return known.get(outcome.partition(":")[0], "")
        case "function":
            return "broke" if detail.get("error") else "ran"
        case "execution" if detail.get("status") != "RUNNING":
            return "ended"
        case "error" if entry["summary"].startswith("action of alarm"):
            return "refused"
        case "error" if entry["summary"].startswith("destination of "):
            return "record lost"
        case "fault" if detail.get("what") == "begins":
            return "faults"
    return ""


def _target(arn: str) -> str:
    return {"sqs": "queue", "lambda": "function", "states": "machine"}[arn.split(":")[2]]
