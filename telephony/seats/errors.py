"""What a seat may be refused."""

from engine.errors import Conflict, Invalid, NotFound


class NoSeat(NotFound):
    """您还没有签入座席。 You are not signed in at a seat."""

    code = "no-seat"


class SeatTaken(Conflict):
    """该话机已有人签入。 Somebody else is signed in at this telephone."""

    code = "seat-taken"


class SeatLocked(Conflict):
    """座席已被班长闭锁，请联系班长。 A supervisor has locked this seat; ask them."""

    code = "seat-locked"


class OnACall(Conflict):
    """通话中不能切换状态。 Not while there is a call."""

    code = "on-a-call"


class BadSeat(Invalid):
    """座席信息有误。 Something about the seat is wrong."""

    code = "bad-seat"
