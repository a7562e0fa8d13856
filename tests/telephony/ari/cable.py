"""A cable between two programs that a test may cut and mend, and on which it may hold requests back."""

import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

SECONDS = 20.0


class Cable:
    """`with Cable(node.url) as cable:`; whoever uses `cable.url` reaches the node through it."""

    def __init__(self, url: str, port: int = 0) -> None:
        """`port` is where it listens; any that is free by default."""
        there = urlsplit(url)
        assert there.hostname is not None
        assert there.port is not None
        self._there, self._port, self._path = (there.hostname, there.port), port, there.path
        self._lock = threading.Lock()
        self._server: socket.socket | None = None
        self._ends: list[socket.socket] = []
        self._word = b""
        self.held, self._released = threading.Event(), threading.Event()
        """Set once something is held back."""

    @property
    def url(self) -> str:
        """The other program's address, by way of the cable."""
        return f"http://127.0.0.1:{self._port}{self._path}"

    def __enter__(self) -> Self:
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self.cut()

    def mend(self) -> None:
        """Let everybody connect from now on."""
        self._server = socket.create_server(("127.0.0.1", self._port))
        self._port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def cut(self) -> None:
        """End every connection, and let nobody connect."""
        assert self._server is not None
        with self._lock:
            _end(self._server)
            while self._ends:
                _end(self._ends.pop())

    def hold(self, word: bytes) -> None:
        """Hold every request back that has this word in it."""
        self._word = word

    def release(self) -> None:
        """Let them go on, and all that follow."""
        self._released.set()

    def _accept(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near = server.accept()[0]
                try:
                    far = socket.create_connection(self._there)
                except OSError:  # nobody is there
                    near.close()
                    continue
                with self._lock:
                    self._ends += (near, far)
                for one, other, asks in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._carry, args=(one, other, asks), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, asks: bool) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                if asks and self._word and self._word in data:
                    self.held.set()
                    self._released.wait(SECONDS)
                other.sendall(data)
        for each in (one, other):
            _end(each)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)  # else whoever reads from it would not notice
    one.close()
