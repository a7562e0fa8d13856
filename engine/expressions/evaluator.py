"""Expressions of diagrams and decision tables: a small, closed part of Python, compiled once (decision 10 of `engine.md`).

A condition, a timer, a parameter, a decision cell and a property that starts with `=` are such expressions. What they can
reach is the process data by name and the registered functions by call, nothing else: whoever draws a diagram is not
trusted with the machine. Operators that could build something huge (`*`, `+`, `%`) are bounded when they run.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from engine.context import Context
from engine.errors import BihuanError
from engine.expressions.grammar import Arity, Problem, check, compile_checked, uses
from engine.expressions.operators import BUILTINS, OPERATORS, TooLarge, measure
from engine.registry import Registry

CACHED = 4096
"""How many compiled expressions are kept; far more than the diagrams of a city hold."""


_MEASURED = frozenset({str, list, tuple, dict})
"""Kinds of value that may be large."""


class ExpressionError(BihuanError):
    """表达式有误。 The expression is wrong."""

    code = "expression"

    def __init__(self, expression: str, problem: Problem) -> None:
        shown = expression if len(expression) <= 200 else expression[:200] + "…"
        super().__init__(
            f"表达式 {shown} 有误：{problem.message} The expression {shown} is wrong: {problem.message_en}",
            expression=shown,
            problem=problem.message,
        )


class _Compiled(NamedTuple):
    function: Callable[[Mapping[str, Any], Mapping[str, Any], Context | None], Any]
    """Of the names, the process data and the context; its globals are the functions and operators that the text uses, no builtins."""
    names: frozenset[str]
    context: bool
    """Whether it calls a registered function."""


class Expressions:
    """Evaluates expressions against the functions of a registry; safe to share between threads."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._cache: dict[str, _Compiled] = {}

    def evaluate(
        self,
        text: str,
        variables: Mapping[str, Any],
        context: Context | Callable[[], Context] | None,
        extra: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value of an expression.

        Names are `extra` (a decision's input, a loop's item) and then `variables`. Without a `context`, or what gives one when it
        is needed, no registered function can be called. Raises `ExpressionError`, or what a registered function raises for its own reasons.
        """
        compiled = self._cache.get(text) or self._compile(text)
        surroundings = None
        if compiled.context:
            if context is None:
                raise ExpressionError(text, Problem("这里不能调用业务函数。", "no registered function can be called here."))
            surroundings = context() if callable(context) else context
        names = {**variables, **extra} if extra else variables
        try:
            value = compiled.function(names, variables, surroundings)
            if type(value) in _MEASURED:
                measure(value)
        except BihuanError:
            raise
        except (NameError, TypeError, ValueError, LookupError, ArithmeticError, RecursionError, TooLarge) as error:
            unknown = isinstance(error, KeyError) and error.args[0] in compiled.names and error.args[0] not in names
            raise ExpressionError(text, _unknown(error.args[0]) if unknown else _explain(error)) from error
        return value

    def check(self, text: str) -> list[Problem]:
        """What is wrong with an expression as it stands; empty when it compiles."""
        return problems(text, self._arities())

    def _compile(self, text: str) -> _Compiled:
        tree, found = check(text, self._arities())
        if tree is None or found:
            raise ExpressionError(text, found[0])
        scope: dict[str, Any] = {"__builtins__": {}, **OPERATORS}
        used = uses(text)
        for name in used.functions:
            builtin = BUILTINS.get(name)
            scope["call " + name] = builtin.handler if builtin else self._registry.functions[name].handler
        function = eval(compile_checked(tree), scope)  # noqa: S307  checked by engine.expressions.grammar
        compiled = _Compiled(function, used.names, any(name not in BUILTINS for name in used.functions))
        if len(self._cache) >= CACHED:
            self._cache.clear()
        self._cache[text] = compiled
        return compiled

    def _arities(self) -> dict[str, Arity]:
        return {name: function.arity for name, function in self._registry.functions.items()}


def problems(text: str, functions: Mapping[str, Arity]) -> list[Problem]:
    """What is wrong with an expression, given the registered functions' arities; for the linter and the designer."""
    return check(text, functions)[1]


def _explain(error: Exception) -> Problem:
    if isinstance(error, KeyError):
        return Problem(f"没有键 {error}。", f"there is no key {error}.")
    if isinstance(error, ZeroDivisionError):
        return Problem("除数为零。", "division by zero.")
    return Problem(f"无法计算（{error}）。", f"it cannot be computed ({error}).")


def _unknown(name: str) -> Problem:
    return Problem(f"没有名为 {name} 的流程变量。", f"there is no process variable {name}.")
