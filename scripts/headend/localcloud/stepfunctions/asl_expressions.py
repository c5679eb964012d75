"""Gives moto's interpreter the local cloud's paths, intrinsic functions and comparisons.

moto's read negative numbers, escapes, wildcards and types differently from AWS, and name no error. Sources:
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.component import Component
from moto.stepfunctions.parser.asl.component.intrinsic.functionname.state_function_name_types import (
    StatesFunctionNameType,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_func import (
    ComparisonFuncStringVariableSample,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_operator_type import (
    ComparisonOperatorType,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStoreError
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from headend.localcloud import moto_patches
from headend.localcloud.stepfunctions import asl_comparisons, asl_intrinsic_syntax, asl_paths
from headend.localcloud.stepfunctions.asl_failures import failure
from headend.localcloud.stepfunctions.asl_intrinsics import INTRINSICS, IntrinsicError

ASL = f"{moto_patches.PARSER}.asl"
PREPROCESSOR = f"{ASL}.parse.preprocessor"
PATHS = f"{ASL}.utils.json_path"
BINDING = (
    f"{ASL}.component.common.payload.payloadvalue.payloadbinding.payload_binding:PayloadBindingStringExpressionSimple"
)
ITEMS_PATH = f"{ASL}.component.common.path.items_path:ItemsPath"
RESULT_PATH = f"{ASL}.component.common.path.result_path:ResultPath"
INTRINSIC = f"{ASL}.component.common.string.string_expression:StringIntrinsicFunction"
INTRINSIC_PARSER = f"{ASL}.parse.intrinsic.intrinsic_parser:IntrinsicParser"
COMPARISON = f"{ASL}.component.state.choice.comparison.comparison_variable:ComparisonVariable"
NOT_A_CHOICE_PATH = "The choice state's condition path references an invalid value."


class Expression:
    """A parsed path in the form that moto asks: find gives a list of at most one match."""

    def __init__(self, path: str) -> None:
        self._path = path
        asl_paths.find(path, None)

    def find(self, data: Any) -> list[Any]:
        """The match in `data`, as moto reads it."""
        value = asl_paths.find(self._path, data)
        return [] if value is asl_paths.MISSING else [SimpleNamespace(value=value, path=None, context=None)]


class IntrinsicTree(Component):  # type: ignore[misc]
    """A parsed intrinsic function, with the name where moto looks for it."""

    def __init__(self, call: asl_intrinsic_syntax.Call) -> None:
        self.call = call
        self.name = SimpleNamespace(name=StatesFunctionNameType[call.name.removeprefix("States.")].name())


def parse_intrinsic(text: str) -> tuple[IntrinsicTree, None]:
    """The tree of an intrinsic function, of its text as it stands in the definition's JSON."""
    return IntrinsicTree(asl_intrinsic_syntax.parse(json.loads(f'"{text}"', strict=False))), None


def call_intrinsic(self: Any, env: Any) -> None:
    """Put the value of an intrinsic function on the stack."""
    text = json.loads(f'"{self.intrinsic_function_derivation}"', strict=False)
    try:
        env.stack.append(copy.deepcopy(_value(self.function.call, env, env.stack[-1] if env.stack else None, text)))
    except IntrinsicError as error:
        cause = f"The function '{text}' had the following error: {error}"
        raise failure(env, StatesErrorNameType.StatesIntrinsicFailure, cause, located=True) from error


def _value(node: Any, env: Any, data: Any, text: str) -> Any:
    if isinstance(node, asl_intrinsic_syntax.Literal):
        return node.value
    if isinstance(node, asl_intrinsic_syntax.Call):
        values = [_value(argument, env, data, text) for argument in node.arguments]
        return INTRINSICS[node.name].call(*values)
    if node.root == "$$":
        data = env.states.context_object.context_object_data
    elif node.root:
        try:
            data = env.variable_store.get(node.root)
        except VariableStoreError as error:
            raise failure(env, StatesErrorNameType.StatesRuntime, f"The variable '{node.text}' is not set") from error
    found = asl_paths.find(node.path, data)
    if found is asl_paths.MISSING:
        cause = (
            f"The function '{text}' had the following error: The JSONPath argument '{node.text}' could not be found "
            f"in the input '{json.dumps(data, separators=(',', ':'), default=str)}'"
        )
        raise failure(env, StatesErrorNameType.StatesRuntime, cause)
    return found


