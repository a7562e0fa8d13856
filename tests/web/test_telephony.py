"""The pages of telephony without a browser: who may see them, and where they lead."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import orjson
import pytest
from sqlalchemy import select, update

from api.auth import guard, tokens
from api.auth.models import AccessToken
from api.product import Product
from engine import clock
from engine.actor import SYSTEM
from engine.instances.models import Instance
from engine.workitems.models import WorkItem
from processes.contacts import services as contacts
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewContact, NewElder
from telephony.calls.models import PhoneLeg
from telephony.calls.values import AGENT, LISTENER, THIRD, Leg
from telephony.seats import services as seats
from tests.bench import statements
from tests.contract.api.telephony.rows import NUMBER, Rows
from tests.fixtures.product import SEAT_SECRET
from tests.web.visitor import COMPLAINT, HTMX, Visitor

Admit = Callable[[str], Visitor]


@pytest.fixture
def rows(telephone: Product) -> Rows:
    """Rows in its database."""
    return Rows(telephone.sessions)


def test_without_an_exchange_there_is_no_telephony_on_the_pages(sqlite_product: Product) -> None:
    leader = Visitor(sqlite_product, "team_leader1")
    for path in ("/seat", "/board", "/calls"):
        assert leader.get(path).status_code == 404
        assert f'href="{path}"' not in leader.get("/inbox").text


def test_everybody_finds_in_the_navigation_what_they_may_enter(telephone: Product) -> None:
    expected = {"agent1": ("/seat", "/calls"), "team_leader1": ("/seat", "/calls", "/board"), "quality1": ("/calls",), "unit_water": ()}
    for username, allowed in expected.items():
        visitor = Visitor(telephone, username)
        page = visitor.get("/inbox").text
        for path in ("/seat", "/calls", "/board"):
            assert (f'href="{path}"' in page) == (path in allowed), (username, path)
            assert visitor.get(path).status_code == (200 if path in allowed else 403)


def test_the_seat_is_worked_without_scripts(telephone: Product) -> None:
    agent = Visitor(telephone, "agent1")
    agent.get("/seat")
    assert agent.post("/seat/sign-in", where="desk", endpoint="1001", queues="general").location == "/seat"
    assert "置忙" in agent.get("/seat").text
    agent.post("/seat/ready")
    page = agent.get("/seat").text
    assert "空闲" in page
    assert SEAT_SECRET not in page
    wrong = agent.post("/seat/call", number="call")
    assert wrong.status_code == 422
    assert "号码只能是 2 到 18 位数字" in wrong.text
    assert agent.post("/seat/not-ready", reason="meal").status_code == 303
    assert "就餐" in agent.get("/seat").text
    assert agent.post("/seat/sign-out").status_code == 303


def test_a_seat_that_is_taken_is_said_with_who_has_it(telephone: Product, rows: Rows) -> None:
    rows.seat("team_leader1")
    agent = Visitor(telephone, "agent1")
    agent.get("/seat")
    answer = agent.post("/seat/sign-in", htmx=True, where="desk", endpoint="1001", queues="general")
    assert answer.status_code == 409
    assert "该话机已有人签入" in answer.text
    assert "team_leader1" in answer.text
    assert "<html" not in answer.text


def test_the_form_of_an_answered_call_is_the_intakes_task_and_a_new_case_before_that(telephone: Product, rows: Rows) -> None:
    call_id = rows.talking()
    agent = Visitor(telephone, "agent1")
    before = agent.get(f"/seat/calls/{call_id}/form")
    assert before.location == f"/seat/calls/{call_id}/new-case"
    assert f'value="{NUMBER}"' in agent.get(before.location).text
    assert Visitor(telephone, "team_leader1").get(before.location).status_code == 403
    received = {"call_id": call_id, "service": "12345", "queue": "general"}
    telephone.engine.transact(SYSTEM, lambda work: work.throw("CallReceived", received))
    telephone.engine.transact(SYSTEM, lambda work: work.throw("CallAnswered", {"call_id": call_id, "agent": "agent1"}))
    task = agent.get(f"/seat/calls/{call_id}/form").location
    assert task.startswith("/tasks/")
    assert "受理登记" in agent.get(task).text or "登记" in agent.get(task).text
    assert f'data-task="{task.removeprefix("/tasks/")}"' in agent.get("/seat").text


def test_the_seat_is_reminded_of_an_open_form_until_it_is_done(telephone: Product, rows: Rows) -> None:
    call_id = rows.past()
    rows.seat("agent1")
    received = {"call_id": call_id, "service": "12345", "queue": "general"}
    telephone.engine.transact(SYSTEM, lambda work: work.throw("CallReceived", received))
    telephone.engine.transact(SYSTEM, lambda work: work.throw("CallAnswered", {"call_id": call_id, "agent": "agent1"}))
    agent = Visitor(telephone, "agent1")
    assert 'id="reminder"' not in agent.get("/seat").text
    assert rows.write(lambda session: seats.remind(session, "agent1", call_id, clock.now()))
    page = agent.get("/seat/panel").text
    assert 'id="reminder"' in page
    assert f'href="/seat/calls/{call_id}/form"' in page
    assert "139****1111" in page
    assert NUMBER not in page
    assert "A call is not taken down yet" in agent.get("/seat?lang=en").text
    rows.write(lambda session: session.execute(update(WorkItem).where(WorkItem.business_key == call_id).values(state="completed")))
    assert 'id="reminder"' not in agent.get("/seat").text


def test_a_case_opened_from_a_call_without_an_intake_belongs_to_that_call(telephone: Product, rows: Rows) -> None:
    call_id = rows.talking()
    sound = rows.recording(call_id)
    agent = Visitor(telephone, "agent1")
    form = agent.get(agent.get(f"/seat/calls/{call_id}/form").location)
    assert f'name="call" value="{call_id}"' in form.text
    again = agent.post("/cases/new", {**COMPLAINT, "title": ""}, call=call_id)
    assert again.status_code == 422
    assert f'name="call" value="{call_id}"' in again.text
    opened = agent.post("/cases/new", COMPLAINT, call=call_id)
    assert opened.status_code == 201
    case_no = opened.text.split('class="big-number">')[1].split("<", 1)[0]
    with telephone.engine.read() as session:
        assert contacts.calls_of(session, case_no) == [call_id]
        state = session.scalars(select(Instance.state).where(Instance.business_key == case_no)).one()
        assert call_id in str(orjson.loads(state))
    api = "/api/v1/telephony"
    assert agent.get(f"{api}/calls/{call_id}").get_json()["case_no"] == case_no
    assert [one["case_no"] for one in agent.get(f"{api}/calls").get_json()["items"]] == [case_no]
    assert agent.get(f"{api}/pop").get_json()["call"]["case_no"] == case_no
    assert [one["name"] for one in agent.get(f"{api}/recordings?case_no={case_no}").get_json()["items"]] == [sound]
    rows.talking()
    assert [one["case_no"] for one in agent.get(f"{api}/pop").get_json()["call"]["calls"]] == [case_no]


def _rings(telephone: Product, call_id: str) -> None:
    received = {"call_id": call_id, "service": "12345", "queue": "general"}
    telephone.engine.transact(SYSTEM, lambda work: work.throw("CallReceived", received))


def _answers(telephone: Product, call_id: str) -> None:
    answered = {"call_id": call_id, "agent": "agent1"}
    telephone.engine.transact(SYSTEM, lambda work: work.throw("CallAnswered", answered))


def _add(rows: Rows, leg: PhoneLeg) -> None:
    rows.write(lambda session: session.add(leg))


def test_the_intake_knows_the_callers_classes(telephone: Product, rows: Rows) -> None:
    case_no = Visitor(telephone, "agent1").open_case(phone=NUMBER)[0]
    leader = Visitor(telephone, "shift_leader1")
    leader.get(f"/cases/{case_no}")
    assert leader.post(f"/cases/{case_no}/classes", classes=["vip", "important"]).status_code == 303
    known, unknown = rows.talking(), rows.talking(number="13900002222")
    for call_id in (known, unknown):
        _rings(telephone, call_id)
    with telephone.engine.read() as session:
        states = [session.scalars(select(Instance.state).where(Instance.business_key == one)).one() for one in (known, unknown)]
    told = [str(orjson.loads(state)) for state in states]
    assert "['vip', 'important']" in told[0]
    assert "'classes': []" in told[1]
    page = Visitor(telephone, "agent1").get("/seat").text
    assert "VIP客户" not in page, "that call is of another number"


def test_a_case_is_linked_with_nobody_elses_call(telephone: Product, rows: Rows) -> None:
    agent, strangers = Visitor(telephone, "agent1"), rows.talking("team_leader1", seat="1003")
    cases = len(agent.get("/api/v1/cases").get_json()["items"])
    for call_id, status in ((strangers, 403), ("cnothing", 404)):
        agent.get("/cases/new")
        assert agent.post("/cases/new", COMPLAINT, call=call_id).status_code == status
        assert agent.get(f"/seat/calls/{call_id}/new-case").status_code == status
    assert len(agent.get("/api/v1/cases").get_json()["items"]) == cases
    with telephone.engine.read() as session:
        assert contacts.cases_of(session, strangers) == []


def test_who_handed_a_call_on_may_still_open_the_case_of_it_but_not_who_only_listened(telephone: Product, rows: Rows) -> None:
    legs = {who: Leg(who, role, 1, who=who, up=2, ended=3) for who, role in (("agent1", AGENT), ("shift_leader1", LISTENER))}
    live, over = rows.talking("team_leader1", seat="1003", legs=legs), rows.past("team_leader1")
    for number, (who, role) in enumerate((("agent1", THIRD), ("shift_leader1", LISTENER))):
        facts = {"created_at": clock.now(), "up_at": clock.now(), "ended_at": clock.now(), "cause": 16, "talked_ms": 1}
        _add(rows, PhoneLeg(id=f"{over}.{number}", call_id=over, role=role, agent=who, number="", **facts))
    for call_id in (live, over):
        assert Visitor(telephone, "agent1").get(f"/seat/calls/{call_id}/new-case").status_code == 200
        assert Visitor(telephone, "shift_leader1").get(f"/seat/calls/{call_id}/new-case").status_code == 403


def test_a_missed_call_leads_to_its_task_which_can_be_handed_on(telephone: Product, rows: Rows) -> None:
    rows.seat("agent1")
    call_id = rows.past(None)
    missed = {"call_id": call_id, "queue": "general", "caller": "0" * 32}
    telephone.engine.transact(SYSTEM, lambda work: work.throw("CallMissed", missed))
    leader = Visitor(telephone, "team_leader1")
    page = leader.get("/calls?outcome=abandoned", **HTMX).text
    assert "<html" not in page
    address = next(part.split('"')[0] for part in page.split('href="')[1:] if part.startswith("/tasks/"))
    assert "回拨" in page
    assert NUMBER not in page
    task = Visitor(telephone, "agent1").get(address)
    assert task.status_code == 200
    assert "/delegate" in task.text


def test_a_task_about_a_call_says_who_called_and_not_the_calls_id(telephone: Product, rows: Rows) -> None:
    rows.seat("agent1")
    seen, hidden = rows.waiting(), rows.waiting(number="")
    for call_id in (seen, hidden):
        _rings(telephone, call_id)
        _answers(telephone, call_id)
    agent = Visitor(telephone, "agent1")
    inbox = agent.get("/inbox").text
    assert "来电 139****1111" in inbox
    assert "来电 号码不显示" in inbox
    address = next(part.split('"')[0] for part in inbox.split('href="')[1:] if part.startswith("/tasks/"))
    page = agent.get(address).text
    assert '› <span class="nowrap">来电' in page
    task_id = address.removeprefix("/tasks/")
    told = agent.get(f"/inbox/arrived/{task_id}").text
    assert "来电" in told
    for text in (inbox, page, told):
        assert seen not in text
        assert hidden not in text
        assert NUMBER not in re.sub(r'value="[^"]*"', "", text)
    assert "Incoming call 139****1111" in agent.get("/inbox?lang=en").text


def test_an_emergency_says_that_it_is_for_now_and_is_the_first_of_all_tasks(telephone: Product) -> None:
    leader = Visitor(telephone, "shift_leader1")
    leader.open_case()
    before = leader.get("/inbox").text
    pressed = {"call_id": "1772413200.7", "device": "nobody-knows-it", "key": "2"}
    telephone.engine.transact(SYSTEM, lambda work: work.throw("PagerPressed", pressed))
    page = leader.get("/inbox").text
    assert ("立即办理" in before, page.count("立即办理")) == (False, 1)
    first = page.split('<tr id="t-')[1]
    assert "应急判断" in first
    assert "立即办理" in first
    assert "立即办理" in leader.get(f"/inbox/arrived/{first.partition(chr(34))[0]}").text


def _presses(telephone: Product, call_id: str, device: str = "P-9001") -> str:
    """The key of a pager in a call; answers the emergency's case."""
    pressed = {"call_id": call_id, "device": device, "key": "2"}
    telephone.engine.transact(SYSTEM, lambda work: work.throw("PagerPressed", pressed))
    with telephone.engine.read() as session:
        return contacts.cases_of(session, call_id)[0]


