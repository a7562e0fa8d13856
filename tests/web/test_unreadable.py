"""What no page can mean is a polite page of its own, on either database, and never an error of ours."""

import pytest

from api.product import Product
from tests.fixtures.cursors import forged
from tests.web.visitor import HTMX, Visitor

PAGES = ["/query?case_no=%00", "/cases?q=a%00b", "/cases/%00", "/login?next=%00", "/inbox?group=%00", "/no/such%00", "/incidents?q=%00"]
BAD_CURSORS = ["abc", "7", forged(2**63), forged(None), forged(2**63 - 1, "x"), forged(0, 2**64 - 1, 1)]


@pytest.mark.parametrize("path", PAGES)
def test_a_nul_in_an_address_gets_a_polite_page_without_a_trace(product: Product, capsys: pytest.CaptureFixture[str], path: str) -> None:
    for visitor in (Visitor(product), Visitor(product, "admin")):
        answer = visitor.get(path)
        assert (answer.status_code, answer.mimetype) == (400, "text/html")
        assert "请求中含有空字符" in answer.text
        assert answer.headers["X-Request-Id"] in answer.text
    written = capsys.readouterr()
    assert "Traceback" not in written.out + written.err


@pytest.mark.parametrize(
    ("page", "path", "fields"),
    [
        ("/login", "/login", {"username": "\x00", "password": "demo"}),
        ("/login", "/login", {"username": "agent1", "password": "de\x00mo"}),
        ("/login", "/login", {"username": "agent1", "password": "demo", "more\x00": "1"}),
        ("/query", "/query", {"case_no": "\x00", "code": "1"}),
        ("/query", "/query", {"case_no": "TS1", "code": "\x00"}),
    ],
)
def test_a_nul_in_a_strangers_form_gets_one_too(product: Product, page: str, path: str, fields: dict[str, str]) -> None:
    stranger = Visitor(product)
    stranger.get(page)
    answer = stranger.post(path, fields)
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert "请求中含有空字符" in answer.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/incidents/1/skip", {"reason": "a\x00b"}),
        ("/incidents/groups/x/retry", {"reason": "\x00"}),
        ("/cases/TS1/unmask", {"reason": "a\x00b"}),
        ("/cases/new", {"category": "complaint", "title": "a\x00b"}),
        ("/inbox/reminders", {"popup": "\x00"}),
        ("/calendar", {"year": "2030", "source": "\x00"}),
    ],
)
def test_a_nul_in_a_form_is_refused_wherever_it_is_read(product: Product, path: str, fields: dict[str, str]) -> None:
    admin = Visitor(product, "admin")
    admin.get("/cases/new")
    assert admin.post(path, fields).status_code == 400
    partial = admin.post(path, fields, htmx=True)
    assert (partial.status_code, "<html" in partial.text) == (400, False)


@pytest.mark.parametrize("path", ["/cases", "/inbox", "/elders", "/incidents"])
def test_a_bad_cursor_is_a_bad_request_on_every_page_of_a_list(product: Product, path: str) -> None:
    admin = Visitor(product, "admin")
    for cursor in BAD_CURSORS:
        for headers in ({}, HTMX):
            assert admin.get(f"{path}?cursor={cursor}", **headers).status_code == 400, cursor


@pytest.mark.parametrize("number", ["9" * 30, "9" * 18, "9" * 10])
def test_a_version_that_no_column_holds_is_not_found(product: Product, number: str) -> None:
    admin = Visitor(product, "admin")
    admin.get("/definitions")
    assert admin.get(f"/definitions/complaint/{number}").status_code == 404
    assert admin.get(f"/definitions/complaint/{number}/file").status_code == 404
    assert admin.post(f"/definitions/complaint/{number}/publish").status_code == 404


@pytest.mark.parametrize("number", ["TS99991231", "TS99981231", "TS00010101"])
def test_a_case_number_of_another_age_finds_nothing(product: Product, number: str) -> None:
    assert Visitor(product, "agent1").get(f"/cases?q={number}").status_code == 200
