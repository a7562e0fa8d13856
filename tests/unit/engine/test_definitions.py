from dataclasses import replace

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from engine.actor import SYSTEM
from engine.decisions import Decisions
from engine.definitions import bundles, queries
from engine.definitions.files import SourceFile
from engine.definitions.models import Bundle, Definition, DefinitionFile
from engine.definitions.services import Deployment, NotADraft, NotPublished, OwnWork, deploy, publish, retire
from engine.errors import NotFound
from tests.unit.engine.diagrams import END, START, call, diagram, road, rule_task, simple, table, user
from tests.unit.engine.vocabulary import catalogue, registry

FORM = '{"id": "%s", "type": "default", "title": "%s", "components": [{"key": "outcome", "label": "结果", "type": "textfield"}]}'
VISIT = diagram(START, user("visit", form="visit-form"), END, road("S", "visit", "E"), key="return_visit")
CASE = diagram(
    START,
    user("register", form="case-form"),
    rule_task("R", "colour"),
    call("V", "return_visit"),
    END,
    road("S", "register", "R", "V", "E"),
    key="complaint",
    properties={"startMessages": "WoDone"},
)


def form(identifier: str, title: str = "登记") -> SourceFile:
    return SourceFile(f"{identifier}.json", (FORM % (identifier, title)).encode())


def colour(answer: str = '"green"') -> SourceFile:
    return SourceFile("colour.dmn", table(("> 7", '"red"'), ("", answer)))


def everything() -> list[SourceFile]:
    return [SourceFile("c.bpmn", CASE), SourceFile("v.bpmn", VISIT), colour(), form("case-form"), form("visit-form")]


def bring(session: Session, *files: SourceFile, author: str = "designer1", **options: bool) -> Deployment:
    empty = replace(catalogue(), forms={})
    return deploy(session, files, author, catalogue=empty, **options)


def status(session: Session) -> dict[tuple[str, int], str]:
    return {(one.key, one.version): one.status for one in session.scalars(select(Definition))}


def test_the_systems_own_diagrams_are_published_at_once(session: Session) -> None:
    done = bring(session, *everything(), author=SYSTEM.id, publish=True)
    assert not done.refused
    assert {(one.key, one.version, one.kind, one.status, one.new) for one in done.definitions} == {
        ("complaint", 1, "process", "published", True),
        ("return_visit", 1, "process", "published", True),
        ("colour", 1, "decision", "published", True),
        ("case-form", 1, "form", "published", True),
        ("visit-form", 1, "form", "published", True),
    }


def test_a_bundle_holds_all_a_process_needs(session: Session) -> None:
    bring(session, *everything(), author=SYSTEM.id, publish=True)
    parts = bundles.sources(session, bundles.latest(session, "complaint"))
    assert parts.process_key == "complaint"
    assert parts.versions == {"complaint": 1, "return_visit": 1}
    assert parts.bpmn == (CASE, VISIT)
    assert parts.dmn == (colour().content,)
    assert {key: body["title"] for key, body in parts.forms.items()} == {"case-form": "登记", "visit-form": "登记"}
    assert parts.start_messages == ("WoDone",)
    assert bundles.sources(session, bundles.latest(session, "return_visit")).bpmn == (VISIT,)


def test_a_message_starts_the_processes_that_name_it(session: Session) -> None:
    bring(session, *everything(), author=SYSTEM.id, publish=True)
    assert bundles.starters(session, "WoDone") == ["complaint"]
    assert bundles.starters(session, "DueChanged") == []


def test_the_same_files_again_change_nothing(session: Session) -> None:
    first = bring(session, *everything(), author=SYSTEM.id, publish=True)
    before = bundles.latest(session, "complaint")
    again = bring(session, *everything(), author=SYSTEM.id, publish=True)
    assert [(one.key, one.version) for one in again.definitions] == [(one.key, one.version) for one in first.definitions]
    assert not any(one.new for one in again.definitions)
    assert bundles.latest(session, "complaint") == before
    assert session.scalar(select(func.count()).select_from(DefinitionFile)) == 5


