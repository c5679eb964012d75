"""What the edge sends to an origin, and what it makes of what comes back."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from headend.localcloud.cloudfront.origin_requests import Asked, OriginAnswer, OriginClient, read_seconds, signed
from headend.localcloud.cloudfront.routes import HOST_HEADER
from headend.localcloud.iam.identity import Credentials
from headend.localcloud.origins.certificates import Authority
from headend.localcloud.origins.gates import Gates
from running_cloud import until

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from headend.localcloud.app import LocalCloudServer

HOST = "live.mediapackagev2.eu-west-1.example.com"
KEYS = Credentials("ASIAEXAMPLE", "secret", "token", "", "")
CONTROL = {"SigningBehavior": "always", "OriginAccessControlOriginType": "mediapackagev2"}


def origin(environment: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answers with what it was asked."""
    sent = {name[5:].lower(): value for name, value in environment.items() if name.startswith("HTTP_")}
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Two", "1"), ("X-Two", "2")])
    seen = {"headers": sent, "target": environment["RAW_URI"], "scheme": environment["wsgi.url_scheme"]}
    return [json.dumps(seen).encode()]


@pytest.fixture
def gates(tmp_path: Path) -> Iterator[Gates]:
    cloud = SimpleNamespace(stopping=threading.Event(), report=lambda *_: None)
    made = Gates(cast("LocalCloudServer", cloud), Authority(tmp_path))
    made.add(re.compile(re.escape(HOST)), origin)
    yield made
    cloud.stopping.set()
    made.faults.end()
    made.close()


def configured(**changes: Any) -> dict[str, Any]:
    custom = {"OriginProtocolPolicy": "https-only", "OriginReadTimeout": 10}
    return {"Id": "live", "DomainName": HOST, "ConnectionAttempts": 1, "CustomOriginConfig": custom, **changes}


def ask(gates: Gates, control: dict[str, Any] | None = None, **changes: Any) -> OriginAnswer:
    asked = Asked("GET", "/a.m3u8?m=1", {"user-agent": "Amazon CloudFront"})
    return OriginClient(gates).ask(configured(**changes), control, asked, KEYS)


def seen(answer: OriginAnswer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)
    return found


def test_path_host_and_headers_of_the_origin(gates: Gates) -> None:
    headers = {"Items": [{"HeaderName": "X-Secret", "HeaderValue": "s"}]}
    got = seen(ask(gates, OriginPath="/out", CustomHeaders=headers))
    assert got["target"] == "/out/a.m3u8?m=1"
    assert (got["headers"]["host"], got["headers"]["x_secret"]) == (HOST, "s")
    assert "authorization" not in got["headers"]
    assert seen(ask(gates, **{HOST_HEADER: "other.example.com"}))["headers"]["host"] == "other.example.com"


@pytest.mark.parametrize(
    ("policy", "scheme"), [("https-only", "https"), ("http-only", "http"), ("match-viewer", "https")]
)
def test_the_protocol_of_an_origin(gates: Gates, policy: str, scheme: str) -> None:
    assert seen(ask(gates, CustomOriginConfig={"OriginProtocolPolicy": policy}))["scheme"] == scheme


def test_a_signed_request_names_service_region_and_key(gates: Gates) -> None:
    got = seen(ask(gates, CONTROL))["headers"]
    assert re.search(r"Credential=ASIAEXAMPLE/\d{8}/eu-west-1/mediapackagev2/aws4_request", got["authorization"])
    assert got["x_amz_security_token"] == "token"


@pytest.mark.parametrize(
    ("behavior", "viewer", "kept"),
    [
        ("always", "Basic x", False),
        ("no-override", "Basic x", True),
        ("no-override", "", False),
        ("never", "Basic x", True),
    ],
)
def test_whose_authorization_an_origin_gets(behavior: str, viewer: str, kept: bool) -> None:
    sent = {"host": HOST, **({"authorization": viewer} if viewer else {})}
    made = signed("GET", f"https://{HOST}/", sent, b"", {**CONTROL, "SigningBehavior": behavior}, KEYS)
    assert (made["authorization"] == viewer) is kept


def test_a_header_that_comes_twice_is_one(gates: Gates) -> None:
    assert ask(gates).headers["x-two"] == "1, 2"


def test_a_connection_that_breaks_is_502(gates: Gates) -> None:
    gates.faults.add({"kind": "hang", "host": HOST})
    got: list[OriginAnswer] = []
    asking = threading.Thread(target=lambda: got.append(ask(gates)))
    asking.start()
    until(lambda: gates.described() and gates.described()[0]["requests"] == 1)
    gates.faults.end()
    asking.join(30)
    assert [(one.status, bool(one.failure)) for one in got] == [(502, True)]


def test_a_name_without_an_address_is_502(gates: Gates) -> None:
    got = ask(gates, DomainName="nobody.example.com")
    assert (got.status, got.failure) == (502, "no address: nobody.example.com")


def test_a_request_that_may_not_be_repeated_is_not(gates: Gates) -> None:
    gates.faults.add({"kind": "hang", "host": HOST})
    one = configured(ConnectionAttempts=3, CustomOriginConfig={"OriginReadTimeout": 1})
    got = OriginClient(gates).ask(one, None, Asked("POST", "/", {}), KEYS)
    assert (got.status, gates.described()[0]["requests"]) == (504, 1)


def test_a_completion_timeout_holds_for_all_attempts_together(gates: Gates) -> None:
    gates.faults.add({"kind": "hang", "host": HOST})
    got = ask(gates, ConnectionAttempts=3, ResponseCompletionTimeout=1)
    assert (got.status, gates.described()[0]["requests"]) == (504, 1)


@pytest.mark.parametrize(
    ("origin", "seconds"),
    [
        ({"S3OriginConfig": {}}, 30),
        ({"S3OriginConfig": {"OriginReadTimeout": 1}}, 1),
        ({"CustomOriginConfig": {"OriginReadTimeout": 5}}, 5),
    ],
)
def test_how_long_an_answer_is_waited_for(origin: dict[str, Any], seconds: float) -> None:
    assert read_seconds(origin) == seconds
