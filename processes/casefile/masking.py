"""Texts without telephone or identity numbers, for lists and for whoever needs not see them (X02)."""

import re

_BETWEEN = "[-‐‑–—－ .]"  # whatever people put between the groups
_GAP = f"{_BETWEEN}?"
_PAIRS = rf"\d\d(?:{_BETWEEN}\d\d){{3}}"
_EIGHT = rf"(?:\d{{3,4}}{_GAP}\d{{4}}|{_PAIRS})"
_AREA = r"0(?:10|2\d|[3-9]\d\d)"
_SHAPES = (
    rf"1[3-9]\d{_GAP}(?:\d{{4}}{_GAP}\d{{4}}|\d{{3}}{_GAP}\d{{5}}|\d{{5}}{_GAP}\d{{3}}|{_PAIRS})",  # 138 0013 8000
    rf"1[3-9]\d\d(?:{_GAP}\d{{4}}{_GAP}\d{{3}}|\d{_GAP}\d{{6}})",  # 1380 0138 000, 13800 138000
    rf"(?:{_AREA}|[(（]{_AREA}[)）]){_GAP}{_EIGHT}",  # 029-3321 0000, 0910-3321000
    rf"[48]00{_GAP}(?:\d{{3}}{_GAP}\d{{4}}|\d{{4}}{_GAP}\d{{3}})",  # 400-600-1234
    rf"\d{{6}}{_GAP}(?:\d{{8}}|\d{{4}}{_GAP}\d{{4}}){_GAP}\d{{3}}[\dXx]",  # 610402 19900101 123X
    rf"\d{{6}}{_GAP}\d{{6}}{_GAP}\d{{3}}",  # the identity numbers of old
    r"\d{8,17}[\dXx]",
)
_ABROAD = rf"(?:\+|00)86{_GAP}(?:10|2\d|[3-9]\d\d){_GAP}{_EIGHT}|\+[1-9]\d{{0,2}}(?:{_GAP}\d{{3,4}}){{2,4}}"
"""With the country before it: a landline without its 0, or a number of elsewhere."""
NUMBER = re.compile(rf"(?<![\dA-Za-z])(?:(?:(?:\+|00)?86{_GAP})?({'|'.join(_SHAPES)})|({_ABROAD}))(?![\dA-Za-z])")
_APART = re.compile(r"[^\dXx]")


def masked(text: str) -> str:
    """The text with everything that looks like a phone or identity number reduced to its first three and last digits."""
    return NUMBER.sub(_reduced, text)


def _reduced(found: re.Match[str]) -> str:
    digits = _APART.sub("", found[1] or found[2])
    return f"{digits[:3]}****{digits[-3:]}"