def bind(self: Any, env: Any) -> Any:
    """The value of a field whose name ends in .$, in Parameters, ItemSelector or ResultSelector."""
    try:
        self.string_expression_simple.eval(env=env)
    except NoSuchJsonPathError as error:
        shown = json.dumps(error.data, separators=(",", ":"), ensure_ascii=False, default=str)
        cause = (
            f"The JSONPath '{error.json_path}' specified for the field '{self.field}.$' "
            f"could not be found in the input '{shown}'"
        )
        raise failure(env, StatesErrorNameType.StatesRuntime, cause) from error
    return env.stack.pop()


def items(self: Any, env: Any) -> None:
    """The items of a Map state that are selected by a path."""
    self.string_sampler.eval(env=env)
    if not isinstance(env.stack[-1], list):
        cause = f'Reference path "{self.string_sampler.literal_value}" must point to array.'
        raise failure(env, StatesErrorNameType.StatesRuntime, cause)


def apply_result_path(self: Any, env: Any) -> None:
    """Put the result on the stack into the state's input, at the path; null keeps the input."""
    data = env.states.get_input()
    path = self.result_path_src
    if path is None:
        env.stack.clear()
        env.stack.append(data)
        return
    result = copy.deepcopy(env.stack.pop())
    try:
        env.stack.append(asl_paths.put(path, data, result))
    except KeyError as error:
        shown = json.dumps(data, separators=(",", ":"), default=str)
        cause = f"Unable to apply step {error} of the ResultPath '{path}' to input '{shown}'"
        raise failure(env, StatesErrorNameType.StatesResultPathMatchFailure, cause) from error


def compare(self: Any, env: Any) -> None:
    """One comparison of a Choice rule; a path has to lead somewhere, unless its presence is asked."""
    self.variable.eval(env)
    variable = env.stack.pop()
    function = self.comparison_function
    kind: ComparisonOperatorType = function.operator_type
    if kind is ComparisonOperatorType.IsPresent:
        env.stack.append(isinstance(variable, NoSuchVariable) is not function.value)
        return
    if isinstance(variable, NoSuchVariable):
        raise _no_such_path(env, self.variable.string_sampler.literal_value)
    value = function.value
    if isinstance(function, ComparisonFuncStringVariableSample):
        function.string_variable_sample.eval(env)
        value = env.stack.pop()
    elif kind.name.endswith("Path"):
        data, path = env.stack[-1], str(value)
        if path.startswith("$$"):
            data, path = env.states.context_object.context_object_data, path[1:]
        value = asl_paths.find(path, data)
        if value is asl_paths.MISSING:
            raise _no_such_path(env, function.value)
    env.stack.append(asl_comparisons.holds(kind.name.removesuffix("Path"), variable, value))


def _no_such_path(env: Any, path: str) -> FailureEventException:
    return failure(env, StatesErrorNameType.StatesRuntime, f"Invalid path '{path}': {NOT_A_CHOICE_PATH}")


def inner_string(parser_rule_context: Any) -> str | None:
    """The text of a string of the definition, with JSON's escapes read; None for null."""
    text = parser_rule_context.getText()
    if text == "null":
        return None
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return str(json.loads(text, strict=False))
    return str(text)


def open_query_language_scope(self: Any, parse_tree: Any) -> None:
    """Keep the query languages of a definition with its own reader: moto's one list is shared by all that are read."""
    if "_query_language_per_scope" not in vars(self):
        self._query_language_per_scope = []
    moto_patches.original(f"{PREPROCESSOR}:Preprocessor", "_open_query_language_scope")(self, parse_tree)


def apply() -> None:
    """Put the corrections in place."""
    moto_patches.replace(PATHS, "parse", Expression)
    moto_patches.replace(f"{PREPROCESSOR}:Preprocessor", "_inner_string_of", staticmethod(inner_string))
    moto_patches.replace(PREPROCESSOR, "from_string_literal", inner_string)
    moto_patches.replace(f"{PREPROCESSOR}:Preprocessor", "_open_query_language_scope", open_query_language_scope)
    moto_patches.replace(BINDING, "_eval_val", bind)
    moto_patches.replace(ITEMS_PATH, "_eval_body", items)
    moto_patches.replace(RESULT_PATH, "_eval_body", apply_result_path)
    moto_patches.replace(INTRINSIC, "_eval_body", call_intrinsic)
    moto_patches.replace(INTRINSIC_PARSER, "parse", staticmethod(parse_intrinsic))
    moto_patches.replace(COMPARISON, "_eval_body", compare)
