"""A request that an SDK sends again after it was answered gets the same answer again.

An SDK that is answered within a millisecond can take its connection for broken: the Go SDK closes the body that it sent
when the response begins, and a busy machine may not have noticed yet that the body was sent. It then repeats a request
that was carried out, and creating or deleting twice fails. Over a network no answer is that quick.

Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

KEPT = 256
LARGEST = 262_144
"""Bytes of a kept answer: what AWS answers to a change is smaller."""


class RepeatedRequests:
    """The newest successful answers, by the id that the SDKs give to an invocation. Thread-safe."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, tuple[int, list[tuple[str, str]], bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, environ: WSGIEnvironment, application: WSGIApplication) -> WSGIApplication:
        """What `application` answers, or what it answered when the same invocation came before."""
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID", "")
        if not invocation:
            return application
        if attempt(environ) > 1:
            with self._lock:
                known = self._answers.get(invocation)
            if known:
                return Response(known[2], known[0], known[1])
        made = Response.from_app(application, environ, buffered=True)
        content = made.get_data() if made.status_code < 300 and environ["REQUEST_METHOD"] != "HEAD" else None
        if content is not None and len(content) <= LARGEST:
            with self._lock:
                self._answers[invocation] = (made.status_code, list(made.headers.items()), content)
                while len(self._answers) > KEPT:
                    self._answers.popitem(last=False)
        return made


def attempt(environ: WSGIEnvironment) -> int:
    """Which attempt of its invocation a request is, from 1."""
    told: str = environ.get("HTTP_AMZ_SDK_REQUEST", "").partition("attempt=")[2].partition(";")[0]
    return int(told) if told.isdigit() else 1
