"""From the contribution sites to the encoders: which feed sends to which flow, and which flow is relayed to whom.

A flow takes part when a feed sends to it: until then there is nothing to see, and no process runs. A relay runs while
its flow is on air and the way to it is not cut.

Source: https://docs.aws.amazon.com/mediaconnect/latest/ug/flows-states.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from headend.errors import HeadendError
from headend.localcloud.media.contribution import Contribution
from headend.localcloud.media.flow_relay import FlowRelay
from headend.localcloud.media.ports import Ports
from headend.localcloud.media.supervisor import Supervisor

RECEIVERS = 2
"""Encoders that may take one flow."""


@dataclass
class _Fed:
    """A flow that a feed sends to, or has sent to: its ports, and which encoder has which of the inner ones."""

    arn: str
    port: int
    inner: list[int]
    takers: dict[str, int] = field(default_factory=dict)
    relaying: bool = False
    cut: bool = False

    @property
    def relay(self) -> str:
        """The name of its relay."""
        return f"flow-{self.arn.rpartition(':')[2]}-{self.port}"


class Carriage:
    """Feeds and relays of all Regions. Thread-safe. `supervisor` makes the one that runs their processes."""

    def __init__(self, supervisor: Callable[[], Supervisor]) -> None:
        self._supervisor = supervisor
        self._lock = threading.RLock()
        self._ports = Ports()
        self._feeds: dict[str, list[str]] = {}
        self._fed: dict[str, _Fed] = {}

    def start(self, name: str, flows: list[str], known: Collection[str], rate: Fraction, skew_seconds: float) -> None:
        """Let a feed send to these flows (ARNs) out of the `known` ones. Raises HeadendError for another one."""
        for arn in flows:
            if arn not in known:
                raise HeadendError(f"no flow {arn}; there are: {', '.join(sorted(known)) or 'none'}")
        with self._lock:
            if name in self._feeds:
                raise HeadendError(f"the feed {name} sends already: end it first")
            for arn in flows:
                if arn not in self._fed:
                    inner = [self._ports.take() for _ in range(RECEIVERS)]
                    self._fed[arn] = _Fed(arn, self._ports.take(), inner)
            feed = Contribution(_feed(name), [self._fed[arn].port for arn in flows], rate, skew_seconds=skew_seconds)
            self._supervisor().run(feed.name, feed.start)
            self._feeds[name] = list(flows)

    def end(self, name: str) -> list[str]:
        """Let a feed send no more: the flows to which nobody sends now. Raises HeadendError for an unknown feed."""
        with self._lock:
            flows = self._feeds.pop(name, None)
            if flows is None:
                raise HeadendError(f"no feed {name}; there are: {', '.join(sorted(self._feeds)) or 'none'}")
        self._supervisor().stop(_feed(name))
        return [arn for arn in flows if not self.comes(arn)]

    def cut(self, flow: str, *, cut: bool) -> None:
        """Let nothing come to a flow that has a feed, or let it come again. Raises HeadendError for another flow."""
        with self._lock:
            if flow not in self._fed:
                raise HeadendError(f"no feed sends to {flow or 'a flow without ARN'}: start one first")
            self._fed[flow].cut = cut

    def comes(self, flow: str) -> bool:
        """Whether something is sent to a flow, and arrives when it is on air."""
        with self._lock:
            sends = any(flow in flows for flows in self._feeds.values())
            return sends and not self._fed[flow].cut

    def relay(self, on_air: Mapping[str, bool]) -> None:
        """Start and end relays; `on_air` has the flows that there are, and whether they are on air."""
        with self._lock:
            for arn, fed in list(self._fed.items()):
                wanted = on_air.get(arn, False) and not fed.cut
                if wanted and not fed.relaying:
                    relay = FlowRelay(fed.relay, fed.port, fed.inner)
                    self._ports.lend(fed.port)
                    self._supervisor().run(relay.name, relay.start)
                elif fed.relaying and not wanted:
                    self._supervisor().stop(fed.relay)
                    self._ports.hold(fed.port)
                fed.relaying = wanted
                if arn not in on_air and not fed.takers:
                    self._forget(fed)

    def receive(self, flow: str, taker: str) -> int | None:
        """The UDP port on which an encoder gets a flow; None while no feed has ever sent to it.

        Raises HeadendError when too many encoders take the flow.
        """
        with self._lock:
            fed = self._fed.get(flow)
            if fed is None:
                return None
            free = [port for port in fed.inner if port not in fed.takers.values()]
            if taker not in fed.takers:
                if not free:
                    raise HeadendError(f"{flow} feeds {RECEIVERS} encoders already, no more than that here")
                fed.takers[taker] = self._ports.lend(free[0])
            return fed.takers[taker]

    def release(self, taker: str) -> None:
        """An encoder, which has ended, takes no flow any more."""
        with self._lock:
            for fed in self._fed.values():
                port = fed.takers.pop(taker, None)
                if port is not None:
                    self._ports.hold(port)

    def close(self) -> None:
        """Give back all ports, when all processes have ended."""
        self._ports.close()

    def state(self) -> dict[str, Any]:
        """`feeds`: name → flows; `flows`: ARN → SRT port of its source; `cuts`: ARNs."""
        with self._lock:
            return {
                "cuts": [fed.arn for fed in self._fed.values() if fed.cut],
                "feeds": {name: list(flows) for name, flows in self._feeds.items()},
                "flows": {fed.arn: fed.port for fed in self._fed.values()},
            }

    def _forget(self, fed: _Fed) -> None:
        del self._fed[fed.arn]
        for port in (fed.port, *fed.inner):
            self._ports.give_back(port)


def _feed(name: str) -> str:
    return f"feed-{name}"
