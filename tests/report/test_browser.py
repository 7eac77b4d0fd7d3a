"""The page in headless Chromium: opened from disk, without a network, in light and dark, wide and narrow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run
from hvae_bench.report import write_report
from hvae_bench.report.exchange import OUTCOMES

from .test_page import SHOWN, evil_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path; Debian's package is `chromium`"),
    # All tests of this module share one browser.
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def page_path(catalog: Catalog, small_runs: Sequence[Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = [*small_runs, evil_run(catalog)]
    return write_report(runs, tmp_path_factory.mktemp("browser") / "report")


class Visit:
    """A page that was opened, and everything that it asked for or complained of."""

    def __init__(self, browser: Browser, path: Path, **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dismiss)
        self.page.goto(path.as_uri())

    def _dismiss(self, dialog: Dialog) -> None:
        self.complaints.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *error: object) -> None:
        self.context.close()


def visible_dialogues(page: Page) -> int:
    return page.locator("details.dialogue:visible").count()


def test_the_page_opens_from_disk_alone_and_without_complaint(browser: Browser, page_path: Path) -> None:
    with Visit(browser, page_path) as visit:
        visit.page.wait_for_timeout(300)
        assert visit.requests == [page_path.as_uri()]
        assert visit.complaints == []


def test_radar_and_ring_have_their_marks(browser: Browser, page_path: Path, small_runs: Sequence[Run]) -> None:
    with Visit(browser, page_path) as visit:
        for goal in ("self_generated", "none", "filler"):
            assert visit.page.locator(f"#radar-run-1-marks-{goal} use").count() == 4
        points = 0
        for target in ("altruistic", "prosocial", "individualistic", "competitive", "none"):
            group = visit.page.locator(f"#ring-run-1-svo-slider-primary-dialogues-{target}")
            points += group.locator("use").count()
            assert group.locator("use").first.bounding_box() is not None
        shown = [one for one in small_runs[0].records if one.template.id != "competence"]  # which gives no value
        known = [one for one in shown if one.measures.svo_angle_deg is not None]
        assert points == len(known) == 52


def test_dialogues_are_filtered(browser: Browser, page_path: Path) -> None:
    with Visit(browser, page_path) as visit:
        page = visit.page
        total = page.locator("details.dialogue").count()
        assert visible_dialogues(page) == total == 34 * 2 * 2 + 8
        page.locator("select[name=run]").select_option("follower")
        assert visible_dialogues(page) == 68
        page.locator("select[name=target]").select_option("prosocial")
        assert visible_dialogues(page) == 16
        assert page.locator("#count").inner_text() == f"16 of {total} dialogues"
        page.locator("select[name=outcome]").select_option(label=OUTCOMES["refused"])
        assert visible_dialogues(page) == 0
        page.locator("button[type=reset]").click()
        page.wait_for_function("document.getElementById('count').textContent.startsWith('144 ')")
        assert visible_dialogues(page) == total


def test_without_scripts_everything_is_a_plain_list(browser: Browser, page_path: Path) -> None:
    with Visit(browser, page_path, java_script_enabled=False) as visit:
        page = visit.page
        assert visible_dialogues(page) == 144
        assert page.locator("#filter").is_hidden()
        assert page.locator("#headline tbody tr").count() == 3
        first = page.locator("details.dialogue").first
        assert not first.locator("ol").is_visible()
        first.locator("summary").first.click()
        assert first.locator("ol").is_visible()
        assert "ideal: " in first.inner_text()


def test_evil_replies_are_shown_as_text(browser: Browser, page_path: Path) -> None:
    with Visit(browser, page_path) as visit:
        page = visit.page
        page.locator("select[name=run]").select_option(index=3)
        assert visible_dialogues(page) == 8
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        evil = page.locator("details.dialogue:visible").first
        assert SHOWN in evil.inner_text()
        assert "shortened: the first 2,000 of 1,048,576 characters" in evil.inner_text()
        for element in page.locator("details.dialogue:visible pre").all()[:20]:
            element.hover()
        assert page.locator("img").count() == 0
        assert visit.complaints == []
        assert visit.requests == [page_path.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_serious(browser: Browser, page_path: Path, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with Visit(browser, page_path, color_scheme=scheme, viewport={"width": width, "height": 800}) as visit:
        visit.page.locator("details.dialogue").first.evaluate(
            "(one) => { one.open = true; one.querySelectorAll('details').forEach((inner) => { inner.open = true; }); }"
        )
        found = axe.Axe().run(visit.page).response["violations"]
        serious = [
            (one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in {"serious", "critical"}
        ]
        assert serious == []
        dark = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (dark == "rgb(23, 24, 26)") == (scheme == "dark")


def test_the_page_fits_a_phone(browser: Browser, page_path: Path) -> None:
    with Visit(browser, page_path, viewport={"width": 360, "height": 740}) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_keyboard_reaches_everything(browser: Browser, page_path: Path) -> None:
    with Visit(browser, page_path) as visit:
        page = visit.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.locator(".skip").bounding_box() is not None
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.getElementById('main').contains(document.activeElement)")
        page.locator("details.dialogue summary").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("details.dialogue").first.evaluate("(one) => one.open")
