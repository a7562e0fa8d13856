"""An exchange that takes requests and answers none, and a client that does not wait for it any more."""

import socket
import threading
from collections.abc import Iterator

import pytest

from telephony.ari import transport
from telephony.ari.errors import Unreachable
from telephony.ari.transport import Transport

SECONDS = 20.0


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """It listens, and says nothing; nobody gives up by themselves."""
    monkeypatch.setattr(transport, "ANSWER_SECONDS", 600.0)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(SECONDS)
        yield listening


def test_who_waits_for_a_silent_exchange_can_be_told_to_stop_waiting(silent: socket.socket) -> None:
    client = Transport(f"http://127.0.0.1:{silent.getsockname()[1]}/ari", "bihuan", "right")
    failed: list[str] = []

    def ask() -> None:
        with pytest.raises(Unreachable) as failure:
            client.ask("GET", "/asterisk/ping")
        failed.append(failure.value.details["path"])

    waiting = [threading.Thread(target=ask, daemon=True) for _ in range(3)]
    for thread in waiting:
        thread.start()
    lines = [silent.accept()[0] for _ in waiting]
    for line in lines:
        line.settimeout(SECONDS)
        assert line.recv(1)  # the request is made, and waits
    client.give_up()
    for thread in waiting:
        thread.join(SECONDS)
    ask()  # nor does anybody begin to wait
    silent.setblocking(False)
    with pytest.raises(BlockingIOError):  # or even to connect: to one that takes no connection that is waited for, too
        silent.accept()
    assert failed == ["/asterisk/ping"] * 4
    for line in lines:
        line.close()
