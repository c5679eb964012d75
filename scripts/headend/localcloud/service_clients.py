"""Clients by which parts of the local cloud call its services on somebody's behalf: one per service, Region and role.

State machines, schedules, Athena's queries and encoders do; what they call is authorised as that role.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

POOL = 64
WORK_HEADER = "X-Headend-Work"
"""The number of the work that waits for the answer to a request from this process."""
READ_SECONDS = 900


class Clients:
    """Shared clients; they stand in for the module `boto3` in moto's interpreter, which makes one for each call."""

    def __init__(
        self,
        endpoint: str,
        credentials: Callable[[str], Any] | None = None,
        work: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`credentials` gives a role's: access_key_id, secret_access_key and session_token.

        `work` gives the number of what the calling thread is doing, which waits for the answer: see Clock.busy.
        """
        self._work = work
        self._endpoint = endpoint
        self._credentials = credentials
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str, str], Any] = {}
        self._session: Any = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local")  # noqa: S106 - no secret

    def client(self, service_name: str, region_name: str, role_arn: str = "", **_: Any) -> Any:
        """A shared client; botocore's clients are thread-safe, making them is not."""
        with self._lock:
            key = (service_name, region_name, role_arn)
            if key not in self._known:
                config = Config(
                    connect_timeout=10,
                    max_pool_connections=POOL,
                    parameter_validation=False,
                    read_timeout=READ_SECONDS,
                    retries={"total_max_attempts": 1},
                    inject_host_prefix=False,
                )
                made = self._session.client(
                    service_name,
                    region_name=region_name,
                    endpoint_url=self._endpoint,
                    config=config,
                    **self._signing(role_arn),
                )
                made.meta.events.register("after-call", _name_request)
                made.meta.events.register("before-send", self._say_who_waits)
                self._known[key] = made
            return self._known[key]

    def _say_who_waits(self, request: Any, **_: Any) -> None:
        number = self._work()
        if number is not None:
            request.headers[WORK_HEADER] = str(number)

    def _signing(self, role_arn: str) -> dict[str, str]:
        """What a client in a role signs with; without a role it is the administrator's."""
        if not role_arn or self._credentials is None:
            return {}
        held = self._credentials(role_arn)
        return {
            "aws_access_key_id": held.access_key_id,
            "aws_secret_access_key": held.secret_access_key,
            "aws_session_token": held.session_token,
        }


def _name_request(parsed: dict[str, Any], **_: Any) -> None:
    """Give an answer without a request id one: the causes of errors quote it."""
    known = parsed.setdefault("ResponseMetadata", {})
    known.setdefault("RequestId", str(uuid.uuid4()))
    _answers.metadata = dict(known)


_answers = threading.local()


def last_metadata() -> dict[str, Any]:
    """The ResponseMetadata of the last answer to this thread."""
    return dict(getattr(_answers, "metadata", {}))
