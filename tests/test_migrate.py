"""`hvae migrate`: entries in the form of data version 0.1 become entries of today that read the same."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.dialogue.cost import whole_dialogue
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.lint import validate
from hvae_bench.log.overview import find_cell
from hvae_bench.text.errors import CatalogError

from .terminal import hvae

OLD = Path(__file__).parent / "data" / "form_0_1"
PROMPTS: dict[str, list[str]] = json.loads((OLD / "prompts.json").read_text(encoding="utf-8"))
"""What the model read, by the cell's old id `VALUE.GAME.TEMPLATE.FRAMING`."""

NOW = {
    "my-template.my-framing": "my-template.w-en-my-framing.f-my-framing",
    "my-template.my-framing-reversed": "my-template.w-en-my-framing.f-my-framing.o-reversed",
    "goal-prompting.my-framing": "goal-prompting.w-en-my-framing.f-my-framing",
    "goal-prompting.my-framing-reversed": "goal-prompting.w-en-my-framing.f-my-framing.o-reversed",
    "goal-prompting-2.my-framing": "goal-prompting.w-en-2-my-framing.f-my-framing",
    "goal-prompting-2.my-framing-reversed": "goal-prompting.w-en-2-my-framing.f-my-framing.o-reversed",
    "goal-prompting.coins-en": "goal-prompting",
    "goal-prompting.coins-en-reversed": "goal-prompting.o-reversed",
    "goal-prompting.coins-en-items-reversed": "goal-prompting.i-reversed",
    "told-in-a-word.coins-en": "told-in-a-word.w-en-2",
    "told-in-a-word.coins-en-reversed": "told-in-a-word.w-en-2.o-reversed",
    "told-in-a-word.coins-en-items-reversed": "told-in-a-word.w-en-2.i-reversed",
    "told-the-rule.taler": "told-the-rule.w-de.f-taler",
    "goal-prompting-de.coins-de": "goal-prompting.w-de",
    "goal-prompting-de.taler": "goal-prompting.w-de.f-taler",
    "domanda.fiorini": "domanda.w-it.f-fiorini.i-reversed",
}
"""Template and framing of old, and what a cell's id has of them now."""


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    done = hvae("migrate", OLD, "-o", folder / "new", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "new"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of the old folder, to be spoilt."""
    return Path(shutil.copytree(OLD, tmp_path / "mine"))


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture(scope="module")
def catalog(new: Path) -> Catalog:
    return load_catalog([new])


def prompts(catalog: Catalog, cell: str) -> list[str]:
    """What the model reads in a cell."""
    lines = whole_dialogue(find_cell(catalog, cell).script(), 0)
    return [f"{line.role}: {line.text}" for line in lines if line.role != "assistant"]


@pytest.mark.parametrize("before", PROMPTS)
def test_a_model_reads_the_same(catalog: Catalog, before: str) -> None:
    value, game, template_and_framing = before.split(".", 2)
    read = prompts(catalog, f"{value}.{game}.{NOW[template_and_framing]}")
    if template_and_framing.startswith("goal-prompting-de"):
        # The package's German sentences were fixed since; options, units and counterpart are as they were.
        asked = [re.findall(r"^[A-Z]\. .*$", text, re.M) for text in (*PROMPTS[before], *read)]
        assert asked[: len(read)] == asked[len(read) :]
        assert any(asked)
    else:
        # What expected no reply was a message of its own then; now it begins the next one.
        assert "\n\n".join(read).replace("\n\nuser: ", "\n\n") == "\n\n".join(PROMPTS[before]).replace(
            "\n\nuser: ", "\n\n"
        )


def test_a_scenario_runs_the_same_cells_and_keeps_its_comments(new: Path, catalog: Catalog) -> None:
    cells = {cell.id for cell in build_cells(catalog, catalog.scenarios["my-scenario"])}
    assert cells == {f"{value}.{game}.{NOW[rest]}" for value, game, rest in (id_.split(".", 2) for id_ in PROMPTS)}
    text = (new / "scenarios" / "my-scenario.yaml").read_text(encoding="utf-8")
    assert "# The id is the file's name without `.yaml`.\nid: my-scenario\n" in text
    assert "# What is crossed.\ncrossings:\n" in text


def test_games_are_kept_but_for_payoffs_and_system(new: Path) -> None:
    """Comments, order of fields and spelling of numbers."""
    text = (new / "games" / "share-or-keep.yaml").read_text(encoding="utf-8")
    before = (OLD / "games" / "share-or-keep.yaml").read_text(encoding="utf-8")
    written = re.sub(r"payoff_self: (\d+), payoff_other: (\d+)", r"payoffs: [\1, \2]", before)
    unit = "# The rounding step of the payoffs"
    assert text.split("\n", 1)[1] == written.replace(unit, f"system: svo\n{unit}")
    assert "  shift: [250, 250]\n" in (new / "games" / "slider-in-cents.yaml").read_text(encoding="utf-8")


def test_what_comes_of_it_is_sound(new: Path) -> None:
    """But for one value, which says what the data set says, too."""
    assert {(one.rule, one.path.name) for one in validate([new]).findings if one.severity == "error"} == {
        ("near-duplicate", "equal-shares.yaml")
    }


def test_what_is_called_otherwise_and_what_is_lost_is_told(tmp_path: Path) -> None:
    done = hvae("migrate", OLD, "-o", "new", cwd=tmp_path)
    told = done.stdout.splitlines()
    assert (
        "In place of `-T framings=my-framing-reversed` write `-T framings=my-framing -T wordings=en-my-framing "
        "-T option_orders=reversed`." in told
    )
    assert "In place of `-T templates=domanda` write `-T templates=domanda -T wordings=it`." in told
    lost = {re.sub(r"^Comments in .*?/form_0_1/(\S+) are not kept .*$", r"\1", line) for line in told if "Comm" in line}
    assert lost == {
        "values/equal-shares.yaml",
        *(f"templates/{name}.yaml" for name in ("my-template", "told-in-a-word", "told-the-rule")),
        "framings/my-framing.yaml",
        "scenarios/my-scenario.yaml",  # below its crossings
    }
    assert told[-1] == "Check it: hvae validate new"


def test_the_new_folder_lies_beside_the_old_one_unless_it_is_named(old: Path) -> None:
    done = hvae("migrate", "mine", "--json", cwd=old.parent)
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert set(told) == {"files", "notes", "faults"}
    made = {path.relative_to(old.parent) for path in (old.parent / "mine-new").rglob("*.yaml")}
    assert {Path(file) for file in told["files"]} == made
    assert {path.relative_to(OLD): path.read_bytes() for path in OLD.rglob("*.yaml")} == {
        path.relative_to(old): path.read_bytes() for path in old.rglob("*.yaml")
    }


def test_orders_and_payoffs_in_other_places_are_found(old: Path) -> None:
    game = old / "games" / "give-or-keep.yaml"
    change(game, "{id: keep, payoff_self: 10, payoff_other: 0}", "{payoff_other: 0, payoff_self: 10, id: keep}")
    change(
        game,
        "      - {id: give, payoff_self: 9, payoff_other: 6}\n",
        "      - id: give # mine\n        payoff_self: 9 # less\n        payoff_other: 6\n",
    )
    change(old / "games" / "slider-in-cents.yaml", "  shift_self: 250\n", "")
    done = hvae("migrate", old, cwd=old.parent)
    assert done.returncode == 0
    assert "Comments in" in next(line for line in done.stdout.splitlines() if "give-or-keep" in line and "Comm" in line)
    games = load_catalog([old.parent / "mine-new"]).games
    assert [option.payoffs for option in games["give-or-keep"].items[0].options] == [(10, 0), (9, 6)]
    text = (old.parent / "mine-new" / "games" / "give-or-keep.yaml").read_text(encoding="utf-8")
    assert "      - {payoffs: [10, 0], id: keep}\n      - id: give # mine\n        payoffs: [9, 6]\n" in text
    assert "  shift: [0, 250]\n" in (old.parent / "mine-new" / "games" / "slider-in-cents.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    "file", ["values/equal-shares", "games/give-or-keep", "templates/domanda", "framings/taler"], ids=lambda one: one
)
def test_who_loads_the_old_form_is_told_of_it(tmp_path: Path, file: str) -> None:
    (tmp_path / file).parent.mkdir()
    shutil.copy(OLD / f"{file}.yaml", tmp_path / file.partition("/")[0])
    with pytest.raises(CatalogError, match="`hvae migrate FOLDER` does it"):
        load_catalog([tmp_path])


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a field is missing": (
        lambda old: change(old / "templates" / "domanda.yaml", "family: domanda\n", ""),
        "mine/templates/domanda.yaml:1: `family` is missing, or not as data version 0.1 had it. Fix: correct it, or "
        "take the file out of the folder if it is in the current form already.",
    ),
    "no YAML": (
        lambda old: change(old / "framings" / "taler.yaml", "id: taler", "id: [taler"),
        "mine/framings/taler.yaml:1: this is not valid YAML",
    ),
    "the other's payoff first": (
        lambda old: change(
            old / "framings" / "taler.yaml",
            "{label}. Du bekommst {payoff_self} Taler, die andere Person bekommt {payoff_other} Taler",
            "{label}: {payoff_other} für die andere Person und {payoff_self} für dich",
        ),
        "mine/framings/taler.yaml: the option line '{label}: {payoff_other} für die andere Person und {payoff_self} "
        "für dich' does not name one's own payoff before the other's",
    ),
    "a framing in the place of the package's": (
        lambda old: change(old / "framings" / "taler.yaml", "id: taler", "id: taler\nreplaces: taler"),
        "mine/framings/taler.yaml: framings no longer hold a language or an order",
    ),
    "a template in the place of the package's": (
        lambda old: change(old / "templates" / "domanda.yaml", "id: domanda", "id: domanda\nreplaces: domanda"),
        "mine/templates/domanda.yaml: all languages share the package's templates now",
    ),
    "an unknown placeholder": (
        lambda old: change(old / "templates" / "domanda.yaml", "Qual è", "Qual è, {nome},"),
        "mine/templates/domanda.yaml: nothing takes the place of {nome}. Remove it.",
    ),
    "an unknown template": (
        lambda old: change(old / "scenarios" / "my-scenario.yaml", "[goal-prompting-de]", "[goal-prompt-de]"),
        "mine/scenarios/my-scenario.yaml: there is no template 'goal-prompt-de'",
    ),
    "an unknown framing": (
        lambda old: change(old / "scenarios" / "my-scenario.yaml", "coins-de", "coins-xy"),
        "mine/scenarios/my-scenario.yaml: there is no framing 'coins-xy'",
    ),
    "two languages in a crossing": (
        lambda old: change(old / "scenarios" / "my-scenario.yaml", "coins-de", "coins-fr"),
        "mine/scenarios/my-scenario.yaml: in a crossing 'goal-prompting-de' is in 'de', and 'coins-fr' in 'fr'.",
    ),
    "payoffs apart": (
        lambda old: change(
            old / "games" / "share-or-keep.yaml",
            "{id: share, payoff_self: 55, payoff_other: 70}",
            "{payoff_self: 55, id: share, payoff_other: 70}",
        ),
        "mine/games/share-or-keep.yaml: `payoff_self` and `payoff_other` do not stand side by side in line 18.",
    ),
    "words that a language lacks": (
        lambda old: change(old / "scenarios" / "my-scenario.yaml", "games: [share-or-keep]", "games: [give-or-keep]"),
        "mine: what would come of it cannot be loaded: in scenarios/my-scenario.yaml the wording 'de' (de) has no "
        "words for the situation of 'dear' in the game 'give-or-keep'",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_sentence_and_nothing_is_written(old: Path, fault: str) -> None:
    spoil, sentence = FAULTS[fault]
    spoil(old)
    done = hvae("migrate", "mine", cwd=old.parent)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = [line for line in done.stderr.splitlines() if sentence in line]
    assert line.startswith("hvae: ")
    assert "/.mine-new" not in line
    assert sorted(path.name for path in old.parent.iterdir()) == ["mine"]


def test_all_faults_are_told_at_once(old: Path) -> None:
    for fault in ("a field is missing", "payoffs apart"):
        FAULTS[fault][0](old)
    done = hvae("migrate", "mine", "--json", cwd=old.parent)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert (told["files"], len(told["faults"])) == ([], 3)  # the scenario names the template that could not be read
    assert [f"hvae: {fault}" for fault in told["faults"]] == done.stderr.splitlines()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "There is no folder 'nowhere'."),
        (["mine", "-o", "mine"], "'mine' is there already."),
        (["empty"], "'empty' holds no entry."),
        (["new"], "'new' has wordings or systems: it is in the current form already."),
    ],
)
def test_wrong_use_is_told(old: Path, arguments: list[str], sentence: str) -> None:
    (old.parent / "empty").mkdir()
    (old.parent / "new" / "wordings").mkdir(parents=True)
    done = hvae("migrate", *arguments, cwd=old.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"hvae: {sentence}")
