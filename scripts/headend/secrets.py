"""The secrets that a configuration names: they must be there before anything is planned, or apply stops half way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from headend.errors import UsageError
from headend.session import Session

GONE = ("ResourceNotFoundException", "InvalidRequestException")  # the second: it is marked for deletion


def require_secrets(session: Session) -> None:
    """Look up each `secret_arn` of config.yaml. Raises UsageError, one line, for the first that is not there."""
    for field, arn in named(session.config.model_dump()):
        client = session.aws.client("secretsmanager", region=arn.split(":")[3])
        try:
            found = client.describe_secret(SecretId=arn)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in GONE:
                session.tell(f"{field}: not looked up ({code}); allow secretsmanager:DescribeSecret to have it checked")
                continue
            found = {"DeletedDate": True}
        if found.get("DeletedDate"):
            where = f"{session.environment.name}/config.yaml: {field}"
            raise UsageError(f"{where}: there is no secret {arn}; create it in Secrets Manager and write its ARN here")


def named(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Every `secret_arn` below `value`, with the path of its field."""
    if not isinstance(value, dict):
        return
    for key, below in value.items():
        path = f"{field}.{key}" if field else str(key)
        if key == "secret_arn" and below:
            yield path, str(below)
        else:
            yield from named(below, path)
