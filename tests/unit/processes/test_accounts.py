"""Accounts: who is whom for the engine, and logging in with lock-out."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock
from engine.actor import SYSTEM, Actor
from engine.errors import Invalid
from engine.registry import Registry
from engine.runtime.engine import Engine
from processes.registry.accounts import lockout, passwords
from processes.registry.accounts.errors import LockedOut, NameTaken, NoSuchAccount, WrongPassword
from processes.registry.accounts.login import authenticate
from processes.registry.accounts.models import Account, LoginFailure
from processes.registry.accounts.roles import ROLES
from processes.registry.accounts.services import active, actor_of, add, has_demo_accounts, members, set_active, set_password
from processes.registry.audit.services import entries
from processes.registry.units.services import NewUnit, register_unit

PASSWORD = "correct horse battery"


@pytest.fixture
def quick(sqlite_database: Database) -> Iterator[Session]:
    """A session for rules that no database can change."""
    with Session(sqlite_database, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def engine(sessions: sessionmaker[Session]) -> Engine:
    return Engine(sessions, Registry())


@pytest.fixture
def agent(engine: Engine) -> str:
    engine.transact(SYSTEM, lambda work: add(work.session, "agent1", PASSWORD, groups=["agent"], display_name="王小明"))
    return "agent1"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let real time pass."""
    moment = clock.real_now()

    def pass_by(span: timedelta) -> None:
        nonlocal moment
        moment += span
        monkeypatch.setattr(clock, "real_now", lambda: moment)

    pass_by(timedelta(0))
    return pass_by


def fail(engine: Engine, username: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(WrongPassword):
            authenticate(engine, username, "wrong")


def account(session: Session, *groups: str, demo: bool = False) -> Account:
    for code in ("water", "urban"):
        register_unit(session, NewUnit(code, code))
    return add(session, "someone", PASSWORD, groups=groups, display_name="某人", demo=demo)


def test_an_agent_acts_in_the_group_of_agents(quick: Session) -> None:
    actor = actor_of(account(quick, "agent"))
    assert actor == Actor("someone", frozenset({"agent"}))


def test_a_unit_s_people_belong_to_their_unit(quick: Session) -> None:
    assert actor_of(account(quick, "unit:water")).groups == {"unit", "unit:water"}


def test_a_unit_s_leader_is_one_of_its_people_too(quick: Session) -> None:
    assert actor_of(account(quick, "unit_leader:water")).groups == {"unit", "unit_leader", "unit:water", "unit_leader:water"}


def test_the_demo_administrator_holds_every_role_and_may_complete_any_task(quick: Session) -> None:
    actor = actor_of(account(quick, "admin", demo=True))
    assert actor.groups >= set(ROLES)
    assert actor.override


def test_a_real_administrator_only_administers(quick: Session) -> None:
    actor = actor_of(account(quick, "admin"))
    assert actor == Actor("someone", frozenset({"admin"}))


def test_production_can_see_that_demo_accounts_are_there(session: Session) -> None:
    account(session, "admin", demo=True)
    assert has_demo_accounts(session)
    set_password(session, "someone", "a better pass-phrase")
    assert not has_demo_accounts(session)


@pytest.mark.parametrize("groups", [[], ["boss"], ["unit"], ["unit:nowhere"], ["agent:water"], ["unit:"]])
def test_roles_and_units_that_do_not_exist_are_refused(quick: Session, groups: list[str]) -> None:
    with pytest.raises(Invalid) as raised:
        account(quick, *groups)
    assert set(raised.value.errors) == {"groups"}


def test_every_wrong_field_is_named(quick: Session) -> None:
    with pytest.raises(Invalid) as raised:
        add(quick, "A b", "short", groups=["agent"], display_name=" ", work_number="工号")
    assert set(raised.value.errors) == {"username", "display_name", "work_number", "password"}


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "someone12345", "x" * 201])
def test_weak_passwords_are_refused_outside_the_demo_city(quick: Session, password: str) -> None:
    with pytest.raises(Invalid) as raised:
        add(quick, "someone", password, groups=["agent"], display_name="某人")
    assert "password" in raised.value.errors


def test_a_name_is_given_once_and_work_numbers_follow_each_other(session: Session) -> None:
    first = add(session, "agent1", PASSWORD, groups=["agent"], display_name="甲")
    second = add(session, "agent2", PASSWORD, groups=["agent"], display_name="乙")
    assert int(second.work_number) == int(first.work_number) + 1
    with pytest.raises(NameTaken):
        add(session, "agent1", PASSWORD, groups=["agent"], display_name="丙")


