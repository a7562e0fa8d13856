"""What must have happened to a call while nobody listened: found by comparing it with what the exchange has now."""

from collections.abc import Iterator, Mapping

from telephony.ari import Ari
from telephony.ari.errors import Gone as NoMore
from telephony.ari.models import Channel
from telephony.ari.snapshot import Snapshot
from telephony.calls import happenings as told
from telephony.calls.happenings import Happening
from telephony.calls.values import Call

ALAW_BYTES = 8000
"""A second of a recording."""


JUST_NOW = 3_000_000
"""Microseconds; a leg that is younger may be on its way to the exchange still."""


def gone(call: Call, channels: Mapping[str, Channel], at: int) -> Iterator[Happening]:
    """The legs of a call that the exchange had not when it was asked, `at` in microseconds; what began later was not there yet."""
    for leg in call.live():
        known = leg.up < at if leg.up is not None else at - leg.created > JUST_NOW
        if known and leg.id not in channels:
            yield told.Gone(leg.id)


def differences(call: Call, there: Snapshot, ari: Ari, at: int) -> Iterator[Happening]:
    """What to tell a call. Raises `AriError`."""
    yield from gone(call, there.channels, at)
    for leg in call.live():
        channel = there.channels.get(leg.id)
        if channel is not None and leg.up is None and channel.state == "Up":
            yield told.Up(leg.id)
    if call.playing and not _plays(ari, call.playing):
        yield told.Played(call.playing)
    if call.recording and not _runs(ari, call.recording):
        yield told.Recorded(call.recording, _stored_seconds(ari, call.recording))


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
