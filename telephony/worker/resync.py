"""What must have happened to a call while nobody listened, and what was to be done and was not: found by comparing it with what the
exchange has now."""

from collections.abc import Collection, Iterator
from contextlib import suppress

from telephony.ari import Ari
from telephony.ari.errors import Gone as NoMore
from telephony.ari.models import Channel
from telephony.ari.snapshot import Snapshot
from telephony.calls import effects as do
from telephony.calls import happenings as told
from telephony.calls.effects import Request
from telephony.calls.happenings import Happening
from telephony.calls.step import NO_EXCHANGE
from telephony.calls.values import AGENT, CITIZEN, CLOSING, DIALLING, TALKING, Call, Leg
from telephony.worker.events import INCOMING

ALAW_BYTES = 8000
"""A second of a recording."""
PAUSED = "paused"
"""The state of a recording that leaves out what is said."""
JUST_NOW = 3_000_000
"""Microseconds; a leg that is younger may be on its way to the exchange still."""


def heard(ari: Ari, app: str, fellows: Collection[str]) -> tuple[set[str], set[str]]:
    """The channels of which an application is told, and those among them of which none of its living fellows is: the exchange counts
    one that has gone over to another still as its former's, too. Raises `AriError`."""
    all_of_them = set(ari.applications.get(app).channel_ids)
    mine = set(all_of_them)
    for fellow in fellows:
        with suppress(NoMore):
            mine -= set(ari.applications.get(fellow).channel_ids)
    return all_of_them, mine


def channels(call: Call, there: Snapshot) -> list[str]:
    """The channels of a call that the exchange has."""
    known = [*(leg.id for leg in call.live()), call.tap, *(ear.tap for ear in call.ears.values())]
    return [channel for channel in known if channel in there.channels]


def untaken(there: Snapshot, channels: Collection[str]) -> list[Channel]:
    """The new calls among an application's channels that nobody has answered: claimed by a worker that ended before it took them in,
    or that came while it did not listen."""
    return [
        channel
        for channel in there.channels.values()
        if channel.id in channels and channel.state == "Ring" and INCOMING in channel.dialplan.app_data.replace(":", ",").split(",")
    ]


def gone(call: Call, channels: Collection[str], at: int, pending: Collection[str]) -> Iterator[Happening]:
    """The legs of a call that the exchange had not when it was asked, `at` in microseconds; what began later was not there yet, nor what
    was `pending`, still to be asked of the exchange."""
    for leg in call.live():
        known = leg.up < at if leg.up is not None else at - leg.created > JUST_NOW and leg.id not in pending
        if known and leg.id not in channels:
            yield told.Gone(leg.id, None if leg.up is not None else NO_EXCHANGE)


def missing(call: Call, there: Snapshot, ari: Ari, at: int) -> Iterator[Request]:
    """What the exchange was to do for a call by then and has not done: nobody answered, or the worker died before it asked.
    Raises `AriError`."""
    bridge = there.bridges.get(call.bridge)
    inside = bridge.channels if bridge is not None else ()
    apart: list[str] = []
    for leg in call.legs.values():
        channel = there.channels.get(leg.id)
        if channel is None:
            continue
        if not leg.live or call.state == CLOSING:
            yield do.Hangup(leg.id)
        elif leg.joined is not None and leg.joined < at and leg.id not in inside:
            apart.append(leg.id)
        elif leg.joined is None and leg.id in inside:
            yield do.Part(call.bridge, (leg.id,))
        elif leg.up is not None and channel.state == "Ring":
            yield do.Answer(leg.id)
    if apart:
        if bridge is None:
            yield do.Open(call.bridge)
        yield do.Join(call.bridge, tuple(apart))
    citizen = call.first(CITIZEN)
    if call.tap and call.tap not in there.channels and not call.recording and call.state == TALKING and citizen is not None:
        yield do.Tap(citizen.id, call.tap)
    agent = call.first(AGENT)
    for ear in call.ears.values():
        if ear.tap and ear.tap not in there.channels and ear.leg in there.channels and call.state == TALKING and agent is not None:
            yield do.Tap(agent.id, ear.tap, whisper=True)
    with suppress(NoMore):
        if call.recording and (ari.recordings.live(call.recording).state == PAUSED) != call.paused:
            yield do.PauseRecording(call.recording, on=call.paused)


def differences(call: Call, there: Snapshot, ari: Ari, at: int, pending: Collection[str]) -> Iterator[Happening]:
    """What to tell a call. Raises `AriError`."""
    yield from gone(call, there.channels, at, pending)
    for leg in call.live():
        channel = there.channels.get(leg.id)
        if channel is not None and leg.up is None and channel.state == "Up":
            yield told.Up(leg.id)
        elif channel is not None and _waits_to_be_rung(call, leg, at):
            yield told.Ready(leg.id)
    if call.playing and call.playing not in pending and not _plays(ari, call.playing):
        yield told.Played(call.playing)
    unrecorded = not call.recording
    if call.recording and call.recording not in pending and not _runs(ari, call.recording):
        seconds = _stored_seconds(ari, call.recording)
        unrecorded = seconds is None
        yield told.Recorded(call.recording, seconds)
    if unrecorded and call.state == TALKING and call.tap in there.channels:
        yield told.Tapped(call.tap)  # what it is there for was never begun
    for ear in call.ears.values():
        room = there.bridges.get(ear.room)
        if ear.tap in there.channels and not {ear.tap, ear.leg} <= set(room.channels if room is not None else ()):
            yield told.Tapped(ear.tap)


def _waits_to_be_rung(call: Call, leg: Leg, at: int) -> bool:
    """Whether a leg was made beside an agent's and nobody has heard that it is there: it is rung from within the bridge."""
    beside = call.state == DIALLING and leg.role == CITIZEN and call.first(AGENT) is not None
    return beside and leg.up is None and leg.joined is None and at - leg.created > JUST_NOW


def _plays(ari: Ari, playback: str) -> bool:
    try:
        ari.playbacks.get(playback)
    except NoMore:
        return False
    return True


def _runs(ari: Ari, name: str) -> bool:
    try:
        ari.recordings.live(name)
    except NoMore:
        return False
    return True


def _stored_seconds(ari: Ari, name: str) -> int | None:
    try:
        return len(ari.recordings.file(name)) // ALAW_BYTES
    except NoMore:
        return None
