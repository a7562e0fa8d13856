"""The pages as one blueprint: what every template can say, and what every answer carries."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, g, render_template, request, url_for
from jinja2 import ChoiceLoader, PackageLoader
from sqlalchemy.exc import SQLAlchemyError

from api import requests
from api.auth import guard
from api.product import EXTENSION, product
from api.web import lamps, notices, people, places, strangers, times
from api.web.assets import Manifest
from api.web.calendar.http import pages as calendar
from api.web.cases.http import pages as cases
from api.web.definitions.http import pages as definitions
from api.web.doors.http import pages as doors
from api.web.elders.http import pages as elders
from api.web.i18n import language, one_language, remember_language, translate
from api.web.inbox.http import pages as inbox
from api.web.incidents.http import pages as incidents
from api.web.login.http import pages as login
from api.web.mailbox.http import pages as mailbox
from api.web.opening.http import pages as opening
from api.web.public.http import pages as public
from api.web.redirects import see_other
from api.web.replay.http import pages as replay
from api.web.tasks.http import pages as tasks
from api.web.telephony.blacklist import pages as blacklist
from api.web.telephony.board import pages as board
from api.web.telephony.calls import pages as calls
from api.web.telephony.campaigns import pages as campaigns
from api.web.telephony.plan import pages as plan
from api.web.telephony.seat import pages as seat
from engine.actor import Actor

A_YEAR = 365 * 24 * 3600
THEME = "theme"
THEMES = {"day": "day", "night": "night", "system": ""}
PAGES: Sequence[Blueprint] = (
    *(login, inbox, opening, tasks, cases, replay, definitions, public, mailbox, calendar, incidents, doors),
    *(seat, board, calls, campaigns, blacklist, plan, elders),
)

web = Blueprint("web", __name__, template_folder="templates", static_folder="static", static_url_path="/assets")
for _pages in PAGES:
    web.register_blueprint(_pages)


def register(app: Flask) -> None:
    """Put the pages into the app; `api.web.errors.dress` goes to the app's error handling."""
    manifest = Manifest()
    requests.may_connect(app, app.extensions[EXTENSION].settings.seat_wss)
    app.register_blueprint(web)
    loader = app.jinja_env.loader
    assert loader is not None
    app.jinja_env.loader = ChoiceLoader([loader, PackageLoader("forms")])
    app.jinja_env.globals.update(
        _=_translated,
        absolute=times.absolute,
        ago=times.ago,
        both_lamps=lamps.both,
        asset=lambda file: url_for("web.static", filename=file),
        clock_time=times.clock_time,
        csrf_token=guard.csrf_token,
        deadline=times.deadline,
        demo=lambda: not product().settings.production,
        full=times.full,
        here=here,
        in_my_language=lambda message: one_language(message, language()),
        island=manifest.island,
        lamp_meaning=lamps.meaning,
        lamp_word=lambda colour: lamps.WORDS.get(colour, lamps.WORDS["none"]),
        language=language,
        notices=lambda: [(kind, _translated(text)) for kind, text in notices.current()],
        places=places.places,
        role_name=people.role_name,
        roles=people.roles_of,
        stranger_token=strangers.token,
        theme=theme,
        viewer=viewer,
    )


@web.get("/")
def home() -> Response:
    """To the inbox; a stranger gets to the log-in from there."""
    guard.actor()
    return see_other(url_for("web.inbox.show"))


@web.get("/favicon.svg")
def icon() -> Response:
    """The product's mark for the browser's tab."""
    return Response(render_template("parts/icon.svg"), mimetype="image/svg+xml")


@web.after_request
def finish(response: Response) -> Response:
    """Keep the choices of this request in cookies, built files for good (a digest stands in their names), and pages never."""
    if request.endpoint == "web.static":
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        return response
    if request.args.get(THEME) in THEMES:
        response.set_cookie(THEME, theme(), max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    response.headers.setdefault("Cache-Control", "no-store")
    return strangers.remember(remember_language(response))


def viewer() -> Actor | None:
    """Who looks at the page, None for a stranger or a session that has ended; never refuses, so that error pages can be shown."""
    known = g.get("identity")
    if known is not None:
        actor: Actor = known.actor
        return actor
    try:
        return guard.maybe_actor() if request.method in guard.SAFE else None
    except SQLAlchemyError:
        return None  # a page that says that the database is away must not ask it who reads the page


def theme() -> str:
    """`day`, `night`, or nothing for the system's own choice."""
    return THEMES.get(request.args.get(THEME) or request.cookies.get(THEME) or "system", "")


def here(**changes: str) -> str:
    """The address of this page with some arguments changed."""
    arguments = {**request.args.to_dict(flat=False), **changes}
    return f"{request.path}?{urlencode({name: value for name, value in arguments.items() if value != ''}, doseq=True)}"


def _translated(message: str, **values: object) -> str:
    return translate(message, language(), **values)
