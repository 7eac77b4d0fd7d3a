"""The page without a browser: right sentences, right numbers, and nothing that a model says gets out of its place."""

from __future__ import annotations

import csv
import json
import math
import random
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest
from hvae_bench.report.summary import tables_of
from inspect_ai.log import EvalLog, read_eval_log
from lxml import html as lxml_html
from simulation import simulate

from hvae_bench import hvae_bench
from hvae_bench.analysis import load
from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.cli.main import app
from hvae_bench.dialogue.render import Question
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.runs import Run
from hvae_bench.report import write_report
from hvae_bench.report.page import page
from hvae_bench.report.subject import subjects_of
from hvae_bench.scorers import COUNTS
from hvae_bench.scorers.estimate import EXACT
from hvae_bench.scorers.numbers import end_names
from hvae_bench.text.errors import LogError, UsageError
from hvae_bench.text.number import number

from .conftest import MODELS, says

BETTER = "Neutral values are followed better than pronounced ones"
GOAL = "Stating a goal first helps"
ALIKE = "All values are followed nearly alike"
YES, NO = "supported", "not supported"

# By what each model does: the truth differs between neutral and pronounced values or not, a goal changes nothing, and
# values are followed alike or not. Of one that never varies the numbers themselves decide.
RIGHT = {
    "follows all": (NO, NO, YES),
    "ignores its value": (NO, NO, NO),
    "follows neutral values better": (YES, NO, NO),
    "one label only": (NO, NO, YES),
}


def page_of(runs: Sequence[Run]) -> str:
    subjects = subjects_of(runs)
    return page(subjects, tables_of(subjects), [], [], per_cell=0, total=0)


def sentences(content: str) -> list[str]:
    return [" ".join(item.text_content().split()) for item in lxml_html.fromstring(content).cssselect(".findings li")]


@pytest.mark.parametrize("name", RIGHT)
def test_models_of_known_truth_get_the_right_sentences(name: str, catalog: Catalog) -> None:
    # One run in twenty would be misled by its draws; this seed is not.
    run = simulate(catalog, "slider", name, says(MODELS[name]), epochs=30, seed=1)
    found = sentences(page_of([run]))
    assert len(found) == 3
    for sentence, statement, verdict in zip(found, (BETTER, GOAL, ALIKE), RIGHT[name], strict=True):
        assert sentence.startswith(f"{verdict} {statement}: {verdict} (")
        ends = re.findall(r"\[[+-]?\d\.\d\d, [+-]?\d\.\d\d\]", sentence)
        assert ends or EXACT in sentence, "what decides is given"


def test_a_model_that_refuses_half_is_not_called_comparable(catalog: Catalog) -> None:
    run = simulate(catalog, "slider", "refuses half", says(MODELS["refuses half"]), epochs=10, seed=1)
    content = page_of([run])
    found = sentences(content)
    assert "not supported" in found[0]
    assert "not supported" in found[1]
    assert not found[2].startswith("not supported")
    row = lxml_html.fromstring(content).cssselect("#headline tbody tr")[0].text_content()
    assert "not comparable: too few answers" in row
    rate = re.findall(r"(\d+\.\d) %", row)[0]
    # 1560 questions, of which a refused one is asked again; five standard errors.
    assert abs(float(rate) - 75) < 5 * 100 * math.sqrt(0.75 * 0.25 / 1560)


def cells_of(content: str) -> dict[str, set[str]]:
    """The printed texts by the name of the metric."""
    found: dict[str, set[str]] = {}
    for cell in lxml_html.fromstring(content).cssselect("[data-metric]"):
        found.setdefault(cell.get("data-metric"), set()).add(cell.text_content())
    return found


def as_printed(metric: str, value: float) -> str:
    if metric.startswith("answered_rate"):
        return f"{100 * value:.1f} %"
    if metric == "dialogues":
        return f"{value:.0f}"
    return "-" if math.isnan(value) else re.sub(r"^-(0\.00)$", r"\1", f"{value:.2f}")


