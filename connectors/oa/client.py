"""The sender of events to departments' OA."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, sessionmaker

from connectors.oa.events import CONTENT_TYPE, document
from connectors.oa.signatures import signed
from connectors.outgoing import READ_SECONDS, post
from engine.outbox.errors import Refused
from engine.prepared import Prepared
from processes.registry.units.models import Unit

_ADDRESS: Final = Prepared(select(Unit.name, Unit.oa_url, Unit.callback_secret).where(Unit.code == bindparam("code")))


class OaSender:
    """The outbox's sender for the connector `oa`: the unit's address and secret are read anew for each attempt."""

    def __init__(self, sessions: sessionmaker[Session], *, read_seconds: float = READ_SECONDS) -> None:
        self._sessions = sessions
        self._read_seconds = read_seconds

    def __call__(self, delivery_id: str, body: Mapping[str, Any]) -> None:
        """Post one event. Raises `RetryLater`, or `Refused` with what the administrator has to do."""
        url, secret = self._address(str(body["unit"]))
        text = document(delivery_id, body["type"], body["subject"], datetime.fromisoformat(body["time"]), body["data"])
        headers = {"Content-Type": CONTENT_TYPE, "Idempotency-Key": delivery_id, **signed(secret, delivery_id, text)}
        post(url, text.encode(), headers, read_seconds=self._read_seconds)

    def _address(self, code: str) -> tuple[str, str]:
        with self._sessions() as session:
            session.connection(execution_options={"read_only": True})
            unit = _ADDRESS.first(session.connection(), {"code": code})
        if unit is None or not unit.oa_url:
            raise Refused(f"单位 {code} 没有 OA 地址。 The unit {code} has no OA address any more.")
        if not unit.callback_secret:
            raise Refused(
                f"{unit.name}还没有回调密钥，请管理员生成后重试。 "
                f"The unit {code} has no callback secret to sign with: an administrator creates one, then retries."
            )
        return unit.oa_url, unit.callback_secret
