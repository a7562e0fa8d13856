"""What was typed into a form whose session had ended: it stays on a page, to be sent once somebody has logged in again in another tab.

Only what was typed into a page of ours is kept: the form's token fits the cookie of the session that ended, or the form comes from such
a page, or the browser says that one of our pages sent it (`Origin`, which no page can choose). Another site's form has none of that, so
nobody is shown a stranger's words and asked to send them. What is kept lies in that page alone, and nothing is sent but by its button,
with the token of the new session.
"""

import hmac
from http import HTTPStatus

from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException

from api.auth import guard
from api.web import strangers
from api.web.i18n import N_, remember_language
from api.web.redirects import own_page

MARK = "kept"
"""The field that says that a form comes from such a page."""
UNKEPT = "password"
"""Fields with this in their names are never given back."""
STRANGERS = ("web.login", "web.public")
"""Pages whose forms are bound to a visit (`strangers`), not to a session: no log-in would make them fit again."""
HEADINGS = {HTTPStatus.UNAUTHORIZED: N_("登录已过期"), HTTPStatus.FORBIDDEN: N_("您已重新登录，请确认发送")}


def kept(status: int) -> Response | None:
    """The page that keeps what was posted; None where there is nothing to keep or nobody knows whose words they are.

    `status` is why it was refused: 401 for a session that has ended, 403 for the token of one that has another after it.
    """
    if request.method != "POST" or status not in HEADINGS or request.blueprint in STRANGERS or own_page(request.path) is None:
        return None
    try:
        typed = [(name, value) for name, value in request.form.items(multi=True) if name not in (guard.CSRF_FIELD, MARK)]
        files = any(part.filename for part in request.files.values())
    except HTTPException:
        return None
    if files or not any(value.strip() for _name, value in typed) or any(UNKEPT in name for name, _value in typed) or not _ours():
        return None
    page = render_template(
        "errors/kept.html",
        heading=HEADINGS[HTTPStatus(status)],
        over=status == HTTPStatus.UNAUTHORIZED,
        typed=typed,
        mark=MARK,
        address=request.full_path.rstrip("?"),
    )
    return remember_language(Response(page, status, content_type="text/html; charset=utf-8"))


def _ours() -> bool:
    mark, token = request.form.get(MARK, ""), request.form.get(guard.CSRF_FIELD, "")
    if request.headers.get("Origin") == request.host_url.rstrip("/") or (mark and strangers.given(mark)):
        return True
    return bool(token) and hmac.compare_digest(token.encode(), guard.csrf_token().encode())
