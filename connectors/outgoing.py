"""One HTTP POST to an outside system, with its failures told apart: worth another attempt, or for a person."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from engine import clock
from engine.outbox.errors import Refused, RetryLater

CONNECT_SECONDS, READ_SECONDS = 3.05, 5.0
"""Together less than `stop` waits for a running job, so that a hanging receiver does not hold up the end of the process."""
AGAIN = frozenset({408, 409, 421, 423, 425, 429})
"""Client errors that pass: time-outs, the same key still in work elsewhere (409), too early, too many."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, read_seconds: float = READ_SECONDS) -> None:
    """Send; any 2xx is success. Raises `RetryLater` or `Refused`, whose messages name the host and never quote the body.

    Redirects are not followed and the environment's proxies and passwords not used: what goes where is the settings' business.
    """
    host = _host(url)
    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.post(
                url, data=body, headers=dict(headers), timeout=(CONNECT_SECONDS, read_seconds), allow_redirects=False, stream=True
            )
            response.close()
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as error:
        raise _unusable(url) from error
    except requests.Timeout as error:
        raise RetryLater(f"{host} 没有及时应答。 {host} did not answer in time.") from error
    except requests.RequestException as error:
        raise RetryLater(f"无法连接 {host}。 {host} cannot be reached.") from error
    _judge(host, response)


def _host(url: str) -> str:
    """The receiver's name for messages. Raises `Refused` when the address cannot be read at all."""
    try:
        host = urlsplit(url).hostname
    except ValueError as error:
        raise _unusable(url) from error
    if not host:
        raise _unusable(url)
    return host


def _unusable(url: str) -> Refused:
    return Refused(f"地址无效：{url}。 The address is not usable: {url}.")


def _judge(host: str, response: requests.Response) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    message = f"{host} 应答 {status}。 {host} answered {status}."
    if status in AGAIN or status >= 500:
        raise RetryLater(message, after=_retry_after(response.headers.get("Retry-After")))
    raise Refused(message)


def _retry_after(text: str | None) -> timedelta | None:
    """`Retry-After` in seconds or as a date (RFC 9110, 10.2.3); None when absent or unreadable."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return timedelta(seconds=min(int(text[:9]), 86_400))
    with suppress(ValueError):
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(moment - clock.real_now(), timedelta(0))
    return None
