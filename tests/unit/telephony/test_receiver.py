"""Exchanges that are turned away: each is told of once, however many come in turn."""

import base64
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from telephony.ari import links
from telephony.ari.links import PROTOCOL, Receiver
from tests.fixtures.server import free_port


@pytest.fixture
def place() -> Iterator[str]:
    """Where somebody waits for the exchange node0, whose password is right."""
    port = free_port()
    receiver = Receiver("127.0.0.1", port, {"node0": "right"}, lambda _event: None)
    receiver.start()
    yield f"ws://127.0.0.1:{port}/ari"
    receiver.stop()


def _as(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


def _told(place: str, *names: str) -> list[str]:
    """Who was told of while these came one after another with a wrong password."""
    with capture_logs() as said:
        for name in names:
            with pytest.raises(InvalidStatus):
                connect(place, subprotocols=[PROTOCOL], additional_headers=_as(name, "wrong"), proxy=None)
    return [line["came_as"] for line in said if line["log_level"] == "error"]


def test_two_who_come_in_turn_are_told_of_once_each(place: str) -> None:
    assert _told(place, *("node1", "node2") * 3) == ["node1", "node2"]


def test_who_is_still_turned_away_after_a_while_is_told_of_again(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _told(place, "node1") == ["node1"]
    monkeypatch.setattr(links, "SILENCE", -1.0)
    assert _told(place, "node1", "node1") == ["node1", "node1"]


def test_only_a_few_names_are_remembered(place: str) -> None:
    names = [f"node{number}" for number in range(1, links.STRANGERS + 2)]
    assert _told(place, *names) == names
    assert _told(place, *names[1:]) == []
    assert _told(place, names[0]) == names[:1]


def test_who_had_connected_since_is_told_of_again_and_nobody_else(place: str) -> None:
    assert _told(place, "node0", "node1") == ["node0", "node1"]
    with connect(place, subprotocols=[PROTOCOL], additional_headers=_as("node0", "right"), proxy=None) as link:
        link.ping().wait()
    assert _told(place, "node0", "node1") == ["node0"]
