"""The grammar of expressions: which nodes of Python's syntax are allowed, and how a checked text becomes code.

Function calls and the operators `+ * %` are renamed to names with a space in them (`call wd`, `operator Add`), which no
variable, field or element can have, and names are looked up in the process data and nowhere else, so that neither shadows the other.
"""

import ast
from collections.abc import Mapping
from types import CodeType
from typing import NamedTuple, TypeAlias

from engine.expressions.operators import BUILTINS, MANY

MAX_LENGTH = 2_000
"""Characters of one expression."""
MAX_NODES = 500
MAX_DEPTH = 60
MAX_INTEGER_BITS = 64

NAMES = "the names"
VARIABLES = "the variables"
CONTEXT = "the context"

Arity: TypeAlias = tuple[int, int]
"""The least and the greatest number of arguments."""


class Problem(NamedTuple):
    """What is wrong, for people: one sentence in Chinese and one in English."""

    message: str
    message_en: str


class Uses(NamedTuple):
    """What an expression names: process variables, functions, answers as `(task, key)`, and the tasks asked with `field`."""

    names: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    fields: frozenset[tuple[str, str]] = frozenset()
    tasks: frozenset[str] = frozenset()


_ALLOWED = (
    ast.Expression, ast.Constant, ast.Name, ast.Load, ast.List, ast.Tuple, ast.Dict, ast.Subscript, ast.Call, ast.IfExp,
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE,
    ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod,
)  # fmt: skip

_REFUSED: dict[type[ast.AST], Problem] = {
    ast.Attribute: Problem('不能用点号取属性，请写 x["键"]。', 'no attributes with a dot; write x["key"].'),
    ast.Pow: Problem("不能用乘方 **。", "no powers (**)."),
    ast.Lambda: Problem("不能定义函数。", "no lambdas."),
    ast.ListComp: Problem("不能用推导式。", "no comprehensions."),
    ast.SetComp: Problem("不能用推导式。", "no comprehensions."),
    ast.DictComp: Problem("不能用推导式。", "no comprehensions."),
    ast.GeneratorExp: Problem("不能用推导式。", "no comprehensions."),
    ast.JoinedStr: Problem("不能用格式化字符串。", "no formatted strings."),
    ast.NamedExpr: Problem("不能赋值。", "no assignments."),
    ast.Set: Problem("不能用集合，请写元组 (a, b)。", "no sets; write a tuple (a, b)."),
    ast.Slice: Problem("不能切片。", "no slices."),
    ast.Starred: Problem("不能用 *展开。", "no unpacking with *."),
    ast.keyword: Problem("函数参数不能带名字。", "arguments go by place, not by name."),
}


def check(text: str, functions: Mapping[str, Arity]) -> tuple[ast.Expression | None, list[Problem]]:
    """Parse a text and say all that is wrong with it; the tree is None when it is not even Python."""
    tree = _parse(text)
    if isinstance(tree, Problem):
        return None, [tree]
    nodes = list(ast.walk(tree))
    if len(nodes) > MAX_NODES or _depth(tree) > MAX_DEPTH:
        return None, [Problem("表达式过于复杂，请拆开。", "the expression is too complex; split it.")]
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    found = [problem for node in nodes for problem in _problems(node, id(node) in called, functions)]
    return tree, list(dict.fromkeys(found))


def uses(text: str) -> Uses:
    """The names in an expression; nothing for a text that does not parse."""
    tree = _parse(text)
    if isinstance(tree, Problem):
        return Uses()
    nodes = list(ast.walk(tree))
    functions = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called}
    fields = {pair for node in nodes if (pair := _answer(node)) is not None}
    tasks = {pair[0] for node in nodes if isinstance(node, ast.Call) and (pair := _answer(node)) is not None}
    return Uses(frozenset(names), frozenset(functions), frozenset(fields), frozenset(tasks))


def calls(tree: ast.Expression) -> set[str]:
    """The functions that a checked tree calls."""
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def compile_checked(tree: ast.Expression) -> CodeType:
    """Compile a tree that `check` found nothing wrong with: code whose value is a function of the names, the process data
    and the context. A function runs in half the time of `eval`, and a name can be nothing but what stands in `names`."""
    places = [ast.arg(name) for name in (NAMES, VARIABLES, CONTEXT)]
    taken = ast.arguments(posonlyargs=[], args=places, kwonlyargs=[], kw_defaults=[], defaults=[])
    function = ast.Expression(ast.Lambda(taken, _Rename().visit(tree.body)))
    return compile(ast.fix_missing_locations(function), "<expression>", "eval")


