"""`headend verify`, `headend drill` and `headend cost` as a person meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headend import cli, verify
from headend.errors import HeadendError
from headend.live_outputs import read
from headend.verify import live
from unit.drill.test_levers import OUTPUTS

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.chdir(REPOSITORY)
        monkeypatch.setattr("sys.argv", ["headend", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


def test_without_a_path_drill_lists_what_there_is(command: Any) -> None:
    code, out, _ = command("drill")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()][:3] == ["source", "source-everywhere", "origin-refused"]


def test_a_drill_needs_a_known_path_and_an_environment(command: Any) -> None:
    code, _, err = command("drill", "volcano")
    assert (code, "volcano: no such path; there are: source" in err) == (2, True)
    code, _, err = command("drill", "region")
    assert (code, "say --env, which environment" in err) == (2, True)


def test_cost_prints_the_hour_and_where_prices_come_from(command: Any) -> None:
    code, out, _ = command("cost", "--env", "dev", "--no-quotas")
    assert code == 0
    assert "USD an hour, together" in out
    assert "prices of us-east-1" in out
    code, out, _ = command("cost", "--env", "dev", "--no-quotas", "--json", "--kind", "s3")
    assert {one["price"] for one in json.loads(out)["items"]} >= {"s3_write", "sqs_request"}


def test_cost_refuses_another_kind_of_origin(command: Any) -> None:
    code, _, err = command("cost", "--env", "dev", "--no-quotas", "--kind", "ftp")
    assert (code, "--kind ftp: use mediapackage or s3" in err) == (2, True)


def test_verify_finds_what_the_function_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def epoch(asked: Any, *_: Any) -> list[Any]:
        seen.extend(one.region for one in asked)
        return [live.Finding("locked", "x", False, "PipelinesLocked is 0")]

    monkeypatch.setattr(live, "epoch", epoch)
    monkeypatch.setitem(live._CHECKS, "epoch", live._epoch)
    found = live.verify("epoch", read(OUTPUTS), _Aws())  # type: ignore[arg-type]
    assert seen == ["eu-central-1", "eu-west-1"]
    assert [one.check for one in found] == ["locked"]


def test_verify_says_how_to_go_on_air(monkeypatch: pytest.MonkeyPatch) -> None:
    def pending(*_: Any) -> None:
        raise live.SegmentsPending("eu-central-1: no segments yet")

    monkeypatch.setattr(live, "epoch", pending)
    with pytest.raises(HeadendError, match=r"nothing is on air: eu-central-1: no segments yet.*headend live start"):
        live.verify("epoch", read(OUTPUTS), _Aws())  # type: ignore[arg-type]


def test_the_checks_have_one_home() -> None:
    assert verify.FUNCTION == REPOSITORY / "lambda_src" / "live_check"
    assert (verify.FUNCTION / "livecheck").is_dir()


class _Aws:
    endpoint = None
    client = None

    def session(self) -> Any:
        return self

    def get_credentials(self) -> None:
        """Nothing is signed here."""
