"""The page without a browser: right words, right numbers, and nothing that a model says gets out of its place."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import html5lib
import pytest
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log
from lxml import html as lxml_html
from simulation import simulate
from typer.testing import CliRunner

from hvae_bench import hvae_bench
from hvae_bench.analysis import load
from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.cli.main import app
from hvae_bench.log.runs import Run
from hvae_bench.report import write_report
from hvae_bench.report.figure import Figure
from hvae_bench.report.page import MOST_ROWS, VERDICTS, page
from hvae_bench.report.subject import subjects_of
from hvae_bench.report.table import Table, cell
from hvae_bench.scorers import COUNTS, Estimate
from hvae_bench.scorers.estimate import undefined
from hvae_bench.text.errors import LogError
from hvae_bench.text.number import number, percent

from .conftest import MODELS, says
from .states import STATES, SYSTEMS, Shown
from .test_dialogues import SHOWN, evil_run

YES, NO = VERDICTS["supported"], VERDICTS["not_supported"]

# By what each model does: the truth differs between neutral and pronounced values or not, a goal changes nothing, and
# values are followed alike or not. Of one that never varies the numbers themselves decide.
RIGHT = {
    "follows all": [NO, NO, YES],
    "ignores its value": [NO, NO, NO],
    "follows neutral values better": [YES, NO, NO],
    "one label only": [NO, NO, YES],
}


def tree_of(report: Path) -> lxml_html.HtmlElement:
    return lxml_html.fromstring(report.read_text(encoding="utf-8"))


def texts(tree: lxml_html.HtmlElement, selector: str) -> list[str]:
    return [" ".join(one.text_content().split()) for one in tree.cssselect(selector)]


@pytest.mark.parametrize("name", RIGHT)
def test_models_of_known_truth_get_the_right_chips(name: str, catalog: Catalog) -> None:
    # One run in twenty would be misled by its draws; this seed is not.
    run = simulate(catalog, "slider", name, says(MODELS[name]), epochs=30, seed=1)
    content = page([run], subjects_of([run]), [])
    assert texts(lxml_html.fromstring(content), ".card .chip") == RIGHT[name]


def as_printed(value: float | Estimate, share: bool) -> str:
    written = percent if share else number
    if not isinstance(value, Estimate):
        return written(value)
    ends = f" [{written(value.lower)}, {written(value.upper)}]"
    return written(value.mean) + (ends if value.no_interval is None else "")


def named_numbers(tree: lxml_html.HtmlElement, names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Run, name and text of every number on the page that has a name."""
    for element in tree.cssselect("[data-metric]"):
        row = element.xpath("ancestor::tr")
        run = element.get("data-run") or next(text for text in texts(row[0], "th, td") if text in names)
        for mark in element.cssselect("sup"):
            mark.drop_tree()
        yield run, element.get("data-metric"), " ".join(element.text_content().split())


@pytest.mark.parametrize("state", ["three real models", "several systems", "refusing", "core"])
def test_every_number_is_that_of_the_analysis(state: str, shown: Shown) -> None:
    subjects = {one.name: one.run.analysis for one in subjects_of(shown(state)[1])}
    shares = {"answered_rate", "refused_rate"}
    found = list(named_numbers(tree_of(shown(state)[0]), list(subjects)))
    assert {run for run, name, _ in found if name == "value_rationality"} == subjects.keys()
    for run, name, text in found:
        counts = {of: value for count in COUNTS for of, value in count.values(subjects[run]).items()}
        known = subjects[run].numbers.get(name) or counts[name]
        assert text == as_printed(known, name.partition("(")[0] in shares), (run, name)


@pytest.mark.parametrize("state", STATES)
def test_the_page_is_valid_and_whole(state: str, shown: Shown) -> None:
    path = shown(state)[0]
    content = path.read_text(encoding="utf-8")
    assert len(content.encode()) <= 1_000_000
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(content)
    tree = lxml_html.fromstring(content)
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for link in tree.xpath("//@href[not(starts-with(., 'data:') or starts-with(., 'https://'))]"):
        assert link[1:] in ids if link.startswith("#") else (path.parent / link).is_file(), link
    for reference in tree.xpath("//@aria-labelledby"):
        assert set(reference.split()) <= {*ids}
    assert not tree.xpath("//@src")
    for table in tree.cssselect("table"):
        assert texts(table, "caption") != [""]
        assert all(head.get("scope") in {"col", "row"} for head in table.cssselect("th"))
    for figure in tree.cssselect("figure"):
        assert all(len(text) > 40 for text in texts(figure, ".words p"))


def test_one_model_is_named_in_the_title_and_several_are_counted(shown: Shown) -> None:
    (one,), (eight,) = (texts(tree_of(shown(state)[0]), "h1") for state in ("one model", "eight models"))
    assert one == "How far maker/model-0-instruct serves the values it is given"
    assert eight == "How far 8 models serve the values they are given"


