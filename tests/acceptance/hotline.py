"""The hotline as an outsider meets it: people with tokens, cases that are opened and walked, the clock that is moved."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import requests

from tests.fixtures.filling import answers
from tests.fixtures.server import Client, Server

Json = dict[str, Any]
NOT_OURS = {"outcome": "return", "return_reason": "not_ours", "return_basis": "依据三定方案，不属于我单位职责范围。"}
_numbers = count(1)


class Hotline:
    """One running server; `hotline["agent1"]` is a person of the demo city who is logged in."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._people: dict[str, Client] = {}

    def __getitem__(self, username: str) -> Client:
        if username not in self._people:
            self._people[username] = self.server.log_in(username)
        return self._people[username]

    def opened(self, category: str = "complaint", **facts: Any) -> Json:
        """A new case as `POST /cases` answers it; every citizen has a number of their own."""
        answer = self["agent1"].post("cases", json=new_case(category, **facts))
        assert answer.status_code == requests.codes.created, answer.text
        opened: Json = answer.json()
        return opened

    def case(self, case_no: str, who: str = "admin") -> Json:
        """A case as it stands."""
        answer = self[who].get(f"cases/{case_no}")
        assert answer.status_code == requests.codes.ok, answer.text
        case: Json = answer.json()
        return case

    def open_tasks(self, case_no: str) -> list[str]:
        """The element ids of a case's open tasks, oldest first."""
        return [task["element_id"] for task in self.case(case_no)["tasks"]]

    def order(self, case_no: str) -> Json:
        """The newest work order of a case."""
        order: Json = self.case(case_no)["work_orders"][-1]
        return order

    def task(self, case_no: str, element_id: str) -> Json:
        """The first open task of a case with this element id, with its form."""
        found = [task["id"] for task in self.case(case_no)["tasks"] if task["element_id"] == element_id]
        assert found, f"{case_no} has no open {element_id}, but {self.open_tasks(case_no)}"
        task: Json = self["admin"].get(f"tasks/{found[0]}").json()
        return task

    def filled(self, case_no: str, element_id: str, **chosen: Any) -> Json:
        """Answers for an open task as a hurried person gives them."""
        task = self.task(case_no, element_id)
        return answers(task["form"]["components"], task["data"], **chosen)

    def do(self, case_no: str, element_id: str, who: str = "admin", **chosen: Any) -> None:
        """Complete an open task the ordinary way, but for what is chosen."""
        task = self.task(case_no, element_id)
        given = answers(task["form"]["components"], task["data"], **chosen)
        answer = self[who].post(f"tasks/{task['id']}/complete", json={"data": given})
        assert answer.status_code == requests.codes.ok, f"{element_id}: {answer.text}"

    def walk(self, case_no: str, until: str = "", **chosen: Mapping[str, Any]) -> list[str]:
        """Complete the oldest open task again and again until one of this element id is open or none is; answers what was done."""
        done: list[str] = []
        while (tasks := self.open_tasks(case_no)) and until not in tasks:
            self.do(case_no, tasks[0], **chosen.get(tasks[0], {}))
            done.append(tasks[0])
            assert len(done) < 40, f"{case_no} goes round and round: {done}"
        return done

    def complaint_at(self, element_id: str, unit: str = "housing") -> str:
        """The number of a new complaint that waits at a task, dispatched to one unit if it got so far."""
        case_no: str = self.opened()["case_no"]
        self.walk(case_no, element_id, register={"class_l1": "property"}, review={"lead": unit})
        assert element_id in self.open_tasks(case_no)
        return case_no

    def act(self, case_no: str, action: str, who: str = "agent1", **body: Any) -> requests.Response:
        """Start a side action."""
        return self[who].post(f"cases/{case_no}/actions/{action}", json=body)

    def history(self, case_no: str) -> list[Json]:
        """Every step of a case."""
        steps: list[Json] = []
        cursor: str | None = None
        while True:
            page = self["auditor1"].get(f"cases/{case_no}/history", params={"cursor": cursor} if cursor else {}).json()
            steps += page["items"]
            cursor = page["next"]
            if cursor is None:
                return steps

    def marks(self, case_no: str) -> list[Json]:
        """The steps that set a mark."""
        return [step for step in self.history(case_no) if "flag" in (step.get("data") or {})]

    def now(self) -> datetime:
        """The clock of the hotline."""
        return datetime.fromisoformat(self["admin"].get("clock").json()["now"])

    def advance(self, by: timedelta) -> Json:
        """Move the clock on."""
        answer = self["admin"].post("clock/advance", json={"duration": f"PT{by.total_seconds():.0f}S"}, timeout=120)
        assert answer.status_code == requests.codes.ok, answer.text
        moved: Json = answer.json()
        return moved

    def wait_until(self, moment: datetime) -> None:
        """Move the clock to a moment, unless it is later already."""
        if (left := moment - self.now()) > timedelta(seconds=1):
            self.advance(left)


def new_case(category: str = "complaint", **facts: Any) -> Json:
    """A good body for `POST /cases`, with what is given in place of it."""
    body = {
        "category": category,
        "channel": "phone",
        "title": "小区停水三天",
        "content": "自周一起停水，物业推诿，至今没有恢复供水。",
        "citizen": {"name": "李测试", "phone": f"1900002{next(_numbers):04d}"},
    }
    return body | facts


def fields(answer: requests.Response) -> set[str]:
    """The fields that a problem document names."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"]
    assert problem["title"]
    assert problem["detail"]
    return {error["field"] for error in problem.get("errors", [])}
