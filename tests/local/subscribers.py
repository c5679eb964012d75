"""Those who are told: SQS queues and an HTTP endpoint that subscribe to the alert topic."""

from __future__ import annotations

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FROM_TOPICS = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}


class Queue:
    """An SQS queue that remembers every notification that reached it."""

    def __init__(self, sqs: Any, name: str) -> None:
        self._sqs = sqs
        self.url = sqs.create_queue(QueueName=name)["QueueUrl"]
        self.arn = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {"Version": "2012-10-17", "Statement": [{**FROM_TOPICS, "Resource": self.arn}]}
        sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps(policy)})
        self._seen: list[dict[str, Any]] = []

    def bodies(self) -> list[str]:
        """The bodies as they came, each kept once."""
        return [message["Body"] for message in self._drain()]

    def notifications(self) -> list[dict[str, Any]]:
        """The machine-readable notices: SNS's envelope taken off."""
        return [json.loads(json.loads(body)["Message"]) for body in self.bodies()]

    def _drain(self) -> list[dict[str, Any]]:
        while batch := self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", []):
            for message in batch:
                self._seen.append(message)
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return self._seen

    def delete(self) -> None:
        self._sqs.delete_queue(QueueUrl=self.url)


class HttpEndpoint:
    """An HTTP subscriber on loopback that confirms its subscription as AWS asks for, and keeps what it is sent."""

    def __init__(self) -> None:
        received: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                received.append(body)
                self.send_response(200)
                self.end_headers()
                if body.get("Type") == "SubscriptionConfirmation":
                    url = body["SubscribeURL"]
                    threading.Thread(target=lambda: urllib.request.urlopen(url).read(), daemon=True).start()

            def log_message(self, *arguments: Any) -> None:
                """Say nothing."""

        self.received = received
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/alerts"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def notifications(self) -> list[dict[str, Any]]:
        return [json.loads(body["Message"]) for body in self.received if body.get("Type") == "Notification"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