def test_who_answers_a_pager_is_led_to_the_emergency_and_not_to_a_form(telephone: Product, rows: Rows) -> None:
    elder = NewElder("赵奶奶", NUMBER, "P-9001", "人民路12号", area="610402", contacts=(NewContact("family", "赵大伟", "13900000001"),))
    telephone.engine.transact(SYSTEM, lambda work: elders.enrol(work.session, elder, work.now))
    call_id = rows.talking(kind="pager")
    case_no = _presses(telephone, call_id)
    _rings(telephone, call_id)
    _answers(telephone, call_id)
    agent = Visitor(telephone, "agent1")
    address = agent.get(f"/seat/calls/{call_id}/form").location
    task = agent.task(address.removeprefix("/tasks/"))
    assert (task["element_id"], task["case_no"]) == ("judge", case_no)
    page = agent.get(address).text
    assert "赵奶奶" in page
    assert "人民路12号" in page
    panel = agent.get("/seat").text
    assert f'data-task="{address.removeprefix("/tasks/")}" data-opens' in panel
    assert panel.count("应急判断</a>") == 1
    assert "立即办理" in panel
    assert "另登记一件" not in panel
    assert "Judge the emergency</a>" in agent.get("/seat?lang=en").text


def test_a_second_press_leads_to_looking_again_once_the_first_was_judged(telephone: Product, rows: Rows) -> None:
    first, second = rows.past(None, kind="pager"), rows.talking(kind="pager")
    case_no = _presses(telephone, first)
    agent = Visitor(telephone, "agent1")
    (judge,) = agent.tasks(case_no)
    assert agent.complete(judge["id"]).status_code == 303
    assert _presses(telephone, second) == case_no
    led = agent.task(agent.get(f"/seat/calls/{second}/form").location.removeprefix("/tasks/"))
    assert (led["element_id"], "keep_line" in [one["element_id"] for one in agent.tasks(case_no)]) == ("check_again", True)


