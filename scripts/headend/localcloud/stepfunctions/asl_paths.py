"""Paths into JSON as Step Functions evaluates them, without any state of an execution.

A path that can only name one node gives that node, or nothing. A path with a wildcard, a slice, several names, a
filter or `..` gives the list of what it meets, perhaps an empty one. Missing is `MISSING`.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://github.com/json-path/JsonPath
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from typing import Any

from headend.localcloud.stepfunctions.asl_path_syntax import PathError, Step, parse

MISSING: Any = object()
Found = list[Any]


def find(path: str, data: Any) -> Any:
    """What `path` gives for `data`: a node, a list of nodes, or MISSING. PathError if it is no path."""
    steps, definite = _parsed(path)
    nodes: Found = [data]
    for step in steps:
        nodes = [found for node in nodes for found in _apply(step, node, data)]
    if definite:
        return nodes[0] if nodes else MISSING
    return nodes


def put(path: str, data: Any, value: Any) -> Any:
    """`data` with `value` at a reference path, as ResultPath does; `data` itself is left as it was.

    Objects that are not there are made. KeyError names the step that cannot be taken.
    """
    steps, definite = _parsed(path)
    if not definite:
        raise PathError(f"'{path}' is not a reference path: it can name several nodes")
    if not steps:
        return value
    result = copy.deepcopy(data)
    node = result
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        key: Any = step.values[0]
        if step.kind == "name":
            if not isinstance(node, dict):
                raise KeyError(key)
            if following is None:
                node[key] = value
            elif key not in node:
                node[key] = {}
        else:
            if not isinstance(node, list) or not -len(node) <= key < len(node):
                raise KeyError(key)
            if following is None:
                node[key] = value
        if following is not None:
            node = node[key]
    return result


@functools.lru_cache(maxsize=2048)
def _parsed(path: str) -> tuple[tuple[Step, ...], bool]:
    steps = parse(path)
    return steps, all(step.definite for step in steps)


def _apply(step: Step, node: Any, root: Any) -> Iterator[Any]:
    yield from STEPS[step.kind](step, node, root)


def _name(step: Step, node: Any, _root: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from (node[name] for name in step.values if name in node)


def _index(step: Step, node: Any, _root: Any) -> Iterator[Any]:
    if isinstance(node, list):
        yield from (node[index] for index in step.values if -len(node) <= index < len(node))


def _slice(step: Step, node: Any, _root: Any) -> Iterator[Any]:
    if isinstance(node, list):
        yield from node[slice(*step.values)]


def _wildcard(_step: Step, node: Any, _root: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


def _descend(_step: Step, node: Any, root: Any) -> Iterator[Any]:
    yield node
    for child in _wildcard(_step, node, root):
        yield from _descend(_step, child, root)


def _filter(step: Step, node: Any, root: Any) -> Iterator[Any]:
    for child in _wildcard(step, node, root):
        if _holds(step.values[0], child, root):
            yield child


def _length(_step: Step, node: Any, _root: Any) -> Iterator[Any]:
    if isinstance(node, (list, dict, str)):
        yield len(node)


STEPS: dict[str, Callable[[Step, Any, Any], Iterator[Any]]] = {
    "name": _name,
    "index": _index,
    "slice": _slice,
    "wildcard": _wildcard,
    "descend": _descend,
    "filter": _filter,
    "length": _length,
}


def _holds(condition: Any, node: Any, root: Any) -> bool:
    """Whether a filter's condition, as asl_path_syntax gives it, is true of a node."""
    kind = condition[0]
    if kind == "and":
        return _holds(condition[1], node, root) and _holds(condition[2], node, root)
    if kind == "or":
        return _holds(condition[1], node, root) or _holds(condition[2], node, root)
    if kind == "not":
        return not _holds(condition[1], node, root)
    if kind == "exists":
        return _operand(condition[1], node, root) is not MISSING
    left, right = _operand(condition[2], node, root), _operand(condition[3], node, root)
    return left is not MISSING and right is not MISSING and _compare(condition[1], left, right)


def _operand(operand: Any, node: Any, root: Any) -> Any:
    kind, value = operand
    if kind == "literal":
        return value
    return find(value, node if kind == "node" else root)


def _compare(operator: str, left: Any, right: Any) -> bool:
    if operator == "in":
        return isinstance(right, list) and any(same(left, item) for item in right)
    if operator == "==":
        return same(left, right)
    if operator == "!=":
        return not same(left, right)
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (left, right))
    if not numbers and not (isinstance(left, str) and isinstance(right, str)):
        return False
    ordered = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return bool(ordered[operator])


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal: unlike in Python, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return bool(left is right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    return bool(left == right)
