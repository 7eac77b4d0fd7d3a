"""The pictures of the documentation are what the command makes now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from lxml import etree
from pictures import CHROMIUM, picture_files

from hvae_bench.catalogue.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_PLACES = ("d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height")

Shape = tuple[str, str, list[float]]
"""Element and colour, text, and every number of its place."""


def shapes(svg: str) -> Iterator[Shape]:
    """What the plots of a picture draw; not the words around them, whose lines break where a font lets them."""
    root = etree.fromstring(svg.encode())
    for plot in root.iterfind("{*}svg"):
        for element in plot.iter("{*}path", "{*}line", "{*}rect", "{*}text"):
            numbers = [float(one) for name in _PLACES for one in _NUMBER.findall(element.get(name, ""))]
            text = "".join(element.itertext())
            yield f"{etree.QName(element).localname} {element.get('fill')} {element.get('stroke')}", text, numbers


@pytest.fixture(scope="module")
def made(catalog: Catalog) -> Mapping[str, str]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        return picture_files(catalog, browser)


def test_every_picture_that_a_page_shows_is_there_and_no_other() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    shown = {
        name for page in pages for name in re.findall(r"\]\([\w./]*images/(\S+)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == {path.name for path in IMAGES.iterdir()}


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path; Debian's package is `chromium`")
@pytest.mark.xdist_group("browser")
def test_the_pictures_are_those_of_the_command(made: Mapping[str, str]) -> None:
    assert made.keys() == {path.name for path in IMAGES.iterdir()}
    for name, svg in made.items():
        now, committed = list(shapes(svg)), list(shapes((IMAGES / name).read_text(encoding="utf-8")))
        assert now
        assert [shape[:2] for shape in now] == [shape[:2] for shape in committed], name
        # Browsers round in their own ways.
        for (*_, places), (*_, before) in zip(now, committed, strict=True):
            assert places == pytest.approx(before, abs=0.5), name


def test_pictures_need_nothing_else_and_are_small() -> None:
    for path in IMAGES.iterdir():
        svg = path.read_text(encoding="utf-8")
        assert len(svg) < 100_000
        assert "<script" not in svg
        assert not re.search(r'(?:href|src)="(?!#)|url\((?!#)|var\(', svg)