def test_an_emergency_that_somebody_else_judges_leads_to_its_case(telephone: Product, rows: Rows) -> None:
    call_id = rows.talking("expert1", seat="1004", kind="pager")
    case_no = _presses(telephone, call_id)
    expert = Visitor(telephone, "expert1")
    assert expert.get(f"/seat/calls/{call_id}/form").location == f"/cases/{case_no}"
    assert "打开案件</a>" in expert.get("/seat").text


def test_who_calls_out_keeps_the_page_before_them_and_is_led_to_what_the_call_is_about(telephone: Product, rows: Rows) -> None:
    agent = Visitor(telephone, "agent1")
    case_no = agent.open_case(phone=NUMBER)[0]
    (task,) = agent.tasks(case_no)
    for who, seat, address in (("agent1", "1001", f"/tasks/{task['id']}"), ("visitor1", "1002", f"/cases/{case_no}")):
        call_id = rows.talking(who, seat=seat, kind="click", case_no=case_no)
        caller = Visitor(telephone, who)
        assert caller.get(f"/seat/calls/{call_id}/form").location == address
        page = caller.get("/seat").text
        assert ('id="open-form"' in page, "data-opens" in page) == (True, False)
        assert ("另登记一件" in page) == (who == "agent1")


@pytest.mark.parametrize("who", ["visitor1", "expert1", "care_clerk1", "supervisor1"])
def test_who_may_open_no_case_is_offered_none(telephone: Product, rows: Rows, who: str) -> None:
    rows.talking(who, kind="click")
    page = Visitor(telephone, who).get("/seat").text
    assert 'id="caller"' in page
    assert "data-form" not in page
    assert "open-form" not in page
    call_id = rows.talking("agent1", seat="1009")
    agent = Visitor(telephone, "agent1").get("/seat").text
    assert f'data-form="/seat/calls/{call_id}/form" data-task="" data-opens' in agent


