"""MediaLive's as-run log: what each pipeline did, one JSON object in a line. MediaLive always writes it.

It is written in the channel's role; without the permission the log is not there, and the channel runs all the same.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/working-with-logs.html (group, stream),
https://docs.aws.amazon.com/medialive/latest/ug/trusted-entity-requirements.html (the role's permissions),
https://aws.amazon.com/blogs/media/part1-how-to-set-up-a-resilient-end-to-end-live-workflow/ (initial_timecode)
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from fractions import Fraction

from headend.localcloud.media.grid import TICKS

GROUP = "ElementalMediaLive"


def stream(channel_arn: str, pipeline: str) -> str:
    """The log stream of a pipeline (`0`, `1`)."""
    return f"{channel_arn.replace(':', '_')}_{pipeline}_as_run"


def needs(account: str, region: str, stream: str, streams: Container[str] | None) -> Iterator[tuple[str, str]]:
    """(action, resource) that a line takes. `streams`: those of the group, None where there is no group yet."""
    group = f"arn:aws:logs:{region}:{account}:log-group:{GROUP}"
    if streams is None:
        yield "logs:CreateLogGroup", group
    if streams is None or stream not in streams:
        yield "logs:CreateLogStream", f"{group}:log-stream:{stream}"
    yield "logs:PutLogEvents", f"{group}:log-stream:{stream}"


def initial_timecode(now: float, pts: int, frame_rate: Fraction, input_id: str, output: str) -> str:
    """The line for the first frame of an output: `pts` is its time stamp (90 kHz since the epoch)."""
    begins = Fraction(pts, TICKS)
    moment = datetime.fromtimestamp(int(begins), UTC)
    frame = int(begins % 1 * frame_rate)
    return json.dumps(
        {
            "timestamp": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "as_run_type": "initial_timecode",
            "timecode": f"{moment:%H:%M:%S}:{frame:02d}",
            "input_id": input_id,
            "date": f"{moment:%Y-%m-%d} (tz=0)",
            "output_name": output,
        }
    )
