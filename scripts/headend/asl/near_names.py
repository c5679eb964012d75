"""The name that somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(name: str, names: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The one of `names` that is nearest to `name`, whatever the case; None where none is that near (0 to 1)."""
    by_small: dict[str, str] = {}
    for known in names:
        by_small.setdefault(known.lower(), known)
    found = get_close_matches(name.lower()[:200], by_small, n=1, cutoff=cutoff)
    return by_small[found[0]] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`: did you mean "Next"?`, or nothing where no name is near."""
    found = near(name, names)
    return f': did you mean "{found}"?' if found else ""
