"""The two ways in which events come: we connect to the exchange, or the exchange to us.

Prefer the second (`Receiver`, "outbound websocket" in Asterisk's words, since 22): what happens while the link is down is kept by the
exchange and sent after it is up again. With the first (`Listener`) it is lost, and `Snapshot` must make up for it. Either way
an event goes to `sink` in the thread that reads, which must only put it somewhere: a request made there would hold up the rest.
"""

import base64
import hmac
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from websockets import Request, Response
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from telephony.ari.errors import NotUnderstood
from telephony.ari.messages import Event, event_of

PATIENCE_SECONDS = 5.0
"""For how long a link may be silent before we ask, and then until the answer. Asterisk does not notice a frozen one in half a minute."""
CLOSE_SECONDS = 1.0
"""How long we wait for the other side when we close a link: it may be frozen, and whoever ends us does not wait for ever."""
OPEN_SECONDS = 2.0
"""How long whoever connects to us may take to say who they are: an end waits for them, too."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
REFUSED_PAUSE = 60.0
"""Seconds before the next attempt with a password that was refused: until somebody mends it, here or at the exchange, each says so."""
NOBODY = 5.0
"""Seconds until it is said that no exchange has connected; one that is set up tries twice a second."""
SILENCE = 600.0
"""Seconds until it is said again that the same one was turned away."""
STRANGERS = 16
"""Names of those turned away that are remembered, so that some who come in turn are not told of at each attempt."""
NAME = 40
"""Characters that are repeated of the name somebody unknown gave."""
PROTOCOL = Subprotocol("ari")

Sink = Callable[[Event], None]
log = structlog.get_logger("telephony.ari")


class Listener:
    """Connects to an exchange and reads the events of our applications, again and again until it is stopped."""

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        applications: Iterable[str],
        sink: Sink,
        on_connect: Callable[[], None] = lambda: None,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """`url` is that of `/ari`; `patience` in seconds. `on_connect` runs in the reading thread after each connection, before the
        first event is passed on: what happened before is best found by a `Snapshot` taken elsewhere after it."""
        self._address = f"{url.rstrip('/').replace('http', 'ws', 1)}/events?{urlencode({'app': ','.join(applications)})}"
        self._user, self._headers = user, {"Authorization": _basic(user, password)}
        self._sink, self._on_connect, self._patience = sink, on_connect, patience
        self._stopping, self.connected, self.lost = threading.Event(), threading.Event(), threading.Event()
        self._connection: ClientConnection | None = None
        self._thread = threading.Thread(target=self._run, name="ari-listener", daemon=True)

    def start(self) -> None:
        """Read from now on; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Close the link. An attempt that nobody answers is not waited for: it gives up by itself."""
        self._stopping.set()
        connection = self._connection
        if connection is not None:
            connection.close()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                with connect(
                    self._address,
                    additional_headers=self._headers,
                    proxy=None,
                    compression=None,
                    open_timeout=self._patience,
                    close_timeout=CLOSE_SECONDS,
                    ping_interval=self._patience,
                    ping_timeout=self._patience,
                    max_size=None,
                ) as connection:
                    self._connection, pause = connection, FIRST_PAUSE
                    if self._stopping.is_set():  # by somebody who saw no connection yet, to close
                        return
                    self._on_connect()
                    self.lost.clear()
                    self.connected.set()
                    _read(connection, self._sink)
            except (OSError, TimeoutError, InvalidHandshake, InvalidURI, ConnectionClosed) as error:
                if _denied(error):
                    pause = REFUSED_PAUSE
                    log.error("no call is heard: the exchange refuses our user or password", user=self._user, again_in=pause)
                else:
                    log.warning("exchange does not answer", error=type(error).__name__, again_in=pause)
            finally:
                self._connection = None
                self.connected.clear()
                self.lost.set()
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


class Receiver:
    """Waits for exchanges to connect and reads their events; each node has a user name and a password of its own."""

    def __init__(
        self, host: str, port: int, nodes: Mapping[str, str], sink: Sink, on_connect: Callable[[str], None] = lambda _node: None
    ) -> None:
        """`nodes` are user names with their passwords, as in `websocket_client.conf`; `on_connect` gets the node's name."""
        self._known = {_basic(node, password): node for node, password in nodes.items()}
        self._sink, self._on_connect = sink, on_connect
        self._address, self._users = f"{host}:{port}", ", ".join(nodes)
        self._turned_away: dict[str, float] = {}  # name → when it was said last (monotonic), the longest ago first
        self._late = threading.Timer(NOBODY, self._nobody)
        self._late.daemon = True
        self._lock = threading.Lock()
        self._links: dict[str, ServerConnection] = {}
        self._server: Server = serve(
            self._handle,
            host,
            port,
            subprotocols=[PROTOCOL],
            process_request=self._admit,
            compression=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=PATIENCE_SECONDS,
            ping_timeout=PATIENCE_SECONDS,
            max_size=None,
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="ari-receiver", daemon=True)

    @property
    def connected(self) -> set[str]:
        """The nodes whose link is up."""
        with self._lock:
            return set(self._links)

    def start(self) -> None:
        """Let nodes connect from now on; returns at once."""
        self._thread.start()
        self._late.start()

    def stop(self) -> None:
        """Close every link. What happens from now on the exchanges keep for whoever waits for them next."""
        self._late.cancel()
        self._server.shutdown()
        with self._lock:
            links = list(self._links.values())
        for link in links:
            with suppress(OSError):
                link.close()
        self._thread.join()

    def _nobody(self) -> None:
        if not self.connected:
            log.warning("no exchange has connected, no call is served", waiting_at=self._address, expected_user=self._users)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._node(request) is not None:
            return None
        user = _user(request)
        if self._to_be_said(user):
            log.error("an exchange was turned away, its user or password is wrong", came_as=user, expected_user=self._users)
        return connection.respond(HTTPStatus.UNAUTHORIZED, "unknown exchange\n")

    def _to_be_said(self, user: str) -> bool:
        """Whether it was not said lately that this one was turned away; from now on it was."""
        now = time.monotonic()
        with self._lock:
            said_at = self._turned_away.get(user)
            if said_at is not None and now - said_at <= SILENCE:
                return False
            self._turned_away.pop(user, None)
            self._turned_away[user] = now
            if len(self._turned_away) > STRANGERS:
                del self._turned_away[next(iter(self._turned_away))]
        return True

    def _node(self, request: Request) -> str | None:
        sent = request.headers.get("Authorization", "").encode()
        found = [node for known, node in self._known.items() if hmac.compare_digest(known.encode(), sent)]
        return found[0] if found else None

    def _handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        node = self._node(connection.request)
        assert node is not None
        with self._lock:
            before, self._links[node] = self._links.get(node), connection
            self._turned_away.pop(node[:NAME], None)
        log.info("the exchange has connected", node=node)
        if before is not None:
            before.close()  # its socket is a dead one: an exchange connects once
        try:
            self._on_connect(node)
            _read(connection, self._sink)
        except (OSError, ConnectionClosed) as error:
            log.warning("link to an exchange ended", node=node, error=type(error).__name__)
        finally:
            with self._lock:
                if self._links.get(node) is connection:
                    del self._links[node]


def _read(connection: ClientConnection | ServerConnection, sink: Sink) -> None:
    """Pass on every event until the link ends. Raises `ConnectionClosed` when it does not end in good order."""
    for message in connection:
        try:
            event = event_of(message)
        except NotUnderstood:
            log.warning("an event makes no sense", length=len(message))
            continue
        sink(event)


def _user(request: Request) -> str:
    """As whom somebody came, as far as it can be read."""
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    try:
        named = base64.b64decode(sent, validate=True).decode() if kind.lower() == "basic" else ""
    except ValueError:
        named = ""
    return named.partition(":")[0][:NAME] or "-"


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _denied(error: Exception) -> bool:
    return isinstance(error, InvalidStatus) and error.response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
