"""An emergency in which several things happen at once: contacts are called, 120 is brought in, people leave in any order."""

import pytest

from telephony.calls import effects as do
from telephony.calls import happenings as told
from telephony.calls.step import NO_EXCHANGE
from telephony.calls.values import CLICK, ENDED, THIRD
from tests.unit.telephony.line import CALLER, CHANNEL, CONTACTS, Line, click

CENTRE = "9500013"
OUTSIDE = {"endpoint": "PJSIP/120@city", "number": "120"}


def helping() -> Line:
    """An elder talks with a seat while contacts are called."""
    line = Line().came_in(CENTRE, contacts=CONTACTS).offered().up("agent")
    return line.does(told.Tapped(line.call.tap)).asked("pager-start")


def with_120(line: Line) -> Line:
    """120 is in the call, too."""
    return line.asked("conference", **OUTSIDE).up(THIRD)


def test_a_pager_has_its_emergency_and_starts_no_intake() -> None:
    line = helping()
    assert (line.told("CallReceived"), len(line.told("PagerPressed"))) == ([], 1)


def test_who_talks_with_120_is_not_hung_up_when_the_last_contact_does_not_answer() -> None:
    line = with_120(helping()).gone("agent").gone("contact", 17).gone("contact", 17)
    assert (line.state, len(line.told("PagerExhausted")), line.hung_up()) == ("talking", 1, set())
    assert line.gone(THIRD).hung_up() == {"citizen"}


def test_who_is_handed_to_120_while_contacts_are_called_waits_for_120() -> None:
    line = helping().asked("transfer", **OUTSIDE).gone("agent")
    assert (line.state, line.call.held, line.call.music, line.hung_up()) == ("talking", True, CHANNEL, set())
    line.up(THIRD)
    assert (line.call.held, [each["result"] for each in line.told("TransferCompleted")]) == (False, ["connected"])
    assert {leg for each in line.of(do.Join) for leg in each.legs} == {CHANNEL, line.leg(THIRD).id}


def test_an_agents_telephone_that_fails_while_120_rings_does_not_send_120_away() -> None:
    line = helping().asked("conference", **OUTSIDE).gone("agent", 38)
    assert (line.hung_up(), line.call.music) == (set(), CHANNEL)
    assert line.up(THIRD).call.held is False
    line = helping().asked("conference", **OUTSIDE).gone("agent", 38).gone(THIRD, 17)
    assert (line.state, line.call.music) == ("alert", CHANNEL), "120 is busy: she waits for whoever is being called"
    assert [each["result"] for each in line.told("ThirdPartyAnswered")] == ["failed"]


@pytest.mark.parametrize("first", ["agent", THIRD])
@pytest.mark.parametrize("pager", [True, False])
def test_who_tells_120_where_she_lives_is_not_cut_off_when_her_line_drops(first: str, pager: bool) -> None:
    line = with_120(helping() if pager else Line().talking())
    line.gone("citizen")
    assert (line.state, line.hung_up()) == ("talking", set())
    line.gone(first)
    left = {"agent", THIRD} - {first}
    assert line.hung_up() == left
    for role in left:
        line.gone(role)
    assert line.call.live() == ([line.leg("contact")] if pager else [])


def test_a_contact_who_comes_talks_with_the_agent_when_her_line_has_dropped() -> None:
    line = with_120(helping()).gone("citizen").up("contact").key("1", "contact")
    assert line.one(do.Join).legs == (line.leg("contact").id,)
    assert line.gone(THIRD).hung_up() == set()
    assert line.gone("agent").hung_up() == {"contact"}


def test_a_line_that_drops_ends_the_call_when_a_colleague_is_there_and_nobody_outside() -> None:
    line = Line().consulting().gone("citizen")
    assert line.hung_up() == {"agent", THIRD}


def second_round() -> tuple[Line, str]:
    """A contact has come to the telephone and is in the call; the others are called once more."""
    line = helping().up("contact").key("1", "contact")
    first = line.leg("contact").id
    line.asked("pager-start", again=True).gone("contact", 17)
    return line, first


def test_in_a_second_round_only_who_is_called_now_is_asked() -> None:
    line, first = second_round()
    second = line.leg("contact").id
    line.up("contact").played()
    assert line.does(told.Key(first, "1")).effects == [], "who came in the first round may press what they like"
    line.elapsed("confirm")
    assert line.one(do.Play).leg == second
    assert line.played().elapsed("confirm").one(do.Hangup).leg == second
    line.gone("contact")
    assert len(line.told("PagerExhausted")) == 1
    assert line.call.legs[first].live


def test_a_contact_of_the_first_round_who_leaves_takes_no_time_from_the_second() -> None:
    line, first = second_round()
    line.up("contact").played().does(told.Gone(first, 16))
    assert line.call.due.keys() >= {"confirm"}
    assert line.key("1", "contact").told("PagerConfirmed")[-1]["contact"] == CONTACTS[1]["id"]


