"""Clients for AWS, or for the local cloud, by environment variables only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from headend.terraform import merged

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Aws:
    """Makes clients of one Region with the access that `environment` (default: the process's) names."""

    def __init__(self, region: str, environment: Mapping[str, str] | None = None) -> None:
        self.region = region
        self.environment = merged(environment)

    @property
    def endpoint(self) -> str | None:
        """The address of the local cloud, or of whatever else stands in for AWS; None for AWS itself."""
        return self.environment.get("AWS_ENDPOINT_URL") or None

    @property
    def is_local(self) -> bool:
        """Whether the endpoint is on this machine."""
        return is_loopback(self.endpoint)

    def session(self, region: str | None = None) -> boto3.session.Session:
        """A boto3 session with that access."""
        values = self.environment
        key = values.get("AWS_ACCESS_KEY_ID")
        return boto3.session.Session(
            aws_access_key_id=key,
            aws_secret_access_key=values.get("AWS_SECRET_ACCESS_KEY") if key else None,
            aws_session_token=values.get("AWS_SESSION_TOKEN") if key else None,
            profile_name=None if key else values.get("AWS_PROFILE"),
            region_name=region or self.region,
        )

    def client(self, service: str, region: str | None = None, config: Config | None = None) -> Any:
        """A boto3 client of `service`. `config` says what else it should do."""
        return self.session(region).client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.endpoint,
            config=Config(
                connect_timeout=5,
                inject_host_prefix=not self.is_local,
                retries={"mode": "standard", "max_attempts": 2 if self.is_local else 5},
                s3={"addressing_style": "path"} if self.is_local else None,
            ).merge(config or Config()),
        )


def is_loopback(endpoint: str | None) -> bool:
    """Whether an endpoint is on this machine."""
    return bool(endpoint) and urlsplit(endpoint or "").hostname in LOOPBACK
