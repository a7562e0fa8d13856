"""Nodes of a voice menu: compute, compare, collect, ask the database, speak; whatever goes wrong, a caller reaches a person (T04, D6)."""

from typing import Any

import pytest

from telephony.calls import effects as do
from telephony.calls import happenings as told
from telephony.calls import nodes
from telephony.plan.nodes import Branch, Collect, Compute, Dial, Lookup, Node, Say, Spoken
from tests.unit.telephony.line import BEGIN, CALLER, Line, with_nodes

ASK = Collect(("case-number",), "digits", "node:look_up", least=2, most=4, rounds=2)
LOOK_UP = Lookup("case_progress", {"digits": "digits", "code": "'1'", "caller": "caller"}, "case", "node:tell", "voicemail:general")
TELL = Say(("case-open", Spoken("number", "case['days']"), "days", Spoken("digits", "digits")), "end")
TREE: dict[str, Node] = {"start": ASK, "look_up": LOOK_UP, "tell": TELL}


def asked(**tree: Node) -> Line:
    """A caller at the node `start`."""
    return Line(plan=with_nodes(tree or TREE)).came_in("12377")


def variables(line: Line) -> dict[str, Any]:
    """What the call has found out."""
    found: dict[str, Any] = line.call.facts.get("variables", {})
    return found


def at_a_person(line: Line) -> bool:
    """Whether the caller waits for whoever is behind the number."""
    return (line.state, line.call.queue) == ("queued", "labour")


def looking() -> Line:
    """A caller whose question is with the database."""
    return asked().key("3").key("0").key("#")


# Compute and compare


def test_what_is_computed_is_known_further_on() -> None:
    line = asked(
        start=Compute({"a": "2", "b": "len(caller)"}, "node:more"),
        more=Compute({"sum": "a + b"}, "node:say"),
        say=Say((Spoken("number", "sum"),), "end"),
    )
    assert variables(line) == {"a": 2, "b": 11, "sum": 13}
    assert line.heard() == ("number-10", "number-3")


@pytest.mark.parametrize(
    ("condition", "queue"),
    [
        (f"caller == '{CALLER}'", "general"),
        ("dialled == '12377'", "general"),
        ("hour == 10 and weekday == 1", "general"),  # Monday, ten o'clock in Xianyang
        ("hour == 2", "labour"),
        ("dialled in ('12345', '12333')", "labour"),
    ],
)
def test_a_comparison_leads_one_way_or_the_other(condition: str, queue: str) -> None:
    assert asked(start=Branch(((condition, "queue:general"),), "queue:labour")).call.queue == queue
    assert BEGIN.hour == 2, "it is night in London"


def test_the_first_comparison_that_is_true_decides() -> None:
    line = asked(start=Branch((("False", "end"), ("hour > 1", "queue:general"), ("True", "end"))))
    assert line.call.queue == "general"


@pytest.mark.parametrize("expression", ["1 / 0", "caller + 1", "value('nothing') > 1", "2 ** 3", "10 ** 99", "float('nan')", "[1, 2]"])
def test_what_cannot_be_computed_leads_to_a_person_or_where_the_plan_says(expression: str) -> None:
    assert at_a_person(asked(start=Compute({"a": expression}, "end")))
    assert asked(start=Compute({"a": expression}, "end", "voicemail:general")).state == "voicemail"
    assert asked(start=Branch((("1 / 0", "end"),), "voicemail:general")).state == "voicemail"


def test_a_number_that_would_not_be_kept_is_not_computed() -> None:
    assert at_a_person(asked(start=Compute({"a": f"{2**60} * {2**60}"}, "end")))
    assert at_a_person(asked(start=Compute({"a": "'1' + str(2)"}, "node:again"), again=Compute({"a": "a + a"}, "node:again")))


def test_a_way_in_circles_ends_at_a_person() -> None:
    line = asked(start=Compute({"a": "1"}, "node:round"), round=Branch((("a == 1", "node:start"),)))
    assert at_a_person(line)
    assert line.call.facts["nodes"] == nodes.MOST_NODES + 1


