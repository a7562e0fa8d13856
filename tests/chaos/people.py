"""People who carry cases from their registration to their end on whichever node answers, and keep their own log of it."""

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Condition, Event, Lock, Thread
from typing import Any
from uuid import UUID

import requests

from tests.fixtures.filling import PHONE, answers
from tests.fixtures.server import Client, Server

OK, CREATED, NOT_FOUND, CONFLICT, SERVER_ERROR = 200, 201, 404, 409, 500
OVER = {NOT_FOUND, CONFLICT}
"""What a command answers that was carried out before its first answer got lost."""
IN_HAND = 4
"""Cases that one person has in hand."""
MOST_ATTEMPTS = 10_000
"""Minutes of a server that is killed more often than it answers: the one who moves the clock needs long for it."""
PAUSE = 0.05
"""Seconds before another node is asked, and between two looks at a case that waits for the clock."""
A_WHILE = 5.0
BODY = {
    "category": "complaint",
    "channel": "phone",
    "title": "路灯不亮",
    "content": "人民路与建设路路口的路灯已经三天不亮，夜间行人不安全。",
    "citizen": {"name": "测试市民", "phone": PHONE},
}


@dataclass
class Journal:
    """What the nodes acknowledged, and how often one died on somebody."""

    opened: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    """Tasks that were found over when a node answered again: done by the command it died in, or cancelled by a timer."""
    refused: list[str] = field(default_factory=list)
    interrupted: int = 0
    """Requests that had to be sent more than once."""
    _news: Condition = field(default_factory=Condition, repr=False)
    _count: int = 0

    def acknowledge(self, kept: list[str], what: str) -> None:
        """One more command was answered."""
        with self._news:
            kept.append(what)
            self._count += 1
            self._news.notify_all()

    def wait_for(self, further: int, silence: float) -> bool:
        """Wait until so many further commands are acknowledged; False when none was for `silence` seconds."""
        with self._news:
            goal = self._count + further
            while self._count < goal:
                if not self._news.wait(silence):
                    return False
            return True


class Quota:
    """How many cases are still to be opened, by all people together."""

    def __init__(self, cases: int) -> None:
        self._left = cases
        self._guard = Lock()

    def take(self) -> bool:
        """Whether one more is to be opened; then it is the caller's."""
        with self._guard:
            self._left -= 1
            return self._left >= 0


class Person(Thread):
    """Somebody who works until there is nothing left to do or it is said to be enough, whatever happens to the nodes meanwhile."""

    def __init__(self, nodes: Sequence[Server], journal: Journal, seed: str) -> None:
        super().__init__(name=f"{type(self).__name__}-{seed}", daemon=True)
        self.failure: BaseException | None = None
        self.journal = journal
        self.chance = random.Random(seed)
        self.interrupted = False
        """Whether the last request was sent more than once."""
        self.given_up = Event()
        self._clients: list[Client] = [node.log_in("admin") for node in nodes]

    def give_up(self) -> None:
        """Stop after the request under way."""
        self.given_up.set()

    def run(self) -> None:
        """Do one thing after the other."""
        try:
            while not self.given_up.is_set() and self.act():
                pass
        except BaseException as error:
            self.failure = error

    def act(self) -> bool:
        """Do one thing; whether there is more."""
        raise NotImplementedError

    def insist(self, method: str, path: str, body: object = None) -> requests.Response:
        """Ask a node, and another when it does not answer or cannot; the same `Idempotency-Key` each time."""
        headers = {} if method == "GET" else {"Idempotency-Key": str(UUID(int=self.chance.getrandbits(128)))}
        self.interrupted = False
        failure = ""
        for _attempt in range(MOST_ATTEMPTS):
            client = self.chance.choice(self._clients)
            try:
                answer = client.request(method, path, json=body, headers=headers)
                if answer.status_code < SERVER_ERROR:
                    return answer
                failure = answer.text
            except requests.RequestException as error:
                failure = repr(error)
            self.journal.interrupted += not self.interrupted
            self.interrupted = True
            self.given_up.wait(PAUSE)
        raise AssertionError(f"{method} {path} is never answered: {failure}")


class Agent(Person):
    """Opens cases while the quota lasts and carries each to its end."""

    def __init__(self, nodes: Sequence[Server], journal: Journal, quota: Quota, seed: str) -> None:
        super().__init__(nodes, journal, seed)
        self._quota = quota
        self._cases: deque[str] = deque()

    def act(self) -> bool:
        """Open a case while there is room, else move one."""
        if len(self._cases) < IN_HAND and self._quota.take():
            self._open()
        elif self._cases:
            self._move(self._cases[0])
            self._cases.rotate(-1)
        else:
            return False
        return True

    def _open(self) -> None:
        answer = self.insist("POST", "cases", BODY)
        assert answer.status_code == CREATED, answer.text
        case_no = answer.json()["case_no"]
        self.journal.acknowledge(self.journal.opened, case_no)
        self._cases.append(case_no)

    def _move(self, case_no: str) -> None:
        case = self._read(f"cases/{case_no}")
        if case["status"] == "closed":
            self._cases.remove(case_no)
            self.journal.acknowledge(self.journal.ended, case_no)
        elif case["tasks"]:
            self._complete(self.chance.choice(case["tasks"])["id"])
        else:
            self.given_up.wait(PAUSE)

    def _complete(self, task_id: str) -> None:
        task = self.insist("GET", f"tasks/{task_id}")
        if task.status_code in OVER:
            return
        assert task.status_code == OK, task.text
        filled = answers(task.json()["form"]["components"], task.json()["data"])
        answer = self.insist("POST", f"tasks/{task_id}/complete", {"data": filled})
        if answer.status_code == OK:
            self.journal.acknowledge(self.journal.completed, task_id)
        elif answer.status_code not in OVER:
            self.journal.refused.append(f"{task_id}: {answer.status_code} {answer.text}")
        elif self.interrupted:
            self.journal.uncertain.append(task_id)

    def _read(self, path: str) -> Any:
        answer = self.insist("GET", path)
        assert answer.status_code == OK, answer.text
        return answer.json()


class Timekeeper(Person):
    """Lets half an hour pass now and again, so that timers and reminders fall under the kills, too."""

    def act(self) -> bool:
        """Wait for some work to be done, then move the clock."""
        if self.journal.wait_for(self.chance.randint(5, 20), A_WHILE):
            answer = self.insist("POST", "clock/advance", {"duration": "PT31M"})
            assert answer.status_code == OK, answer.text
        return True
