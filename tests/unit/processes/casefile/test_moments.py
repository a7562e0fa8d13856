"""Moments as diagrams write them."""

from datetime import UTC, datetime

import pytest

from engine.errors import Invalid
from processes.casefile.moments import parse

NOON = datetime(2026, 2, 13, 4, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-02-13T12:00+08:00", "2026-02-13T04:00:00Z", "2026-02-13T12:00", "2026-02-13 12:00:00"])
def test_a_moment_without_an_offset_is_shanghais(text: str) -> None:
    assert parse(text, "due") == NOON
    assert parse(text, "due").tzinfo is not None


def test_a_bare_day_means_its_end() -> None:
    assert parse("2026-02-13", "due") == datetime(2026, 2, 13, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "0001-01-01", "9999-12-31T23:59", "9999-12-31", None, 7])
def test_what_is_no_moment_is_refused_by_its_field(text: object) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text, "due")
    assert "due" in refused.value.errors
