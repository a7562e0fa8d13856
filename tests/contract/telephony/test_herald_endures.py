"""What nobody foresaw: one message that cannot be told is an incident, and the thread that tells goes on."""

import threading
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from api.product import Product
from engine.db import transaction
from engine.instances.models import Instance
from engine.outbox.models import Incident
from engine.runtime.work import Work
from telephony.calls.models import PhoneNotice
from telephony.worker import following
from telephony.worker import herald as heralds
from telephony.worker.herald import Herald

NODE, BROKEN, WHOLE = "node", "c0000000000000001", "c0000000000000002"
SECONDS = 20


def tell(product: Product, call: str, message: str, **payload: Any) -> None:
    """Something that a call's step has written."""
    with transaction(product.database) as session:
        session.add(PhoneNotice(node=NODE, call_id=call, message=message, payload=orjson.dumps({"call_id": call, **payload})))


def break_one(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """What follows a message of one of the calls cannot be done."""
    follow = following.follow

    def break_down(work: Work, message: str, payload: Mapping[str, Any]) -> None:
        if payload["call_id"] == BROKEN:
            raise error
        follow(work, message, payload)

    monkeypatch.setattr(heralds, "follow", break_down)


def test_a_message_that_fails_in_a_way_nobody_foresaw_is_an_incident_and_holds_up_no_other(
    sqlite_product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_one(monkeypatch, KeyError("agent"))
    tell(sqlite_product, BROKEN, "CallReceived", service="12345", queue="general")
    tell(sqlite_product, WHOLE, "CallReceived", service="12345", queue="general")
    assert Herald(sqlite_product.engine, sqlite_product.database, NODE).tell_all() == 2
    with sqlite_product.engine.read() as session:
        assert session.scalars(select(PhoneNotice)).all() == []
        assert session.scalars(select(Instance.business_key).where(Instance.process_key == "intake")).all() == [WHOLE]
        assert len(session.scalars(select(Incident)).all()) == 1


def test_a_database_that_is_away_is_no_incident_and_everything_is_told_later(
    sqlite_product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        break_one(broken, OperationalError("SELECT 1", {}, ConnectionError()))
        tell(sqlite_product, BROKEN, "CallReceived", service="12345", queue="general")
        herald = Herald(sqlite_product.engine, sqlite_product.database, NODE)
        with pytest.raises(OperationalError):
            herald.tell_all()
    assert herald.tell_all() == 1
    with sqlite_product.engine.read() as session:
        assert session.scalars(select(Incident)).all() == []


@pytest.mark.parametrize("error", [KeyError("bad data"), OperationalError("SELECT 1", {}, ConnectionError())])
def test_the_thread_that_tells_survives_what_goes_wrong(sqlite_product: Product, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    tries, again = [], threading.Event()

    def fail_once() -> int:
        tries.append("")
        if len(tries) == 1:
            raise error
        again.set()
        return 0

    monkeypatch.setattr(heralds, "PAUSE", 0.001)
    herald = Herald(sqlite_product.engine, sqlite_product.database, NODE)
    monkeypatch.setattr(herald, "tell_all", fail_once)
    herald.start()
    assert again.wait(SECONDS)
    herald.stop()
