"""The register of elders: enrolled with a device and contacts, found by device and line, and devices that fall silent."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from engine.messages.models import InboxMessage
from processes.registry.elders import services
from processes.registry.elders.errors import BadElder, DeviceExists
from processes.registry.elders.models import ElderDevice
from processes.registry.elders.services import NewContact, NewElder
from tests.unit.processes.stand import Stand

ELDER = NewElder(
    "赵奶奶",
    "029-33219999",
    "P-0001",
    "人民路12号",
    area="610402",
    line="029-33210001",
    health="高血压",
    contacts=(NewContact("family", "赵大伟", "13900000001"), NewContact("liaison", "李联络", "13900000002")),
)


def test_nothing_personal_stands_in_the_tables_in_clear(stand: Stand) -> None:
    services.enrol(stand.session, ELDER, stand.now)
    tables = ("elder", "elder_device", "elder_contact")
    stored = [str(row) for name in tables for row in stand.session.execute(select(text("*")).select_from(text(name)))]
    assert len(stored) == 4
    for word in ("赵", "人民路", "高血压", "13900000001", "33210001"):
        assert not any(word in row for row in stored)


def test_contacts_keep_their_order(stand: Stand) -> None:
    elder = services.enrol(stand.session, ELDER, stand.now)
    found = services.contacts_of(stand.session, elder.id)
    assert [(one.place, one.role, one.name, one.phone) for one in found] == [
        (1, "family", "赵大伟", "13900000001"),
        (2, "liaison", "李联络", "13900000002"),
    ]


@pytest.mark.parametrize("phone", ["02933210001", "029-33210001", "+862933210001", "029-3321 9999"])
def test_a_device_is_found_by_its_line_and_by_its_elders_number(stand: Stand, phone: str) -> None:
    services.enrol(stand.session, ELDER, stand.now)
    assert services.device_on_line(stand.session, phone) == "P-0001"


def test_an_unknown_line_has_no_device(stand: Stand) -> None:
    services.enrol(stand.session, ELDER, stand.now)
    assert services.device_on_line(stand.session, "13812345678") is None
    assert services.elder_with(stand.session, "P-9999") is None
    assert services.elder_with(stand.session, None) is None


def test_a_second_device_belongs_to_the_same_elder(stand: Stand) -> None:
    first = services.enrol(stand.session, ELDER, stand.now)
    assert services.enrol(stand.session, replace(ELDER, device="P-0002", line=None), stand.now).id == first.id
    assert len(services.contacts_of(stand.session, first.id)) == 2
    with pytest.raises(DeviceExists):
        services.enrol(stand.session, ELDER, stand.now)


def test_a_device_that_was_taken_back_is_another_elders_with_a_line_and_a_clock_of_its_own(stand: Stand) -> None:
    services.enrol(stand.session, ELDER, stand.now - timedelta(days=40))
    stand.session.execute(update(ElderDevice).values(active=False))
    heir = services.enrol(stand.session, replace(ELDER, name="钱爷爷", phone="13900000009", line="029-33210002"), stand.now)
    assert services.elder_with(stand.session, "P-0001") == heir
    assert services.device_on_line(stand.session, "02933210002") == "P-0001"
    assert services.device_on_line(stand.session, "02933210001") is None
    assert services.silent(stand.session, stand.now, 30) == []
    with pytest.raises(DeviceExists):
        services.add_device(stand.session, heir.id, "P-0001", None, stand.now)


def test_a_device_that_is_handed_out_again_without_a_line_has_none(stand: Stand) -> None:
    elder = services.enrol(stand.session, ELDER, stand.now)
    stand.session.execute(update(ElderDevice).values(active=False))
    services.add_device(stand.session, elder.id, "P-0001", None, stand.now)
    assert services.device_on_line(stand.session, "02933210001") is None


def test_only_what_contacts_answered_in_one_call_is_forgotten(stand: Stand) -> None:
    kept = {"payload": {}, "actor": "system", "received_at": stand.now, "expires_at": stand.now + timedelta(days=30)}
    told = [("PagerConfirmed", "k1"), ("PagerExhausted", "k1"), ("VoicemailLeft", "k1"), ("PagerConfirmed", "k2")]
    stand.session.add_all(InboxMessage(message=name, correlation=f"call_id={call}", **kept) for name, call in told)
    stand.call("elder.forget_answers", call_id=None)
    stand.call("elder.forget_answers", call_id="k1")
    left = stand.session.execute(select(InboxMessage.message, InboxMessage.correlation).order_by(InboxMessage.id)).all()
    assert [tuple(row) for row in left] == [("VoicemailLeft", "call_id=k1"), ("PagerConfirmed", "call_id=k2")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"device": "P 1"}, "device"),
        ({"device": "x" * 33}, "device"),
        ({"address": " "}, "address"),
        ({"line": "12"}, "line"),
        ({"contacts": (NewContact("neighbour", "孙", "13900000001"),)}, "contacts.0.role"),
        ({"contacts": (NewContact("family", "孙", "12"),)}, "contacts.0.phone"),
        ({"contacts": (NewContact("family", "孙", ""),)}, "contacts.0.phone"),
        ({"contacts": (NewContact("family", " ", "13900000001"),)}, "contacts.0.name"),
        ({"contacts": (NewContact("family", "孙", "13900000001"),) * 21}, "contacts"),
        ({"area": "nowhere"}, "area"),
        ({"address": "x" * 301}, "address"),
        ({"health": "x" * 2001}, "health"),
    ],
)
def test_what_is_wrong_is_named(stand: Stand, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(BadElder) as refusal:
        services.enrol(stand.session, replace(ELDER, **wrong), stand.now)  # type: ignore[arg-type]  # wrong on purpose
    assert field in refusal.value.errors


def test_two_devices_in_use_never_share_a_line(stand: Stand) -> None:
    services.enrol(stand.session, ELDER, stand.now)
    other = replace(ELDER, name="钱爷爷", phone="13900000009", device="P-0002", line="029 33210001")
    with pytest.raises(BadElder) as refusal:
        services.enrol(stand.session, other, stand.now)
    assert "P-0001" in refusal.value.errors["line"]
    stand.session.execute(update(ElderDevice).where(ElderDevice.code == "P-0001").values(active=False))
    services.enrol(stand.session, other, stand.now)
    assert services.device_on_line(stand.session, "02933210001") == "P-0002"


@pytest.mark.parametrize(("days", "silent"), [(29.9, []), (30, ["P-0001"]), (31, ["P-0001"])])
def test_a_device_is_silent_after_thirty_days(stand: Stand, days: float, silent: list[str]) -> None:
    services.enrol(stand.session, ELDER, stand.now - timedelta(days=days))
    assert services.silent(stand.session, stand.now, 30) == silent


def test_a_device_that_was_heard_is_silent_no_more(stand: Stand) -> None:
    services.enrol(stand.session, ELDER, stand.now - timedelta(days=31))
    services.heard(stand.session, ["P-0001"], stand.now)
    assert services.silent(stand.session, stand.now, 30) == []


def test_a_profile_in_process_data_is_ids_and_flags(stand: Stand) -> None:
    elder = services.enrol(stand.session, ELDER, stand.now)
    known = {"known": True, "device": "P-0001", "elder": elder.id, "contacts": 2}
    assert stand.call("elder.profile", device="P-0001", phone=None) == known
    assert stand.call("elder.profile", device=None, phone="02933210001") == known
    assert stand.call("elder.profile", device="P-9", phone=None) == {"known": False, "device": "P-9", "elder": None, "contacts": 0}


def test_a_list_of_silent_devices_is_bounded(stand: Stand) -> None:
    long_ago = stand.now - timedelta(days=40)
    for number in range(60):
        services.enrol(stand.session, replace(ELDER, device=f"P-{number:04d}", line=None), long_ago)
    found = stand.call("elder.silent_devices", days=30)
    assert (found["count"], len(found["devices"])) == (60, 50)
    stand.call("elder.heard", devices=found["devices"])
    assert stand.call("elder.silent_devices", days=30)["count"] == 10
