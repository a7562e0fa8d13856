"""The page with everything beyond the navigation: what is open, and honest doors to what is not yet."""

from flask import Blueprint, render_template

from api.auth import guard
from api.web.places import ELSEWHERE, LATER

pages = Blueprint("doors", __name__)


@pages.get("/rooms")
def show() -> str:
    """Open rooms first, later rooms after."""
    actor = guard.actor()
    return render_template("doors/page.html", open_rooms=[room for room in ELSEWHERE if room.admits(actor)], later_rooms=LATER)
