"""The recordings of a case on its page: who sees and hears them, and what they cost (T16)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.product import Product
from api.telephony.errors import NotYourRecording
from api.telephony.recordings import services as recordings
from engine import clock
from engine.actor import Actor
from engine.workitems.models import WorkItem
from processes.contacts import services as contacts
from telephony.recordings.archive import LOST
from telephony.recordings.models import VOICEMAIL, Listening
from telephony.worker.herald import TELEPHONY
from tests.bench import statements
from tests.contract.api.telephony.rows import NUMBER, Rows
from tests.web.visitor import HTMX, Visitor

WAVE = b"RIFF....WAVE"
MOST_STATEMENTS = 3
"""The calls linked with the case, their rows and those made for it, the recordings."""


@pytest.fixture
def rows(telephone: Product) -> Rows:
    """Rows in its database."""
    return Rows(telephone.sessions)


@pytest.fixture
def case_no(telephone: Product) -> str:
    """A case of agent1's."""
    return Visitor(telephone, "agent1").open_case()[0]


def _link(rows: Rows, call_id: str, case_no: str) -> None:
    rows.write(lambda session: contacts.link(session, call_id, case_no, clock.now()))


def _kept(rows: Rows, call_id: str, agent: str | None = "agent1", **changes: Any) -> str:
    """A recording that was fetched; answers its name."""
    return rows.recording(call_id, agent, **{"sha256": "0" * 64, **changes})


def _section(visitor: Visitor, case_no: str) -> str:
    page = visitor.get(f"/cases/{case_no}")
    assert page.status_code == 200
    _before, _mark, rest = page.text.partition('id="sounds"')
    return rest.partition("</section>")[0]


def test_a_recording_is_heard_on_the_case_page_for_a_reason_that_is_kept(
    telephone: Product, rows: Rows, case_no: str, tmp_path: Path
) -> None:
    call_id = rows.past(case_no=case_no)
    name = _kept(rows, call_id)
    (tmp_path / name[1:3]).mkdir()
    (tmp_path / name[1:3] / f"{name}.wav").write_bytes(WAVE)
    quality = Visitor(telephone, "quality1")
    section = _section(quality, case_no)
    assert [word for word in ("来电", "agent1", "12 秒", f'action="/calls/recordings/{name}"') if word not in section] == []
    assert NUMBER not in section
    assert "请写明理由" in quality.get(f"/calls/recordings/{name}?reason=x", **HTMX).text
    player = quality.get(f"/calls/recordings/{name}?reason=核查", **HTMX).text
    address = player.partition('src="')[2].partition('"')[0]
    assert quality.get(address).data == WAVE
    assert "attachment" in quality.get(f"{address}&download=true").headers["Content-Disposition"]
    with telephone.engine.read() as session:
        assert [(row.by, row.recording, row.reason) for row in session.scalars(select(Listening))] == [("quality1", name, "核查")] * 2


def test_only_who_may_hear_recordings_sees_them_and_an_agent_their_own(telephone: Product, rows: Rows) -> None:
    admin = Visitor(telephone, "admin")
    case_no = admin.open_case()[0]
    mine, others = rows.past(case_no=case_no), rows.past("team_leader1", case_no=case_no)
    own, foreign = _kept(rows, mine), _kept(rows, others, "team_leader1")
    for _ in range(5):
        task = admin.tasks(case_no)[0]
        if task["element_id"] == "ack":
            break
        assert admin.complete(task["id"]).status_code == 303
    unit = admin.client.get(f"/api/v1/cases/{case_no}").get_json()["work_orders"][0]["unit"]
    expected = {"agent1": {own}, "team_leader1": {own, foreign}, "quality1": {own, foreign}, "auditor1": set()}
    expected[f"unit_{unit}"] = {own, foreign}
    for username, names in expected.items():
        section = _section(Visitor(telephone, username), case_no)
        assert {name for name in (own, foreign) if name in section} == names, username
        assert bool(section) == bool(names), username


def test_each_recording_says_what_it_waits_for_and_the_first_call_comes_first(telephone: Product, rows: Rows, case_no: str) -> None:
    fetching = rows.past(ago=timedelta(hours=3), case_no=case_no)
    lost, message = rows.past(ago=timedelta(hours=2)), rows.past(None, ago=timedelta(hours=1))
    silent, live = rows.past(ago=timedelta(minutes=30), case_no=case_no), rows.talking()
    rows.recording(fetching)
    _kept(rows, lost, sha256=LOST)
    heard = _kept(rows, message, None, kind=VOICEMAIL)
    for call_id in (lost, message, live):
        _link(rows, call_id, case_no)
    section = _section(Visitor(telephone, "quality1"), case_no)
    places = [section.index(word) for word in ("处理中", "已丢失", "留言", heard, "通话中")]
    assert places == sorted(places)
    assert section.count("<li>") == 4
    assert silent not in section
    assert "通话中" in _section(Visitor(telephone, "agent1"), case_no)
    assert "通话中" not in _section(Visitor(telephone, "visitor1"), case_no)


