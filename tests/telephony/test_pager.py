"""The pager (T23, T24, C38): contacts in order until one comes, whatever the device does."""

from collections.abc import Sequence

from processes.registry.elders import services as elders
from processes.registry.elders.services import NewContact, NewElder
from tests.fixtures.phones import Call, Phone, Policy, answers, rejects
from tests.telephony.hotline import Hotline
from tests.telephony.test_outgoing import told

MEDICAL, LINE = "9510012", "029-85550101"
PEOPLE = ("13900000001", "13900000002", "13900000003")
ROLES = ("family", "liaison", "doctor")


def pager(hotline: Hotline, policies: Sequence[Policy]) -> None:
    """The same, and nobody takes away what the processes are told."""
    hotline.worker.herald.stop()
    enrol(hotline, policies)


def enrol(hotline: Hotline, policies: Sequence[Policy]) -> None:
    """An old woman with three people to call, who do this when called."""
    contacts = [NewContact(role, "某人", number) for role, number in zip(ROLES, PEOPLE, strict=True)]
    new = NewElder("王奶奶", "13900009999", "pager-1", "幸福路 1 号", line=LINE, contacts=contacts)
    hotline.write(lambda session, now: elders.enrol(session, new, now))
    for number, policy in zip(PEOPLE, policies, strict=True):
        hotline.phones.city.number(number, policy)


def at_the_centre(hotline: Hotline) -> tuple[Call, Phone, str]:
    """She talks with a seat of the centre first; and the id of their call. The first contact says that they come."""
    pager(hotline, (answers(press="1", press_after=2.0), answers(), answers()))
    number = {"name": "一键通 医疗", "start": "pager:centre", "human": "queue:emergency", "key": "2", "emergency": True}
    hotline.change_plan(numbers={"95*2": number})
    seat = hotline.agent("shift_leader1", "1004", queues=("emergency",))
    device = hotline.calls(MEDICAL, caller=LINE.replace("-", ""))
    seat.ringing().answer()
    device.until_hears({seat.tone})
    return device, seat, hotline.call_in("talking").id


def test_contacts_are_called_in_order_until_one_confirms_and_then_talk_with_her(hotline: Hotline) -> None:
    pager(hotline, (rejects(486), answers(press="2", press_after=2.0), answers()))
    device = hotline.calls(MEDICAL, caller=LINE.replace("-", ""))
    doctor = hotline.phones.city.ringing(PEOPLE[2])
    doctor.until_hears_speech()
    doctor.press("1")
    device.until_hears({doctor.tone})
    doctor.until_hears({device.tone})
    (pressed,), (confirmed,) = told(hotline, "PagerPressed"), told(hotline, "PagerConfirmed")
    assert (pressed["device"], pressed["key"]) == ("pager-1", "2")
    assert confirmed["role"] == "doctor"
    device.hangup()
    doctor.until("ended")
    hotline.nothing_is_left()


def test_the_alert_outlives_the_call_of_the_device(hotline: Hotline) -> None:
    pager(hotline, (rejects(603, after=0.5), answers(press="1", press_after=2.0), answers()))
    device = hotline.calls(MEDICAL, caller=LINE.replace("-", ""))
    hotline.phones.city.ringing(PEOPLE[0])
    device.hangup()
    hotline.phones.city.ringing(PEOPLE[1]).until("ended")
    hotline.nothing_is_left()
    (confirmed,) = told(hotline, "PagerConfirmed")
    assert confirmed["role"] == "liaison"


def test_when_nobody_comes_a_seat_rings(hotline: Hotline) -> None:
    pager(hotline, (rejects(486), rejects(480), rejects(404)))
    seat = hotline.agent("shift_leader1", "1004", queues=("emergency",))
    device = hotline.calls(MEDICAL, caller=LINE.replace("-", ""))
    seat.ringing().answer()
    device.until_hears({seat.tone})
    assert len(told(hotline, "PagerExhausted")) == 1
    device.hangup()
    hotline.nothing_is_left()


def test_with_one_centre_a_seat_rings_first_and_the_contacts_when_it_says_so(hotline: Hotline) -> None:
    device, seat, call = at_the_centre(hotline)
    assert hotline.ask("system", "pager-start", call).state == "done"
    family = hotline.phones.city.ringing(PEOPLE[0])
    device.until_hears({seat.tone, family.tone})
    device.hangup()
    family.until_hears({seat.tone})
    family.hangup()
    hotline.seat_in("shift_leader1", "wrap_up")
    hotline.nothing_is_left()


def test_a_contact_who_did_not_come_is_called_again_in_another_round(hotline: Hotline) -> None:
    device, seat, call = at_the_centre(hotline)
    for again in (False, True):
        assert hotline.ask("system", "pager-start", call, again=again).state == "done"
        family = hotline.phones.city.ringing(PEOPLE[0])
        device.until_hears({seat.tone, family.tone})
        family.hangup()
        device.until_hears({seat.tone})
    assert len(told(hotline, "PagerConfirmed")) == 2
    device.hangup()
    hotline.nothing_is_left()


def test_contacts_are_called_however_their_numbers_were_written(hotline: Hotline) -> None:
    hotline.worker.herald.stop()
    written = {"139-0000-0001": "13900000001", "(029) 8555 0109": "02985550109", "+86 139 0000 0003": "13900000003"}
    contacts = [NewContact("family", "某人", each) for each in written]
    new = NewElder("王奶奶", "13900009999", "pager-1", "幸福路 1 号", line=LINE, contacts=contacts)
    hotline.write(lambda session, now: elders.enrol(session, new, now))
    for at, digits in enumerate(written.values()):
        hotline.phones.city.number(digits, rejects(486) if at < 2 else answers(press="1", press_after=2.0))
    device = hotline.calls(MEDICAL, caller=LINE.replace("-", ""))
    doctor = hotline.phones.city.ringing("13900000003")
    device.until_hears({doctor.tone})
    device.hangup()
    hotline.nothing_is_left()
    (call,) = hotline.rows()
    assert [leg.number for leg in hotline.legs(call.id) if leg.role == "contact"] == list(written.values())
    assert {leg.cause for leg in hotline.legs(call.id) if leg.number in list(written.values())[:2]} == {17}


def test_an_unknown_device_reaches_a_seat(hotline: Hotline) -> None:
    seat = hotline.agent("shift_leader1", "1004", queues=("emergency",))
    device = hotline.calls(MEDICAL, caller="02985550102")
    seat.ringing().answer()
    device.until_hears({seat.tone})
    device.hangup()
    hotline.nothing_is_left()
