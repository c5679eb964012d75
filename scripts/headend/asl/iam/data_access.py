"""Objects that a service reads or writes with its caller's permissions: pictures, recordings, texts in S3.

Sources: https://docs.aws.amazon.com/rekognition/latest/APIReference/API_S3Object.html
https://docs.aws.amazon.com/textract/latest/dg/API_S3Object.html
https://docs.aws.amazon.com/transcribe/latest/dg/security_iam_id-based-policy-examples.html
https://docs.aws.amazon.com/polly/latest/dg/asynchronous-iam.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from headend.asl.iam import arns
from headend.asl.iam.arguments import Arguments, Value
from headend.asl.iam.arns import Resource
from headend.asl.iam.policy import Grant
from headend.asl.iam.settings import Settings

OBJECTS: Mapping[str, str] = {
    "rekognition": "https://docs.aws.amazon.com/rekognition/latest/APIReference/API_S3Object.html",
    "textract": "https://docs.aws.amazon.com/textract/latest/dg/API_S3Object.html",
}
"""Services that read the `S3Object` {Bucket, Name} among their arguments → the page that says so."""
TRANSCRIBE = "https://docs.aws.amazon.com/transcribe/latest/dg/security_iam_id-based-policy-examples.html"
POLLY = "https://docs.aws.amazon.com/polly/latest/dg/asynchronous-iam.html"


def of(action: str, given: Arguments, settings: Settings) -> Iterator[Grant]:
    """What a call of this action reads and writes for its caller."""
    service = action.partition(":")[0]
    if given.fields is None:
        return
    if service in OBJECTS:
        for found in given.inside("S3Object"):
            for one in arns.fill("arn:{partition}:s3:::{Bucket}/{Name}", found, settings):
                yield _grant("s3:GetObject", one, "to let it read the object", OBJECTS[service])
    elif service == "transcribe" and "Start" in action:
        for name, value in given.anywhere():
            if name == "MediaFileUri":
                yield _grant("s3:GetObject", _by_uri(value, settings), "to let it read the recording", TRANSCRIBE)
        for one in arns.fill("arn:{partition}:s3:::{OutputBucketName}/*", given, settings):
            if given.has("OutputBucketName"):
                yield _grant("s3:PutObject", _below(one), "to let it write the transcript", TRANSCRIBE)
    elif action == "polly:StartSpeechSynthesisTask":
        for one in arns.fill("arn:{partition}:s3:::{OutputS3BucketName}/{OutputS3KeyPrefix=}*", given, settings):
            yield _grant("s3:PutObject", _below(one), "to let it write the speech", POLLY)


def _grant(action: str, resource: Resource, purpose: str, source: str) -> Grant:
    return Grant(action, resource.arn, (), resource.why, purpose, source)


def _below(resource: Resource) -> Resource:
    return Resource(resource.arn, resource.why or "the service names the object")


def _by_uri(value: Value, settings: Settings) -> Resource:
    """`s3://bucket/key`."""
    if value.text is None:
        return Resource(f"arn:{settings.partition}:s3:::*", f"the object is decided at run time (`{value.written}`)")
    if not value.text.startswith("s3://"):
        return Resource(f"arn:{settings.partition}:s3:::*", f"no bucket can be told from `{value.text}`")
    return Resource(f"arn:{settings.partition}:s3:::{value.text.removeprefix('s3://')}")
