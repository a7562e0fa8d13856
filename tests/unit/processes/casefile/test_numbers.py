"""Case numbers and query codes (C03)."""

import re
from collections import Counter
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from engine import crypto
from processes.casefile.numbers import address_index, case_number, order_number, query_code, query_digest
from tests.fixtures.clocks import MONDAY_MORNING
from tests.unit.processes.stand import Stand


def test_a_case_number_is_the_local_day_and_eight_unmistakable_characters() -> None:
    assert re.fullmatch(r"TS20260302[0-9A-HJKMNP-TV-Z]{8}", case_number(MONDAY_MORNING))
    assert case_number(datetime(2026, 3, 1, 16, 30, tzinfo=UTC)).startswith("TS20260302")


def test_a_hundred_thousand_numbers_hardly_ever_meet() -> None:
    drawn = Counter(case_number(MONDAY_MORNING) for _ in range(100_000))
    # expected collisions: 0.005; the primary key settles even those
    assert len(drawn) > 99_990


def test_an_order_number_is_the_cases_with_a_running_one() -> None:
    assert order_number("TS20260302AAAAAAAA", 3) == "TS20260302AAAAAAAA-03"


def test_a_query_code_is_six_digits_and_its_digest_does_not_show_it(stand: Stand) -> None:
    code = query_code()
    assert re.fullmatch(r"\d{6}", code)
    assert code not in query_digest("TS1", code)


def test_the_same_code_of_two_cases_has_two_digests(stand: Stand) -> None:
    assert query_digest("TS1", "123456") != query_digest("TS2", "123456")
    assert query_digest("TS1", "123456") == query_digest("TS1", "123456")


def test_an_address_is_found_again_however_it_is_spaced(stand: Stand) -> None:
    assert address_index("人民路 １２号 A座") == address_index("人民路12号a座")
    assert address_index("人民路12号") != address_index("人民路13号")


def test_the_index_needs_the_products_key(stand: Stand) -> None:
    ours = address_index("人民路12号")
    kept = crypto.current()
    crypto.use(crypto.Cipher("another key"))
    try:
        assert address_index("人民路12号") != ours
    finally:
        crypto.use(kept)


def test_personal_data_of_a_case_is_unreadable_in_the_file(stand: Stand) -> None:
    stand.case("TS20260302BBBBBBBB", content="张三家停水", address="人民路12号", anonymous_reason="怕报复")
    raw = _stored(stand.session)
    assert all(secret.encode() not in raw for secret in ("张三家停水", "人民路12号", "怕报复"))


def _stored(session: Session) -> bytes:
    row = session.connection().exec_driver_sql("select * from 'case' where case_no = 'TS20260302BBBBBBBB'").one()
    return b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