def test_a_task_can_be_handed_to_the_members_of_its_groups(session: Session) -> None:
    account(session, "unit:water")
    add(session, "leader", PASSWORD, groups=["unit_leader:water"], display_name="甲")
    add(session, "other", PASSWORD, groups=["unit:urban"], display_name="乙")
    set_active(session, "someone", True)
    assert [who.username for who in members(session, {"unit:water"})] == ["leader", "someone"]
    assert [who.username for who in members(session, {"unit_leader:water"})] == ["leader"]
    assert [who.username for who in members(session, {"unit"})] == ["other", "someone"]
    assert members(session, set()) == []


def test_an_account_that_was_closed_is_nobody(session: Session) -> None:
    account(session, "agent")
    set_active(session, "someone", False)
    assert active(session, "someone") is None
    with pytest.raises(NoSuchAccount):
        set_active(session, "nobody", False)


def test_the_right_password_logs_in_whatever_the_case_of_the_name(engine: Engine, agent: str) -> None:
    who = authenticate(engine, f" {agent.upper()} ", PASSWORD)
    assert actor_of(who).groups == {"agent"}


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(engine: Engine, agent: str) -> None:
    said = []
    for name in (agent, "nobody"):
        with pytest.raises(WrongPassword) as raised:
            authenticate(engine, name, "wrong")
        said.append(raised.value.message)
    assert said[0] == said[1]


def test_five_failures_lock_the_name_even_for_the_right_password(engine: Engine, agent: str, later: Callable[[timedelta], None]) -> None:
    fail(engine, agent, 5)
    with pytest.raises(LockedOut):
        authenticate(engine, agent, PASSWORD)
    with engine.read() as session:
        assert [entry.action for entry in entries(session, actor=agent)] == ["login.locked"]


def test_the_lock_opens_after_fifteen_minutes_of_real_time(engine: Engine, agent: str, later: Callable[[timedelta], None]) -> None:
    fail(engine, agent, 5)
    later(timedelta(minutes=14, seconds=59))
    with pytest.raises(LockedOut):
        authenticate(engine, agent, PASSWORD)
    later(timedelta(seconds=2))
    assert authenticate(engine, agent, PASSWORD).username == agent


def test_the_test_clock_opens_no_lock(engine: Engine, agent: str) -> None:
    fail(engine, agent, 5)
    with clock.at(clock.real_now() + timedelta(days=3)), pytest.raises(LockedOut):
        authenticate(engine, agent, PASSWORD)


def test_names_that_do_not_exist_are_locked_alike(engine: Engine, agent: str) -> None:
    fail(engine, "nobody", 5)
    with pytest.raises(LockedOut):
        authenticate(engine, "nobody", "wrong")


def test_a_good_log_in_forgets_the_failures_before_it(engine: Engine, agent: str) -> None:
    for _ in range(3):
        fail(engine, agent, 4)
        authenticate(engine, agent, PASSWORD)


def test_failures_far_apart_lock_nothing_and_leave_no_rows(engine: Engine, agent: str, later: Callable[[timedelta], None]) -> None:
    fail(engine, "nobody", 4)
    later(timedelta(minutes=16))
    fail(engine, agent, 1)
    with engine.read() as session:
        assert session.scalars(select(LoginFailure.failures)).all() == [1]


def test_a_guess_that_ends_after_the_lock_closed_is_refused(engine: Engine, agent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(kept: str | None, password: str) -> bool:
        for _ in range(5):
            engine.transact(SYSTEM, lambda work: lockout.fail(work.session, agent))
        return True

    monkeypatch.setattr(passwords, "matches", slow)
    with pytest.raises(LockedOut):
        authenticate(engine, agent, PASSWORD)


def test_an_outdated_hash_is_renewed_at_the_next_log_in(engine: Engine, agent: str) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)

    def weaken(session: Session) -> None:
        session.scalars(select(Account)).one().password_hash = weak

    engine.transact(SYSTEM, lambda work: weaken(work.session))
    authenticate(engine, agent, PASSWORD)
    with engine.read() as session:
        assert not passwords.is_outdated(session.scalars(select(Account.password_hash)).one())


def test_a_password_is_kept_as_argon2id_only(engine: Engine, agent: str) -> None:
    with engine.read() as session:
        assert session.scalars(select(Account.password_hash)).one().startswith("$argon2id$")


def test_an_account_remembers_when_it_was_opened(quick: Session) -> None:
    assert isinstance(account(quick, "agent").created_at, datetime)
