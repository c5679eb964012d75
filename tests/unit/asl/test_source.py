"""A definition file is read exactly, or refused in one line that says where and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headend.asl import source
from headend.asl.source import DEEPEST, LARGEST, SourceError

JSON, YAML = Path("d.asl.json"), Path("d.asl.yaml")


def refusal(text: str, path: Path = JSON) -> str:
    with pytest.raises(SourceError) as caught:
        source.parse(text, path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message.removeprefix(str(path))


def file_refusal(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        source.load(path)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(str(path))


def test_what_is_no_file_is_named_in_one_line(tmp_path: Path) -> None:
    assert file_refusal(tmp_path / "none.json") == ": there is no such file"
    assert file_refusal(tmp_path) == ": is a directory: name the definition file in it"


@pytest.mark.parametrize("size", [LARGEST + 1, 5 << 20])
def test_a_file_larger_than_a_definition_may_be_is_not_parsed(tmp_path: Path, size: int) -> None:
    large = tmp_path / "large.json"
    large.write_bytes(b" " * size)
    assert file_refusal(large) == f": has {size:,} bytes: a definition may have 1,048,576 (1 MiB)"


def test_other_encodings_are_refused_and_a_byte_order_mark_is_not(tmp_path: Path) -> None:
    file = tmp_path / "d.json"
    file.write_bytes('{"Comment": "é"}'.encode("latin-1"))
    assert file_refusal(file) == ": is no UTF-8 text (byte 13): save it as UTF-8"
    file.write_bytes('{"a": 1}'.encode("utf-16"))
    assert "is no UTF-8 text" in file_refusal(file)
    file.write_bytes(b"\xef\xbb\xbf" + b'{"a": 1}')
    assert source.load(file).value == {"a": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": is empty: a definition is an object with StartAt and States"),
        (" \n\t", ": is empty: a definition is an object with StartAt and States"),
        ('{"a": }', ":1:7: is no JSON: expecting value"),
        ('{"a": 1,\n "b": [1, 2}', ":2:12: is no JSON: expecting ',' delimiter"),
        ('{"a": "x}', ":1:7: is no JSON: unterminated string"),
        ('{"a": "x\0y"}', ":1:9: is no JSON: invalid control character"),
        ('{"a": NaN}', ":1:7: is no JSON: NaN is a number that JSON cannot hold"),
        ('{"a":\n 1e999}', ":2:2: is no JSON: 1e999 is a number that JSON cannot hold"),
        ('{"a": ' + "9" * 5000 + "}", ":1:7: is no JSON: 99999999999999999... is a number that JSON cannot hold"),
        ('["a"]', ":1:1: holds no object: a definition is one, with StartAt and States"),
        ("null", ":1:1: holds no object: a definition is one, with StartAt and States"),
    ],
)
def test_what_is_no_json_says_where(text: str, said: str) -> None:
    assert refusal(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": is empty: a definition is an object with StartAt and States"),
        ("# nothing\n", ": is empty: a definition is an object with StartAt and States"),
        ("a: [", ":1:5: is no YAML: expected the node content, but found '<stream end>'"),
        ("a: 1\n\tb: 2", ":2:1: is no YAML: found character '\\t' that cannot start any token"),
        ("a: 1\nb: \0", ":2:4: is no YAML: the character U+0000 is not allowed in it"),
        ("a: *b", ":1:4: is no YAML: found undefined alias 'b'"),
        ("? [a]\n: 1", ":1:3: a key must be text"),
        ("a: !!int many", ":1:4: is no YAML: 'many' is no int"),
        ("a: !!bool perhaps", ":1:4: is no YAML: 'perhaps' is no bool"),
        ("- a", ":1:1: holds no object: a definition is one, with StartAt and States"),
        ("a: 1\n---\nb: 2", ":2:1: is no YAML: but found another document"),
        ("a: {<<: 5}", ":1:9: << takes a mapping or a list of mappings"),
    ],
)
def test_what_is_no_yaml_says_where(text: str, said: str) -> None:
    assert refusal(text, YAML) == said


@pytest.mark.parametrize("depth", [DEEPEST + 5, 100_000])
@pytest.mark.parametrize("path", [JSON, YAML])
def test_deep_nesting_is_refused(path: Path, depth: int) -> None:
    if path == YAML and depth > 1000:
        depth = 500
    assert "is nested deeper than 100 levels" in refusal('{"a": ' + "[" * depth + "]" * depth + "}", path)


def test_what_people_nest_is_read() -> None:
    text = '{"a": ' * 60 + "1" + "}" * 60
    assert source.parse(text, JSON).value == source.parse(text, YAML).value


def test_half_a_character_is_refused_where_it_stands() -> None:
    said = r"holds half a character (an escape such as \ud800 without the other half): write it whole"
    assert refusal('{"a": 1,\n "b": "\\ud800"}') == f":2:7: {said}"
    assert refusal('{"\\udfff": 1}') == f":1:2: {said}"
    assert refusal('a: "\\ud800"', YAML) == f":1:4: {said}"
    assert source.parse('{"a": "\\ud83d\\ude00"}', JSON).value == {"a": "😀"}


def test_aliases_that_multiply_are_stopped() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    assert refusal("\n".join(lines), YAML).endswith("has too many parts (aliases of aliases): write it out")
    assert "nested deeper" in refusal("a: &a [*a]", YAML)


def test_merge_keys_that_multiply_cost_nothing() -> None:
    lines = ["m0: &m0 {a: 1}"]
    lines += [f"m{i + 1}: &m{i + 1}\n  <<: [{', '.join([f'*m{i}'] * 9)}]\n  k{i}: 1" for i in range(30)]
    assert len(source.parse("\n".join(lines), YAML).value["m30"]) == 31
    assert source.parse("a: &a {<<: *a, b: 1}", YAML).value == {"a": {"b": 1}}


def test_merged_keys_give_way_to_own_ones_and_are_no_duplicates() -> None:
    document = source.parse("base: &base {x: 1, y: 2}\nown: {<<: *base, x: 3}", YAML)
    assert document.value["own"] == {"x": 3, "y": 2}
    assert document.duplicates == ()


def test_of_equal_keys_the_last_counts_and_is_reported_once() -> None:
    text = '{"a": {"x": 1, "y": 2},\n "a": {"x": 3}}'
    for path in (JSON, YAML):
        document = source.parse(text, path)
        assert document.value == {"a": {"x": 3}}
        assert document.duplicates == (("a",),)
        assert document.position(("a", "x")).line == 2


def test_yaml_has_the_types_of_json_only() -> None:
    text = (
        "when: 2030-01-01\nno: yes\nNext: No\ninf: .inf\n"
        "id: !Ref Topic\nsub: !Sub '${A}-b'\nend: True\nbin: !!binary eA=="
    )
    assert source.parse(text, YAML).value == {
        "when": "2030-01-01",
        "no": "yes",
        "Next": "No",
        "inf": ".inf",
        "id": "${Topic}",
        "sub": "${A}-b",
        "end": True,
        "bin": "eA==",
    }


def test_a_placeholder_without_quotes_is_a_text_and_moves_no_position() -> None:
    text = '{"Seconds": ${Pause}, "Comment": "a \\"${quoted}\\"",\n "After": ${x}, "Last": 1}'
    document = source.parse(text, JSON)
    assert document.value == {"Seconds": "${Pause}", "Comment": 'a "${quoted}"', "After": "${x}", "Last": 1}
    assert document.position(("Comment",)) == source.Position(1, 23)
    assert document.position(("Last",)) == source.Position(2, 17)


def test_columns_are_counted_in_characters_however_long_the_line() -> None:
    value = {f"é{i}": ["ö", "😀"] for i in range(2000)}
    text = json.dumps(value, ensure_ascii=False)
    document = source.parse(text, JSON)
    for key in ("é0", "é1000", "é1999"):
        assert text[document.position((key,)).column - 1 :].startswith(f'"{key}"')
        assert text[document.position((key, 1)).column - 1 :].startswith('"😀"')


def test_places_are_those_of_keys_and_of_values() -> None:
    for path, text in ((JSON, '{"a":\n  {"b":  [10,\n 20]}}'), (YAML, "a:\n  b: [10,\n   20]")):
        document = source.parse(text, path)
        assert document.position(("a", "b")).line == 2
        assert document.position(("a", "b", 1)).line == 3
        assert document.position(("a", "b", "none", "of", "it")) == document.position(("a", "b"))
        assert document.at(("a", "b", 1)) == 20
