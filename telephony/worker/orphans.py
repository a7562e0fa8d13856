"""Calls of an exchange that nobody answers for any more: its host is lost, or it has come back under another id. Any worker ends them
without asking that exchange, so that their agents are free, their callers called back, and their processes know."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Engine as Database

from engine import clock
from engine.db import transaction
from telephony.calls.happenings import Asked, Elapsed, Gone, Happening, Played, Recorded
from telephony.calls.step import NO_EXCHANGE
from telephony.calls.values import CITIZEN, DEVICE, Call
from telephony.worker import leases, store
from telephony.worker.desk import Desk, Outlets

MOST: Final = 200
"""How much may happen to a call until it is over; a pager's has most, two for each contact."""
log = structlog.get_logger("telephony.orphans")


class Orphans:
    """Watches for exchanges without a worker; used by one thread."""

    def __init__(self, database: Database, told: Callable[[], None], freed: Callable[[], None], ended: Callable[[Call], None]) -> None:
        self._database, self._reading = database, database.execution_options(read_only=True)
        self._outlets = Outlets(lambda _call, _effects: None, told, lambda _recording: None, freed, ended)
        self._since: dict[str, datetime] = {}
        """Since when we have seen an exchange without a worker."""

    def look(self, now: datetime) -> frozenset[str]:
        """End the calls of every exchange that has had no worker for `leases.LOST`; which exchanges these are. `now` is real time."""
        with transaction(self._reading) as session:
            beats = leases.beats(session)
            alone = {node for node in store.nodes(session) if node not in beats or beats[node] < now - leases.LAPSE}
        self._since = {node: self._since.get(node, now) for node in alone}
        lost = frozenset(node for node, since in self._since.items() if now - since >= leases.LOST)
        for node in lost:
            # they are over since the exchange was heard of last, as far as anybody knows: nobody talked all the while
            end = beats[node] + leases.LAPSE if node in beats else self._since[node]
            with clock.at(end + clock.offset()):
                self._end_all(node)
        return lost

    def _end_all(self, node: str) -> None:
        with transaction(self._reading) as session:
            apps = store.apps(session, node)
        for app in apps:
            desk = Desk(self._database, node, app, self._outlets)
            log.warning("ends the calls of an exchange that nobody answers for", node=node, app=app, calls=len(desk.load()))
            for call in list(desk.calls):
                try:
                    _end(desk, call)
                except store.Taken:
                    continue  # somebody answers for it after all
                except store.AWAY:
                    raise
                except Exception:
                    log.exception("a call of a lost exchange could not be ended", call=call)


def _end(desk: Desk, call: str) -> None:
    for _ in range(MOST):
        if call not in desk.calls:
            return
        desk.happen((call, last(desk.calls[call].call)))
    log.error("a call does not end", call=call)


def last(call: Call) -> Happening:
    """What happens next to a call whose exchange is no more. The caller is gone first: who talked has talked, who waited was missed."""
    leg = call.first(CITIZEN, DEVICE) or call.first()
    if leg is not None:
        return Gone(leg.id, None if leg.up is not None else NO_EXCHANGE)
    if call.recording:
        return Recorded(call.recording, None)
    if call.playing:
        return Played(call.playing)
    if call.due:
        return Elapsed(min(call.due))
    return Asked("hang-up", "telephony")
