"""Words of titles are found by pairs of characters: as a look at every title would find them, but not by looking at every title."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from processes.casefile import titles
from processes.casefile.models import Case, TitlePair
from processes.cases.corrections import correct
from processes.cases.services import CaseFilter, search
from tests.contract.processes.conftest import ADMIN, AGENT, HOUSING, URBAN, WATER, Hotline, Statements
from tests.fixtures.clocks import MONDAY_MORNING, Clock

LETTERS = "路灯不亮水 aAbB%_/\\。ÄäßıİΣσς𠮷"
"""What a title has, what LIKE means something by, what changes its length or its neighbours in lower case, and a character beyond
the first 65,536."""
MANY = 3_000


def found(hotline: Hotline, q: str, actor: Actor = ADMIN, limit: int = 50, **wanted: str) -> list[str]:
    """The numbers of all cases found, page after page."""
    numbers: list[str] = []
    cursor: str | None = None
    while True:
        with hotline.engine.read() as session:
            page = search(session, actor, CaseFilter(q=q, **wanted), cursor, limit)
        numbers += [one.case.case_no for one in page.items]
        cursor = page.next
        if cursor is None:
            return numbers


def scanned(hotline: Hotline, words: str) -> list[str]:
    """What a look at every title finds, newest first."""
    has = Case.title.contains(words, autoescape=True)
    with hotline.engine.read() as session:
        return list(session.scalars(select(Case.case_no).where(has).order_by(Case.opened_at.desc(), Case.case_no.desc())))


def put(session: Session, given: list[str], first: int = 0) -> None:
    """Cases with these titles, three in each microsecond, and what finds them, as the commands write it."""
    row = {"query_digest": "0" * 32, "category": "complaint", "channel": "phone", "content": "内容", "opened_by": "agent1"}
    rows = [
        {**row, "case_no": f"C{number:08}", "title": title, "opened_at": MONDAY_MORNING + timedelta(microseconds=number // 3)}
        for number, title in enumerate(given, first)
    ]
    session.execute(insert(Case), rows)
    connection = session.connection()
    for one in rows:
        statement, values = titles.entering(connection.dialect.name, str(one["case_no"]), str(one["title"]))
        statement.run(connection, values)


@pytest.fixture
def many(hotline: Hotline) -> Hotline:
    """A hotline with some thousand cases, every one about a lamp, most of them about a street, one of them about a bridge."""
    chance = random.Random(20261122)
    about = ["路灯不亮" + ("街道" if chance.random() < 0.9 else "巷子") + "".join(chance.choices("东西南北", k=3)) for _ in range(MANY)]
    about[7] += "老桥头"
    hotline.engine.transact(ADMIN, lambda work: put(work.session, about))
    return hotline


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=8),
    st.lists(st.text(LETTERS, min_size=1, max_size=5), max_size=6),
    st.randoms(use_true_random=False),
)
def test_it_finds_what_a_look_at_every_title_finds(hotline: Hotline, given: list[str], typed: list[str], chance: random.Random) -> None:
    def anew(session: Session) -> None:
        session.execute(delete(TitlePair))
        session.execute(delete(Case))
        put(session, given)

    hotline.engine.transact(ADMIN, lambda work: anew(work.session))
    parts = [title[start : start + 3] for title in given for start in (chance.randrange(len(title)),)]
    for words in {one.strip() for one in (*typed, *parts, *map(str.swapcase, parts))} - {""}:
        assert found(hotline, words, limit=2) == scanned(hotline, words)


def test_it_finds_among_many_cases_what_a_look_at_every_title_finds(many: Hotline) -> None:
    for words in "路灯不亮 老桥头 路灯不亮街道东东 街道西 子南 北 没有这句话 灯路 亮街道东东东老".split():
        expected = scanned(many, words)
        assert found(many, words, limit=200) == expected, words
        assert sorted(set(expected), reverse=True) == expected, words


def test_one_page_follows_the_other_without_a_gap_or_a_double(many: Hotline) -> None:
    numbers = found(many, "巷子", limit=37)
    assert numbers == scanned(many, "巷子")
    assert all(newer > older for newer, older in pairwise(numbers))


def test_a_case_is_found_by_its_title_from_its_opening_on(hotline: Hotline) -> None:
    case_no = hotline.open(title=" 人民路路灯不亮 ").case_no
    hotline.open()
    assert [found(hotline, words) for words in ("路灯", " 人民路路灯不亮 ", "路人", "民路路灯")] == [[case_no], [case_no], [], [case_no]]


def test_a_corrected_title_is_found_by_its_new_words_only(hotline: Hotline) -> None:
    case_no = hotline.open(title="人民路路灯不亮").case_no
    hotline.engine.transact(AGENT, lambda work: correct(work, case_no, {"title": "建设路路灯不亮"}, "来电人更正"))
    assert (found(hotline, "建设路"), found(hotline, "人民"), found(hotline, "路灯")) == ([case_no], [], [case_no])
    with hotline.engine.read() as session:
        kept = set(session.scalars(select(TitlePair.pair)))
    assert kept == set(titles.pairs("建设路路灯不亮")), "nothing is left of what was put right"


def test_of_two_cases_of_one_moment_the_other_stays_found(hotline: Hotline) -> None:
    first, second = (hotline.open(title="人民路路灯不亮").case_no for _ in range(2))
    hotline.engine.transact(AGENT, lambda work: correct(work, first, {"title": "建设路"}, "来电人更正"))
    assert found(hotline, "人民路") == [second]
    assert found(hotline, "建设路") == [first]


def test_a_title_that_is_given_at_the_registration_is_found(hotline: Hotline) -> None:
    case_no = hotline.open().case_no
    hotline.complete(case_no, "register", AGENT, title="解放路井盖丢失")
    assert (found(hotline, "井盖"), found(hotline, "停水")) == ([case_no], [])


def test_a_title_that_stays_as_it_was_is_not_written_again(hotline: Hotline, statements: Statements) -> None:
    case_no = hotline.open().case_no
    statements.clear()
    hotline.complete(case_no, "register", AGENT, title="小区停水")
    assert not [statement for statement in statements if "title_pair" in statement]
    assert found(hotline, "小区停水") == [case_no]


def test_a_unit_finds_its_own_cases_only(hotline: Hotline, clock: Clock) -> None:
    own = hotline.dispatched(title="人民路路灯不亮")
    clock.advance(minutes=1)
    other = hotline.open(title="建设路路灯不亮").case_no
    assert found(hotline, "路灯") == [other, own]
    assert [found(hotline, "路灯", unit) for unit in (WATER, URBAN, HOUSING)] == [[own], [own], []]
    assert found(hotline, "路灯", unit="water") == [own]
    assert found(hotline, "路灯", status="closed") == []


def test_words_that_no_title_has_cost_one_look_at_the_index(many: Hotline, statements: Statements) -> None:
    assert found(many, "没有这句话") == []
    assert len(statements) == len("没有这句话") - 1
    assert all("title_pair" in statement for statement in statements)


def test_a_page_of_words_costs_its_pairs_and_three_statements(many: Hotline, statements: Statements) -> None:
    with many.engine.read() as session:
        assert len(search(session, ADMIN, CaseFilter(q="路灯不亮")).items) == 50
    assert len([statement for statement in statements if "title_pair" not in statement]) <= 3
    assert len([statement for statement in statements if "title_pair" in statement]) == 3


def test_a_long_text_asks_for_a_dozen_pairs(many: Hotline, statements: Statements) -> None:
    assert found(many, "路灯不亮街道东南西北" * 10) == []
    assert len([statement for statement in statements if "title_pair" in statement]) <= titles.PROBED


def test_both_statements_go_by_an_index(many: Hotline) -> None:
    """The plan, not the time: neither looks at every pair, and none at every case."""
    captured: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, bound: object, *_rest: object) -> None:
        captured.append((statement, bound))

    sqlite = many.database.dialect.name == "sqlite"
    with many.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if sqlite else "VACUUM ANALYZE")
    event.listen(many.database, "before_cursor_execute", note)
    assert len(found(many, "老桥头")) == 1
    event.remove(many.database, "before_cursor_execute", note)
    plans = []
    with many.database.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        for statement, bound in captured[:3]:
            if sqlite:
                rows = driver.execute(f"EXPLAIN QUERY PLAN {statement}", bound).fetchall()
            else:
                plain = statement.replace("$1::BIGINT", "%s").replace("$2::BIGINT", "%s").replace("$3", "%s")
                rows = driver.execute(f"EXPLAIN {plain}", bound).fetchall()
            plans.append("\n".join(str(row) for row in rows))
    assert "pk_title_pair" in plans[0] or "USING PRIMARY KEY (pair=? AND opened_at<?)" in plans[0], plans[0]
    assert "ix_case_opened" in plans[-1], plans[-1]
    assert not [plan for plan in plans if "SCAN " in plan or "Seq Scan" in plan]
