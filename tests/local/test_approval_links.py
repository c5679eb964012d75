"""A workflow asks, a person opens the link and presses a button, and the workflow goes on."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headend import package
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.permissions import Permissions
from local.workspace import REPOSITORY, eventually

pytestmark = [pytest.mark.local, pytest.mark.terraform]

REGION = "eu-central-1"
TABLE = "example-approval-state"
ROOT = REPOSITORY / "tests" / "local" / "roots" / "approval_links"


@dataclass
class Asked:
    """An execution that waits, and the link to its page."""

    execution: str
    link: str
    key: str


@dataclass
class Page:
    status: int
    headers: Any
    body: str


class Deployed:
    """The root, applied."""

    def __init__(self, cloud: LocalCloud, terraform: Terraform) -> None:
        self.cloud, self.terraform = cloud, terraform
        self.outputs = terraform.output()

    def ask(self, seconds: float = 900) -> Asked:
        """Start the workflow, and do what whoever sends the link does."""
        started = self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs["state_machine_arn"], name=f"asked-{uuid.uuid4().hex[:8]}"
        )

        def received() -> Any:
            got = self.cloud.client("sqs").receive_message(QueueUrl=self.outputs["queue_url"], WaitTimeSeconds=1)
            return next(iter(got.get("Messages", [])), None)

        message = eventually("the workflow's message", received)
        self.cloud.client("sqs").delete_message(
            QueueUrl=self.outputs["queue_url"], ReceiptHandle=message["ReceiptHandle"]
        )
        name, key, expires = uuid.uuid4().hex, secrets.token_urlsafe(32), int(time.time() + seconds)
        item = {
            "id": {"S": f"approval#{name}"},
            "token": {"S": message["Body"]},
            "key_hash": {"S": hashlib.sha256(key.encode()).hexdigest()},
            "title": {"S": "Restart the flow studio-a?"},
            "text": {"S": "Both sources are dead."},
            "flow_name": {"S": "studio-a"},
            "expires": {"N": str(expires)},
            "expiration": {"N": str(expires + 86_400)},
        }
        self.cloud.client("dynamodb").put_item(TableName=TABLE, Item=item)
        return Asked(started["executionArn"], f"{self.outputs['url']}/approvals/{name}?key={key}", key)

    def execution(self, arn: str) -> dict[str, Any]:
        return dict(self.cloud.client("stepfunctions").describe_execution(executionArn=arn))


@pytest.fixture(scope="module")
def deployed(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    package.build(REPOSITORY)
    folder: Path = tmp_path_factory.mktemp("approval")
    for linked in ("build", "modules"):
        (folder / linked).symlink_to(REPOSITORY / linked)
    (folder / "root").mkdir()
    (folder / "root" / "main.tf").write_text((ROOT / "main.tf").read_text(encoding="utf-8"), encoding="utf-8")
    terraform = Terraform(folder / "root", folder / "work", cloud.environment(REGION), name="approval_links")
    terraform.init()
    plan = folder / "plan"
    terraform.plan(plan)
    terraform.apply(plan)
    yield Deployed(cloud, terraform)
    terraform.destroy()
    assert cloud.inventory() == []


def opened(address: str, form: dict[str, str] | None = None, method: str | None = None) -> Page:
    """What a browser shows at an address, or after a button of a form there."""
    body = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(address, data=body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return Page(response.status, response.headers, response.read().decode())
    except urllib.error.HTTPError as error:
        return Page(error.code, error.headers, error.read().decode())


def press(asked: Asked, answer: str) -> Page:
    """What the page's button sends: the key in the form, none in the address."""
    return opened(asked.link.partition("?")[0] + "?", {"key": asked.key, "answer": answer})


@pytest.mark.parametrize(("answer", "approved"), [("approve", True), ("reject", False)])
def test_the_workflow_waits_for_the_button_and_gets_the_answer(deployed: Deployed, answer: str, approved: bool) -> None:
    asked = deployed.ask()
    shown = opened(asked.link)
    assert shown.status == 200
    assert "Restart the flow studio-a?" in shown.body
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert opened(asked.link, method="HEAD").body == ""
    assert deployed.execution(asked.execution)["status"] == "RUNNING", "a look at the page answered"

    assert press(asked, answer).status == 200
    ended = eventually(
        "the end of the workflow",
        lambda: found if (found := deployed.execution(asked.execution))["status"] != "RUNNING" else None,
    )
    assert ended["status"] == "SUCCEEDED"
    output = json.loads(ended["output"])
    assert set(output) == {"approved", "answered_at"}
    assert output["approved"] is approved


def test_a_second_person_hears_what_the_first_one_answered(deployed: Deployed) -> None:
    asked = deployed.ask()
    assert press(asked, "approve").status == 200
    again, other = press(asked, "approve"), press(asked, "reject")
    assert (again.status, other.status) == (200, 409)
    assert "Already approved" in other.body


def test_a_workflow_that_no_longer_waits_makes_it_too_late(deployed: Deployed) -> None:
    asked = deployed.ask()
    deployed.cloud.client("stepfunctions").stop_execution(executionArn=asked.execution)
    late = press(asked, "approve")
    assert late.status == 410
    assert "Too late" in late.body


def test_an_answer_after_its_time_is_refused(deployed: Deployed) -> None:
    asked = deployed.ask(seconds=-1)
    assert opened(asked.link).status == 410
    assert press(asked, "approve").status == 410
    assert deployed.execution(asked.execution)["status"] == "RUNNING"


def test_without_the_key_nobody_sees_or_answers_anything(deployed: Deployed) -> None:
    asked = deployed.ask()
    bare = asked.link.partition("?")[0]
    statuses = [opened(bare).status, opened(f"{bare}?key=x").status, opened(bare, {"answer": "approve"}).status]
    assert statuses == [403, 403, 403]
    assert opened(f"{deployed.outputs['url']}/approvals/unknown?key=x").status == 404
    assert opened(f"{deployed.outputs['url']}/other").status == 404
    assert opened(asked.link, method="DELETE").status == 405
    assert deployed.execution(asked.execution)["status"] == "RUNNING"


@pytest.mark.parametrize("action", ["dynamodb:GetItem", "dynamodb:UpdateItem", "states:SendTaskSuccess"])
def test_what_failed_for_want_of_a_permission_can_be_done_again(deployed: Deployed, action: str) -> None:
    asked, permissions = deployed.ask(), Permissions(deployed.cloud)
    [atom] = [one for one in permissions.used() if "example-approval" in one.role and one.action == action]
    with permissions.without(atom):
        failed = press(asked, "approve")
    assert (failed.status, failed.headers["retry-after"]) == (503, "60")
    assert deployed.execution(asked.execution)["status"] == "RUNNING"
    assert press(asked, "approve").status == 200


def test_the_key_is_in_no_log(deployed: Deployed) -> None:
    asked = deployed.ask()
    opened(asked.link)
    press(asked, "approve")
    logs = deployed.cloud.client("logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    assert {"/aws/apigateway/example-approval-approvals", "/aws/lambda/example-approval-approvals"} <= set(groups)
    said = "\n".join(
        event["message"] for name in groups for event in logs.filter_log_events(logGroupName=name)["events"]
    )
    assert "/approvals/" in said
    assert asked.key not in said


def test_the_second_plan_is_empty(deployed: Deployed, tmp_path: Path) -> None:
    assert not deployed.terraform.plan(tmp_path / "plan")
