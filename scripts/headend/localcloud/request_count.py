"""How many AWS requests the server was sent, by service and operation: `GET /_headend/requests`."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class RequestCount:
    """Counts since the server started. Thread-safe."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, service: str, environ: WSGIEnvironment) -> None:
        """Count one request signed for `service`."""
        with self._lock:
            self._counts[f"{service or 'unsigned'} {_operation(environ)}"] += 1

    def by_operation(self) -> dict[str, int]:
        """`<signing name> <operation>` → requests. Where the operation is in the body or the path: the HTTP method."""
        with self._lock:
            return dict(sorted(self._counts.items()))


def _operation(environ: WSGIEnvironment) -> str:
    """The operation's name in the JSON and CBOR protocols.

    Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html (path) and
    https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html (header).
    """
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2]
    path: str = environ.get("PATH_INFO", "")
    if path.startswith("/service/") and "/operation/" in path:
        return path.rpartition("/")[2]
    return str(environ.get("REQUEST_METHOD", ""))
