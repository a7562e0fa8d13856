"""Telephones in browsers (浏览器软电话): each has a password of its own, derived from one secret, so that none is kept anywhere."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Final

PREFIX: Final = "web"
"""The exchange's names for them: `web1`, `web2`, …"""
MOST: Final = 999


def name(number: int) -> str:
    """What the exchange calls the browser of a number, from 1."""
    return f"{PREFIX}{number}"


def password(secret: str, browser: str) -> str:
    """The password of one browser at the exchange; whoever knows it learns nothing about another's."""
    return hmac.new(secret.encode(), f"seat:{browser}".encode(), hashlib.sha256).hexdigest()[:32]


def sections(secret: str, count: int) -> Iterator[str]:
    """The lines of `pjsip.conf` for so many browsers, on the templates `web`, `web-login` and `web-contact` there."""
    for browser in map(name, range(1, count + 1)):
        yield f"[{browser}](web)\nauth = {browser}\naors = {browser}\ncallerid = {browser} <{browser}>"
        yield f"[{browser}](web-login)\nusername = {browser}\npassword = {password(secret, browser)}"
        yield f"[{browser}](web-contact)"
