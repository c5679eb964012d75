"""The Region that all viewers are served from first, by an operator's word.

The word is one key of the key-value store that the distribution's function reads (modules/live_delivery); Terraform
never writes it. Edges know of a change within seconds:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/kvs-with-functions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import botocore.exceptions
from botocore.compat import HAS_CRT
from botocore.config import Config

from headend.aws import Aws
from headend.errors import HeadendError, UsageError, one_line

KEY = "preferred_region"
AUTO = "auto"
"""No word: the function chooses, by the viewer's location."""
OUTPUT = "live_delivery"
ATTEMPTS = 5
INSTALL = "python -m pip install --require-hashes --no-deps -r requirements/sigv4a.txt"


@dataclass(frozen=True)
class Delivery:
    """What of the module live_delivery is needed here. `regions`: the origins' Regions, the primary's first."""

    key_value_store_arn: str
    regions: tuple[str, ...]


def delivery(outputs: Mapping[str, Any], env: str) -> Delivery:
    """The delivery among an environment's outputs. Raises UsageError where there is none, or it has another form."""
    found = outputs.get(OUTPUT)
    if not found:
        raise UsageError(f"--env {env}: nothing live is delivered; set `live` in config.yaml, plan and apply")
    try:
        regions = tuple(str(found["origin_regions"][key]) for key in ("primary", "secondary"))
        return Delivery(str(found["key_value_store_arn"]), regions)
    except (KeyError, TypeError) as error:
        raise UsageError(f"outputs: {OUTPUT}: no {error}; apply with this version of the modules") from None


class Preference:
    """Reads and writes an operator's word. `client`: boto3's cloudfront-keyvaluestore."""

    def __init__(self, client: Any, place: Delivery) -> None:
        self._client = client
        self._place = place

    def read(self) -> str | None:
        """The Region that is preferred, or `auto`; None where nobody has said anything yet."""
        return self._read()[0]

    def write(self, region: str) -> str | None:
        """Prefer a Region, or `auto`; returns what was preferred before, and writes nothing when that is the same.

        Raises UsageError for a Region that is no origin's, HeadendError where the store cannot be written.
        """
        if region not in (AUTO, *self._place.regions):
            known = ", ".join(self._place.regions)
            raise UsageError(f"--region {region}: viewers are served from {known}; name one of them, or {AUTO}")
        for _ in range(ATTEMPTS):
            before, version = self._read()
            if before == region:
                return before
            try:
                self._call("put_key", Key=KEY, Value=region, IfMatch=version)
            except self._client.exceptions.ConflictException:
                continue
            return before
        raise HeadendError(
            "the key-value store changes all the time: somebody else says something too; ask, then again"
        )

    def _read(self) -> tuple[str | None, str]:
        """What is preferred, and the version of the store before it was asked for."""
        known = self._client.exceptions
        try:
            version = self._call("describe_key_value_store")["ETag"]
        except known.ResourceNotFoundException as error:
            raise HeadendError(one_line(error)) from None
        try:
            return str(self._call("get_key", Key=KEY)["Value"]), version
        except known.ResourceNotFoundException:
            return None, version

    def _call(self, operation: str, **parameters: Any) -> Any:
        known = self._client.exceptions
        try:
            return getattr(self._client, operation)(KvsARN=self._place.key_value_store_arn, **parameters)
        except (known.ResourceNotFoundException, known.ConflictException):
            raise
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise HeadendError(one_line(error)) from None


def preference(aws: Aws, outputs: Mapping[str, Any], env: str) -> Preference:
    """An environment's. Raises as `delivery` and `store_client`."""
    return Preference(store_client(aws), delivery(outputs, env))


def store_client(aws: Aws) -> Any:
    """A client of the stores' data API.

    AWS takes SigV4A only, which boto3 signs with the package awscrt; the local cloud takes either signature, and is
    reached as a proxy, because the API's host name begins with the account's number. Raises UsageError without awscrt.
    """
    if aws.endpoint and aws.is_local:
        local = Config(signature_version="v4", proxies={"http": aws.endpoint})
        return aws.client("cloudfront-keyvaluestore", config=local)
    if not HAS_CRT:
        raise UsageError(f"CloudFront's key-value stores take SigV4A only, for which a package is missing: {INSTALL}")
    return aws.client("cloudfront-keyvaluestore")
