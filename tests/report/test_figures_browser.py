"""Figures as a reader sees them in headless Chromium: no word of theirs is cut, at any width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .states import Shown
from .test_browser import Visit, browser, pytestmark

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser", "pytestmark"]

FIGURES = ("radar", "can-and-will", "values", "dose")

CUT = """
(keys) => keys.flatMap((key) => [...document.querySelectorAll(`#${key} .panel svg`)].flatMap((plot) => {
  const around = plot.getBoundingClientRect();
  return [...plot.querySelectorAll("text")].filter((text) => {
    const { left, right, top, bottom, width } = text.getBoundingClientRect();
    const cut = left < around.left || right > around.right || top < around.top || bottom > around.bottom;
    return width > 0 && cut;
  }).map((text) => `${key}, ${Math.round(around.width)} px: ${text.textContent}`);
}))
"""


@pytest.mark.parametrize("width", [320, 390, 700, 1280])
@pytest.mark.parametrize(
    "state", ["three real models", "several systems", "eight models, several systems", "dose-response"]
)
def test_no_word_is_cut(state: str, width: int, browser: Browser, shown: Shown) -> None:
    with Visit(browser, shown(state)[0], (width, 800)) as visit:
        visit.page.wait_for_timeout(300)
        assert visit.page.locator("#values .panel svg").count() > 0
        assert visit.page.evaluate(CUT, FIGURES) == []