def test_every_number_is_that_of_the_analysis(run: Callable[..., EvalLog], tmp_path: Path) -> None:
    """Page and analysis: the same to the last printed digit, and unrounded the same in the CSV file."""
    arguments = {"value": "prosocial", "error": 0.4}
    log = run(hvae_bench(scenario="slider"), "hvae/noisy", model_args=arguments, epochs=2)
    (loaded,) = load(log.location)
    numbers: dict[str, float] = {}
    for name, one in loaded.analysis.numbers.items():
        numbers |= zip((name, *end_names(name)), (one.mean, one.lower, one.upper), strict=True)
    for count in COUNTS:
        numbers |= count.values(loaded.analysis)
    content = write_report([loaded], tmp_path / "report").read_text(encoding="utf-8")
    printed = cells_of(content)
    headline = {
        f"{name}{end}"
        for name in (
            "value_rationality",
            "value_rationality_min",
            "neutrality_bias",
            "neutrality_bias_gain",
            "goal_effect",
            "goal_effect_filler",
        )
        for end in ("", "_lower", "_upper")
    }
    by_target = {
        f"{name}{end}({target})"
        for name in ("value_rationality", "induction_gain")
        for target in ("altruistic", "prosocial", "individualistic", "competitive")
        for end in ("", "_lower", "_upper")
    }
    assert headline | by_target | {"answered_rate", "dialogues"} <= printed.keys()
    for name, texts in printed.items():
        assert texts == {as_printed(name, numbers.get(name, math.nan))}, name
    assert printed["value_rationality"] == {number(loaded.analysis.numbers["value_rationality"].mean)}
    with (tmp_path / "report" / "headline.csv").open(newline="") as rows:
        (row,) = csv.DictReader(rows)
    for name in headline:
        assert float(row[name]) == pytest.approx(numbers[name], abs=1e-12)


EVIL = (
    "<script>alert(1)</script></script><img src=x onerror=alert(1)>\"onmouseover=alert(1) 'x' {{7*7}} $\\frac{1}{2}$ "
    "\x1b[31mred\x1b[0m \u202eevil\u202c \u200f &lt;"
)
SHOWN = (
    "<script>alert(1)</script></script><img src=x onerror=alert(1)>\"onmouseover=alert(1) 'x' {{7*7}} $\\frac{1}{2}$ "
    "\\x1b[31mred\\x1b[0m \\u202eevil\\u202c \\u200f &lt;"
)


def evil_run(catalog: Catalog) -> Run:
    """A model with an evil name, whose every word is evil, and one of them a megabyte long."""

    def respond(script: DialogueScript, question: Question | None, draw: random.Random) -> str:
        if question is None:
            return f"=HYPERLINK(1) {EVIL}"
        return f"{EVIL}\n{question.shown[0].label}" if question.item_id != "p6" else "x" * 2**20

    made = simulate(catalog, "paper", "evil", respond, epochs=1)
    return replace(made, name=f"evil {EVIL}", model=f"evil {EVIL}")


@pytest.fixture(scope="module")
def evil_report(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report([evil_run(catalog)], tmp_path_factory.mktemp("evil") / "report").parent


def test_what_a_model_says_stays_text(evil_report: Path) -> None:
    content = (evil_report / "index.html").read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", content)
    tree = lxml_html.fromstring(content)
    assert len(tree.cssselect("script")) == 1
    assert not tree.cssselect("img")
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
    texts = [element.text_content() for element in tree.cssselect("pre")]
    assert any(text.startswith(SHOWN) for text in texts)
    assert any(text.startswith(f"=HYPERLINK(1) {SHOWN}") for text in texts)
    assert f"evil {SHOWN}" in tree.cssselect("#runs ~ ul b")[0].text_content()
    assert len(content) < 3_000_000, "a megabyte is not shown whole, eight times over"
    notes = {element.text_content() for element in tree.cssselect("pre + .note")}
    assert "shortened: the first 2,000 of 1,048,576 characters" in notes


def test_files_beside_the_page_hold_everything_and_no_formula(evil_report: Path, catalog: Catalog) -> None:
    lines = (evil_report / "dialogues.jsonl").read_text(encoding="ascii").splitlines()
    assert len(lines) == 8
    first = json.loads(lines[0])
    assert first["goal"] == f"=HYPERLINK(1) {EVIL}".strip()
    assert first["questions"][-1]["turns"][0]["reply"] == "x" * 2**20
    for path in evil_report.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as rows:
            for row in csv.reader(rows):
                for cell in row:
                    assert not re.match(r"\s*[=+@＝]|\s*-(?!\d+(\.\d+)?(e-?\d+)?$|$)", cell), (path.name, cell)
    with (evil_report / "decisions.csv").open(newline="", encoding="utf-8") as rows:
        decisions = list(csv.DictReader(rows))
    assert len(decisions) == 48
    assert any(row["goal"].startswith("'=HYPERLINK(1)") for row in decisions)


def test_figures_hold_names_as_text(evil_report: Path) -> None:
    for path in evil_report.glob("*.svg"):
        content = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|onerror=|onmouseover=", re.sub(r"<!--.*?-->", "", content, flags=re.DOTALL))


def test_the_page_is_valid_and_whole(small_runs: Sequence[Run], tmp_path: Path) -> None:
    path = write_report(small_runs, tmp_path / "report", per_cell=1)
    content = path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(content)
    tree = lxml_html.fromstring(content)
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    links = tree.xpath("//@href")
    for link in (link for link in links if not link.startswith("data:")):
        inside = link.startswith("#")
        assert link[1:] in ids if inside else (path.parent / link).is_file(), link
    assert not tree.xpath("//@src")
    for table in tree.cssselect("table"):
        assert table.cssselect("caption")[0].text_content().strip()
        assert all(head.get("scope") in {"col", "row"} for head in table.cssselect("th"))
    dialogues = tree.cssselect("details.dialogue")
    assert len(dialogues) == 2 * 34
    assert (
        "68 of 136 dialogues are here, the first 1 of each cell" in tree.cssselect("#dialogues ~ p")[0].text_content()
    )
    for figure in tree.cssselect("figure"):
        (svg,) = figure.cssselect("svg")
        words = tree.get_element_by_id(svg.get("aria-labelledby")).text_content()
        assert svg.get("role") == "img"
        assert len(words) > 40
        assert all((path.parent / f"{figure.get('id')}.{form}").is_file() for form in ("svg", "png"))


def test_the_same_runs_give_the_same_bytes(small_runs: Sequence[Run], tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_report(small_runs[:1], tmp_path / name)
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "other").iterdir()}
    assert {"index.html", "radar-run-1.svg", "radar-run-1.png", "headline.csv", "report.json"} <= files.keys()


