"""The tests that an event pattern makes of a field's value: one for each operator.

Values are those of parsed JSON. Numbers compare by value; texts and operators heed case unless they say otherwise.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from headend.localcloud.eventbridge.event_wildcards import Wildcard

BOUND = 5_000_000_000.0
"""Numeric matching works with numbers from minus to plus this."""

Check = Callable[[Any], bool]


@dataclass(frozen=True)
class Test:
    """`check` looks at one value; `absent` is for exists: false, which looks at none. `wildcards` are what it uses."""

    check: Check
    absent: bool = False
    wildcards: tuple[Wildcard, ...] = field(default=())

    __test__ = False  # pytest: this is no test case


ABSENT = Test(lambda _: False, absent=True)
PRESENT = Test(lambda _: True)


def exact(wanted: Any) -> Test:
    """A plain value: text, number, true, false or null. An address equals itself however it is written."""
    address = as_address(wanted)
    if address is not None:
        return Test(lambda value: as_address(value) == address)
    return Test(partial(_same, wanted))


def any_of(checks: list[Check], *wildcards: Wildcard) -> Test:
    """At least one of `checks`."""
    return Test(lambda value: any(check(value) for check in checks), wildcards=wildcards)


def none_of(checks: list[Check], *wildcards: Wildcard) -> Test:
    """anything-but: there is a value, of whatever kind, and none of `checks` accepts it."""
    return Test(lambda value: not any(check(value) for check in checks), wildcards=wildcards)


def same(wanted: Any) -> Check:
    """JSON equality: true is not 1, and 1 is 1.0."""
    return partial(_same, wanted)


def prefix(wanted: str) -> Check:
    """Text that begins so."""
    return lambda value: isinstance(value, str) and value.startswith(wanted)


def suffix(wanted: str) -> Check:
    """Text that ends so."""
    return lambda value: isinstance(value, str) and value.endswith(wanted)


def ignoring_case(make: Callable[[str], Check], wanted: str) -> Check:
    """`make`'s check, whatever the case of either side."""
    check = make(wanted.lower())
    return lambda value: isinstance(value, str) and check(value.lower())


def fits(wanted: Wildcard) -> Check:
    """Text that a wildcard accepts."""
    return lambda value: isinstance(value, str) and wanted.matches(value)


def numeric(comparisons: list[Callable[[float], bool]]) -> Check:
    """A JSON number within the supported bounds that all comparisons accept."""

    def check(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > BOUND:
            return False
        return all(compare(value) for compare in comparisons)

    return check


def in_network(wanted: str) -> Check:
    """An IPv4 or IPv6 address of a block. Raises ValueError for what is no block."""
    network = ipaddress.ip_network(wanted, strict=False)

    def check(value: Any) -> bool:
        address = as_address(value)
        return address is not None and address.version == network.version and address in network

    return check


def as_address(value: Any) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a text is, if it is one."""
    if not isinstance(value, str) or not (value.count(".") == 3 or ":" in value):
        return None
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def _same(wanted: Any, value: Any) -> bool:
    return isinstance(wanted, bool) == isinstance(value, bool) and bool(wanted == value)
