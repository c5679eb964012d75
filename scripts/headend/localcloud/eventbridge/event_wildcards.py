"""The wildcard operator of event patterns: reading, matching, and how much work a set of wildcards can cause.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://github.com/aws/event-ruler#wildcard-matching
"""

from __future__ import annotations

from collections.abc import Sequence

ANY = "*"
MAX_COMPLEXITY = 10
"""From this complexity on a pattern is refused. AWS publishes no figure; Event Ruler's README uses this one."""
MAX_STATES = 2_000
"""So many sets of positions are looked at, at most: what has more is too complex for anybody."""


class InvalidWildcardError(ValueError):
    """The text is not a wildcard pattern; the message is AWS's."""


class Wildcard:
    """A wildcard pattern: `*` stands for any characters, `\\*` and `\\\\` for an asterisk and a backslash."""

    def __init__(self, text: str) -> None:
        """Raises InvalidWildcardError, whose positions count the quote in front of the text, and bytes."""
        self.text = text
        self.parts: list[str] = [""]
        self.steps: list[str] = []
        position = 0
        while position < len(text):
            character = text[position]
            following = text[position + 1 : position + 2]
            place = len(text[:position].encode()) + 1
            if character == "*":
                if following == "*":
                    raise InvalidWildcardError(f"Consecutive wildcard characters at pos {place}")
                self.parts.append("")
                self.steps.append(ANY)
            else:
                if character == "\\":
                    if following not in ("*", "\\") or not following:
                        raise InvalidWildcardError(f"Invalid escape character at pos {place}")
                    position += 1
                    character = following
                self.parts[-1] += character
                self.steps.append(f"={character}")
            position += 1

    def matches(self, text: str) -> bool:
        """Whether the whole of `text` fits."""
        first, *middle = self.parts
        if not middle:
            return text == first
        last = middle.pop()
        if not text.startswith(first) or not text.endswith(last):
            return False
        position = len(first)
        for part in middle:
            found = text.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
        return position <= len(text) - len(last)


def complexity(wildcards: Sequence[Wildcard]) -> int:
    """The most beginnings of the wildcards that one text can fit at the same time, up to MAX_COMPLEXITY.

    Source: https://github.com/aws/event-ruler#matching-with-a-machine
    """
    alphabet = {step for wildcard in wildcards for step in wildcard.steps if step != ANY} | {"other"}
    start = frozenset((which, 0) for which in range(len(wildcards)))
    start = _through_wildcards(start, wildcards)
    waiting, known, most = [start], {start}, 0
    while waiting:
        positions = waiting.pop()
        most = max(most, sum(position > 0 for _, position in positions))
        if most >= MAX_COMPLEXITY or len(known) > MAX_STATES:
            return MAX_COMPLEXITY
        for character in alphabet:
            reached = set()
            for which, position in positions:
                steps = wildcards[which].steps
                if position and steps[position - 1] == ANY:
                    reached.add((which, position))
                if position < len(steps) and steps[position] == character:
                    reached.add((which, position + 1))
            following = _through_wildcards(frozenset(reached), wildcards)
            if following and following not in known:
                known.add(following)
                waiting.append(following)
    return most


def _through_wildcards(
    positions: frozenset[tuple[int, int]], wildcards: Sequence[Wildcard]
) -> frozenset[tuple[int, int]]:
    """With the positions behind wildcards that stand for no character."""
    further = {
        (which, position + 1)
        for which, position in positions
        if position < len(wildcards[which].steps) and wildcards[which].steps[position] == ANY
    }
    return positions | further
