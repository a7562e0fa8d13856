"""Cursors, pages and texts of lists."""

import pytest

from processes.casefile.cursors import BadCursor, Key, Page, collect, decode, encode
from processes.casefile.masking import masked


def page(numbers: list[int], after: Key | None, limit: int, *, even: bool = False) -> Page[int]:
    """A page of a list of numbers, perhaps of the even ones only."""

    def batch(start: Key | None, count: int) -> list[int]:
        return [number for number in numbers if start is None or number > int(start[0] or 0)][:count]

    return collect(batch, lambda number: not even or number % 2 == 0, lambda number: (number,), after, limit)


def test_pages_follow_each_other_without_gap_or_overlap() -> None:
    numbers, seen, cursor = list(range(1, 26)), [], None
    while True:
        found = page(numbers, decode(cursor, int) if cursor else None, 10)
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
        found = page(numbers, decode(cursor, int), 10, even=True)
        cursor = found.next
    assert found.items == [1002]


@pytest.mark.parametrize("cursor", ["", "x", "%%%", encode(("a",)), encode((1, 2)), encode((True,)), "W10", "e30"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode(cursor, int)


def test_numbers_of_people_are_masked_in_free_text() -> None:
    assert masked("请回电13800138000，谢谢") == "请回电138****000，谢谢"
    assert masked("身份证 11010519491231002X 丢了") == "身份证 110****02X 丢了"
    assert masked("029-33210000 没人接") == "029****000 没人接"


def test_dates_sums_and_case_numbers_are_left_alone() -> None:
    text = "TS20260302AAAAAAAA 于2026-03-02缴费12345元，20260302"
    assert masked(text) == text
