"""Desks at one real server, and a case that has come some way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from api.web.assets import STATIC
from tests.browser.desk import Desk
from tests.browser.trouble import incident
from tests.fixtures.filling import PHONE, answers
from tests.fixtures.host import absent
from tests.fixtures.server import Client, Server

PHONE_SCREEN = {"width": 360, "height": 780}
DESK_SCREEN = {"width": 1440, "height": 900}
OpenDesk = Callable[..., Desk]


@dataclass(frozen=True, slots=True)
class Sample:
    """A case in the hands of a unit, with the work order's open task and the agent's page of a second one, half filled in; a
    case that others were merged into, whose citizen wants no messages, and one of the others; one with an incident."""

    case_no: str
    query_code: str
    unit: str
    task_id: str
    own_task_id: str
    master: str
    merged: str
    stuck: str
    incident: str
    group: str


@pytest.fixture(scope="session", autouse=True)
def _bundle() -> None:
    """Without the built islands there is nothing to look at."""
    if not (STATIC / "manifest.json").exists():
        absent("the web bundle", "make setup")


@pytest.fixture
def desk(page: Page, server: Server) -> Iterator[Desk]:
    """A desk whose page must not have been blocked or broken by the end of the test."""
    desk = Desk(page, server)
    yield desk
    assert not desk.violations()


@pytest.fixture
def desks(chromium: Browser, server: Server) -> Iterator[OpenDesk]:
    """Further desks, each a browser of its own, held to the same."""
    opened: list[Desk] = []

    def open_desk(**options: object) -> Desk:
        context = chromium.new_context(**{"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": DESK_SCREEN, **options})  # type: ignore[arg-type]  # Playwright checks the options itself
        opened.append(Desk(context.new_page(), server))
        return opened[-1]

    yield open_desk
    trouble = [line for desk in opened for line in desk.violations()]
    for desk in opened:
        desk.page.context.close()
    assert not trouble


def complaint(client: Client, title: str = "人民路路灯不亮") -> dict[str, str]:
    """Open a complaint by the API; answers its `case_no` and `query_code`."""
    body = {
        "category": "complaint",
        "channel": "phone",
        "title": title,
        "content": "人民路与建设路路口的路灯已经三天不亮，夜间行人不安全，要求尽快修复。",
        "citizen": {"name": "王小明", "phone": PHONE},
    }
    answer = client.post("cases", json=body)
    answer.raise_for_status()
    found: dict[str, str] = answer.json()
    return found


def drive(client: Client, case_no: str, until: str) -> str:
    """Complete the tasks of a case in the ordinary way until an element is waited at; answers its task's id."""
    for _ in range(10):
        task = client.get(f"cases/{case_no}").json()["tasks"][0]
        if task["element_id"] == until:
            return str(task["id"])
        form = client.get(f"tasks/{task['id']}").json()
        client.post(f"tasks/{task['id']}/complete", json={"data": answers(form["form"]["components"], form["data"])}).raise_for_status()
    raise AssertionError(f"the case never waits at {until}")


@pytest.fixture(scope="session")
def sample(server: Server) -> Sample:
    """A case that waits at its unit, and one that has just been opened."""
    admin, agent = server.log_in("admin"), server.log_in("agent1")
    opened = complaint(agent)
    task_id = drive(admin, opened["case_no"], "handle")
    unit = admin.get(f"cases/{opened['case_no']}").json()["work_orders"][0]["unit"]
    own = complaint(agent, "幸福小区暖气不热")["case_no"]
    own_task = agent.get(f"cases/{own}").json()["tasks"][0]["id"]
    agent.post(f"tasks/{own_task}/claim").raise_for_status()
    agent.put(f"tasks/{own_task}/draft", json={"data": {"title": "幸福小区暖气不热", "content": "还没有写完"}}).raise_for_status()
    master, merged = (complaint(agent)["case_no"] for _ in range(2))
    drive(admin, master, "review")
    agent.post(f"cases/{merged}/actions/link", json={"case_no": master, "kind": "merge"}).raise_for_status()
    agent.post(f"cases/{master}/corrections", json={"content": "路灯不亮，请修。", "reason": "来电人更正"}).raise_for_status()
    agent.put(f"cases/{master}/messages", json={"wanted": False, "reason": "不想收短信"}).raise_for_status()
    agent.put(f"cases/{master}/messages", json={"wanted": True, "reason": "又想收了"}).raise_for_status()
    stuck = complaint(agent)["case_no"]
    instance_id = int(agent.get(f"cases/{stuck}").json()["instances"][0]["id"])
    return Sample(
        opened["case_no"], opened["query_code"], unit, task_id, own_task, master, merged, stuck, *incident(server, stuck, instance_id)
    )
