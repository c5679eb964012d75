"""How the ways through a definition are counted: headend.asl.cost.paths and walks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend.asl import model
from headend.asl.cost import walks
from headend.asl.cost.assumptions import Assumptions, check
from headend.asl.cost.paths import LONGEST, LONGEST_ERROR, SHORTEST, SHORTEST_ERROR, Paths, Rule
from headend.errors import HeadendError, UsageError


def definition(states: dict[str, Any], start: str | None = None) -> model.Definition:
    return model.parse(json.dumps({"StartAt": start or next(iter(states)), "States": states}))


def fewest_and_most(found: model.Definition, assumed: Assumptions | None = None, errors: bool = False) -> list[int]:
    paths = Paths(assumed or Assumptions())
    rules = (SHORTEST_ERROR, LONGEST_ERROR) if errors else (SHORTEST, LONGEST)
    return [best.transitions for rule in rules if (best := paths.ways(found.root, rule).best)]


def usual(found: model.Definition, assumed: Assumptions | None = None) -> list[str]:
    assumed = assumed or Assumptions()
    return walks.Usual(Paths(assumed), assumed).walk(found.root)


def choice(*targets: str) -> dict[str, Any]:
    rules = [{"Variable": "$.x", "NumericEquals": index, "Next": name} for index, name in enumerate(targets[:-1])]
    return {"Type": "Choice", "Choices": rules, "Default": targets[-1]}


def step(to: str | None = None, **more: Any) -> dict[str, Any]:
    return {"Type": "Pass", **({"Next": to} if to else {"End": True}), **more}


def task(to: str | None = None, **more: Any) -> dict[str, Any]:
    return {**step(to, **more), "Type": "Task", "Resource": "arn:aws:states:::sns:publish"}


POLL = {
    "Begin": step("Ask"),
    "Ask": task("Done?"),
    "Done?": choice("Good", "Bad", "Pause"),
    "Pause": {"Type": "Wait", "Seconds": 5, "Next": "Ask"},
    "Good": {"Type": "Succeed"},
    "Bad": {"Type": "Fail"},
}


def test_each_state_entered_is_one_transition() -> None:
    assert fewest_and_most(definition({"A": step("B"), "B": step("C"), "C": step()})) == [3, 3]


def test_ways_are_compared_where_they_meet() -> None:
    found = definition({"A": choice("B", "D"), "B": step("C"), "C": step("D"), "D": step()})
    assert fewest_and_most(found) == [2, 4]


def test_a_failed_end_counts_only_where_errors_are_asked_for() -> None:
    found = definition({"A": choice("Bad", "B"), "B": step("C"), "C": step(), "Bad": {"Type": "Fail"}})
    assert fewest_and_most(found) == [3, 3]
    assert fewest_and_most(found, errors=True) == [2, 3]


def test_retries_count_one_each_and_each_retrier_counts_its_own() -> None:
    retry = [{"ErrorEquals": ["A"], "MaxAttempts": 2}, {"ErrorEquals": ["States.ALL"]}]
    found = definition({"A": task(Retry=retry)})
    assert fewest_and_most(found) == [1, 1]
    assert fewest_and_most(found, errors=True) == [1, 1 + 2 + 3]


def test_a_retried_parallel_state_runs_its_branches_again() -> None:
    branch = {"StartAt": "X", "States": {"X": step()}}
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    found = definition({"A": {"Type": "Parallel", "Branches": [branch], "Retry": retry, "End": True}})
    assert fewest_and_most(found, errors=True) == [2, 6]


def test_a_parallel_state_is_itself_and_the_states_of_its_branches() -> None:
    branches = [{"StartAt": "X", "States": {"X": step("Y"), "Y": step()}}, {"StartAt": "Z", "States": {"Z": step()}}]
    assert fewest_and_most(definition({"A": {"Type": "Parallel", "Branches": branches, "End": True}})) == [4, 4]


def test_an_inline_map_is_itself_and_its_states_for_each_item() -> None:
    processor = {"StartAt": "X", "States": {"X": step("Y"), "Y": step()}}
    found = definition({"A": {"Type": "Map", "ItemProcessor": processor, "End": True}})
    assert fewest_and_most(found, Assumptions(items={"A": 40})) == [81, 81]
    assert fewest_and_most(found, Assumptions(items_else=0)) == [1, 1]


@pytest.mark.parametrize(("kind", "transitions"), [("STANDARD", 1 + 5 * (1 + 2)), ("EXPRESS", 1 + 5)])
def test_a_distributed_map_counts_each_child_that_it_starts(kind: str, transitions: int) -> None:
    settings = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    processor = {"ProcessorConfig": settings, "StartAt": "X", "States": {"X": step("Y"), "Y": step()}}
    found = definition(
        {"A": {"Type": "Map", "ItemProcessor": processor, "ItemBatcher": {"MaxItemsPerBatch": 4}, "End": True}}
    )
    assert fewest_and_most(found, Assumptions(items={"A": 18})) == [transitions, transitions]


@pytest.mark.parametrize(("rounds", "transitions"), [(0, 4), (1, 7), (20, 64)])
def test_a_loop_goes_round_as_often_as_was_said(rounds: int, transitions: int) -> None:
    assumed = Assumptions(rounds={"Pause": rounds})
    assert fewest_and_most(definition(POLL), assumed) == [transitions, transitions]
    assert len(usual(definition(POLL), assumed)) == transitions


def test_loops_in_loops_go_round_in_each_round_of_the_outer_one() -> None:
    states = {
        "Page": task("Row"),
        "Row": task("More rows?"),
        "More rows?": choice("Row", "More pages?"),
        "More pages?": choice("Page", "End"),
        "End": step(),
    }
    found = definition(states)
    one_page = 1 + 2 + 3 * 2 + 1  # Page, Row and its Choice, three rounds of these, More pages?
    assumed = Assumptions(rounds={"Row": 3, "Page": 2})
    assert fewest_and_most(found, assumed) == [3 * one_page + 1] * 2
    assert len(usual(found, assumed)) == 3 * one_page + 1


def test_a_loop_through_catch_is_gone_round_only_with_errors() -> None:
    found = definition({"A": task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Pause"}]), "Pause": step("A")})
    assumed = Assumptions(rounds_else=4)
    assert fewest_and_most(found, assumed) == [1, 1]
    assert fewest_and_most(found, assumed, errors=True) == [9, 9]


def test_a_loop_that_only_an_error_ends_is_counted() -> None:
    states = {
        "A": task("B", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "End"}]),
        "B": step("A"),
        "End": {"Type": "Succeed"},
    }
    assert fewest_and_most(definition(states)) == [4, 4]
    assert usual(definition(states)) == ["A", "B", "A", "End"]


def test_a_loop_entered_in_two_places_is_counted() -> None:
    states = {"S": choice("A", "B"), "A": step("B"), "B": choice("A", "End"), "End": step()}
    assert fewest_and_most(definition(states), Assumptions(rounds_else=0)) == [3, 5]  # S B A B End passes its head


def test_the_usual_path_takes_the_first_rule_with_a_good_end_or_the_one_that_was_said() -> None:
    found = definition({"A": choice("Bad", "B", "C"), "B": step(), "C": step(), "Bad": {"Type": "Fail"}})
    assert usual(found) == ["A", "B"]
    assert usual(found, Assumptions(take={"A": "C"})) == ["A", "C"]
    assert usual(found, Assumptions(take={"A": "Bad"})) == ["A", "Bad"]


def test_a_million_million_paths_are_not_listed() -> None:
    states: dict[str, Any] = {}
    for number in range(200):
        states |= {f"C{number}": choice(f"L{number}", f"R{number}"), f"L{number}": step(f"C{number + 1}")}
        states |= {f"R{number}": step(f"S{number}"), f"S{number}": step(f"C{number + 1}")}
    found = definition({**states, "C200": step()})
    assert fewest_and_most(found) == [401, 601]
    paths = Paths(Assumptions())
    assert walks.count(found.root, paths) == 2**200
    named = walks.named(found.root, paths, 3)
    assert [(way.fewest, way.most) for way in named] == [(401, 401), (402, 402), (402, 402)]


def test_named_paths_say_where_an_error_was_caught() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Bad"}]
    found = definition({"A": task("B", Catch=catch), "B": step(), "Bad": {"Type": "Fail"}})
    first, second = walks.named(found.root, Paths(Assumptions()), 10)
    assert (first.states, first.caught, first.fails) == (("A", "B"), frozenset(), False)
    assert (second.states, second.caught, second.fails) == (("A", "Bad"), {"A"}, True)


def test_no_end_and_no_start_are_one_line() -> None:
    with pytest.raises(HeadendError, match="no way leads to an end"):
        fewest_and_most(definition({"A": step("B"), "B": step("A")}))
    with pytest.raises(HeadendError, match="StartAt names no state"):
        fewest_and_most(definition({"A": step()}, start="B"))


def test_loops_nested_too_deep_are_one_line() -> None:
    names = [f"S{number}" for number in range(20)]
    states: dict[str, Any] = {name: choice(*names, "End") for name in names}
    with pytest.raises(HeadendError, match="nested more than 12 deep"):
        fewest_and_most(definition({**states, "End": step()}))


def test_names_that_are_not_there_are_named_with_those_that_are() -> None:
    found = definition(POLL)
    with pytest.raises(UsageError, match=r"--items Ask: there is no such Map state; there are: none"):
        check(found, Assumptions(items={"Ask": 2}))
    with pytest.raises(UsageError, match=r"--take Done\?=Ask: Done\? goes to Bad, Good, Pause"):
        check(found, Assumptions(take={"Done?": "Ask"}))
    with pytest.raises(UsageError, match="--rounds Asq"):
        check(found, Assumptions(rounds={"Asq": 2}))


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Any]:
    """States without loops: each goes on to later ones."""
    size = draw(st.integers(1, 9))
    states: dict[str, Any] = {}
    for number in range(size):
        later = [f"S{other}" for other in range(number + 1, size)]
        targets = draw(st.lists(st.sampled_from(later), min_size=1, max_size=3)) if later else []
        if not targets:
            states[f"S{number}"] = step()
        elif len(targets) == 1:
            states[f"S{number}"] = step(targets[0])
        else:
            states[f"S{number}"] = choice(*targets)
    return states


def all_ways(found: model.Definition, name: str) -> Iterator[tuple[str, ...]]:
    targets = dict.fromkeys(way.target for way in found.root.states[name].transitions)
    if not targets:
        yield (name,)
    for target in targets:
        for rest in all_ways(found, target):
            yield (name, *rest)


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_without_loops_it_says_what_listing_all_ways_says(states: dict[str, Any]) -> None:
    found = definition(states)
    ways = list(all_ways(found, "S0"))
    assert fewest_and_most(found) == [min(map(len, ways)), max(map(len, ways))]
    paths = Paths(Assumptions())
    assert walks.count(found.root, paths) == len(ways)
    assert {way.states for way in walks.named(found.root, paths, len(ways) + 1)} == set(ways)
    assert tuple(usual(found)) in ways


@st.composite
def tangles(draw: st.DrawFn) -> dict[str, Any]:
    """States with any ways, up to loops in loops, and an end that each may go to."""
    names = [f"S{number}" for number in range(draw(st.integers(1, 6)))]
    return {
        **{name: choice(*draw(st.lists(st.sampled_from([*names, "End"]), max_size=2)), "End") for name in names},
        "End": step(),
    }


@given(tangles(), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_whatever_the_loops_the_counts_agree_with_each_other(states: dict[str, Any], rounds: int) -> None:
    found, assumed = definition(states), Assumptions(rounds_else=rounds)
    fewest, most = fewest_and_most(found, assumed)
    assert 2 <= fewest <= most
    walked = usual(found, assumed)
    assert walked[0] == "S0"
    assert walked[-1] == "End"
    for rule in (SHORTEST, Rule(SHORTEST.better, True)):
        best = Paths(assumed).ways(found.root, rule).best
        assert best is not None
        assert sum(best.occurrences().values()) == best.transitions
