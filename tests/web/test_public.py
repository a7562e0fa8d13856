"""The citizen's page and the demo's mailbox."""

from api.web import strangers
from tests.web.conftest import Admit
from tests.web.visitor import COMPLAINT, Visitor, shown_token


def test_number_and_code_show_the_progress_without_names(admit: Admit, stranger: Visitor) -> None:
    case_no, code = admit("agent1").open_case()
    stranger.get("/query")
    answer = stranger.post("/query", case_no=case_no.lower(), code=code)
    assert answer.status_code == 200
    assert case_no in answer.text
    assert "已受理" in answer.text
    assert "agent1" not in answer.text
    assert COMPLAINT["name"] not in answer.text


def test_a_wrong_code_and_an_unknown_number_look_alike(admit: Admit, stranger: Visitor) -> None:
    case_no, code = admit("agent1").open_case()
    stranger.get("/query")
    wrong = stranger.post("/query", case_no=case_no, code="x" + code)
    unknown = stranger.post("/query", case_no="TS00000000NOTHERE0", code=code)
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace(case_no, "") == unknown.text.replace("TS00000000NOTHERE0", "")


def test_five_wrong_codes_close_the_query_also_for_the_right_one(admit: Admit, stranger: Visitor) -> None:
    case_no, code = admit("agent1").open_case()
    stranger.get("/query")
    for _ in range(5):
        stranger.post("/query", case_no=case_no, code="wrong")
    answer = stranger.post("/query", case_no=case_no, code=code)
    assert answer.status_code == 422
    assert "15" in answer.text


def test_a_citizen_in_a_restored_browser_fills_in_the_code_again_and_is_answered(admit: Admit, stranger: Visitor) -> None:
    case_no, code = admit("agent1").open_case()
    stranger.get("/query")
    stranger.client.delete_cookie(strangers.COOKIE)
    again = stranger.post("/query", case_no=case_no, code=code)
    assert again.status_code == 403
    assert "页面已过期" in again.text
    assert f'value="{case_no}"' in again.text
    assert code not in again.text
    assert "已受理" not in again.text
    assert "已受理" in stranger.post("/query", case_no=case_no, code=code, csrf_token=shown_token(again)).text


def test_the_code_is_never_part_of_an_address(stranger: Visitor) -> None:
    page = stranger.get("/query?code=123456&case_no=TS1")
    assert "123456" not in page.text
    assert 'method="post" action="/query"' in page.text


def test_the_mailbox_is_for_the_centre_only(admit: Admit) -> None:
    assert admit("agent1").get("/mailbox").status_code == 200
    assert admit("unit_water").get("/mailbox").status_code == 403
