"""The replay page."""

from flask import Blueprint, render_template

from api.auth import guard
from api.product import product
from api.web.replay.track import track
from api.web.scenes import story_of
from processes.cases import access

pages = Blueprint("replay", __name__)


@pages.get("/cases/<case_no>/replay")
def show(case_no: str) -> str:
    """Every instance of the case in one time line, or one at a time."""
    actor, engine = guard.actor(), product().engine
    access.check(engine, actor, case_no)
    with engine.read() as session:
        story = story_of(engine, session, case_no)
    steps = list(track(story))
    scenes = [scene for scene in story.scenes if any(step.scene is scene for step in steps)]
    return render_template(
        "replay/page.html",
        case_no=case_no,
        scenes=scenes,
        steps=steps,
        data={"addresses": {scene.id: scene.address for scene in scenes}, "steps": [step.as_json() for step in steps]},
    )
