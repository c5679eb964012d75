"""Encoder settings that somebody wrote: what is refused, where, and with which words."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from headend import live_ladder_files
from headend.check.encoder_rules import Kind
from headend.check.encoder_settings import check, check_file
from headend.cli import app
from headend.config_errors import ConfigError
from headend.config_live_ladder import FrameRate
from headend.errors import HeadendError

REPOSITORY = Path(__file__).parents[3]
RENDERED = REPOSITORY / live_ladder_files.RENDERED
FILES: dict[Kind, str] = {"cmaf": live_ladder_files.CMAF, "hls": live_ladder_files.HLS}
DELETED = "DELETED"
BAD = yaml.safe_load((Path(__file__).parent / "bad_encoder_settings.yaml").read_text(encoding="utf-8"))

Json = dict[str, Any]


def good(kind: Kind) -> Json:
    settings: Json = json.loads((RENDERED / FILES[kind]).read_text(encoding="utf-8"))
    return settings


def changed(kind: Kind, change: dict[str, Any]) -> Json:
    """Good settings with other values at places such as `OutputGroups[0].Name`; DELETED takes one away."""
    settings = good(kind)
    for place, value in change.items():
        *way, last = [int(part[1:-1]) if part[0] == "[" else part for part in re.findall(r"\[\d+\]|\w+", place)]
        node: Any = settings
        for part in way:
            node = node[part]
        if value == DELETED:
            del node[last]
        elif isinstance(node, list) and last == len(node):
            node.append(copy.deepcopy(value))
        else:
            node[last] = copy.deepcopy(value)
    return settings


@pytest.mark.parametrize("case", BAD, ids=[case["name"] for case in BAD])
def test_bad_settings_are_refused_with_the_place_and_a_remedy(case: Json) -> None:
    rate = FrameRate(numerator=case["feeds"]) if "feeds" in case else None
    settings = changed(case["kind"], case["change"])
    assert settings != good(case["kind"]) or rate
    assert [str(fault) for fault in check(settings, case["kind"], rate)] == case["says"]


def test_forty_bad_configurations_are_refused() -> None:
    ladders = yaml.safe_load((Path(__file__).parent / "bad_ladders.yaml").read_text(encoding="utf-8"))
    said = [case["says"] for case in ladders] + [" ".join(case["says"]) for case in BAD]
    assert len(set(said)) >= 40


@pytest.mark.parametrize("kind", ["cmaf", "hls"])
def test_what_the_module_comes_with_is_good(kind: Kind) -> None:
    assert check(good(kind), kind, FrameRate(numerator=25)) == []


def test_h265_is_as_good() -> None:
    settings = good("cmaf")
    kept = ("Bitrate", "FramerateDenominator", "FramerateNumerator", "GopClosedCadence", "GopSize", "SceneChangeDetect")
    for video in settings["VideoDescriptions"]:
        held = video["CodecSettings"]["H264Settings"]
        video["CodecSettings"] = {"H265Settings": {key: held[key] for key in kept}}
    assert check(settings, "cmaf", FrameRate(numerator=25)) == []


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below a node."""
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [one for key, held in below for one in [(*way, key), *places(held, (*way, key))]]


@given(data=st.data(), kind=st.sampled_from(["cmaf", "hls"]))
def test_whatever_is_broken_is_told_and_never_ends_the_check(data: st.DataObject, kind: Kind) -> None:
    settings = good(kind)
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(places(settings)))
        node: Any = settings
        for part in way:
            node = node[part]
        if data.draw(st.booleans()):
            del node[last]
        else:
            node[last] = data.draw(
                st.sampled_from([None, True, 0, -1, 1.5, "", "NONE", "DISABLED", [], {}, [{}], [None]])
            )
    for fault in check(settings, kind, FrameRate(numerator=25)):
        assert "\n" not in str(fault)


def test_settings_that_do_not_fit_a_template_are_refused() -> None:
    settings = good("hls")
    [group] = settings["OutputGroups"]
    for number in range(100):
        video = {**settings["VideoDescriptions"][0], "Name": f"more-{number}"}
        settings["VideoDescriptions"].append(video)
        output = copy.deepcopy(group["Outputs"][0])
        output["OutputName"] = output["VideoDescriptionName"] = video["Name"]
        output["OutputSettings"]["HlsOutputSettings"]["NameModifier"] = f"_{video['Name']}"
        group["Outputs"].append(output)
    [fault] = check(settings, "hls")
    assert re.fullmatch(r"the file: \d+ bytes; a channel's template takes 47104, leave renditions out", str(fault))


def test_every_fault_of_a_file_is_a_line_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    with pytest.raises(ConfigError) as missing:
        check_file(path, "hls")
    assert str(missing.value) == f"{path}: there is no such file"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError) as broken:
        check_file(path, "hls")
    assert str(broken.value).startswith(f"{path}: is no JSON (")
    change = {"TimecodeConfig.Source": "SYSTEMCLOCK", "GlobalConfiguration.OutputLockingMode": "PIPELINE_LOCKING"}
    path.write_text(json.dumps(changed("hls", change)), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        check_file(path, "hls")
    assert [line.split(": ")[:2] for line in caught.value.lines] == [
        [str(path), "GlobalConfiguration.OutputLockingMode"],
        [str(path), "TimecodeConfig.Source"],
    ]


def test_the_command_says_what_is_good_and_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    file = f"{live_ladder_files.RENDERED}/{live_ladder_files.HLS}"
    done = CliRunner().invoke(app, ["check", "--encoder-settings", file, "--kind", "hls"])
    assert (done.exit_code, done.output) == (0, f"{file}: good for S3 in two Regions\n")
    refused = CliRunner().invoke(app, ["check", "--encoder-settings", file, "--kind", "cmaf"])
    assert isinstance(refused.exception, HeadendError)
    assert str(refused.exception) == (
        f"{file}: OutputGroups[0].OutputGroupSettings: must hold CmafIngestGroupSettings, not HlsGroupSettings; "
        "AWS documents failover between Regions for CMAF ingest only"
    )
    neither = CliRunner().invoke(app, ["check"])
    assert str(neither.exception) == "check: say --env or --encoder-settings, one of them"
