"""Pushes: ids only, to those whom a task concerns, resumable."""

import threading
from collections.abc import Iterator

import pytest

from engine.actor import Actor
from tests.contract.api.conftest import Desk

AGENT = Actor("agent1", frozenset({"agent"}))
EXEC = Actor("exec1", frozenset({"exec"}))


@pytest.fixture
def watched(desk: Desk) -> Iterator[Desk]:
    """The desk with its pushes running."""
    desk.product.pushes.start()
    yield desk
    desk.product.pushes.stop()


class Listener:
    """A browser that listens in the background."""

    def __init__(self, desk: Desk, actor: Actor, last_event_id: str | None = None) -> None:
        self.frames: list[str] = []
        self._stream = desk.product.pushes.stream(actor, last_event_id)
        self.frames.append(next(self._stream).decode())
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for frame in self._stream:
            with self._more:
                self.frames.append(frame.decode())
                self._more.notify_all()

    def wait_for(self, text: str) -> str:
        """The first frame that holds a text."""
        with self._more:
            assert self._more.wait_for(lambda: any(text in frame for frame in self.frames), timeout=10), self.frames
            return next(frame for frame in self.frames if text in frame)

    def ended(self) -> bool:
        """Whether the stream ends by itself."""
        self._thread.join(10)
        return not self._thread.is_alive()


def test_a_new_task_reaches_those_it_is_offered_to(watched: Desk) -> None:
    agent, other = Listener(watched, AGENT), Listener(watched, EXEC)
    case_no = watched.open_case()["case_no"]
    frame = agent.wait_for(case_no)
    assert "event: inbox" in frame
    assert "路灯" not in frame
    assert not any(case_no in frame for frame in other.frames)


def test_a_stream_goes_on_where_it_was_cut(watched: Desk) -> None:
    first = Listener(watched, AGENT)
    seen = first.wait_for(watched.open_case()["case_no"])
    missed = watched.open_case()["case_no"]
    first.wait_for(missed)
    last_id = next(line.removeprefix("id: ") for line in seen.splitlines() if line.startswith("id: "))
    again = Listener(watched, AGENT, last_id)
    again.wait_for(missed)
    assert not any(frame == seen for frame in again.frames)


def test_an_unknown_place_says_fetch_everything_again(watched: Desk) -> None:
    Listener(watched, AGENT, "another-boot-7").wait_for("event: reset")


def test_every_stream_ends_with_the_process(watched: Desk) -> None:
    listener = Listener(watched, AGENT)
    watched.product.pushes.stop()
    assert listener.ended()


def test_the_stream_is_for_those_who_are_logged_in(watched: Desk) -> None:
    assert watched.stranger.get("events").status_code == 401
