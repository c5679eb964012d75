"""Paths: what they give for an input."""

from __future__ import annotations

from typing import Any

import pytest

from asl_machines import GUIDE, pass_with, run
from running_cloud import RunningCloud

PATHS = f"{GUIDE}/amazon-states-language-paths.html"
EVENT = {
    "flow": {"name": "studio-7", "sources": [{"n": 1, "up": True}, {"n": 5, "up": False}, {"n": 9, "up": True}]},
    "ports": [5000, 5001, 5002, 5003],
    "first name": "Ada",
    "a-b": {"c.d": 4},
    "empty": [],
    "null": None,
    "deep": [[1, 2], [3]],
}


def case(path: str, expected: Any) -> Any:
    return pytest.param(path, expected, id=path.replace(" ", "_"))


@pytest.mark.contract("A path that can name one node only gives that node", source=PATHS)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        case("$", EVENT),
        case("$.flow.name", "studio-7"),
        case("$['flow']['name']", "studio-7"),
        case('$["flow"].name', "studio-7"),
        case("$['first name']", "Ada"),
        case("$.a-b['c.d']", 4),
        case("$.ports[0]", 5000),
        case("$.ports[-1]", 5003),
        case("$.flow.sources[1].n", 5),
        case("$.flow['sources'][2]['up']", True),
        case("$.deep[0][1]", 2),
        case("$.null", None),
        case("$.empty", []),
        case("$.ports.length()", 4),
    ],
)
def test_one_node(cloud: RunningCloud, path: str, expected: Any) -> None:
    assert run(cloud, pass_with({"v.$": path}), EVENT).output == {"v": expected}


@pytest.mark.contract("A path that can name several nodes gives a list, whatever it meets", source=PATHS)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        case("$.ports[*]", [5000, 5001, 5002, 5003]),
        case("$.ports[0:2]", [5000, 5001]),
        case("$.ports[2:]", [5002, 5003]),
        case("$.ports[:1]", [5000]),
        case("$.ports[-2:]", [5002, 5003]),
        case("$.ports[0,3]", [5000, 5003]),
        case("$.ports[9:]", []),
        case("$.empty[*]", []),
        case("$.flow.sources[*].n", [1, 5, 9]),
        case("$.flow.sources[0:1].n", [1]),
        case("$.flow.sources[*].nowhere", []),
        case("$..n", [1, 5, 9]),
        case("$.flow.sources[?(@.n >= 5)].n", [5, 9]),
        case("$.flow.sources[?(@.n == 5)]", [{"n": 5, "up": False}]),
        case("$.flow.sources[?(@.up == true)].n", [1, 9]),
        case("$.flow.sources[?(@.up == true && @.n > 1)].n", [9]),
        case("$.flow.sources[?(@.n < 2 || @.n > 8)].n", [1, 9]),
        case("$.flow.sources[?(@.nowhere)]", []),
        case("$.flow.sources[?(@.n == 77)]", []),
        case("$.deep[*][0]", [1, 3]),
        case("$.deep[*][*]", [1, 2, 3]),
    ],
)
def test_several_nodes(cloud: RunningCloud, path: str, expected: Any) -> None:
    assert run(cloud, pass_with({"v.$": path}), EVENT).output == {"v": expected}


@pytest.mark.contract("A field that ends in .$ and holds no path is refused", source=PATHS)
@pytest.mark.parametrize("text", ["flow", "$.", "$.flow[", "$.flow.sources[?(@.n]", "$$$.x"])
def test_no_path(cloud: RunningCloud, text: str) -> None:
    with pytest.raises(cloud.client("stepfunctions").exceptions.InvalidDefinition):
        run(cloud, pass_with({"v.$": text}), EVENT)
