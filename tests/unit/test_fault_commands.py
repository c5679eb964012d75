"""`headend local fault`: faults in a local cloud that runs as a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from headend import cli
from headend.local_access import state_file
from headend.localcloud.launcher import LocalCloud

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of its own."""
    root = tmp_path_factory.mktemp("repository")
    for name in ("modules", "envs"):
        (root / name).mkdir()
    return root


@pytest.fixture(scope="module")
def cloud(place: Path) -> Iterator[LocalCloud]:
    with LocalCloud(state_file(place).parent) as running:
        yield running


@pytest.fixture
def run(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(place)

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["headend", "local", "fault", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(str(ended.value.code)), captured.out.strip(), captured.err.strip()

    return command


def test_a_fault_is_added_listed_and_cleared(cloud: LocalCloud, run: Run) -> None:
    code, identifier, _ = run("add", "throttle", "--service", "sqs", "--rate", "1", "--for", "5m")
    assert code == 0
    with pytest.raises(ClientError, match="RequestThrottled"):
        cloud.client("sqs").list_queues()
    code, listed, _ = run("list")
    assert listed.startswith(f"{identifier}: throttle sqs, ")
    assert json.loads(run("list", "--json")[1])[0]["seconds"] == 300
    assert run("clear", identifier) == (0, f"ended: {identifier}", "")
    assert run("list") == (0, "", "")
    cloud.client("sqs").list_queues()
    kinds = [entry["detail"]["what"] for entry in cloud.timeline() if entry["kind"] == "fault"]
    assert kinds[0] == "begins"
    assert kinds[-1] == "ends"


def test_a_fault_lasts_as_long_as_its_block(cloud: LocalCloud) -> None:
    with cloud.fault("error", service="sqs", status=500), pytest.raises(ClientError, match="InternalFailure"):
        cloud.client("sqs").list_queues()
    cloud.client("sqs").list_queues()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "storm"], "no kind of fault 'storm'"),
        (["add", "throttle", "--rate", "2"], "--rate 2.0: a number from 0 to 1"),
        (["add", "throttle", "--service", "nothing"], "no service 'nothing'"),
        (["add", "latency", "--latency", "long"], "--latency long: say how long"),
    ],
)
def test_bad_input_is_one_line_and_wrong_use(cloud: LocalCloud, run: Run, arguments: list[str], says: str) -> None:
    code, _, told = run(*arguments)
    assert code == 2
    assert says in told
    assert len(told.splitlines()) == 1


def test_an_unknown_id_is_one_line(cloud: LocalCloud, run: Run) -> None:
    code, _, told = run("clear", "fault-99")
    assert code == 1
    assert "no fault 'fault-99'; there are: none" in told
