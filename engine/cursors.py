"""Pages of lists with opaque cursors: where the last page ended, so that a page costs the same however deep it lies."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime
from typing import Final, Generic, TypeAlias, TypeVar

import orjson

from engine.db import to_micros
from engine.errors import Malformed

T = TypeVar("T")
Key: TypeAlias = tuple[str | int, ...]
"""The sort keys of a row."""
Kind: TypeAlias = range | type[str]
"""What a sort key may be: text, or a number that its column and Python can hold."""

MOMENT: Final = range(to_micros(datetime(MAXYEAR, 1, 1, tzinfo=UTC)))
"""Microseconds since 1970, as far as `Instant` keeps them."""
ID: Final = range(1 << 63)
PLACE: Final = range(1 << 31)
"""The number of a task or of a row within its instance, which columns keep in four bytes."""
BATCHES = 20
"""How many batches a filter that the database cannot apply (a lamp's colour) may look through for one page."""


class BadCursor(Malformed):
    """翻页标记无效，请从第一页重新开始。 The cursor is not one of ours; start again from the first page."""

    code = "bad-cursor"

    def __init__(self) -> None:
        super().__init__(errors={"cursor": "不是本系统给出的标记。 Not one that we gave."})


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `next` is the cursor of the following one, None at the end."""

    items: list[T]
    next: str | None


def encode(key: Key) -> str:
    """The cursor after the row with these sort keys."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).rstrip(b"=").decode()


def decode(cursor: str, *kinds: Kind) -> Key:
    """The sort keys in a cursor, one of each kind given. Raises `BadCursor` for anything else."""
    try:
        keys = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise BadCursor from error
    if not isinstance(keys, list) or len(keys) != len(kinds):
        raise BadCursor
    if not all(_fits(key, kind) for key, kind in zip(keys, kinds, strict=True)):
        raise BadCursor
    return tuple(keys)


def row_in(cursor: str | None) -> int:
    """The row's number that is all of a cursor; 0, before the first row, for none. Raises `BadCursor`."""
    return int(decode(cursor, ID)[0]) if cursor else 0


def collect(
    batch: Callable[[Key | None, int], Sequence[T]], wanted: Callable[[T], bool], key: Callable[[T], Key], after: Key | None, limit: int
) -> Page[T]:
    """A page of the rows that are wanted: batches of rows in key order are read until it is full or the list is at its end.

    When too few are found in a long list the page is short, and its cursor goes on from where it stopped looking.
    """
    items: list[T] = []
    for _ in range(BATCHES):
        rows = batch(after, limit + 1)
        for position, row in enumerate(rows):
            if position == limit:
                break
            after = key(row)
            if wanted(row):
                items.append(row)
            if len(items) == limit:
                more = position + 1 < len(rows)
                return Page(items, encode(after) if more else None)
        if len(rows) <= limit:
            return Page(items, None)
    return Page(items, encode(after) if after else None)


def _fits(key: object, kind: Kind) -> bool:
    if isinstance(kind, range):
        return type(key) is int and key in kind
    # PostgreSQL keeps no NUL in a text, and refuses to be asked for one
    return isinstance(key, str) and "\x00" not in key
