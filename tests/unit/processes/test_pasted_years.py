"""A year of holidays as an administrator pastes it out of the notice (E06)."""

import pytest

from processes.deadlines.errors import BadYear
from processes.deadlines.pasted import days, of_file, typed


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("2029-01-01 元旦", {"2029-01-01": "元旦"}),
        ("1月1日 元旦", {"2029-01-01": "元旦"}),
        ("2029年1月1日，元旦", {"2029-01-01": "元旦"}),
        ("2029/1/1", {"2029-01-01": "节假日"}),
        ("4月4日至4月6日：清明节", {"2029-04-04": "清明节", "2029-04-05": "清明节", "2029-04-06": "清明节"}),
        ("2029-04-04 ~ 2029-04-05 清明节", {"2029-04-04": "清明节", "2029-04-05": "清明节"}),
        ("2029.4.4—4.5 清明节", {"2029-04-04": "清明节", "2029-04-05": "清明节"}),
    ],
)
def test_a_line_is_read_as_people_write_it(line: str, read: dict[str, str]) -> None:
    assert days(f"\n{line}\n \n", 2029, "节假日", "holidays") == read


@pytest.mark.parametrize(("line", "why"), [("春节", "is no date"), ("2029-02-30 春节", "is no date"), ("2月18日至2月12日", "forward")])
def test_a_wrong_line_is_named(line: str, why: str) -> None:
    with pytest.raises(BadYear) as refused:
        days(f"2029-01-01 元旦\n{line}", 2029, "节假日", "holidays")
    assert "第 2 行" in refused.value.errors["holidays"]
    assert why in refused.value.errors["holidays"]


def test_a_year_is_a_number() -> None:
    with pytest.raises(BadYear) as refused:
        typed("明年", "", "")
    assert set(refused.value.errors) == {"year"}


def test_a_file_holds_the_whole_year() -> None:
    table = of_file('{"year": 2029, "holidays": {"2029-01-01": "元旦"}}'.encode())
    assert (table.year, dict(table.holidays), dict(table.workdays)) == (2029, {"2029-01-01": "元旦"}, {})


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"year": "x", "holidays": {}}', b'{"holidays": 3, "year": 2029}'])
def test_a_file_of_another_shape_is_refused(content: bytes) -> None:
    with pytest.raises(BadYear) as refused:
        of_file(content)
    assert set(refused.value.errors) == {"file"}
