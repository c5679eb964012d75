"""Which permissions S3's operations need: many are not called as their operation.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from moto.s3.models import FakeKey, s3_backends

from headend.localcloud.iam.policy_conditions import Values
from headend.localcloud.iam.request_needs import Need, Parameters, Scope

S3_ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
"""S3's operations whose permission has another name.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""
S3_KEYS = {
    "ACL": "s3:x-amz-acl",
    "Delimiter": "s3:delimiter",
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    "MaxKeys": "s3:max-keys",
    "Prefix": "s3:prefix",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "StorageClass": "s3:x-amz-storage-class",
    "VersionId": "s3:VersionId",
}
READS = frozenset({"GetObject", "HeadObject"})
VERSIONED = frozenset({"GetObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"})


def needs_of_s3(scope: Scope, operation: str, parameters: Parameters) -> list[Need] | None:
    """What an operation of S3 needs, for the bucket or the object that it names.

    That an object is not there is told only to those who may list the bucket; whether AWS takes the object's key for
    the condition key s3:prefix then is not documented: here it has none.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    action = S3_ACTIONS.get(operation, operation)
    bucket, key = parameters.get("Bucket"), parameters.get("Key")
    context: dict[str, Values] = {
        name: str(parameters[parameter]) for parameter, name in S3_KEYS.items() if parameters.get(parameter) is not None
    }
    if not bucket:
        return [Need(f"s3:{action}", "*", context)]
    if operation == "DeleteObjects":
        objects = (parameters.get("Delete") or {}).get("Objects") or []
        return [Need("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{one.get('Key')}", context) for one in objects]
    if parameters.get("VersionId") and action in VERSIONED:
        action = action.replace("Object", "ObjectVersion", 1)
    found = [Need(f"s3:{action}", f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}", context)]
    if operation in READS and not parameters.get("VersionId") and _is_gone(scope, str(bucket), str(key)):
        found.append(Need("s3:ListBucket", f"arn:aws:s3:::{bucket}"))
    source = parameters.get("CopySource")
    if source:
        name = source.get("Bucket", "") + "/" + source.get("Key", "") if isinstance(source, Mapping) else str(source)
        found.append(Need("s3:GetObject", f"arn:aws:s3:::{unquote(name).lstrip('/').partition('?')[0]}"))
    if operation == "DeleteObject" and parameters.get("IfMatch") not in (None, "*"):
        # Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html
        found.append(Need("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"))
    return found


def _is_gone(scope: Scope, bucket: str, key: str) -> bool:
    held = s3_backends[scope.account]["aws"].buckets.get(bucket)
    return held is not None and not isinstance(held.keys.get(key), FakeKey)
