"""kill -9 in the middle: what is left is consistent, the next command says what to do, and that works."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from headend.localcloud.launcher import LocalCloud
from local.workspace import Run, eventually

HEADEND = str(Path(sys.executable).parent / "headend")
CONFIG = """\
name: live-dev
region: eu-central-1
account_id: "123456789012"
flows:
  studio-a:
    source: {protocol: rtp, ingest_port: 5000, whitelist_cidr: 203.0.113.0/24}
"""
MAIN = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
  backend "s3" {}
}
provider "aws" {
  region = yamldecode(file("${path.root}/config.yaml")).region
}
resource "aws_iam_role" "this" {
  name               = "live-dev-role"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}
resource "aws_cloudwatch_log_group" "this" {
  name = "/live-dev/group"
}
resource "terraform_data" "slow" {
  depends_on = [aws_iam_role.this, aws_cloudwatch_log_group.this]
  provisioner "local-exec" {
    command = "touch begun; while [ -e wait ]; do sleep 0.1; done"
  }
}
resource "aws_cloudwatch_log_group" "after" {
  depends_on = [terraform_data.slow]
  name       = "/live-dev/after"
}
output "flow_arns" {
  value = {}
}
"""


class Place:
    """A repository of its own with the environment dev, on a local cloud that may die."""

    def __init__(self, root: Path, cloud: LocalCloud, backend: str) -> None:
        self.root = root
        self.cloud = cloud
        self.dev = root / "envs" / "dev"
        self.dev.mkdir(parents=True)
        (root / "modules").mkdir()
        source = root / "lambda_src" / "monitor"
        source.mkdir(parents=True)
        (source / "handler.py").write_text("def handler(event, context):\n    return event\n")
        (self.dev / "main.tf").write_text(MAIN.replace('backend "s3" {}', backend))
        (self.dev / "config.yaml").write_text(CONFIG)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        paths = [str(Path(__file__).parents[2] / "scripts"), *filter(None, [kept.get("PYTHONPATH")])]
        return subprocess.Popen(
            [HEADEND, *arguments],
            cwd=self.root,
            env={**kept, **self.cloud.environment("eu-central-1"), "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> Run:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        return Run(process.returncode, out, err)

    def works(self, *arguments: str) -> Run:
        done = self.run(*arguments)
        assert done.code == 0, f"{arguments}: {done.text}"
        return done

    def apply_until_the_middle(self) -> subprocess.Popen[str]:
        """An apply that has made the role and the log group, and will not end by itself."""
        self.works("plan", "--env", "dev")
        (self.dev / "wait").touch()
        process = self.start("apply", "--env", "dev")
        eventually("the apply is in its middle", lambda: (self.dev / "begun").exists() or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        return process

    def go_on(self) -> None:
        (self.dev / "wait").unlink()
        (self.dev / "begun").unlink()


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """With the state in a bucket as envs/dev has it, or as the parameter says."""
    backend = getattr(request, "param", 'backend "s3" {\n    use_lockfile = true\n  }')
    with LocalCloud(tmp_path / "repository" / "build" / "local") as cloud:
        made = Place(tmp_path / "repository", cloud, backend)
        if "s3" in backend:
            made.works("bootstrap", "--env", "dev")
        yield made
        made.cloud.stop()


def remedy(text: str) -> list[str]:
    """The arguments of the first `headend …` command that a message names."""
    found = re.search(r"`headend ([^`]+)`", text)
    assert found, text
    return found[1].split()


@pytest.mark.local
@pytest.mark.terraform
def test_terraform_is_killed_in_an_apply(place: Place) -> None:
    applying = place.apply_until_the_middle()
    plugins = []
    for child in children(applying.pid):
        plugins += children(child)
        os.kill(child, signal.SIGKILL)
    _, told = applying.communicate(timeout=60)
    place.go_on()
    for plugin in plugins:  # a provider outlives a Terraform that was killed
        with suppress(ProcessLookupError):
            os.kill(plugin, signal.SIGKILL)
    assert applying.returncode == 1
    assert "was killed (signal 9)" in told

    locked = place.run(*remedy(told))  # headend plan
    assert locked.code == 2
    assert "the state is locked by" in locked.err
    place.works(*remedy(locked.err))  # headend unlock

    place.works("plan", "--env", "dev")
    taken = place.run("apply", "--env", "dev")
    assert taken.code == 1
    assert "2 names are taken" in taken.err
    assert "/live-dev/group, live-dev-role" in taken.err
    place.works(*remedy(taken.err))  # headend adopt

    assert "2 to import" in place.works("plan", "--env", "dev").out
    place.works("apply", "--env", "dev")
    assert "No changes" in place.works("plan", "--env", "dev").out
    assert place.cloud.client("iam", "eu-central-1").get_role(RoleName="live-dev-role")


@pytest.mark.local
@pytest.mark.terraform
@pytest.mark.parametrize("place", ['backend "local" {}'], indirect=True, ids=["state in a file"])
def test_the_local_cloud_is_killed_in_an_apply(place: Place) -> None:
    applying = place.apply_until_the_middle()
    os.kill(place.cloud.pid, signal.SIGKILL)
    place.go_on()
    _, told = applying.communicate(timeout=120)
    assert applying.returncode == 1
    assert "headend local up" in told

    gone = place.run("plan", "--env", "dev")
    assert gone.code == 2
    assert "does not answer" in gone.err
    assert "headend local up" in gone.err

    place.cloud = LocalCloud(place.cloud.state_dir).start()  # as headend local up does, over the dead one's state file
    assert "3 to create" in place.works("plan", "--env", "dev").out
    place.works("apply", "--env", "dev")
    assert place.cloud.client("iam", "eu-central-1").get_role(RoleName="live-dev-role")


@pytest.mark.local
def test_a_local_cloud_that_was_killed_leaves_its_place_to_the_next(tmp_path: Path) -> None:
    first = LocalCloud(tmp_path).start()
    endpoint = first.endpoint
    os.kill(first.pid, signal.SIGKILL)
    first._process.wait()  # type: ignore[union-attr]
    with pytest.raises(Exception, match=rf"stale.*{endpoint}.*headend local up"):
        LocalCloud.attach(first.state_file)
    with LocalCloud(tmp_path) as second:
        assert LocalCloud.attach(second.state_file).inventory() == []


SLOW = """
import os, time
def handler(event, context):
    open(event["file"], "w").write(str(os.getpid()))
    while event.get("wait"):
        time.sleep(0.1)
    return "done"
"""


@pytest.mark.local
def test_a_functions_process_is_killed_in_a_call(cloud: LocalCloud, tmp_path: Path) -> None:
    functions = cloud.client("lambda")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = cloud.client("iam").create_role(RoleName="slow", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    functions.create_function(
        FunctionName="slow",
        Role=role,
        Runtime="python3.13",
        Architectures=["arm64"],
        Handler="handler.handler",
        Code={"ZipFile": zipped({"handler.py": SLOW})},
        Timeout=60,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="slow", WaiterConfig={"Delay": 1})
    place, answers = tmp_path / "pid", []

    def call(event: dict[str, Any]) -> dict[str, Any]:
        got = functions.invoke(FunctionName="slow", Payload=json.dumps({"file": str(place), **event}))
        return {"error": got.get("FunctionError"), "payload": json.loads(got["Payload"].read())}

    waiting = threading.Thread(target=lambda: answers.append(call({"wait": True})))
    waiting.start()
    os.kill(int(eventually("the function runs", lambda: place.exists() and place.read_text())), signal.SIGKILL)
    waiting.join(timeout=30)
    assert answers[0]["error"] == "Unhandled"
    assert answers[0]["payload"]["errorType"] == "Runtime.ExitError"
    assert answers[0]["payload"]["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert call({}) == {"error": None, "payload": "done"}


def children(parent: int) -> list[int]:
    """The processes that a process has started itself."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [pid for pid, above in pairs if above == parent]


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()
