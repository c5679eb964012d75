"""The JSONata expressions of a definition: what an expression calls, which variables and paths it reads.

Read by jsonata-python, which the local cloud runs too, held to JSONata 2.0.6: the version that Step Functions has.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
https://docs.jsonata.org/2.0.0/overview
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonata import jexception, jsonata, parser

from headend.asl.model import State, expression
from headend.asl.source import Pointer
from headend.localcloud.stepfunctions import jsonata_bridge
from headend.localcloud.stepfunctions.jsonata_functions import FUNCTIONS as ADDED

_LATER = ("?:", "??")
"""Operators of JSONata 2.1, which Step Functions does not know."""
_ARITHMETIC = frozenset("+-*/%")
_DEEPEST = 400
"""Levels of a tree that are walked."""
_NO_VALUES = frozenset({"ItemProcessor", "Iterator", "Branches", "Comment"})
"""Fields of a state that hold states or prose: no expressions of the state itself."""


class ExpressionError(ValueError):
    """An expression that is no JSONata 2.0.6: one line. `offset` counts characters of the expression from 0."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True)
class Reference:
    """A use of a variable that the expression does not bind itself: `$states.input.order.id`, `$total`.

    Attributes:
        name: the variable's, without the dollar sign; "" for `$` and "$" for `$$`, where no step gives them a value.
        steps: the names (and constant indices) that follow, up to the first step that is neither.
        offset: of its name, in characters of the expression from 0.
        whole: whether `steps` is all of the path.
        alone: whether the expression is nothing else: with no value, the expression fails.
        tested: whether it is an argument of $exists (so that it may be missing).
    """

    name: str
    steps: tuple[str | int, ...]
    offset: int
    whole: bool = True
    alone: bool = False
    tested: bool = False


@dataclass(frozen=True)
class Call:
    """A call of a function by its name, without the dollar sign, that the expression does not bind itself.

    Attributes:
        arguments: how many are given, with the one that `~>` gives.
        contextual: whether it is called where `$` has a value, which may stand for the first argument.
        partial: whether it is given some of its arguments only (`?`).
        literals: the argument at each place, if it is a literal text or number; else None.
    """

    name: str
    arguments: int
    offset: int
    contextual: bool = False
    partial: bool = False
    literals: tuple[str | int | float | None, ...] = ()


@dataclass(frozen=True)
class Expression:
    """What is in an expression.

    Attributes:
        text: without `{%` and `%}`.
        references: uses of variables that it does not bind, functions not among them.
        calls: calls of functions that it does not bind.
        names: field names where there is nothing that they could be a field of: (name, offset).
        faults: operators that can never work with what is written beside them: (message, offset).
    """

    text: str
    references: tuple[Reference, ...] = ()
    calls: tuple[Call, ...] = ()
    names: tuple[tuple[str, int], ...] = ()
    faults: tuple[tuple[str, int], ...] = ()

    @property
    def variables(self) -> list[Reference]:
        """Uses of the workflow's own variables: neither $states nor `$`."""
        return [use for use in self.references if use.name not in ("states", "", "$")]

    @property
    def states(self) -> list[Reference]:
        """Uses of $states."""
        return [use for use in self.references if use.name == "states"]


def parse(text: str) -> Expression:
    """What is in an expression, given without `{%` and `%}`. Raises ExpressionError for what is no expression.

    One that is too deeply nested to be read has nothing in it.
    """
    return _parse(text)


class _Unknown(parser.Parser.Infix):  # type: ignore[misc]
    """An operator that is none, unless its two characters stand in a function's signature."""

    def led(self, _left: Any) -> Any:
        """What reads it as an operator."""
        raise jexception.JException("S0204", self.position, self.value)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Expression:
    reader = parser.Parser()
    for operator in _LATER:
        reader.symbol_table[operator] = _Unknown(reader, operator)
    try:
        tree = reader.parse(text)
        return _Walk(text).run(tree)
    except jexception.JException as error:
        offset = error.location if isinstance(error.location, int) and error.location >= 0 else None
        raise ExpressionError(jsonata_bridge.text_of(error), offset) from None
    except KeyError as error:
        raise ExpressionError(f'S0204: Unknown operator: "{error.args[0]}"', reader.lexer.position) from None
    except IndexError:
        raise ExpressionError("S0203: it ends too early", len(text)) from None
    except (RecursionError, re.error, NotImplementedError, AttributeError, TypeError, ValueError):
        # Too deep, a regular expression that Python does not know but Java does, or a fault of the reader's own.
        return Expression(text)
    except RuntimeError as error:  # of a function's signature
        raise ExpressionError(f"S0401: {error}") from None


