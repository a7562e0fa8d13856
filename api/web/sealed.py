"""Words of a search that no address may carry: sealed, they can stand in the link to its next page."""

import base64
import binascii

from cryptography.exceptions import InvalidTag

from engine import crypto


def seal(words: str) -> str:
    """What stands for some words in a link: histories and the logs of proxies keep addresses, and must not keep telephone numbers."""
    return base64.urlsafe_b64encode(crypto.current().seal(words.encode())).rstrip(b"=").decode() if words else ""


def unseal(token: str) -> str:
    """The words again; none for what is not of our making."""
    try:
        return crypto.current().open(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))).decode()
    except (InvalidTag, ValueError, binascii.Error):
        return ""
