"""Cursors and pages of lists."""

import pytest

from engine.cursors import ID, MOMENT, PLACE, BadCursor, Key, Kind, Page, collect, decode, encode, row_in
from tests.fixtures.cursors import forged


def page(numbers: list[int], after: Key | None, limit: int, *, even: bool = False) -> Page[int]:
    """A page of a list of numbers, perhaps of the even ones only."""

    def batch(start: Key | None, count: int) -> list[int]:
        return [number for number in numbers if start is None or number > int(start[0])][:count]

    return collect(batch, lambda number: not even or number % 2 == 0, lambda number: (number,), after, limit)


def test_pages_follow_each_other_without_gap_or_overlap() -> None:
    numbers, seen, cursor = list(range(1, 26)), [], None
    while True:
        found = page(numbers, decode(cursor, ID) if cursor else None, 10)
        seen += found.items
        cursor = found.next
        if cursor is None:
            break
    assert seen == numbers


def test_a_list_that_just_fills_its_page_has_no_next() -> None:
    assert page([1, 2, 3], None, 3) == Page([1, 2, 3], None)


def test_a_filter_that_the_database_cannot_apply_still_fills_the_page() -> None:
    found = page(list(range(1, 100)), None, 5, even=True)
    assert found.items == [2, 4, 6, 8, 10]
    assert found.next == encode((10,))


def test_a_rare_match_far_behind_is_reached_by_going_on() -> None:
    numbers = [*range(1, 1001, 2), 1002]
    first = page(numbers, None, 10, even=True)
    assert (first.items, first.next is None) == ([], False)
    found, cursor = first, first.next
    while not found.items and cursor:
        found = page(numbers, decode(cursor, ID), 10, even=True)
        cursor = found.next
    assert found.items == [1002]


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "中", forged("a"), forged(1, 2), forged(True), forged(1.0), "W10", "e30"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode(cursor, ID)


@pytest.mark.parametrize(
    ("kind", "most"),
    [(MOMENT, 253370764799_999999), (ID, 2**63 - 1), (PLACE, 2**31 - 1)],
)
def test_a_number_is_one_that_its_column_holds(kind: Kind, most: int) -> None:
    assert decode(encode((most,)), kind) == (most,)
    for wrong in (most + 1, -1, None, "1"):
        with pytest.raises(BadCursor):
            decode(forged(wrong), kind)


@pytest.mark.parametrize("wrong", [None, 1, "a\x00", ["a"]])
def test_a_text_is_one_that_a_database_takes(wrong: object) -> None:
    assert decode(encode(("TS1",)), str) == ("TS1",)
    with pytest.raises(BadCursor):
        decode(forged(wrong), str)


def test_a_list_of_rows_begins_before_the_first_one() -> None:
    assert (row_in(None), row_in(""), row_in(encode((7,)))) == (0, 0, 7)
    for wrong in ("7", "x", encode((2**63,)), encode(("7",))):
        with pytest.raises(BadCursor):
            row_in(wrong)
