"""Progress for citizens; the code comes in the body, so that it stands in no address, log or history."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request

from api.product import product
from api.web import strangers
from api.web.i18n import N_, language, one_language, translate
from engine.errors import BihuanError, Forbidden, NotFound
from processes.cases import public

pages = Blueprint("public", __name__)
NOT_FOUND = N_("编号或查询码不对，请核对后再试。")
OPEN, CLOSED = N_("正在办理"), N_("已办结")
ENDS = {N_("撤回"): N_("已撤回"), N_("不予受理"): N_("不予受理")}
MERGED = {"open": N_("已并案，正在一并办理"), "closed": N_("已并案，已一并办结")}


@pages.get("/query")
def ask() -> str:
    """The two fields."""
    return render_template("public/page.html", case_no=request.args.get("case_no", ""), found=None, error=None)


@pages.post("/query")
def answer() -> tuple[str, int]:
    """How far the case is, or why it cannot be said."""
    case_no, code = request.form.get("case_no", "").strip().upper(), request.form.get("code", "").strip()
    if (stale := strangers.stale()) is not None:
        return render_template("public/page.html", case_no=case_no, found=None, error=stale), 403
    try:
        found = public.progress(product().engine, case_no, code)
    except BihuanError as refusal:
        # Whether the number exists is nobody's business without its code.
        words = translate(NOT_FOUND, language()) if isinstance(refusal, NotFound | Forbidden) else one_language(refusal.message, language())
        return render_template("public/page.html", case_no=case_no, found=None, error=words), 422
    return render_template("public/page.html", case_no="", found=found, state=_state(found), error=None), 200


def _state(found: Mapping[str, Any]) -> str:
    """How the matter stands in a word, as a message to translate."""
    if found["merged"]:
        return MERGED[found["matter"]]
    return OPEN if found["status"] == "open" else ENDS.get(found["outcome"], CLOSED)