def test_a_new_form_gives_every_process_that_shows_it_a_new_bundle(session: Session) -> None:
    bring(session, *everything(), author=SYSTEM.id, publish=True)
    old = bundles.latest(session, "complaint")
    old_visit = bundles.latest(session, "return_visit")
    bring(session, form("visit-form", "回访"))
    assert bundles.latest(session, "complaint") == old
    publish(session, "visit-form", 2, "designer2")
    new = bundles.latest(session, "complaint")
    assert new != old
    assert bundles.latest(session, "return_visit") != old_visit
    assert bundles.sources(session, new).forms["visit-form"]["title"] == "回访"
    assert bundles.sources(session, old).forms["visit-form"]["title"] == "登记"
    assert bundles.sources(session, new).versions == {"complaint": 1, "return_visit": 1}


def test_a_new_called_process_gives_its_callers_a_new_bundle(session: Session) -> None:
    bring(session, *everything(), author=SYSTEM.id, publish=True)
    changed = VISIT.replace('name="办结"'.encode(), 'name="满意"'.encode())
    bring(session, SourceFile("v.bpmn", changed))
    publish(session, "return_visit", 2, "designer2")
    assert bundles.sources(session, bundles.latest(session, "complaint")).versions == {"complaint": 1, "return_visit": 2}


def test_nobody_publishes_their_own_work_but_the_system(session: Session) -> None:
    bring(session, SourceFile("v.bpmn", VISIT), form("visit-form"))
    with pytest.raises(OwnWork):
        publish(session, "return_visit", 1, "designer1")
    with pytest.raises(OwnWork):
        bring(session, form("other"), publish=True)
    publish(session, "return_visit", 1, "designer2")
    published = queries.version(session, "return_visit", 1)
    assert (published.status, published.author, published.approver) == ("published", "designer1", "designer2")


def test_publishing_a_process_takes_its_parts_of_the_same_deployment_along(session: Session) -> None:
    bring(session, *everything(), form("stranger"))
    gone = publish(session, "complaint", 1, "designer2")
    assert {one.key for one in gone} == {"complaint", "return_visit", "colour", "case-form", "visit-form"}
    assert status(session)["stranger", 1] == "draft"
    assert bundles.sources(session, bundles.latest(session, "complaint")).versions == {"complaint": 1, "return_visit": 1}


def test_a_process_whose_form_came_apart_and_is_not_published_cannot_be_published(session: Session) -> None:
    bring(session, form("visit-form"))
    bring(session, SourceFile("v.bpmn", VISIT))
    with pytest.raises(bundles.MissingPart) as caught:
        publish(session, "return_visit", 1, "designer2")
    assert caught.value.details == {"key": "visit-form", "kind": "form"}


def test_only_drafts_are_published_and_only_published_versions_retired(session: Session) -> None:
    bring(session, form("visit-form"))
    with pytest.raises(NotPublished):
        retire(session, "visit-form", 1, "designer2")
    publish(session, "visit-form", 1, "designer2")
    with pytest.raises(NotADraft):
        publish(session, "visit-form", 1, "designer2")
    with pytest.raises(NotFound):
        publish(session, "visit-form", 2, "designer2")
    with pytest.raises(NotFound):
        publish(session, "nowhere", 1, "designer2")


def test_retiring_a_version_brings_the_one_before_back(session: Session) -> None:
    bring(session, *everything(), author=SYSTEM.id, publish=True)
    first = bundles.latest(session, "return_visit")
    bring(session, SourceFile("v.bpmn", VISIT.replace('name="办结"'.encode(), 'name="满意"'.encode())))
    publish(session, "return_visit", 2, "designer2")
    assert bundles.latest(session, "return_visit") != first
    retire(session, "return_visit", 2, "designer2")
    assert bundles.latest(session, "return_visit") == first
    assert bundles.sources(session, bundles.latest(session, "complaint")).versions["return_visit"] == 1


def test_what_a_published_process_needs_cannot_be_retired(session: Session) -> None:
    bring(session, *everything(), author=SYSTEM.id, publish=True)
    with pytest.raises(bundles.MissingPart):
        retire(session, "visit-form", 1, "designer2")


