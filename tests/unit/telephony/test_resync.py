"""What must have happened while nobody listened: told by what the exchange had when it was asked, not by what began since."""

from telephony.calls import happenings as told
from telephony.calls.values import AGENT, CITIZEN, INBOUND, Call, Leg
from telephony.worker.resync import JUST_NOW, gone

ASKED = 100_000_000


def test_legs_that_were_there_before_are_gone_and_younger_ones_are_not() -> None:
    call = Call("c0123456789abcdef", INBOUND, 0)
    call.legs = {
        "old": Leg("old", CITIZEN, 0, up=0),
        "still": Leg("still", AGENT, 0, up=1),
        "since": Leg("since", CITIZEN, ASKED + 1, up=ASKED + 1),
        "ringing": Leg("ringing", AGENT, ASKED - JUST_NOW - 1),
        "just": Leg("just", AGENT, ASKED - JUST_NOW),
        "over": Leg("over", AGENT, 0, up=1, ended=2),
    }
    there = {"still": object()}
    assert list(gone(call, there, ASKED)) == [told.Gone("old"), told.Gone("ringing")]  # type: ignore[arg-type]  # only the names count
