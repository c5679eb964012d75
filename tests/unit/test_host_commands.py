"""`headend local host`: the hosts of a local cloud that runs as a process of its own, and their scenarios."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headend import cli
from headend.local_access import state_file
from headend.localcloud.hosts.host_metrics import SCENARIOS
from headend.localcloud.launcher import LocalCloud

Run = Callable[..., tuple[int, str, str]]
REGION = "eu-central-1"


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
        monkeypatch.setattr("sys.argv", ["headend", "local", "host", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(str(ended.value.code)), captured.out.strip(), captured.err.strip()

    return command


@pytest.fixture
def hosts(cloud: LocalCloud) -> Iterator[list[str]]:
    """An instance with the Name tag encoder-1, and one without."""
    ec2 = cloud.client("ec2", REGION)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "encoder-1"}]}]
    named = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=tags)
    nameless = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    ids = [each["Instances"][0]["InstanceId"] for each in (named, nameless)]
    yield ids
    ec2.terminate_instances(InstanceIds=ids)


def test_a_cloud_without_hosts_says_how_one_is_started(cloud: LocalCloud, run: Run) -> None:
    code, listed, told = run("list")
    assert (code, listed) == (0, "")
    assert "aws ec2 run-instances" in told
    assert run("list", "--json") == (0, "{}", "")


def test_hosts_are_listed_with_their_names_and_scenarios(run: Run, hosts: list[str]) -> None:
    named, nameless = hosts
    expected = [f"{named} encoder-1, {REGION}: clean", f"{nameless}, {REGION}: clean"]
    assert run("list") == (0, "\n".join(sorted(expected)), "")


def test_a_scenario_is_set_by_name_or_id_and_taken_back_on_all(cloud: LocalCloud, run: Run, hosts: list[str]) -> None:
    named, nameless = hosts

    def playing() -> dict[str, str]:
        return {known: host["scenario"] for known, host in json.loads(run("list", "--json")[1]).items()}

    assert run("scenario", "disk-filling", "--host", "encoder-1") == (0, f"{named}: disk-filling", "")
    assert run("scenario", "agent-silent", "--host", nameless) == (0, f"{nameless}: agent-silent", "")
    assert playing() == {named: "disk-filling", nameless: "agent-silent"}
    code, said, _ = run("scenario", "clean")
    assert code == 0
    assert sorted(said.splitlines()) == sorted(f"{host}: clean" for host in hosts)
    assert set(playing().values()) == {"clean"}
    played = [entry["detail"]["scenario"] for entry in cloud.timeline() if entry["kind"] == "host"]
    assert {"disk-filling", "agent-silent", "clean"} <= set(played)


def test_every_scenario_can_be_set(cloud: LocalCloud, run: Run, hosts: list[str]) -> None:
    for name in sorted(SCENARIOS):
        assert run("scenario", name, "--host", "encoder-1") == (0, f"{hosts[0]}: {name}", "")
        assert cloud.hosts()[hosts[0]]["scenario"] == name


def test_without_a_name_the_scenarios_are_explained(run: Run) -> None:
    code, said, _ = run("scenario")
    assert code == 0
    assert [line.split("  ")[0].strip() for line in said.splitlines()] == sorted(SCENARIOS)
    assert all(text in said for text in SCENARIOS.values())


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["scenario", "on-fire"], 2, "no host scenario 'on-fire'; there are: agent-silent, clean, "),
        (["scenario", "clean", "--host", "encoder-9"], 1, "no running host 'encoder-9'; there are: i-"),
        (["scenario", "clean", "--hosts", "encoder-1"], 2, "No such option"),
    ],
)
def test_bad_input_is_one_line(run: Run, hosts: list[str], arguments: list[str], code: int, says: str) -> None:
    ended, out, told = run(*arguments)
    assert (ended, out) == (code, "")
    assert says in told
    assert len(told.splitlines()) == 1


def test_without_a_local_cloud_the_command_says_how_to_start_one(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("modules", "envs"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    code, _, told = run("list")
    assert code == 1
    assert "headend local up" in told
    assert len(told.splitlines()) == 1
