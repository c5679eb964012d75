"""The keys of the raw objects: `raw/metric_type=<type>/date=<YYYY-MM-DD>/<run id>-<number>.json`."""

import re
from dataclasses import dataclass

_RAW = re.compile(
    r"raw/metric_type=(?P<metric_type>[A-Za-z0-9_-]{1,64})/date=\d{4}-\d{2}-\d{2}/(?P<run_id>[^/]{1,80})-\d{4,}\.json"
)


@dataclass(frozen=True)
class RawKey:
    """What an object's key says."""

    key: str
    metric_type: str
    run_id: str


def parse(key: str) -> RawKey | None:
    """Take a key apart; None where it is no raw object's."""
    match = _RAW.fullmatch(key)
    return RawKey(key, match["metric_type"], match["run_id"]) if match else None
