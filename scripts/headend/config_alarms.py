"""A flow's alarms in config.yaml: what differs from the catalogue's defaults, and how much of the catalogue there is.

The numbers that these stand for are the alarm catalogue's: modules/flow_alarms.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from headend.config_types import Hour, Key, Model, Name, Period, Positive, Severity, Text, Weekday

TransportProtocol = Literal[
    "cdi", "ndi-speed-hq", "rist", "rtp", "rtp-fec", "srt-caller", "srt-listener", "st2110-jpegxs", "zixi-push"
]


class _Periods(Model):
    enabled: bool | None = None
    period_seconds: Period | None = None
    evaluation_periods: Positive | None = None
    datapoints_to_alarm: Positive | None = None
    severity: Severity | None = None

    @model_validator(mode="after")
    def _m_of_n(self) -> Self:
        if self.datapoints_to_alarm and self.evaluation_periods and self.datapoints_to_alarm > self.evaluation_periods:
            raise ValueError("datapoints_to_alarm: is greater than evaluation_periods; it must not be")
        return self


class PercentAlarm(_Periods):
    """An alarm on packet loss."""

    threshold_percent: Annotated[float, Field(ge=0, le=100)] | None = None


class MillisecondAlarm(_Periods):
    """An alarm on jitter."""

    threshold_milliseconds: Annotated[float, Field(ge=0)] | None = None


class BitRateAlarm(_Periods):
    """An alarm on the bit-rate floor."""

    fraction_of_nominal: Annotated[float, Field(gt=0, lt=1)] | None = None


class Alarms(Model):
    """What differs from the alarm catalogue's defaults for one flow."""

    packet_loss: PercentAlarm | None = None
    packet_loss_trigger: PercentAlarm | None = None
    jitter: MillisecondAlarm | None = None
    bit_rate_low: BitRateAlarm | None = None


class AnomalyBand(Model):
    """A band that CloudWatch learns, and which side of it counts."""

    band_width: Annotated[float, Field(gt=0, description="standard deviations")] | None = None
    direction: Literal["above", "below", "both"] | None = None
    evaluation_periods: Positive | None = None
    period_seconds: Annotated[int, Field(ge=60, le=86400, multiple_of=60)] | None = None
    severity: Severity | None = None


class Signal(_Periods):
    """What differs for one signal of the catalogue; a signal that is named is on."""

    anomaly: AnomalyBand | None = None
    threshold: float | None = Field(default=None, description="in the metric's unit")


class Summary(Model):
    """A composite alarm over signals."""

    enabled: bool | None = None
    severity: Severity | None = None


class Part(Model):
    """A source or output with alarms of its own; without arn, the flow's by that name."""

    arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:\d{12}:(source|output):.+$")] | None = (
        None
    )
    severity: Severity | None = None
    signals: list[Key] | None = None


class MuteWindow(Model):
    """A time of the week, in UTC."""

    day: Weekday
    hours: Annotated[int, Field(ge=1, le=24)] | None = None
    start_hour: Hour


class Mute(Model):
    """When the summaries tell nobody."""

    alarm: Text | None = None
    extension_seconds: Annotated[int, Field(ge=0)] | None = None
    wait_seconds: Annotated[int, Field(ge=0)] | None = None
    windows: dict[Name, MuteWindow] | None = Field(default=None, max_length=10)

    @model_validator(mode="after")
    def _one_suppressor(self) -> Self:
        if bool(self.alarm) == bool(self.windows):
            raise ValueError("write either alarm or windows: a composite alarm has one suppressor")
        return self


class Catalogue(Model):
    """How much of the alarm catalogue the flow has; what is left out, a flow made here says itself."""

    preset: Literal["basic", "full"] | None = None
    protocol: TransportProtocol | None = None
    redundancy: Literal["FAILOVER", "MERGE"] | None = None
    content_quality: list[Literal["audio", "video"]] | None = None
    source_latency_milliseconds: Annotated[float, Field(gt=0)] | None = None
    signals: dict[Key, Signal] | None = None
    sources: dict[Name, Part] | None = None
    outputs: dict[Name, Part] | None = None
    summaries: (
        dict[Literal["degraded", "down", "early-warning", "output-degraded", "redundancy-lost"], Summary] | None
    ) = None
    notify: Literal["signals", "summaries"] | None = None
    mute: Mute | None = None
