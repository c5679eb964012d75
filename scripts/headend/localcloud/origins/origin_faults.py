"""What can happen to an origin on demand: how it does not answer, for which hosts, from when on.

Set with `POST /_headend/origins`, ended with `DELETE /_headend/origins`.
"""

from __future__ import annotations

import itertools
import re
import threading
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from headend.errors import HeadendError

Kind = Literal["refuse", "unreachable", "hang", "slow", "status"]
REGION = re.compile(r"\b([a-z]{2}(?:-[a-z]+)+-\d)\b")


@dataclass(frozen=True)
class OriginFault:
    """One fault, for hosts that fit `host` (with * and ?) or lie in `region`.

    refuse: connections are refused. unreachable: nothing answers to a connection, as when a Region is gone. hang: the
    connection is made and the request taken, no answer comes. slow: the answer comes after `seconds`. status: it is
    `status`, and the origin is not asked.
    """

    id: str
    kind: Kind
    host: str = "*"
    region: str = ""
    seconds: float = 0.0
    status: int = 503

    def fits(self, host: str) -> bool:
        """Whether a host is concerned."""
        return fnmatchcase(host, self.host) and self.region in ("", region_of(host))


def region_of(host: str) -> str:
    """The Region in an origin's host name, empty for none."""
    found = REGION.search(host)
    return found.group(1) if found else ""


class OriginFaults:
    """The faults that there are, the newest first. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._faults: dict[str, OriginFault] = {}
        self.changed = threading.Condition()

    def add(self, given: dict[str, Any]) -> dict[str, Any]:
        """Begin a fault. Raises HeadendError that says what is allowed."""
        known = {"kind", "host", "region", "seconds", "status"}
        unknown = sorted(set(given) - known)
        if unknown:
            raise HeadendError(f"a fault of an origin has {', '.join(sorted(known))}; not {unknown[0]}")
        if given.get("kind") not in get_args(Kind):
            raise HeadendError(f"kind is one of {', '.join(get_args(Kind))}; it is {given.get('kind')!r}")
        if not given.get("host") and not given.get("region"):
            raise HeadendError("a fault of an origin needs host (a name, * and ? stand for others) or region")
        try:
            seconds, status = float(given.get("seconds", 0)), int(given.get("status", 503))
        except (TypeError, ValueError) as error:
            raise HeadendError("seconds and status of a fault are numbers") from error
        if seconds < 0 or not 400 <= status <= 599:
            raise HeadendError("seconds is 0 or more, and status 400 to 599")
        with self._lock:
            name = f"origin-{next(self._numbers)}"
            fault = OriginFault(
                name, given["kind"], str(given.get("host") or "*"), str(given.get("region") or ""), seconds, status
            )
            self._faults[name] = fault
        self._tell()
        return asdict(fault)

    def end(self, name: str = "") -> list[str]:
        """End one fault, or all. Raises HeadendError for a name that there is not."""
        with self._lock:
            if name and name not in self._faults:
                raise HeadendError(f"no fault {name} of an origin; there are: {', '.join(self._faults) or 'none'}")
            ended = [name] if name else list(self._faults)
            for one in ended:
                del self._faults[one]
        self._tell()
        return ended

    def listed(self) -> list[dict[str, Any]]:
        """All faults."""
        with self._lock:
            return [asdict(fault) for fault in self._faults.values()]

    def of(self, host: str, *kinds: Kind) -> OriginFault | None:
        """The newest fault of these kinds that concerns a host."""
        with self._lock:
            found = [fault for fault in self._faults.values() if fault.kind in kinds and fault.fits(host)]
        return found[-1] if found else None

    def _tell(self) -> None:
        with self.changed:
            self.changed.notify_all()
