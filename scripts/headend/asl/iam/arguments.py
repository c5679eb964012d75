"""What a task gives to what it calls, as far as the definition shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from headend.asl.model import State, expression
from headend.asl.source import walk


@dataclass(frozen=True)
class Value:
    """One argument.

    Attributes:
        text: as written, with placeholders; None where it is decided at run time.
        written: the path, intrinsic function or JSONata expression that decides it; the text otherwise.
    """

    text: str | None
    written: str


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call: an object, or decided at run time as a whole.

    Attributes:
        fields: as written; None where an expression or the state's input decides all of them.
        jsonata: the state's query language.
        written: what decides them, where `fields` is None.
    """

    fields: Mapping[str, Any] | None
    jsonata: bool
    written: str = ""

    def __iter__(self) -> Iterator[str]:
        """The names, without `.$`."""
        for name in self.fields or {}:
            yield name if self.jsonata else name.removesuffix(".$")

    def has(self, name: str) -> bool:
        """Whether an argument is given."""
        return self._key(name) is not None

    def values(self, *path: str) -> list[Value]:
        """The texts at a path; lists on the way fan out. Empty where there is none, or what is there is no text."""
        if self.fields is None:
            return [Value(None, self.written)]
        key = self._key(path[0])
        if key is None:
            return []
        return list(self._at(key, self.fields[key], list(path[1:])))

    def text(self, name: str) -> str | None:
        """The only text of an argument, where the definition shows it."""
        found = self.values(name)
        return found[0].text if len(found) == 1 else None

    def objects(self, name: str) -> list[Arguments]:
        """The objects in the list or object `name`, each as arguments of its own."""
        key = None if self.fields is None else self._key(name)
        if key is None or self.fields is None:
            return []
        items = self.fields[key]
        items = items if isinstance(items, list) else [items]
        return [
            Arguments(item, self.jsonata) if isinstance(item, dict) else Arguments(None, self.jsonata, str(item))
            for item in items
        ]

    def inside(self, name: str) -> Iterator[Arguments]:
        """Every object called `name`, however deep."""
        for _, part in walk(self.fields):
            for key, item in part.items() if isinstance(part, dict) else ():
                plain = key if self.jsonata else key.removesuffix(".$")
                if plain == name:
                    yield (
                        Arguments(item, self.jsonata)
                        if isinstance(item, dict)
                        else Arguments(None, self.jsonata, (expression(item) if self.jsonata else None) or str(item))
                    )

    def anywhere(self) -> Iterator[tuple[str, Value]]:
        """All texts with the name of the argument that holds them, however deep."""
        if self.fields is not None:
            yield from self._deep("", self.fields)

    def _key(self, name: str) -> str | None:
        wanted = name.lower()
        for key in self.fields or {}:
            plain = key if self.jsonata else key.removesuffix(".$")
            if plain.lower() == wanted:
                return key
        return None

    def _value(self, key: str, value: Any) -> Value | None:
        if not isinstance(value, str):
            return Value(str(value), str(value)) if isinstance(value, int | float) else None
        if self.jsonata:
            inside = expression(value)
            return Value(value, value) if inside is None else Value(None, inside)
        return Value(None, value) if key.endswith(".$") else Value(value, value)

    def _at(self, key: str, value: Any, path: list[str]) -> Iterator[Value]:
        if isinstance(value, list):
            for item in value:
                yield from self._at(key, item, path)
        elif isinstance(value, dict):
            if path:
                inside = Arguments(value, self.jsonata)
                found = inside._key(path[0])
                if found is not None:
                    yield from inside._at(found, value[found], path[1:])
        else:
            one = self._value(key, value)
            if one and (not path or one.text is None):
                yield one

    def _deep(self, key: str, value: Any) -> Iterator[tuple[str, Value]]:
        if isinstance(value, dict):
            for name, item in value.items():
                yield from self._deep(name, item)
        elif isinstance(value, list):
            for item in value:
                yield from self._deep(key, item)
        else:
            one = self._value(key, value)
            if one:
                yield (key if self.jsonata else key.removesuffix(".$")), one


def of(state: State) -> Arguments:
    """The arguments of a Task state: its Arguments or Parameters, or its whole input."""
    return wrap(state.arguments, state.jsonata)


def wrap(written: Any, jsonata: bool) -> Arguments:
    """Arguments as they stand in a definition."""
    if isinstance(written, dict):
        return Arguments(written, jsonata)
    return Arguments(None, jsonata, (expression(written) if jsonata else None) or "the state's input")
