"""Mistakes that people make who write YAML seldom: each is told where it is, with its likely cause and the fix."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hvae_bench.lint import validate

PACK = Path(__file__).parent.parent / "fixtures" / "contributed"
"""Good entries, of which each mistake changes one."""

VALUE, GAME, FRAMING = "values/egalitarian", "games/inheritance", "framings/help-stranger-numbered"
WORDING, TEMPLATE, SCENARIO = "wordings/en-plain", "templates/reminded", "scenarios/paper-it"
LABEL, MOTIVE = "label: egalitarian and ambitious", "{kind: fehr_schmidt, alpha: 5, beta: 0.9}"
OPTION, LABELS, DEFINITION = "{id: most, payoffs: [75, 15]}", '"1", "2", "3", "4"', "definition: Wants both people to"

# Entry, what stands there, what is written instead; the rule; what stands at the place that is told; of the sentence a
# part of the problem and a part of the fix.
MISTAKES: dict[str, tuple[str, str, str, str, str, str, str]] = {
    # --- the file
    "a Markdown fence": (VALUE, "id:", "```yaml\nid:", "yaml-syntax", "```", "`yaml` is Markdown", "remove it"),
    "a fence of tildes": (VALUE, "id:", "~~~\nid:", "yaml-syntax", "~~~", "`~~~` is Markdown", "remove it"),
    "a Markdown list": (VALUE, "id:", "* id:", "yaml-syntax", "* id", "the sign of a list", "write `field: content`"),
    "another document": (VALUE, "title:", "---\ntitle:", "yaml-safe", "---", "second document", "remove the line"),
    # --- blanks and signs
    "a no-break space": (VALUE, "label: e", "label:\u00a0e", "yaml-syntax", "\u00a0", "no-break space", "space bar"),
    "an indent of them": (VALUE, "  - {", "\u00a0\u00a0- {", "yaml-syntax", "\u00a0", "no-break space", "space bar"),
    "a tab": (VALUE, "  - {", "\t- {", "yaml-syntax", "\t", "indented with a tab", "with spaces"),
    "a stray indent": (VALUE, "pron", " pron", "yaml-syntax", "pron", "further than the field above", "column 1"),
    "one after a block": (VALUE, "label:", " label:", "yaml-syntax", "label:", "by 1 space,", "same column"),
    "an indent in a list": (GAME, "      - {id: most", "     - {id: most", "yaml-syntax", "- {id", "by 5", "column"),
    "a list of fields": (GAME, "    options:", "  options:", "yaml-syntax", "options:", "by 2 blanks", "same column"),
    "no blank": (VALUE, "label: e", "label:e", "yaml-syntax", ":e", "no space follows the colon", "write one"),
    "no colon": (VALUE, "label:", "label", "yaml-syntax", "label", "neither a field nor", "write `field: content`"),
    "an equals sign": (VALUE, "label:", "label =", "yaml-syntax", " =", "in the place of a colon", "`field: content`"),
    "a wide colon": (VALUE, "label: ", "label：", "yaml-syntax", "：", "is a full-width one", "a plain colon"),
    "a colon in a text": (VALUE, DEFINITION, "definition: Wants: both", "yaml-syntax", ": both", "a colon", "quotes"),
    "an open quote": (VALUE, DEFINITION, 'definition: "Wants', "yaml-syntax", '"Wants', "is not closed", "close it"),
    "an open bracket": (VALUE, MOTIVE, MOTIVE[:-1], "yaml-syntax", "{kind", "is not closed", "close it"),
    "an apostrophe": (VALUE, DEFINITION, "definition: 'It isn't", "yaml-syntax", "t come", "sign '", "double quotes"),
    "an at sign": (VALUE, LABEL, "label: @even", "yaml-syntax", "@even", "the sign @", "put quotes"),
    "a percent sign": (VALUE, LABEL, "label: %even", "yaml-syntax", "%even", "the sign %", "put quotes"),
    "a backtick": (VALUE, LABEL, "label: `even`", "yaml-syntax", "`even", "the sign `", "put quotes"),
    "a dash": (VALUE, LABEL, "label: - even", "yaml-syntax", "- even", "the sign -", "put quotes"),
    "a brace": (VALUE, LABEL, "label: {even}", "schema", "label", "a group of fields", "whole text in quotes"),
    "typographic quotes": (VALUE, LABEL, "label: “even”", "odd-sign", "label", "“ ” are part of", "write even,"),
    "single ones": (VALUE, LABEL, "label: ‘even’", "odd-sign", "label", "‘ ’ are part of the text", "write even,"),
    "quoted option labels": (FRAMING, LABELS, "“1”, b", "odd-sign", "“1”", "are part of the text", "write 1, in"),
    "an emoji": (VALUE, LABEL, "label: even 🙂", "odd-sign", "label", "🙂, which is a picture", "in letters"),
    "an emoji as a label": (FRAMING, LABELS, "🍎, b", "odd-sign", "🍎", "🍎, which is a picture", "in letters"),
    "a joined emoji": (FRAMING, LABELS, "👩‍🚀, b", "invisible-character", "\u200d", "zero width joiner", "remove it"),
    # --- fields
    "a field in capitals": (VALUE, "label:", "Label:", "schema", "Label", "no field `Label`", "write `label`"),
    "a misspelt field": (VALUE, "pronouncedness", "pronouncednes", "schema", "pronou", "no field", "`pronouncedness`"),
    "an empty field": (VALUE, LABEL, "label:", "schema", "label", "`label` is empty", "after the colon"),
    "a field twice": (VALUE, LABEL, LABEL + "\n" + LABEL, "yaml-safe", "label", "given twice", "keep one"),
    "an id in capitals": (VALUE, "id: e", "id: E", "schema", "id", "lower-case letters", "write egalitarian"),
    "another id": (
        VALUE,
        "id: e",
        "id: legalit",
        "id-is-file-name",
        "id",
        "the file's name",
        "write `id: egalitarian`",
    ),
    "a word that is none": (VALUE, ": pronounced", ": loud", "schema", "pronou", "neutral, pronounced", "one of these"),
    "a number in words": (SCENARIO, "epochs: 5", "epochs: five", "schema", "epochs", "a whole number", "digits alone"),
    "too small a number": (SCENARIO, "epochs: 5", "epochs: 0", "schema", "epochs", "at least 1 and at most", "number"),
    "a list as a text": (SCENARIO, "[it]", "it", "schema", "wordings", "must be a list", "in brackets"),
    "a language by name": (WORDING, "language: en", "language: English", "schema", "language", "the code", "en, de"),
    # --- motives
    "a motive of one's own": (VALUE, MOTIVE, "{kind: altruism}", "schema", "kind", "'altruism'", "in an issue"),
    "a misspelt motive": (VALUE, MOTIVE, "{kind: max_min}", "schema", "kind", "'max_min'", "write maximin"),
    "a motive as a word": (VALUE, MOTIVE, "maximin", "schema", "maximin", "a group of fields", "{kind: maximin}"),
    "a motive in part": (VALUE, "alpha: 5, ", "", "schema", "{kind", "`alpha` is missing", "alpha: 0.85"),
    "400 degrees": (
        *(VALUE, MOTIVE, "{kind: linear, utility_angle_deg: 400}", "schema", "utility"),
        *("greater than -180 and at most 180", "within these limits"),
    ),
    "-200 degrees": (
        *(VALUE, MOTIVE, "{kind: linear, utility_angle_deg: -200}", "schema", "utility"),
        *("greater than -180 and at most 180", "within these limits"),
    ),
    "a degree sign": (
        *(VALUE, MOTIVE, "{kind: linear, utility_angle_deg: 45°}", "schema", "utility", "'45°'", "in digits"),
    ),
    "an angle": (VALUE, MOTIVE, "{kind: linear, angle: 45}", "schema", "angle", "`angle`", "utility_angle_deg"),
    "stakes of one's own": (
        *(VALUE, MOTIVE, "{kind: linear, weights: {me: 1, you: 1}}", "schema", "motives"),
        *("no system has the stakes me, you", "self, other (svo)"),
    ),
    # --- options and payoffs
    "an option in words": (GAME, OPTION, "{id: most, text: Most}", "schema", "text", "`text`", "from its `payoffs`"),
    "words for an option": (GAME, OPTION, "You get most", "schema", "You", "a group of fields", "from its `payoffs`"),
    "payoffs in words": (GAME, "[75, 15]", "75 for me", "schema", "payoffs", "must be a list", "in brackets"),
    "a payoff too many": (GAME, "75, 15", "75, 15, 5", "schema", "payoffs", "3 payoffs", "self, other"),
    "a payoff in quotes": (GAME, "75, 15", '"75", 15', "payoff-range", '"75"', "'75'", "without quotes"),
    "a payoff in dollars": (GAME, "75, 15", "$75, 15", "schema", "$75", "must be a number", "in digits"),
    "a typeset minus": (GAME, "-35", "−35", "schema", "−35", "must be a number", "write -35, with the sign -"),
    # --- labels of options
    "numbers as labels": (FRAMING, LABELS, "1, b", "schema", "1, b", "must be text", "in quotes"),
    "labels as a text": (FRAMING, f"[{LABELS}", "L, M, R # [", "schema", "labels", "must be a list", "in brackets"),
    "a label twice": (FRAMING, LABELS, '"5"', "schema", '"5", "6"', "there twice", "make the labels differ"),
    "a label of two words": (FRAMING, LABELS, "The left", "schema", "The left", "letters or digits", "without spaces"),
    # --- what other entries know
    "an unknown unit": (FRAMING, "unit: help", "unit: hepl", "unsayable", "unit", "'hepl'", "write help"),
    "an unknown sentence": (TEMPLATE, "hold_d", "hld_d", "unsayable", "say", "'hld_def", "write hold_definition"),
    "an unknown turn": (TEMPLATE, "kind: value_i", "kind: i", "schema", "kind", "value_induction", "write instruction"),
    "a text in a turn": (TEMPLATE, "say: hold_definition", "text: Be fair.", "schema", "text", "a sentence", "`say: "),
    "an unknown placeholder": (
        *(WORDING, "Do what your", "Do what {value_labl} your", "schema", "follow"),
        *("{value_labl}", "{value_label}"),
    ),
    "an unused sentence": (WORDING, "  answer", "  anser", "sentence-unused", "anser", "'anser'", "write answer"),
    "an unknown id": (SCENARIO, "[svo-s", "[svos", "unknown-reference", "svoslider", "'svoslider", "write svo-slider"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_at_its_place_with_its_fix(mistake: str, tmp_path: Path) -> None:
    entry, before, after, rule, at, problem, fix = MISTAKES[mistake]
    shutil.copytree(PACK, tmp_path / "mine")
    path = tmp_path / "mine" / f"{entry}.yaml"
    text = path.read_text("utf-8")
    assert before in text
    text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")
    found = [one for one in validate([path]).findings if one.severity == "error" or one.rule == rule]
    told = [one for one in found if one.rule == rule and problem in one.problem and fix in one.fix]
    assert told, found
    assert text.split("\n")[told[0].line - 1][told[0].column - 1 :].startswith(at), told[0]
    # One mistake is one finding, or a few of one kind.
    assert {one.rule for one in found} == {rule}


@pytest.mark.parametrize(("entry", "folder"), [(VALUE, "games"), (GAME, "values"), (WORDING, "framings")])
def test_an_entry_in_the_folder_of_another_kind_is_told_where_it_belongs(
    tmp_path: Path, entry: str, folder: str
) -> None:
    (tmp_path / folder).mkdir()
    path = shutil.copy(PACK / f"{entry}.yaml", tmp_path / folder)
    (finding,) = validate([Path(path)]).findings
    assert (finding.rule, finding.fix) == ("wrong-folder", f"move the file to the folder `{entry.split('/')[0]}`")


def test_line_ends_of_windows_are_told_once(tmp_path: Path) -> None:
    shutil.copytree(PACK, tmp_path / "mine")
    path = tmp_path / "mine" / f"{VALUE}.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (finding,) = (one for one in validate([path]).findings if one.rule == "whitespace")
    assert "12 lines end with a carriage return" in finding.problem


def test_another_encoding_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "x.yaml").write_text((PACK / f"{VALUE}.yaml").read_text("utf-8"), encoding="utf-16")
    (finding,) = (one for one in validate([tmp_path]).findings if one.severity == "error")
    assert (finding.rule, finding.fix) == ("encoding", "save the file as UTF-8")