def test_a_run_that_broke_off_says_how_much_is_missing(small_runs: Sequence[Run], tmp_path: Path) -> None:
    whole = small_runs[0]
    part = replace(whole, records=whole.records[:7], status="started")
    nothing = replace(whole, name="late", records=[], status="started")
    content = write_report([part, nothing], tmp_path / "report").read_text(encoding="utf-8")
    listed = [item.text_content() for item in lxml_html.fromstring(content).cssselect("#runs ~ ul li")]
    assert "still running or broken off; 61 of 68 planned dialogues are missing" in listed[0]
    assert listed[1] == "late: no dialogue is there yet."
    with pytest.raises(LogError, match="None of these runs has any dialogue yet"):
        write_report([nothing], tmp_path / "other")


def test_a_cancelled_log_is_reported(run: Callable[..., EvalLog], tmp_path: Path) -> None:
    log = run(hvae_bench(scenario="paper"), "hvae/uniform", epochs=2, limit=3)
    from inspect_ai.log import write_eval_log

    cut = read_eval_log(log.location)
    cut.status = "started"
    cut.results = None
    cut.samples = (cut.samples or [])[:2]
    write_eval_log(cut, str(tmp_path / "cut.eval"))
    (loaded,) = load(tmp_path / "cut.eval")
    content = write_report([loaded], tmp_path / "report").read_text(encoding="utf-8")
    assert "still running or broken off; 4 of 6 planned dialogues are missing" in content


def test_the_command_writes_a_report(run: Callable[..., EvalLog], tmp_path: Path) -> None:
    from typer.testing import CliRunner

    log = run(hvae_bench(scenario="paper"), "hvae/uniform", epochs=1, limit=2)
    done = CliRunner().invoke(app, ["report", str(log.location), "-o", str(tmp_path / "page"), "--dialogues", "0"])
    assert done.exit_code == 0, done.output
    assert done.output.strip() == str(tmp_path / "page" / "index.html")
    assert "details class" not in (tmp_path / "page" / "index.html").read_text(encoding="utf-8")


def test_without_the_extra_one_sentence_says_what_to_install(
    small_runs: Sequence[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hvae_bench.report.find_spec", lambda name: None if name == "matplotlib" else object())
    with pytest.raises(UsageError, match=r"needs matplotlib, not installed here. Run: pip install 'hvae-bench\[re"):
        write_report(small_runs, tmp_path / "report")


def test_importing_the_report_loads_nothing_heavy() -> None:
    program = "import sys, hvae_bench.report; print({'matplotlib', 'jinja2', 'scipy'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
