"""What DynamoDB rejects and moto lets pass: names, time to live twice, and tables in an in-between state.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from moto.dynamodb.models import dynamodb_backends

from headend.localcloud.rejections.in_between import InBetween, Key
from headend.localcloud.rejections.rejection import Rejected

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

NAME = re.compile(r"[a-zA-Z0-9_.-]+")
LENGTHS = (3, 255)
WORDS = {"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}
ITEMS = ("DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
BAD = "ValidationException"


def create_table(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The name, and a table of that name that is on its way out."""
    name = str(request.parameters.get("TableName", ""))
    constraint = ""
    if len(name) < LENGTHS[0]:
        constraint = f"have length greater than or equal to {LENGTHS[0]}"
    elif len(name) > LENGTHS[1]:
        constraint = f"have length less than or equal to {LENGTHS[1]}"
    elif not NAME.fullmatch(name):
        constraint = f"satisfy regular expression pattern: {NAME.pattern}"
    if constraint:
        text = f"Value '{name}' at 'tableName' failed to satisfy constraint: Member must {constraint}"
        raise Rejected(BAD, f"1 validation error detected: {text}")
    if _exists(cloud, request):
        _settled(cloud, request)


def change(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """A table that is made, changed or deleted takes no other change."""
    if _exists(cloud, request):
        _settled(cloud, request)


def delete_table(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """The same, and a table that is protected."""
    change(cloud, request)
    table = dynamodb_backends[cloud.account_id][request.region].tables.get(_key(request)[2])
    if table is not None and table.deletion_protection_enabled:
        text = "Resource cannot be deleted as it is currently protected against deletion (deletion protection)."
        raise Rejected(BAD, f"{text} Disable deletion protection first.")


def use_items(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """A table that is not there yet, or is on its way out, has no items."""
    if cloud.part(InBetween).state(_key(request)) in ("CREATING", "DELETING"):
        raise Rejected("ResourceNotFoundException", "Requested resource not found")


def update_time_to_live(cloud: LocalCloudServer, request: AwsRequest) -> None:
    """It is switched on where it is off, and off where it is on."""
    table = dynamodb_backends[cloud.account_id][request.region].tables.get(_key(request)[2])
    wanted = bool((request.parameters.get("TimeToLiveSpecification") or {}).get("Enabled"))
    if table is not None and wanted == (table.ttl.get("TimeToLiveStatus") == "ENABLED"):
        raise Rejected(BAD, f"TimeToLive is already {'enabled' if wanted else 'disabled'}")


def _settled(cloud: LocalCloudServer, request: AwsRequest) -> None:
    key = _key(request)
    state = cloud.part(InBetween).state(key)
    if state:
        text = "Attempt to change a resource which is still in use: Table is being"
        raise Rejected("ResourceInUseException", f"{text} {WORDS[state]}: {key[2]}")


def _exists(cloud: LocalCloudServer, request: AwsRequest) -> bool:
    return _key(request)[2] in dynamodb_backends[cloud.account_id][request.region].tables


def _key(request: AwsRequest) -> Key:
    return "dynamodb", request.region, str(request.parameters.get("TableName", "")).rpartition("/")[2]


CHECKS = {
    "CreateTable": create_table,
    "DeleteTable": delete_table,
    "UpdateTable": change,
    "UpdateTimeToLive": update_time_to_live,
    **dict.fromkeys(ITEMS, use_items),
}
