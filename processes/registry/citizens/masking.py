"""Names and phones with just enough left to be recognised by those who know them (X02)."""

import re

_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})[- ]?(\d{7,8})")


def mask_phone(phone: str | None) -> str:
    """`138****8000`, `029-****0000`; a short code keeps its first and last digit."""
    digits = re.sub(r"\D", "", phone or "")
    if not digits:
        return ""
    landline = _LANDLINE.fullmatch((phone or "").strip())
    if landline:
        return f"{landline[1]}-****{landline[2][-4:]}"
    local = digits.removeprefix("86") if len(digits) == 13 else digits
    if len(local) < 8:
        return local[0] + "*" * max(len(local) - 2, 1) + (local[-1] if len(local) > 2 else "")
    return f"{local[:3]}****{local[-4:]}"


def mask_name(name: str | None) -> str:
    """`王**`: the surname's first character, and a star for each further one (four at most)."""
    clean = "".join((name or "").split())
    return clean[:1] + "*" * min(max(len(clean) - 1, 0), 4)
