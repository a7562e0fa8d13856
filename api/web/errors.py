"""A polite page for every failure of a page; the JSON of the API stays as it is."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, render_template, request, url_for

from api.auth.guard import BadCsrfToken
from api.web.i18n import N_, language, one_language, remember_language, translate
from api.web.kept import kept
from api.web.people import CENTRE, joined, role_name
from api.web.redirects import see_other

MACHINES = ("/api/", "/healthz", "/readyz", "/metrics", "/assets/")
HEADINGS = {
    400: N_("这个请求看不懂"),
    403: N_("您没有权限"),
    404: N_("没有找到"),
    405: N_("不能这样操作"),
    409: N_("情况已经变了"),
    413: N_("文件太大了"),
    422: N_("填写有误"),
    429: N_("请稍后再试"),
    503: N_("请稍后再试"),
    507: N_("存储空间已满"),
}
OTHERWISE = N_("抱歉，出错了")
STAYS = "web.seat"
"""The pages of the seat's window: it may be a telephone with a call, and that ends where the window goes elsewhere."""
REMEDIES = {"unknown-year": ("web.calendar.show", N_("去录入工作日历"))}
"""Kind of problem → the page on which it is put right; who may not enter that page is told so there."""


def dress(answer: Response) -> Response:
    """Turn a problem document into a page, when a person is looking; else give it back unchanged."""
    if request.path.startswith(MACHINES) or answer.mimetype != "application/problem+json":
        return answer
    facts = orjson.loads(answer.get_data())
    status = answer.status_code
    if not _partial() and (status == HTTPStatus.UNAUTHORIZED or _kind(facts) == BadCsrfToken.code) and (page := kept(status)) is not None:
        return page
    if status == HTTPStatus.UNAUTHORIZED:
        return _to_log_in()
    page = Response(_fragment(facts) if _partial() else _page(status, facts), status, content_type="text/html; charset=utf-8")
    for name in ("Retry-After", "Allow"):
        if name in answer.headers:
            page.headers[name] = answer.headers[name]
    if _partial():
        page.headers["HX-Retarget"] = "#notices"
        page.headers["HX-Reswap"] = "innerHTML"
    return remember_language(page)


def _kind(facts: dict[str, Any]) -> str:
    return str(facts.get("type", "")).rpartition(":")[2]


def _partial() -> bool:
    return "HX-Request" in request.headers


def _page(status: int, facts: dict[str, Any]) -> str:
    return render_template(
        "errors/page.html",
        heading=HEADINGS.get(status, OTHERWISE),
        detail=_words(facts),
        reference=facts.get("request_id"),
        remedy=REMEDIES.get(_kind(facts)),
        retry=request.full_path.rstrip("?") if request.method == "GET" and status >= HTTPStatus.INTERNAL_SERVER_ERROR else None,
    )


def _fragment(facts: dict[str, Any]) -> str:
    return render_template("errors/fragment.html", detail=_words(facts), reference=facts.get("request_id"))


def _words(facts: dict[str, Any]) -> str:
    claimed_by, wanted = facts.get("claimed_by"), facts.get("roles")
    if isinstance(wanted, list):
        return _for_whom(frozenset(map(str, wanted)))
    detail = one_language(str(facts.get("detail") or facts.get("title", "")), language())
    return f"{detail} ({claimed_by})" if claimed_by else detail


def _for_whom(groups: frozenset[str]) -> str:
    """Who may come in, by what their roles are called."""
    if groups >= CENTRE:
        return translate(N_("这里只对热线中心的人员开放。"), language())
    names = joined(role_name(group) for group in sorted(groups))
    return translate(N_("这里需要以下角色之一：{names}。"), language(), names=names)


def _to_log_in() -> Response:
    here = request.full_path.rstrip("?") if request.method == "GET" and not _partial() else ""
    address = url_for("web.login.show")
    if here and here != "/":
        address = f"{address}?{urlencode({'next': here})}"
    if _partial() and request.blueprint == STAYS:
        return _stays(render_template("telephony/session_over.html"))
    if _partial():
        return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": address})
    return see_other(address)


def _stays(notice: str) -> Response:
    """A notice on a window that is not sent to the log-in; morphed, so that a poll does not have it read out again each time."""
    page = Response(notice, HTTPStatus.UNAUTHORIZED, content_type="text/html; charset=utf-8")
    page.headers["HX-Retarget"] = "#notices"
    page.headers["HX-Reswap"] = "innerMorph"
    return remember_language(page)
