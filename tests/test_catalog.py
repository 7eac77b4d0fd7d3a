"""Tests of the catalogue: what it loads, how fast, what folders may lay over it, and how it tells mistakes."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.catalogue.entry_file import EMBEDDED, KINDS, load_entry
from hvae_bench.text.errors import CatalogError, UsageError

from .work import calls

DATASET = Path(__file__).parent.parent / "dataset"


def text_of(entry: str) -> str:
    return (DATASET / f"{entry}.yaml").read_text("utf-8")


def write(folder: Path, entry: str, text: str) -> Path:
    path = folder / f"{entry}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, words: str) -> int:
    """The line on which these words begin for the first time, counted from 1."""
    text = path.read_text("utf-8")
    return text.count("\n", 0, text.index(words)) + 1


def copy_as(folder: Path, entry: str, id_: str, *changes: tuple[str, str]) -> Path:
    """A copy of an embedded entry under another id, with some words changed."""
    kind, old = entry.split("/")
    text = text_of(entry).replace(f"id: {old}\n", f"id: {id_}\n", 1)
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return write(folder, f"{kind}/{id_}", text)


def refusal(*folders: Path) -> CatalogError:
    with pytest.raises(CatalogError) as caught:
        load_catalog(folders)
    return caught.value


# --- loading


def test_embedded_catalogue_is_the_dataset() -> None:
    catalog = load_catalog()
    for kind in KINDS:
        assert sorted(getattr(catalog, kind)) == sorted(path.stem for path in (DATASET / kind).iterdir())
    assert catalog.source == ("embedded",)
    assert catalog.version == (DATASET / "VERSION").read_text("utf-8").strip()
    assert catalog.default_scenario().default


def test_ten_times_the_entries_take_ten_times_the_work(tmp_path: Path) -> None:
    few, many = (folder_of(tmp_path / str(times), times) for times in (2, 20))
    catalog = load_catalog(many)
    assert len(catalog.games) > 20
    assert sum(len(game.items) * len(game.items[0].options) for game in catalog.games.values()) > 20 * 54
    embedded = calls(load_catalog)  # is read as well, in every case
    assert calls(lambda: load_catalog(many)) - embedded < 12 * (calls(lambda: load_catalog(few)) - embedded)


def folder_of(tmp_path: Path, times: int) -> Path:
    """So many entries of each kind, and scenarios that name all of the games."""
    games = [f"game-{number}" for number in range(times)]
    for number in range(times):
        copy_as(tmp_path, "games/svo-slider-primary", games[number])
        copy_as(tmp_path, "values/prosocial", f"value-{number}")
        copy_as(tmp_path, "templates/goal-prompting", f"template-{number}")
        copy_as(tmp_path, "framings/dollars", f"framing-{number}")
        copy_as(tmp_path, "wordings/en-2", f"wording-{number}")
        copy_as(
            tmp_path,
            "scenarios/paper",
            f"scenario-{number}",
            ("games: [svo-slider-primary]", f"games: [{', '.join(games)}]"),
        )
    return tmp_path


def test_the_catalogue_imports_nothing_heavy() -> None:
    code = "import sys, hvae_bench.catalogue.catalog\n"
    code += "hvae_bench.catalogue.catalog.load_catalog()\n"
    code += "print({'datasets', 'huggingface_hub', 'inspect_ai', 'jsonschema', 'pandas', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_unknown_id_lists_what_there_is() -> None:
    catalog = load_catalog()
    with pytest.raises(
        UsageError, match=r"There is no value target 'altruist'\. Did you mean 'altruistic'\? Or choose"
    ):
        catalog.pick("values", "altruist")
    with pytest.raises(UsageError, match=r"no scenario 'x'\. Choose one of: .*paper, .*quick"):
        catalog.pick("scenarios", "x")
    assert catalog.pick("games", "svo-slider-primary") is catalog.games["svo-slider-primary"]


# --- folders laid over


def test_a_folder_adds_entries(tmp_path: Path) -> None:
    copy_as(tmp_path, "values/altruistic", "generous")
    catalog = load_catalog(tmp_path)
    assert set(catalog.values) == {*load_catalog().values, "generous"}
    assert catalog.source == ("embedded", str(tmp_path))
    assert load_catalog(str(tmp_path)).values.keys() == catalog.values.keys()


def test_replaces_takes_the_place_of_an_entry(tmp_path: Path) -> None:
    copy_as(tmp_path, "values/altruistic", "altruistic", ("title: Altruistic", "title: Mine\nreplaces: altruistic"))
    assert load_catalog(tmp_path).values["altruistic"].title == "Mine"


def test_the_later_folder_wins(tmp_path: Path) -> None:
    for name in ("first", "second"):
        change = ("title: Altruistic", f"title: {name}\nreplaces: altruistic")
        copy_as(tmp_path / name, "values/altruistic", "altruistic", change)
    assert load_catalog([tmp_path / "first", tmp_path / "second"]).values["altruistic"].title == "second"
    assert load_catalog([tmp_path / "second", tmp_path / "first"]).values["altruistic"].title == "first"


def test_a_repeated_id_names_both_files(tmp_path: Path) -> None:
    path = copy_as(tmp_path, "values/altruistic", "altruistic")
    error = refusal(tmp_path)
    assert (error.path, error.line) == (path, line_of(path, "id: "))
    assert str(EMBEDDED / "values" / "altruistic.yaml") in error.problem
    assert "`replaces: altruistic`" in error.fix


@pytest.mark.parametrize(
    ("id_", "replaces", "problem", "fix"),
    [
        ("generous", "generous", "nothing of this kind below has that id", "remove the line `replaces`"),
        ("generous", "altruistic", "can only replace one of its own id", "write `replaces: generous`"),
        ("altruistic", "prosocial", "can only replace one of its own id", "write `replaces: altruistic`"),
    ],
)
def test_replaces_needs_its_own_id_below(tmp_path: Path, id_: str, replaces: str, problem: str, fix: str) -> None:
    path = copy_as(tmp_path, "values/altruistic", id_, ("label:", f"replaces: {replaces}\nlabel:"))
    error = refusal(tmp_path)
    assert problem in error.problem
    assert error.fix == fix
    assert (error.path, error.line) == (path, line_of(path, "replaces:"))


def test_a_folder_must_hold_a_part_of_a_catalogue(tmp_path: Path) -> None:
    assert "no such folder" in refusal(tmp_path / "missing").problem
    assert "retried in the folder it began in" in refusal(Path("missing")).fix, "logs name it so for `-M` alone"
    assert "no part of a catalogue" in refusal(tmp_path).problem
    (tmp_path / "value").mkdir()
    error = refusal(tmp_path)
    assert ", ".join(KINDS) in error.fix
    path = write(tmp_path, "file", "x")
    assert "no such folder" in refusal(path).problem


def test_only_entries_lie_in_the_folders(tmp_path: Path) -> None:
    folder = tmp_path / "values"
    folder.mkdir()
    (folder / ".hidden").write_text("an editor's own file")
    load_catalog(tmp_path)
    (folder / "generous.yml").write_text(text_of("values/altruistic"))
    error = refusal(tmp_path)
    assert error.path == folder / "generous.yml"
    assert "`.yaml`" in error.fix
    (folder / "generous.yml").unlink()
    (folder / "generous.yaml").mkdir()
    assert "not a file" in refusal(tmp_path).problem


def test_the_file_has_the_name_of_the_entry(tmp_path: Path) -> None:
    path = write(tmp_path, "values/kind", text_of("values/altruistic"))
    error = refusal(tmp_path)
    assert (error.path, error.line) == (path, line_of(path, "id: "))
    assert error.fix == "write `id: kind`, or rename the file to altruistic.yaml"


@pytest.mark.parametrize("target", ["values/altruistic.yaml", "values/../../outside/altruistic.yaml"])
def test_links_inside_a_folder_are_followed(tmp_path: Path, target: str) -> None:
    inside = target.startswith("values/altruistic")
    folder, outside = tmp_path / "mine", tmp_path / "outside"
    write(folder, "store/generous", text_of("values/altruistic").replace("id: altruistic", "id: generous"))
    write(outside, "generous", "secret: yes")
    (folder / "values").mkdir()
    place = folder / "store" if inside else outside
    (folder / "values" / "generous.yaml").symlink_to(place / "generous.yaml")
    if inside:
        assert "generous" in load_catalog(folder).values
    else:
        error = refusal(folder)
        assert error.path == folder / "values" / "generous.yaml"
        assert "link to a place outside the folder" in error.problem
        assert "secret" not in str(error)


def test_a_kind_folder_may_not_be_a_link_outside(tmp_path: Path) -> None:
    copy_as(tmp_path / "outside", "values/altruistic", "generous")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "values").symlink_to(tmp_path / "outside" / "values")
    error = refusal(tmp_path / "mine")
    assert error.path == tmp_path / "mine" / "values"
    assert "outside the folder" in error.problem


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    copy_as(tmp_path / "real", "values/altruistic", "generous")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert "generous" in load_catalog(tmp_path / "link").values


def test_a_link_to_nothing_or_to_itself_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "values"
    folder.mkdir()
    for target in ("missing.yaml", "generous.yaml"):
        (folder / "generous.yaml").symlink_to(folder / target)
        assert "not a file" in refusal(tmp_path).problem
        (folder / "generous.yaml").unlink()


# --- references


def scenario(folder: Path, *changes: tuple[str, str]) -> Path:
    return copy_as(folder, "scenarios/paper", "mine", *changes)


@pytest.mark.parametrize(
    ("change", "told", "problem", "fix"),
    [
        (
            ("[goal-prompting, no-goal]", "[goal-promting]"),
            "templates: [goal-promting]",
            "no template 'goal-promting'",
            "write 'goal-prompting', or another of: b",
        ),
        (("games: [svo-slider-primary]", "games: [svo]"), "games: [svo]", "no game 'svo'", "svo-slider-primary"),
        (
            ("[goal-prompting, no-goal]", "[no-goal]\n    framings:\n      - coins\n      - muenze"),
            "- muenze",
            "no framing 'muenze'",
            "write 'muenzen'",
        ),
        (
            ("[goal-prompting, no-goal]", "[no-goal]\n    wordings: [en, xx]"),
            "wordings: [en, xx]",
            "no wording 'xx'",
            "choose one of: de, en, en-2",
        ),
        (
            ("  - values: [altruistic, prosocial,", "  - values: [kind, altruistic, prosocial,"),
            "- values: [kind, altruistic,",
            "no value target 'kind'",
            "choose one of: aggressive, altruistic",
        ),
        (
            ("  - values: [altruistic, prosocial,", "  - values: [none, altruistic, prosocial,"),
            "- values: [none, altruistic,",
            "'none' stands for no value at all",
            "separate crossings",
        ),
        (
            ("[goal-prompting, no-goal]", "[baseline]"),
            "- values: [altruistic, proso",
            "'altruistic' is to be induced",
            "separate crossings",
        ),
        (
            ("[goal-prompting, no-goal]", "[no-goal]\n    framings: [muenzen]"),
            "- values: [altruistic, proso",
            "the wording 'en' (en) has no words for the unit 'muenzen'",
            "add them to the wording, or leave this combination out",
        ),
        (
            ("[goal-prompting, no-goal]", "[no-goal]\n    framings: [four]"),
            "- values: [altruistic, proso",
            "options, but the framing 'four' only 4 labels",
            "add labels",
        ),
        (
            ("epochs: 10", "epochs: 10\ndefault: true"),
            "default: true",
            "the scenarios standard, mine all say `default: true`",
            "keep it in one",
        ),
    ],
)
def test_a_broken_reference_is_told_at_its_line(
    tmp_path: Path, change: tuple[str, str], told: str, problem: str, fix: str
) -> None:
    copy_as(tmp_path, "framings/dollars", "muenzen", ("unit: dollars", "unit: muenzen"))
    copy_as(tmp_path, "framings/dollars", "four", ("unit: dollars", "unit: coins\nlabels: [A, B, C, D]"))
    path = scenario(tmp_path, change)
    error = refusal(tmp_path)
    assert problem in error.problem
    assert fix in error.fix
    assert (error.path, error.line) == (path, line_of(path, told))


@pytest.mark.parametrize(
    ("entry", "default", "problem"),
    [
        ("scenarios/standard", "default: true\n", "no scenario is the default"),
        ("wordings/en", "default: true\n", "no wording is the default"),
        ("framings/coins", "default: true\n", "no framing is the default"),
    ],
)
def test_a_catalogue_without_a_default_is_told(tmp_path: Path, entry: str, default: str, problem: str) -> None:
    kind, id_ = entry.split("/")
    copy_as(tmp_path, entry, id_, (default, f"replaces: {id_}\n"))
    assert refusal(tmp_path).problem == problem
    copy_as(tmp_path, entry, "mine")
    assert getattr(load_catalog(tmp_path), kind)["mine"].default


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("wordings/en", "the wordings en, mine all say `default: true`"),
        ("framings/coins", "the framings coins, mine all say `default: true`"),
    ],
)
def test_two_defaults_are_told(tmp_path: Path, entry: str, problem: str) -> None:
    path = copy_as(tmp_path, entry, "mine")
    error = refusal(tmp_path)
    assert (error.problem, error.path, error.line) == (problem, path, line_of(path, "default: true"))


# --- mistakes in a file: entry, what stands there, what a contributor wrote, how the line told begins, problem, fix

MISTAKES = [
    # fields
    ("values/prosocial", "title:", "titel:", "titel: Prosocial", "there is no field `titel` here", "write `title`"),
    (
        "values/prosocial",
        "label: prosocial\n",
        "",
        "# yaml-language-server: $sch",
        "the field `label` is missing",
        "add it, such as `label: prosocial`",
    ),
    (
        "values/prosocial",
        "label:",
        "author: Me\nlabel:",
        "author: Me",
        "there is no field `author` here",
        "remove it; known here are: definition, deprecated, goal, id, induction_label, label, motives, pronouncedness, "
        "replaces, rule, source, system, title",
    ),
    (
        "games/svo-slider-primary",
        "payoffs: [85, 76]",
        "payofs: [85, 76]",
        "- {id: o2, payofs:",
        "there is no field `payofs` here",
        "write `payoffs`",
    ),
    (
        "games/svo-slider-primary",
        ", payoffs: [85, 76]",
        "",
        "- {id: o2}",
        "the field `payoffs` is missing",
        "add it, such as `payoffs: [85, 76]`",
    ),
    # what an earlier version wrote
    (
        "games/svo-slider-primary",
        "payoffs: [85, 76]",
        "payoff_self: 85, payoff_other: 76",
        "- {id: o2, payoff_self: 85,",
        "`payoff_self` and `payoff_other` are one list now, a number for each stake of the game's `system`",
        "write `payoffs: [85, 76]`; `hvae migrate FOLDER` does it",
    ),
    (
        "games/svo-slider-shifted",
        "shift: [137, 137]",
        "shift_self: 137, shift_other: 7.5",
        "transform: {",
        "`shift_self` and `shift_other` are one list now, a number for each stake of the game's `system`",
        "write `shift: [137, 7.5]`; `hvae migrate FOLDER` does it",
    ),
    # text, numbers, lists
    (
        "values/prosocial",
        "label: prosocial",
        "label: 5",
        "label: 5",
        "`label` is 5, but it must be text",
        "put it in quotes",
    ),
    (
        "values/prosocial",
        "label: prosocial",
        "label:",
        "label:",
        "`label` is empty, but it must be text",
        "write something after the colon",
    ),
    (
        "values/prosocial",
        "label: prosocial",
        'label: " "',
        'label: " "',
        "`label` is blank, but it must be text",
        "write something",
    ),
    (
        "framings/coins",
        "unit: coins",
        "unit: [coins]",
        "unit: [coins]",
        "`unit` is a list, but it must be text",
        "put the whole text in quotes; without them the brackets [ ] and braces { } mean something",
    ),
    (
        "framings/coins-numbered",
        '["1", "2", "3",',
        '["1", 2, "3",',
        'labels: ["1", 2, "3", "4", "5"',
        "entry 2 of `labels` is 2, but it must be text",
        "put it in quotes",
    ),
    (
        "framings/coins",
        "counterpart: person",
        "counterpart: person\nlabels: ABC",
        "labels: ABC",
        "`labels` is 'ABC', but it must be a list",
        "write a line `- ...` below `labels` for each entry, or all in brackets: [first, second]",
    ),
    (
        "framings/coins",
        "counterpart: person",
        "counterpart: person\nlabels: [A]",
        "labels: [A]",
        "`labels` has 1 entry, but needs at least 2",
        "add to it",
    ),
    (
        "scenarios/paper",
        "  - values: [altruistic, prosocial, individualistic, competitive]",
        "  - values: []",
        "- values: []",
        "`values` has no entry, but needs at least 1",
        "add to it",
    ),
    (
        "games/svo-slider-primary",
        "[85, 76]",
        "[85, 7 coins]",
        "- {id: o2, payoffs: [85, 7",
        "entry 2 of `payoffs` is '7 coins', but it must be a number",
        "write it in digits, such as 85 or 12.5, without quotes",
    ),
    (
        "games/svo-slider-primary",
        "[85, 76]",
        "[85, 2000000]",
        "- {id: o2, payoffs: [85, 2",
        "entry 2 of `payoffs` is 2000000, but it must be at least -1000000 and at most 1000000",
        "write a number within these limits",
    ),
    (
        "scenarios/paper",
        "epochs: 10",
        "epochs: 2.5",
        "epochs: 2.5",
        "`epochs` is 2.5, but it must be a whole number",
        "write digits alone, such as 5, without quotes",
    ),
    (
        "scenarios/standard",
        "default: true",
        "default: yes",
        "default: yes",
        "`default` is 'yes', but it must be true or false",
        "write true or false, without quotes",
    ),
    (
        "games/svo-slider-primary",
        "slider:\n",
        "slider: yes\n",
        "centre_self: 50",
        "this is not valid YAML: ",
        None,
    ),
    # closed lists and forms
    (
        "values/prosocial",
        "neutral",
        "neutrall",
        "pronouncedness: neutrall",
        "`pronouncedness` is 'neutrall', but it must be neutral, pronounced or none",
        "write neutral",
    ),
    (
        "scenarios/robustness",
        "option_orders: [published, reversed]",
        "option_orders: [published, random]",
        "option_orders: [published, random]",
        "entry 2 of `option_orders` is 'random', but it must be published, reversed or shuffled",
        "write one of these",
    ),
    (
        "values/prosocial",
        "id: prosocial",
        "id: Pro Social",
        "id: Pro Social",
        "`id` is 'Pro Social', but it must be made of lower-case letters, digits and hyphens, a letter first",
        "write pro-social",
    ),
    (
        "games/svo-slider-primary",
        "{altruistic: 57.15",
        "{Altruistic: 57.15",
        "lower_limits_deg: {Altruisti",
        "the name 'Altruistic' must be made of lower-case letters, digits and hyphens, a letter first",
        "write altruistic",
    ),
    (
        "wordings/en",
        "language: en",
        "language: English",
        "language: English",
        "`language` is 'English', but it must be the code of a language",
        "write a code such as en, de or pt-BR",
    ),
    # motives
    (
        "values/prosocial",
        "kind: maximin",
        "kind: envy",
        "- {kind: envy}",
        "`kind` is 'envy', but it must be linear, maximin, maximax, inequality_aversion, fehr_schmidt or prioritarian",
        "write one of these; a new `kind` takes code, and is proposed in an issue",
    ),
    (
        "values/prosocial",
        "{kind: maximin}",
        "{alpha: 1}",
        "- {alpha: 1}",
        "the field `kind` is missing",
        "add it: fehr_schmidt, inequality_aversion, linear, maximax, maximin or prioritarian",
    ),
    (
        "values/prosocial",
        "{kind: maximin}",
        "maximin",
        "- maximin",
        "entry 2 of `motives` is 'maximin', but it must be a group of fields",
        "write its fields in braces, such as {kind: maximin}",
    ),
    (
        "values/prosocial",
        "{kind: maximin}",
        "{kind: linear, utility_angle: 90}",
        "- {kind: linear, utility_angle: 90}",
        "there is no field `utility_angle` here",
        "remove it; known here are: kind, utility_angle_deg, weights (did you mean `utility_angle_deg`?)",
    ),
    (
        "values/prosocial",
        "{kind: maximin}",
        "{kind: linear, utility_angle_deg: 45.0}",
        "- {kind: linear, utility_angle_deg: 45.0",
        "`motives` holds the same motive twice",
        "keep one of them",
    ),
    (
        "values/none",
        "pronouncedness: none",
        "pronouncedness: neutral",
        "motives: []",
        "`motives` is empty, so nothing could be scored",
        "give at least one motive, or write `pronouncedness: none`",
    ),
    # games
    (
        "games/svo-slider-primary",
        "{id: o2, payoffs: [85, 76]}",
        "{id: o1, payoffs: [85, 76]}",
        "- {id: o1, payoffs: [85, 76]}",
        "the option id 'o1' is used twice in item 'p1'",
        "rename one of them",
    ),
    (
        "games/svo-slider-primary",
        "- id: p2",
        "- id: p1",
        "- id: p1\n    options:\n      - {id: o1, payoffs: [85, 15]}",
        "the item id 'p1' is used twice",
        "rename one of them",
    ),
    (
        "games/svo-slider-primary",
        "p5, p6]",
        "p5, p7]",
        "items: [p1, p2, p3, p4, p5,",
        "`slider` names the item 'p7', which the game does not have",
        "name items out of p1, p2, p3, p4, p5, p6",
    ),
    (
        "games/charness-rabin-2002",
        "berk29: {left",
        "berk30: {left",
        "berk30: {left",
        "`shares` names the item 'berk30', which the game does not have",
        "name items out of barc2, barc8, berk15, berk23, berk26, berk29",
    ),
    (
        "games/charness-rabin-2002",
        "berk29: {left",
        "berk29: {up",
        "berk29: {up",
        "`shares` names the option 'up', which the item 'berk29' does not have",
        "name options out of left, right",
    ),
    (
        "games/charness-rabin-2002",
        "berk29: {left: 0.31",
        "berk29: {left: 0.69",
        "berk29: {left: 0.69",
        "the shares of the item 'berk29' add up to 1.38",
        "write shares that add up to 1 at most",
    ),
    (
        "games/svo-slider-times-10",
        "measures:",
        "norms: {source: Somebody., shares: {p1: {o1: 1}}}\nmeasures:",
        "norms: {source",
        "`norms` does not go with `transform`, which makes it",
        "remove one of them",
    ),
    # templates
    (
        "templates/goal-prompting",
        "expects: goal",
        "expects: text",
        "goal: self_generated",
        "`goal: self_generated` needs a turn whose reply is the goal",
        "give the turn of `kind: goal` the line `expects: goal`",
    ),
    (
        "templates/goal-prompting",
        "goal: self_generated",
        "goal: filler",
        "- {kind: goal, role: user, expects: goal",
        "`goal: filler` does not go with a turn that has `expects: goal`",
        "write `goal: self_generated`, or `expects: text` in that turn",
    ),
    (
        "templates/no-goal",
        "goal: none",
        "goal: given",
        "goal: given",
        "`goal: given` needs a turn of `kind: goal`",
        "add one, or write `goal: none`",
    ),
    (
        "templates/given-goal",
        "goal: given",
        "goal: none",
        "- {kind: goal, role: user, expects: text",
        "`goal: none` does not go with a turn of `kind: goal`",
        "say in `goal` which one it is, or give the turn another kind",
    ),
    (
        "templates/no-goal",
        "kind: instruction, role: system, expects: nothing",
        "kind: instruction, role: system, expects: text",
        "- {kind: instruction, role: system",
        "a system message gets no reply",
        "write `expects: nothing`",
    ),
    (
        "templates/no-goal",
        "say: decide_by_value",
        "say: Decide now.",
        "- {kind: decision, role: user",
        "`say` is 'Decide now.', but it must be the name of a sentence: lower-case letters, digits and underscores, a "
        "letter first",
        "write a name such as my_sentence, and the sentence itself in a wording",
    ),
    (
        "templates/no-goal",
        "say: opening",
        "say: opening, reask: reask",
        "- {kind: instruction, role: system",
        "`reask` is only for the decision turn",
        "remove it here",
    ),
    # wordings
    (
        "wordings/en",
        "  confirm: Confirm this briefly in your own words.",
        "  Confirm It: Confirm this briefly in your own words.",
        "Confirm It: Confirm",
        "the name 'Confirm It' must be the name of a sentence: lower-case letters, digits and underscores, a letter "
        "first",
        "write a name such as my_sentence, and the sentence itself in a wording",
    ),
    (
        "wordings/en",
        "Follow your value system.",
        "Follow your {value}.",
        "follow_value: Follow your {value}",
        "there is no sentence 'value', and no placeholder {value}",
        "use only sentences of this wording and {value_label}, {value_definition}, {value_goal}, {value_rule}, "
        "{counterpart}, {unit}, {gives}, {affects}, {item_count}, {item_number}, {ordinal}, {situation}, {options}, "
        "{labels}, {goal}",
    ),
    (
        "wordings/en",
        "Follow your value system.",
        "Follow your value system}.",
        "follow_value: Follow your value system}",
        "a brace `{` or `}` stands alone",
        "keep braces for placeholders such as {unit}",
    ),
    (
        "wordings/en",
        "  follow_value: Follow",
        "  unit: Follow",
        "unit: Follow",
        "the sentence 'unit' is called as a placeholder is",
        "rename it",
    ),
    (
        "wordings/en",
        'option_line: "{label}. {outcomes}"',
        'option_line: "{label}."',
        'option_line: "{label}."',
        "`option_line` does not show {outcomes}",
        "write {outcomes} once",
    ),
    (
        "wordings/en",
        'option_line: "{label}. {outcomes}"',
        "option_line: {label}. {outcomes}",
        "option_line: {label}. ",
        "this is not valid YAML: ",
        None,
    ),
    (
        "wordings/en",
        'option_line: "{label}. {outcomes}"',
        'option_line: "{label}\\n{outcomes}"',
        'option_line: "{label}',
        "`option_line` holds a line break",
        "write it on a single line, in quotes",
    ),
    (
        "wordings/de",
        '{self: "Du bekommst {amount}"',
        '{self: "Du bekommst etwas"',
        'svo: {self: "Du bekommst etwas"',
        "`self` does not show {amount}",
        "write {amount} once",
    ),
    (
        "wordings/en",
        'one: "{number} coin"',
        'one: "a coin"',
        'coins: {name: coins, one: "a coin"',
        "`one` does not show {number}",
        "write {number} once",
    ),
    (
        "wordings/en",
        ', other: "{number} coins"',
        "",
        'coins: {name: coins, one: "{number} coin"}',
        "the field `other` is missing",
        'add it, such as `other: "{number} coins"`',
    ),
    (
        "wordings/de",
        "    label: prosozial",
        "    lable: prosozial",
        "lable: prosozial",
        "there is no field `lable` here",
        "write `label`",
    ),
    (
        "wordings/en",
        "default: true",
        "default: true\nreviewed: {by: Me and you, on: 1 May 2026, sha256: '%s'}" % ("0" * 64),
        "reviewed: {by: Me",
        "`on` is '1 May 2026', but it must be a day as YYYY-MM-DD",
        "write it as in 2026-01-31",
    ),
    (
        "wordings/en",
        "default: true",
        "default: true\nreviewed: {by: Me and you, on: 2026-05-01, sha256: abc}",
        "reviewed: {by: Me",
        "`sha256` is 'abc', but it must be 64 hexadecimal digits",
        "take them from `hvae show`",
    ),
    # framings
    (
        "framings/coins-numbered",
        '["1", "2",',
        '["1.", "2",',
        'labels: ["1.", "2", "3"',
        "entry 1 of `labels` is '1.', but it must be made of 1 to 12 letters or digits",
        "write labels such as A, B or 1, 2, without spaces or signs",
    ),
    (
        "framings/coins-numbered",
        '["1", "2",',
        '["a", "A",',
        'labels: ["a", "A", "3"',
        "the label 'A' is there twice, upper and lower case aside",
        "make the labels differ",
    ),
    # scenarios
    (
        "scenarios/paper",
        "core_values: [altruistic, prosocial, individualistic, competitive]",
        "core_values:\n  - altruistic\n  - kind",
        "- kind",
        "`core_values` names 'kind', which no crossing runs",
        "add it to the `values` of a crossing, or remove it here",
    ),
]


@pytest.mark.parametrize(
    ("entry", "right", "wrong", "told", "problem", "fix"),
    [pytest.param(*row, id=f"{row[0].split('/')[1]}-{row[2][:30].strip()}") for row in MISTAKES],
)
def test_a_mistake_is_told_in_one_sentence(
    tmp_path: Path, entry: str, right: str, wrong: str, told: str, problem: str, fix: str | None
) -> None:
    """Without a fix where the rest is up to the words of the YAML parser."""
    kind, id_ = entry.split("/")
    assert right in text_of(entry)
    path = write(tmp_path, id_, text_of(entry).replace(right, wrong, 1))
    with pytest.raises(CatalogError) as caught:
        load_entry(path, kind)
    sentence = f"{path}:{line_of(path, told)}: {problem}"
    if fix is None:
        assert str(caught.value).startswith(sentence)
        assert caught.value.fix
    else:
        assert str(caught.value) == f"{sentence}. Fix: {fix}."


@pytest.mark.parametrize("name", ['"a\\nb"', "x" * 500])
def test_a_strange_name_does_not_break_the_sentence(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "prosocial", text_of("values/prosocial").replace("\nlabel:", f"\n{name}: x\nlabel:", 1))
    with pytest.raises(CatalogError, match="there is no field") as caught:
        load_entry(path, "values")
    assert len(str(caught.value).splitlines()) == 1
    assert len(caught.value.problem) <= 400


@pytest.mark.parametrize("strange", ["{" + "x" * 5000 + "}", "{a\u200bb}", "{a  b}"])
def test_a_strange_placeholder_does_not_break_the_sentence(tmp_path: Path, strange: str) -> None:
    path = write(tmp_path, "en", text_of("wordings/en").replace("Follow your value system.", f"'{strange}'", 1))
    with pytest.raises(CatalogError) as caught:
        load_entry(path, "wordings")
    assert caught.value.problem.isprintable()
    assert len(caught.value.problem) <= 410


def test_a_rule_is_told_before_the_name_of_the_file(tmp_path: Path) -> None:
    """So that what has only another name is a whole entry."""
    text = text_of("values/prosocial").replace("{kind: maximin}", "{kind: linear, utility_angle_deg: 45}")
    with pytest.raises(CatalogError, match="holds the same motive twice"):
        load_entry(write(tmp_path, "other-name", text), "values")


def test_the_misspelt_field_is_told_before_the_rest(tmp_path: Path) -> None:
    text = text_of("values/prosocial").replace("\nlabel:", "\nlable:", 1).replace("id: prosocial", "id: 5")
    path = write(tmp_path, "prosocial", text)
    with pytest.raises(CatalogError, match=r": there is no field `lable` here\. Fix: write `label`\."):
        load_entry(path, "values")


# --- the fingerprint


def test_fingerprint_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        copy_as(tmp_path / name, "values/altruistic", "generous")
    assert load_catalog(tmp_path / "a").sha256 == load_catalog(tmp_path / "b").sha256
    assert load_catalog(tmp_path / "a").sha256 != load_catalog().sha256


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (("label: altruistic", "replaces: altruistic\nlabel: altruistic"), True),
        (("label: altruistic", "# The same.\nreplaces: altruistic\nlabel: 'altruistic'"), True),
        (("utility_angle_deg: 90}", "utility_angle_deg: 90.0}\nreplaces: altruistic"), True),
        (("label: altruistic", "replaces: altruistic\ndeprecated: Use another.\nlabel: altruistic"), True),
        (("label: altruistic", "replaces: altruistic\nlabel: Altruistic"), False),
        (("utility_angle_deg: 90}", "utility_angle_deg: 89}\nreplaces: altruistic"), False),
    ],
)
def test_fingerprint_follows_the_content(tmp_path: Path, change: tuple[str, str], same: bool) -> None:
    copy_as(tmp_path, "values/altruistic", "altruistic", change)
    assert (load_catalog(tmp_path).sha256 == load_catalog().sha256) is same


@pytest.mark.parametrize(
    ("entry", "changed"),
    [
        (
            "framings/dollars",
            {
                "title": "x",
                "source": "Mine.",
                "unit": "coins",
                "counterpart": "ai",
                "labels": ["A", "B", *"CDEFGHIJKL"],
            },
        ),
        (
            "wordings/fr",
            {
                "title": "x",
                "source": "Mine.",
                "paraphrase": 2,
                "join": {"labels": "; ", "outcomes": ", "},
                "option_line": "{label}: {outcomes}",
                "other_words": ["autre"],
                "counts_words": False,
                "reviewed": {"by": "A name", "on": "2026-01-31", "sha256": "0" * 64},
            },
        ),
    ],
)
def test_fingerprint_depends_on_every_field_of_an_entry(tmp_path: Path, entry: str, changed: dict[str, object]) -> None:
    seen = {load_catalog().sha256}
    content = yaml.safe_load(text_of(entry))
    for field, value in changed.items():
        replaced = {**content, field: value, "replaces": content["id"]}
        write(tmp_path, entry, yaml.safe_dump(replaced, allow_unicode=True))
        seen.add(load_catalog(tmp_path).sha256)
    assert len(seen) == len(changed) + 1


def test_a_catalogue_is_not_changed() -> None:
    catalog: Catalog = load_catalog()
    with pytest.raises(AttributeError):
        catalog.version = "2"  # type: ignore[misc]
