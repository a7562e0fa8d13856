import threading
import time
from typing import Any

import pytest

from engine.errors import BihuanError
from engine.expressions import ExpressionError, Expressions, Uses, problems, uses
from engine.registry import Registry
from tests.unit.engine.vocabulary import registry

DATA: dict[str, Any] = {
    "ack": {"outcome": "accept", "reason": None},
    "days": 5,
    "share": 0.5,
    "lead": ["water", "heat"],
    "title": "路灯不亮",
    "nothing": None,
    "wd": "a variable that would shadow a function",
    "call wd": "and one that tries harder",
}


@pytest.fixture
def expressions() -> Expressions:
    return Expressions(registry())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('field("ack", "outcome") == "accept"', True),
        ('ack["outcome"] == "accept"', True),
        ('field("handle", "outcome")', None),
        ('field("ack", "absent")', None),
        ('field("days", "outcome")', None),
        ('value("nowhere")', None),
        ('value("days")', 5),
        ("1 + 2 * 3 - 4 / 2", 5.0),
        ("days // 2", 2),
        ("days % 3", 2),
        ("-days", -5),
        ("1 <= days <= 5", True),
        ("not days", False),
        ("nothing is None", True),
        ("nothing is not None and nothing > 3", False),
        ('"heat" in lead', True),
        ('days in (1, 3, 5) and title != ""', True),
        ("len(lead)", 2),
        ("max(days, 9)", 9),
        ("min([3, 1, 2])", 1),
        ("round(share * 3, 1)", 1.5),
        ("str(days)", "5"),
        ('int("12") + int(3.9)', 15),
        ('float("1.5")', 1.5),
        ("bool(lead)", True),
        ('"R3/PT" + str(days) + "M"', "R3/PT5M"),
        ('{"case_no": title, "days": [days, 1]}', {"case_no": "路灯不亮", "days": [5, 1]}),
        ('"red" if days > 7 else "green"', "green"),
        ("unknown if False else 1", 1),
        ("  days\n  > 3 ", True),
        ("True", True),
    ],
)
def test_an_expression_is_computed_over_the_process_data(expressions: Expressions, text: str, value: Any) -> None:
    assert expressions.evaluate(text, DATA, None) == value


def test_a_registered_function_gets_the_context_and_no_variable_shadows_it() -> None:
    made = Registry()

    @made.function("who")
    def who(context: Any, /) -> str:
        return f"{context} calls"

    assert Expressions(made).evaluate("who()", {"who": "shadow"}, "the context") == "the context calls"  # type: ignore[arg-type]  # any object will do for a context


def test_names_beside_the_variables_come_first(expressions: Expressions) -> None:
    assert expressions.evaluate("item + days", DATA, None, {"item": 1, "days": 2}) == 3


