"""A ladder in config.yaml: what is refused and with which words, what it becomes, and that what it becomes is good."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from headend import live_ladder_files, render
from headend.check.encoder_settings import check, check_ladder
from headend.check.live import said
from headend.config_errors import ConfigError
from headend.config_live_ladder import FrameRate, Ladder, Rendition, load_ladder
from headend.config_live_ladder import check_ladder as read_ladder
from headend.errors import UsageError
from headend.localcloud.media.channel_plan import plans
from headend.localcloud.media.grid import Grid
from headend.strict_yaml import parse

REPOSITORY = Path(__file__).parents[3]
FILE = Path("ladder.yaml")
TEXT = """\
frame_rate: {numerator: 25, denominator: 1}
segment_seconds: 6
gop_seconds: 2
renditions:
  p1080: {width: 1920, height: 1080, bitrate: 5000000}
  p720: {width: 1280, height: 720, bitrate: 3000000}
  p360: {width: 640, height: 360, bitrate: 800000}
audio: {bitrate: 128000}
"""


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        read_ladder(parse(text, FILE))
    return str(caught.value)


BAD = yaml.safe_load((Path(__file__).parent / "bad_ladders.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", BAD, ids=[case["name"] for case in BAD])
def test_a_bad_ladder_is_refused_with_its_line_and_a_remedy(case: dict[str, str]) -> None:
    changed = TEXT.replace(case["instead_of"], case["write"], 1)
    assert changed != TEXT
    assert refusal(changed) == f"{FILE}:{case['says']}"


def test_a_ladder_without_renditions_is_refused() -> None:
    assert refusal("segment_seconds: 6\n") == "ladder.yaml:1: renditions: missing; add it"
    assert refusal("renditions: {}\n") == "ladder.yaml:1: renditions: must hold at least 1; add one or delete the key"
    assert refusal("[]\n") == "ladder.yaml:1: must hold keys such as renditions and segment_seconds"


def test_all_faults_of_a_ladder_are_told_at_once() -> None:
    text = TEXT.replace("gop_seconds: 2", "gop_seconds: 4").replace("3000000", "5000000")
    assert [line.split(": ")[1] for line in refusal(text).splitlines()] == ["renditions.p720.bitrate", "gop_seconds"]


def good(text: str = TEXT) -> Ladder:
    return read_ladder(parse(text, FILE))


def test_what_the_module_comes_with_is_what_its_ladder_becomes() -> None:
    for path, text in live_ladder_files.default_files(REPOSITORY).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: headend render"


def test_renditions_come_in_the_order_of_their_bit_rates_however_they_are_written() -> None:
    lines = TEXT.splitlines(keepends=True)
    turned = "".join([*lines[:4], lines[6], lines[4], lines[5], *lines[7:]])
    assert live_ladder_files.files(good(turned)) == live_ladder_files.files(good())


def test_the_multivariant_manifest_names_every_rendition_of_both_pipelines_the_primary_first() -> None:
    manifest = live_ladder_files.manifest(good())
    assert re.findall(r"^\w+\.m3u8$", manifest, re.MULTILINE) == [
        *("primary_p1080.m3u8", "primary_p720.m3u8", "primary_p360.m3u8"),
        *("backup_p1080.m3u8", "backup_p720.m3u8", "backup_p360.m3u8"),
    ]
    assert re.findall('CODECS="(.+?)"', manifest)[:3] == [
        "avc1.640028,mp4a.40.2",
        "avc1.64001f,mp4a.40.2",
        "avc1.64001e,mp4a.40.2",
    ]
    assert manifest.splitlines()[3].startswith("#EXT-X-STREAM-INF:BANDWIDTH=5640800,AVERAGE-BANDWIDTH=5640800,")
    assert manifest.splitlines()[3].endswith("RESOLUTION=1920x1080,FRAME-RATE=25.000")


def test_the_manifest_names_what_the_channel_writes() -> None:
    ladder = good()
    settings = json.loads(live_ladder_files.files(ladder)[live_ladder_files.HLS])
    [group] = settings["OutputGroups"]
    written = {
        f"{base}{output['OutputSettings']['HlsOutputSettings']['NameModifier']}.m3u8"
        for base in live_ladder_files.PIPELINES
        for output in group["Outputs"]
    }
    assert set(re.findall(r"^\w+\.m3u8$", live_ladder_files.manifest(ladder), re.MULTILINE)) == written


@pytest.mark.parametrize(
    ("width", "height", "frames", "bitrate", "level"),
    [
        (640, 360, 25, 800_000, "3"),
        (1280, 720, 25, 3_000_000, "3_1"),
        (1280, 720, 50, 5_000_000, "3_2"),
        (1920, 1080, 25, 5_000_000, "4"),
        (1920, 1080, 25, 30_000_000, "4_1"),
        (1920, 1080, 60, 8_000_000, "4_2"),
        (3840, 2160, 25, 18_000_000, "5_1"),
        (3840, 2160, 60, 30_000_000, "5_2"),
    ],
)
def test_the_level_is_the_lowest_that_holds_the_picture(
    width: int, height: int, frames: int, bitrate: int, level: str
) -> None:
    rendition = Rendition(width=width, height=height, bitrate=bitrate)
    ladder = Ladder(renditions={"a": rendition}, frame_rate=FrameRate(numerator=frames))
    assert live_ladder_files.level(ladder, rendition) == level


def test_the_local_cloud_encodes_what_the_ladder_says() -> None:
    ladder = good(TEXT.replace("segment_seconds: 6", "segment_seconds: 2"))
    for name in (live_ladder_files.HLS, live_ladder_files.CMAF):
        encoder = json.loads(live_ladder_files.files(ladder)[name])
        urls = [{"Url": f"s3ssl://bucket/live/{base}"} for base in live_ladder_files.PIPELINES]
        channel = {"EncoderSettings": encoder, "Destinations": [{"Id": "origin", "Settings": urls}]}
        [plan] = plans(channel)
        assert plan.locks
        assert plan.ladder.segment_seconds == 2
        assert [(one.modifier, one.bit_rate) for one in plan.ladder.renditions] == [
            ("_p1080", 5_000_000),
            ("_p720", 3_000_000),
            ("_p360", 800_000),
        ]


rates = st.sampled_from([24, 25, 30, 50, 60, 24_000, 30_000, 60_000]).map(
    lambda number: FrameRate(numerator=number, denominator=1001 if number > 60 else 1)
)


@given(rate=rates, segment=st.integers(1, 10), gop=st.sampled_from([0.5, 1, 2, 3, 5]), half=st.booleans())
def test_a_ladder_that_is_accepted_becomes_settings_that_are_good_and_whose_gops_fill_its_segments(
    rate: FrameRate, segment: int, gop: float, half: bool
) -> None:
    renditions: dict[str, Any] = {"high": {"width": 1280, "height": 720, "bitrate": 3_000_000}}
    slow = rate.numerator % 2 == 0 and half
    low = {"width": 640, "height": 360, "bitrate": 800_000}
    if slow:
        low |= {"frame_rate": {"numerator": rate.numerator // 2, "denominator": rate.denominator}}
    document = {
        "frame_rate": {"numerator": rate.numerator, "denominator": rate.denominator},
        "gop_seconds": gop,
        "renditions": {**renditions, "low": low},
        "segment_seconds": segment,
    }
    try:
        ladder = read_ladder(parse(yaml.safe_dump(document), FILE))
    except ConfigError:
        return
    check_ladder(ladder)
    for rendition in ladder.renditions.values():
        grid = Grid.of(Fraction(segment), ladder.rate(rendition).frames)
        assert grid.frames % ladder.gop_frames(rendition) == 0


def test_an_environment_has_files_of_its_own_for_a_ladder_of_its_own(tmp_path: Path) -> None:
    asked = good(TEXT.replace("800000", "900000"))
    (tmp_path / "asl_templates").mkdir()
    (tmp_path / "asl_templates/t.json.j2").write_text("<# renders: out.json #>{}", encoding="utf-8")
    folder = tmp_path / "envs/dev/rendered"
    written = render.write_environment(tmp_path, "dev", {}, asked)
    assert sorted(path.name for path in written) == sorted(live_ladder_files.files(asked))
    assert load_ladder(REPOSITORY / live_ladder_files.LADDER) != asked
    assert render.write_environment(tmp_path, "dev", {}, asked) == []
    assert len(render.write_environment(tmp_path, "dev", {})) == 3, "they go when the ladder goes"
    assert list(folder.iterdir()) == []


def test_the_same_pictures_go_to_both_kinds_of_origin() -> None:
    made = live_ladder_files.files(good())
    hls, cmaf = (json.loads(made[name]) for name in (live_ladder_files.HLS, live_ladder_files.CMAF))
    assert hls["VideoDescriptions"] == cmaf["VideoDescriptions"]
    assert hls["AudioDescriptions"] == cmaf["AudioDescriptions"]
    assert check(hls, "hls") == check(cmaf, "cmaf") == []


def test_a_ladder_is_said_in_a_line() -> None:
    assert said(good()) == (
        "p1080 1920x1080 at 25/s 5 Mb/s, p720 1280x720 at 25/s 3 Mb/s, p360 640x360 at 25/s 0.8 Mb/s; "
        "segments of 6 s, closed GOPs of 2 s"
    )
