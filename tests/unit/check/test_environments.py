"""`headend check --env`: the ladder of an environment, and what was rendered from it."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from headend import live_ladder_files
from headend.check.live import check_environment
from headend.config import check
from headend.config_errors import ConfigError
from headend.config_live_ladder import Ladder, load_ladder
from headend.strict_yaml import parse

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(REPOSITORY / live_ladder_files.MODULE, tmp_path / live_ladder_files.MODULE)
    return tmp_path


def environment(root: Path, ladder: Ladder | None, *, live: bool = True) -> Any:
    config = SimpleNamespace(name="live-dev", region="eu-central-1", flows={"studio-a": None})
    config.live = SimpleNamespace(ladder=ladder, secondary_region="eu-west-1") if live else None
    return SimpleNamespace(name="dev", root=root, config=lambda: config)


def refusal(asked: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        list(check_environment(asked))
    return str(caught.value)


@pytest.fixture
def own(root: Path) -> Ladder:
    ladder = load_ladder(root / live_ladder_files.LADDER)
    return ladder.model_copy(update={"segment_seconds": 2})


def test_an_environment_without_a_live_channel_is_said_in_a_line(root: Path) -> None:
    said = list(check_environment(environment(root, None, live=False)))
    assert said == ["dev: live-dev in eu-central-1, flows: studio-a"]


def test_a_live_channel_without_a_ladder_of_its_own_has_that_of_the_module(root: Path) -> None:
    [_, line] = check_environment(environment(root, None))
    assert line.startswith("live: eu-central-1 and eu-west-1, p1080 1920x1080 at 25/s 5 Mb/s, ")
    (root / live_ladder_files.RENDERED / live_ladder_files.MANIFEST).write_text("", encoding="utf-8")
    assert refusal(environment(root, None)) == (
        "stale: modules/live_channel/rendered/index.m3u8. Run `headend render` and commit the result"
    )


def test_a_ladder_of_its_own_must_have_been_rendered(root: Path, own: Ladder) -> None:
    assert refusal(environment(root, own)) == (
        "stale: envs/dev/rendered/encoder_settings.cmaf.json, envs/dev/rendered/encoder_settings.hls.json, "
        "envs/dev/rendered/index.m3u8. Run `headend render --env dev` and commit the result"
    )
    for path, text in live_ladder_files.environment_files(root, "dev", own).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    [_, line] = check_environment(environment(root, own))
    assert line.endswith("segments of 2 s, closed GOPs of 2 s")


def test_a_ladder_that_was_changed_after_it_was_rendered_names_the_files_that_are_stale(
    root: Path, own: Ladder
) -> None:
    for path, text in live_ladder_files.environment_files(root, "dev", own).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    louder = own.model_copy(update={"manifest_segments": 20})
    assert refusal(environment(root, louder)).startswith("stale: envs/dev/rendered/encoder_settings.hls.json. Run ")


CONFIG = """\
name: live-dev
region: eu-central-1
flows:
  studio-a: {source: {protocol: rtp, ingest_port: 5000, whitelist_cidr: 203.0.113.0/24}}
live:
  secondary_region: eu-west-1
  contribution: {protocol: srt-listener, ingest_port: 7000, whitelist_cidr: 203.0.113.0/24}
  ladder:
    gop_seconds: 4
    renditions:
      high: {width: 640, height: 360, bitrate: 800000}
"""


def test_a_ladder_in_config_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigError) as caught:
        check(parse(CONFIG, Path("config.yaml")), local=False)
    assert str(caught.value) == (
        "config.yaml:9: live.ladder.gop_seconds: a segment of 6 s is no whole number of GOPs of 4 s; "
        "choose one that divides it, such as 2"
    )
    good = check(parse(CONFIG.replace("gop_seconds: 4", "gop_seconds: 3"), Path("config.yaml")), local=False)
    assert good.live
    assert good.live.ladder