def test_a_retired_process_starts_no_more(session: Session) -> None:
    bring(session, *everything(), author=SYSTEM.id, publish=True)
    retire(session, "complaint", 1, "designer2")
    assert bundles.starters(session, "WoDone") == []
    with pytest.raises(NotFound):
        bundles.latest(session, "complaint")
    again = bring(session, SourceFile("c.bpmn", CASE))
    assert [(one.key, one.version, one.status) for one in again.definitions] == [("complaint", 2, "draft")]


def test_one_wrong_file_refuses_the_whole_deployment(session: Session) -> None:
    done = bring(session, *everything(), SourceFile("x.bpmn", b"nonsense"))
    assert done.refused
    assert done.definitions == ()
    assert status(session) == {}


def test_a_dry_run_tells_the_versions_and_keeps_nothing(session: Session) -> None:
    bring(session, form("visit-form"))
    done = bring(session, form("visit-form", "回访"), SourceFile("v.bpmn", VISIT), dry_run=True)
    assert [(one.key, one.version, one.new) for one in done.definitions] == [("visit-form", 2, True), ("return_visit", 1, True)]
    assert status(session) == {("visit-form", 1): "draft"}


def test_a_new_diagram_may_refer_to_what_is_deployed_already(session: Session) -> None:
    bring(session, form("visit-form"))
    assert not bring(session, SourceFile("v.bpmn", VISIT)).refused
    missing = bring(session, SourceFile("c.bpmn", CASE))
    assert {finding.rule for finding in missing.findings if finding.is_error} == {"unknown-form", "unknown-decision"}


def test_a_key_keeps_its_kind(session: Session) -> None:
    bring(session, form("visit-form"))
    done = bring(session, SourceFile("v.bpmn", simple(key="visit-form").replace(b"demo-form", b"visit-form")))
    assert "key-of-another-kind" in {finding.rule for finding in done.findings}


def test_the_files_are_kept_as_they_came_with_the_warnings_they_gave(session: Session) -> None:
    bring(session, SourceFile("v.bpmn", VISIT.replace('name="办结"'.encode(), b"")), form("visit-form"))
    definition = queries.version(session, "return_visit", 1)
    assert queries.content(session, definition).startswith(b'<?xml version="1.0"')
    assert [warning["rule"] for warning in definition.warnings] == ["unnamed"]
    assert [one.version for one in queries.versions(session, "return_visit")] == [1]
    assert [one.key for one in queries.all_versions(session, "form")] == ["visit-form"]


def test_only_one_bundle_of_a_process_is_current(session: Session) -> None:
    bring(session, *everything(), author=SYSTEM.id, publish=True)
    for number in range(2, 5):
        bring(session, form("case-form", f"第{number}版"))
        publish(session, "case-form", number, "designer2")
    current = session.scalars(select(Bundle).where(Bundle.process_key == "complaint", Bundle.current)).all()
    assert [bundle.parts["form"]["case-form"] for bundle in current] == [4]


def test_a_decision_is_taken_by_the_latest_published_table(session: Session) -> None:
    decisions = Decisions(registry())
    with pytest.raises(NotFound):
        decisions.evaluate(session, "colour", {"days": 8})
    bring(session, colour(), author=SYSTEM.id, publish=True)
    assert decisions.evaluate(session, "colour", {"days": 8}) == {"colour": "red"}
    bring(session, colour('"blue"'))
    assert decisions.evaluate(session, "colour", {"days": 1}) == {"colour": "green"}
    publish(session, "colour", 2, "designer2")
    assert decisions.evaluate(session, "colour", {"days": 1}) == {"colour": "blue"}


def test_a_thousand_lights_ask_the_database_once(session: Session) -> None:
    bring(session, colour(), author=SYSTEM.id, publish=True)
    decisions = Decisions(registry())
    statements: list[str] = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    assert [decisions.evaluate(session, "colour", {"days": days})["colour"] for days in range(1000)].count("red") == 992
    assert len(statements) == 4
    session.commit()
    statements.clear()
    decisions.evaluate(session, "colour", {"days": 1})
    assert [text for text in statements if "FROM definition_epoch" not in text] in ([], ["BEGIN IMMEDIATE"]), "only whether it still holds"
