"""What counts as a translation, and how a catalogue tells of one that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvae_bench.catalog import load_catalog
from hvae_bench.errors import CatalogError

from .test_catalog import copy_as, line_of


@pytest.mark.parametrize(
    ("entry", "change", "problem"),
    [
        ("templates/goal-prompting-de", ("translation_of: goal-p", "translation_of: gaol-p"), "no template 'gaol-prom"),
        (
            "templates/goal-prompting-de",
            ("translation_of: goal-prompting", "translation_of: no-goal"),
            "`goal` is self",
        ),
        ("templates/goal-prompting-de", ("translation_of: goal-p", "translation_of: reasoning-goal-p"), "`family` is"),
        ("templates/goal-prompting-de", ("family: self-description", "family: other"), "`family` is other here, but s"),
        ("templates/goal-prompting-de", ("paraphrase: 1", "paraphrase: 2"), "`paraphrase` is 2 here, but 1 in the or"),
        (
            "templates/goal-prompting-de",
            ("paraphrase: 1", "paraphrase: 1\nreasoning: true"),
            "`reasoning` is true here, but false in the original 'goal-prompting'",
        ),
        (
            "templates/goal-prompting-de",
            ("kind: role_taking", "kind: instruction"),
            "turn 3 has `kind: instruction`, but `kind: role_taking` in the original 'goal-prompting'",
        ),
        (
            "templates/goal-prompting-de",
            (
                "kind: role_taking\n    role: user\n    expects: text",
                "kind: role_taking\n    role: user\n    expects: nothing",
            ),
            "turn 3 has `expects: nothing`, but `expects: text`",
        ),
        (
            "templates/goal-prompting-de",
            ("{item_count} Entscheidungen", "einige Entscheidungen"),
            "turn 4 does not use {item_count} in its `text`, which stands in the original 'goal-prompting'",
        ),
        (
            "templates/goal-prompting-de",
            ("Bestätige das", "Zur Definition: {value_definition} Bestätige das"),
            "turn 3 uses {value_definition} in its `text`, which does not stand in the original",
        ),
        (
            "templates/baseline-de",
            ("Daraus konnte", "{item_number} Daraus konnte"),
            "turn 2 uses {item_number} in its `reask`, which does not stand in the original 'baseline'",
        ),
        ("templates/baseline-de", ("translation_of: baseline", "translation_of: no-goal"), "`family` is baseline"),
        (
            "templates/baseline-de",
            ("language: de", "language: en"),
            "the original 'baseline' is written in 'en' as well",
        ),
        ("framings/coins-de", ("option_order: published", "option_order: shuffled"), "`option_order` is shuffled here"),
        (
            "framings/coins-de",
            ("item_order: published", "item_order: reversed"),
            "`item_order` is reversed here, but p",
        ),
        ("framings/coins-de", ("translation_of: coins-en", "translation_of: coins-de"), "is written in 'de' as well"),
    ],
)
def test_what_is_no_translation_is_told(tmp_path: Path, entry: str, change: tuple[str, str], problem: str) -> None:
    path = copy_as(tmp_path, entry, "mine", change)
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line_of(path, 'translation_of')}: ")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("entry", ["templates/goal-prompting-de", "framings/coins-de", "templates/baseline-ja"])
def test_other_words_are_a_translation(tmp_path: Path, entry: str) -> None:
    kind = entry.split("/")[0]
    copy_as(tmp_path, entry, "mine")
    assert getattr(load_catalog(tmp_path), kind)["mine"].translation_of


def test_a_wording_of_ones_own_does_not_break_translations_of_the_old_one(tmp_path: Path) -> None:
    """`replaces` puts other turns in the place of an original; the package's translations stay as they are."""
    copy_as(tmp_path, "templates/baseline", "baseline", ("paraphrase: 1", "paraphrase: 9\nreplaces: baseline"))
    assert load_catalog(tmp_path).templates["baseline"].paraphrase == 9


@pytest.mark.parametrize(
    ("values", "templates", "framings", "problem"),
    [
        ("martyr", "no-goal-de", "coins-de", "but the value 'martyr' has no translation into that language"),
        ("wordless", "given-goal", "coins-en", "uses {value_goal}, but the value 'wordless' has no `goal` in 'en'"),
        ("wordless", "given-rule", "coins-en", "uses {value_rule}, but the value 'wordless' has no `rule` in 'en'"),
    ],
)
def test_a_crossing_names_the_words_that_are_missing(
    tmp_path: Path, values: str, templates: str, framings: str, problem: str
) -> None:
    copy_as(tmp_path, "values/altruistic", "wordless", ("goal: ", "# "), ("rule: ", "# "))
    copy_as(
        tmp_path,
        "scenarios/paper",
        "mine",
        ("core_values: [altruistic, prosocial, individualistic, competitive]", f"core_values: [{values}]"),
        ("values: [altruistic, prosocial, individualistic, competitive]\n    games", f"values: [{values}]\n    games"),
        ("[goal-prompting, no-goal]", f"[{templates}]"),
        ("[coins-en]", f"[{framings}]"),
    )
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert problem in caught.value.problem
    assert len(str(caught.value).splitlines()) == 1