def _used_last(rows: Rows, agent: Visitor, *, left: timedelta) -> Callable[[], datetime]:
    """The session of the only visitor was used last five minutes ago and has so much left; answers how to ask when it ends now."""

    def end() -> datetime:
        with agent.product.engine.read() as session:
            return session.scalars(select(AccessToken.expires_at)).one()

    now = clock.real_now()
    rows.write(lambda session: session.execute(update(AccessToken).values(seen_at=now - timedelta(minutes=5), expires_at=now + left)))
    cookie = agent.client.get_cookie(guard.COOKIE)
    assert cookie is not None
    agent.product.known.forget(tokens.digest(cookie.value))
    return end


@pytest.mark.parametrize("path", ["/seat/panel", "/seat/waiting"])
def test_who_is_signed_in_at_the_seat_is_not_logged_out_for_want_of_clicks(telephone: Product, rows: Rows, path: str) -> None:
    agent = Visitor(telephone, "agent1")
    end = _used_last(rows, agent, left=timedelta(minutes=1))
    before = end()
    assert agent.get(path, **HTMX).status_code == 200
    assert end() == before, "nobody is signed in"
    rows.seat("agent1", "not_ready", reason="meal")
    assert agent.get(path, **HTMX).status_code == 200
    assert end() > before + timedelta(minutes=20)


