"""Loops in a machine's graph, in time that grows linearly with its states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Graph = Mapping[str, Iterable[str]]


def reached(graph: Graph, starts: Iterable[str]) -> set[str]:
    """All that some way from `starts` reaches, these included."""
    found: set[str] = set()
    todo = list(starts)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += graph.get(name, ())
    return found


def turned(graph: Graph) -> dict[str, list[str]]:
    """The same graph with every way the other way round."""
    back: dict[str, list[str]] = {name: [] for name in graph}
    for name, targets in graph.items():
        for target in targets:
            back.setdefault(target, []).append(name)
    return back


def loops(graph: Graph) -> list[list[str]]:
    """Groups of nodes of which each reaches each (strongly connected), those of one node only if it leads to itself.

    Kosaraju's two passes, without recursion; in the order of the graph's keys.
    """
    finished: list[str] = []
    seen: set[str] = set()
    for start in graph:
        stack = [] if start in seen else [(start, iter(graph[start]))]
        seen.add(start)
        while stack:
            name, targets = stack[-1]
            target = next((item for item in targets if item in graph and item not in seen), None)
            if target is None:
                finished.append(name)
                stack.pop()
            else:
                seen.add(target)
                stack.append((target, iter(graph[target])))
    back, order = turned(graph), {name: i for i, name in enumerate(graph)}
    grouped: set[str] = set()
    found: list[list[str]] = []
    for start in reversed(finished):
        if start in grouped:
            continue
        group, todo = [], [start]
        grouped.add(start)
        while todo:
            name = todo.pop()
            group.append(name)
            fresh = [item for item in back[name] if item in graph and item not in grouped]
            grouped.update(fresh)
            todo += fresh
        if len(group) > 1 or start in graph[start]:
            found.append(sorted(group, key=order.__getitem__))
    return sorted(found, key=lambda group: order[group[0]])


NEAR = 64
"""Nodes that are looked at for a short round."""


def shortest_round(graph: Graph, start: str, within: set[str]) -> list[str] | None:
    """The shortest way from `start` back to it through nodes of `within`; None where there is none near it."""
    before: dict[str, str] = {}
    todo = [start]
    for name in todo:  # grows while it is read: breadth first
        for target in graph.get(name, ()):
            if target == start:
                way = [name]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1]
            if target in within and target not in before:
                before[target] = name
                todo.append(target)
                if len(todo) > NEAR:
                    return None
    return None
