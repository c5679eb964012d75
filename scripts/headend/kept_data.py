"""Data that a destroy would stop at, half-way: buckets that hold something, and Athena workgroups that were used.

The provider deletes neither unless its `force_destroy` is set: S3 refuses a bucket with an object or an earlier version
of one, Athena a workgroup with queries of which Terraform does not know.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteWorkGroup.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import botocore.exceptions

from headend.aws import Aws
from headend.errors import HeadendError
from headend.state import Resource

BUCKET, QUERY, WORKGROUP = "aws_s3_bucket", "aws_athena_named_query", "aws_athena_workgroup"
_ABSENT = frozenset({"404", "InvalidRequestException", "NoSuchBucket"})


def kept_data(aws: Aws, found: Sequence[Resource]) -> list[str]:
    """Of the resources of a state, the buckets and workgroups that have to be emptied first, each with its kind.

    Raises HeadendError where one cannot be looked at.
    """
    ours = {item.id for item in found if item.type == QUERY}
    kept = []
    for item in found:
        if item.type not in (BUCKET, WORKGROUP) or item.attributes.get("force_destroy"):
            continue
        try:
            if item.type == BUCKET and _holds_objects(aws, item.id):
                kept.append(f"bucket {item.id}")
            if item.type == WORKGROUP and any(one not in ours for one in _queries(aws, item.id)):
                kept.append(f"Athena workgroup {item.id}")
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise HeadendError(f"cannot see whether {item.id} is empty: {' '.join(str(error).split())}") from None
    return kept


def _holds_objects(aws: Aws, bucket: str) -> bool:
    listed = aws.client("s3").list_object_versions(Bucket=bucket, MaxKeys=1)
    return bool(listed.get("Versions") or listed.get("DeleteMarkers"))


def _queries(aws: Aws, workgroup: str) -> Iterator[str]:
    """The ids of the queries that were run in a workgroup, and of those that are saved there."""
    athena = aws.client("athena")
    yield from athena.list_query_executions(WorkGroup=workgroup, MaxResults=1)["QueryExecutionIds"]
    for page in athena.get_paginator("list_named_queries").paginate(WorkGroup=workgroup):
        yield from page["NamedQueryIds"]
