"""`hvae validate` as a user types it: what is checked, how it is told, exit codes, and what `--fix` may do."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from hvae_bench.lint import Finding, Validation, validate
from hvae_bench.lint.files import collect
from hvae_bench.lint.header import fixed_text
from hvae_bench.lint.run import BETWEEN_FILES, FORMATS, OF_A_FILE, github_line, text_line
from hvae_bench.text.document import read_document
from tests.terminal import hvae
from tests.work import calls

ROOT = Path(__file__).parent.parent.parent
BAD = ROOT / "tests" / "fixtures" / "bad"
GOOD = ROOT / "tests" / "fixtures" / "good"


def put(source: Path, folder: Path) -> Path:
    copy = folder / source.parent.name / source.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, copy)
    return copy


# --- what is checked


def test_a_broken_file_stops_no_other(tmp_path: Path) -> None:
    for name in ("yaml-safe/values/anchor", "yaml-syntax/values/open-quote", "encoding/values/latin"):
        put(BAD / f"{name}.yaml", tmp_path)
    put(BAD / "payoff-range/games/too-large.yaml", tmp_path)
    found = validate([tmp_path])
    assert found.files == 4
    assert {(one.path.stem, one.rule) for one in found.findings} == {
        ("anchor", "yaml-safe"),
        ("open-quote", "yaml-syntax"),
        ("latin", "encoding"),
        ("too-large", "payoff-range"),
    }


def test_every_mistake_of_a_file_is_told(tmp_path: Path) -> None:
    path = put(GOOD / "text-size/wordings/long-unit.yaml", tmp_path)
    text = path.read_text("utf-8")
    wrong = {
        "title: English": ("titel: English", "schema"),
        "language: en": ("language: English", "schema"),
        "name: tokens": ("name: some {nobody}", "placeholder-unknown"),
    }
    for before, (after, _) in wrong.items():
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")
    rows = text.split("\n")
    told = [
        (next(number for number, row in enumerate(rows, 1) if after in row), rule) for after, rule in wrong.values()
    ]
    assert [(one.line, one.rule) for one in validate([tmp_path]).findings] == told


def test_one_file_is_checked_against_its_whole_folder(tmp_path: Path) -> None:
    put(GOOD / "schema/values/unknown-motive.yaml", tmp_path)
    put(BAD / "yaml-safe/values/anchor.yaml", tmp_path)
    path = put(GOOD / "schema/scenarios/epochs-in-words.yaml", tmp_path)
    text = path.read_text("utf-8").replace("values: [altruistic", "values: [anchor, unknown-motive, altruistic")
    path.write_text(text, encoding="utf-8")
    found = validate([path])
    # A value that is there but broken is no unknown one.
    assert (found.files, found.findings) == (1, ())


def test_folders_are_laid_over_one_another(tmp_path: Path) -> None:
    put(GOOD / "schema/values/unknown-motive.yaml", tmp_path / "first")
    path = put(GOOD / "schema/scenarios/epochs-in-words.yaml", tmp_path / "second")
    text = path.read_text("utf-8").replace("values: [altruistic", "values: [unknown-motive, altruistic")
    path.write_text(text, encoding="utf-8")
    assert validate([tmp_path / "first", tmp_path / "second"]).findings == ()
    assert [one.rule for one in validate([tmp_path / "second"]).findings] == ["unknown-reference"]


def test_a_folder_of_one_kind_is_checked_alone(tmp_path: Path) -> None:
    put(BAD / "yaml-safe/values/anchor.yaml", tmp_path)
    put(GOOD / "schema/games/one-option.yaml", tmp_path)
    assert validate([tmp_path / "games"]) == Validation((), 1)


def test_the_same_mistake_is_told_fifty_times_at_most(tmp_path: Path) -> None:
    path = put(GOOD / "placeholder-unknown/wordings/in-a-name.yaml", tmp_path)
    path.write_text(path.read_text("utf-8").replace("like us", "like" + " {colour}" * 300), encoding="utf-8")
    assert sum(one.rule == "placeholder-unknown" for one in validate([tmp_path]).findings) == 50


def test_ten_times_the_files_take_ten_times_the_work(tmp_path: Path) -> None:
    few, many = (folder_of(tmp_path / str(times), times) for times in (10, 100))
    found = validate([many])
    assert found.files == 600
    assert {one.rule for one in found.findings} <= {"near-duplicate", "header", "paraphrase-number", "family-unlike"}
    alone = calls(lambda: validate([few]))  # the catalogue of the package lies below the files
    assert calls(lambda: validate([many])) < 12 * alone


def folder_of(folder: Path, times: int) -> Path:
    """Each of six entries, so many times."""
    for kind, id_ in [
        ("values", "prosocial"),
        ("games", "svo-slider-primary"),
        ("templates", "goal-prompting"),
        ("wordings", "en"),
        ("framings", "coins"),
        ("scenarios", "paper"),
    ]:
        text = (ROOT / "dataset" / kind / f"{id_}.yaml").read_text("utf-8").replace("default: true\n", "")
        (folder / kind).mkdir(parents=True)
        for number in range(times):
            own = text.replace(f"id: {id_}\n", f"id: e{number}\n", 1).replace(
                "payoffs: [85, 8", f"payoffs: [85, {number}8"
            )
            (folder / kind / f"e{number}.yaml").write_text(own, encoding="utf-8")
    return folder


WORDING = "id: x\ntitle: X\nsource: Nobody at all.\nlanguage: en\nbased_on: en\nsentences:\n"
ITEM = "  - {id: x, options: [{id: x, payoff: y, payoffs: -}]}\n"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param("values", f"source: '{'.' * 250_000}x'\n", id="signs"),
        pytest.param("values", f"a: x{' ' * 250_000}x\n", id="spaces"),
        pytest.param("values", f"a: {'x.' * 120_000}@\n", id="address"),
        pytest.param("values", f"label: '{'{}' * 120_000}'\n", id="braces"),
        pytest.param("values", f"definition: {'word ' * 50_000}\n", id="words"),
        pytest.param("values", "".join(f"f{n}: 1\n" for n in range(25_000)), id="fields"),
        pytest.param("values", "a: " + "{b: " * 15 + "1" + "}" * 15 + "\n" + "\n" * 250_000, id="lines"),
        pytest.param("values", "\u200b" * 80_000, id="invisible"),
        pytest.param("values", "# yaml-language-server:\n" * 10_000 + "id: x\n", id="headers"),
        pytest.param("wordings", f"sentences: {{decide: '{'{unit}' * 40_000}'}}\n", id="placeholders"),
        pytest.param("wordings", WORDING + "".join(f"  s{n}: '{{s{n + 1}}}'\n" for n in range(11_000)), id="chain"),
        pytest.param(
            "wordings",
            WORDING + "".join(f"  s{n}: '{{s{n + 1}}}{{s{n + 1}}}'\n" for n in range(19)) + "  s19: ha\n",
            id="doubled",
        ),
        pytest.param("templates", "turns:\n" + "  - {kind: decision, say: '{x}'}\n" * 7_000, id="turns"),
        pytest.param("games", "items:\n" + ITEM * 3_800, id="items"),
        pytest.param("scenarios", f"core_values: [{'x, ' * 80_000}]\n", id="ids"),
        pytest.param("scenarios", f"crossings: [{{values: [{'x, ' * 60_000}y]}}]\n", id="unknown ids"),
    ],
)
def test_the_largest_file_gets_its_verdict(tmp_path: Path, kind: str, text: str) -> None:
    (tmp_path / kind).mkdir()
    path = tmp_path / kind / "x.yaml"
    path.write_text(text, encoding="utf-8")
    assert path.stat().st_size <= 256 * 1024
    assert validate([tmp_path]).errors
    for source in collect([tmp_path]).checked:
        fixed_text(source)


# --- how it is told


def test_exit_codes_and_lines(tmp_path: Path) -> None:
    done = hvae("validate", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d+ files checked: 0 errors, 0 warnings\n", done.stdout)
    put(BAD / "payoff-range/games/hard-to-compare.yaml", tmp_path)
    done = hvae("validate", ".", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == (
        "games/hard-to-compare.yaml:19:31: warning[payoff-range]: a payoff is 250000, a number that is hard to "
        "compare. Fix: count in a larger unit.\n1 file checked: 0 errors, 1 warning\n"
    )
    path = put(BAD / "payoff-range/games/too-large.yaml", tmp_path)
    done = hvae("validate", path, "--format", "github", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == (
        "::error file=games/too-large.yaml,line=19,col=31,title=hvae validate%3A payoff-range::a payoff is "
        "2000000, beyond -1,000,000 to 1,000,000. Fix: count in a larger unit."
    )
    done = hvae("validate", "games", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert (told["files"], told["errors"], told["warnings"]) == (2, 1, 1)
    assert told["findings"][1] == {
        "rule": "payoff-range",
        "severity": "error",
        "file": "games/too-large.yaml",
        "line": 19,
        "column": 31,
        "problem": "a payoff is 2000000, beyond -1,000,000 to 1,000,000",
        "fix": "count in a larger unit",
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "There is no file or folder 'nowhere'. Check the path."),
        (["empty"], "'empty' contains no part of a catalogue. Put entries into folders named values, systems, games"),
        (["stray.yaml"], "'stray.yaml' is not in a folder of a catalogue, so its kind is unknown."),
        (["mine"], "There are no entries in 'mine', so nothing was checked."),
        (["mine/values", "--format", "json"], "There are no entries in 'mine/values', so nothing was checked."),
        (["mine", "--format", "xml"], "There is no format 'xml'. Choose one of: text, github, json."),
        (["--fix", "nowhere"], "There is no file or folder 'nowhere'."),
    ],
)
def test_wrong_use_is_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "mine" / "values").mkdir(parents=True)
    (tmp_path / "stray.yaml").write_text("id: stray\n")
    done = hvae("validate", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_in_a_name_or_a_text_reaches_the_terminal_or_the_workflow(tmp_path: Path) -> None:
    finding = Finding("header", "error", tmp_path / "a,b:c%\n\x1b[31m.yaml", 1, 2, "x\r\n::warning::y", "100 % \u202e")
    assert github_line(finding) == (
        f"::error file={tmp_path}/a%2Cb%3Ac%25\\x0a\\x1b[31m.yaml,line=1,col=2,title=hvae validate%3A header::"
        "x\\x0d\\x0a::warning::y. Fix: 100 %25 \\u202e."
    )
    assert text_line(finding).isprintable()
    for form in FORMATS.values():
        assert "\x1b" not in form(Validation((finding,), 1))


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / os.fsdecode(b"\xff.yaml")).write_text("id: x\n")
    done = hvae("validate", ".", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["findings"][0]["file"].startswith("values/")


# --- fix


def test_fix_changes_form_and_nothing_else(tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(ROOT / "dataset", dataset)
    (dataset / "RELEASED.json").unlink(missing_ok=True)
    whole = {path: path.read_bytes() for path in dataset.glob("*/*.yaml")}
    value, framing, game = (
        dataset / name for name in ("values/altruistic.yaml", "framings/coins.yaml", "games/svo-slider-primary.yaml")
    )
    value.write_bytes(value.read_bytes().split(b"\n", 2)[2].replace(b"\n", b"\r\n"))
    framing.write_bytes(framing.read_bytes().replace(b"unit: coins", b"unit: coins  ").rstrip(b"\n"))
    game.write_bytes(b"\xef\xbb\xbf" + game.read_bytes() + b"\n\n")
    game.chmod(0o640)
    done = hvae("validate", "--fix", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.endswith("0 errors, 0 warnings\n")
    assert len(done.stderr.splitlines()) == 3
    assert {path: path.read_bytes() for path in dataset.glob("*/*.yaml")} == whole
    assert game.stat().st_mode & 0o777 == 0o640
    assert not list(dataset.glob("*/.*"))
    assert hvae("validate", "--fix", cwd=tmp_path).stderr == ""


def test_fix_leaves_spaces_that_are_part_of_a_text(tmp_path: Path) -> None:
    path = put(GOOD / "unfinished/wordings/note-in-a-block.yaml", tmp_path)
    path.write_text(path.read_text("utf-8").replace("    Say\n", "    Say  \n"), encoding="utf-8")
    before = path.read_bytes()
    done = hvae("validate", ".", "--fix", cwd=tmp_path)
    assert path.read_bytes() == before
    assert "warning[whitespace]" in done.stdout
    assert done.returncode == 0


def test_fix_gives_a_users_file_its_schema(tmp_path: Path) -> None:
    path = put(BAD / "header/values/no-schema.yaml", tmp_path)
    before = read_document(path).data
    assert hvae("validate", ".", "--fix", cwd=tmp_path).stdout.endswith("0 errors, 0 warnings\n")
    header = path.read_text("utf-8").split("\n")[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=file://(/.*/value\.schema\.json)", header)
    assert found
    assert Path(found[1]).is_file()
    assert read_document(path).data == before


@pytest.mark.parametrize("name", ["yaml-safe/values/anchor", "yaml-syntax/values/open-quote", "encoding/values/latin"])
def test_fix_leaves_what_it_cannot_read(tmp_path: Path, name: str) -> None:
    path = put(BAD / f"{name}.yaml", tmp_path)
    before = path.read_bytes()
    assert hvae("validate", ".", "--fix", cwd=tmp_path).returncode == 1
    assert path.read_bytes() == before


# --- docs


def test_the_page_and_the_linters_agree() -> None:
    page = (ROOT / "docs" / "validate.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|warning|both) \| (.+) \| (.+) \|$", page, re.M)
    meanings = {name: f"{meaning[0].upper()}{meaning[1:]}." for name, _, meaning, _ in rows}
    # Reading a file tells the others.
    for name, look in {**OF_A_FILE, **BETWEEN_FILES}.items():
        assert meanings[name] == " ".join((look.__doc__ or "").split())
    severities: dict[str, set[str]] = {}
    for path in BAD.glob("*/*/*"):
        wanted = re.search(rb"^# expect: \d+:\d+ (\w+) ([a-z-]+)$", path.read_bytes(), re.M)
        assert wanted
        severities.setdefault(wanted[2].decode(), set()).add(wanted[1].decode())
    for name, severity, *_ in rows:
        assert severity == "both" or severities.get(name, {severity}) == {severity}, name
