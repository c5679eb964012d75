"""The configuration in docs/how-to/choose-alarms.md is one that `headend` takes, with signals that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headend.config import Config, check
from headend.strict_yaml import parse

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/how-to/choose-alarms.md").read_text(encoding="utf-8"), re.S)
HEAD = "name: live-dev\nregion: eu-central-1\n"
FLOW = """flows:
  studio-a:
    nominal_bit_rate: 20000000
    source: {protocol: srt-listener, ingest_port: 5000, whitelist_cidr: 203.0.113.0/24}
    backup_source: {protocol: srt-listener, ingest_port: 5001, whitelist_cidr: 198.51.100.0/24}
    outputs: {decoder: {protocol: srt-caller, destination: 192.0.2.10, port: 5002}}
"""


def config(block: str) -> Config:
    """The block where it belongs: a whole file, the rest of a flow, or the rest of a file."""
    text = block if block.startswith("flows:") else FLOW + block
    return check(parse(HEAD + text, Path("config.yaml")), local=False)


@pytest.mark.parametrize("block", BLOCKS)
def test_each_example_is_taken(block: str) -> None:
    assert config(block).flows["studio-a"]


def test_every_signal_that_is_named_is_in_the_catalogue() -> None:
    catalogue = (ROOT / "modules/flow_alarms/catalogue.tf").read_text(encoding="utf-8")
    named = {
        signal
        for block in BLOCKS
        for flow in [config(block).flows["studio-a"]]
        if flow.catalogue
        for signal in flow.catalogue.signals or {}
    }
    assert len(named) == 5
    assert all(f'"{signal}"' in catalogue for signal in named)
