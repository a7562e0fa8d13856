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
    assert three.call("case.link", of=THIRD, master=SECOND) == {"master": FIRST, "kind": "link"}


def test_a_master_brings_its_group_along(three: Stand) -> None:
    three.call("case.link", of=THIRD, master=SECOND)
    three.call("case.link", of=SECOND, master=FIRST)
    assert {links.master_of(three.session, number) for number in (FIRST, SECOND, THIRD)} == {FIRST}


def test_only_merged_cases_are_answered_with_the_master(three: Stand) -> None:
    three.call("case.link", of=SECOND, master=FIRST, kind="merge")
    three.call("case.link", of=THIRD, master=FIRST, kind="link")
    assert links.merged_cases(three.session, FIRST) == [SECOND]


def test_linking_twice_changes_nothing(three: Stand) -> None:
    three.call("case.link", of=SECOND, master=FIRST, kind="merge")
    three.call("case.link", of=FIRST, master=SECOND)
    assert links.merged_cases(three.session, FIRST) == [SECOND]


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


def merge(stand: Stand, case_no: str, into: str) -> str:
    """Merge a case; answers the case that it is answered with."""
    master: str = stand.call("case.link", of=case_no, master=into, kind="merge")["master"]
    return master


def test_who_merges_into_a_merged_case_merges_into_its_master(three: Stand) -> None:
    merge(three, SECOND, FIRST)
    assert merge(three, THIRD, SECOND) == FIRST
    assert links.merged_cases(three.session, FIRST) == [SECOND, THIRD]
    assert links.merged_cases(three.session, SECOND) == []


def test_a_master_that_is_merged_takes_those_merged_into_it_along(three: Stand) -> None:
    merge(three, THIRD, SECOND)
    merge(three, SECOND, FIRST)
    assert {links.answered_with(three.session, number) for number in (FIRST, SECOND, THIRD)} == {FIRST}


def test_a_merged_case_is_answered_with_the_one_it_was_merged_into_not_with_the_groups_master(three: Stand) -> None:
    three.call("case.link", of=SECOND, master=FIRST)
    merge(three, THIRD, SECOND)
    assert links.answered_with(three.session, THIRD) == SECOND
    assert links.merged_cases(three.session, FIRST) == []
    assert others(three, FIRST) == {SECOND, THIRD}


def test_the_master_of_a_group_that_is_merged_gives_its_place_away(three: Stand) -> None:
    three.call("case.link", of=SECOND, master=FIRST)
    merge(three, FIRST, SECOND)
    assert {links.master_of(three.session, number) for number in (FIRST, SECOND)} == {SECOND}


def test_linking_two_groups_makes_one(three: Stand) -> None:
    three.case("TS20260302DDDDDDDD")
    three.call("case.link", of=SECOND, master=FIRST)
    three.call("case.link", of=THIRD, master="TS20260302DDDDDDDD")
    three.call("case.link", of=THIRD, master=SECOND)
    assert others(three, FIRST) == {SECOND, THIRD, "TS20260302DDDDDDDD"}


def test_a_linked_case_may_be_merged_later(three: Stand) -> None:
    three.call("case.link", of=SECOND, master=FIRST)
    links.check(three.session, SECOND, FIRST, "merge")
    assert merge(three, SECOND, FIRST) == FIRST


def test_no_case_is_merged_twice_or_back_again(three: Stand) -> None:
    merge(three, SECOND, FIRST)
    with pytest.raises(links.AlreadyMerged):
        links.check(three.session, SECOND, THIRD, "merge")
    with pytest.raises(links.MergedIntoThis):
        links.check(three.session, FIRST, SECOND, "merge")


def test_nothing_is_merged_into_a_closed_case(three: Stand) -> None:
    three.case("TS20260302DDDDDDDD", status="closed")
    with pytest.raises(links.MasterClosed):
        links.check(three.session, FIRST, "TS20260302DDDDDDDD", "merge")
    with pytest.raises(Invalid) as refused:
        merge(three, FIRST, "TS20260302DDDDDDDD")
    assert set(refused.value.errors) == {"master"}
    links.check(three.session, FIRST, "TS20260302DDDDDDDD", "link")
