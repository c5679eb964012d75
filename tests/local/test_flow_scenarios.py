"""What happens when a source fails: every rehearsal, from the command line, on one deployment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headend.checkout import throw_away
from headend.rehearsal.plays import PLAYS
from local.workspace import REPOSITORY

pytestmark = [pytest.mark.local, pytest.mark.terraform]

Json = dict[str, Any]


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """Each scenario's result by its name, as `headend local rehearse --json` prints them, with `exit`."""
    folder = throw_away(REPOSITORY, tmp_path_factory.mktemp("rehearsal"))
    done = subprocess.run(
        [str(Path(sys.executable).parent / "headend"), "local", "rehearse", "--json"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_VAR"))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.stdout, done.stderr
    found = {scenario["name"]: scenario for scenario in json.loads(done.stdout)["scenarios"]}
    return {**found, "exit": done.returncode}


@pytest.mark.parametrize("name", [play.name for play in PLAYS])
def test_a_source_that_fails_has_the_consequences_that_are_expected(rehearsed: Json, name: str) -> None:
    failed = [says for says, held in rehearsed[name]["expected"].items() if not held]
    told = [(notice["at"], notice["kind"], notice["subject"]) for notice in rehearsed[name]["notices"]]
    assert not failed, f"{told}; {rehearsed[name]['faults']}"
    assert rehearsed[name]["alerts_per_incident"] <= 1


def test_the_command_says_so(rehearsed: Json) -> None:
    assert rehearsed["exit"] == 0


def test_the_time_from_the_first_bad_datapoint_to_the_backup_is_measured(rehearsed: Json) -> None:
    seconds = rehearsed["beyond-recovery"]["seconds"]
    assert 0 <= seconds["first notice"] < seconds["backup selected"] < 180
    assert rehearsed["silence"]["seconds"]["backup selected"] <= 2
