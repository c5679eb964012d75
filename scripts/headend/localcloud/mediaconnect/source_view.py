"""What DescribeFlowSourceMetadata and DescribeFlowSourceThumbnail show: of the source that the flow takes, only.

Sources: https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-source-stream-monitoring.html,
https://docs.aws.amazon.com/mediaconnect/latest/api/API_DescribeFlowSourceMetadata.html,
https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-thumbnails.html (480 by 270, at most one a second). The
codes of the messages are not documented: these say in words why there is nothing to show.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from headend.localcloud.mediaconnect.flow_model import Json, LiveFlow
from headend.localcloud.mediaconnect.flow_second import SourceSecond
from headend.localcloud.mediaconnect.picture import BLOCK, jpeg
from headend.localcloud.mediaconnect.stream_metrics import NOT_TRANSPORT_STREAM

WIDTH, HEIGHT = 480, 270
BLACK = 16
BARS = (235, 210, 180, 150, 120, 90, 60, 35)
"""The brightness of black and of the bars of a test card."""
COLUMNS, LINES = -(-WIDTH // BLOCK), -(-HEIGHT // BLOCK)

VIDEO: Json = {
    "codec": "AVC",
    "color": {"colorimetry": "BT709", "matrixCoefficients": "BT709", "transferCharacteristics": "BT709"},
    "frameRate": "25",
    "frameResolution": {"frameHeight": 1080, "frameWidth": 1920},
    "pid": 256,
    "scanMode": "progressive",
    "streamType": "Video",
}
AUDIO: Json = {
    "channels": 2,
    "codec": "AAC",
    "language": "eng",
    "pid": 257,
    "sampleRate": 48_000,
    "sampleSize": 16,
    "streamType": "Audio",
}


def metadata(flow: LiveFlow, taken: SourceSecond | None, since: float) -> Json:
    """The answer of DescribeFlowSourceMetadata. `taken`: the source, None off air; `since`: seconds of the epoch when
    what it carries last changed."""
    answer: Json = {"flowArn": flow.flow_arn, "messages": [], "timestamp": _iso(since)}
    reason = _nothing(flow, taken)
    if taken is None or reason:
        return {**answer, "messages": [reason]}
    if taken.protocol in NOT_TRANSPORT_STREAM:
        text = f"The source {taken.name} carries no transport stream."
        return {**answer, "messages": [_message("NotATransportStream", text, taken.name)]}
    streams = [VIDEO] * ("video-missing" not in taken.content) + [AUDIO] * ("audio-missing" not in taken.content)
    program = {
        "pcrPid": VIDEO["pid"],
        "programName": flow.name,
        "programNumber": 1,
        "programPid": 4096,
        "streams": streams,
    }
    return {**answer, "transportMediaInfo": {"programs": [program], "tsId": 1}}


def thumbnail(flow: LiveFlow, taken: SourceSecond | None, moment: float) -> Json:
    """The answer of DescribeFlowSourceThumbnail. `moment`: the second of the epoch that the picture is of."""
    details: Json = {"flowArn": flow.flow_arn, "thumbnailMessages": []}
    reason = _nothing(flow, taken)
    if (flow.settings.get("sourceMonitoringConfig") or {}).get("thumbnailState") != "ENABLED":
        reason = _message("ThumbnailsDisabled", f"Thumbnails of flow {flow.name} are disabled.", flow.name)
    elif taken is not None and "video-missing" in taken.content:
        reason = _message("NoVideo", f"The source {taken.name} carries no video.", taken.name)
    if taken is None or reason:
        return {"thumbnailDetails": {**details, "thumbnailMessages": [reason]}}
    second = int(moment)
    details |= {
        "thumbnail": base64.b64encode(_picture(taken.content, second)).decode(),
        "timecode": f"{datetime.fromtimestamp(second, UTC):%H:%M:%S}:00",
        "timestamp": _iso(second),
    }
    return {"thumbnailDetails": details}


def _picture(content: tuple[str, ...], second: int) -> bytes:
    """Black; or bars with a white mark that goes one block further every second, unless the picture is frozen."""
    if "black" in content:
        row = [BLACK] * COLUMNS
        return jpeg([row] * LINES, WIDTH, HEIGHT)
    row = [BARS[column * len(BARS) // COLUMNS] for column in range(COLUMNS)]
    mark = 0 if "frozen" in content else second % COLUMNS
    marked = [*row[:mark], 255, *row[mark + 1 :]]
    return jpeg([*[row] * (LINES - 2), marked, row], WIDTH, HEIGHT)


def _nothing(flow: LiveFlow, taken: SourceSecond | None) -> Json | None:
    """Why there is nothing to show."""
    if taken is None:
        return _message("FlowNotActive", f"Flow {flow.name} is {flow.status}: nothing comes in.", flow.name)
    if not taken.sends:
        return _message("SourceNotReceiving", f"Nothing arrives from the source {taken.name}.", taken.name)
    return None


def _message(code: str, text: str, resource: str) -> Json:
    return {"code": code, "message": text, "resourceName": resource}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
