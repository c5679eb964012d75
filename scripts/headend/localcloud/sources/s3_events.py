"""What happens to objects is told: to queues, topics and functions by the bucket's notifications, and to EventBridge.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
"""

from __future__ import annotations

import itertools
import json
import threading
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from moto.s3.notifications import _detail_type

from headend.localcloud import moto_patches
from headend.localcloud.clock import iso
from headend.localcloud.iam.senders import Sender
from headend.localcloud.service_calls import DeliveryError, deliver
from headend.localcloud.timers import Timers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

SERVICE = "s3.amazonaws.com"
NOTIFICATIONS = "moto.s3.notifications"
RESPONSES = "moto.s3.responses:S3Response"
TAGS_ADDED = "s3:ObjectTagging:Put"
RESPONSE = "moto.s3.responses:S3Response"
REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}
DELETION_TYPES = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}
OWNER = "A1EXAMPLEOWNER"
CALLER = "198.51.100.1"


def encoded(key: str) -> str:
    """A key as notifications have it: URL-encoded, with + for a space; slashes stay."""
    return quote_plus(key, safe="/*").replace("~", "%7E")


class ObjectEvents:
    """Tells of objects."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._numbers = itertools.count(1)

    def tell(self, name: str, bucket: Any, key: Any) -> None:
        """`name` as in s3:ObjectCreated:Put. Returns at once; deliveries are made on workers."""
        settings = bucket.notification_configuration
        if settings is None:
            return
        sequencer = f"{int(self._cloud.clock.time() * 1_000_000) + next(self._numbers):018X}"
        for notification in (*settings.cloud_function, *settings.queue, *settings.topic):
            if notification.matches(name, key.name):
                record = self._record(name.partition(":")[2], bucket, key, notification.id, sequencer)
                self._send(bucket, notification.arn, {"Records": [record]})
        if settings.event_bridge is not None:
            self._publish(name, bucket, key, sequencer)

    def _send(self, bucket: Any, arn: str, body: dict[str, Any]) -> None:
        sender = Sender(SERVICE, f"arn:aws:s3:::{bucket.name}", account_id=bucket.account_id)

        def send() -> None:
            try:
                deliver(self._cloud, arn, json.dumps(body), sender=sender)
            except DeliveryError as error:
                self._note(bucket, arn, body, "failed", f"{error.code}: {error}")
            else:
                self._note(bucket, arn, body, "delivered", "")

        self._cloud.part(Timers).soon(f"notification of {bucket.name}", send)

    def _note(self, bucket: Any, arn: str, body: dict[str, Any], outcome: str, why: str) -> None:
        [record] = body["Records"]
        text = f"{bucket.name}: {record['eventName']} → {arn.rpartition(':')[2]}: {outcome}"
        self._cloud.timeline.record(
            "object",
            bucket.region_name,
            f"arn:aws:s3:::{bucket.name}",
            f"{text} ({why})" if why else text,
            bucket=bucket.name,
            key=record["s3"]["object"]["key"],
            name=record["eventName"],
            target=arn,
            outcome=outcome,
            error=why,
        )

    def _record(self, name: str, bucket: Any, key: Any, configuration: str, sequencer: str) -> dict[str, Any]:
        stored: dict[str, Any] = {"key": encoded(key.name)}
        if not name.startswith("ObjectRemoved"):
            stored |= {"size": key.size, "eTag": key.etag.strip('"')}
        if bucket.is_versioned:
            stored["versionId"] = key.version_id
        return {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": bucket.region_name,
            "eventTime": iso(self._cloud.clock.now()),
            "eventName": name,
            "userIdentity": {"principalId": f"AWS:{OWNER}"},
            "requestParameters": {"sourceIPAddress": CALLER},
            "responseElements": {
                "x-amz-request-id": uuid.uuid4().hex[:16].upper(),
                "x-amz-id-2": uuid.uuid4().hex,
            },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": configuration,
                "bucket": {
                    "name": bucket.name,
                    "ownerIdentity": {"principalId": OWNER},
                    "arn": f"arn:aws:s3:::{bucket.name}",
                },
                "object": {**stored, "sequencer": sequencer},
            },
        }

    def _publish(self, name: str, bucket: Any, key: Any, sequencer: str) -> None:
        """The event for EventBridge, where the key is not encoded."""
        short = name.partition(":")[2]
        stored: dict[str, Any] = {"key": key.name}
        if short.startswith("ObjectCreated"):
            stored |= {"size": key.size, "etag": key.etag.strip('"')}
        if bucket.is_versioned:
            stored["version-id"] = key.version_id
        detail = {
            "version": "0",
            "event-version": "1.0",
            "bucket": {"name": bucket.name},
            "object": {**stored, "sequencer": sequencer},
            "request-id": uuid.uuid4().hex[:16].upper(),
            "requester": self._cloud.account_id,
            "source-ip-address": CALLER,
        }
        if short in REASONS:
            detail["reason"] = REASONS[short]
        if short in DELETION_TYPES:
            detail["deletion-type"] = DELETION_TYPES[short]
        arn = f"arn:aws:s3:::{bucket.name}"
        self._cloud.publish(bucket.region_name, "aws.s3", _detail_type(name), [arn], detail)


def tell_settings(response: Any) -> Any:
    """GetBucketNotificationConfiguration, which names EventBridge where that hears of the objects.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
    """
    settings = response.backend.get_bucket_notification_configuration(response.bucket_name)
    if settings is not None and settings.event_bridge is not None:
        serialized = response.serialized

        def completed(answer: Any) -> Any:
            answer.result["EventBridgeConfiguration"] = {}
            return serialized(answer)

        response.serialized = completed  # moto makes a response for each request
    return moto_patches.original(RESPONSE, "get_bucket_notification")(response)


def install(cloud: LocalCloudServer) -> None:
    """Deliver in the background, as S3's service principal, in AWS's shape."""
    events, tagging = ObjectEvents(cloud), threading.local()

    def send_event(_account: str, event_name: Any, bucket: Any, key: Any) -> None:
        name = str(getattr(event_name, "value", event_name))
        if name != TAGS_ADDED or getattr(tagging, "asked", False):
            events.tell(name, bucket, key)

    def put_object_tagging(self: Any) -> Any:
        tagging.asked = True
        try:
            return moto_patches.original(RESPONSES, "put_object_tagging")(self)
        finally:
            tagging.asked = False

    moto_patches.replace(NOTIFICATIONS, "send_event", send_event)
    moto_patches.replace(RESPONSES, "put_object_tagging", put_object_tagging)
    moto_patches.replace(RESPONSE, "get_bucket_notification", tell_settings)
