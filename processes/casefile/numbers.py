"""Case numbers and query codes: what a citizen is told, and what is kept of it."""

import unicodedata
from datetime import datetime

from engine import chance, crypto
from processes.deadlines.zone import LOCAL

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O and U, so that nothing read out loud is mistaken."""


def case_number(at: datetime) -> str:
    """A new case number (案件编号): `TS`, the local day, eight random characters; says nothing about anybody (C03).

    Forty random bits a day are not enough to promise uniqueness by themselves: the primary key does, and
    whoever inserts draws again.
    """
    tail = "".join(chance.one_of(ALPHABET) for _ in range(8))
    return f"TS{at.astimezone(LOCAL):%Y%m%d}{tail}"


def order_number(case_no: str, running: int) -> str:
    """The number of a case's n-th work order (转办单号), counted from 1."""
    return f"{case_no}-{running:02d}"


def query_code() -> str:
    """A new secret query code (查询码): six digits, easy to say and to type on a telephone."""
    return f"{chance.below(10**6):06d}"


def query_digest(case_no: str, code: str) -> str:
    """What is kept of a query code: a digest under the product's key, bound to the case."""
    return crypto.current().index(f"query-code:{case_no}:{code}")


def address_index(address: str) -> str:
    """Blind index of an address: spaces, case and full-width forms do not matter."""
    return crypto.current().index("address:" + "".join(unicodedata.normalize("NFKC", address).split()).casefold())
