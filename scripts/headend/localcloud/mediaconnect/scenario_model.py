"""Scenarios of the stream simulator: what a YAML file may say, and how it is read.

A file holds `description`, `steps` and optionally `repeat`. A step has a `name`, `seconds` (the last step may leave it
out: it lasts), and either `silent: true` (no datapoints) or `metrics`: name → value, or {mean, spread} for noise of ±
spread. SourceBitRate is in percent of the flow's normal bit rate, everything else in the metric's own unit. `content`
lists what is wrong with the picture or sound; `recovered` is the percentage of the lost packets that the protocol's
error correction brings back (else 95 for ARQ, 80 for FEC). This holds for every source of the flow; `sources` says it
of one: `primary` is the flow's first source, `backup` its second, whichever is preferred. `outputs: disconnected` lets
every receiver hang up; `alert` and `maintenance` are what MediaConnect says of the flow meanwhile. With `ends: off-air`
a step is over as soon as the flow is stopped, `seconds` being the longest. What a step does not name stays as in a
healthy stream, and after the last step the stream is healthy again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from headend.errors import UsageError

FOLDER = Path(__file__).parent / "scenarios"
CLEAN = "clean"
LEVELS = frozenset({"SourceBitRate", "SourceJitter", "SourceLatency", "SourcePacketLossPercent", "SourceRoundTripTime"})
"""What a healthy stream has, too; a step may set other values."""
COUNTERS = (
    "SourceTSSyncLoss",
    "SourceTSByteError",
    "SourcePATError",
    "SourceContinuityCounter",
    "SourcePMTError",
    "SourcePIDError",
    "SourceTransportError",
    "SourceCRCError",
    "SourcePCRError",
    "SourcePCRAccuracyError",
    "SourcePTSError",
    "SourceCATError",
)
"""TR 101 290: errors a second, which a step may set. A packet that is not recovered is a continuity error by itself."""
SETTABLE = LEVELS | frozenset(COUNTERS)
"""The metrics that a step may set; all others follow from them."""
Content = Literal["audio-missing", "black", "frozen", "silent-audio", "video-missing"]
Role = Literal["primary", "backup"]
MaintenanceStatus = Literal["SCHEDULED", "RESCHEDULED", "CANCELED", "INPROGRESS", "FINISHED", "FAILED"]
"""https://docs.aws.amazon.com/mediaconnect/latest/ug/monitoring-cloudwatch-events-flow-maintenance.html"""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(_Model):
    """A value that varies: uniformly by at most `spread` around `mean`, never below zero."""

    mean: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    spread: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class Behaviour(_Model):
    """What a source does."""

    silent: bool = False
    metrics: dict[str, Level] = {}
    content: tuple[Content, ...] = ()
    recovered: Annotated[float, Field(ge=0, le=100)] | None = None

    @field_validator("metrics", mode="before")
    @classmethod
    def _plain_numbers(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        unknown = sorted(str(name) for name in value if name not in SETTABLE)
        if unknown:
            raise ValueError(f"unknown metric {', '.join(unknown)}; a step can set {', '.join(sorted(SETTABLE))}")
        return {name: {"mean": level} if isinstance(level, (int, float)) else level for name, level in value.items()}

    @model_validator(mode="after")
    def _silent_or_not(self) -> Self:
        if self.silent and (self.metrics or self.recovered is not None):
            raise ValueError("a silent step has no metrics")
        return self


class Alert(_Model):
    """An error that MediaConnect tells of: https://docs.aws.amazon.com/mediaconnect/latest/api/API_MessageDetail.html"""

    code: Annotated[str, Field(min_length=1)]
    message: Annotated[str, Field(min_length=1)]


class Step(Behaviour):
    """A stretch of time during which the stream behaves in one way."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    seconds: Annotated[float, Field(gt=0, le=86400)] | None = None
    sources: dict[Role, Behaviour] = {}
    outputs: Literal["disconnected"] | None = None
    alert: Alert | None = None
    maintenance: MaintenanceStatus | None = None
    ends: Literal["off-air"] | None = None

    def of(self, role: Role) -> Behaviour:
        """What one source does."""
        return self.sources.get(role, self)

    @model_validator(mode="after")
    def _what_ends_has_seconds(self) -> Self:
        if self.ends and self.seconds is None:
            raise ValueError(f"step {self.name} needs seconds: the longest that it lasts")
        return self

    @property
    def steady(self) -> bool:
        """Every second of it is like the one before."""
        return not (self.metrics or self.content or self.sources)


class Scenario(_Model):
    """A course of steps. Played once, or `repeat` times."""

    description: Annotated[str, Field(min_length=1)]
    repeat: Annotated[int, Field(ge=1, le=1000)] = 1
    steps: Annotated[list[Step], Field(min_length=1)]

    @model_validator(mode="after")
    def _only_the_last_step_lasts(self) -> Self:
        endless = [step.name for step in self.steps[:-1] if step.seconds is None]
        if endless:
            raise ValueError(f"step {endless[0]} needs seconds: only the last step can last")
        if self.repeat > 1 and self.steps[-1].seconds is None:
            raise ValueError(f"step {self.steps[-1].name} needs seconds, because the scenario repeats")
        return self

    def step_at(self, seconds: float) -> Step:
        """The step that plays after `seconds` of the scenario; HEALTHY once it is over."""
        for end, step in self._ends():
            if end is None or seconds < end:
                return step
        return HEALTHY

    def next_change(self, seconds: float) -> float:
        """When, in seconds of the scenario, the step that plays at `seconds` is over; math.inf for one that lasts."""
        for end, _ in self._ends():
            if end is None or seconds < end:
                return math.inf if end is None else end
        return math.inf

    def _ends(self) -> Iterator[tuple[float | None, Step]]:
        end = 0.0
        for _ in range(self.repeat):
            for step in self.steps:
                if step.seconds is None:
                    yield None, step
                    return
                end += step.seconds
                yield end, step


HEALTHY = Step(name=CLEAN)
NORMAL = {
    "SourceBitRate": Level(mean=100, spread=2),
    "SourceJitter": Level(mean=6, spread=2),
    "SourceLatency": Level(mean=120, spread=5),
    "SourcePacketLossPercent": Level(mean=0, spread=0.004),
    "SourceRoundTripTime": Level(mean=24, spread=4),
}
"""A healthy stream."""


@dataclass(frozen=True)
class Playing:
    """A scenario on a flow, `seconds` of air time after it began."""

    name: str
    scenario: Scenario
    seconds: float = 0.0

    @property
    def step(self) -> Step:
        """The step that plays now."""
        return self.scenario.step_at(self.seconds)

    def after(self, seconds: float) -> Playing:
        """The same, `seconds` later."""
        return Playing(self.name, self.scenario, self.seconds + seconds)

    def at_next_step(self) -> Playing:
        """The same, at the end of the step that plays now, which does not last."""
        return Playing(self.name, self.scenario, self.scenario.next_change(self.seconds))


def load(path: Path) -> Scenario:
    """One scenario file. Raises UsageError with file, field and reason."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UsageError(f"{path.name}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise UsageError(f"{path.name}: a scenario is a mapping with description and steps")
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UsageError(f"{path.name}: {place}: {first['msg'].removeprefix('Value error, ')}") from error


def load_all(folder: Path = FOLDER) -> dict[str, Scenario]:
    """The scenarios of a folder by name (the file's name without .yaml)."""
    return {path.stem: load(path) for path in sorted(folder.glob("*.yaml"))}
