"""The working-day calendar over HTTP (E06)."""

from sqlalchemy import select

from processes.registry.audit.models import AuditEntry
from tests.contract.api.conftest import Desk

YEAR = {
    "source": "国办发明电〔2028〕1号",
    "holidays": {"2029-01-01": "元旦", "2029-02-12": "春节", "2029-02-13": "春节"},
    "workdays": {"2029-02-10": "春节"},
}


def test_every_known_year_says_how_sure_it_is(desk: Desk) -> None:
    items = desk["agent1"].get("calendar-years").json["items"]
    years = {one["year"]: one["provisional"] for one in items}
    assert (items[0]["year"], years[2028], years[2027], years[2026], min(years)) == (2028, True, True, False, 2004)


def test_an_administrator_enters_a_year_and_it_is_on_record(desk: Desk) -> None:
    entered = desk["admin"].send("PUT", "calendar-years/2029", json=YEAR)
    assert entered.status_code == 200, entered.text
    assert (entered.json["provisional"], entered.json["loaded_by"], entered.json["holidays"]) == (False, "admin", YEAR["holidays"])
    assert desk["agent1"].get("calendar-years").json["items"][0]["year"] == 2029
    with desk.product.engine.read() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "calendar.entered"))
    assert (entry.actor, entry.object) == ("admin", "2029")
    assert entry.detail == {"holidays": 3, "workdays": 1, "provisional": False, "replaced": False, "source": YEAR["source"]}


def test_a_provisional_year_is_replaced_when_the_notice_comes(desk: Desk) -> None:
    body = {"source": "国办发明电〔2026〕1号", "holidays": {"2027-01-01": "元旦"}}
    assert desk["admin"].send("PUT", "calendar-years/2027", json=body).json["provisional"] is False
    years = {one["year"]: one["source"] for one in desk["admin"].get("calendar-years").json["items"]}
    assert years[2027] == body["source"]


def test_nobody_else_enters_a_year(desk: Desk) -> None:
    assert desk["agent1"].send("PUT", "calendar-years/2029", json=YEAR).status_code == 403


def test_a_wrong_year_is_refused_by_field(desk: Desk) -> None:
    wrong = desk["admin"].send("PUT", "calendar-years/1890", json=YEAR)
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "year")
    nameless = desk["admin"].send("PUT", "calendar-years/2029", json={**YEAR, "holidays": {"2029-01-01": "长" * 65}})
    assert (nameless.status_code, nameless.json["errors"][0]["field"]) == (422, "holidays")
    weekday = desk["admin"].send("PUT", "calendar-years/2029", json={**YEAR, "workdays": {"2029-02-14": "春节"}})
    assert weekday.status_code == 422
    assert "2029-02-14" in weekday.json["detail"]
