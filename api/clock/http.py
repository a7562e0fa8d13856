"""`/clock`: the test clock, there only with `BIHUAN_TEST_CLOCK=1`."""

from typing import Any

from api.auth import guard, rights
from api.background import handlers_for
from api.clock import services
from api.clock.schemas import Advance, Advanced, Now
from api.product import product
from api.rest import Resource
from engine import clock
from engine.timers.durations import parse

resource = Resource("clock", __name__, "测试时钟。 The test clock; only with BIHUAN_TEST_CLOCK=1.")


@resource.on("/clock", "GET", answer=Now)
def now() -> dict[str, Any]:
    """Tell the product's time."""
    return {"now": clock.now()}


@resource.on("/clock/advance", "POST", answer=Advanced)
@resource.takes(Advance)
def advance(body: dict[str, Any]) -> dict[str, Any]:
    """Move the clock on and run everything that comes due, in due order (administrators)."""
    guard.require(*rights.ADMINISTER)
    at_hand = product()
    done = services.advance(at_hand.sessions, lambda queue: handlers_for(at_hand.engine, at_hand.database, queue), parse(body["duration"]))
    return {"now": done.now, "fired": done.fired}
