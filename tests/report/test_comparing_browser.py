"""The page of a comparison in headless Chromium: light and dark, wide and narrow, and dialogues beside their like."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hvae_bench.analysis import Comparison, Pair

from .test_comparing import compared, folder, runs
from .test_dialogues_browser import Visit, browser, pytestmark

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser", "compared", "folder", "pytestmark", "runs"]


def test_it_opens_from_disk_without_complaint(browser: Browser, folder: Path) -> None:
    visit = Visit(browser, folder / "index.html", "")
    visit.page.wait_for_selector("#differences svg")
    assert visit.complaints == visit.loaded == []


def test_those_that_changed_open_beside_their_like(
    browser: Browser, folder: Path, compared: Mapping[Pair, Comparison]
) -> None:
    visit = Visit(browser, folder / "index.html", "#dialogues", viewport={"width": 1280, "height": 800})
    page = visit.page
    changed, shared = sum(len(one.changed) for one in compared.values()), sum(one.shared for one in compared.values())
    visit.tells(f"{changed} of {shared} dialogues")
    page.select_option("select[name=changed]", "worse")
    page.select_option("select[name=sort]", "loss")
    page.select_option("select[name=value]", "competitive")
    page.locator("#dialogues-list a").first.click()
    page.wait_for_selector(".dialogues-pair")
    one, other = page.locator(".dialogues-conversation").all()
    assert "steady" in one.locator(".dialogues-about").inner_text()
    assert "steady" not in other.locator(".dialogues-about").inner_text()
    differing = [of.locator("mark", has_text="differs").count() for of in (one, other)]
    assert differing[0] == differing[1] > 0
    assert other.locator(".dialogues-decision").count() >= differing[1]
    # Every part lies beside its like.
    for before, after in zip(one.locator("li").all(), other.locator("li").all(), strict=True):
        left, right = before.bounding_box(), after.bounding_box()
        assert left is not None
        assert right is not None
        assert left["y"] == pytest.approx(right["y"], abs=1)
        assert left["x"] + left["width"] <= right["x"]
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector(".dialogues-pair")
    assert visit.complaints == []


def test_on_a_phone_what_was_asked_of_both_is_shown_once(browser: Browser, folder: Path) -> None:
    page = Visit(browser, folder / "index.html", "#dialogues", viewport={"width": 390, "height": 844}).page
    page.locator("#dialogues-list a").first.click()
    page.wait_for_selector(".dialogues-pair")
    one, other = page.locator(".dialogues-conversation").all()
    assert one.locator(".dialogues-asked:visible").count() > 0
    assert other.locator(".dialogues-asked:visible").count() == 0
    replies = [of.locator(".dialogues-reply").first.bounding_box() for of in (one, other)]
    assert replies[0] is not None
    assert replies[1] is not None
    assert replies[0]["y"] < replies[1]["y"] < replies[0]["y"] + 800


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_the_page_fits(browser: Browser, folder: Path, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = Visit(browser, folder / "index.html", "", color_scheme=scheme, viewport={"width": width, "height": 844}).page

    def check() -> None:
        found = axe.Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.wait_for_selector("#differences svg")
    check()
    for summary in page.locator("figure summary").all():
        summary.click()
    check()
    page.goto(f"{page.url}#dialogues")
    page.locator("#dialogues-list a").first.wait_for()
    check()
    page.locator("#dialogues-list a").first.click()
    page.wait_for_selector(".dialogues-pair")
    check()
