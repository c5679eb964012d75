"""Origin gates: where an origin's host name leads on this machine.

CloudFront reaches an origin by its name: connects, speaks TLS as the name, waits. Here each name has a listener on a
loopback port that hands requests to whoever stands for the origin: S3's buckets are served by the local cloud itself
(`s3_origin`), other services add theirs with `add`. Plain HTTP is taken too, and is aws:SecureTransport false.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request

from headend.errors import HeadendError
from headend.localcloud.control import body
from headend.localcloud.faults.faults import Faults
from headend.localcloud.iam.identity_gate import SECURE_TRANSPORT
from headend.localcloud.origins.certificates import Authority
from headend.localcloud.origins.listener import HOST, Listener, Received, Reply
from headend.localcloud.origins.origin_faults import Kind, OriginFaults, region_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from headend.localcloud.app import LocalCloudServer

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"})


class Gates:
    """All gates; each is opened when somebody first asks for its host. Thread-safe.

    `region_gone` tells of a Region whether it is gone as a whole: its origins are unreachable then.
    """

    def __init__(
        self, cloud: LocalCloudServer, authority: Authority, region_gone: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._cloud = cloud
        self._region_gone = region_gone
        self.authority = authority
        self.faults = OriginFaults()
        self._client = authority.client()
        self._lock = threading.Lock()
        self._origins: list[tuple[re.Pattern[str], WSGIApplication]] = []
        self._gates: dict[str, _Gate] = {}
        self._refusing = _bound()
        self._silent: _Silent | None = None

    def add(self, hosts: re.Pattern[str], origin: WSGIApplication) -> None:
        """Let `origin` answer for the hosts that fit the pattern as a whole."""
        self._origins.append((hosts, origin))

    def client_tls(self) -> ssl.SSLContext:
        """How to speak TLS to the gates: their certificates are checked, by the host's name."""
        return self._client

    def knows(self, host: str) -> bool:
        """Whether anybody stands for the host."""
        return any(hosts.fullmatch(host) for hosts, _ in self._origins)

    def resolve(self, host: str) -> tuple[str, int] | None:
        """Where to connect to now, None for a name that nobody knows. A fault leads to where nobody answers."""
        if not self.knows(host):
            return None
        if self._region_gone(region_of(host)):
            return self._nowhere("unreachable")
        fault = self.faults.of(host, "refuse", "unreachable")
        if fault:
            return self._nowhere(fault.kind)
        gate = self._gate(host)
        return (HOST, gate.port) if gate else None

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            gates = list(self._gates.values())
            self._gates.clear()
        for gate in gates:
            gate.close()
        self._refusing.close()
        if self._silent:
            self._silent.close()

    def described(self) -> list[dict[str, Any]]:
        """The gates that are open: host, port and how many requests each was sent."""
        with self._lock:
            return [
                {"host": host, "port": gate.port, "requests": gate.requests}
                for host, gate in sorted(self._gates.items())
            ]

    def _gate(self, host: str) -> _Gate | None:
        with self._lock:
            if host not in self._gates:
                origin = next((app for hosts, app in self._origins if hosts.fullmatch(host)), None)
                if origin is None:
                    return None
                self._gates[host] = _Gate(host, origin, self.faults, self.authority, self._cloud)
            return self._gates[host]

    def _nowhere(self, kind: Kind) -> tuple[str, int]:
        if kind == "refuse":
            return HOST, self._refusing.getsockname()[1]
        with self._lock:
            if self._silent is None:
                self._silent = _Silent()
            return HOST, self._silent.port


class _Gate:
    """The listener of one host."""

    def __init__(
        self, host: str, origin: WSGIApplication, faults: OriginFaults, authority: Authority, cloud: LocalCloudServer
    ) -> None:
        self._host = host
        self._origin = origin
        self._faults = faults
        self._cloud = cloud
        self.requests = 0
        self._listener = Listener(f"origin {host}", self._answer, lambda: authority.server(host))
        self.port = self._listener.port

    def close(self) -> None:
        self._listener.close()

    def _answer(self, received: Received) -> Reply:
        fault = self._faults.of(self._host, "hang", "slow", "status")
        self.requests += 1
        if fault and fault.kind == "hang":
            self._wait(lambda: self._faults.of(self._host, "hang") is None)
            return Reply(0, drop=True)
        if fault and fault.kind == "slow":
            until = time.monotonic() + fault.seconds
            self._wait(lambda: time.monotonic() >= until, until)
        if fault and fault.kind == "status":
            return Reply(fault.status, [("Content-Type", "text/plain")], f"fault {fault.id}\n".encode())
        try:
            status, headers, content = _asked(self._origin, _environment(received, self._host))
        except Exception as error:  # noqa: BLE001 - the last place where it can be seen
            self._cloud.report(f"origin {self._host} {received.method} {received.target}", error)
            return Reply(500, [("Content-Type", "text/plain")], f"the local cloud failed: {error}\n".encode())
        return Reply(status, headers, content)

    def _wait(self, condition: Callable[[], bool], until: float | None = None) -> None:
        """Until the condition holds, faults change or the server ends."""
        with self._faults.changed:
            while not condition() and not self._cloud.stopping.is_set():
                left = 1.0 if until is None else min(1.0, max(0.0, until - time.monotonic()))
                self._faults.changed.wait(left)


