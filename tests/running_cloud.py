"""A local cloud in this process for each file of tests; the tests of a file use names of their own."""

from __future__ import annotations

import io
import json
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
from botocore.config import Config
from moto.core.base_backend import BackendDict

from headend.localcloud import ACCOUNT_ID, moto_patches
from headend.localcloud.app import LocalCloudServer

REGION = "eu-central-1"
Found = TypeVar("Found")
SERVICES = ("cloudtrail", "events", "lambda", "mediaconnect", "scheduler", "sns", "states")
TRUSTING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": [f"{name}.amazonaws.com" for name in SERVICES]},
            "Action": "sts:AssumeRole",
        }
    ],
}
ALLOWING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


class RunningCloud:
    """The server and what tests do with it over its API."""

    def __init__(self, server: LocalCloudServer) -> None:
        self.server = server
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.new_client(service)
        return self._clients[service]

    def new_client(self, service: str) -> Any:
        """A client of its own, for a test that changes what it sends."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.server.endpoint,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
        )

    def timeline(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        entries = [entry for entry in self.server.timeline.since() if entry["kind"] == kind]
        return [dict(one) for one in entries if all(one["detail"].get(name) == value for name, value in wanted.items())]

    def step(self, seconds: float) -> None:
        """Let `seconds` pass at once: when it returns, all that happens meanwhile has happened."""
        self.server.clock.step(seconds)

    def queue(self, name: str, policy: dict[str, Any] | None = None, **attributes: str) -> tuple[str, str]:
        """A new queue: (URL, ARN). Without a policy of the test's own AWS's services may send to it."""
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"
        given = {"Policy": json.dumps(policy or admitting("sqs:SendMessage", arn)), **attributes}
        url = self.client("sqs").create_queue(QueueName=name, Attributes=given)["QueueUrl"]
        return url, arn

    def topic(self, name: str, policy: dict[str, Any] | None = None, **attributes: str) -> str:
        """A new topic's ARN. Without a policy of the test's own AWS's services may publish to it."""
        arn = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{name}"
        given = {"Policy": json.dumps(policy or admitting("sns:Publish", arn)), **attributes}
        return str(self.client("sns").create_topic(Name=name, Attributes=given)["TopicArn"])

    def permit_invoke(self, function: str, *services: str, **conditions: str) -> None:
        """Let AWS's services invoke a function, as `aws lambda add-permission` does."""
        for service in services:
            self.client("lambda").add_permission(
                FunctionName=function,
                StatementId=service.replace(".", "-"),
                Action="lambda:InvokeFunction",
                Principal=service,
                **conditions,
            )

    def receive(self, url: str, timeout: float = 30) -> dict[str, Any]:
        """The next message of a queue, deleted."""

        def poll() -> dict[str, Any] | None:
            asked = self.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=0)
            return next(iter(asked.get("Messages", [])), None)

        message = until(poll, timeout)
        self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return message

    def role(self, name: str, policy: dict[str, Any] | None = None, trust: dict[str, Any] | None = None) -> str:
        """A new role's ARN. Without documents of the test's own AWS's services may assume it, and it may everything."""
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust or TRUSTING))
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(policy or ALLOWING))
        return str(made["Role"]["Arn"])

    def function(self, code: str, **settings: Any) -> str:
        """A new function from the text of handler.py; returns its name."""
        name = f"f-{uuid.uuid4().hex[:8]}"
        self.client("lambda").create_function(
            FunctionName=name,
            Role=self.role(f"{name}-role"),
            Runtime="python3.13",
            Architectures=["arm64"],
            Handler="handler.handler",
            Code={"ZipFile": package({"handler.py": code})},
            **{"Timeout": 10, **settings},
        )
        until(lambda: self.client("lambda").get_function_configuration(FunctionName=name)["State"] == "Active")
        return name

    def invoke(self, name: str, event: Any = None, **options: Any) -> tuple[Any, dict[str, Any]]:
        """(payload, response)."""
        response = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **options)
        text = response["Payload"].read().decode()
        return (json.loads(text) if text else None), response

    def machine(self, definition: dict[str, Any], kind: str = "EXPRESS", **settings: Any) -> str:
        """A new state machine; returns its ARN."""
        name = f"m-{uuid.uuid4().hex[:8]}"
        made = self.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=self.role(f"{name}-role"), type=kind, **settings
        )
        return str(made["stateMachineArn"])

    def run(self, machine: str, event: Any = None) -> dict[str, Any]:
        """Run an EXPRESS state machine to its end."""
        got = self.client("stepfunctions").start_sync_execution(stateMachineArn=machine, input=json.dumps(event or {}))
        return dict(got)


def admitting(action: str, resource: str) -> dict[str, Any]:
    """The policy of a resource on which AWS's services may do `action` for this account."""
    names = ("budgets", "cloudwatch", "events", "s3", "sns")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": [f"{name}.amazonaws.com" for name in names]},
        "Action": action,
        "Resource": resource,
        "Condition": {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT_ID}},  # EventBridge may not tell it
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def package(files: dict[str, str]) -> bytes:
    """A zip of text files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def until(ask: Callable[[], Found | None], timeout: float = 30) -> Found:
    """The first answer of `ask` that is not empty; fails the test when there is none in time."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail(f"nothing within {timeout} s")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    directory: Path = tmp_path_factory.mktemp("cloud")
    server = LocalCloudServer(0, directory)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    running = RunningCloud(server)
    until(lambda: server.endpoint and _answers(running))
    yield running
    server.shutdown()
    thread.join(timeout=10)
    moto_patches.restore()
    BackendDict.reset()  # what one file of tests has made must not be there for the next


def _answers(running: RunningCloud) -> bool:
    running.client("sts").get_caller_identity()
    return True
