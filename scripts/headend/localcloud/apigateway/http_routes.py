"""Which stage and which route of an HTTP API a request is for.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DEFAULT = "$default"


@dataclass(frozen=True)
class Match:
    """A route's key, as in `GET /pets/{id}`, and the path variables that it found."""

    route_key: str
    variables: Mapping[str, str] = field(default_factory=dict)


def stage_of(path: str, stages: Iterable[str]) -> tuple[str, str] | None:
    """(stage, path below it): the stage that the path's first part names, else $default; None without either."""
    known = set(stages)
    first, _, rest = path.lstrip("/").partition("/")
    if first in known and first != DEFAULT:
        return first, f"/{rest}"
    return (DEFAULT, path or "/") if DEFAULT in known else None


def route_of(method: str, path: str, route_keys: Iterable[str]) -> Match | None:
    """The best match: a full one before one with a greedy variable before $default, and the most specific of each.

    Of two routes that match with the same path, the one that names the method is taken before ANY.
    """
    found: list[tuple[tuple[int, ...], Match]] = []
    for key in route_keys:
        if key == DEFAULT:
            found.append(((2,), Match(key)))
            continue
        wanted, _, form = key.partition(" ")
        variables = _variables(form, path) if wanted in (method, "ANY") else None
        if variables is not None:
            found.append((_rank(wanted, form), Match(key, variables)))
    return min(found, key=lambda one: one[0])[1] if found else None


def path_of(route_key: str) -> str:
    """A route's path, as in `/pets/{id}`; that of $default is $default."""
    return route_key.partition(" ")[2] or route_key


def _rank(method: str, form: str) -> tuple[int, ...]:
    """Lower is better: full before greedy; then, from left to right, fixed parts before variables; then the method."""
    parts = [_kind(part) for part in _parts(form)]
    return (int(2 in parts), *parts, -len(parts), int(method == "ANY"))


def _kind(part: str) -> int:
    if not part.startswith("{"):
        return 0
    return 2 if part.endswith("+}") else 1


def _variables(form: str, path: str) -> dict[str, str] | None:
    """What the variables of a route's path stand for; None when the path is another."""
    pattern = "/".join(_pattern(part) for part in _parts(form))
    found = re.fullmatch(f"/{pattern}", path)
    if found is None:
        return None
    names = [part.strip("{}+") for part in _parts(form) if _kind(part)]
    return dict(zip(names, found.groups(), strict=True))


def _pattern(part: str) -> str:
    return (re.escape(part), "([^/]+)", "(.+)")[_kind(part)]


def _parts(form: str) -> list[str]:
    return form.lstrip("/").split("/")
