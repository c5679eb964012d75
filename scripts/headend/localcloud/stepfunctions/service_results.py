"""What state machines make of services' answers: results as JSON, errors named as on AWS.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from botocore.loaders import Loader

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


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
