"""Which language the reader wants: `?lang=`, else what they chose before, else Chinese."""

from flask import Response, g, request

from api.web.i18n.catalogue import LANGUAGES

COOKIE = "lang"
A_YEAR = 365 * 24 * 3600


def language() -> str:
    """The language of this request."""
    chosen: str | None = g.get("lang")
    if chosen is None:
        wanted = request.args.get("lang") or request.cookies.get(COOKIE)
        chosen = g.lang = wanted if wanted in LANGUAGES else next(iter(LANGUAGES))
    return chosen


def remember_language(response: Response) -> Response:
    """Keep a choice made by `?lang=` for a year."""
    if request.args.get("lang") in LANGUAGES:
        response.set_cookie(COOKIE, language(), max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return response
