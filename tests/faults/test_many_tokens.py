"""Ten thousand tokens in one instance: refused before they cost anybody time, and a thousand are no trouble."""

import time

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from api import preparation
from engine.actor import SYSTEM
from engine.definitions.files import SourceFile
from engine.outbox.models import Incident
from engine.spiff.lean import MOST_OPEN
from engine.workitems.models import OPEN, WorkItem
from tests.chaos import audit
from tests.contract.engine import diagrams as draw
from tests.crash.house import ADMIN, House
from tests.faults.conftest import get, post, said
from tests.fixtures.filling import answers

OK, FAILED = 200, 500
TOO_MANY = 10_000
SECONDS = 60
"""Ten times what a refusal takes; ten thousand open tasks took minutes, in which nobody could write."""
OVER_A_LIST = "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef><bpmn:inputDataItem id='person' name='person'/>"
PROPERTIES = "candidateGroups=agent;formKey=many-form"
FORM = b'{"id": "many-form", "type": "default", "title": "V", "components": [{"key": "note", "label": "N", "type": "textfield"}]}'
BY_NUMBER = "<bpmn:loopCardinality>count</bpmn:loopCardinality>"


def many(loop: str) -> bytes:
    """A task, then as many at once as the process data say."""
    each = f"<bpmn:multiInstanceLoopCharacteristics>{loop}</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    voting = draw.user("vote", PROPERTIES).replace("</bpmn:userTask>", each)
    return draw.document("many", draw.start() + draw.user("ask", PROPERTIES) + voting + draw.end(), "begin>ask; ask>vote; vote>finish")


def started(house: House, loop: str, **variables: object) -> int:
    """An ordinary case, and beside it an instance of a process that was just deployed."""
    house.open("a")
    done = preparation.deploy(house.product, [SourceFile("many.bpmn", many(loop)), SourceFile("many.json", FORM)])
    assert not done.refused, done.findings
    number = house.memory.cases["a"]
    return house.product.engine.transact(SYSTEM, lambda work: work.start("many", number, variables))


def open_items(house: House, instance_id: int) -> dict[str, int]:
    """How many open tasks an instance has, by element."""
    wanted = select(WorkItem.element_id, func.count()).where(WorkItem.instance_id == instance_id, WorkItem.state == OPEN)
    with house.product.engine.read() as session:
        return {row.element_id: row[1] for row in session.execute(wanted.group_by(WorkItem.element_id))}


def done(house: House, element: str) -> TestResponse:
    """The answer to who completes a task of an element."""
    item = house.items("a", element)[0]
    with house.product.engine.read() as session:
        _row, form = house.product.engine.task_form(session, ADMIN, item.instance_id, item.task_id)
    return post(house.product, f"tasks/{item.public_id}/complete", {"data": answers(form.schema["components"], form.prefill)})


def refused_in(house: House, instance_id: int) -> float:
    """Complete the task before the many, which is refused with a reason and keeps standing; answers the seconds that took."""
    began = time.perf_counter()
    answer = done(house, "ask")
    seconds = time.perf_counter() - began
    assert (answer.status_code, said(answer)["type"]) == (FAILED, "urn:bihuan:problem:step-failed")
    assert f"同时进行的环节超过 {MOST_OPEN} 个" in said(answer)["detail"]
    assert open_items(house, instance_id) == {"ask": 1}
    return seconds


def test_a_task_for_each_of_ten_thousand_is_refused_at_once_and_others_go_on(house: House) -> None:
    instance_id = started(house, OVER_A_LIST, people=list(range(TOO_MANY)))
    assert refused_in(house, instance_id) < SECONDS
    with house.product.engine.read() as session:
        (incident,) = session.scalars(select(Incident)).all()
        assert audit.broken_chains(session) == []
    assert (incident.instance_id, incident.business_key) == (instance_id, house.memory.cases["a"])
    assert "环节超过" in incident.message
    house.do("a", "register")
    house.open("b", "consultation")
    house.do("b", "register")
    assert get(house.product, "/api/v1/tasks").status_code == OK


def test_ten_thousand_by_number_are_refused_too(house: House) -> None:
    instance_id = started(house, BY_NUMBER, count=TOO_MANY)
    assert refused_in(house, instance_id) < SECONDS


def test_as_many_as_allowed_are_opened_and_done_like_any_other(house: House) -> None:
    instance_id = started(house, BY_NUMBER, count=MOST_OPEN)
    assert done(house, "ask").status_code == OK
    assert open_items(house, instance_id) == {"vote": MOST_OPEN}
    house.restart()
    assert done(house, "vote").status_code == OK
    assert open_items(house, instance_id) == {"vote": MOST_OPEN - 1}
    with house.product.engine.read() as session:
        assert audit.broken_chains(session) == []
