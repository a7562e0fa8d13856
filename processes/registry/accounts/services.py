"""Accounts: opening, finding, changing, and the actor that each of them is for the engine."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from engine import clock
from engine.actor import Actor
from engine.errors import Invalid
from engine.inserts import insert_once
from processes.registry.accounts import passwords
from processes.registry.accounts.errors import NameTaken, NoSuchAccount
from processes.registry.accounts.models import Account, Membership, Role
from processes.registry.accounts.roles import ADMIN, OF_A_UNIT, ROLES, groups_of
from processes.registry.units.models import Unit

FIRST_WORK_NUMBER: Final = 1001
_USERNAME: Final = re.compile(r"[a-z][a-z0-9_.-]{1,62}")
_WORK_NUMBER: Final = re.compile(r"[0-9A-Za-z-]{1,16}")


def add(
    session: Session,
    username: str,
    password: str,
    *,
    groups: Collection[str],
    display_name: str,
    work_number: str | None = None,
    demo: bool = False,
) -> Account:
    """Open an account. `groups` are roles, for a unit's people `unit:<code>`, for its leaders `unit_leader:<code>`; without a
    work number it is given the next one. Raises `Invalid` naming every field that is wrong, `NameTaken`."""
    errors = _errors(session, username, groups, display_name, work_number) | _password_errors(username, password, demo=demo)
    if errors:
        raise Invalid(errors=errors)
    number = work_number or str(FIRST_WORK_NUMBER + (session.scalar(select(func.max(Account.id))) or 0))
    if session.scalar(select(exists().where(or_(Account.username == username, Account.work_number == number)))):
        raise NameTaken
    account = Account(
        username=username,
        display_name=display_name.strip(),
        work_number=number,
        password_hash=passwords.hashed(password),
        active=True,
        demo=demo,
        created_at=clock.now(),
        memberships=[_membership(session, group) for group in sorted(set(groups))],
    )
    session.add(account)
    session.flush()
    return account


def actor_of(account: Account) -> Actor:
    """What an account is for the engine. The demo city's administrator holds every role and may complete any open task."""
    groups = {group for membership in account.memberships for group in groups_of(membership)}
    rules_all = account.demo and ADMIN in groups
    return Actor(account.username, frozenset(groups | set(ROLES) if rules_all else groups), override=rules_all)


def active(session: Session, username: str) -> Account | None:
    """The active account of that name with its memberships, or None."""
    return session.scalar(_with_memberships().where(Account.username == username.lower(), Account.active))


def account_of(session: Session, username: str) -> Account:
    """The account of that name, active or not. Raises `NoSuchAccount`."""
    account = session.scalar(_with_memberships().where(Account.username == username.lower()))
    if account is None:
        raise NoSuchAccount
    return account


def members(session: Session, groups: Collection[str]) -> Sequence[Account]:
    """The active accounts in any of some groups (`agent`, `unit:water`, …), by name: who a task can be handed to."""
    groups = sorted(groups)
    plain = [group for group in groups if ":" not in group]
    of_units = [group.removeprefix("unit:") for group in groups if group.startswith("unit:")]
    led = [group.removeprefix("unit_leader:") for group in groups if group.startswith("unit_leader:")]
    leads = Membership.role_code == "unit_leader"
    inside = select(Membership.account_id).where(
        or_(Membership.role_code.in_(plain), Membership.unit_code.in_(of_units), leads & Membership.unit_code.in_(led))
    )
    return session.scalars(_with_memberships().where(Account.active, Account.id.in_(inside)).order_by(Account.username)).all()


def set_password(session: Session, username: str, password: str) -> None:
    """Give an account another password; it is no demo account any more. Raises `Invalid`, `NoSuchAccount`."""
    account = account_of(session, username)
    errors = _password_errors(account.username, password, demo=False)
    if errors:
        raise Invalid(errors=errors)
    account.password_hash = passwords.hashed(password)
    account.demo = False


def set_active(session: Session, username: str, active: bool) -> None:
    """Let an account log in, or not any more; what it did keeps its name. Raises `NoSuchAccount`."""
    account_of(session, username).active = active


def has_demo_accounts(session: Session) -> bool:
    """Whether an account with a password that everybody knows could log in."""
    return bool(session.scalar(select(exists().where(Account.demo, Account.active))))


def _with_memberships() -> Select[Account]:
    return select(Account).options(selectinload(Account.memberships))


def _membership(session: Session, group: str) -> Membership:
    role, _, unit = group.partition(":")
    insert_once(session, Role, {"code": role, "name": ROLES[role].zh, "name_en": ROLES[role].en})
    return Membership(role_code=role, unit_code=unit or None)


def _errors(session: Session, username: str, groups: Collection[str], display_name: str, work_number: str | None) -> dict[str, str]:
    errors = {}
    if not _USERNAME.fullmatch(username):
        errors["username"] = "用户名以小写字母开头，含小写字母、数字和 _ . -。 A user name is a-z, digits, `_`, `.`, `-`, a letter first."
    if not display_name.strip() or len(display_name) > 64:
        errors["display_name"] = "请填写姓名（不超过 64 字）。 Give a name of at most 64 characters."
    if work_number is not None and not _WORK_NUMBER.fullmatch(work_number):
        errors["work_number"] = "工号为 1 至 16 位字母、数字。 A work number is 1 to 16 letters and digits."
    wrong = [group for group in groups if not _is_group(session, group)]
    if wrong or not groups:
        errors["groups"] = (
            f"没有这样的角色或单位：{'、'.join(wrong)}。 There are no such roles or units: {', '.join(wrong)}. "
            f"Roles: {' '.join(sorted(set(ROLES) - OF_A_UNIT))} unit:<code> unit_leader:<code>."
        )
    return errors


def _is_group(session: Session, group: str) -> bool:
    role, colon, unit = group.partition(":")
    if role in OF_A_UNIT:
        return bool(colon) and session.get(Unit, unit) is not None
    return role in ROLES and not colon


def _password_errors(username: str, password: str, *, demo: bool) -> dict[str, str]:
    long_enough = passwords.LEAST <= len(password) <= passwords.LONGEST
    if demo or (long_enough and username not in password.lower() and len(set(password)) > passwords.LEAST_VARIETY):
        return {}
    return {
        "password": f"密码至少 {passwords.LEAST} 位，不能含用户名，不能过于单调。 "
        f"A password has {passwords.LEAST} characters or more, varied, without the user name."
    }
