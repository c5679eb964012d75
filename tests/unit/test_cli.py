"""The command: 0 done, 1 the check or the run failed, 2 wrong use; errors are single lines that name the remedy."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from headend import cli

REPOSITORY = Path(__file__).parents[2]
CONFIG = """\
name: live-dev
region: eu-central-1
account_id: "123456789012"
flows:
  studio-a:
    source: {protocol: rtp, ingest_port: 5000, whitelist_cidr: 203.0.113.0/24}
"""
MAIN = """
locals {
  config = yamldecode(file("${path.root}/config.yaml"))
}
variable "port" {
  default = 5000
  validation {
    condition     = var.port <= 65535
    error_message = "port must be at most 65535."
  }
}
resource "terraform_data" "this" {
  input = local.config.name
}
output "flow_arns" {
  value = {}
}
output "name" {
  value = terraform_data.this.output
}
"""


class Place:
    """A repository of its own with the environment dev, and the command in it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.dev = root / "envs" / "dev"
        self.out = self.err = ""
        self._capsys, self._monkeypatch = capsys, monkeypatch
        self.dev.mkdir(parents=True)
        (root / "modules").mkdir()
        (self.dev / "main.tf").write_text(MAIN)
        (self.dev / "config.yaml").write_text(CONFIG)
        source = root / "lambda_src" / "monitor"
        source.mkdir(parents=True)
        (source / "handler.py").write_text("def handler(event, context):\n    return event\n")

    def configure(self, old: str, new: str) -> None:
        assert old in CONFIG
        (self.dev / "config.yaml").write_text(CONFIG.replace(old, new))

    def run(self, *arguments: str) -> int:
        self._monkeypatch.setattr("sys.argv", ["headend", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = self._capsys.readouterr()
        self.out, self.err = captured.out, captured.err
        return int(str(ended.value.code))

    def digest(self) -> str:
        """Everything but build/: what no refused command may change."""
        digest = hashlib.sha256()
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and "build" not in path.relative_to(self.root).parts:
                digest.update(f"{path}".encode() + path.read_bytes())
        return digest.hexdigest()


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(tmp_path / "repository", capsys, monkeypatch)
    monkeypatch.chdir(made.root)
    monkeypatch.setattr("headend.cli.signal.signal", lambda *_: None)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    return made


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def cloud(endpoint: str, place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The place, with a server that answers for AWS."""
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }.items():
        monkeypatch.setenv(name, value)
    return place


def refused(place: Place, *arguments: str) -> str:
    """Run a command that must be refused: exit 2, one line on stderr, nothing changed. Returns the line."""
    before = place.digest()
    assert place.run(*arguments) == 2, place.err
    assert place.digest() == before
    lines = [line for line in place.err.splitlines() if line]
    assert len(lines) == 1, place.err
    assert place.out == ""
    return lines[0]


def test_an_unknown_environment_names_the_near_one(place: Place) -> None:
    assert refused(place, "plan", "--env", "dve") == "headend: --env dve: unknown environment; did you mean 'dev'?"
    assert refused(place, "plan", "--env", "staging").endswith("unknown environment; there are: dev")
    assert "unknown environment" in refused(place, "plan", "--env", "../dev")


def test_an_unknown_command_or_option_is_one_line(place: Place) -> None:
    assert "No such command 'plann'" in refused(place, "plann")
    assert "No such option" in refused(place, "plan", "--environment", "dev")
    assert "Missing option '--env'" in refused(place, "plan")


def test_outside_a_repository_it_says_where_to_go(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert "no envs/ folder here or above; run headend inside the repository" in refused(place, "check", "--env", "dev")


@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "output", "smoke", "bootstrap", "check"])
def test_a_bad_configuration_stops_every_command(place: Place, command: str) -> None:
    place.configure("5000", "70000")
    line = refused(place, command, "--env", "dev")
    assert "envs/dev/config.yaml:6: flows.studio-a.source.ingest_port: 70000 must be at most 65535" in line


def test_no_credentials_are_told_before_anything_runs(place: Place) -> None:
    assert "no AWS credentials; set AWS_PROFILE or" in refused(place, "plan", "--env", "dev")


def test_a_profile_that_is_not_there_is_one_line(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "AWS_PROFILE: The config profile (nobody) could not be found" in refused(place, "plan", "--env", "dev")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "the AWS credentials have expired; sign in again"),
        ("InvalidClientTokenId", "AWS refuses the credentials (InvalidClientTokenId)"),
        ("SignatureDoesNotMatch", "AWS refuses the credentials (SignatureDoesNotMatch)"),
    ],
)
def test_credentials_that_aws_refuses_are_one_line(
    cloud: Place, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    import botocore.exceptions

    class Sts:
        def get_caller_identity(self) -> None:
            raise botocore.exceptions.ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")

    monkeypatch.setattr("headend.aws.Aws.client", lambda *_: Sts())
    assert words in refused(cloud, "plan", "--env", "dev")


def test_another_accounts_credentials_are_refused(cloud: Place) -> None:
    cloud.configure("123456789012", "210987654321")
    line = refused(cloud, "plan", "--env", "dev")
    assert "the credentials are of account 123456789012 but config.yaml says account_id 210987654321" in line


def test_an_endpoint_that_does_not_answer_is_one_line(cloud: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert "http://127.0.0.1:9 does not answer" in refused(cloud, "plan", "--env", "dev")


def test_terraform_that_is_missing_is_one_line(cloud: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "terraform: not found on PATH" in refused(cloud, "plan", "--env", "dev")


def _local(place: Place) -> None:
    shutil.copytree(place.dev, place.root / "envs" / "local")


def test_the_local_environment_never_meets_aws(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    _local(place)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://sts.eu-central-1.amazonaws.com")
    assert "is not on this machine; unset it" in refused(place, "plan", "--env", "local")


def test_the_local_environment_without_a_local_cloud_says_how_to_start_one(place: Place) -> None:
    _local(place)
    assert place.run("plan", "--env", "local") == 1
    assert "start one with `headend local up`" in place.err


# Plan, apply, destroy


@pytest.mark.terraform
def test_an_apply_without_a_plan_is_refused(cloud: Place) -> None:
    assert cloud.run("package") == 0
    assert "there is no plan for dev; run `headend plan --env dev` first" in refused(cloud, "apply", "--env", "dev")


@pytest.mark.terraform
def test_a_plan_is_applied_and_its_outputs_are_printed(cloud: Place) -> None:
    assert cloud.run("plan", "--env", "dev") == 0, cloud.err
    assert "+ create  terraform_data.this" in cloud.out
    assert cloud.run("apply", "--env", "dev") == 0, cloud.err
    assert cloud.run("output", "--env", "dev") == 0
    assert json.loads(cloud.out) == {"flow_arns": {}, "name": "live-dev"}
    assert cloud.run("output", "--env", "dev", "name") == 0
    assert json.loads(cloud.out) == "live-dev"
    assert "nam: no such output; there are flow_arns, name" in refused(cloud, "output", "--env", "dev", "nam")
    assert cloud.run("plan", "--env", "dev", "--json") == 0
    assert json.loads(cloud.out)["changes"] == []


@pytest.mark.terraform
def test_a_plan_is_applied_once(cloud: Place) -> None:
    assert cloud.run("plan", "--env", "dev") == 0
    assert cloud.run("apply", "--env", "dev") == 0
    assert "there is no plan for dev" in refused(cloud, "apply", "--env", "dev")


CHANGES: dict[str, Callable[[Place], Any]] = {
    "the configuration": lambda place: place.configure("5000", "5002"),
    "the root module": lambda place: (place.dev / "more.tf").write_text('output "more" {\n  value = 1\n}\n'),
    "a module": lambda place: (place.root / "modules" / "x.tf").write_text("# changed\n"),
}


@pytest.mark.terraform
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_plan_older_than_what_it_was_made_from_is_refused(cloud: Place, change: Callable[[Place], Any]) -> None:
    assert cloud.run("plan", "--env", "dev") == 0
    change(cloud)
    assert "the plan for dev is older than what it was made from" in refused(cloud, "apply", "--env", "dev")


@pytest.mark.terraform
def test_a_zip_older_than_its_source_is_refused(cloud: Place) -> None:
    assert cloud.run("plan", "--env", "dev") == 0
    (cloud.root / "lambda_src" / "monitor" / "handler.py").write_text("def handler(event, context):\n    return 1\n")
    assert "monitor: a zip is older than its source; run `headend plan`" in refused(cloud, "apply", "--env", "dev")


@pytest.mark.terraform
def test_a_plan_of_another_account_is_refused(cloud: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cloud.run("plan", "--env", "dev") == 0
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        assert "is older than what it was made from" in refused(cloud, "apply", "--env", "dev")
    finally:
        server.stop()


@pytest.mark.terraform
def test_a_validation_in_hcl_is_one_line_and_leaves_no_plan(cloud: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_port", "70000")
    assert cloud.run("plan", "--env", "dev") == 1
    errors = [line for line in cloud.err.splitlines() if line.startswith("headend: ")]
    assert len(errors) == 1
    assert "Invalid value for variable: port must be at most 65535." in errors[0]
    assert not list((cloud.root / "build").rglob("*.tfplan"))


@pytest.mark.terraform
def test_a_missing_state_bucket_says_to_bootstrap(cloud: Place) -> None:
    (cloud.dev / "backend.tf").write_text('terraform {\n  backend "s3" {\n    use_lockfile = true\n  }\n}\n')
    assert cloud.run("plan", "--env", "dev") == 2
    assert "there is no bucket for the state yet; run `headend bootstrap --env dev` first" in cloud.err
    assert cloud.run("bootstrap", "--env", "dev") == 0, cloud.err
    assert "made bucket headend-state-123456789012-eu-central-1" in cloud.out
    assert cloud.run("bootstrap", "--env", "dev") == 0
    assert "nothing to do" in cloud.out
    assert cloud.run("plan", "--env", "dev") == 0, cloud.err


def test_destroying_on_aws_asks_somebody_or_wants_yes(cloud: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headend.aws.Aws.is_local", False)
    assert "destroy live-dev: nobody to ask; say --yes" in refused(cloud, "destroy", "--env", "dev")


# The door itself


def test_every_target_of_the_makefile_calls_a_command_that_exists() -> None:
    import re

    text = (REPOSITORY / "Makefile").read_text()
    commands = set(re.findall(r"^\t\$\(HEADEND\) ([a-z]+)", text, re.MULTILINE))
    import typer

    known = set(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]
    assert commands <= known
    assert {"plan", "apply", "destroy", "smoke", "demo", "bench", "doctor", "package", "render"} <= commands


def test_make_help_lists_what_the_issue_names() -> None:
    done = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    listed = {line.split()[0] for line in done.stdout.splitlines()}
    assert {
        *("help", "setup", "demo", "test", "ci", "plan", "apply", "smoke", "destroy", "bootstrap", "render", "package"),
        *("release", "lint", "bench", "docs", "lock", "checkov", "fmt", "doctor"),
    } <= listed


def test_help_lists_every_command(place: Place) -> None:
    assert place.run("--help") == 0
    for name in ("plan", "apply", "destroy", "smoke", "local", "doctor", "bootstrap"):
        assert name in place.out


def test_scenarios_are_listed_with_what_happens(place: Place) -> None:
    assert place.run("local", "scenario") == 0
    assert "primary-silent " in place.out
    assert place.run("local", "scenario", "--help") == 0
    assert all(name in "".join(place.out.split()) for name in cli.SCENARIOS)


def test_an_unknown_rehearsal_is_refused_before_anything_starts(place: Place) -> None:
    assert place.run("local", "rehearse", "earthquake") == 2
    assert "earthquake: no such scenario; there are: arq-recovers" in place.err
