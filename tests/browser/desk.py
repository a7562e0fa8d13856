"""A person at a desk: a browser page that notices whatever it should not have to, and fills forms as people do."""

from pathlib import Path
from typing import Any

from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import ConsoleMessage, Locator, Page, Response

from tests.fixtures.filling import PHONE, SENTENCE
from tests.fixtures.host import ROOT, absent
from tests.fixtures.server import Server

AXE = ROOT / "api" / "web" / "islands" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
_REACHABLE = """() => {
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((element) => shown(element) && !element.disabled && !element.matches(':disabled') && element.tabIndex >= 0);
  const groups = new Set();
  window.stops = stops.filter((element) => {
    if (element.type !== 'radio') return true;
    const group = `${element.form?.action} ${element.name}`;
    return !groups.has(group) && groups.add(group);
  });
  window.reached = new Set();
  document.activeElement?.blur();
  return window.stops.length;
}"""
_STEP = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const ringed = (candidate) => {
    const style = getComputedStyle(candidate);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  };
  const known = window.reached.has(element);
  window.reached.add(element);
  if (element.type === 'radio') window.stops.filter((stop) => stop.name === element.name).forEach((stop) => window.reached.add(stop));
  const visible = ringed(element) || (element.closest('label') && ringed(element.closest('label'))) || element.closest('svg') !== null;
  return { what: element.outerHTML.slice(0, 90), known, visible };
}"""


_sessions: dict[tuple[str, str], list[SetCookieParam]] = {}
"""The session cookies of people who logged in before, so that each logs in once."""


class Desk:
    """One page of one browser. `trouble` gathers what went wrong beneath: blocked content, script errors, failed loads."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.trouble: list[str] = []
        page.add_init_script(_WATCH)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.trouble.append(f"{page.url}: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.trouble.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> Response:
        """Go to a page and wait until it is quiet."""
        answer = self.page.goto(f"{self.server.url}{path}", wait_until="load")
        assert answer is not None
        self.settle()
        return answer

    def settle(self) -> None:
        """Wait until diagrams are drawn."""
        for stage in self.page.locator(".stage").all():
            stage.locator(".sheet:not([hidden]) .djs-shape").first.wait_for()

    def log_in(self, username: str) -> None:
        """Log in by the form, or go on with the session of an earlier log-in."""
        known = _sessions.get((self.server.url, username))
        if known is not None:
            self.page.context.add_cookies(known)
            return
        self.page.context.clear_cookies()
        self.open("/login")
        self.page.fill("#f-username", username)
        self.page.fill("#f-password", "demo")
        self.page.press("#f-password", "Enter")
        self.page.wait_for_url("**/inbox")
        _sessions[self.server.url, username] = [cookie for cookie in self.page.context.cookies() if "session" in cookie["name"]]  # type: ignore[misc]  # Playwright's cookies are made of what may be missing

    def violations(self) -> list[str]:
        """What the content security policy blocked on this page, and whatever else went wrong."""
        blocked: list[str] = self.page.evaluate("window.violations")
        return [*blocked, *self.trouble]

    def barriers(self) -> list[str]:
        """What axe finds against WCAG A and AA."""
        if not AXE.exists():
            absent("axe-core", "npm ci in api/web/islands")
        self.page.evaluate(Path(AXE).read_text(encoding="utf-8"))
        found: list[Any] = self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}}).then((result) => result.violations)", RULES
        )
        return [f"{one['id']}: {node['html'][:160]} ({node['failureSummary'][:160]})" for one in found for node in one["nodes"]]

    def unreached(self) -> tuple[list[str], list[str]]:
        """Walk the page by Tab: what could not be reached, and what was reached without a visible focus."""
        hidden: list[str] = []
        for _ in range(2 * self.page.evaluate(_REACHABLE) + 20):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(_STEP)
            if stop is None:
                continue
            if stop["known"] and self.page.evaluate("window.stops.every((stop) => window.reached.has(stop))"):
                break
            if not stop["visible"]:
                hidden.append(stop["what"])
        missed: list[str] = self.page.evaluate(
            "window.stops.filter((stop) => !window.reached.has(stop)).map((stop) => stop.outerHTML.slice(0, 90))"
        )
        return missed, hidden

    def is_open_to_everybody(self) -> None:
        """Raises `AssertionError` where a screen reader or the keyboard meets a barrier."""
        assert not self.barriers()
        missed, hidden = self.unreached()
        assert not missed, "out of reach of the keyboard"
        assert not hidden, "reached without a visible focus"

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        wide: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return wide

    def fill_in(self) -> None:
        """Answer every required question of the task's form that is shown and still empty, the ordinary way."""
        form = self.page.locator("form[enctype]")
        asked = form.locator(".field:has(.required)")
        for _ in range(3):  # an answer may bring further questions
            for field in asked.all():
                if field.is_visible():
                    _answer(field)

    def submit(self) -> None:
        """Send the task's form."""
        self.page.click(".actions .primary")
        self.page.wait_for_url("**done=completed*")


def _answer(field: Locator) -> None:
    if field.locator("input[type=radio], input[type=checkbox]").count():
        if not field.locator(":checked").count():
            field.locator("input").first.check()
        return
    entry = field.locator("input, select, textarea").first
    if entry.input_value():
        return
    kind, name = entry.evaluate("entry => [entry.tagName === 'SELECT' ? 'select' : entry.type, entry.name]")
    if kind == "select":
        entry.select_option(index=1)
    elif kind == "datetime-local":
        entry.fill("2030-01-01T09:00")
    elif kind == "date":
        entry.fill("2030-01-01")
    elif kind == "number":
        entry.fill(entry.get_attribute("min") or "1")
    else:
        entry.fill(PHONE if "phone" in name else SENTENCE)
