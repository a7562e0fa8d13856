"""Units, citizens, areas, the taxonomy and the audit register."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.context import Agenda, Context
from engine.errors import Invalid
from engine.registry import Registry
from forms.check import check
from processes.registry import sources
from processes.registry.accounts.services import add
from processes.registry.areas.services import area, areas, city_name
from processes.registry.audit.services import entries, record
from processes.registry.citizens import services as citizens
from processes.registry.citizens.errors import BadCitizen, NoSuchCitizen
from processes.registry.citizens.masking import mask_name, mask_phone
from processes.registry.taxonomy.services import classes, matter_class, of_level
from processes.registry.units import services as units
from processes.registry.units.errors import NoSuchUnit, UnitExists
from processes.registry.units.services import NewUnit

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def quick(sqlite_database: Engine) -> Iterator[Session]:
    """A session for rules that no database can change."""
    with Session(sqlite_database, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def water(session: Session) -> str:
    units.register_unit(session, NewUnit("water", "自来水公司", "Water works", "029-33210000", "https://oa.example/orders"))
    return "water"


def test_a_unit_gets_its_callback_secret_once_and_it_is_sealed(session: Session, water: str) -> None:
    secret = units.new_callback_secret(session, water)
    prefix, encoded = secret.split("_", 1)
    assert (prefix, len(base64.b64decode(encoded))) == ("whsec", 32)
    assert units.callback_secret(session, water) == secret
    kept = session.scalar(text("select callback_secret from unit"))
    assert encoded.encode() not in bytes(kept)
    assert units.new_callback_secret(session, water) != secret


def test_a_unit_without_a_secret_has_none(session: Session, water: str) -> None:
    assert units.callback_secret(session, water) is None
    assert units.callback_secret(session, "nowhere") is None
    with pytest.raises(NoSuchUnit):
        units.new_callback_secret(session, "nowhere")


def test_a_unit_s_code_is_given_once(session: Session, water: str) -> None:
    with pytest.raises(UnitExists):
        units.register_unit(session, NewUnit(water, "另一个"))


@pytest.mark.parametrize(
    ("unit", "field"),
    [
        (NewUnit("Water Works", "自来水"), "code"),
        (NewUnit("x" * 25, "自来水"), "code"),
        (NewUnit("w", " "), "name"),
        (NewUnit("w", "自来水", phone="3321"), "phone"),
        (NewUnit("w", "自来水", oa_url="ftp://oa.example"), "oa_url"),
        (NewUnit("w", "自来水", oa_url="http://[oa"), "oa_url"),
    ],
)
def test_what_is_wrong_with_a_unit_is_named(quick: Session, unit: NewUnit, field: str) -> None:
    with pytest.raises(Invalid) as raised:
        units.register_unit(quick, unit)
    assert set(raised.value.errors) == {field}


def test_a_unit_out_of_use_takes_no_orders_but_keeps_its_name(session: Session, water: str) -> None:
    units.unit_of(session, water).active = False
    session.flush()
    assert units.active_units(session) == []


def test_a_citizen_is_remembered_once_however_the_phone_is_written(session: Session) -> None:
    first = citizens.remember(session, "王小明", "13800138000", NOW)
    assert citizens.remember(session, " 王小明 ", "+86 138-0013-8000", NOW) == first
    assert citizens.remember(session, "李丽", "13800138000", NOW) != first
    assert [citizen.name for citizen in citizens.with_phone(session, "138 0013 8000")] == ["王小明", "李丽"]
    assert citizens.with_phone(session, "没有") == []


def test_names_and_phones_are_not_readable_in_the_database(session: Session) -> None:
    known = citizens.citizen_of(session, citizens.remember(session, "王小明", "13800138000", NOW))
    row = session.execute(text("select name, phone, name_index, phone_index from citizen")).one()
    assert (known.name, known.phone) == ("王小明", "13800138000")
    for value in row:
        raw = value.encode() if isinstance(value, str) else bytes(value)
        assert "王小明".encode() not in raw
        assert b"13800138000" not in raw


def test_a_citizen_needs_a_name_and_a_phone(quick: Session) -> None:
    with pytest.raises(BadCitizen) as raised:
        citizens.remember(quick, " ", "12", NOW)
    assert set(raised.value.errors) == {"name", "phone"}
    with pytest.raises(NoSuchCitizen):
        citizens.citizen_of(quick, 7)


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800138000", "138****8000"),
        ("+8613800138000", "138****8000"),
        ("138 0013 8000", "138****8000"),
        ("029-33210000", "029-****0000"),
        ("02933210000", "029-****0000"),
        ("0910-3210000", "0910-****0000"),
        ("4006001234", "400****1234"),
        ("12345", "1***5"),
        ("110", "1*0"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_masked_phone_can_be_recognised_but_not_called(phone: str | None, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("name", "masked"), [("王小明", "王**"), ("张三", "张*"), ("李", "李"), ("John Smith", "J****"), ("", ""), (None, "")]
)
def test_a_masked_name_keeps_the_surname(name: str | None, masked: str) -> None:
    assert mask_name(name) == masked


def test_the_city_is_a_real_one_with_its_districts_and_streets() -> None:
    assert city_name() == "咸阳市"
    assert [len([found for found in areas() if len(found.code) == size]) for size in (6, 9)] == [14, 142]
    street = area("610402001")
    assert street is not None
    assert street.full_name == "秦都区人民路街道"
    assert area("110101") is None


def test_the_taxonomy_has_four_levels_twenty_classes_and_hundreds_below() -> None:
    assert [len(of_level(level)) for level in (1, 2, 3)] == [20, 80, 161]
    assert len(classes()) - 20 >= 300
    codes = [found.code for found in classes()]
    assert len(codes) == len(set(codes))
    assert all(code.isascii() and len(code) <= 16 for code in codes)
    assert all(found.code.startswith(_parent(found.code)) for found in classes())
    found = matter_class("water-211")
    assert found is not None
    assert found.path == ("供水", "停水", "计划停水", "停水时间咨询")
    assert matter_class("nothing") is None


def _parent(code: str) -> str:
    return code.partition("-")[0]


def test_every_value_source_offers_choices_that_a_form_takes(session: Session, water: str) -> None:
    add(session, "expert1", "correct horse battery", groups=["expert"], display_name="周明", work_number="8001")
    registry = Registry()
    sources.register(registry)
    context = Context(session, NOW, Actor("agent1"), cast(Agenda, None), 1, "complaint", "C1", "register", {}, {}, {})
    for key in ("units", "areas", "experts", "classes", "classes_l2", "classes_l3", "classes_l4"):
        choices = list(registry.value_sources[key](context))
        component = {"key": "a", "label": "甲", "type": "select", "values": choices}
        assert check({"id": "f", "components": [component]}) == [], key
    assert list(registry.value_sources["experts"](context)) == [{"value": "expert1", "label": "周明（8001）"}]
    assert registry.value_sources["units"](context)[0]["value"] == water


def test_the_register_says_who_did_what_newest_first(session: Session, clock: object) -> None:
    agent, auditor = Actor("agent1"), Actor("auditor1")
    record(session, agent, "case.viewed", "C1")
    record(session, agent, "case.refused", "C2", {"groups": ["unit:water"]})
    record(session, auditor, "case.viewed", "C2")
    assert [(entry.actor, entry.action) for entry in entries(session, subject="C2")] == [
        ("auditor1", "case.viewed"),
        ("agent1", "case.refused"),
    ]
    refused = entries(session, actor="agent1", action="case.refused")[0]
    assert (refused.detail, refused.at) == ({"groups": ["unit:water"]}, NOW)
    assert [entry.object for entry in entries(session, before=refused.id)] == ["C1"]
    assert len(entries(session, limit=1)) == 1