def test_a_loop_that_counts_goes_on_behind_it() -> None:
    line = asked(
        start=Compute({"n": "(value('n') or 0) + 1"}, "node:enough"),
        enough=Branch((("n < 7", "node:start"),), "node:say"),
        say=Say((Spoken("number", "n"),), "end"),
    )
    assert line.heard() == ("number-7",)


# Collect


def test_keys_are_collected_until_the_end_key() -> None:
    line = asked()
    assert line.heard() == ("case-number",)
    first = line.call.playing
    assert line.key("1").one(do.StopPlaying).playback == first
    line.key("2").key("#")
    assert variables(line) == {"digits": "12"}
    assert line.one(do.Query).given == {"digits": "12", "code": "1", "caller": CALLER}


def test_the_last_key_of_all_needs_no_end_key_and_silence_ends_them_too() -> None:
    assert variables(asked().key("1").key("2").key("0").key("4"))["digits"] == "1204"
    line = asked().key("1").key("2")
    assert line.call.due.keys() == {"keys"}
    assert variables(line.elapsed("keys")) == {"digits": "12"}


def test_too_few_keys_are_told_and_asked_for_again_and_then_the_other_way_is_taken() -> None:
    line = asked().key("1").key("#")
    assert line.heard() == ("invalid", "case-number")
    assert at_a_person(line.key("5").key("#"))


def test_a_star_begins_anew() -> None:
    line = asked().key("1").key("*")
    assert line.heard() == ("case-number",)
    assert variables(line.key("7").key("8").key("#")) == {"digits": "78"}


def test_a_lone_zero_leads_to_a_human_and_one_among_others_is_a_digit() -> None:
    assert at_a_person(asked().key("0").key("#"))
    assert at_a_person(asked().key("0").elapsed("keys"))
    assert variables(asked().key("0").key("1").key("#")) == {"digits": "01"}


def test_who_presses_nothing_is_asked_again_and_then_led_on() -> None:
    line = asked().played()
    assert line.call.due.keys() == {"keys"}
    assert line.elapsed("keys").heard() == ("case-number",)
    assert at_a_person(line.played().elapsed("keys"))


# The database


def test_the_answer_of_the_database_is_spoken_and_the_call_goes_on() -> None:
    line = looking()
    ticket = line.one(do.Query).ticket
    line.does(told.Found(ticket, {"days": 12}))
    assert line.heard() == ("case-open", "number-10", "number-2", "days", "number-3", "number-0")
    assert line.played().heard() == ("goodbye",)
    assert line.played().state == "closing"


def test_a_question_without_an_answer_leads_where_the_plan_says() -> None:
    line = looking()
    assert line.does(told.Found(line.one(do.Query).ticket, None)).state == "voicemail"


def test_an_answer_that_cannot_be_spoken_leads_to_a_person() -> None:
    for answer in ({}, {"days": "many"}, {"days": None}, {"days": [1]}):
        line = looking()
        line.does(told.Found(line.one(do.Query).ticket, answer))
        assert at_a_person(line) or line.state == "voicemail"


def test_who_waits_for_the_database_is_told_so_and_not_for_ever() -> None:
    line = looking()
    ticket = line.one(do.Query).ticket
    assert line.elapsed("query").heard() == ("please-wait",)
    assert line.played().one(do.Music).on
    assert line.elapsed("query").state == "voicemail"
    assert line.does(told.Found(ticket, {"days": 1})).effects == [], "too late"


def test_a_zero_leads_to_a_human_while_the_database_is_asked_and_while_it_is_answered() -> None:
    line = looking()
    ticket = line.one(do.Query).ticket
    assert line.key("7").effects == []
    assert at_a_person(line.key("0"))
    assert line.call.due.keys() == {"longest", "place"}
    assert line.does(told.Found(ticket, {"days": 1})).effects == []
    line = looking()
    line.does(told.Found(line.one(do.Query).ticket, {"days": 1}))
    assert at_a_person(line.key("0"))


