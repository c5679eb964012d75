"""Checkov over the HCL, and over the plan of every environment, which shows what the modules really become.

Plans are made in a copy of envs/ on a local cloud that ends with the scan: no plan of a person is touched. What checkov
is told to leave out stands in the HCL, each with its reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from headend.apply import plan
from headend.bootstrap import bootstrap
from headend.checkout import throw_away
from headend.environments import BUILD, Environment, find, names
from headend.errors import HeadendError, UsageError
from headend.localcloud.launcher import LocalCloud
from headend.packages import refresh
from headend.session import open_session

CHECKOV = Path(".venv-checkov/bin/checkov")
UNENCRYPTED_TOPIC = "CKV_AWS_26"
LIVE_IN = "dev"
LIVE_KINDS = ("mediapackage", "s3")
LIVE: dict[str, Any] = {
    "secondary_region": "eu-west-1",
    "contribution": {"protocol": "srt-listener", "ingest_port": 7000, "whitelist_cidr": "203.0.113.0/24"},
}
"""What LIVE_IN is planned with a second time."""
Tell = Callable[[str], None]


def scan(root: Path, tell: Tell) -> list[str]:
    """Every failed check, one line each. Raises UsageError where checkov is not installed."""
    if not (root / CHECKOV).is_file():
        raise UsageError(f"{CHECKOV}: not there; run `make checkov`, which installs it")
    tell("checkov: modules and environments")
    _require_bite(root)
    failed = list(_checkov(root, ["--directory", ".", *_LEFT_OUT, "--framework", "terraform"]))
    for name, path in _plans(root, tell):
        tell(f"checkov: plan of {name}")
        arguments = ["--file", str(path), "--framework", "terraform_plan"]
        failed += [f"plan of {name}: {line}" for line in _checkov(root, [*arguments, *_SKIPS_FROM_HCL])]
    return failed


# Roots that only tests use; what they call is scanned where it stands.
_LEFT_OUT = ("--skip-path", "build", "--skip-path", "tests")
_SKIPS_FROM_HCL = ("--repo-root-for-plan-enrichment", ".")


def _require_bite(root: Path) -> None:
    """A topic without its key has to be found, or a scan with nothing to say proves nothing."""
    broken = root / BUILD / "scan-regression"
    shutil.rmtree(broken, ignore_errors=True)
    shutil.copytree(root / "modules" / "alert_topic", broken, ignore=shutil.ignore_patterns(".terraform*", "examples"))
    kept = [
        line
        for line in (broken / "topic.tf").read_text(encoding="utf-8").splitlines()
        if not line.strip().startswith("kms_master_key_id")
    ]
    (broken / "topic.tf").write_text("\n".join(kept) + "\n", encoding="utf-8")
    found = list(_checkov(root, ["--directory", str(broken.relative_to(root)), "--framework", "terraform"]))
    shutil.rmtree(broken)
    if not any(UNENCRYPTED_TOPIC in line for line in found):
        raise HeadendError(f"checkov did not find a topic without encryption ({UNENCRYPTED_TOPIC}); the scan is blind")


def _checkov(root: Path, arguments: list[str]) -> Iterator[str]:
    """The failed checks of one run: `CKV_… resource (file:line): name`."""
    command = [str(root / CHECKOV), *arguments, "--output", "json", "--quiet", "--compact", "--skip-download"]
    done = subprocess.run(command, cwd=root, env=_environment(), capture_output=True, text=True, check=False)
    try:
        report: Any = json.loads(done.stdout)
    except ValueError:
        reason = " ".join((done.stderr or done.stdout).split())[-300:]
        raise HeadendError(f"checkov did not answer in JSON: {reason}") from None
    for part in report if isinstance(report, list) else [report]:
        if "results" not in part and part.get("passed", 0) == 0:
            raise HeadendError("checkov checked nothing; look at its arguments in scan.py")
        for item in part.get("results", {}).get("failed_checks", []):
            line = (item.get("file_line_range") or [0])[0]
            yield f"{item['check_id']} {item['resource']} ({item['file_path']}:{line}): {item['check_name']}"


def _environment() -> dict[str, str]:
    """Checkov needs no access to AWS and no telemetry."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "CKV_IGNORE_HIDDEN_DIRECTORIES": "true", "LOG_LEVEL": "ERROR"}


def _plans(root: Path, tell: Tell) -> Iterator[tuple[str, Path]]:
    """Each environment's plan as JSON, and those of one with a live channel, over each kind of origin."""
    refresh(root, tell)
    copy = root / BUILD / "scan"
    shutil.rmtree(copy, ignore_errors=True)
    throw_away(root, copy)
    with LocalCloud(copy / "cloud") as cloud:
        for name in names(copy):
            yield name, _plan(find(name, copy), cloud, tell)
        for kind in LIVE_KINDS:
            environment = find(LIVE_IN, copy)
            config = yaml.safe_load(environment.config_file.read_text(encoding="utf-8"))
            environment.config_file.write_text(yaml.safe_dump({**config, "live": {**LIVE, "kind": kind}}))
            yield f"{LIVE_IN} with a live channel, {kind}", _plan(environment, cloud, tell)


def _plan(environment: Environment, cloud: LocalCloud, tell: Tell) -> Path:
    session = open_session(environment, tell, cloud.environment(environment.config().region))
    bootstrap(session)
    plan(session)
    path = environment.work_dir / "plan.json"
    path.write_text(json.dumps(session.terraform.show_json(environment.plan_file)), encoding="utf-8")
    return path