@pytest.mark.parametrize("path", ["/seat/panel", "/seat/waiting"])
def test_a_look_at_the_seat_reads_its_row_once(telephone: Product, rows: Rows, path: str) -> None:
    agent = Visitor(telephone, "agent1")
    rows.seat("agent1")
    agent.get(path, **HTMX)  # who asks is remembered from now on
    with statements.recorded(telephone.database) as pieces:
        pieces.append(statements.Transaction())
        assert agent.get(path, **HTMX).status_code == 200
    asked = [" ".join(text.split()) for text, _given, _many in pieces[0].statements]
    assert sum("FROM phone_seat WHERE phone_seat.agent = " in text for text in asked) == 1


def test_the_window_of_a_seat_whose_session_is_over_stays_and_says_so(telephone: Product, rows: Rows) -> None:
    rows.talking()
    agent = Visitor(telephone, "agent1")
    _used_last(rows, agent, left=timedelta(seconds=-1))
    answer = agent.get("/seat/waiting", **HTMX)
    assert answer.status_code == 401
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "HX-Redirect" not in answer.headers
    assert "登录已过期" in answer.text
    assert 'href="/login"' in answer.text
    refused = agent.post("/seat/not-ready", htmx=True, reason="meal")
    assert (refused.status_code, "登录已过期" in refused.text) == (401, True)
    assert agent.get("/inbox", **HTMX).headers["HX-Redirect"].startswith("/login")
    assert agent.get("/seat").location == "/login?next=%2Fseat"


def test_a_supervisor_has_a_call_picked_by_chance_and_hears_it_with_the_reason_filled_in(telephone: Product, rows: Rows) -> None:
    here = {"sha256": "0" * 64}
    calls = {agent: rows.past(agent) for agent in ("agent1", "team_leader1")}
    for agent, call_id in calls.items():
        rows.recording(call_id, agent, **here)
    supervisor = Visitor(telephone, "supervisor1")
    assert "抽一段" in supervisor.get("/calls").text
    picked = supervisor.get("/calls/sample?of=agent1&days=30")
    assert picked.location == f"/calls?days=30&of=agent1&sample={calls['agent1']}.r1"
    page = supervisor.get(picked.location).text
    assert page.count('<tr id="c-') == 1
    assert '<option value="30" selected>' in page
    assert '<details class="fold" open>' in page
    assert 'value="随机抽听"' in page
    assert "再抽一段" in page
    assert supervisor.get("/calls/sample?days=x").location.startswith("/calls?days=7&sample=")
    nothing = supervisor.get(supervisor.get("/calls/sample?of=nobody").location).text
    assert "这段时间里没有还没抽听过的录音" in nothing
    assert ('value="nobody"' in nothing, nothing.count('<tr id="c-')) == (True, 2)
    other = Visitor(telephone, "agent1")
    assert "随机抽听" not in other.get("/calls").text
    assert other.get("/calls/sample").status_code == 403
    assert "随机抽听" not in other.get(picked.location).text


