"""The notice on the seat's window that a call's form is still open (提醒补登): it comes by itself, and whoever looks can read it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import clock
from engine.instances.models import Instance
from engine.workitems.models import DONE, OPEN, WorkItem
from telephony.seats import services as seats
from tests.browser.conftest import PHONE_SCREEN, OpenDesk, complaint
from tests.browser.test_telephony_pages import writing
from tests.fixtures.server import Server

SCREENS: tuple[dict[str, object], ...] = ({}, {"color_scheme": "dark"}, {"viewport": PHONE_SCREEN, "has_touch": True, "is_mobile": True})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with telephony on, whose exchange nobody asks."""
    on = {"BIHUAN_ARI_URL": "http://127.0.0.1:1/ari", "BIHUAN_ARI_PASSWORD": "none"}
    with Server(tmp_path_factory.mktemp("reminder"), **on) as server:
        yield server


def form_of(session: Session, call_id: str) -> None:
    """The open form of a call, as the intake would have it."""
    item = WorkItem(
        instance_id=session.scalars(select(Instance.id)).first(),
        task_id=9_000,
        element_id="register",
        name="受理登记",
        business_key=call_id,
        process_key="intake",
        candidate_groups=",agent,",
        assignee="agent1",
        form_key="intake-register",
        created_at=clock.now(),
        due_at=None,
        soonest=clock.now(),
        state=OPEN,
    )
    session.merge(item)


@pytest.mark.parametrize("screen", range(len(SCREENS)))
def test_an_agent_is_reminded_of_a_form_while_they_look_and_no_longer_once_it_is_done(desks: OpenDesk, server: Server, screen: int) -> None:
    desk = desks(**SCREENS[screen])
    complaint(server.log_in("agent1"))
    with writing(server) as rows:
        rows.seat("agent1")
        call_id = rows.past()
        rows.write(lambda session: form_of(session, call_id))
        desk.log_in("agent1")
        desk.open("/seat")
        expect(desk.page.locator("#reminder")).to_have_count(0)
        assert rows.write(lambda session: seats.remind(session, "agent1", call_id, clock.now()))
        expect(desk.page.locator("#reminder")).to_contain_text("还有来电没有登记")
        expect(desk.page.locator("#reminder")).to_contain_text("139****1111")
        link = desk.page.get_by_role("link", name="打开登记表")
        expect(link).to_have_attribute("href", f"/seat/calls/{call_id}/form")
        assert desk.overflow() <= 0
        assert not desk.barriers()
        rows.write(lambda session: session.execute(update(WorkItem).where(WorkItem.business_key == call_id).values(state=DONE)))
        desk.page.reload()
        expect(desk.page.locator("#reminder")).to_have_count(0)
