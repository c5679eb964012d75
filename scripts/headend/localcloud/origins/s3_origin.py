"""S3's buckets as origins: the virtual-hosted host names of all Regions, served by the local cloud's own S3.

Adds to moto: who is not signed in is nobody, and gets what the bucket's policy gives to everybody; plain HTTP is seen
by policies; a missing object is told only to those who may list the bucket, others are told 403.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_Permissions
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from moto.iam.access_control import PermissionResult
from moto.s3.models import s3_backends
from werkzeug.test import run_wsgi_app

from headend.localcloud import moto_patches
from headend.localcloud.app import aws_error
from headend.localcloud.aws_request import SERVICE, AwsRequest
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.identity_gate import transport
from headend.localcloud.iam.policy_evaluation import Question
from headend.localcloud.origins import s3_cors
from headend.localcloud.origins.gates import Gates

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from headend.localcloud.app import LocalCloudServer

HOSTS = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.\-]+)\.s3(?:[.\-](?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com")

BUCKET = "moto.s3.models:FakeBucket"
NOBODY = "AWS4-HMAC-SHA256 Credential=/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
"""By which moto finds its S3 for a request that nobody signed: without an access key."""


class S3Origin:
    """A WSGI application for all buckets' host names."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud

    def __call__(self, environment: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as S3 does at a bucket's own host name."""
        found = HOSTS.fullmatch(environment["SERVER_NAME"])
        bucket = found.group("bucket") if found else ""
        key = environment["PATH_INFO"].lstrip("/")
        if environment["REQUEST_METHOD"] == "OPTIONS":
            allowed = self._cors(environment, bucket)
            if allowed is None:
                refusal = aws_error(
                    "AccessForbidden", "CORSResponse: This CORS request is not allowed.", "s3", status=403
                )
                return refusal(environment, start_response)
            start_response("200 OK", [*allowed, ("Content-Length", "0")])
            return []
        inside = {**environment, "PATH_INFO": f"/{bucket}/{key}", "HTTP_HOST": f"127.0.0.1:{self._cloud.port}"}
        inside["SERVER_NAME"] = "127.0.0.1"
        for name in ("RAW_URI", "REQUEST_URI"):
            inside[name] = f"/{bucket}{environment[name]}"
        inside[SERVICE] = "s3"
        inside.setdefault("HTTP_AUTHORIZATION", NOBODY)
        stream, status, headers = run_wsgi_app(self._cloud, inside)
        content = b"".join(stream)
        if status.startswith("404") and self._must_not_know(inside, bucket):
            refusal = aws_error("AccessDenied", "Access Denied", "s3", status=403)
            return refusal(environment, start_response)
        start_response(status, [*s3_cors.without(headers.items()), *(self._cors(environment, bucket) or [])])
        return [content]

    def _cors(self, environment: WSGIEnvironment, bucket: str) -> s3_cors.Headers | None:
        held = s3_backends[self._cloud.account_id]["aws"].buckets.get(bucket)
        rules, origin = (held.cors if held else []), environment.get("HTTP_ORIGIN", "")
        if not origin:
            return None
        if environment["REQUEST_METHOD"] == "OPTIONS":
            return s3_cors.preflight(rules, environment)
        return s3_cors.answered(rules, origin, environment["REQUEST_METHOD"])

    def _must_not_know(self, environment: WSGIEnvironment, bucket: str) -> bool:
        """Whether the caller may not list the bucket, and so not learn what is not in it."""
        if bucket not in s3_backends[self._cloud.account_id]["aws"].buckets:
            return False
        identity = self._cloud.part(Identity)
        who, arn = identity.caller(AwsRequest(environment)), f"arn:aws:s3:::{bucket}"
        return not identity.decide(Question(who, "s3:ListBucket", arn, transport(environment))).allowed


def install(cloud: LocalCloudServer) -> None:
    """Stand for all buckets."""
    moto_patches.replace(BUCKET, "get_permission", lambda *_: PermissionResult.NEUTRAL)
    cloud.part(Gates).add(HOSTS, S3Origin(cloud))
