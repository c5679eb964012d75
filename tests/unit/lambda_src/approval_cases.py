"""What the tests of the approval page share: a browser's requests as API Gateway hands them on, and the table."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import boto3

TABLE = "live-dev-alert-state"
ID, KEY, TOKEN = "studio-a-1767268800000-restart", "k-3Jb", "AQCEAAAAKgAAAAMAAAAA"
NOW = 1_767_268_800.0
TITLE = "Restart the flow live-dev-studio-a?"


def table() -> None:
    """The table that stream_monitor makes."""
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )


def ask(expires: float = NOW + 900, **attributes: str) -> None:
    """The item that the alert handler makes."""
    texts = {
        "id": f"approval#{ID}",
        "token": TOKEN,
        "key_hash": hashlib.sha256(KEY.encode()).hexdigest(),
        "title": TITLE,
        "text": "Both sources are dead.\nThe flow is off air for about a minute.",
        "flow_name": "live-dev-studio-a",
        **attributes,
    }
    times = {"expires": {"N": str(expires)}, "expiration": {"N": str(expires + 86400)}}
    item = {name: {"S": value} for name, value in texts.items()} | times
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=item)


def stored() -> dict[str, Any]:
    """The approval's item, plain."""
    got = boto3.client("dynamodb").get_item(TableName=TABLE, Key={"id": {"S": f"approval#{ID}"}})
    return {name: next(iter(value.values())) for name, value in got["Item"].items()}


def event(method: str = "GET", key: str | None = KEY, approval_id: str = ID, form: Any = None) -> dict[str, Any]:
    """A request in payload format 2.0. A form is Base64, as API Gateway sends all that is not text or JSON.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    query = urlencode({"key": key}) if key is not None else ""
    path = f"/approvals/{approval_id}"
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "ANY /approvals/{id}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "a1b2c3d4.execute-api.eu-central-1.amazonaws.com", "user-agent": "Phone/1.0"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4",
            "domainName": "a1b2c3d4.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
                "userAgent": "Phone/1.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "ANY /approvals/{id}",
            "stage": "$default",
            "time": "01/Jan/2026:12:00:00 +0000",
            "timeEpoch": 1767268800000,
        },
        "pathParameters": {"id": approval_id},
        "isBase64Encoded": False,
    }
    if key is not None:
        made["queryStringParameters"] = {"key": key}
    if form is not None:
        text = form if isinstance(form, str) else urlencode(form)
        made["body"] = base64.b64encode(text.encode()).decode()
        made["isBase64Encoded"] = True
        made["headers"]["content-type"] = "application/x-www-form-urlencoded"
    return made


def press(answer: str, key: str = KEY) -> dict[str, Any]:
    """What a button of the page sends."""
    return event("POST", key=None, form={"key": key, "answer": answer})