def test_an_answer_to_somebody_elses_question_is_none() -> None:
    assert looking().does(told.Found("c0123456789abcdef.q99", {"days": 1})).effects == []
    assert asked().does(told.Found("", {"days": 1})).effects == []


def test_who_hangs_up_meanwhile_was_served() -> None:
    line = looking()
    ticket = line.one(do.Query).ticket
    line.gone("citizen")
    assert (line.state, line.call.outcome) == ("ended", "served")
    assert line.does(told.Found(ticket, {"days": 1})).effects == []


# Other hotlines


def dialling() -> Line:
    """A caller who is to be put through to another hotline."""
    return asked(start=Dial("12348", "voicemail:general", 20))


def test_a_caller_is_put_through_to_another_hotline_and_the_call_ends_with_it() -> None:
    line = dialling()
    assert (line.one(do.Ring).endpoint, line.one(do.Ring).caller) == ("PJSIP/12348@city", "12345")
    assert line.heard() == ("to-hotline",)
    line.played()
    assert line.one(do.Music).on
    line.up("third")
    assert line.one(do.Join).legs == (line.leg("citizen").id, line.leg("third").id)
    assert (line.state, line.call.due) == ("talking", {})
    line.later(9).gone("third").gone("citizen")
    assert (line.state, line.call.outcome, line.leg("citizen").talked) == ("ended", "talked", 9_000_000)
    assert line.told("CallReceived") == line.told("TransferCompleted") == []


@pytest.mark.parametrize("cause", [17, 19, 21, 34, None, -1])
def test_a_hotline_that_is_not_reached_leads_where_the_plan_says(cause: int | None) -> None:
    assert dialling().gone("third", cause).state == "voicemail"


def test_a_hotline_that_rings_for_ever_is_given_up() -> None:
    line = dialling().elapsed("dial")
    assert (line.state, line.hung_up()) == ("voicemail", {"removed"})
    assert line.up("removed").hung_up() == {"removed"}
    assert line.gone("removed").state == "voicemail"


def test_a_zero_leads_to_a_human_while_the_other_hotline_rings() -> None:
    line = dialling().key("0")
    assert line.hung_up() == {"removed"}
    assert at_a_person(line)
    assert line.call.due.keys() == {"longest", "place"}


def test_who_hangs_up_while_the_other_hotline_rings_ends_it() -> None:
    line = dialling().gone("citizen")
    assert line.hung_up() == {"third"}
    assert line.gone("third", 16).call.outcome == "served"


# A plan that changes under a caller


@pytest.mark.parametrize("what", ["played", "key", "keys", "found", "query"])
def test_a_node_that_is_taken_out_of_the_plan_leads_its_callers_to_a_person(what: str) -> None:
    line = looking() if what in ("found", "query") else asked()
    if what == "keys":
        line.played()
    line.plan = with_nodes({})
    if what == "played":
        line.played().elapsed("keys")
    elif what == "key":
        line.key("1")
    elif what == "keys":
        line.elapsed("keys")
    elif what == "found":
        line.does(told.Found(line.one(do.Query).ticket, {"days": 1}))
    else:
        line.elapsed("query").played().elapsed("query")
    assert at_a_person(line)


def test_a_menu_and_a_queue_that_are_taken_out_of_the_plan_lead_on_too() -> None:
    line = Line().came_in("12333").played()
    line.plan = with_nodes({}, menus={})
    assert at_a_person(line.elapsed("keys"))
    line.plan = with_nodes({}, menus={}, queues={})
    assert line.offered().up("agent").state == "talking"


def test_nodes_lead_to_every_other_place_of_the_plan() -> None:
    for target, state in (("menu:labour", "ivr"), ("voicemail:general", "voicemail"), ("end", "asking"), ("human", "queued")):
        assert asked(start=Compute({"a": "1"}, target)).state == state
