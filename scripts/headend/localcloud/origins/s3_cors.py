"""A bucket's CORS rules, as S3 applies them at the bucket's own host name.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Headers = list[tuple[str, str]]
PREFIX = "access-control-"


def without(headers: Iterable[tuple[str, str]]) -> Headers:
    """The headers without those of CORS: moto's server sends them with everything."""
    return [(name, value) for name, value in headers if not name.lower().startswith(PREFIX)]


def answered(rules: Iterable[Any], origin: str, method: str, wanted: Iterable[str] = ()) -> Headers | None:
    """What the first rule that fits says to a page of `origin` that asks with `method` and the headers `wanted`.

    None when no rule fits. `rules` are moto's.
    """
    for rule in rules:
        if method not in _all(rule.allowed_methods):
            continue
        allowed = next((one for one in _all(rule.allowed_origins) if fnmatchcase(origin, one)), None)
        names = [one.lower() for one in _all(rule.allowed_headers)]
        if allowed is None or not all(any(fnmatchcase(one.lower(), name) for name in names) for one in wanted):
            continue
        found = [("Access-Control-Allow-Origin", "*" if allowed == "*" else origin)]
        found.append(("Access-Control-Allow-Methods", ", ".join(_all(rule.allowed_methods))))
        if wanted:
            found.append(("Access-Control-Allow-Headers", ", ".join(wanted)))
        if _all(rule.exposed_headers):
            found.append(("Access-Control-Expose-Headers", ", ".join(_all(rule.exposed_headers))))
        if rule.max_age_seconds is not None:
            found.append(("Access-Control-Max-Age", str(rule.max_age_seconds)))
        found.append(("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"))
        return found
    return None


def preflight(rules: Iterable[Any], environment: Mapping[str, Any]) -> Headers | None:
    """The answer to a preflight request; None when no rule fits."""
    asked = environment.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    wanted = [one.strip() for one in asked.split(",") if one.strip()]
    method = environment.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "")
    return answered(rules, environment.get("HTTP_ORIGIN", ""), method, wanted)


def _all(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
