"""The port to whoever really sends text messages."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from engine.outbox.errors import Refused


class Sms(NamedTuple):
    """One message as it leaves the house. `to` is the number in clear; `case_no`, `template` and `side` are for the books."""

    to: str
    text: str
    case_no: str
    template: str
    side: str


class SmsProvider(Protocol):
    """Sends one message. Raises `RetryLater` or `Refused` (engine.outbox.errors)."""

    def send(self, key: str, sms: Sms) -> None:
        """Send; a `key` seen before changes nothing."""


class NoGateway:
    """Stands where production has no gateway: messages become incidents instead of vanishing."""

    def send(self, key: str, sms: Sms) -> None:
        """Refuse."""
        raise Refused(
            "没有配置短信网关，请设置 BIHUAN_SMS_URL 与 BIHUAN_SMS_KEY 后重试。 "
            "There is no SMS gateway: set BIHUAN_SMS_URL and BIHUAN_SMS_KEY, then retry."
        )


class SmsSender:
    """The outbox's sender for the connector `sms`, whichever provider stands behind it."""

    def __init__(self, provider: SmsProvider) -> None:
        self._provider = provider

    def __call__(self, delivery_id: str, body: Mapping[str, Any]) -> None:
        """Send a delivery's body, the fields of an `Sms`."""
        self._provider.send(delivery_id, Sms(**body))
