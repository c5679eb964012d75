"""Which fields each part of a definition may have, of what type, and within which limits.

Sources: https://states-language.net/spec.html,
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html (a page for each state type),
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (Retry and Catch),
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html and the pages of ItemReader, ItemBatcher
and ResultWriter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from headend.asl.model import JSONATA, JSONPATH, QueryLanguage

Kind = Literal["text", "path", "integer", "number", "boolean", "object", "objects", "list", "texts", "timestamp", "any"]
LONGEST_TIME = 99_999_999
"""Seconds: about 3.2 years."""


@dataclass(frozen=True)
class Field:
    """What one field may hold.

    Attributes:
        kind: its JSON type; "path" is text or null; "objects" and "texts" are lists of these that hold at least one.
        language: the only query language that has it; None for both.
        low, high: limits of a number, both allowed.
        choices: the only texts allowed.
        dynamic: a JSONata state may write an expression instead.
    """

    kind: Kind
    language: QueryLanguage | None = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    dynamic: bool = False


@dataclass(frozen=True)
class Part:
    """The fields of one kind of object.

    Attributes:
        name: as messages call it.
        fields: by name.
        required: names of which each must be there.
        one_of: groups of which exactly one must be there.
        at_most_one: groups of which no two may be there.
    """

    name: str
    fields: dict[str, Field]
    required: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    at_most_one: tuple[tuple[str, ...], ...] = ()


TEXT, ANY, OBJECT = Field("text"), Field("any"), Field("object")
EXPRESSION = Field("text", dynamic=True)
ONLY_PATH = Field("path", JSONPATH)
ONLY_REFERENCE = Field("text", JSONPATH)
ONLY_JSONATA = Field("any", JSONATA)
TEMPLATE = Field("object", JSONPATH)
LIST = Field("list")
_SECONDS = Field("integer", low=1, high=LONGEST_TIME, dynamic=True)
_COUNT = Field("integer", low=0, dynamic=True)
_LANGUAGE = Field("text", choices=(JSONPATH, JSONATA))

COMMON = {"Type": TEXT, "Comment": TEXT, "QueryLanguage": _LANGUAGE}
WAYS_OUT = {"Next": TEXT, "End": Field("boolean")}
FILTERS = {"InputPath": ONLY_PATH, "OutputPath": ONLY_PATH}
RESULT = {"ResultPath": ONLY_PATH, "ResultSelector": TEMPLATE}
VARIABLES = {"Assign": OBJECT, "Output": ONLY_JSONATA}
FAILURES = {"Retry": LIST, "Catch": LIST}
ARGUMENTS = {"Parameters": Field("any", JSONPATH), "Arguments": ONLY_JSONATA}
_NEXT_OR_END = (("Next", "End"),)

STATES: dict[str, Part] = {
    "Task": Part(
        "a Task state",
        {
            **COMMON,
            **WAYS_OUT,
            **FILTERS,
            **RESULT,
            **VARIABLES,
            **FAILURES,
            **ARGUMENTS,
            "Resource": TEXT,
            "Credentials": Field("object", dynamic=True),
            "TimeoutSeconds": _SECONDS,
            "TimeoutSecondsPath": ONLY_REFERENCE,
            "HeartbeatSeconds": _SECONDS,
            "HeartbeatSecondsPath": ONLY_REFERENCE,
        },
        required=("Resource",),
        one_of=_NEXT_OR_END,
        at_most_one=(("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")),
    ),
    "Pass": Part(
        "a Pass state",
        {
            **COMMON,
            **WAYS_OUT,
            **FILTERS,
            **VARIABLES,
            "Result": Field("any", JSONPATH),
            "Parameters": Field("any", JSONPATH),
            "ResultPath": ONLY_PATH,
        },
        one_of=_NEXT_OR_END,
    ),
    "Choice": Part(
        "a Choice state",
        {**COMMON, **FILTERS, **VARIABLES, "Choices": Field("objects"), "Default": TEXT},
        required=("Choices",),
    ),
    "Wait": Part(
        "a Wait state",
        {
            **COMMON,
            **WAYS_OUT,
            **FILTERS,
            **VARIABLES,
            "Seconds": Field("integer", low=0, high=LONGEST_TIME, dynamic=True),
            "SecondsPath": ONLY_REFERENCE,
            "Timestamp": Field("timestamp", dynamic=True),
            "TimestampPath": ONLY_REFERENCE,
        },
        one_of=(*_NEXT_OR_END, ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")),
    ),
    "Succeed": Part("a Succeed state", {**COMMON, **FILTERS, "Output": ONLY_JSONATA}),
    "Fail": Part(
        "a Fail state",
        {**COMMON, "Error": EXPRESSION, "ErrorPath": ONLY_REFERENCE, "Cause": EXPRESSION, "CausePath": ONLY_REFERENCE},
        at_most_one=(("Error", "ErrorPath"), ("Cause", "CausePath")),
    ),
    "Parallel": Part(
        "a Parallel state",
        {
            **COMMON,
            **WAYS_OUT,
            **FILTERS,
            **RESULT,
            **VARIABLES,
            **FAILURES,
            **ARGUMENTS,
            "Branches": Field("objects"),
        },
        required=("Branches",),
        one_of=_NEXT_OR_END,
    ),
    "Map": Part(
        "a Map state",
        {
            **COMMON,
            **WAYS_OUT,
            **FILTERS,
            **RESULT,
            **VARIABLES,
            **FAILURES,
            "Parameters": Field("any", JSONPATH),
            "ItemProcessor": OBJECT,
            "Iterator": OBJECT,
            "Items": ONLY_JSONATA,
            "ItemsPath": ONLY_REFERENCE,
            "ItemSelector": ANY,
            "ItemReader": OBJECT,
            "ItemBatcher": OBJECT,
            "ResultWriter": OBJECT,
            "MaxConcurrency": _COUNT,
            "MaxConcurrencyPath": ONLY_REFERENCE,
            "Label": TEXT,
            "ToleratedFailureCount": _COUNT,
            "ToleratedFailureCountPath": ONLY_REFERENCE,
            "ToleratedFailurePercentage": Field("number", low=0, high=100, dynamic=True),
            "ToleratedFailurePercentagePath": ONLY_REFERENCE,
        },
        one_of=(*_NEXT_OR_END, ("ItemProcessor", "Iterator")),
        at_most_one=(
            ("ItemSelector", "Parameters"),
            ("MaxConcurrency", "MaxConcurrencyPath"),
            ("ToleratedFailureCount", "ToleratedFailureCountPath"),
            ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
        ),
    ),
}

_MACHINE = {"Comment": TEXT, "StartAt": TEXT, "States": OBJECT}
_TIMEOUT = {"TimeoutSeconds": Field("integer", low=1, high=LONGEST_TIME), "Version": Field("text", choices=("1.0",))}
ROOT = Part("the definition", {**_MACHINE, **_TIMEOUT, "QueryLanguage": _LANGUAGE}, required=("StartAt", "States"))
# What AWS does with the definition's own fields in a branch or processor is not documented: they are let through.
BRANCH = Part("a branch", {**_MACHINE, **_TIMEOUT, "QueryLanguage": _LANGUAGE}, required=("StartAt", "States"))
PROCESSOR = Part(
    "the ItemProcessor", {**_MACHINE, **_TIMEOUT, "ProcessorConfig": OBJECT}, required=("StartAt", "States")
)
PROCESSOR_CONFIG = Part(
    "ProcessorConfig",
    {
        "Mode": Field("text", choices=("INLINE", "DISTRIBUTED")),
        "ExecutionType": Field("text", choices=("STANDARD", "EXPRESS")),
    },
)

RETRIER = Part(
    "a retrier",
    {
        "Comment": TEXT,
        "ErrorEquals": Field("texts"),
        "IntervalSeconds": Field("integer", low=1, high=LONGEST_TIME),
        "MaxAttempts": Field("integer", low=0, high=LONGEST_TIME),
        "BackoffRate": Field("number", low=1),
        "MaxDelaySeconds": Field("integer", low=1, high=31_622_399),
        "JitterStrategy": Field("text", choices=("FULL", "NONE")),
    },
    required=("ErrorEquals",),
)
CATCHER = Part(
    "a catcher",
    {
        "Comment": TEXT,
        "ErrorEquals": Field("texts"),
        "Next": TEXT,
        "ResultPath": ONLY_PATH,
        "Assign": OBJECT,
        "Output": ONLY_JSONATA,
    },
    required=("ErrorEquals", "Next"),
)

_COMPARED: dict[str, Kind] = {"String": "text", "Numeric": "number", "Timestamp": "timestamp"}
COMPARISONS: dict[str, Field] = {
    **{
        f"{subject}{how}": Field(kind, JSONPATH)
        for subject, kind in _COMPARED.items()
        for how in ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
    },
    **{
        f"{subject}{how}Path": Field("text", JSONPATH)
        for subject in _COMPARED
        for how in ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
    },
    "BooleanEquals": Field("boolean", JSONPATH),
    "BooleanEqualsPath": Field("text", JSONPATH),
    "StringMatches": Field("text", JSONPATH),
    **{
        f"Is{what}": Field("boolean", JSONPATH)
        for what in ("Null", "Present", "Numeric", "String", "Boolean", "Timestamp")
    },
}
"""The comparison operators of a Choice rule."""
LOGIC = {"And": Field("objects", JSONPATH), "Or": Field("objects", JSONPATH), "Not": TEMPLATE}
_TEST = {"Comment": TEXT, "Variable": Field("text", JSONPATH), **COMPARISONS, **LOGIC}
RULE = Part(
    "a Choice rule",
    {**_TEST, **VARIABLES, "Next": TEXT, "Condition": Field("any", JSONATA)},
    required=("Next",),
)
INNER_RULE = Part("a rule inside And, Or or Not", _TEST)

_NUMBERED = {"MaxItemsPerBatch": "MaxItemsPerBatchPath", "MaxInputBytesPerBatch": "MaxInputBytesPerBatchPath"}
BATCHER = Part(
    "ItemBatcher",
    {
        "Comment": TEXT,
        "BatchInput": ANY,
        "MaxItemsPerBatch": _COUNT,
        "MaxInputBytesPerBatch": Field("integer", low=0, high=262_144, dynamic=True),
        **dict.fromkeys(_NUMBERED.values(), ONLY_PATH),
    },
    at_most_one=tuple(_NUMBERED.items()),
)
READER = Part(
    "ItemReader",
    {"Comment": TEXT, "Resource": TEXT, "ReaderConfig": OBJECT, **ARGUMENTS},
    required=("Resource",),
)
READER_CONFIG = Part(
    "ReaderConfig",
    {
        "InputType": Field("text", choices=("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"), dynamic=True),
        "Transformation": Field("text", choices=("NONE", "LOAD_AND_FLATTEN"), dynamic=True),
        "ManifestType": Field("text", choices=("ATHENA_DATA", "S3_INVENTORY"), dynamic=True),
        "CSVDelimiter": Field("text", choices=("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"), dynamic=True),
        "CSVHeaderLocation": Field("text", choices=("FIRST_ROW", "GIVEN"), dynamic=True),
        "CSVHeaders": ANY,
        "ItemsPointer": EXPRESSION,
        "MaxItems": Field("integer", low=0, high=100_000_000, dynamic=True),
        "MaxItemsPath": ONLY_REFERENCE,
    },
    at_most_one=(("MaxItems", "MaxItemsPath"),),
)
WRITER = Part("ResultWriter", {"Comment": TEXT, "Resource": TEXT, "WriterConfig": OBJECT, **ARGUMENTS})
WRITER_CONFIG = Part(
    "WriterConfig",
    {
        "Transformation": Field("text", choices=("NONE", "COMPACT", "FLATTEN"), dynamic=True),
        "OutputType": Field("text", choices=("JSON", "JSONL"), dynamic=True),
    },
)
CREDENTIALS = Part("Credentials", {"RoleArn": EXPRESSION, "RoleArn.$": Field("text", JSONPATH)})

INSIDE: dict[str, tuple[Part, str | None, Part | None]] = {
    "ItemBatcher": (BATCHER, None, None),
    "ItemReader": (READER, "ReaderConfig", READER_CONFIG),
    "ResultWriter": (WRITER, "WriterConfig", WRITER_CONFIG),
    "Credentials": (CREDENTIALS, None, None),
}
"""Objects in a state: (what they are, the field with their settings, what these are)."""
DISTRIBUTED_ONLY = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
)
"""Fields of a Map state that only its DISTRIBUTED mode uses."""
EVERY_NAME = sorted({name for part in (*STATES.values(), RETRIER, CATCHER, RULE) for name in part.fields})
"""All names of fields of states and of what they hold."""
