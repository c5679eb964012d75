"""The manifest of public state machine definitions. Running it needs their repositories: tests/corpus/run.py."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from corpus.manifest import MANIFEST, NoCheckoutError, load, parsed, text_of


def test_each_definition_is_named_once_and_pinned() -> None:
    definitions = load()
    assert len(definitions) >= 50
    assert not [name for name, times in Counter(one.id for one in definitions).items() if times > 1]
    assert all(re.fullmatch("[0-9a-f]{40}", one.commit) for one in definitions)
    assert all(one.licence for one in definitions)


def test_each_definition_says_how_it_ends() -> None:
    for one in load():
        told = [value for name, value in vars(one.expected).items() if name != "status"]
        assert any(value is not None for value in told), one.id


def test_no_definition_is_in_the_repository() -> None:
    assert [path.name for path in MANIFEST.parent.iterdir() if path.suffix in {".json", ".yaml", ".yml"}] == [
        MANIFEST.name
    ]


def test_a_missing_checkout_says_what_to_fetch(tmp_path: Path) -> None:
    with pytest.raises(NoCheckoutError, match=r"git clone https://github\.com/"):
        text_of(load()[0], tmp_path)


def test_a_definition_is_read_as_deployment_tools_read_it() -> None:
    text = (
        '{"StartAt": "Only", "States": {"Only": {"Type": "Wait", "Timestamp": 2026-03-01T10:00:00Z, "End": true,},},}'
    )
    state = parsed(text.replace("Only", "${name}"), {"name": "First"})["States"]["First"]
    assert state == {"Type": "Wait", "Timestamp": "2026-03-01T10:00:00Z", "End": True}
