"""The as-run log's lines."""

from __future__ import annotations

import json
from fractions import Fraction

from headend.localcloud.media import as_run
from headend.localcloud.media.grid import TICKS

GROUP = "arn:aws:logs:eu-central-1:123456789012:log-group:ElementalMediaLive"
CREATED = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


def test_a_timecode_counts_frames_within_the_second() -> None:
    pts = 1_603_841_526 * TICKS + 7 * 3600
    line = json.loads(as_run.initial_timecode(1_603_841_533.403259, pts, Fraction(25), "demo-east", "output_7"))

    assert line == {
        "timestamp": "2020-10-27T23:32:13.403259",
        "as_run_type": "initial_timecode",
        "timecode": "23:32:06:07",
        "input_id": "demo-east",
        "date": "2020-10-27 (tz=0)",
        "output_name": "output_7",
    }


def test_each_pipeline_has_its_own_stream() -> None:
    arn = "arn:aws:medialive:us-west-2:111122223333:channel:5106412"

    assert as_run.stream(arn, "0") == "arn_aws_medialive_us-west-2_111122223333_channel_5106412_0_as_run"


def test_only_what_is_not_there_yet_has_to_be_made() -> None:
    def actions(streams: set[str] | None) -> list[str]:
        return [action for action, _ in as_run.needs("123456789012", "eu-central-1", "mine", streams)]

    assert actions(None) == CREATED
    assert actions({"other"}) == CREATED[1:]
    assert actions({"mine"}) == CREATED[2:]


def test_each_is_asked_for_what_it_acts_on() -> None:
    stream = f"{GROUP}:log-stream:mine"
    assert [resource for _, resource in as_run.needs("123456789012", "eu-central-1", "mine", None)] == [
        GROUP,
        stream,
        stream,
    ]