class _Rename(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Subscript(ast.Name(NAMES, ast.Load()), ast.Constant(node.id), ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        builtin = BUILTINS.get(name)
        arguments = [self.visit(argument) for argument in node.args]
        if builtin is None:
            arguments.insert(0, ast.Name(CONTEXT, ast.Load()))
        elif builtin.reads_data:
            arguments.insert(0, ast.Name(VARIABLES, ast.Load()))
        return ast.Call(ast.Name("call " + name, ast.Load()), arguments, [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Add | ast.Mult | ast.Mod):
            return node
        name = ast.Name("operator " + type(node.op).__name__, ast.Load())
        return ast.Call(name, [node.left, node.right], [])


def _check_length(text: str) -> Problem | None:
    if not text:
        return Problem("表达式是空的。", "the expression is empty.")
    if len(text) > MAX_LENGTH:
        return Problem(f"表达式超过 {MAX_LENGTH} 个字符。", f"the expression has over {MAX_LENGTH} characters.")
    return None


def _parse(text: str) -> ast.Expression | Problem:
    source = text.strip()
    problem = _check_length(source)
    if problem:
        return problem
    if "#" not in source:  # a joined line would lose what follows a comment
        source = source.replace("\n", " ")
    try:
        return ast.parse(source, mode="eval")
    except SyntaxError as error:
        reason = error.msg
    except (ValueError, MemoryError, RecursionError) as error:
        reason = str(error) or type(error).__name__
    return Problem(f"不是合法的表达式（{reason}）。", f"it is not a valid expression ({reason}).")


def _depth(tree: ast.AST) -> int:
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return deepest


def _problems(node: ast.AST, called: bool, functions: Mapping[str, Arity]) -> list[Problem]:
    kind = type(node)
    if kind in _REFUSED:
        return [_REFUSED[kind]]
    if not isinstance(node, _ALLOWED):
        return [Problem(f"不允许使用 {kind.__name__}。", f"{kind.__name__} is not allowed.")]
    if isinstance(node, ast.Name):
        return _name_problems(node.id, called, functions)
    if isinstance(node, ast.Call):
        return _call_problems(node, functions)
    if isinstance(node, ast.Constant):
        return _constant_problems(node.value)
    if isinstance(node, ast.Dict) and None in node.keys:
        return [_REFUSED[ast.Starred]]
    if isinstance(node, ast.Compare):
        return _comparison_problems(node)
    return []


def _name_problems(name: str, called: bool, functions: Mapping[str, Arity]) -> list[Problem]:
    if name.startswith("_"):
        return [Problem(f"不能使用以下划线开头的名字 {name}。", f"the private name {name} is refused.")]
    if not called and (name in BUILTINS or name in functions):
        return [Problem(f"{name} 是函数，要写成 {name}(…)。", f"{name} is a function: write {name}(…).")]
    return []


def _call_problems(node: ast.Call, functions: Mapping[str, Arity]) -> list[Problem]:
    if not isinstance(node.func, ast.Name):
        return [Problem("只能调用登记过的函数。", "only registered functions can be called.")]
    name, count = node.func.id, len(node.args)
    builtin = BUILTINS.get(name)
    arity = builtin.arity if builtin else functions.get(name)
    if arity is None:
        return [Problem(f"没有名为 {name} 的函数。", f"there is no function {name}.")]
    least, most = arity[0], min(arity[1], MANY)
    if not least <= count <= most:
        wanted = str(least) if least == most else f"{least}–{most}"
        return [Problem(f"{name} 需要 {wanted} 个参数，这里有 {count} 个。", f"{name} takes {wanted} arguments, not {count}.")]
    return []


def _constant_problems(value: object) -> list[Problem]:
    if value is None or isinstance(value, str | bool | float):
        return []
    if not isinstance(value, int):
        return [Problem("只能写文字、数字、True、False 和 None。", "only texts, numbers, True, False and None can be written.")]
    if value.bit_length() > MAX_INTEGER_BITS:
        return [Problem("数字过大。", "the number is too large.")]
    return []


def _comparison_problems(node: ast.Compare) -> list[Problem]:
    terms = [node.left, *node.comparators]
    for index, operator in enumerate(node.ops):
        sides = terms[index : index + 2]
        if isinstance(operator, ast.Is | ast.IsNot) and not any(_is_singleton(side) for side in sides):
            return [Problem("is 只用于 None、True、False，比较值请用 ==。", "is goes with None, True and False only; use ==.")]
    return []


def _is_singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _answer(node: ast.AST) -> tuple[str, str] | None:
    parts: list[object] = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "field":
        parts = [part.value for part in node.args if isinstance(part, ast.Constant)]
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Constant):
        parts = [node.value.id, node.slice.value]
    if len(parts) == 2 and isinstance(parts[0], str) and isinstance(parts[1], str):
        return parts[0], parts[1]
    return None
