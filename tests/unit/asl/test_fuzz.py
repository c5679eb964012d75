"""Whatever a definition holds, it is read and linted, or refused in one line: nothing crashes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import asl_mutations as mutations
from headend.asl import model
from headend.asl.lint import linter
from headend.asl.lint.codes import CODES
from headend.asl.source import SourceError

SEEDS = mutations.seeds()
chances = st.integers(0, 2**32).map(random.Random)


def linted(text: str, path: Path, execution_type: str | None = None) -> None:
    """Read and lint; whatever is found has a code and a place in the text."""
    try:
        definition = model.parse(text, path, execution_type)
    except SourceError as error:
        assert "\n" not in str(error)
        return
    lines = text.count("\n") + text.count("\r") + 1
    for finding in linter.lint(definition):
        assert finding.code in CODES
        assert 1 <= finding.line <= lines + 1
        assert finding.column >= 1
        assert "\n" not in finding.message


@given(st.sampled_from(SEEDS), chances)
@settings(max_examples=120, deadline=None)
def test_a_definition_with_faults_is_linted(seed: dict[str, object], chance: random.Random) -> None:
    value = mutations.mutated(seed, SEEDS, chance)
    linted(json.dumps(value, indent=chance.choice((None, 2))), Path("d.json"), chance.choice((None, "EXPRESS")))


@given(st.sampled_from(SEEDS), chances)
@settings(max_examples=60, deadline=None)
def test_a_scratched_text_is_linted_or_refused(seed: dict[str, object], chance: random.Random) -> None:
    linted(mutations.scratched(json.dumps(seed, indent=1), chance), Path("d.json"))
    linted(mutations.scratched(yaml.safe_dump(seed), chance), Path("d.yaml"))


@pytest.mark.parametrize("value", [*mutations.JUNK, *range(2)])
def test_a_state_of_the_wrong_type_is_linted(value: object) -> None:
    for wrong in (value, {"StartAt": value}, {"States": value}, {"StartAt": "A", "States": {"A": value}}):
        linted(json.dumps(wrong), Path("d.json"))


@pytest.mark.parametrize("kind", ["Parallel", "Map"])
def test_machines_inside_machines_are_linted_as_deep_as_they_are_read(kind: str) -> None:
    machine: dict[str, object] = {"StartAt": "S0", "States": {"S0": {"Type": "Succeed"}}}
    for depth in range(1, 24):
        inner = {"Branches": [machine, machine]} if kind == "Parallel" and depth < 8 else {"ItemProcessor": machine}
        state = {"Type": kind if "Branches" in inner else "Map", "End": True, **inner}
        machine = {"StartAt": f"S{depth}", "States": {f"S{depth}": state}}
    linted(json.dumps(machine), Path("d.json"))


def test_a_long_chain_of_states_does_not_recurse() -> None:
    states = {f"S{i}": {"Type": "Pass", "Result": i, "Next": f"S{i + 1}"} for i in range(3000)}
    linted(json.dumps({"StartAt": "S0", "States": {**states, "S3000": {"Type": "Succeed"}}}), Path("d.json"))
