"""People at work on a server that keeps dying: what was acknowledged to them is written down."""

import random
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from uuid import uuid4

import requests

from tests.fixtures.filling import PHONE, answers
from tests.fixtures.server import Client, Server

OK, CREATED, NOT_FOUND, CONFLICT = 200, 201, 404, 409
OVER = {NOT_FOUND, CONFLICT}
"""What a command answers that was carried out before its first answer got lost."""
AT_ONCE = 3
"""Cases that one person has in hand."""


@dataclass
class Journal:
    """What the server acknowledged, and how often it died on somebody."""

    opened: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    """Tasks that were found over when the server came back: done by the command it died in, or cancelled by a timer."""
    refused: list[str] = field(default_factory=list)
    interrupted: int = 0
    _news: Condition = field(default_factory=Condition, repr=False)
    _count: int = 0

    def acknowledge(self) -> None:
        """One more command was answered."""
        with self._news:
            self._count += 1
            self._news.notify_all()

    def wait_for(self, further: int, limit: float) -> bool:
        """Wait until so many further commands are acknowledged; False after `limit` seconds."""
        with self._news:
            goal = self._count + further
            return self._news.wait_for(lambda: self._count >= goal, limit)


class Person(Thread):
    """Somebody who works until the end of the day, whatever happens to the server meanwhile."""

    def __init__(self, server: Server, journal: Journal, up: Event, seed: int) -> None:
        super().__init__(name=f"{type(self).__name__}-{seed}", daemon=True)
        self.failure: BaseException | None = None
        self.journal = journal
        self.random = random.Random(seed)
        self.interrupted = False
        """Whether the server died under the last command before it answered it."""
        self._client: Client = server.log_in("admin")
        self._up = up
        self._over = Event()

    def end(self) -> None:
        """Stop after the command under way."""
        self._over.set()

    def run(self) -> None:
        """Do one thing after the other."""
        try:
            while not self._over.is_set():
                self.act()
        except BaseException as error:
            self.failure = error

    def act(self) -> None:
        """One thing to do."""
        raise NotImplementedError

    def insist(self, method: str, path: str, body: object = None) -> requests.Response:
        """Ask until it is answered, over every death of the server; the same `Idempotency-Key` each time."""
        headers = {} if method == "GET" else {"Idempotency-Key": str(uuid4())}
        self.interrupted = False
        while True:
            self._up.wait()
            try:
                return self._client.request(method, path, json=body, headers=headers)
            except requests.RequestException:
                self.interrupted = True
                self.journal.interrupted += 1


class Agent(Person):
    """Opens complaints and carries each to its end."""

    def __init__(self, server: Server, journal: Journal, up: Event, seed: int) -> None:
        super().__init__(server, journal, up, seed)
        self._cases: list[str] = []

    def act(self) -> None:
        """Open a case while there is room, else move one."""
        if len(self._cases) < AT_ONCE:
            self._open()
        else:
            self._move(self.random.choice(self._cases))

    def _open(self) -> None:
        body = {
            "category": "complaint",
            "channel": "phone",
            "title": f"路灯不亮 {self.name}",
            "content": "人民路与建设路路口的路灯已经三天不亮，夜间行人不安全。",
            "citizen": {"name": "测试市民", "phone": PHONE},
        }
        answer = self.insist("POST", "cases", body)
        assert answer.status_code == CREATED, answer.text
        self.journal.opened.append(answer.json()["case_no"])
        self._cases.append(answer.json()["case_no"])
        self.journal.acknowledge()

    def _move(self, case_no: str) -> None:
        case = self.insist("GET", f"cases/{case_no}")
        assert case.status_code == OK, case.text
        tasks = case.json()["tasks"]
        if not tasks:
            self._cases.remove(case_no)
            return
        task_id = self.random.choice(tasks)["id"]
        task = self.insist("GET", f"tasks/{task_id}")
        if task.status_code in OVER:
            return
        assert task.status_code == OK, task.text
        answer = self.insist("POST", f"tasks/{task_id}/complete", {"data": answers(task.json()["form"]["components"], task.json()["data"])})
        if answer.status_code == OK:
            self.journal.completed.append(task_id)
            self.journal.acknowledge()
        elif answer.status_code in OVER:
            if self.interrupted:
                self.journal.uncertain.append(task_id)
        else:
            self.journal.refused.append(f"{task_id}: {answer.status_code} {answer.text}")


class Timekeeper(Person):
    """Lets half an hour pass now and again, so that timers and reminders fall under the kills, too."""

    def act(self) -> None:
        """Wait for some work to be done, then move the clock."""
        if self.journal.wait_for(self.random.randint(5, 20), limit=5):
            answer = self.insist("POST", "clock/advance", {"duration": "PT31M"})
            assert answer.status_code == OK, answer.text
