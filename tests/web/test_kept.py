"""What somebody typed outlives their session, and nobody else's words come to be sent in their name."""

import re

import pytest
from sqlalchemy import update

from api.auth import guard, tokens
from api.auth.models import AccessToken
from api.product import Product
from api.web import strangers
from engine import clock
from tests.web.visitor import HTMX, Visitor, shown_token

LONG = '{"numbers": "half an hour of work"}\n<script>alert(1)</script>"\'&'


def _ends(visitor: Visitor) -> None:
    """The visitor's session is over."""
    cookie = visitor.client.get_cookie(guard.COOKIE)
    assert cookie is not None
    digest = tokens.digest(cookie.value)
    over = update(AccessToken).where(AccessToken.digest == digest).values(expires_at=clock.real_now())
    with visitor.product.sessions.begin() as session:
        session.execute(over)
    visitor.product.known.forget(digest)


def _logs_in_elsewhere(visitor: Visitor) -> None:
    """In another tab of the same browser: what the page before has in its forms stays."""
    before = dict(visitor._hidden)
    visitor.log_in("designer1")
    visitor._hidden = before


@pytest.fixture
def designer(telephone: Product) -> Visitor:
    """Somebody at the plan's text whose session ends while they type."""
    visitor = Visitor(telephone, "designer1")
    assert visitor.get("/plan/edit").status_code == 200
    _ends(visitor)
    return visitor


def _kept(page: str) -> str:
    found: str = re.findall(r'<textarea name="text" hidden>\n(.*?)</textarea>', page, re.DOTALL)[0]
    return found


def test_what_was_typed_is_kept_and_sent_after_another_log_in(designer: Visitor) -> None:
    first = designer.post("/plan/edit", text=LONG, step="check")
    assert first.status_code == 401
    assert "登录已过期" in first.text
    assert 'action="/plan/edit"' in first.text
    assert "<script>alert" not in first.text
    assert "&lt;script&gt;" in _kept(first.text)
    mark = re.findall(r'name="kept" value="([0-9a-f]+)"', first.text)[0]
    again = designer.post("/plan/edit", text=LONG, step="check", kept=mark)
    assert again.status_code == 401, "nobody has logged in yet"
    _logs_in_elsewhere(designer)
    confirm = designer.post("/plan/edit", text=LONG, step="check", kept=mark)
    assert confirm.status_code == 403
    assert "请确认发送" in confirm.text
    assert _kept(confirm.text) == _kept(first.text)
    fresh = shown_token(confirm)
    assert fresh != designer._hidden["csrf_token"]
    sent = designer.post("/plan/edit", text=LONG, step="check", kept=mark, csrf_token=fresh)
    assert sent.status_code == 422
    assert "half an hour of work" in sent.text


def test_a_strangers_words_are_neither_kept_nor_sent(designer: Visitor) -> None:
    for foreign in ({"csrf_token": ""}, {"csrf_token": "0" * 64}, {"csrf_token": "0" * 64, "kept": "0" * 64}):
        answer = designer.post("/plan/edit", {"text": LONG, **foreign})
        assert (answer.status_code, answer.location) == (303, "/login")
    theirs = Visitor(designer.product)
    theirs.get("/login")
    assert theirs.post("/plan/edit", text=LONG).location == "/login"
    mark = theirs._hidden["csrf_token"]
    _logs_in_elsewhere(designer)
    none: dict[str, str] = {}
    for foreign in (none, {"kept": mark}):
        answer = designer.post("/plan/edit", {"text": LONG, **foreign})
        assert answer.status_code == 403
        assert "half an hour of work" not in answer.text


def test_a_page_of_the_session_before_is_kept_where_somebody_logged_in_first_and_sent_then(designer: Visitor) -> None:
    old = {"csrf_token": designer._hidden["csrf_token"], "text": LONG}
    _logs_in_elsewhere(designer)
    for origin, keeps in (("http://localhost", True), ("http://evil.example", False), ("null", False)):
        answer = designer.client.post("/plan/edit", data=old, headers={"Origin": origin})
        assert answer.status_code == 403
        assert ("half an hour of work" in answer.text) == keeps


@pytest.mark.parametrize("username", [None, "agent1"])
def test_a_citizens_form_whose_visit_is_over_is_refused_and_not_kept(telephone: Product, username: str | None) -> None:
    visitor = Visitor(telephone, username)
    visitor.client.delete_cookie(strangers.COOKIE)
    for path, typed in (("/query", {"case_no": "TS202601010001", "code": "483920"}), ("/login", {"username": "agent1", "code": "483920"})):
        answer = visitor.client.post(path, data={"csrf_token": "0" * 64, **typed}, headers={"Origin": "http://localhost"})
        assert answer.status_code == 403
        assert "页面已过期" in answer.text
        assert "请确认发送" not in answer.text
        assert "483920" not in answer.text


def test_what_holds_no_words_or_a_password_goes_to_the_log_in(designer: Visitor) -> None:
    assert designer.post("/plan/edit").location == "/login"
    assert designer.post("/plan/edit", text=" ").location == "/login"
    assert designer.post("/plan/edit", text=LONG, new_password="secret").location == "/login"
    assert designer.post("/plan/edit", htmx=True, text=LONG).headers["HX-Redirect"] == "/login"
    assert designer.get("/plan/edit", **HTMX).headers["HX-Redirect"] == "/login"
    assert designer.get("/plan/edit").location == "/login?next=%2Fplan%2Fedit"


def test_a_kept_form_can_be_read_in_english(designer: Visitor) -> None:
    designer.client.get("/login?lang=en")
    assert "Your session has ended" in designer.post("/plan/edit", text=LONG).text