@pytest.mark.usefixtures("clock")
def test_a_day_is_shown_by_the_hour_in_bars_and_numbers(telephone: Product, rows: Rows) -> None:
    rows.past(ago=timedelta(minutes=1))
    leader = Visitor(telephone, "team_leader1")
    assert 'href="/board/day"' in leader.get("/board").text
    page = leader.get("/board/day").text
    assert "共 1 个来电" in page
    assert page.count('class="bar-of"') == 1
    assert "<html" not in leader.get("/board/day?queue=general", **HTMX).text
    assert "这一天没有来电排队" in leader.get("/board/day?day=2020-01-01").text
    for odd in ("day=x", "day=0001-01-01", "day=9999-12-31", "queue=x"):
        assert leader.get(f"/board/day?{odd}").status_code == 200
    assert Visitor(telephone, "agent1").get("/board/day").status_code == 403


def _found(visitor: Visitor, path: str, htmx: bool = False, **typed: str) -> str:
    """What is shown after a search; without htmx, where its answer leads."""
    answer = visitor.post(path, htmx=htmx, **typed)
    return answer.text if htmx else visitor.get(answer.location).text


def _onward(page: str) -> str:
    """The address of a list's next page."""
    return unescape(re.findall(r'<nav class="pages"[^>]*><a [^>]*href="([^"]*)"', page)[0])


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_no_address_of_the_list_of_calls_carries_a_number(telephone: Product, rows: Rows, headers: dict[str, str]) -> None:
    for hours in range(1, 53):
        rows.past(ago=timedelta(hours=hours))
    rows.past(number="13900002222", ago=timedelta(hours=60))
    leader = Visitor(telephone, "team_leader1")
    form = leader.get("/calls").text
    assert 'class="filters" method="post"' in form
    assert leader.client.post("/calls", data={"number": NUMBER}).status_code == 403, "nobody else makes one look"
    first = _found(leader, "/calls", bool(headers), number="+86 139 0000 1111", queue="general")
    assert first.count('<tr id="c-') == 50
    onward = _onward(first)
    assert "queue=general" in onward
    for part in (NUMBER, "1390000", "0000+1111"):
        assert part not in onward
    second = leader.get(onward, **headers).text
    assert second.count('<tr id="c-') == 2
    assert "139****2222" not in second
    assert NUMBER not in second
    assert ('› <span class="number">139****1111</span>' in second) == (not headers)
    assert leader.get("/calls?caller=nonsense").text.count('<tr id="c-') == 50


def test_no_address_of_the_blacklist_or_of_the_elders_carries_what_was_looked_for(telephone: Product, rows: Rows) -> None:
    leader = Visitor(telephone, "shift_leader1")
    for number in (NUMBER, "13900002222"):
        leader.get("/blacklist")
        assert leader.post("/blacklist", number=number, reason="一天骚扰二十次", days="7").status_code == 303
    page = leader.get("/blacklist").text
    assert 'class="filters" method="post" action="/blacklist/found"' in page
    found = _found(leader, "/blacklist/found", number=NUMBER)
    assert (found.count('id="b-'), "139****1111" in found) == (1, True)
    assert leader.get("/blacklist/found").location == "/blacklist"
    assert leader.get("/blacklist").text.count('id="b-') == 2
    for place in range(52):
        rows.elder(f"P-{place}", name=f"赵{place}")
    assert 'class="filters" method="post" action="/elders"' in leader.get("/elders").text
    first = _found(leader, "/elders", q=NUMBER, state="in_use")
    onward = _onward(first)
    assert (first.count('<tr id="e-'), NUMBER in onward, "state=in_use" in onward) == (50, False, True)
    second = leader.get(onward).text
    assert (second.count('<tr id="e-'), NUMBER in second) == (2, False)
