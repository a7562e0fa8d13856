"""Somebody deletes a definition from the database by hand: its instances stand still with an incident, all others move on."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import make_url, select

from engine.outbox.models import Incident
from tests.crash.house import House
from tests.faults.conftest import get, post, said

OK, FAILED = 200, 500
DELETIONS = {
    "its files": "DELETE FROM definition_file WHERE digest IN (SELECT digest FROM process_definition WHERE key = 'work_order')",
    "its versions": "DELETE FROM process_definition WHERE key = 'work_order'",
    "its bundles": "DELETE FROM bundle WHERE process_key = 'work_order'",
}


def lost(house: House, what: str) -> None:
    """A complaint at its unit and a consultation; then the work order's definition is gone, and the product starts again."""
    house.open("a")
    for element in ("register", "review"):
        house.do("a", element)
    house.open("b", "consultation")
    with closing(sqlite3.connect(str(make_url(house.url).database))) as connection:
        assert connection.execute(DELETIONS[what]).rowcount
        connection.commit()
    house.restart()


@pytest.mark.parametrize("what", DELETIONS)
def test_its_timers_become_incidents_and_other_processes_move_on(house: House, what: str) -> None:
    lost(house, what)
    house.wait(minutes=35)
    with house.product.engine.read() as session:
        found = session.scalars(select(Incident)).all()
    assert {one.business_key for one in found} == {house.memory.cases["a"]}
    assert all("流程定义" in one.message for one in found), [one.message for one in found]
    house.do("b", "register")
    house.do("b", "answer", mode="instant")
    assert house.status("b") == "closed"


@pytest.mark.parametrize("what", DELETIONS)
def test_who_acts_on_an_instance_of_it_is_told(house: House, what: str) -> None:
    lost(house, what)
    (item,) = house.items("a", "ack")
    answer = post(house.product, f"tasks/{item.public_id}/complete", {"data": {"outcome": "accept"}})
    assert (answer.status_code, said(answer)["type"]) == (FAILED, "urn:bihuan:problem:lost-definition")
    assert house.tasks("a") == ["ack"]
    assert get(house.product, f"/api/v1/cases/{house.memory.cases['a']}").status_code == OK
    assert get(house.product, "/api/v1/tasks").status_code == OK
