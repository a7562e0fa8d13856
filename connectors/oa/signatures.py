"""Standard Webhooks (standardwebhooks.com, 1.0.0): signing what goes out, verifying what comes in.

Timestamps are real time, whatever the test clock says (contract.md).
"""

from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError

from connectors.oa.errors import BadSignature
from engine import clock

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
LONGEST_ID = 120


def signed(secret: str, message_id: str, body: str) -> dict[str, str]:
    """The three headers for a body that is sent now; the timestamp is that of this attempt."""
    moment = clock.real_now()
    return {ID: message_id, TIMESTAMP: str(int(moment.timestamp())), SIGNATURE: Webhook(secret).sign(message_id, moment, body)}


def verified(secret: str, headers: Mapping[str, str], raw: bytes) -> str:
    """Check the raw body's signature and that it is at most five minutes old or ahead; answers the webhook's id.

    Raises `BadSignature`, whatever is wrong, and tells the sender no more than that.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    message_id = lower.get(ID, "")
    if not message_id.isprintable() or not message_id.isascii() or len(message_id) > LONGEST_ID:
        raise BadSignature
    try:
        Webhook(secret).verify(raw, lower, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise BadSignature from error
    return message_id
