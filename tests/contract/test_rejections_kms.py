"""What KMS rejects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.rejection import Ask, check, refused
from running_cloud import RunningCloud

POLICY = "kms/latest/APIReference/API_PutKeyPolicy.html"
CREATE = "kms/latest/APIReference/API_CreateKey.html"
DELETE = "kms/latest/APIReference/API_ScheduleKeyDeletion.html"
ALIAS = "kms/latest/APIReference/API_CreateAlias.html"
ACCOUNT = "arn:aws:iam::123456789012:root"


def key(cloud: RunningCloud) -> str:
    return str(cloud.client("kms").create_key()["KeyMetadata"]["KeyId"])


def policy(principal: object, action: str = "kms:*") -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def put(document: str) -> Ask:
    return lambda cloud: cloud.client("kms").put_key_policy(KeyId=key(cloud), PolicyName="default", Policy=document)


def create(document: str) -> Ask:
    return lambda cloud: cloud.client("kms").create_key(Policy=document)


def delete(days: int) -> Ask:
    return lambda cloud: cloud.client("kms").schedule_key_deletion(KeyId=key(cloud), PendingWindowInDays=days)


def alias(name: str) -> Ask:
    return lambda cloud: cloud.client("kms").create_alias(AliasName=name, TargetKeyId=key(cloud))


def alias_twice(cloud: RunningCloud) -> object:
    cloud.client("kms").create_alias(AliasName="alias/twice", TargetKeyId=key(cloud))
    return alias("alias/twice")(cloud)


def use_disabled(cloud: RunningCloud) -> object:
    made = key(cloud)
    cloud.client("kms").disable_key(KeyId=made)
    return cloud.client("kms").encrypt(KeyId=made, Plaintext=b"text")


def use_deleted(cloud: RunningCloud) -> object:
    made = key(cloud)
    cloud.client("kms").schedule_key_deletion(KeyId=made, PendingWindowInDays=7)
    return cloud.client("kms").encrypt(KeyId=made, Plaintext=b"text")


def rotate_deleted(cloud: RunningCloud) -> object:
    made = key(cloud)
    cloud.client("kms").schedule_key_deletion(KeyId=made, PendingWindowInDays=7)
    return cloud.client("kms").enable_key_rotation(KeyId=made)


def encrypt(size: int) -> Ask:
    def ask(cloud: RunningCloud) -> Any:
        return cloud.client("kms").encrypt(KeyId=key(cloud), Plaintext=b"x" * size)

    return ask


MALFORMED = "MalformedPolicyDocumentException"
LOCKED = "will not allow you to update the key policy in the future"
CASES = [
    refused("A window of 6 days before deletion", delete(6), "ValidationException", "7", DELETE),
    refused("A window of 31 days before deletion", delete(31), "ValidationException", "30", DELETE),
    refused(
        "A key policy that locks its writer out",
        put(policy({"Service": "logs.amazonaws.com"})),
        MALFORMED,
        LOCKED,
        POLICY,
    ),
    refused(
        "A key policy that lets nobody change it",
        put(policy({"AWS": ACCOUNT}, "kms:Decrypt")),
        MALFORMED,
        LOCKED,
        POLICY,
    ),
    refused(
        "A new key whose policy locks its maker out",
        create(policy({"Service": "logs.amazonaws.com"})),
        MALFORMED,
        LOCKED,
        CREATE,
    ),
    refused("A key policy that is not JSON", put("{"), MALFORMED, "", POLICY),
    refused(
        "A principal in a key policy that is not there",
        put(policy({"AWS": [ACCOUNT, "arn:aws:iam::123456789012:role/never-made"]})),
        MALFORMED,
        "invalid principals",
        POLICY,
    ),
    refused("An alias without its beginning", alias("media"), "ValidationException", "alias/", ALIAS),
    refused("An alias of AWS's own", alias("alias/aws/media"), "NotAuthorizedException", "", ALIAS),
    refused("An alias with a space", alias("alias/a b"), "ValidationException", "alias/a b", ALIAS),
    refused("An alias that is there", alias_twice, "AlreadyExistsException", "alias/twice", ALIAS),
    refused(
        "Use of a disabled key",
        use_disabled,
        "DisabledException",
        "disabled",
        "kms/latest/APIReference/API_Encrypt.html",
    ),
    refused(
        "Use of a key that will be deleted",
        use_deleted,
        "KMSInvalidStateException",
        "pending deletion",
        "kms/latest/developerguide/key-state.html",
    ),
    refused(
        "Rotation of a key that will be deleted",
        rotate_deleted,
        "KMSInvalidStateException",
        "pending deletion",
        "kms/latest/developerguide/key-state.html",
    ),
    refused(
        "Encrypting over 4,096 bytes",
        encrypt(4097),
        "ValidationException",
        "4096",
        "kms/latest/APIReference/API_Encrypt.html",
    ),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_kms_rejects(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)
