"""`headend check`: an environment's configuration with its live channel, or encoder settings of somebody's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from headend import live_ladder_files
from headend.check.encoder_rules import Kind
from headend.check.encoder_settings import check_file, check_ladder
from headend.config_errors import ConfigError
from headend.config_live_ladder import Ladder, load_ladder
from headend.environments import Environment
from headend.render import stale_message


def check_environment(environment: Environment) -> Iterator[str]:
    """What an environment is, a line for each part. Raises ConfigError, one line for each fault."""
    config = environment.config()
    yield f"{environment.name}: {config.name} in {config.region}, flows: {', '.join(config.flows)}"
    if config.live is None:
        return
    own = config.live.ladder
    ladder = own or load_ladder(environment.root / live_ladder_files.LADDER)
    check_ladder(ladder)
    _check_rendered(environment, own)
    yield f"live: {config.region} and {config.live.secondary_region}, {said(ladder)}"


def check_settings(path: Path, kind: Kind) -> Iterator[str]:
    """One line for encoder settings that are good. Raises ConfigError, one line for each fault."""
    check_file(path, kind)
    yield f"{path}: good for {'MediaPackage' if kind == 'cmaf' else 'S3'} in two Regions"


def said(ladder: Ladder) -> str:
    """A ladder in a line."""
    names = ", ".join(
        f"{name} {one.width}x{one.height} at {ladder.rate(one)}/s {one.bitrate / 1e6:g} Mb/s"
        for name, one in ladder.ordered
    )
    return f"{names}; segments of {ladder.segment_seconds} s, closed GOPs of {ladder.gop_seconds:g} s"


def _check_rendered(environment: Environment, own: Ladder | None) -> None:
    root = environment.root
    wanted = live_ladder_files.environment_files(root, environment.name, own)
    command = f"headend render --env {environment.name}" if own else "headend render"
    wanted = wanted or live_ladder_files.default_files(root)
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if stale:
        raise ConfigError([stale_message((path.relative_to(root) for path in stale), command)])
