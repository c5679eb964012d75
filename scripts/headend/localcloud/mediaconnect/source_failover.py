"""Which of two sources a flow takes, and what it makes of both.

FAILOVER: after 500 ms without a packet the flow takes the other source; loss or a black picture does not move it. With
a primary source it takes that one whenever it sends; without one it stays where it is. MERGE: it takes both.
Source: https://docs.aws.amazon.com/mediaconnect/latest/ug/source-failover.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

SILENCE_SECONDS = 0.5

Json = Mapping[str, Any]
Mode = Literal["FAILOVER", "MERGE"]


def mode_of(config: Json | None) -> Mode | None:
    """The failover mode of a flow; None where failover is off."""
    if not config or config.get("state", "ENABLED") != "ENABLED":
        return None
    named = config.get("failoverMode") or ("MERGE" if "recoveryWindow" in config else "FAILOVER")
    return "MERGE" if named == "MERGE" else "FAILOVER"


def primary_of(config: Json | None) -> str | None:
    """The name of the source that a flow prefers; None where both are alike."""
    name = ((config or {}).get("sourcePriority") or {}).get("primarySource")
    return str(name) if name else None


def chosen(sends: Mapping[str, bool], primary: str | None, selected: str | None) -> str | None:
    """The source that a flow takes next.

    `sends`: in the flow's order, whether each source sends; `selected`: the one that it took so far.
    """
    if primary and sends.get(primary):
        return primary
    if selected is not None and selected in sends and (sends[selected] or not any(sends.values())):
        return selected
    sending = next((name for name, active in sends.items() if active), None)
    return sending or (primary if primary in sends else next(iter(sends), None))
