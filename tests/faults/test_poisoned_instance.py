"""One instance's state cannot be read: somebody is told which, and every other instance moves on."""

from sqlalchemy import select, update

from engine.instances.models import Instance
from engine.jobs.models import Job
from engine.outbox.models import Incident
from tests.chaos import audit
from tests.crash.house import House
from tests.faults.conftest import get, post, said

OK, FAILED = 200, 500


def poisoned(house: House, name: str) -> int:
    """Two cases at their units; the work order of one has a state that nobody can read. Answers its instance."""
    for each in ("a", "b"):
        house.open(each)
        for element in ("register", "review"):
            house.do(each, element)
    order = house.order(name).instance_id
    assert order is not None
    with house.product.sessions.begin() as session:
        session.execute(update(Instance).where(Instance.id == order).values(state=b"\x00\xff not a state"))
    house.restart()
    return order


def incidents(house: House) -> list[Incident]:
    """Every incident there is."""
    with house.product.engine.read() as session:
        return list(session.scalars(select(Incident).order_by(Incident.id)))


def test_its_timers_are_set_aside_with_an_incident_and_all_others_go_off(house: House) -> None:
    instance_id = poisoned(house, "a")
    house.wait(minutes=95)
    assert house.order("b").ack_level == 3
    assert house.order("a").ack_level == 0
    found = incidents(house)
    assert found
    assert {(one.instance_id, one.business_key) for one in found} == {(instance_id, house.memory.cases["a"])}
    assert all("无法读取" in one.message for one in found)


def test_the_tick_does_not_spin_on_it(house: House) -> None:
    poisoned(house, "a")
    house.wait(hours=2)
    before = len(incidents(house))
    for _ in range(20):
        house.wait(minutes=5)
    assert len(incidents(house)) == before
    with house.product.engine.read() as session:
        assert session.scalars(select(Job)).all() == []


def test_who_acts_on_it_is_told_and_others_are_not_disturbed(house: House) -> None:
    poisoned(house, "a")
    (item,) = house.items("a", "ack")
    answer = post(house.product, f"tasks/{item.public_id}/complete", {"data": {"outcome": "accept"}})
    assert (answer.status_code, said(answer)["type"]) == (FAILED, "urn:bihuan:problem:unreadable-state")
    assert "无法读取" in said(answer)["detail"]
    assert house.tasks("a") == ["ack"]
    assert get(house.product, f"/api/v1/cases/{house.memory.cases['a']}").status_code == OK
    assert get(house.product, f"/api/v1/cases/{house.memory.cases['a']}/history").status_code == OK
    assert get(house.product, "/api/v1/tasks").status_code == OK
    house.do("b", "ack")
    house.do("b", "handle")
    with house.product.engine.read() as session:
        assert audit.broken_chains(session) == []
