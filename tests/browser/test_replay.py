"""The replay page and the diagrams."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk, Sample
from tests.browser.desk import Desk


def _marked(desk: Desk, marker: str) -> set[str]:
    found: list[str] = desk.page.locator(f".sheet:not([hidden]) .djs-element.{marker}").evaluate_all(
        "elements => elements.map((element) => element.dataset.elementId)"
    )
    return set(found)


def test_a_replay_steps_scrubs_and_plays_over_all_instances(desks: OpenDesk, sample: Sample) -> None:
    desk = desks(reduced_motion="reduce")
    desk.log_in("auditor1")
    desk.open(f"/cases/{sample.case_no}/replay")
    page, place = desk.page, desk.page.locator("#place")
    total = page.locator("[data-step]").count()
    expect(place).to_have_text(f"{total} / {total}")

    page.get_by_role("button", name="开头").click()
    expect(place).to_have_text(f"1 / {total}")
    expect(page.locator("[data-step='0']")).to_have_attribute("aria-current", "step")
    expect(page.locator(".sheet:not([hidden]) .djs-element.walked")).to_have_count(1)  # the sheet is drawn after the step is told
    page.get_by_role("button", name="下一步").click()
    expect(place).to_have_text(f"2 / {total}")
    page.get_by_role("button", name="上一步").click()
    expect(place).to_have_text(f"1 / {total}")

    page.locator("#scrub").fill("4")
    expect(place).to_have_text(f"5 / {total}")
    assert any("Flow" in element or element.startswith("f") for element in _marked(desk, "walked"))

    page.select_option("#speed", "900")
    page.get_by_role("button", name="播放").click()
    expect(page.locator("[data-go=play]")).to_have_attribute("aria-pressed", "true")
    page.select_option("#speed", "80")
    expect(place).to_have_text(f"{total} / {total}", timeout=60_000)
    expect(page.locator("[data-go=play]")).to_have_text("播放")
    assert page.locator(".sheet").count() == 2, "the case's own diagram and the work order's"


def test_one_instance_can_be_replayed_alone(desks: OpenDesk, sample: Sample) -> None:
    desk = desks(reduced_motion="reduce")
    desk.log_in("auditor1")
    desk.open(f"/cases/{sample.case_no}/replay")
    steps = desk.page.locator("[data-step]")
    total = steps.count()
    desk.page.select_option("#scene", index=2)
    alone = desk.page.locator("li:not([hidden]) > [data-step]").count()
    assert 0 < alone < total
    expect(desk.page.locator("#place")).to_have_text(f"{alone} / {alone}")
    assert "handle" in _marked(desk, "current")


def test_the_case_page_shows_who_holds_the_token(desk: Desk, sample: Sample) -> None:
    desk.log_in("admin")
    desk.open(f"/cases/{sample.case_no}")
    expect(desk.page.locator(".holder")).to_be_visible()
    assert "handle" in _marked(desk, "current")
    desk.page.get_by_role("button", name="放大").click()
    desk.page.get_by_role("button", name="全图").click()
    expect(desk.page.locator(".bjs-powered-by")).to_be_visible()


def test_the_case_sheet_prints_without_controls(desk: Desk, sample: Sample) -> None:
    desk.log_in("admin")
    desk.open(f"/cases/{sample.case_no}")
    desk.page.emulate_media(media="print")
    expect(desk.page.locator(".bar")).to_be_hidden()
    expect(desk.page.locator("form").first).to_be_hidden()
    expect(desk.page.locator(".print-only")).to_be_visible()
    expect(desk.page.get_by_text(f"{sample.case_no}-01").first).to_be_visible()
