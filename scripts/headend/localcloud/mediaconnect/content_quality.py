"""What MediaConnect's content quality analysis finds: black or frozen pictures, silence, missing streams.

Sources: https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-flow-health.html (metrics),
https://docs.aws.amazon.com/mediaconnect/latest/api/API_MonitoringConfig.html (what is looked for, and for how long)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

DEFAULT_SECONDS = 30
"""For how long a fault must last where the flow does not say; AWS does not publish its own default."""

Stream = Literal["audio", "video"]


@dataclass(frozen=True)
class Fault:
    """One thing that can be wrong: its names in a scenario, in CloudWatch and in events, and the stream it is about."""

    content: str
    metric: str
    key: str
    stream: Stream
    setting: str | None


FAULTS = (
    Fault("black", "BlackFramesBreaching", "black_frames_duration_breaching", "video", "blackFrames"),
    Fault("frozen", "FrozenFramesBreaching", "frozen_frames_duration_breaching", "video", "frozenFrames"),
    Fault("video-missing", "VideoStreamMissing", "video_missing", "video", None),
    Fault("silent-audio", "SilentAudioBreaching", "silent_audio_duration_breaching", "audio", "silentAudio"),
    Fault("audio-missing", "AudioStreamMissing", "audio_missing", "audio", None),
)


def monitored(config: Mapping[str, Any] | None) -> dict[Fault, int]:
    """What a flow looks for, and after how many seconds it is a fault."""
    if not config or config.get("contentQualityAnalysisState") != "ENABLED":
        return {}
    found: dict[Fault, int] = {}
    for fault in FAULTS:
        settings = config.get(f"{fault.stream}MonitoringSettings") or []
        if fault.setting is None:
            if settings:
                found[fault] = 1
            continue
        for setting in settings:
            wanted = setting.get(fault.setting) or {}
            if wanted.get("state") == "ENABLED":
                found[fault] = int(wanted.get("thresholdSeconds") or DEFAULT_SECONDS)
    return found


@dataclass
class Watch:
    """For how many seconds each fault of a flow has lasted."""

    seconds: dict[Fault, int] = field(default_factory=dict)

    def look(self, config: Mapping[str, Any] | None, content: Iterable[str]) -> dict[Fault, bool]:
        """One second more, with this content; what is looked for, and whether it is a fault by now."""
        wanted, seen = monitored(config), frozenset(content)
        self.seconds = {fault: self.seconds.get(fault, 0) + 1 for fault in wanted if fault.content in seen}
        return {fault: self.seconds.get(fault, 0) >= limit for fault, limit in wanted.items()}
