"""Writing to CloudWatch Logs in a service's name."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from moto.logs.models import logs_backends

_lock = threading.Lock()


def write(
    account: str, region: str, group: str, stream: str, lines: Sequence[tuple[float, str]], *, create: bool
) -> bool:
    """Append lines (epoch seconds, text) to a stream, creating the stream, and the group when `create` is set.

    False when there is no such group: services drop their log then.
    """
    if not lines:
        return True
    backend = logs_backends[account][region]
    with _lock:
        if group not in backend.groups:
            if not create:
                return False
            backend.ensure_log_group(group)
        backend.ensure_log_stream(group, stream)
        ordered = sorted(lines, key=lambda line: line[0])
        events = [{"timestamp": int(moment * 1000), "message": text} for moment, text in ordered]
        backend.put_log_events(group, stream, events)
    return True
