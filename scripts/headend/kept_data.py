"""Data that a destroy would stop at, half-way: buckets that hold something, and Athena workgroups that were used.

The provider deletes neither unless its `force_destroy` is set: S3 refuses a bucket with an object or an earlier version
of one, Athena a workgroup with queries of which Terraform does not know.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteWorkGroup.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import botocore.exceptions

from headend.aws import Aws
from headend.errors import HeadendError, one_line
from headend.state import Resource

BUCKET, OBJECT = "aws_s3_bucket", "aws_s3_object"
QUERY, WORKGROUP = "aws_athena_named_query", "aws_athena_workgroup"
_ABSENT = frozenset({"404", "InvalidRequestException", "NoSuchBucket"})


SETTINGS = {
    "module.guardrails": ("guardrails' audit_trail.delete_files_on_destroy = true", "main.tf"),
    "module.live": ("live.s3.force_destroy: true", "config.yaml"),
    "module.metrics_pipeline": ("metrics_pipeline.bucket.force_destroy: true", "config.yaml"),
}
"""Module of an environment -> what has it delete its data with it, and the environment's file where that stands."""


@dataclass(frozen=True)
class Kept:
    """What has to be emptied first, and what the environment's `file` has to say to have it deleted with its data."""

    what: str
    setting: str
    file: str = "config.yaml"


def kept_data(aws: Aws, found: Sequence[Resource]) -> list[Kept]:
    """Of the resources of a state, the buckets and workgroups that hold more than what the state itself does.

    Raises HeadendError where one cannot be looked at.
    """
    ours = {item.id for item in found if item.type == QUERY}
    objects = {(str(item.attributes["bucket"]), str(item.attributes["key"])) for item in found if item.type == OBJECT}
    kept = []
    for item in found:
        if item.type not in (BUCKET, WORKGROUP) or item.attributes.get("force_destroy"):
            continue
        try:
            if item.type == BUCKET and any((item.id, key) not in objects for key in _keys(aws, item.id)):
                kept.append(_kept(f"bucket {item.id}", item))
            if item.type == WORKGROUP and any(one not in ours for one in _queries(aws, item.id)):
                kept.append(_kept(f"Athena workgroup {item.id}", item))
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise HeadendError(f"cannot see whether {item.id} is empty: {one_line(error)}") from None
    return kept


def remedy(kept: Sequence[Kept], folder: str) -> str:
    """What to set where, each setting once; `folder` is the environment's."""
    named: dict[str, list[str]] = {}
    for one in kept:
        if one.setting not in named.setdefault(one.file, []):
            named[one.file].append(one.setting)
    return "; ".join(f"{' and '.join(settings)} in {folder}/{file}" for file, settings in sorted(named.items()))


def _kept(what: str, item: Resource) -> Kept:
    module = ".".join(item.address.split(".")[:2]).partition("[")[0]
    setting, file = SETTINGS.get(module, (f"force_destroy = true for {item.address}", "main.tf"))
    return Kept(what, setting, file)


def _keys(aws: Aws, bucket: str) -> Iterator[str]:
    """The keys of objects and of earlier versions of some."""
    for page in aws.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket):
        for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            yield one["Key"]


def _queries(aws: Aws, workgroup: str) -> Iterator[str]:
    """The ids of the queries that were run in a workgroup, and of those that are saved there."""
    athena = aws.client("athena")
    yield from athena.list_query_executions(WorkGroup=workgroup, MaxResults=1)["QueryExecutionIds"]
    for page in athena.get_paginator("list_named_queries").paginate(WorkGroup=workgroup):
        yield from page["NamedQueryIds"]
