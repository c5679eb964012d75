"""What the player makes of answers over HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from headend.drill.player import over_http


class Edge(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status = 404 if self.path == "/gone" else 200
        self.send_response(status)
        self.send_header("X-Headend-Origin", "east")
        self.end_headers()
        self.wfile.write(self.headers.get("Host", "").encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Edge)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_answer_has_its_status_its_body_and_its_headers_in_lower_case(address: str) -> None:
    answer = over_http({"Host": "d1.cloudfront.net"})(f"{address}/here")

    assert (answer.status, answer.body, answer.headers["x-headend-origin"]) == (200, b"d1.cloudfront.net", "east")


def test_an_error_is_an_answer_with_its_origin(address: str) -> None:
    answer = over_http()(f"{address}/gone")

    assert (answer.status, answer.headers["x-headend-origin"]) == (404, "east")


def test_what_gives_no_answer_has_the_status_0(address: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{nobody.getsockname()[1]}/x"
        assert over_http()(refused).status == 0
    assert over_http()(f"{address}/cut").status == 0
    assert over_http()("file:///etc/hostname").status == 0
