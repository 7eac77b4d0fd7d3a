"""The dialogues beside the page: all of them, with the record's own numbers, and nothing in them can get out."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simulation import simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.dialogue.render import Question
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import Run
from hvae_bench.report import dialogues
from hvae_bench.report.dialogues import address_of, write_dialogues
from hvae_bench.report.exchange import OUTCOMES, Frame, outcome_of
from hvae_bench.report.folder import report_folder
from hvae_bench.report.subject import subjects_of
from hvae_bench.text.number import number

from .conftest import MODELS, read_file, says

EVIL = (
    "<script>alert(1)</script></script><img src=x onerror=alert(1)>\"onmouseover=alert(1) 'x' {{7*7}} $\\frac{1}{2}$ "
    "\x1b[31mred\x1b[0m \u202eevil\u202c \u200f &lt; \ud83d"
)
SHOWN = (
    "<script>alert(1)</script></script><img src=x onerror=alert(1)>\"onmouseover=alert(1) 'x' {{7*7}} $\\frac{1}{2}$ "
    "\\x1b[31mred\\x1b[0m \\u202eevil\\u202c \\u200f &lt; \\ud83d"
)


def evil_run(catalog: Catalog) -> Run:
    """A model with an evil name, whose every word is evil, and one of them a megabyte long."""

    def respond(script: DialogueScript, question: Question | None, draw: random.Random) -> str:
        if question is None:
            return f"=HYPERLINK(1) {EVIL}"
        return f"{EVIL}\n{question.shown[0].label}" if question.item_id != "p6" else "x" * 2**20

    made = simulate(catalog, "paper", "evil", respond, epochs=1)
    return replace(made, name=f"evil {EVIL}", model=f"evil {EVIL}")


def written(runs: Sequence[Run], folder: Path) -> tuple[dict[str, Any], list[tuple[dict[str, Any], dict[str, Any]]]]:
    """The index, and every dialogue with the block that it stands in."""
    write_dialogues(subjects_of(runs), folder)
    blocks = [read_file(file) for file in sorted((folder / "dialogues").glob("[0-9]*.js"))]
    index = read_file(folder / "dialogues" / "index.js")
    assert index["blocks"] == [len(block["dialogues"]) for block in blocks]
    return index, [(dialogue, block) for block in blocks for dialogue in block["dialogues"]]


@pytest.fixture(scope="module")
def systems(catalog: Catalog) -> Run:
    """Several value systems with two stakes to ten, a model that often guesses and now and then refuses."""

    def respond(script: DialogueScript, question: Question | None, draw: random.Random) -> str:
        if question is None:
            return "My goal is to keep to what I value."
        return "I do not want to choose." if draw.random() < 0.1 else draw.choice(question.shown).label

    return simulate(catalog, "systems", "guesser", respond, epochs=1)


def all_records(runs: Sequence[Run]) -> list[RationalityRecord]:
    """The records in the order of the files."""
    return [record for subject in subjects_of(runs) for record in subject.run.records]


def test_the_index_holds_a_row_for_every_dialogue(systems: Run, small_runs: Sequence[Run], tmp_path: Path) -> None:
    runs = [systems, *small_runs]
    index, found = written(runs, tmp_path)
    records = all_records(runs)
    assert len(found) == len(records) == sum(len(run.records) for run in runs)
    assert index["models"] == [run.name for run in runs]
    for row, record in enumerate(records):
        model, task = index["runs"][index["run"][row]]
        sample, value, _, game, template, rest = index["cells"][index["cell"][row]]
        assert (index["models"][model], task) == (record.run.model, record.run.task_id)
        assert f"{task}.{sample}.{index['epoch'][row]}" == address_of(record)
        assert (value, game, template) == (record.target.id, record.game.id, record.template.id)
        assert rest == "" or sample.endswith(f".{rest}")
        assert index["items"][game].split() == [item.id for item in record.game.items]
        assert index["outcomes"][index["outcome"][row]] == OUTCOMES[outcome_of(record)]
        scored = record.measures.value_rationality
        shown = index["value_rationality"][row]
        assert (shown is None) == (scored is None)
        assert scored is None or number(shown / 100) == number(scored)
    assert len({*map(address_of, records)}) == len(records)


def test_what_was_said_and_chosen_stands_there_word_by_word(systems: Run, tmp_path: Path) -> None:
    _, found = written([systems], tmp_path)
    for record, (dialogue, block) in zip(all_records([systems]), found, strict=True):
        texts = block["texts"]
        for shown, turn in zip(dialogue["turns"], record.turns, strict=True):
            assert texts[shown["prompt"]] == turn.prompt
            assert (None if shown["reply"] is None else texts[shown["reply"]]) == turn.reply
        assert [one.get("attempt", 1) for one in dialogue["turns"]] == [turn.attempt for turn in record.turns]
        assert (None if dialogue["goal"] is None else texts[dialogue["goal"]]) == record.goal_text
        for shown, decision in zip(dialogue["decisions"], record.decisions, strict=True):
            assert shown["item"] == decision.item_id
            assert shown["labels"] == [one.label for one in decision.shown]
            item = next(item for item in record.game.items if item.id == decision.item_id)
            assert [item.options[place].id for place in shown["options"]] == [one.option_id for one in decision.shown]
            assert (None if shown["chosen"] is None else item.options[shown["chosen"]].id) == decision.option_id
            payoffs = block["frames"][dialogue["frame"]]["items"][decision.item_id]["payoffs"]
            assert [[float(one) for one in option] for option in payoffs] == [[*one.payoffs] for one in item.options]


def test_every_ideal_option_is_marked(catalog: Catalog, systems: Run, tmp_path: Path) -> None:
    """By the utilities themselves; ties too, which have a value and a game that no scenario crosses."""
    tied = catalog.values["rawlsian"]
    target = systems.records[0].target.model_copy(update={"id": tied.id, "motives": tied.motives})
    of_circle = [record for record in systems.records if record.game.id == "moral-circle-16"]
    changed = of_circle[0].model_copy(update={"target": target})
    runs = [systems, replace(systems, records=[changed])]
    _, found = written(runs, tmp_path)
    ties = 0
    for record, (dialogue, block) in zip(all_records(runs), found, strict=True):
        frame = block["frames"][dialogue["frame"]]
        for item in record.game.items:
            payoffs = np.array([option.payoffs for option in item.options])
            shown = frame["items"][item.id]
            for place, motive in enumerate(record.target.motives):
                utility = motive.utility(payoffs, record.game.stakes)
                if shown["rationality"][place] is None:
                    assert all(shown["ideal"][place])
                    continue
                assert shown["ideal"][place] == [*np.isclose(utility, utility.max(), rtol=0, atol=1e-7)]
                best = np.flatnonzero(shown["ideal"][place])
                assert {shown["rationality"][place][option] for option in best} == {"1.00"}
                ties += len(best) > 1
    assert ties == 7


def test_the_words_are_those_of_the_measures(systems: Run, small_runs: Sequence[Run], tmp_path: Path) -> None:
    runs = [systems, *small_runs]
    _, found = written(runs, tmp_path)
    sides = set()
    for record, (dialogue, block) in zip(all_records(runs), found, strict=True):
        measures, texts = record.measures, block["texts"]
        facts = {name: texts[told] for name, told in dialogue["facts"]}
        if measures.value_rationality is None:
            assert facts["Value rationality"] == f"undefined: {measures.undefined['value_rationality']}"
            assert dialogue["motive"] is None
            assert not any(texts[one["judged"]] for one in dialogue["decisions"])
            continue
        assert facts["Value rationality"].startswith(f"{number(measures.value_rationality)} (")
        assert measures.rationality is not None
        assert f"mean item rationality {number(measures.rationality)}" in facts["Made of"]
        frame, motive = Frame(record.game, record.target), dialogue["motive"]
        served = [frame.served(decision, motive) for decision in record.decisions]
        told = [one for one in served if one is not None]
        assert np.mean(told) == pytest.approx(measures.rationality)
        for shown, decision, one in zip(dialogue["decisions"], record.decisions, served, strict=True):
            sentence, decided = texts[shown["judged"]], texts[shown["decided"]]
            if decision.option_id is None:
                assert sentence == ""
                assert decided == "Refused (declined)"
            elif one is None:
                assert sentence.startswith("tells nothing of the value")
            else:
                side, rationality = re.fullmatch(r"(.*), item rationality (\S+)", sentence).groups()  # type: ignore[union-attr]
                assert rationality == number(one)
                best = block["frames"][dialogue["frame"]]["items"][decision.item_id]["ideal"][motive][shown["chosen"]]
                of_chance = "as good as" if number(one) == "0.00" else "better than" if one > 0 else "worse than"
                assert side == ("ideal" if best else f"{of_chance} chance")
                sides.add(side)
            if decision.option_id is not None:
                option = next(
                    option
                    for item in record.game.items
                    for option in item.options
                    if item.id == decision.item_id and option.id == decision.option_id
                )
                paid = re.findall(r"([\d.]+) for (\S+?)(?: to (\S+?))?[,)]", decided)
                given = dict(zip(record.game.stakes, option.payoffs, strict=True))
                assert [given[first] for _, first, _ in paid] == [float(payoff) for payoff, _, _ in paid]
                ends = [*map(record.game.stakes.index, (last or first for _, first, last in paid))]
                starts = [record.game.stakes.index(first) for _, first, _ in paid]
                assert starts == [0, *(end + 1 for end in ends[:-1])]
                assert ends[-1] == len(given) - 1
    assert sides == {"ideal", "better than chance", "worse than chance", "as good as chance"}


def test_a_row_of_the_file_for_spreadsheets_is_a_decision(systems: Run, tmp_path: Path) -> None:
    write_dialogues(subjects_of([systems]), tmp_path)
    with (tmp_path / "decisions.csv").open(newline="", encoding="utf-8") as lines:
        rows = [*csv.DictReader(lines)]
    records = all_records([systems])
    assert len(rows) == sum(len(record.decisions) for record in records)
    by_dialogue = {address: [*group] for address, group in groupby(rows, lambda row: row["dialogue"])}
    assert [*by_dialogue] == [*map(address_of, records)]
    for record, own in zip(records, by_dialogue.values(), strict=True):
        served = [float(row["item_rationality"]) for row in own if row["item_rationality"]]
        assert [row["item"] for row in own] == [decision.item_id for decision in record.decisions]
        if record.measures.rationality is not None:
            assert np.mean(served) == pytest.approx(record.measures.rationality)
        if not record.target.motives:
            assert {row["ideal"] for row in own} == {"none, for no value was given"}


def test_nothing_gets_out_of_its_file(catalog: Catalog, tmp_path: Path) -> None:
    index, found = written([evil_run(catalog)], tmp_path)
    assert index["models"] == [f"evil {SHOWN}"]
    dialogue, block = found[0]
    texts = block["texts"]
    assert texts[dialogue["goal"]] == f"=HYPERLINK(1) {SHOWN}".strip()
    assert texts[dialogue["turns"][-1]["reply"]] == "x" * 2**20
    assert any(text.startswith(SHOWN) for text in texts)
    unseen = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
    assert not any(map(unseen.search, texts))
    with (tmp_path / "decisions.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            assert row["goal"] == "" or row["goal"].startswith("'=HYPERLINK(1)")
            assert len(row["reply"]) < 2100
            for field in row.values():
                assert not re.match(r"\s*[=+@＝]|\s*-(?!\d+(\.\d+)?(e-?\d+)?$|$)", field), field


def test_long_texts_make_more_files_and_not_larger_ones(
    small_runs: Sequence[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogues, "BLOCK_CHARACTERS", 20_000)
    index, found = written(small_runs, tmp_path)
    assert len(index["blocks"]) > 3
    assert len(found) == sum(len(run.records) for run in small_runs)
    monkeypatch.setattr(dialogues, "BLOCK_CHARACTERS", 10**9)
    monkeypatch.setattr(dialogues, "BLOCK", 50)
    (tmp_path / "other").mkdir()
    index, _ = written(small_runs, tmp_path / "other")
    assert index["blocks"] == [50, 50, 36]


def test_the_same_runs_give_the_same_files(small_runs: Sequence[Run], tmp_path: Path) -> None:
    def files(name: str) -> Mapping[str, bytes]:
        folder = tmp_path / name
        folder.mkdir()
        write_dialogues(subjects_of(small_runs), folder)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}

    assert files("one") == files("other")


def test_a_broken_off_dialogue_says_what_was_never_answered(small_runs: Sequence[Run], tmp_path: Path) -> None:
    record = small_runs[0].records[0]
    last = record.decisions[-1]
    never = last.model_copy(
        update={"status": "not_reached", "reason": "limit", "option_id": None, "reply": None, "shown": ()}
    )
    dialogue = record.dialogue.model_copy(update={"limit": "token"})
    cut = record.model_copy(update={"decisions": (*record.decisions[:-1], never), "dialogue": dialogue})
    _, ((shown, block),) = written([replace(small_runs[0], records=[cut])], tmp_path)
    assert block["texts"][shown["decisions"][-1]["decided"]] == "Never answered (limit)"
    assert ["Ended by", "limit of token"] in [[name, block["texts"][told]] for name, told in shown["facts"]]


def test_runs_that_were_put_together_name_the_log_of_each_dialogue(small_runs: Sequence[Run], tmp_path: Path) -> None:
    one, other = (replace(run, log=f"/elsewhere/{run.name}.eval") for run in small_runs)
    both = replace(one, records=[one.records[0], other.records[0]], joined=(one, other))
    _, found = written([both], tmp_path)
    records = [block["texts"][dialogue["record"]] for dialogue, block in found]
    assert [text.rpartition(" in ")[2] for text in records] == ["follower.eval", "refuser.eval"]


def test_an_older_report_with_other_files_is_replaced(small_runs: Sequence[Run], tmp_path: Path) -> None:
    for kept, runs in (("old.jsonl", small_runs), ("new.csv", small_runs[:1])):
        with report_folder(tmp_path / "report") as folder:
            write_dialogues(subjects_of(runs), folder)
            (folder / kept).write_text("")
    names = {path.relative_to(tmp_path / "report").as_posix() for path in (tmp_path / "report").rglob("*.*")}
    assert names == {"decisions.csv", "dialogues/0001.js", "dialogues/index.js", "new.csv", "report.json"}


def test_models_that_say_the_goal_of_others_are_told_apart(catalog: Catalog, tmp_path: Path) -> None:
    """Two models of one task, as nothing but their names tells them apart."""
    runs = [
        replace(simulate(catalog, "paper", "same", says(MODELS["follows all"]), epochs=1, seed=seed), name=name)
        for seed, name in enumerate(("one", "other"))
    ]
    index, _ = written(runs, tmp_path)
    assert index["models"] == ["one", "other"]
    assert index["runs"] == [[0, "simulated-same"], [1, "simulated-same"]]
