"""The JSON that SNS puts around a message, signed with a key of this process.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import base64
import functools
import uuid
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


@functools.lru_cache(maxsize=1)
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _sign(fields: dict[str, str], names: tuple[str, ...]) -> str:
    """The signature over the named fields, in SNS's canonical order, version 2 (SHA-256)."""
    text = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
    return base64.b64encode(_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def notification(
    *,
    topic_arn: str,
    subscription_arn: str,
    message_id: str,
    message: str,
    subject: str | None,
    attributes: dict[str, Any],
    timestamp: str,
    endpoint: str,
) -> dict[str, Any]:
    """A Notification. `attributes` in the shape {name: {Type, Value}}; `endpoint` is where SNS answers."""
    region = topic_arn.split(":")[3]
    fields = {"Type": "Notification", "MessageId": message_id, "TopicArn": topic_arn}
    if subject:
        fields["Subject"] = subject
    fields |= {"Message": message, "Timestamp": timestamp}
    signed = _sign(fields, ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"))
    body: dict[str, Any] = {
        **fields,
        "SignatureVersion": "2",
        "Signature": signed,
        "SigningCertURL": f"https://sns.{region}.amazonaws.com/SimpleNotificationService-local.pem",
        "UnsubscribeURL": f"{endpoint}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}",
    }
    if attributes:
        body["MessageAttributes"] = attributes
    return body


def confirmation(*, topic_arn: str, token: str, timestamp: str, endpoint: str) -> dict[str, Any]:
    """The message an HTTP endpoint gets first; visiting SubscribeURL confirms the subscription."""
    region = topic_arn.split(":")[3]
    url = f"{endpoint}/_headend/sns-confirm?TopicArn={topic_arn}&Token={token}"
    fields = {
        "Type": "SubscriptionConfirmation",
        "MessageId": str(uuid.uuid4()),
        "Token": token,
        "TopicArn": topic_arn,
        "Message": f"You have chosen to subscribe to the topic {topic_arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": url,
        "Timestamp": timestamp,
    }
    signed = _sign(fields, ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"))
    return {
        **fields,
        "SignatureVersion": "2",
        "Signature": signed,
        "SigningCertURL": f"https://sns.{region}.amazonaws.com/SimpleNotificationService-local.pem",
    }