def test_a_conference_that_still_rings_becomes_a_transfer_with_music() -> None:
    line = Line().talking().third("conference", None).asked("transfer").gone("agent")
    assert (line.call.held, line.call.music) == (True, CHANNEL)


def test_whom_we_had_called_is_not_hung_up_by_a_transfer_that_fails() -> None:
    line = click().up("agent").up("citizen").third("transfer").gone("agent").gone(THIRD, 17)
    assert (line.call.kind, line.state, line.call.queue) == (CLICK, "queued", "general")
    assert line.gone("citizen").told("CallMissed") == [{"call_id": line.call.id, "queue": "general"}]


def test_what_an_agent_left_out_of_the_recording_ends_with_that_agent() -> None:
    line = Line().talking().asked("pause").third("transfer").gone("agent").up(THIRD)
    assert (line.call.paused, line.one(do.PauseRecording).on) == (False, False)
    line = Line().talking().asked("pause").asked("force-out").gone("removed").offered("agent2").up("agent")
    assert (line.call.paused, line.one(do.PauseRecording).on) == (False, False)


def test_a_recording_that_begins_anew_in_a_pause_is_paused() -> None:
    line = Line().talking().asked("pause").recorded(None)
    line.does(told.Tapped(line.call.tap))
    assert [type(each) for each in line.effects] == [do.Record, do.PauseRecording]
    assert line.one(do.PauseRecording) == do.PauseRecording(line.one(do.Record).name, on=True)


def test_a_number_of_somebodys_own_is_not_told_to_the_processes() -> None:
    line = Line().talking().asked("transfer", endpoint=f"PJSIP/{CALLER}@city", number=CALLER).gone("agent").up(THIRD)
    assert line.told("TransferCompleted")[0]["to"] == "outside"
    assert line.state != ENDED


def family() -> Line:
    """The elder, the seat, and a daughter who has said that she comes talk."""
    return helping().up("contact").key("1", "contact")


def test_elder_and_daughter_talk_on_when_the_agent_leaves() -> None:
    line = family().gone("agent")
    assert (line.state, line.hung_up()) == ("talking", set())
    assert line.gone("contact").hung_up() == {"citizen"}


def test_elder_and_daughter_talk_on_when_120_leaves_after_the_agent() -> None:
    line = with_120(family()).gone("agent").gone(THIRD)
    assert (line.state, line.hung_up()) == ("talking", set())


@pytest.mark.parametrize("order", [("citizen",), ("citizen", "agent"), ("agent", "citizen")])
def test_whoever_is_left_of_an_emergency_talks_on(order: tuple[str, ...]) -> None:
    line = with_120(family())
    for role in order:
        assert line.gone(role).hung_up() == set()
    assert line.gone(THIRD).hung_up() == ({"contact"} if "agent" in order else set())


def test_a_transfer_that_fails_does_not_part_elder_and_daughter() -> None:
    line = family().asked("transfer", **OUTSIDE).gone("agent")
    assert line.call.held is False, "she talks with her daughter while 120 rings"
    line.gone(THIRD, 17)
    assert (line.state, line.call.transferring, line.leg("citizen").joined is not None) == ("talking", False, True)
    line = family().asked("force-out")
    assert line.hung_up() == {"agent"}
    assert line.gone("agent").state == "talking"


def test_who_is_left_with_a_second_service_that_still_rings_hears_music() -> None:
    line = with_120(Line().talking()).asked("conference", endpoint="PJSIP/110@city", number="110").gone("agent")
    first = next(leg for leg in line.call.live(THIRD) if leg.up is not None)
    line.does(told.Gone(first.id, 16))
    assert (line.state, line.call.music) == ("talking", CHANNEL)


def test_who_came_first_and_leaves_in_the_second_round_leaves_her_with_music() -> None:
    line = Line().came_in("9500012", contacts=CONTACTS).up("contact").key("1", "contact")
    first = line.leg("contact").id
    line.asked("pager-start", again=True).gone("contact", 17).does(told.Gone(first, 16))
    assert (line.state, line.call.music) == ("alert", CHANNEL)


def test_her_line_drops_in_a_second_round_and_nobody_is_left_in_silence() -> None:
    line, first = second_round()
    line.gone("citizen")
    assert line.hung_up() == set(), "agent and daughter have still to talk"
    line.gone("agent")
    assert {each.leg for each in line.of(do.Hangup)} == {first}


def test_a_contact_who_comes_is_not_put_together_with_a_seat_that_is_leaving() -> None:
    line = helping().gone("citizen")
    assert line.hung_up() == {"agent"}
    assert line.up("contact").key("1", "contact").of(do.Join) == []
    assert line.heard() == ("confirmed",)


def test_a_contact_whom_the_exchange_failed_is_called_again_once() -> None:
    line = helping()
    first = line.leg("contact").number
    assert line.gone("contact", NO_EXCHANGE).leg("contact").number == first
    assert line.gone("contact", NO_EXCHANGE).leg("contact").number != first
    assert len(line.gone("contact", NO_EXCHANGE).gone("contact", NO_EXCHANGE).told("PagerExhausted")) == 1