def template_expressions(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    """The expressions in a value, at any depth: (pointer, expression without `{%` and `%}`)."""
    todo = [(pointer, value)]
    while todo:
        where, part = todo.pop()
        if isinstance(part, dict):
            todo += [((*where, key), item) for key, item in reversed(part.items())]
        elif isinstance(part, list):
            todo += [((*where, index), part[index]) for index in reversed(range(len(part)))]
        else:
            text = expression(part)
            if text is not None:
                yield where, text


def state_expressions(state: State) -> Iterator[tuple[Pointer, str]]:
    """The expressions of a JSONata state, without those of states inside of it: (pointer, expression)."""
    if not state.jsonata:
        return
    for name, value in state.fields.items():
        if name not in _NO_VALUES:
            yield from template_expressions(value, (*state.pointer, name))


def read_all(state: State) -> Iterator[tuple[Pointer, Expression]]:
    """The same, read; expressions with faults are left out."""
    for pointer, text in state_expressions(state):
        try:
            yield pointer, parse(text)
        except ExpressionError:
            continue


class _Walk:
    """Collects what is in a tree. `scope`: names that the expression binds; `context`: whether `$` has a value."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._references: list[Reference] = []
        self._calls: list[Call] = []
        self._names: list[tuple[str, int]] = []
        self._faults: list[tuple[str, int]] = []
        self._tested = 0
        self._later: set[str] = set()

    def run(self, tree: Any) -> Expression:
        """All of it. Raises RecursionError where the tree is too deep."""
        self._visit(tree, set(), context=False, depth=0)
        references = self._references
        if len(references) == 1 and not self._calls and tree.type in ("path", "variable"):
            only = references[0]
            references = [Reference(only.name, only.steps, only.offset, only.whole, True, only.tested)]
        order = sorted(references, key=lambda use: use.offset)
        return Expression(self._text, tuple(order), tuple(self._calls), tuple(self._names), tuple(self._faults))

    def _visit(self, node: Any, scope: set[str], *, context: bool, depth: int) -> None:
        if node is None:
            return
        if depth > _DEEPEST:
            raise RecursionError
        handler = getattr(self, f"_{node.type}", self._other)
        handler(node, scope, context, depth + 1)
        self._attached(node, scope, depth + 1)

    def _attached(self, node: Any, scope: set[str], depth: int) -> None:
        """Predicates, stages and groupings: inside them `$` is what stands before."""
        for part in [*(node.predicate or []), *(node.stages or [])]:
            if part.type == "index":
                scope.add(str(part.value))
            else:
                self._visit(part.expr, scope, context=True, depth=depth)
        if node.group is not None:
            for key, value in node.group.lhs_object:
                self._visit(key, scope, context=True, depth=depth)
                self._visit(value, scope, context=True, depth=depth)

    def _path(self, node: Any, scope: set[str], context: bool, depth: int) -> None:
        inner = set(scope)
        for index, step in enumerate(node.steps):
            inner |= {name for name in (step.focus, step.index) if isinstance(name, str)}
            if index == 0 and step.type == "name":
                if not context:
                    self._names.append((str(step.value), self._start(step, str(step.value))))
                self._attached(step, inner, depth)
            elif step.type == "name":
                self._attached(step, inner, depth)
            elif index == 0 and step.type == "variable":
                self._reference(step, inner, context, node.steps[1:])
                self._attached(step, inner, depth)
            elif step.type == "sort":
                for term in step.terms:
                    self._visit(term.expression, inner, context=True, depth=depth)
            else:
                self._visit(step, inner, context=context or index > 0, depth=depth)
        # A grouping of the path as a whole is visited by _visit.

    def _variable(self, node: Any, scope: set[str], context: bool, _: int) -> None:
        self._reference(node, scope, context, [])

    def _reference(self, node: Any, scope: set[str], context: bool, rest: list[Any]) -> None:
        name = str(node.value or "")
        if name in scope or name in FUNCTIONS or (name == "" and context):
            return
        steps: list[str | int] = []
        whole = True
        for step in [node, *rest]:
            if step is not node:
                if step.type != "name":
                    whole = False
                    break
                steps.append(str(step.value))
            stages = [*(step.predicate or []), *(step.stages or [])]
            index = stages[0].expr if len(stages) == 1 and stages[0].type == "filter" else None
            if stages and index is not None and index.type == "number" and isinstance(index.value, int):
                steps.append(index.value)
            elif stages or step.group is not None:
                whole = False
                break
        self._references.append(
            Reference(name, tuple(steps), self._start(node, "$" + name), whole, False, self._tested > 0)
        )

    def _function(self, node: Any, scope: set[str], context: bool, depth: int, piped: int = 0) -> None:
        procedure = node.procedure
        tested = procedure.type == "variable" and procedure.value == "exists"
        if procedure.type == "variable" and str(procedure.value) not in scope:
            literals = tuple(item.value if item.type in ("string", "number") else None for item in node.arguments)
            self._calls.append(
                Call(
                    str(procedure.value),
                    len(node.arguments) + piped,
                    self._start(procedure, f"${procedure.value}"),
                    context,
                    node.type == "partial",
                    (None,) * piped + literals,
                )
            )
        elif procedure.type != "variable":
            self._visit(procedure, scope, context=context, depth=depth)
        self._tested += tested
        for argument in node.arguments:
            if not (argument.type == "operator" and str(argument.value) == "?"):
                self._visit(argument, scope, context=context, depth=depth)
        self._tested -= tested

    _partial = _function

    def _apply(self, node: Any, scope: set[str], context: bool, depth: int) -> None:
        """`a ~> $f(b)` is `$f(a, b)`; `a ~> $f` is `$f(a)`."""
        self._visit(node.lhs, scope, context=context, depth=depth)
        right = node.rhs
        if right.type == "function":
            self._function(right, scope, context, depth, piped=1)
            self._attached(right, scope, depth)
        elif right.type == "variable" and str(right.value) not in scope:
            name = str(right.value)
            self._calls.append(Call(name, 1, self._start(right, "$" + name), context))
        else:
            self._visit(right, scope, context=context, depth=depth)

    def _lambda(self, node: Any, scope: set[str], context: bool, depth: int) -> None:
        own = set() if node.thunk else {str(argument.value) for argument in node.arguments} | self._later
        self._visit(node.body, scope | own, context=context, depth=depth)

    def _block(self, node: Any, scope: set[str], context: bool, depth: int) -> None:
        inner, around = set(scope), self._later
        # A function's body may use what the block binds behind it: two functions may call each other.
        self._later = around | {str(part.lhs.value) for part in node.expressions if part.type == "bind"}
        for part in node.expressions:
            self._visit(part, inner, context=context, depth=depth)
        self._later = around

    def _bind(self, node: Any, scope: set[str], context: bool, depth: int) -> None:
        # A function may call itself: its own name is bound inside of it.
        inner = scope | {str(node.lhs.value)} if node.rhs.type == "lambda" else scope
        self._visit(node.rhs, inner, context=context, depth=depth)
        scope.add(str(node.lhs.value))

    def _condition(self, node: Any, scope: set[str], context: bool, depth: int) -> None:
        for part in (node.condition, node.then, node._else):
            self._visit(part, scope, context=context, depth=depth)

    def _transform(self, node: Any, scope: set[str], _: bool, depth: int) -> None:
        for part in (node.pattern, node.update, node.delete):
            self._visit(part, scope, context=True, depth=depth)

    def _unary(self, node: Any, scope: set[str], context: bool, depth: int) -> None:
        for part in node.expressions or []:
            self._visit(part, scope, context=context, depth=depth)
        for key, value in node.lhs_object or []:
            self._visit(key, scope, context=context, depth=depth)
            self._visit(value, scope, context=context, depth=depth)
        self._visit(node.expression, scope, context=context, depth=depth)

    def _binary(self, node: Any, scope: set[str], context: bool, depth: int) -> None:
        operator = str(node.value)
        if operator in _ARITHMETIC and any(side.type in ("string", "value") for side in (node.lhs, node.rhs)):
            instead = ": & joins texts" if operator == "+" else ""
            self._faults.append((f"{operator} takes numbers{instead}", max(0, int(node.position or 0) - 1)))
        self._visit(node.lhs, scope, context=context, depth=depth)
        self._visit(node.rhs, scope, context=context, depth=depth)

    def _other(self, node: Any, scope: set[str], context: bool, depth: int) -> None:
        """Literals, wildcards, parents: nothing in them."""

    def _start(self, node: Any, written: str) -> int:
        """Where a token begins; the reader knows where it ends (a quoted name has two more characters)."""
        end = int(node.position or 0)
        begin = end - len(written)
        if begin >= 0 and self._text[begin:end] == written:
            return begin
        return max(0, begin - 2)


@dataclass(frozen=True)
class Function:
    """How many arguments a function takes: `fewest` to `most` (None: any number).

    `$` stands for the first one if that is left out, where `contextual` and `$` has a value. `types` has a pattern of
    JSONata's letters for types (s, n, b, …) for each argument, and is empty where that is not known.
    """

    fewest: int
    most: int | None
    contextual: bool = False
    types: tuple[str, ...] = ()

    def accepts(self, place: int, value: str | float) -> bool:
        """Whether the argument at `place` (from 0) may be this literal."""
        if place >= len(self.types):
            return True
        return re.fullmatch(self.types[place], "s" if isinstance(value, str) else "n") is not None


def _known() -> dict[str, Function]:
    """JSONata's own functions as jsonata-python has them, with what Step Functions adds and without what it lacks."""
    found = {}
    for name, function in jsonata.Jsonata("1").environment.parent.bindings.items():
        if isinstance(function, jsonata.Jsonata.JNativeFunction):
            params = function.signature._params
            most = None if any(param.regex.endswith("+") for param in params) else len(params)
            fewest = sum(param.context or not param.regex.endswith("?") for param in params)
            types = () if most is None else tuple(param.regex for param in params)
            found[name] = Function(fewest, most, any(param.context for param in params), types)
    for name, function in ADDED.items():
        found.pop(name, None)
        if function is not None:
            taken = inspect.signature(function.function).parameters.values()
            found[name] = Function(sum(one.default is one.empty for one in taken), len(taken))
    return found


FUNCTIONS = _known()
"""JSONata's functions in Step Functions, by their names without the dollar sign."""
