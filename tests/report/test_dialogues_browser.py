"""The dialogues in headless Chromium: found, read one at a time, each at its address, and none loaded too early."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from simulation import simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import Run
from hvae_bench.report import write_report
from hvae_bench.report.dialogues import address_of
from hvae_bench.report.exchange import OUTCOMES
from hvae_bench.text.number import number

from .conftest import MODELS, says
from .test_browser import browser, pytestmark
from .test_dialogues import SHOWN, evil_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser", "pytestmark"]

GOAL = "I will keep to my value, 100 times out of 100."


@pytest.fixture(scope="module")
def runs(catalog: Catalog) -> Sequence[Run]:
    follower = simulate(catalog, "slider", "follower", says(MODELS["follows neutral values better"], GOAL), epochs=5)
    refuser = simulate(catalog, "slider", "refuser", says(MODELS["refuses half"]), epochs=5, seed=1)
    return [follower, refuser, evil_run(catalog)]


@pytest.fixture(scope="module")
def page_path(runs: Sequence[Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(runs, tmp_path_factory.mktemp("dialogues") / "report")


@pytest.fixture
def visit(browser: Browser, page_path: Path) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def begin(fragment: str = "", path: Path = page_path, **context: Any) -> Visit:
        visits.append(Visit(browser, path, fragment, **context))
        return visits[-1]

    yield begin
    for one in visits:
        one.page.context.close()


class Visit:
    """A page that was opened, the dialogues that it loaded, and everything that it complained of."""

    def __init__(self, browser: Browser, path: Path, fragment: str, **context: Any) -> None:
        self.page: Page = browser.new_context(**context).new_page()
        self.loaded: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self._request(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.path = path
        self.page.goto(path.as_uri() + fragment)

    def _request(self, url: str) -> None:
        if url.split("#")[0] != self.path.as_uri():
            self.loaded.append(url.removeprefix(self.path.parent.as_uri() + "/"))

    @property
    def status(self) -> str:
        return self.page.locator("#dialogues-status").inner_text()

    def tells(self, text: str) -> None:
        self.page.locator("#dialogues-status", has_text=text).wait_for()

    def listed(self) -> list[str]:
        return self.page.locator("#dialogues-list li b").all_inner_texts()

    def shown(self, record: RationalityRecord) -> None:
        """Wait until a dialogue is shown."""
        which = f"Record: {record.dialogue.sample_id}, epoch {record.dialogue.epoch}, of task {record.run.task_id}"
        self.page.locator("#dialogues-content .note", has_text=which).wait_for()


def test_nothing_is_loaded_before_a_reader_comes_to_it(visit: Callable[..., Visit]) -> None:
    one = visit(viewport={"width": 1280, "height": 400})
    one.page.wait_for_timeout(300)
    assert one.loaded == []
    one.page.locator("#dialogues-title").scroll_into_view_if_needed()
    one.tells("348 dialogues")
    assert one.loaded == ["dialogues/index.js"]
    one.page.locator("#dialogues-list a").first.click()
    one.page.locator("#dialogues-content h3").wait_for()
    assert one.loaded == ["dialogues/index.js", "dialogues/0001.js"]
    one.page.locator("#dialogues-next").click()
    one.page.locator("#dialogues-place", has_text="2 of 348").wait_for()
    assert len(one.loaded) == 2
    assert one.complaints == []


def test_filters_and_search_find_what_the_records_hold(visit: Callable[..., Visit], runs: Sequence[Run]) -> None:
    one = visit("#dialogues")
    one.tells("348 dialogues")
    page, form = one.page, one.page.locator("#dialogues-form")
    records = [record for run in runs for record in run.records]

    def count(holds: Callable[[RationalityRecord], object]) -> str:
        return f"{len([*filter(holds, records)])} of 348 dialogues"

    form.locator("[name=value]").select_option("prosocial")
    assert one.status == count(lambda record: record.target.id == "prosocial")
    form.locator("[name=model]").select_option("refuser")
    form.locator("[name=outcome]").select_option(OUTCOMES["refused"])
    mine = [record for record in runs[1].records if record.target.id == "prosocial" and record.measures.n_refused]
    assert one.status == f"{len(mine)} of 348 dialogues"
    form.locator("button[type=reset]").click()
    one.tells("348 dialogues")

    form.locator("[name=from]").fill("0.5")
    form.locator("[name=to]").fill("0.9")
    scored = [(record, record.measures.value_rationality) for record in records]
    within = [record for record, score in scored if score is not None and 0.5 <= float(number(score)) <= 0.9]
    assert 0 < len(within) < 348
    assert one.status == f"{len(within)} of 348 dialogues"
    form.locator("[name=sort]").select_option("low")
    shown = [float(text) for text in page.locator("#dialogues-list .dialogues-score").all_inner_texts()]
    assert shown == sorted(shown)
    assert len(shown) == 25
    form.locator("button[type=reset]").click()

    form.locator("[name=query]").fill("follower ALTRUISTIC slider p3")
    assert one.status == count(lambda record: record.run.model == "follower" and record.target.id == "altruistic")
    address = address_of(runs[1].records[7])
    form.locator("[name=query]").fill(address)
    assert one.status == "1 of 348 dialogues"
    form.locator("[name=query]").fill("nothing of this kind")
    assert one.status == "0 of 348 dialogues"
    assert one.listed() == []
    assert one.complaints == []


def test_what_was_said_is_searched_when_it_is_asked_for(visit: Callable[..., Visit], runs: Sequence[Run]) -> None:
    one = visit("#dialogues")
    one.tells("348 dialogues")
    query = one.page.locator("#dialogues-form [name=query]")
    query.fill("TIMES out of")
    assert one.status == "0 of 348 dialogues"
    query.press("Enter")
    one.tells("in which “TIMES out of” was said")
    said = [record for record in runs[0].records if GOAL in {turn.reply for turn in record.turns}]
    assert one.status.startswith(f"{len(said)} of 348 dialogues")
    assert "keep to my value, 100 times out of 100" in one.page.locator("#dialogues-list q").first.inner_text()
    assert one.page.locator("#dialogues-list q mark").first.inner_text() == "times out of"
    query.fill("")
    one.tells("348 dialogues")
    assert one.page.locator("#dialogues-list q").count() == 0
    # Meanwhile the list can be used.
    query.fill("keep")
    query.fill("")
    query.evaluate(
        """(one) => {
            one.value = "times out of";
            one.form.requestSubmit();
            document.querySelector("#dialogues-list a").click();
        }"""
    )
    one.shown(runs[0].records[0])
    one.tells("in which “times out of” was said")
    assert one.complaints == []


def test_a_long_list_has_pages(visit: Callable[..., Visit]) -> None:
    one = visit("#dialogues")
    one.tells("348 dialogues")
    pager = one.page.locator("#dialogues-pager")
    assert "Page 1 of 14" in pager.inner_text()
    assert pager.get_by_text("Back").is_disabled()
    first = one.page.locator("#dialogues-list a").first.get_attribute("href")
    pager.get_by_text("Last").click()
    assert "Page 14 of 14" in pager.inner_text()
    assert len(one.listed()) == 348 - 13 * 25
    pager.get_by_text("Back").click()
    assert "Page 13 of 14" in pager.inner_text()
    pager.get_by_text("First").click()
    assert one.page.locator("#dialogues-list a").first.get_attribute("href") == first


def test_a_dialogue_has_an_address(visit: Callable[..., Visit], runs: Sequence[Run]) -> None:
    record, after = runs[1].records[41:43]
    one = visit(f"#dialogue={address_of(record)}")
    one.shown(record)
    assert one.loaded == ["dialogues/index.js", "dialogues/0001.js"]
    assert one.page.locator("#dialogues-content h3").inner_text() == f"{record.target.id} in {record.game.id}"
    assert one.page.evaluate("document.activeElement.closest('#dialogues-content') !== null")
    top = one.page.locator("#dialogues-reader").bounding_box()
    assert top is not None
    assert -2 < top["y"] < 200
    current = one.page.locator("#dialogues-list [aria-current]")
    assert current.get_attribute("href") == f"#dialogue={address_of(record)}"
    one.page.locator("#dialogues-next").click()
    one.shown(after)
    assert one.page.url.endswith(f"#dialogue={address_of(after)}")
    assert one.page.evaluate("document.activeElement.id") == "dialogues-next"
    one.page.go_back()
    one.shown(record)
    one.page.evaluate("location.hash = '#dialogues'")
    one.page.locator("#dialogues-reader").wait_for(state="hidden")
    one.page.go_back()
    one.shown(record)
    assert one.complaints == []


@pytest.mark.parametrize("address", ["nobody.altruistic.game.template.1", "%E0%A4%A", "<img src=x>", ""])
def test_an_unknown_address_says_so(address: str, visit: Callable[..., Visit]) -> None:
    one = visit(f"#dialogue={address}")
    one.page.locator("#dialogues-content h3", has_text="No such dialogue").wait_for()
    assert "This report has no dialogue" in one.page.locator("#dialogues-content p").inner_text()
    assert one.page.locator("#dialogues-content img").count() == 0
    one.tells("348 dialogues")
    assert one.complaints == []


def test_keys_go_from_dialogue_to_dialogue(visit: Callable[..., Visit], runs: Sequence[Run]) -> None:
    first, second, third = runs[0].records[:3]
    one = visit(f"#dialogue={address_of(second)}")
    one.shown(second)
    one.page.keyboard.press("ArrowRight")
    one.shown(third)
    one.page.keyboard.press("ArrowLeft")
    one.shown(second)
    one.page.keyboard.press("ArrowLeft")
    one.shown(first)
    one.page.keyboard.press("ArrowLeft")
    assert one.page.locator("#dialogues-previous").get_attribute("href") is None
    one.page.locator("#dialogues-form [name=query]").focus()
    one.page.keyboard.press("ArrowRight")
    one.page.wait_for_timeout(100)
    one.shown(first)
    one.page.locator("#dialogues-list a").nth(4).focus()
    one.page.keyboard.press("Enter")
    one.shown(runs[0].records[4])


def test_a_link_can_be_copied(visit: Callable[..., Visit], runs: Sequence[Run]) -> None:
    one = visit(f"#dialogue={address_of(runs[0].records[0])}", permissions=["clipboard-read", "clipboard-write"])
    one.shown(runs[0].records[0])
    one.page.locator("#dialogues-copy").click()
    one.page.locator("#dialogues-copied", has_text="Copied.").wait_for()
    assert one.page.evaluate("navigator.clipboard.readText()") == one.page.url


def test_a_conversation_says_what_was_said_chosen_and_ideal(visit: Callable[..., Visit], runs: Sequence[Run]) -> None:
    record = next(
        record
        for record in runs[0].records
        if record.target.id == "prosocial" and record.goal_text and record.measures.value_rationality not in (None, 1)
    )
    one = visit(f"#dialogue={address_of(record)}")
    one.shown(record)
    content = one.page.locator("#dialogues-content")
    assert record.measures.value_rationality is not None
    assert content.locator(".dialogues-head .dialogues-score").inner_text() == number(record.measures.value_rationality)
    assert content.locator("blockquote pre").inner_text() == GOAL
    replies = content.locator(".dialogues-reply pre").all_inner_texts()
    assert replies == [turn.reply for turn in record.turns if turn.reply is not None]
    assert content.locator(".dialogues-reply mark").first.inner_text() == GOAL
    asked = content.locator(".dialogues-asked pre").all_text_contents()
    assert asked == [turn.prompt for turn in record.turns]
    decisions = content.locator(".dialogues-decision")
    assert decisions.count() == len(record.decisions)
    for place, decision in enumerate(record.decisions):
        table = decisions.nth(place).locator("table")
        item = next(item for item in record.game.items if item.id == decision.item_id)
        rows = table.locator("tbody tr").all_inner_texts()
        assert len(rows) == len(item.options)
        chosen = table.locator(".dialogues-chosen th").inner_text()
        assert chosen == f"{next(one.label for one in decision.shown if one.option_id == decision.option_id)} chosen"
        payoffs = {option.id: option.payoffs for option in item.options}
        for row, shown in zip(rows, decision.shown, strict=True):
            assert [float(text) for text in row.split("\t")[-2:]] == [*payoffs[shown.option_id]]
        assert table.locator(".dialogues-ideal").count() >= 1


def test_a_second_question_is_told_as_such(visit: Callable[..., Visit], runs: Sequence[Run]) -> None:
    record = next(record for record in runs[1].records if any(turn.attempt > 1 for turn in record.turns))
    one = visit(f"#dialogue={address_of(record)}")
    one.shown(record)
    again = one.page.locator(".dialogues-asked .dialogues-who", has_text="asked again")
    assert again.count() == sum(turn.attempt > 1 for turn in record.turns)
    refused = sum(decision.status == "refused" for decision in record.decisions)
    assert one.page.locator(".dialogues-decision > p", has_text="Refused (declined).").count() == refused
    assert f"{record.measures.n_answered} of 6 answered" in one.page.locator("#dialogues-content dl").inner_text()


def test_evil_replies_are_text_and_long_ones_are_shown_when_asked_for(
    visit: Callable[..., Visit], runs: Sequence[Run]
) -> None:
    record = next(record for record in runs[2].records if record.goal_text)
    one = visit(f"#dialogue={address_of(record)}")
    one.shown(record)
    content = one.page.locator("#dialogues-content")
    assert SHOWN in content.inner_text()
    assert f"evil {SHOWN}" in content.locator(".dialogues-about").inner_text()
    assert content.locator("img, script").count() == 0
    long = content.locator(".dialogues-reply").last
    assert len(long.locator("pre").inner_text()) == 2001
    long.locator("button", has_text="Show all 1,048,576 characters").click()
    assert long.locator("pre").evaluate("(one) => one.textContent.length") == 2**20
    assert long.locator("button").count() == 0
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert one.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(scheme: str, width: int, visit: Callable[..., Visit], runs: Sequence[Run]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    record = next(record for record in runs[1].records if any(turn.attempt > 1 for turn in record.turns))
    one = visit(f"#dialogue={address_of(record)}", color_scheme=scheme, viewport={"width": width, "height": 844})
    one.shown(record)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    one.page.evaluate("document.querySelectorAll('#dialogues details').forEach((one) => { one.open = true; })")

    def violations() -> list[tuple[str, str]]:
        found = axe.Axe().run(one.page, context="#dialogues").response["violations"]
        return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]

    assert violations() == []
    one.page.evaluate(f"location.hash = '#dialogue={address_of(runs[0].records[0])}'")
    one.shown(runs[0].records[0])
    assert violations() == []
    one.page.evaluate("location.hash = '#dialogues'")
    one.page.locator("#dialogues-reader").wait_for(state="hidden")
    assert violations() == []
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_a_dialogue_takes_the_place_of_the_list(visit: Callable[..., Visit]) -> None:
    one = visit("#dialogues", viewport={"width": 390, "height": 844})
    one.tells("348 dialogues")
    one.page.locator("#dialogues-list a").nth(2).click()
    one.page.locator("#dialogues-content h3").wait_for()
    assert one.page.locator("#dialogues-list").is_hidden()
    one.page.locator(".dialogues-back").click()
    one.page.locator("#dialogues-list").wait_for()
    assert one.page.locator("#dialogues-reader").is_hidden()


def test_without_scripts_a_sentence_says_where_the_dialogues_are(
    browser: Browser, runs: Sequence[Run], tmp_path: Path
) -> None:
    path = write_report([replace(runs[0], log="/elsewhere/logs/one.eval")], tmp_path / "report")
    one = Visit(browser, path, "", java_script_enabled=False)
    said = one.page.locator("#dialogues noscript").inner_text()
    assert "Every dialogue is, whole, a line of the rationality log of its run" in said
    assert "one.eval" in said
    assert "somebody" not in said
    assert one.page.locator("#dialogues-form").is_hidden()
    one.page.context.close()


def test_a_missing_file_is_named(visit: Callable[..., Visit], runs: Sequence[Run], tmp_path: Path) -> None:
    path = write_report(runs[:1], tmp_path / "report")
    (path.parent / "dialogues" / "0001.js").unlink()
    one = visit("#dialogues", path=path)
    one.tells("170 dialogues")
    one.page.locator("#dialogues-list a").first.click()
    one.tells("dialogues/0001.js could not be read")
    (path.parent / "dialogues" / "index.js").unlink()
    other = visit("#dialogues", path=path)
    other.tells("dialogues/index.js could not be read")


def test_on_paper_stands_the_dialogue_that_is_open(visit: Callable[..., Visit], runs: Sequence[Run]) -> None:
    one = visit(f"#dialogue={address_of(runs[0].records[0])}")
    one.shown(runs[0].records[0])
    one.page.emulate_media(media="print")
    assert one.page.locator("#dialogues-content").is_visible()
    for tool in ("#dialogues-form", "#dialogues-list", "#dialogues-next"):
        assert one.page.locator(tool).is_hidden()
    one.page.evaluate("location.hash = ''")
    one.page.locator("#dialogues").wait_for(state="hidden")
