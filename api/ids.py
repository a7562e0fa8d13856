"""Numbers in addresses: ids are strings in JSON and digits in paths, versions and years are numbers."""

from werkzeug.routing import IntegerConverter

from engine.errors import NotFound

DIGITS = 18
FEW = 9
"""Digits of a version or a year, which columns keep in four bytes."""


class Few(IntegerConverter):
    """`<int:…>` of every rule; more digits are at no address."""

    regex = rf"[0-9]{{1,{FEW}}}"


def number_in(text: str) -> int:
    """The number that an id in an address is. Raises `NotFound` for what cannot be one."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise NotFound
    return int(text)
