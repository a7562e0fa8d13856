"""What messages may say, and that the diagrams only name messages there are (C33)."""

import ast
import string

import orjson
import pytest
from lxml import etree

from connectors.sms.receivers import CALLERS, SIDES
from connectors.sms.templates import CENTRE, CITIZEN, Facts, names, render
from tests.fixtures.host import ROOT

VOCABULARY = (
    "accepted transferred closed refused extended ack_late near_due overdue "
    "urge supervise withdrawn merged returned supplement dispatched visit red missed"
)
TWO_MESSAGES = 134
"""Characters in Chinese that a gateway sends as at most two linked messages."""
FACTS = Facts("TS20260302ABCDEFGH", "TS20260302ABCDEFGH-01", "住房和城乡建设局", "12月30日17:00", 30)
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"


def test_every_template_of_the_plan_is_there() -> None:
    assert sorted(names()) == sorted(VOCABULARY.split())


@pytest.mark.parametrize("template", VOCABULARY.split())
@pytest.mark.parametrize("side", SIDES)
def test_a_message_is_short_and_says_who_it_is_from(template: str, side: str) -> None:
    text = render(template, side, FACTS)
    if text is None:
        assert side == CITIZEN
        return
    assert text.startswith("【12345政务服务便民热线】")
    assert len(text) <= TWO_MESSAGES
    assert "{" not in text


@pytest.mark.parametrize("event", ["accepted", "transferred", "closed"])
def test_the_three_events_of_c33_have_words_for_both_sides(event: str) -> None:
    assert render(event, "citizen", FACTS) != render(event, "unit", FACTS)


def test_no_message_can_hold_personal_data_or_the_query_code() -> None:
    texts = orjson.loads((ROOT / "connectors/sms/templates.json").read_bytes()).values()
    fields = {name for each in texts for text in each.values() for _, name, _, _ in string.Formatter().parse(text) if name}
    assert fields == {"case_no", "work_order", "unit", "due", "ack_minutes"}


def test_an_unknown_template_has_no_text() -> None:
    assert render("gossip", CENTRE, FACTS) is None


@pytest.mark.parametrize("path", sorted((ROOT / "bpmn-models").glob("**/*.bpmn")), ids=lambda path: path.stem)
def test_diagrams_name_only_messages_there_are(path: object) -> None:
    tasks = etree.parse(str(path)).iter(f"{SPIFF}serviceTaskOperator")
    for task in (each for each in tasks if each.get("id") == "sms.send"):
        named = {each.get("id"): each.get("value", "") for each in task.iter(f"{SPIFF}parameter")}
        assert set(named) <= {"to", "template", "work_order"}
        side, template = (_literal(named[name]) for name in ("to", "template"))
        if side and template:
            assert side in (*SIDES, CALLERS)
            assert render(template, CITIZEN if side == CALLERS else side, FACTS) is not None, f"{path} tells {side} {template}"


def _literal(expression: str) -> str | None:
    """The text of an expression that is just a text."""
    value = ast.parse(expression, mode="eval").body
    return str(value.value) if isinstance(value, ast.Constant) else None
