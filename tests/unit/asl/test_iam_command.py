"""`headend asl iam`: the policy, its reasons, its files; what it says when it cannot derive something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from asl_machines import machine_of
from headend.asl_commands import app
from headend.errors import HeadendError, UsageError

SENDING: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "${queue_url}", "MessageBody.$": "$"},
    "End": True,
}
UNKNOWN: dict[str, Any] = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:nothing:doIt", "End": True}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "save.asl.json"
    path.write_text(json.dumps(machine_of({"Save": SENDING})), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["iam", *map(str, arguments)], catch_exceptions=True)
    if isinstance(result.exception, HeadendError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_the_policy_is_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = json.loads(run(file, "--arn", "queue_url=queue_arn") or capsys.readouterr().out)
    assert [one["Resource"] for one in policy["Statement"]] == [["${queue_arn}"]]


def test_values_stand_in_for_the_placeholders_of_the_place(file: Path) -> None:
    where = ("--partition", "aws-cn", "--region", "cn-north-1", "--account", "123456789012")
    policy = json.loads(run(file, *where))
    assert policy["Statement"][0]["Resource"] == ["arn:aws-cn:sqs:cn-north-1:123456789012:*"]


def test_the_reasons_come_as_markdown_and_as_json(file: Path) -> None:
    assert "no ARN can be told from the URL `${queue_url}`" in run(file, "--markdown")
    [need] = json.loads(run(file, "--json"))["needs"]
    assert (need["states"], need["action"]) == (["Save"], "sqs:SendMessage")
    assert "no ARN can be told" in need["wildcard"]


def test_both_files_are_written_beside_each_other(file: Path, tmp_path: Path) -> None:
    run(file, "--out", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["save.policy.json", "save.policy.md"]


def test_a_yaml_definition_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "save.yaml"
    path.write_text(
        "StartAt: Save\nStates:\n  Save:\n    Type: Task\n    Resource: arn:aws:states:::sns:publish\n"
        "    Parameters: {TopicArn: '${topic_arn}', Message: hello}\n    End: true\n",
        encoding="utf-8",
    )
    assert json.loads(run(path))["Statement"][0]["Resource"] == ["${topic_arn}"]


def test_a_state_without_derived_permissions_fails_by_name(tmp_path: Path) -> None:
    path = tmp_path / "wrong.asl.json"
    path.write_text(json.dumps(machine_of({"Wrong": UNKNOWN})), encoding="utf-8")
    with pytest.raises(HeadendError, match=r"nothing derived for the state Wrong: the SDK has no operation `doIt`"):
        run(path)


@pytest.mark.parametrize("given", ["queue_url", "=arn", "queue_url="])
def test_an_arn_that_is_told_wrongly_is_wrong_use(file: Path, given: str) -> None:
    with pytest.raises(UsageError, match="write WHAT=ARN"):
        run(file, "--arn", given)


def test_a_file_that_is_no_definition_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.asl.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(HeadendError) as error:
        run(path)
    assert "\n" not in str(error.value)
