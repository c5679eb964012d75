"""Origin gates: where an origin's name leads, over TLS and plain HTTP, and what faults do there."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from headend.errors import HeadendError
from headend.localcloud.iam.identity_gate import SECURE_TRANSPORT
from headend.localcloud.origins.certificates import Authority
from headend.localcloud.origins.gates import Gates
from headend.localcloud.origins.origin_faults import OriginFaults, region_of
from running_cloud import until

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from headend.localcloud.app import LocalCloudServer

NAME = "origin.eu-west-1.example.com"


def origin(environment: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    secure = environment[SECURE_TRANSPORT]
    return [f"{environment['REQUEST_METHOD']} {environment['PATH_INFO']} {secure}".encode()]


@pytest.fixture
def told() -> list[tuple[str, str]]:
    """What the local cloud was told of its own errors."""
    return []


@pytest.fixture
def gates(tmp_path: Path, told: list[tuple[str, str]]) -> Iterator[Gates]:
    cloud = SimpleNamespace(stopping=threading.Event(), report=lambda where, error: told.append((where, str(error))))
    made = Gates(cast("LocalCloudServer", cloud), Authority(tmp_path))
    made.add(re.compile(r"origin\..*example\.com"), origin)
    yield made
    cloud.stopping.set()
    made.faults.end()
    made.close()


def connection(gates: Gates, *, secure: bool = True, timeout: float = 10) -> http.client.HTTPConnection:
    place = gates.resolve(NAME)
    assert place
    made = http.client.HTTPConnection(*place, timeout=timeout)
    made.connect()
    if secure:
        made.sock = gates.client_tls().wrap_socket(made.sock, server_hostname=NAME)
    return made


def get(gates: Gates, **options: Any) -> tuple[int, str]:
    made = connection(gates, **options)
    try:
        made.request("GET", "/a%20b?c=d", headers={"Host": NAME})
        answer = made.getresponse()
        return answer.status, answer.read().decode()
    finally:
        made.close()


@pytest.mark.parametrize("secure", [True, False])
def test_an_origin_is_reached_over_tls_and_without(gates: Gates, secure: bool) -> None:
    assert get(gates, secure=secure) == (200, f"GET /a b {secure}")


def test_a_name_that_nobody_stands_for_has_no_address(gates: Gates) -> None:
    assert gates.resolve("elsewhere.example.com") is None


def test_a_name_keeps_its_address(gates: Gates) -> None:
    assert gates.resolve(NAME) == gates.resolve(NAME)


def test_a_gate_shows_the_certificate_of_its_name_only(gates: Gates) -> None:
    place = gates.resolve(NAME)
    assert place
    with socket.create_connection(place, timeout=10) as plain, pytest.raises(ssl.SSLCertVerificationError):
        gates.client_tls().wrap_socket(plain, server_hostname="other.example.com")


def test_several_requests_on_one_connection(gates: Gates) -> None:
    made = connection(gates)
    try:
        for path in ("/one", "/two"):
            made.request("POST", path, body=b"x" * 100_000)
            assert made.getresponse().read().decode() == f"POST {path} True"
    finally:
        made.close()


def test_an_error_of_the_local_cloud_is_told(gates: Gates, told: list[tuple[str, str]]) -> None:
    def broken(_: WSGIEnvironment, __: StartResponse) -> Iterable[bytes]:
        raise ValueError("broken")

    gates.add(re.compile("broken.example.com"), broken)
    place = gates.resolve("broken.example.com")
    assert place
    made = http.client.HTTPConnection(*place, timeout=10)
    made.request("GET", "/x")
    assert made.getresponse().status == 500
    made.close()
    assert told == [("origin broken.example.com GET /x", "broken")]


def test_refused(gates: Gates) -> None:
    gates.faults.add({"kind": "refuse", "host": "origin.*"})
    with pytest.raises(ConnectionRefusedError):
        get(gates)
    gates.faults.end()
    assert get(gates)[0] == 200


def test_unreachable(gates: Gates) -> None:
    gates.faults.add({"kind": "unreachable", "region": "eu-west-1"})
    with pytest.raises(TimeoutError):
        get(gates, timeout=0.3)


def test_hanging(gates: Gates) -> None:
    gates.faults.add({"kind": "hang", "host": NAME})
    with pytest.raises(TimeoutError):
        get(gates, timeout=0.3)


def test_who_hangs_is_let_go_when_the_fault_ends(gates: Gates) -> None:
    gates.faults.add({"kind": "hang", "host": NAME})
    waiting = connection(gates)
    waiting.request("GET", "/")
    until(lambda: gates.described() and gates.described()[0]["requests"] == 1)
    gates.faults.end()
    with pytest.raises(http.client.RemoteDisconnected):
        waiting.getresponse()
    waiting.close()


def test_slow_and_status(gates: Gates) -> None:
    gates.faults.add({"kind": "slow", "host": NAME, "seconds": 0.01})
    assert get(gates)[0] == 200
    gates.faults.add({"kind": "status", "host": NAME, "status": 429})
    assert get(gates)[0] == 429


def test_a_fault_of_another_region_is_none(gates: Gates) -> None:
    gates.faults.add({"kind": "refuse", "region": "eu-central-1"})
    assert get(gates)[0] == 200


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kind": "explode", "host": "*"}, "kind is one of refuse, unreachable, hang, slow, status"),
        ({"kind": "refuse"}, "needs host"),
        ({"kind": "refuse", "host": "*", "speed": 1}, "not speed"),
        ({"kind": "slow", "host": "*", "seconds": -1}, "seconds is 0 or more"),
        ({"kind": "status", "host": "*", "status": 200}, "400 to 599"),
        ({"kind": "status", "host": "*", "status": "x"}, "numbers"),
    ],
)
def test_faults_that_cannot_be(given: dict[str, Any], says: str) -> None:
    with pytest.raises(HeadendError, match=says):
        OriginFaults().add(given)


def test_a_fault_that_there_is_not_cannot_be_ended() -> None:
    with pytest.raises(HeadendError, match="there are: none"):
        OriginFaults().end("origin-1")


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("b.s3.eu-central-1.amazonaws.com", "eu-central-1"),
        ("a.egress.b.mediapackagev2.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("www.example.com", ""),
    ],
)
def test_the_region_of_a_host(host: str, region: str) -> None:
    assert region_of(host) == region
