"""Linked cases are a symmetric group with one master (C27)."""

import pytest

from engine.errors import Invalid, NotFound
from processes.casefile import links
from tests.unit.processes.stand import CASE_NO, Stand

FIRST, SECOND, THIRD = CASE_NO, "TS20260302BBBBBBBB", "TS20260302CCCCCCCC"


@pytest.fixture
def three(stand: Stand) -> Stand:
    """Three calls about one matter."""
    stand.case(SECOND)
    stand.case(THIRD)
    return stand


def others(stand: Stand, case_no: str) -> set[str]:
    """The cases that a case shows as linked."""
    return {link.case_no for link in links.group_of(stand.session, case_no)}


def test_each_of_three_linked_cases_shows_the_other_two(three: Stand) -> None:
    three.call("case.link", of=SECOND, master=FIRST, kind="merge")
    three.call("case.link", of=THIRD, master=SECOND, kind="link")
    assert [others(three, number) for number in (FIRST, SECOND, THIRD)] == [{SECOND, THIRD}, {FIRST, THIRD}, {FIRST, SECOND}]


def test_the_group_keeps_one_master_whoever_is_named(three: Stand) -> None:
    three.call("case.link", of=SECOND, master=FIRST)
    assert three.call("case.link", of=THIRD, master=SECOND) == {"master": FIRST}


def test_a_master_brings_its_group_along(three: Stand) -> None:
    three.call("case.link", of=THIRD, master=SECOND)
    three.call("case.link", of=SECOND, master=FIRST)
    assert {links.master_of(three.session, number) for number in (FIRST, SECOND, THIRD)} == {FIRST}


def test_only_merged_cases_are_answered_with_the_master(three: Stand) -> None:
    three.call("case.link", of=SECOND, master=FIRST, kind="merge")
    three.call("case.link", of=THIRD, master=FIRST, kind="link")
    assert links.merged_into(three.session, FIRST) == [SECOND]


def test_linking_twice_changes_nothing(three: Stand) -> None:
    three.call("case.link", of=SECOND, master=FIRST, kind="merge")
    three.call("case.link", of=FIRST, master=SECOND)
    assert links.merged_into(three.session, FIRST) == [SECOND]


def test_a_case_is_not_linked_with_itself_or_with_nothing(three: Stand) -> None:
    with pytest.raises(Invalid, match=r".") as refused:
        links.check(three.session, FIRST, FIRST, "link")
    assert set(refused.value.errors) == {"case_no"}
    with pytest.raises(NotFound):
        three.call("case.link", of=FIRST, master="TS0", kind="link")


def test_cases_linked_already_are_said_to_be(three: Stand) -> None:
    three.call("case.link", of=SECOND, master=FIRST)
    with pytest.raises(links.AlreadyLinked):
        links.check(three.session, FIRST, SECOND, "link")
