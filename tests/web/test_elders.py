"""The pages of the register of elders (T25, X02)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.product import Product
from api.web.elders import form
from engine import clock
from engine.actor import SYSTEM
from processes.registry.audit.models import AuditEntry
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewContact, NewElder
from tests.web.conftest import Admit
from tests.web.visitor import HTMX, Visitor

ELDER = NewElder(
    "郑奶奶",
    "029-33219999",
    "P-9001",
    "人民路12号",
    area="610402",
    line="029-33210001",
    health="高血压",
    contacts=(NewContact("family", "郑大伟", "13900000001"), NewContact("liaison", "李联络", "13900000002")),
)
TYPED = {
    "name": "钱爷爷",
    "phone": "13900000009",
    "device": "P-9002",
    "line": "029-33210002",
    "area": "610402",
    "address": "人民路13号",
    "health": "",
    "profile": "独居",
    "contacts.0.place": "2",
    "contacts.0.role": "doctor",
    "contacts.0.name": "周医生",
    "contacts.0.phone": "13900000021",
    "contacts.1.place": "1",
    "contacts.1.role": "family",
    "contacts.1.name": "钱小雨",
    "contacts.1.phone": "13900000022",
    "contacts.2.place": "3",
    "contacts.2.role": "family",
    "contacts.2.name": "",
    "contacts.2.phone": "",
}
SECRETS = ("郑奶奶", "33219999", "33210001", "人民路12号", "高血压", "郑大伟", "13900000001")


@pytest.fixture
def row(sqlite_product: Product) -> int:
    """An elder on record."""
    found: int = sqlite_product.engine.transact(SYSTEM, lambda work: elders.enrol(work.session, ELDER, work.now).id)
    return found


def _wrong(page: str) -> list[str]:
    """The fields that a page marks as wrong and tells about."""
    return [field for field in re.findall(r'id="f-([\w.]+)"[^>]*aria-invalid="true"', page) if f'id="e-{field}"' in page]


def _audited(product: Product, row: int) -> list[tuple[str, Any]]:
    with product.engine.read() as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.object == f"elder:{row}").order_by(AuditEntry.id))
        return [(entry.action, entry.detail) for entry in found]


def _whole(visitor: Visitor, row: int) -> str:
    visitor.get(f"/elders/{row}")
    answer = visitor.post(f"/elders/{row}/unmask", reason="上门更换呼叫器")
    assert answer.status_code == 200
    return answer.text


def test_the_register_is_in_the_navigation_of_those_who_keep_it(admit: Admit) -> None:
    for username, status in (("care_clerk1", 200), ("shift_leader1", 200), ("admin", 200), ("agent1", 403), ("unit_water", 403)):
        visitor = admit(username)
        assert visitor.get("/elders").status_code == status
        assert ('href="/elders"' in visitor.get("/inbox").text) == (status == 200)


def test_lists_and_records_are_masked(admit: Admit, row: int) -> None:
    clerk = admit("care_clerk1")
    for page in (clerk.get("/elders").text, clerk.get(f"/elders/{row}").text, clerk.get("/elders?q=P-9001", **HTMX).text):
        assert "郑**" in page
        assert "029-****0001" in page
        assert not [secret for secret in SECRETS if secret in page]


def test_elders_are_found_by_name_number_and_device_and_silent_ones_are_told_in_words(
    admit: Admit, sqlite_product: Product, row: int
) -> None:
    long_ago = clock.now() - timedelta(days=31)
    sqlite_product.engine.transact(SYSTEM, lambda work: elders.heard(work.session, ["P-9001"], long_ago))
    clerk = admit("care_clerk1")
    for query in ("?q=郑奶奶", "?q=02933219999", "?q=029-33210001", "?q=P-9001", "?state=silent"):
        page = clerk.get(f"/elders{query}").text
        assert (page.count('id="e-'), "有静默设备" in page) == (1, True), query
    assert "没有符合条件的老人" in clerk.get("/elders?q=nobody").text
    assert f'id="e-{row}"' not in clerk.get("/elders?state=in_use").text
    assert "静默超过 30 天" in clerk.get(f"/elders/{row}").text


def test_the_whole_record_is_shown_for_a_reason_that_goes_on_record(admit: Admit, sqlite_product: Product, row: int) -> None:
    clerk = admit("care_clerk1")
    clerk.get(f"/elders/{row}")
    refused = clerk.post(f"/elders/{row}/unmask", reason="x")
    assert (refused.status_code, 'id="e-f-reason"' in refused.text) == (422, True)
    assert not [secret for secret in SECRETS if secret in refused.text]
    page = _whole(clerk, row)
    assert not [secret for secret in SECRETS if secret not in page]
    assert _audited(sqlite_product, row) == [("elder.unmasked", {"reason": "上门更换呼叫器"})]


def test_an_elder_is_enrolled_with_contacts_in_the_order_that_was_numbered(admit: Admit, sqlite_product: Product) -> None:
    clerk = admit("care_clerk1")
    clerk.get("/elders/new")
    answer = clerk.post("/elders/new", TYPED)
    assert answer.status_code == 303
    row = int(answer.location.split("?")[0].removeprefix("/elders/"))
    with sqlite_product.engine.read() as session:
        assert [(one.role, one.name) for one in elders.contacts_of(session, row)] == [("family", "钱小雨"), ("doctor", "周医生")]
        assert elders.device_on_line(session, "02933210002") == "P-9002"
    assert "已登记" in clerk.get(answer.location).text
    again = clerk.post("/elders/new", TYPED)
    assert (again.status_code, _wrong(again.text)) == (422, ["device"])
    renamed = clerk.post("/elders/new", {**TYPED, "device": "P-9003", "line": ""})
    assert (renamed.status_code, _wrong(renamed.text)) == (422, ["phone"])


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"phone": "12"}, ["phone"]),
        ({"name": ""}, ["name"]),
        ({"device": "P 1"}, ["device"]),
        ({"device": "P-9001"}, ["device"]),
        ({"line": "029 33210001"}, ["line"]),
        ({"line": "none"}, ["line"]),
        ({"area": "nowhere"}, ["area"]),
        ({"address": " "}, ["address"]),
        ({"contacts.0.phone": ""}, ["contacts.1.phone"]),
        ({"contacts.1.name": ""}, ["contacts.0.name"]),
        ({"contacts.2.name": "吴强"}, ["contacts.2.phone"]),
        ({"contacts.0.role": "friend"}, ["contacts.1.role"]),
        ({"phone": "x", "device": "", "contacts.0.phone": "x"}, ["device", "phone", "contacts.1.phone"]),
    ],
)
def test_what_is_wrong_with_an_elder_stands_at_its_field_and_nothing_typed_is_lost(
    admit: Admit, row: int, changes: dict[str, str], fields: list[str]
) -> None:
    clerk = admit("care_clerk1")
    clerk.get("/elders/new")
    answer = clerk.post("/elders/new", {**TYPED, **changes})
    assert (answer.status_code, _wrong(answer.text)) == (422, fields)
    kept = [value for name, value in TYPED.items() if name not in changes and len(value) > 3]
    assert not [value for value in kept if value not in answer.text]


def test_a_record_is_changed_in_its_form(admit: Admit, sqlite_product: Product, row: int) -> None:
    clerk = admit("care_clerk1")
    page = _whole(clerk, row)
    typed = dict(re.findall(r'<input id="f-[\w.]+" name="([\w.]+)"[^>]*value="([^"]*)"', page))
    assert typed["contacts.1.phone"] == "13900000002"
    swapped = {
        **typed,
        "area": "610402",
        "health": "高血压",
        "contacts.1.place": "0",
        "contacts.0.role": "family",
        "contacts.1.role": "liaison",
    }
    wrong = clerk.post(f"/elders/{row}/change", {**swapped, "contacts.0.phone": "x"})
    assert (wrong.status_code, _wrong(wrong.text)) == (422, ["contacts.1.phone"])
    assert "人民路12号" in wrong.text
    assert clerk.post(f"/elders/{row}/change", swapped).location == f"/elders/{row}?done=elder_change"
    with sqlite_product.engine.read() as session:
        assert [one.name for one in elders.contacts_of(session, row)] == ["李联络", "郑大伟"]
    assert _audited(sqlite_product, row)[1:] == [("elder.changed", {"fields": ["contacts"]})]


def test_who_opened_a_record_before_another_changed_it_does_not_undo_that(admit: Admit, row: int) -> None:
    clerk = admit("care_clerk1")
    page = _whole(clerk, row)
    typed = dict(re.findall(r'<input (?:id="f-[\w.]+"|type="hidden") name="([\w.]+)"[^>]*value="([^"]*)"', page))
    roles = {"contacts.0.role": "family", "contacts.1.role": "liaison"}
    first = {**typed, **roles, "contacts.2.role": "doctor", "contacts.2.name": "钱医生", "contacts.2.phone": "13900000005"}
    assert clerk.post(f"/elders/{row}/change", first).status_code == 303
    second = clerk.post(f"/elders/{row}/change", {**typed, **roles, "address": "人民路13号"})
    assert (second.status_code, "刚刚有人改过" in second.text, "人民路13号" in second.text) == (409, True, True)
    page = _whole(clerk, row)
    assert "钱医生" in page
    assert "人民路13号" not in page


def test_devices_are_handed_out_moved_and_taken_back(admit: Admit, sqlite_product: Product, row: int) -> None:
    clerk = admit("care_clerk1")
    clerk.get(f"/elders/{row}")
    taken = clerk.post(f"/elders/{row}/add", device="P-9002", line="029-33210001")
    assert (taken.status_code, 'id="add-line-e"' in taken.text, 'value="P-9002"' in taken.text) == (422, True, True)
    assert clerk.post(f"/elders/{row}/add", device="P-9002", line="").status_code == 303
    unknown = clerk.post(f"/elders/{row}/move", device="P-1", line="029-33210003")
    assert (unknown.status_code, 'id="move-device-e"' in unknown.text) == (422, True)
    assert clerk.post(f"/elders/{row}/move", device="P-9002", line="029-33210003").status_code == 303
    unreasoned = clerk.post(f"/elders/{row}/take", device="P-9001", reason="")
    assert (unreasoned.status_code, 'id="e-take-reason"' in unreasoned.text) == (422, True)
    assert clerk.post(f"/elders/{row}/take", device="P-9001", reason="损坏").status_code == 303
    assert clerk.post(f"/elders/{row}/retire", reason="搬到外市").status_code == 303
    assert clerk.post(f"/elders/{row}/retire", reason="搬到外市").status_code == 409
    page = clerk.get(f"/elders/{row}").text
    assert "已停用" in page
    assert 'id="retire"' not in page
    actions = [action for action, _detail in _audited(sqlite_product, row)]
    assert actions == ["elder.device_added", "elder.device_moved", "elder.device_retired", "elder.retired"]


def test_there_is_no_page_of_nobody(admit: Admit) -> None:
    clerk = admit("care_clerk1")
    clerk.get("/elders")
    for path in ("/elders/999", "/elders/x"):
        assert clerk.get(path).status_code == 404
    assert clerk.post("/elders/999/retire", reason="搬走").status_code == 404
    assert clerk.post("/elders/1/explode").status_code == 404


def test_a_form_has_empty_lines_for_further_contacts_until_there_are_enough() -> None:
    assert len(form.lines({})) == 3
    assert len(form.lines({f"contacts.{at}.phone": "1" for at in range(4)})) == 6
    assert len(form.lines({f"contacts.{at}.phone": "1" for at in range(60)})) == 22
    crowd = {f"contacts.{at}.phone": f"1390000{at:04d}" for at in range(21)}
    assert len(form.contacts(crowd)) == 21
