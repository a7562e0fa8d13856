"""People who carry cases from their registration to their end on whichever node answers, and keep their own log of it."""

import random
from collections import deque
from dataclasses import dataclass, field
from threading import Condition, Event, Lock, Thread
from typing import Any
from uuid import UUID

import requests

from tests.cluster.nodes import Cluster
from tests.fixtures.filling import PHONE, answers
from tests.fixtures.server import Client

OK, CREATED, NOT_FOUND, CONFLICT, SERVER_ERROR = 200, 201, 404, 409, 500
OVER = {NOT_FOUND, CONFLICT}
"""What a command answers that was carried out before its first answer got lost."""
IN_HAND = 4
"""Cases that one person has in hand."""
MOST_ATTEMPTS = 1_000
PAUSE = 0.05
"""Seconds before another node is asked, and between two looks at a case that waits for the clock."""
BODY = {
    "category": "complaint",
    "channel": "phone",
    "title": "路灯不亮",
    "content": "人民路与建设路路口的路灯已经三天不亮，夜间行人不安全。",
    "citizen": {"name": "测试市民", "phone": PHONE},
}


@dataclass
class Log:
    """What the nodes acknowledged."""

    opened: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    """Tasks that were found over when a node answered again: done by the command it died in, or cancelled by a timer."""
    refused: list[str] = field(default_factory=list)
    interrupted: int = 0
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
    """Opens cases while the quota lasts and carries each to its end, whatever happens to the nodes meanwhile."""

    def __init__(self, cluster: Cluster, log: Log, quota: Quota, seed: str) -> None:
        super().__init__(name=f"person-{seed}", daemon=True)
        self.failure: BaseException | None = None
        self._log, self._quota = log, quota
        self._chance = random.Random(seed)
        self._clients: list[Client] = [node.log_in("admin") for node in cluster.web]
        self._cases: deque[str] = deque()
        self._interrupted = False
        """Whether the last command was sent more than once."""
        self._given_up = Event()

    def give_up(self) -> None:
        """Stop after the command under way."""
        self._given_up.set()

    def run(self) -> None:
        """Work until every case has ended."""
        try:
            while not self._given_up.is_set():
                if len(self._cases) < IN_HAND and self._quota.take():
                    self._open()
                elif self._cases:
                    self._move(self._cases[0])
                    self._cases.rotate(-1)
                else:
                    return
        except BaseException as error:
            self.failure = error

    def _open(self) -> None:
        answer = self._insist("POST", "cases", BODY)
        assert answer.status_code == CREATED, answer.text
        case_no = answer.json()["case_no"]
        self._log.acknowledge(self._log.opened, case_no)
        self._cases.append(case_no)

    def _move(self, case_no: str) -> None:
        case = self._read(f"cases/{case_no}")
        if case["status"] == "closed":
            self._cases.remove(case_no)
            self._log.acknowledge(self._log.ended, case_no)
        elif case["tasks"]:
            self._complete(self._chance.choice(case["tasks"])["id"])
        else:
            self._given_up.wait(PAUSE)

    def _complete(self, task_id: str) -> None:
        task = self._insist("GET", f"tasks/{task_id}")
        if task.status_code in OVER:
            return
        assert task.status_code == OK, task.text
        filled = answers(task.json()["form"]["components"], task.json()["data"])
        answer = self._insist("POST", f"tasks/{task_id}/complete", {"data": filled})
        if answer.status_code == OK:
            self._log.acknowledge(self._log.completed, task_id)
        elif answer.status_code not in OVER:
            self._log.refused.append(f"{task_id}: {answer.status_code} {answer.text}")
        elif self._interrupted:
            self._log.uncertain.append(task_id)

    def _read(self, path: str) -> Any:
        answer = self._insist("GET", path)
        assert answer.status_code == OK, answer.text
        return answer.json()

    def _insist(self, method: str, path: str, body: object = None) -> requests.Response:
        """Ask a node, and another when it does not answer or cannot; the same `Idempotency-Key` each time."""
        headers = {} if method == "GET" else {"Idempotency-Key": str(UUID(int=self._chance.getrandbits(128)))}
        self._interrupted = False
        failure = ""
        for _attempt in range(MOST_ATTEMPTS):
            client = self._chance.choice(self._clients)
            try:
                answer = client.request(method, path, json=body, headers=headers)
                if answer.status_code < SERVER_ERROR:
                    return answer
                failure = answer.text
            except requests.RequestException as error:
                failure = repr(error)
            self._interrupted = True
            self._log.interrupted += 1
            self._given_up.wait(PAUSE)
        raise AssertionError(f"{method} {path} is never answered: {failure}")