def test_a_case_without_recordings_has_no_such_section(telephone: Product, rows: Rows, case_no: str) -> None:
    _kept(rows, rows.past())
    assert _section(Visitor(telephone, "quality1"), case_no) == ""


def test_a_call_that_nobody_linked_is_found_by_number_agent_and_time_and_said_to_be(telephone: Product, rows: Rows) -> None:
    case_no, foreign = (Visitor(telephone, "agent1").open_case(phone=NUMBER)[0] for _ in range(2))
    minutes = [timedelta(minutes=number) for number in (1, 5, 13, 40)]
    near = [rows.past(ago=ago) for ago in minutes[:2]]
    wrong = [rows.past(ago=minutes[2]), rows.past(ago=minutes[3]), rows.past(number="13900002222", ago=minutes[0])]
    wrong += [rows.past("team_leader1", ago=minutes[0]), rows.past(ago=minutes[0], case_no=foreign), rows.past(ago=minutes[0])]
    _link(rows, wrong[-1], foreign)
    names = {call_id: _kept(rows, call_id) for call_id in (*near, *wrong)}
    quality = Visitor(telephone, "quality1")
    section = _section(quality, case_no)
    assert [call_id for call_id, name in names.items() if name in section] == near
    assert section.count("按号码和时间匹配") == 2
    _link(rows, near[0], case_no)
    section = _section(quality, case_no)
    assert [call_id for call_id, name in names.items() if name in section] == near[:1], "an id is better than a guess"
    assert "按号码和时间匹配" not in section


def test_the_section_costs_three_statements_however_many_calls_there_are(telephone: Product, rows: Rows, case_no: str) -> None:
    quality, auditor = Visitor(telephone, "quality1"), Visitor(telephone, "auditor1")

    def cost(visitor: Visitor) -> int:
        _section(visitor, case_no)  # who asks is remembered from now on
        with statements.recorded(telephone.database) as pieces:
            pieces.append(statements.Transaction())
            _section(visitor, case_no)
        return pieces[0].count

    for _ in range(2):
        call_id = rows.past()
        _link(rows, call_id, case_no)
        _kept(rows, call_id)
    few = cost(quality)
    assert few - cost(auditor) == MOST_STATEMENTS
    for _ in range(20):
        _kept(rows, rows.past(case_no=case_no))
    assert cost(quality) == few


def test_without_an_exchange_there_are_no_recordings(sqlite_product: Product) -> None:
    case_no = Visitor(sqlite_product, "agent1").open_case()[0]
    rows = Rows(sqlite_product.sessions)
    _kept(rows, rows.past(case_no=case_no))
    assert _section(Visitor(sqlite_product, "quality1"), case_no) == ""


def test_a_message_is_heard_beside_the_task_to_hear_it_by_any_agent_and_by_no_unit(
    telephone: Product, rows: Rows, tmp_path: Path, case_no: str
) -> None:
    call_id = rows.past(None)
    name = _kept(rows, call_id, None, kind=VOICEMAIL)
    (tmp_path / name[1:3]).mkdir()
    (tmp_path / name[1:3] / f"{name}.wav").write_bytes(WAVE)
    payload = {"call_id": call_id, "recording": name, "queue": "general", "seconds": 12}
    telephone.engine.transact(TELEPHONY, lambda work: work.throw("VoicemailLeft", payload))
    with telephone.engine.read() as session:
        (task,) = session.scalars(select(WorkItem).where(WorkItem.business_key == call_id, WorkItem.element_id == "hear_voicemail"))
        page = f"/tasks/{task.instance_id}-{task.task_id}"
    agent = Visitor(telephone, "agent1")
    assert f'action="/calls/recordings/{name}"' in agent.get(page).text
    player = agent.get(f"/calls/recordings/{name}?reason=听取留言", **HTMX).text
    assert agent.get(player.partition('src="')[2].partition('"')[0]).data == WAVE
    assert name in agent.get("/api/v1/telephony/recordings").text
    with pytest.raises(NotYourRecording):
        recordings.check(telephone.engine, Actor("unit_water", frozenset({"unit:water"})), name)
