"""The provider that a real hotline uses: a gateway that takes JSON over HTTP."""

import orjson
import structlog

from connectors.outgoing import READ_SECONDS, post
from connectors.sms.provider import Sms
from processes.registry.citizens.masking import mask_phone

log = structlog.get_logger(__name__)


class HttpGateway:
    """`POST {to, text, template, reference}` with a bearer key and `Idempotency-Key` (IETF httpapi draft).

    Any 2xx is taken; time-outs, 408, 409, 425, 429 and 5xx are tried again, other answers are for a person.
    """

    def __init__(self, url: str, key: str, *, read_seconds: float = READ_SECONDS) -> None:
        self._url = url
        self._key = key
        self._read_seconds = read_seconds

    def send(self, key: str, sms: Sms) -> None:
        """Hand one message to the gateway; the log has the masked number only."""
        body = orjson.dumps({"to": sms.to, "text": sms.text, "template": sms.template, "reference": sms.case_no})
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json", "Idempotency-Key": key}
        post(self._url, body, headers, read_seconds=self._read_seconds)
        log.info("sms sent", to=mask_phone(sms.to), case_no=sms.case_no, template=sms.template, delivery=key)
