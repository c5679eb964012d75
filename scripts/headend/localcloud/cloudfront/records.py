"""What CloudFront keeps: one kind of record for all its resources, in moto's back end.

There the inventory, resource tags and whoever asks moto find them.
"""

from __future__ import annotations

import secrets
import string
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.cloudfront.models import CloudFrontBackend, cloudfront_backends
from moto.core.common_models import BaseModel

from headend.localcloud.cloudfront.errors import CloudFrontError

Config = dict[str, Any]
LETTERS = string.ascii_uppercase + string.digits


def new_id() -> str:
    """An id as CloudFront gives them to distributions and makes ETags of: E and 13 letters and digits."""
    return "E" + "".join(secrets.choice(LETTERS) for _ in range(13))


class Record(BaseModel):  # type: ignore[misc]
    """One resource: `id`, `arn` (empty where it has none), `name`, `config` as in the API, `etag`, two times."""

    def __init__(self, identifier: str, name: str, config: Config, now: datetime, arn: str = "") -> None:
        self.id = identifier
        self.name = name
        self.arn = arn
        self.config = config
        self.etag = new_id()
        self.created = now
        self.modified = now

    def change(self, config: Config, now: datetime) -> None:
        """Take a new configuration; the ETag changes with it."""
        self.config = config
        self.etag = new_id()
        self.modified = now


class LiveCachePolicy(Record):
    """A cache policy."""


class LiveOriginAccessControl(Record):
    """An origin access control."""


class LiveOriginRequestPolicy(Record):
    """An origin request policy."""


class LiveResponseHeadersPolicy(Record):
    """A response headers policy."""


class LiveDistribution(Record):
    """A distribution. `deployed_at` is when its last change has reached the edge (seconds since the epoch)."""

    def __init__(self, config: Config, now: datetime, account: str, deployed_at: float) -> None:
        identifier = new_id()
        arn = f"arn:aws:cloudfront::{account}:distribution/{identifier}"
        super().__init__(identifier, identifier, config, now, arn)
        letters = string.ascii_lowercase + string.digits
        self.domain_name = f"d{''.join(secrets.choice(letters) for _ in range(13))}.cloudfront.net"
        self.deployed_at = deployed_at
        self.invalidations: dict[str, Config] = {}


class LiveFunction(Record):
    """A CloudFront function: `code` in development; `live` is what was published last, (code, config, etag, time)."""

    def __init__(self, name: str, config: Config, code: bytes, now: datetime, account: str) -> None:
        super().__init__(name, name, config, now, f"arn:aws:cloudfront::{account}:function/{name}")
        self.code = code
        self.live: tuple[bytes, Config, str, datetime] | None = None


class LiveKeyValueStore(Record):
    """A key-value store. `data_etag` is that of the data API, which changes with each write."""

    def __init__(self, name: str, comment: str, now: datetime, account: str, ready_at: float) -> None:
        identifier = str(uuid.uuid4())
        arn = f"arn:aws:cloudfront::{account}:key-value-store/{identifier}"
        super().__init__(identifier, name, {"Comment": comment}, now, arn)
        self.ready_at = ready_at
        self.values: dict[str, str] = {}
        self.data_etag = new_id()
        self.written = now


def backend(account: str) -> CloudFrontBackend:
    """moto's back end: CloudFront is one service for all Regions of a partition."""
    return cloudfront_backends[account]["aws"]


def collection(account: str, name: str) -> dict[str, Any]:
    """A collection of the back end by its attribute's name; made when it is not there yet."""
    found: dict[str, Any] = vars(backend(account)).setdefault(name, {})
    return found


def distributions(account: str) -> dict[str, LiveDistribution]:
    """All distributions by id."""
    return collection(account, "distributions")


def check_match(record_etag: str, given: object) -> None:
    """Refuse a change that does not name the current version.

    Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html
    """
    if not given:
        raise CloudFrontError("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
    if given != record_etag:
        raise CloudFrontError(
            "PreconditionFailed",
            "The request failed because it didn't meet the preconditions in one or more request-header fields.",
        )


def items(block: Mapping[str, Any] | None) -> list[Any]:
    """The items of one of CloudFront's lists, {Quantity, Items}."""
    return list((block or {}).get("Items") or [])
