"""A small HTTP/1.1 server on a free loopback port: TLS with those who begin with it, plain HTTP with others."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any

HOST = "127.0.0.1"
IDLE_SECONDS = 30.0
TLS_HANDSHAKE = 0x16
"""The first byte of a TLS connection. Source: https://www.rfc-editor.org/rfc/rfc8446#section-5.1"""
Headers = list[tuple[str, str]]


@dataclass
class Received:
    """One request: `target` is path and query as sent, header names as sent; `secure` when it came over TLS."""

    method: str
    target: str
    headers: Headers
    body: bytes
    secure: bool
    client: str

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header, found in any case."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), default)


@dataclass
class Reply:
    """One answer. Content-Length is added; a reply with `drop` closes the connection without a byte."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    reason: str = ""
    drop: bool = False


Answer = Callable[[Received], Reply]


class Listener:
    """Listens from its making until `close`; each connection has a thread of its own, which ends with the process."""

    def __init__(self, name: str, answer: Answer, tls: Callable[[], ssl.SSLContext]) -> None:
        handler = type("Handler", (_Handler,), {"answer": staticmethod(answer), "tls": staticmethod(tls)})
        self._server = _Server((HOST, 0), handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, and end the connections that are open."""
        self._server.shutdown()
        self._server.server_close()
        self._server.end_connections()
        self._thread.join(timeout=2)


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        with self._lock:
            known = list(self._open)
        for connection in known:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    answer: Answer
    tls: Callable[[], ssl.SSLContext]

    def setup(self) -> None:
        self.request.settimeout(IDLE_SECONDS)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        first = self.request.recv(1, socket.MSG_PEEK)
        self.secure = bool(first) and first[0] == TLS_HANDSHAKE
        if self.secure:
            self.request = type(self).tls().wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        if self.secure:
            with contextlib.suppress(OSError):
                self.request.close()

    def _respond(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self._chunks() if self.headers.get("Transfer-Encoding", "").lower() == "chunked" else b""
        body = body or (self.rfile.read(length) if length else b"")
        received = Received(
            self.command, self.path, list(self.headers.items()), body, self.secure, self.client_address[0]
        )
        reply = type(self).answer(received)
        if reply.drop:
            self.close_connection = True
            return
        self.send_response_only(reply.status, reply.reason or None)
        for name, value in reply.headers:
            self.send_header(name, value)
        named = {name.lower() for name, _ in reply.headers}
        if "date" not in named:  # https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1
            self.send_header("Date", self.date_time_string())
        bodiless = reply.status in (204, 304) or reply.status < 200
        if "content-length" not in named and not bodiless:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD" and not bodiless:
            self.wfile.write(reply.body)

    def _chunks(self) -> bytes:
        found = b""
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return found

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _respond  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""
