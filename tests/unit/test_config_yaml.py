"""The YAML that config.yaml may be written in: one value for Python and for Terraform."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from headend.strict_yaml import YamlError, parse

FILE = Path("envs/dev/config.yaml")

AMBIGUOUS = {
    "an id that starts with a zero": "012345678901",
    "an octal number": "0123",
    "a number with underscores": "1_000",
    "a number with an exponent": "1e3",
    "a hexadecimal number": "0x1F",
    "a binary number": "0b101",
    "a YAML 1.2 octal number": "0o17",
    "a plus sign": "+5",
    "a number without a leading digit": ".5",
    "a number without decimals": "1.",
    "infinity": ".inf",
    "not a number": ".NaN",
    "yes": "yes",
    "No": "No",
    "on": "on",
    "OFF": "OFF",
    "y": "y",
    "True": "True",
    "TRUE": "TRUE",
    "Null": "Null",
    "a tilde": "~",
    "a time of day": "12:30",
    "a time with seconds": "12:30:45",
    "a date": "2026-01-01",
    "a timestamp": "2026-01-01T00:00:00Z",
    "an equals sign": "=",
    "a version number": "1.2.3-4",
}
CERTAIN = {
    "5000": 5000,
    "-7": -7,
    "0": 0,
    "0.25": 0.25,
    "-1.5": -1.5,
    "true": True,
    "false": False,
    "null": None,
    "eu-central-1": "eu-central-1",
    "203.0.113.0/24": "203.0.113.0/24",
    "198.51.100.10": "198.51.100.10",
    '"012345678901"': "012345678901",
    "'yes'": "yes",
    '"12:30"': "12:30",
    "noc@example.com": "noc@example.com",
    "two words": "two words",
    "arn:aws:sqs:eu-central-1:123456789012:noc": "arn:aws:sqs:eu-central-1:123456789012:noc",
}


@pytest.mark.parametrize("text", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_a_scalar_with_two_readings_is_refused_with_line_field_and_remedy(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(f"name: live\nflows:\n  studio:\n    value: {text}\n", FILE)
    message = str(caught.value)
    assert message.startswith(f"{FILE}:4: flows.studio.value: {text} is ambiguous: ")
    assert f'quote it: "{text}"' in message
    assert "\n" not in message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_quoting_as_the_message_says_makes_it_a_string(text: str) -> None:
    assert parse(f'value: "{text}"\n', FILE).value == {"value": text}


@pytest.mark.parametrize(("text", "value"), CERTAIN.items())
def test_a_certain_scalar_is_read(text: str, value: object) -> None:
    assert parse(f"value: {text}\n", FILE).value == {"value": value}


@pytest.mark.terraform
def test_terraform_reads_every_certain_scalar_alike(tmp_path: Path) -> None:
    lines = [f"k{index}: {text}" for index, text in enumerate(CERTAIN)]
    assert _terraform_reads("\n".join(lines), tmp_path) == {
        f"k{index}": value for index, value in enumerate(CERTAIN.values())
    }


@pytest.mark.terraform
def test_the_refused_scalars_are_really_read_differently(tmp_path: Path) -> None:
    lines = {f"k{index}": text for index, text in enumerate(AMBIGUOUS.values()) if text not in (".inf", ".NaN", "=")}
    text = "\n".join(f"{key}: {value}" for key, value in lines.items())
    terraform, python = _terraform_reads(text, tmp_path), yaml.safe_load(text)
    different = [value for key, value in lines.items() if terraform[key] != python[key]]
    assert {"012345678901", "0123", "1_000", "1e3", "12:30", "0o17"} <= set(different)


def _terraform_reads(text: str, folder: Path) -> dict[str, Any]:
    (folder / "file.yaml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["terraform", "console"],
        input='jsonencode(yamldecode(file("file.yaml")))\n',
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    value: dict[str, Any] = json.loads(json.loads(done.stdout))
    return value


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\na: 2\n", 2, "a: this key is already on line 1"),
        ("flows:\n  x: {}\n  z: {}\n  x: {}\n", 4, "flows.x: this key is already on line 2"),
        ("a: &x 1\nb: *x\n", 1, "anchors and aliases are not allowed"),
        ("a: {b: 1}\nc:\n  <<: {d: 1}\n", 3, "merge keys"),
        ("a: !!str 5\n", 1, "tag"),
        ("a: !ref x\n", 1, "tag"),
        ("on: 1\n", 1, "on is ambiguous"),
        ("5000: x\n", 1, "a key must be a string"),
        ("? [a, b]\n: 1\n", 1, "a key must be a word"),
        ("a: 1\n---\nb: 2\n", 2, "not valid YAML"),
        ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
        ("a:\n\t- b\n", 2, "not valid YAML"),
        ("\ufeffa: 1\n", 1, "byte order mark"),
        ("a: \x00\n", 1, "not valid YAML"),
    ],
)
def test_a_fault_of_the_file_is_one_line_with_its_line_number(text: str, line: int, words: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text, FILE)
    assert str(caught.value).startswith(f"{FILE}:{line}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    from headend.strict_yaml import load

    path = tmp_path / "config.yaml"
    path.write_bytes(b"name: \xff\xfe")
    with pytest.raises(YamlError, match="cannot be read as UTF-8"):
        load(path)
    with pytest.raises(YamlError, match="there is no such file"):
        load(tmp_path / "other.yaml")


def test_every_value_knows_its_line() -> None:
    document = parse("a: 1\nb:\n  - x\n  - c: 2\n", FILE)
    assert document.line(("b", 1, "c")) == 4
    assert document.line(("b", 1, "z")) == 4
    assert document.line(("nowhere",)) == 1


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        parse(text, FILE)
    except YamlError as error:
        assert str(error).startswith(f"{FILE}:")
        assert len(str(error).splitlines()) == 1


_words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)


@given(
    st.recursive(
        st.booleans() | st.none() | st.integers() | _words,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
        max_leaves=8,
    )
)
def test_json_is_read_as_what_it_says(value: object) -> None:
    assert parse(json.dumps(value), FILE).value == value


@given(st.from_regex(r"\A[-+.0-9][0-9a-zA-Z_.:+-]{0,10}\Z"))
def test_a_plain_scalar_is_accepted_only_where_python_agrees(text: str) -> None:
    try:
        mine = parse(f"v: {text}", FILE).value["v"]
    except (YamlError, TypeError):
        return
    theirs = yaml.safe_load(f"v: {text}")["v"]
    assert mine == theirs
    assert type(mine) is type(theirs)