def test_a_card_has_a_line_for_each_value_system(shown: Shown) -> None:
    tree = tree_of(shown("several systems")[0])
    assert texts(tree, ".card dt") == list(SYSTEMS)
    assert all("[" in text for text in texts(tree, ".card dd.headline"))


def test_who_refuses_is_warned_of_and_its_cells_are_counted(shown: Shown) -> None:
    tree = tree_of(shown("refusing")[0])
    *_, last = tree.cssselect(".card")
    assert "not comparable" in " ".join(texts(last, ".warning"))
    assert "Refuses to choose by a rule" in " ".join(texts(last, ".verdict"))
    assert max(len(text.split()) for text in texts(tree, ".notes li, .why li")) < 40


def test_what_was_not_measured_stands_in_one_line_with_the_scenario_that_would(shown: Shown) -> None:
    (line, *_) = texts(tree_of(shown("core")[0]), "section[aria-labelledby=not-measured] > p")
    assert "Framing effect" in line
    assert "scenario robustness measures" in line


def test_long_tables_end_with_how_many_rows_are_in_the_file(small_runs: Sequence[Run]) -> None:
    reason = undefined("nothing was answered")
    rows = tuple((cell("place", str(place)), cell("score", reason)) for place in range(MOST_ROWS + 7))
    figure = Figure("made", "Made", "Made for this test.", "Nothing.", (), (Table("made-numbers", "Numbers", rows),))
    tree = lxml_html.fromstring(page(small_runs, subjects_of(small_runs), [figure]))
    assert len(tree.cssselect("#made-numbers-caption ~ tbody tr")) == MOST_ROWS
    assert "7 more rows are in made-numbers.csv." in texts(tree, ".note")
    assert texts(tree, "#made .notes li") == ["a nothing was answered"], "each reason once"


def test_a_run_that_broke_off_says_how_much_is_missing(shown: Shown) -> None:
    tree = tree_of(shown("broken off")[0])
    warnings = texts(tree, ".warning")
    assert "It is not finished: 39 of 68 planned dialogues missing." in warnings
    assert "late: no dialogue is there yet." in warnings
    with pytest.raises(LogError, match="None of these runs has any dialogue yet"):
        write_report(shown("broken off")[1][1:], shown("broken off")[0].parent / "other")


def test_a_cancelled_log_is_reported(run: Callable[..., EvalLog], tmp_path: Path) -> None:
    log = run(hvae_bench(scenario="paper"), "hvae/uniform", epochs=2, limit=3)
    cut = read_eval_log(log.location)
    cut.status = "started"
    cut.results = None
    cut.samples = (cut.samples or [])[:2]
    write_eval_log(cut, str(tmp_path / "cut.eval"))
    (loaded,) = load(tmp_path / "cut.eval")
    warnings = texts(tree_of(write_report([loaded], tmp_path / "report")), ".warning")
    assert any("4 of 6 planned dialogues missing" in warning for warning in warnings)


@pytest.fixture(scope="module")
def evil_report(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report([evil_run(catalog)], tmp_path_factory.mktemp("evil") / "report")


def test_what_a_model_says_stays_text(evil_report: Path) -> None:
    content = evil_report.read_text(encoding="utf-8")
    own = re.sub(r"<script>.*?</script>\n", "", content, flags=re.DOTALL)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", own)
    tree = tree_of(evil_report)
    assert not tree.cssselect("img")
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
    assert f"evil {SHOWN}" in tree.cssselect(".card h3")[0].text_content()
    assert SHOWN in tree.cssselect("title")[0].text_content()


def test_no_script_runs_but_those_of_the_package(evil_report: Path) -> None:
    tree = tree_of(evil_report)
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    scripts = [one for one in tree.cssselect("script") if one.get("type") != "text/plain"]
    assert policy.count("'sha256-") == len(scripts)
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


def test_no_file_beside_the_page_holds_a_formula(evil_report: Path) -> None:
    for path in evil_report.parent.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as rows:
            for row in csv.reader(rows):
                for field in row:
                    assert not re.match(r"\s*[=+@＝]|\s*-(?!\d+(\.\d+)?(e-?\d+)?$|$)", field), (path.name, field)


def test_the_same_runs_give_the_same_bytes(small_runs: Sequence[Run], tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_report(small_runs[:1], tmp_path / name)
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").rglob("*") if path.is_file()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "other").rglob("*") if path.is_file()}
    assert {"index.html", "numbers.csv", "report.json"} <= files.keys()


def test_the_command_writes_a_report(run: Callable[..., EvalLog], tmp_path: Path) -> None:
    log = run(hvae_bench(scenario="paper"), "hvae/uniform", epochs=1, limit=2)
    done = CliRunner().invoke(app, ["report", str(log.location), "-o", str(tmp_path / "page")])
    assert done.exit_code == 0, done.output
    assert done.output.strip() == str(tmp_path / "page" / "index.html")


def test_importing_the_report_loads_nothing_heavy() -> None:
    program = "import sys, hvae_bench.report; print({'jinja2', 'scipy'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
