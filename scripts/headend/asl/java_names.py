"""Names as the AWS SDK for Java 2.x makes them: Step Functions takes those of SDK integrations from it.

`DBInstanceIdentifier` is `DbInstanceIdentifier`, the service `CloudWatch Logs` is `cloudwatchlogs` and its errors begin
with `CloudWatchLogs.`.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html and the naming rules in
https://github.com/aws/aws-sdk-java-v2/tree/master/codegen/src/main/java/software/amazon/awssdk/codegen/naming
"""

from __future__ import annotations

import re
from functools import cache

RESERVED = frozenset({"default", "equals", "return", "public", "class", "hashcode", "notify", "wait", "tostring"})
"""Members (in lower case) that Java's own names may force into another: `Equals` is `EqualsValue`."""


def words(name: str) -> list[str]:
    """`DynamoDBStreams` → `Dynamo`, `DB`, `Streams`."""
    text = re.sub(r"[^A-Za-z0-9]+", " ", name)
    text = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", text)
    text = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])", " ", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    return re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", text).split()


@cache
def pascal_case(name: str) -> str:
    """`KMSDisabledException` → `KmsDisabledException`."""
    return "".join(word.lower().capitalize() for word in words(name))


def service_prefix(service_id: str) -> str:
    """What the errors of a service begin with: `CloudWatch Logs` → `CloudWatchLogs`."""
    name = pascal_case(service_id)
    for leading in ("Amazon", "Aws"):
        name = name.removeprefix(leading)
    return name.removesuffix("Service")


def service_name(service_id: str) -> str:
    """A service in a Resource: `Config Service` → `config`."""
    return service_prefix(service_id).lower()


def exception_name(shape: str) -> str:
    """An error without its service: `NoSuchKey` → `NoSuchKeyException`."""
    return pascal_case(shape.removesuffix("Fault") if shape.endswith("Fault") else shape.removesuffix("Exception")) + (
        "Exception"
    )


@cache
def member_name(member: str) -> str:
    """A parameter or a part of a result: `flowArn` → `FlowArn`, `DBInstances` → `DbInstances`, `ETag` as it is.

    Of capitals at the beginning only the first stays, and the one that begins the next word.
    """
    run = 1
    while run < len(member) and member[run].isupper() and not member[run + 1 : run + 2].islower():
        run += 1
    return member[:1].upper() + member[1:run].lower() + member[run:]


@cache
def spellings(member: str) -> frozenset[str]:
    """All that Step Functions may call a member: `ETag` is also seen as `Etag`, `Equals` as `EqualsValue`."""
    name = member_name(member)
    run = len(name) - len(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    found = {name, name[:1] + name[1:run].lower() + name[run:]}
    if member.lower() in RESERVED:
        found.add(f"{name}Value")
    return frozenset(found)
