"""How state machines call services: one client per service and Region, results as JSON, errors named as on AWS.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.loaders import Loader

POOL = 64
WORK_HEADER = "X-Headend-Work"
"""The number of the work that waits for the answer to a request from this process."""
READ_SECONDS = 900
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class Clients:
    """Stands in for the module `boto3` where moto's interpreter makes a client for each call."""

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


def error_prefix(api_name: str) -> str:
    """The service's name in error names, as in MediaConnect.NotFoundException: the SDK for Java's spelling."""
    loader = Loader(include_default_search_paths=True)
    service = api_name.lower()
    if service not in loader.list_available_services("service-2"):
        service = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}.get(service, service)
    try:
        metadata = loader.load_service_model(service, "service-2")["metadata"]
    except Exception:  # noqa: BLE001 - botocore's errors for unknown services share no base class
        return api_name
    return pascal_case(str(metadata.get("serviceId", api_name)))


def pascal_case(service_id: str) -> str:
    """`DynamoDB` → `DynamoDb`, `Auto Scaling` → `AutoScaling`, `S3` → `S3`."""
    return "".join(word[0].upper() + word[1:].lower() for word in WORD.findall(service_id))


def plain(value: Any) -> Any:
    """An SDK result as JSON: moments in ISO 8601 with Z, streams read."""
    return json.loads(json.dumps(value, default=_encode))


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
        return text.replace("+00:00", "Z")
    if hasattr(value, "read"):
        return value.read().decode()
    if isinstance(value, bytes):
        return value.decode()
    return str(value)
