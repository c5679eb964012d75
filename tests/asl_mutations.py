"""Definitions with faults in them: valid ones, changed at random places."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

from headend.asl import source
from headend.asl.lint.codes import CODES
from headend.asl.source import Pointer, SourceError

JUNK: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**30,
        "",
        " ",
        "$",
        "$$",
        "$.",
        "$.a[",
        "$[?(@.x==1)]",
        "$states",
        "{%",
        "{% %}",
    ),
    *(
        "{% $ %}",
        "{% $sum( %}",
        "${x}",
        "${",
        "States.Format('{}', $.a)",
        "States.",
        "\0",
        "é\U0001f600",
        "x" * 300,
        "two\nlines\x1b[2J",
    ),
    *([], [[]], [None], {}, {"": ""}, {"a.$": 1}, {"a.$": "$"}, {"States": []}, [{}], [{"Next": 1}], {"Type": []}),
    *(
        "arn:aws:states:::",
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::aws-sdk:s3:",
        "arn:aws:lambda:::function:",
    ),
    *("States.ALL", "JSONata", "JSONPath", "Map", "Parallel", "Choice", "Task", "Wait", "DISTRIBUTED", "EXPRESS"),
)
"""Values that do not belong where they are put."""
KEYS = (
    *(
        "Type",
        "Next",
        "End",
        "Default",
        "Choices",
        "And",
        "Or",
        "Not",
        "Variable",
        "Condition",
        "Retry",
        "Catch",
        "Assign",
    ),
    *(
        "Output",
        "Arguments",
        "Parameters",
        "Result",
        "ResultPath",
        "ResultSelector",
        "InputPath",
        "OutputPath",
        "States",
    ),
    *("StartAt", "Branches", "ItemProcessor", "Iterator", "ItemSelector", "ItemReader", "Items", "ItemsPath", "Label"),
    *(
        "ErrorEquals",
        "Resource",
        "QueryLanguage",
        "Seconds",
        "Timestamp",
        "a.$",
        "",
        "ProcessorConfig",
        "Credentials",
        "a\nb",
    ),
)
"""Keys that take another one's place."""


def seeds() -> list[dict[str, Any]]:
    """The examples of all codes: between them they use every part of the language."""
    found = []
    for code in CODES.values():
        for text in (*code.good, *code.bad):
            try:
                found.append(source.parse(text, Path("d.json" if text.lstrip().startswith("{") else "d.yaml")).value)
            except SourceError:
                continue
    return [value for value in found if len(json.dumps(value)) < 20_000]


def mutated(seed: dict[str, Any], others: list[dict[str, Any]], chance: random.Random) -> dict[str, Any]:
    """`seed` with one to six changes; parts of `others` may be put into it."""
    value = copy.deepcopy(seed)
    for _ in range(chance.randint(1, 6)):
        places = [pointer for pointer, _ in source.walk(value) if pointer]
        if places:
            _change(value, chance.choice(places), others, chance)
    return value


def _change(value: Any, pointer: Pointer, others: list[dict[str, Any]], chance: random.Random) -> None:
    holder: Any = value
    for part in pointer[:-1]:
        holder = holder[part]
    last: Any = pointer[-1]
    how = chance.randrange(6)
    if how == 0:
        del holder[last]
    elif how == 1:
        holder[last] = copy.deepcopy(chance.choice(JUNK))
    elif how == 2 and isinstance(holder, dict):
        holder[chance.choice(KEYS)] = holder.pop(last)
    elif how == 3 and isinstance(holder, dict):
        holder[chance.choice(KEYS)] = copy.deepcopy(chance.choice(JUNK))
    elif how == 4:
        holder[last] = copy.deepcopy(chance.choice(list(source.walk(chance.choice(others))))[1])
    elif isinstance(holder[last], str):
        text = holder[last]
        cut = chance.randint(0, len(text))
        holder[last] = text[:cut] + chance.choice(("", "$", "{%", "(", "]", ".", "'", "\\", "${")) + text[cut + 1 :]


def scratched(text: str, chance: random.Random) -> str:
    """Text with pieces cut out, doubled, or replaced."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.randint(0, 12))
        piece = chance.choice(
            ("", text[start:end] * 2, "\0", "\\u", "\ud800", '"', "{", "]", "*a", "&a ", "<<: ", "!x ", "\t")
        )
        text = text[:start] + piece + text[end:]
    return text