class _Silent:
    """A port where a connection is never made: its queue of connections is full, and nobody takes one from it.

    Further packets that ask for one are dropped, as packets to a host that is gone are.
    Source: https://man7.org/linux/man-pages/man2/listen.2.html
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind((HOST, 0))
        self._socket.listen(0)
        self.port: int = self._socket.getsockname()[1]
        self._filling: list[socket.socket] = []
        for _ in range(8):
            one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            one.settimeout(0.1)
            self._filling.append(one)
            try:
                one.connect((HOST, self.port))
            except TimeoutError:
                break

    def close(self) -> None:
        for one in self._filling:
            one.close()
        self._socket.close()


def _bound() -> socket.socket:
    """A port that is taken but not listened on: connections to it are refused, and nobody else gets it."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.bind((HOST, 0))
    return held


def _environment(received: Received, host: str) -> WSGIEnvironment:
    """The request as WSGI has it."""
    path, _, query = received.target.partition("?")
    environment: WSGIEnvironment = {
        "REQUEST_METHOD": received.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "RAW_URI": received.target,
        "REQUEST_URI": received.target,
        "QUERY_STRING": query,
        "SERVER_NAME": host,
        "SERVER_PORT": "443" if received.secure else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": received.client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if received.secure else "http",
        "wsgi.input": BytesIO(received.body),
        "wsgi.errors": _Nowhere(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        SECURE_TRANSPORT: received.secure,
        "CONTENT_LENGTH": str(len(received.body)),
    }
    for name, value in received.headers:
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environment[key] = value
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            known = environment.get(f"HTTP_{key}")
            environment[f"HTTP_{key}"] = f"{known},{value}" if known else value
    return environment


class _Nowhere:
    """What WSGI calls wsgi.errors, kept by nobody."""

    def write(self, _: str) -> int:
        return 0

    def flush(self) -> None:
        """Nothing to do."""

    def writelines(self, _: Iterable[str]) -> None:
        """Nothing to do."""


def _asked(origin: WSGIApplication, environment: WSGIEnvironment) -> tuple[int, list[tuple[str, str]], bytes]:
    stream, status, headers = run_wsgi_app(origin, environment)
    try:
        content = b"".join(stream)
    finally:
        close = getattr(stream, "close", None)
        if close:
            close()
    kept = [(name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP]
    if environment["REQUEST_METHOD"] == "HEAD" and "Content-Length" in headers:
        kept.append(("Content-Length", headers["Content-Length"]))
    return int(status.split()[0]), kept, content


def install(cloud: LocalCloudServer) -> None:
    """Provide the gates, and answer /_headend/origins."""
    gates = Gates(cloud, Authority(cloud.state_dir / "tls"), cloud.part(Faults).region_gone)
    cloud.provide(gates)
    cloud.at_the_end(gates.close)

    def add(request: Request) -> dict[str, Any]:
        fault = gates.faults.add(body(request))
        cloud.timeline.record("fault", fault["region"], fault["host"], f"origin {fault['kind']}: {fault}")
        return fault

    def end(request: Request) -> dict[str, Any]:
        ended = gates.faults.end(request.args.get("id", ""))
        cloud.timeline.record("fault", "", "", f"origin faults ended: {', '.join(ended) or 'none'}")
        return {"ended": ended}

    def show(request: Request) -> dict[str, Any]:
        host = request.args.get("host", "")
        place = gates.resolve(host) if host else None
        if host and place is None:
            raise HeadendError(f"nobody stands for {host}: a bucket's or a MediaPackage domain's host name is wanted")
        return {
            "ca_file": str(gates.authority.ca_file),
            "faults": gates.faults.listed(),
            "gates": gates.described(),
            **({"address": list(place)} if place else {}),
        }

    cloud.control.add("POST", "origins", add)
    cloud.control.add("DELETE", "origins", end)
    cloud.control.add("GET", "origins", show)
