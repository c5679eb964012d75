"""`headend local clock` and `headend local up --speed`: the time of a local cloud that is a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headend import cli
from headend.errors import HeadendError
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
    """Sixty times as fast as the machine, as `headend local up --speed 60` starts it."""
    with LocalCloud(state_file(place).parent, speed=60) as running:
        yield running


@pytest.fixture
def run(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(place)

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["headend", "local", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(str(ended.value.code)), captured.out.strip(), captured.err.strip()

    return command


def test_it_runs_at_the_speed_that_it_was_started_with(cloud: LocalCloud, run: Run) -> None:
    shown = cloud.clock()
    assert (shown["speed"], shown["paused"]) == (60, False)
    code, out, _ = run("clock")
    assert code == 0
    assert out.endswith("Z, running, speed 60")


def test_it_is_paused_stepped_and_resumed(cloud: LocalCloud, run: Run) -> None:
    before = json.loads(run("clock", "--pause", "--json")[1])
    assert before["paused"]
    assert cloud.clock()["time"] == before["time"]
    after = json.loads(run("clock", "--step", "3h", "--json")[1])
    assert after["time"] == pytest.approx(before["time"] + 3 * 3600, abs=1e-5)
    assert not json.loads(run("clock", "--resume", "--speed", "1", "--json")[1])["paused"]


def test_the_launcher_controls_it_too(cloud: LocalCloud) -> None:
    paused = cloud.pause()
    assert cloud.step(86_400)["time"] == pytest.approx(paused["time"] + 86_400, abs=1e-5)
    assert not cloud.resume()["paused"]
    assert cloud.set_speed(2)["speed"] == 2
    with pytest.raises(HeadendError, match="above 0"):
        cloud.set_speed(0)


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("clock", "--pause", "--resume"), "exclude each other"),
        (("clock", "--step", "three hours"), "write it as"),
        (("clock", "--speed", "-1"), "above 0"),
        (("up", "--speed", "0"), "above 0"),
    ],
    ids=["both", "duration", "speed", "up"],
)
def test_wrong_use_is_one_line_that_names_the_remedy(arguments: tuple[str, ...], remedy: str, run: Run) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert remedy in err
    assert len(err.splitlines()) == 1
