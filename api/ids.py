"""Numbers in addresses: ids are strings in JSON and digits in paths."""

from engine.errors import NotFound

DIGITS = 18


def number_in(text: str) -> int:
    """The number that an id in an address is. Raises `NotFound` for what cannot be one."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise NotFound
    return int(text)
