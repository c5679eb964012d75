"""Paths: what they consist of, and where a state reads which."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.asl import model, paths


def _state(**fields: object) -> model.State:
    written = json.dumps({"StartAt": "Here", "States": {"Here": fields}})
    return model.parse(written).root.states["Here"]


@pytest.mark.parametrize(
    ("text", "root", "names"),
    [
        ("$", "", ()),
        ("$.order.id", "", ("order", "id")),
        ("$['two words'][0].id", "", ("two words", 0, "id")),
        ("$.orders[*].id", "", ("orders",)),
        ("$$.Execution.Id", "$$", ("Execution", "Id")),
        ("$total.net", "total", ("net",)),
        ("$größe.ä", "größe", ("ä",)),
        ("$.order.id \r\n", "", ("order", "id")),
    ],
)
def test_a_path_has_a_root_and_names(text: str, root: str, names: tuple[str | int, ...]) -> None:
    path = paths.parse(text)
    assert (path.root, path.names, path.known) == (root, names, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "order",
        ".order",
        "$.",
        "$.a b",
        "$.a[",
        "$.a['b]",
        "$..",
        "$.a]",
        "$$23",
        "$.a[?(@.b = 1)]",
        "$.a[?@.b == 1]",
        "$.a.nothing()",
        "$.a b[?(@.c==WORD)]",
    ],
)
def test_what_is_no_path_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(paths.PathError) as raised:
        paths.parse(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["$.a", "$.a[0]['b']", "$$.Map.Item.Value", "$name"])
def test_names_and_indices_make_a_reference_path(text: str) -> None:
    assert paths.parse(text).definite


@pytest.mark.parametrize(
    "text", ["$.a[*]", "$..a", "$.a[0:2]", "$.a[?(@.b > 1)]", "$.a[?(@.b==WORD)]", "$.a[0,1]", "$.*"]
)
def test_what_can_select_several_nodes_is_no_reference_path(text: str) -> None:
    assert not paths.parse(text).definite


@pytest.mark.parametrize("text", ["$.a[?(@.kind==WORD)].b", r"$.a\.b", "$.a[(@.length-1)]", "$.a.min()"])
def test_what_only_aws_reads_is_a_path_of_which_nothing_is_known(text: str) -> None:
    path = paths.parse(text)
    assert (path.known, path.names) == (False, ())


def test_a_very_long_path_is_not_read() -> None:
    assert not paths.parse("$" + ".a" * 100_000).known


@given(st.text(alphabet="$@.[]()'\"?*:,abc 01\\", max_size=40))
def test_any_text_is_a_path_or_is_refused(text: str) -> None:
    try:
        paths.parse(text)
    except paths.PathError as error:
        assert str(error)


def test_the_paths_of_an_intrinsic_function_are_found_at_any_depth() -> None:
    found = paths.paths_in("States.Format('{} {}', $.a.b, States.Array($$.State.Name, $total))")
    assert [path.text for path in found] == ["$.a.b", "$$.State.Name", "$total"]


@pytest.mark.parametrize("text", ["$.${name}", "States.Format('{}', ${path})", "States.Nothing($.a)", "no path"])
def test_what_cannot_be_read_or_is_filled_in_later_has_no_paths(text: str) -> None:
    assert paths.paths_in(text) == []


def test_a_state_reads_the_paths_of_its_fields_and_templates() -> None:
    state = _state(
        Type="Map",
        ItemsPath="$.orders",
        MaxConcurrencyPath="$limit",
        ItemSelector={"order.$": "$$.Map.Item.Value", "all": [{"who.$": "States.Array($.who)"}], "text": "$.not"},
        ItemBatcher={"BatchInput": {"run.$": "$.run"}, "MaxItemsPerBatchPath": "$.size"},
        ItemReader={"ReaderConfig": {"MaxItemsPath": "$.most"}, "Parameters": {"Bucket.$": "$.bucket"}},
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Here", "Assign": {"why.$": "$.Cause"}}],
    )
    found = {(use.field, use.path.text, use.inside) for use in paths.uses(state)}
    assert found == {
        ("ItemsPath", "$.orders", False),
        ("MaxConcurrencyPath", "$limit", False),
        ("ItemSelector", "$$.Map.Item.Value", False),
        ("ItemSelector", "$.who", True),
        ("ItemBatcher", "$.run", False),
        ("ItemBatcher", "$.size", False),
        ("ItemReader", "$.most", False),
        ("ItemReader", "$.bucket", False),
        ("Catch", "$.Cause", False),
    }


def test_a_choice_reads_its_variables_and_what_they_are_compared_with() -> None:
    rule = {"And": [{"Variable": "$.a", "IsPresent": True}, {"Not": {"Variable": "$b", "StringEqualsPath": "$.c"}}]}
    state = _state(Type="Choice", Choices=[{**rule, "Next": "Here"}])
    assert [(use.pointer[2:], use.path.text) for use in paths.uses(state)] == [
        (("Choices", 0, "And", 0, "Variable"), "$.a"),
        (("Choices", 0, "And", 1, "Not", "Variable"), "$b"),
        (("Choices", 0, "And", 1, "Not", "StringEqualsPath"), "$.c"),
    ]


def test_a_state_that_uses_jsonata_reads_no_paths() -> None:
    assert paths.uses(_state(Type="Pass", QueryLanguage="JSONata", Output={"a.$": "$.a"})) == []