HOSTILE = [
    "__import__('os').system('true')",
    "().__class__.__base__.__subclasses__()",
    "title.format(1)",
    "lead[0].__class__",
    "(lambda: 1)()",
    "[x for x in lead]",
    "{x: 1 for x in lead}",
    "(x for x in lead)",
    "9 ** 9 ** 9",
    "2 ** 3",
    "1 << 99",
    "1 | 2",
    "f'{title}'",
    "(x := 5)",
    "await title",
    "yield",
    "lead[0:1]",
    "{*lead}",
    "[*lead]",
    "{**ack}",
    "max(lead, key=len)",
    "max(*lead)",
    "len",
    "wd",
    "str.join",
    "_private",
    "open('/etc/passwd')",
    "exec('1')",
    "eval('1')",
    "getattr(title, 'x')",
    "globals()",
    "print(1)",
    "type(days)",
    "wd(1)(2)",
    "b'bytes'",
    "1j",
    "...",
    "99999999999999999999",
    "9" * 1900,
    "import os",
    "days; 1",
    "days = 1",
    "del days",
    "title is 'x'",
    "",
    "   ",
    "(" * 300 + "1" + ")" * 300,
    "-" * 1500 + "1",
    "not " * 400 + "1",
    "1" + "+1" * 400,
    "[" * 100 + "]" * 100,
    "a" * 3000,
    "\0",
    '"\ud800"',
    "${days > 3}",
    "wd()",
    "wd(1, 2, 3)",
    "field('ack')",
    "due_at(1)",
    "nowhere(1)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_not_in_the_grammar_never_runs(expressions: Expressions, text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        expressions.evaluate(text, DATA, None)
    assert caught.value.code == "expression"
    assert problems(text, {"wd": (1, 2), "due_at": (0, 0)})


@pytest.mark.parametrize(
    "text",
    [
        "title * 1000000000",
        "1000000000 * title",
        "lead * 1000000000",
        "big * big",
        "'%9999999999d' % days",
        "title % 3",
        "round(days, -1000000000)",
        "int('9' + long)",
        "long + long",
        "str([long, long])",
        "[long, long]",
        '{"a": long, "b": long}',
        "days + title",
        "len(days)",
        "max([])",
        "int('x')",
        "days / 0",
        "days % 0",
        "lead[9]",
        'ack["absent"]',
        "nothing > 3",
        "1e308 * 10 // 1",
        "int(1e308 * 10)",
        "unknown",
        "{lead: 1}",
    ],
)
def test_what_would_grow_or_fail_is_an_error_that_says_so(expressions: Expressions, text: str) -> None:
    data = {**DATA, "long": "x" * 60_000, "big": 1 << 100}
    began = time.perf_counter()
    if text == "1e308 * 10 // 1":
        assert str(expressions.evaluate(text, data, None)) == "nan"
    else:
        with pytest.raises(ExpressionError) as caught:
            expressions.evaluate(text, data, None)
        assert text in caught.value.message
    assert time.perf_counter() - began < 0.5


def test_nested_sharing_cannot_blow_up() -> None:
    bomb: list[Any] = ["x" * 100]
    for _ in range(60):
        bomb = [bomb, bomb]
    with pytest.raises(ExpressionError):
        Expressions(Registry()).evaluate("bomb", {"bomb": bomb}, None)


def test_the_error_names_the_expression_and_what_is_wrong(expressions: Expressions) -> None:
    with pytest.raises(ExpressionError) as caught:
        expressions.evaluate("urgency > 3", DATA, None)
    assert "urgency > 3" in caught.value.message
    assert "没有名为 urgency 的流程变量" in caught.value.message
    assert "no process variable urgency" in caught.value.message


def test_a_functions_own_error_passes_unchanged() -> None:
    class NoCalendar(BihuanError):
        """没有日历。 No calendar."""

    made = Registry()

    @made.function("wd", 1)
    def wd(context: Any, /, days: int) -> str:
        raise NoCalendar()

    with pytest.raises(NoCalendar):
        Expressions(made).evaluate("wd(3)", {}, object())  # type: ignore[arg-type]  # any object will do for a context


def test_without_a_context_no_registered_function_is_called(expressions: Expressions) -> None:
    with pytest.raises(ExpressionError, match="no registered function"):
        expressions.evaluate("due_at()", DATA, None)


def test_an_expression_is_compiled_once_and_shared_by_threads() -> None:
    made = Expressions(Registry())
    results: list[Any] = []

    def work(number: int) -> None:
        for _ in range(200):
            results.append(made.evaluate('field("t", "n") == n', {"t": {"n": number}, "n": number}, None))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 800


def test_the_variables_are_left_as_they_were(expressions: Expressions) -> None:
    data = {"days": 1}
    expressions.evaluate('value("days") + days', data, None)
    assert data == {"days": 1}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            'field("ack", "outcome") == "accept" and wd(n) < ack["x"]',
            Uses(frozenset({"n", "ack"}), frozenset({"field", "wd"}), frozenset({("ack", "outcome"), ("ack", "x")}), frozenset({"ack"})),
        ),
        ("not python at all", Uses()),
    ],
)
def test_the_names_an_expression_uses(text: str, found: Uses) -> None:
    assert uses(text) == found


def test_problems_are_told_in_both_languages() -> None:
    (problem,) = problems("x.y", {})
    assert problem.message == '不能用点号取属性，请写 x["键"]。'
    assert problem.message_en.startswith("no attributes")
