"""Fresh items to train on: new, informative, rated exactly, asked as a run asks; and the files that hold them."""

from __future__ import annotations

import hashlib
import json
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import datasets
import pytest

from hvae_bench import load_catalog
from hvae_bench.catalogue.derivation import Generator
from hvae_bench.catalogue.fit import Parts
from hvae_bench.catalogue.game import Game, Item, Option
from hvae_bench.dialogue.render import questions
from hvae_bench.dialogue.sample import Cell
from hvae_bench.scorers import LinearMotive, PayoffTable, value_rationality
from hvae_bench.text.errors import UsageError
from hvae_bench.training import course, fresh_items, load_environment, rewards
from hvae_bench.training.fresh import table_of, tables_of
from hvae_bench.training.shapes import SHAPES, Payoffs, Shape, pairs

from .terminal import hvae

CATALOG = load_catalog()
COMPETITIVE = CATALOG.values["competitive"].motives
CANARY = (Path(__file__).parent.parent / "dataset" / "CANARY").read_text(encoding="utf-8").split()[-1]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Conversations with more than 4,000 decisions."""
    return [*course(CATALOG, seed=1).conversations(630)]


def decisions(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every decision with its conversation."""
    return [(row, decision) for row in rows for decision in row["decisions"]]


def proportions(payoffs: Any) -> frozenset[tuple[Fraction, ...]]:
    """An item without its order and unit, worked out without the package: every payoff over the largest."""
    exact = [tuple(Fraction(str(one)) for one in option) for option in payoffs]
    largest = max(abs(one) for option in exact for one in option) or 1
    return frozenset(tuple(one / largest for one in option) for option in exact)


def test_no_item_is_the_catalogues_nor_there_twice(rows: list[dict[str, Any]]) -> None:
    """Whatever the order of its options and the unit of its payoffs."""
    known = {
        proportions([option.payoffs for option in item.options])
        for game in CATALOG.games.values()
        for item in game.items
    }
    found = Counter(proportions(decision["payoffs"]) for _, decision in decisions(rows))
    assert found.total() > 4000
    assert max(found.values()) == 1
    assert not known & found.keys()


@pytest.mark.parametrize("shape", SHAPES)
def test_an_item_that_a_catalogue_holds_is_drawn_again(shape: str) -> None:
    """Here one with its first item, twice as large and from the last option to the first."""
    first, *others = islice(fresh_items(shape, COMPETITIVE, seed=3), 5)
    options = tuple(
        Option(id=f"o{place}", payoffs=tuple(2 * one for one in payoffs))
        for place, payoffs in enumerate(reversed(first.payoffs))
    )
    game = CATALOG.games["stag-hunt"].model_copy(update={"items": (Item(id="known", options=options),)})
    taken = tables_of([*CATALOG.games.values(), game])
    assert [*islice(fresh_items(shape, COMPETITIVE, seed=3, taken=taken), 4)] == others


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ([(3, 3), (5, 0)], [(5, 0), (3, 3)], True),
        ([(3, 3), (5, 0)], [(30, 30), (50, 0)], True),
        ([(0.1, 0.25), (1.5, 0)], [(2, 5), (30, 0)], True),
        ([(3, 3), (5, 0)], [(3, 3), (0, 5)], False),
        ([(3, 3), (5, 0)], [(4, 4), (6, 1)], False),
        ([(0, 0), (0, 0)], [(1, 1), (0, 0)], False),
        ([(-3, 3), (5, 0)], [(3, -3), (-5, 0)], False),
    ],
)
def test_tables_are_the_same_up_to_order_and_unit(one: Any, other: Any, same: bool) -> None:
    assert (table_of(one) == table_of(other)) is same


def test_rewards_are_the_value_rationality_of_the_decision_alone(rows: list[dict[str, Any]]) -> None:
    shared = 0
    for row, decision in decisions(rows)[:600]:
        motives = CATALOG.values[row["rule"]].motives
        shared += len(motives) > 1
        options = dict(zip(decision["labels"], decision["payoffs"], strict=True))
        table = PayoffTable.from_options({"d": options}, SHAPES[row["shape"]].payoff_unit, row["stakes"])
        chosen = table.choice_matrix([{"d": label} for label in options])
        scored = value_rationality(chosen, table, motives, bounds=False).value_rationality
        assert decision["reward"] == pytest.approx(scored.tolist(), abs=1e-6)
        assert sum(decision["reward"]) == pytest.approx(0, abs=1e-5)
        best = [label for label, reward in zip(options, decision["reward"], strict=True) if reward == 1]
        assert decision["ideal"] == best
    assert shared


@pytest.mark.parametrize(
    ("rule", "utility"),
    [
        ("altruistic", lambda own, other: other),
        ("individualistic", lambda own, other: own),
        ("competitive", lambda own, other: own - other),
        ("joint-gain", lambda own, other: own + other),
        ("maximin", min),
        ("inequality-averse", lambda own, other: -abs(own - other)),
    ],
)
def test_ideals_are_what_the_rule_says(rule: str, utility: Any) -> None:
    for _, decision in decisions([*course(CATALOG, seed=5, rules=[rule]).conversations(12)]):
        worth = [utility(*payoffs) for payoffs in decision["payoffs"]]
        best = [label for label, one in zip(decision["labels"], worth, strict=True) if one == max(worth)]
        assert decision["ideal"] == best
        assert len(best) < len(worth)


def test_the_right_label_stands_anywhere(rows: list[dict[str, Any]]) -> None:
    places: dict[int, Counter[str]] = defaultdict(Counter)
    for row, decision in decisions(rows):
        answer = row["messages"][decision["message"]]["content"]
        assert answer in decision["ideal"]
        places[len(decision["labels"])][answer] += 1
    assert {2, 3, 9} <= places.keys()
    for n_options, found in places.items():
        n, chance = found.total(), 1 / n_options
        for count in found.values():
            assert abs(count - n * chance) < 4 * math.sqrt(n * chance * (1 - chance))


def test_every_shape_and_rule_is_there_equally_often(rows: list[dict[str, Any]]) -> None:
    with_rule = [id_ for id_, value in CATALOG.values.items() if value.rule and value.belongs_to("svo")]
    counts = Counter((row["shape"], row["rule"]) for row in rows)
    assert counts.keys() == {(shape, rule) for shape in SHAPES for rule in with_rule}
    assert set(counts.values()) == {7}


def test_messages_are_what_a_run_would_say(rows: list[dict[str, Any]]) -> None:
    """Of the template that gives the rule and nothing else, on a game of the same options in the same order."""
    template = course(CATALOG, seed=1).template
    assert (template.induction, template.goal) == ("none", "rule")
    for row in rows[:20]:
        items = tuple(
            Item(
                id=f"d{place}",
                options=tuple(
                    Option(id=f"o{number}", payoffs=tuple(payoffs))
                    for number, payoffs in enumerate(decision["payoffs"])
                ),
            )
            for place, decision in enumerate(row["decisions"])
        )
        game: Game = CATALOG.games["stag-hunt"].model_copy(update={"items": items})
        value, words, framing = CATALOG.values[row["rule"]], CATALOG.wordings["en"], CATALOG.framings["coins"]
        script = Cell(
            Parts(value, game, CATALOG.systems["svo"], template, words, framing), "published", "published", ()
        ).script()
        messages = row["messages"]
        assert {frozenset(message) for message in messages} == {frozenset({"role", "content"})}
        assert [message["role"] for message in messages] == ["system", *["user", "assistant"] * (len(items) + 1)]
        for decision, question in zip(row["decisions"], questions(script, ""), strict=True):
            assert messages[decision["message"] - 1]["content"] == question.prompt("")
        assert row["own_replies"] == [2]
        assert messages[2]["content"] == value.rule
        assert f"Your rule for this task: {value.rule}" in messages[1]["content"]


def test_a_seed_names_everything_and_nothing_that_a_game_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    streams: list[str] = []

    def noted(stakes: Sequence[str], stream: str) -> Payoffs:
        streams.append(stream)
        return pairs(stakes, stream)

    monkeypatch.setitem(SHAPES, "noted", Shape(noted))
    first, again, other = ([*course(CATALOG, seed=seed, shapes=["noted"]).conversations(3)] for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert all(stream.startswith(("training/1/", "training/2/")) for stream in streams)
    # What a game draws is named by the kind of its generator.
    kinds = Generator.model_fields["kind"].annotation
    assert "training" not in str(kinds)


def test_what_one_seed_holds_out_no_seed_trains_on() -> None:
    def tables(seed: int, split: Any) -> set[Any]:
        drawn = (islice(fresh_items(shape, COMPETITIVE, seed=seed, split=split), 400) for shape in SHAPES)
        return {table_of(item.payoffs) for items in drawn for item in items}

    assert not (tables(1, "held-out") | tables(2, "held-out")) & (tables(1, "train") | tables(2, "train"))


def test_a_shape_is_a_function_of_stakes_and_stream() -> None:
    stakes, motive = ("self", "friend", "stranger"), LinearMotive(kind="linear", weights={"self": 1, "friend": 1})
    for shape in ("slider", "pairs"):
        item = next(fresh_items(shape, [motive], seed=1, stakes=stakes))
        assert {len(payoffs) for payoffs in item.payoffs} == {3}
        best = max(payoffs[0] + payoffs[1] for payoffs in item.payoffs)
        assert item.ideal == tuple(payoffs[0] + payoffs[1] == best for payoffs in item.payoffs)
    with pytest.raises(UsageError, match="Choose one of: slider, pairs"):
        next(fresh_items("dictator", [motive], seed=1, stakes=stakes))


def test_items_that_run_out_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHAPES, "one", Shape(lambda stakes, stream: ((7, 1), (2, 3))))
    with pytest.raises(UsageError, match=r"There are no more items of shape 'one' that inform about linear"):
        list(fresh_items("one", COMPETITIVE, seed=1))


def test_conversations_are_in_the_words_of_a_wording() -> None:
    (row,) = course(CATALOG, seed=1, rules=["altruistic"], wording="de", framing="points").conversations(1)
    words = CATALOG.wordings["de"].values["altruistic"]
    assert words.rule is not None
    assert words.rule in row["messages"][1]["content"]
    assert "Punkte" in row["messages"][3]["content"]


def test_the_command_writes_three_files_that_say_how_they_were_made(tmp_path: Path) -> None:
    command = ("fresh", "--shapes", "slider,pairs,dictator", "--rules", "all", "--n", "40", "--seed", "1", "-o")
    done = hvae(*command, "train.jsonl", "--held-out-rules", "martyr", "--held-out", "93", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"train.jsonl", "train.held-out.jsonl", "train.made.json"}
    made = json.loads((tmp_path / "train.made.json").read_text(encoding="utf-8"))
    assert (made["seed"], made["catalog"]["sha256"], made["held_out_rules"]) == (1, CATALOG.sha256, ["martyr"])
    rules = {}
    for name, told in made["files"].items():
        content = (tmp_path / name).read_bytes()
        found = [json.loads(line) for line in content.splitlines()]
        assert told["sha256"] == hashlib.sha256(content).hexdigest()
        assert (told["conversations"], told["decisions"]) == (len(found), len(decisions(found)))
        assert f"{name}: {len(found):,} conversations, {len(decisions(found)):,} decisions" in done.stdout
        assert {row["split"] for row in found} == {told["split"]}
        assert CANARY not in content.decode()
        rules[told["split"]] = {row["rule"] for row in found}
    assert "martyr" in rules["held-out"] - rules["train"]
    assert made["files"]["train.jsonl"]["conversations"] == 40
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = hvae(*command, "train.jsonl", "--held-out-rules", "martyr", "--held-out", "93", cwd=tmp_path)
    assert again.returncode == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_files_load_as_they_are(tmp_path: Path) -> None:
    """As the usual trainers load them; also where the first lines have fewer options than later ones."""
    assert hvae("fresh", "--n", "30", "-o", "train.jsonl", cwd=tmp_path).returncode == 0
    files = {"train": str(tmp_path / "train.jsonl"), "test": str(tmp_path / "train.held-out.jsonl")}
    loaded = datasets.load_dataset("json", data_files=files, cache_dir=str(tmp_path / "cache"))
    assert {name: len(split) for name, split in loaded.items()} == {"train": 30, "test": 3}
    lines = (tmp_path / "train.jsonl").read_text(encoding="utf-8").splitlines()
    assert [*loaded["train"]] == [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--shapes", "sliders"], "There is no shape 'sliders'. Did you mean 'slider'? Choose one of:"),
        (["--rules", "altruistc"], "There is no value target 'altruistc'. Did you mean 'altruistic'?"),
        (["--rules", "none"], "The value 'none' stands for no value at all"),
        (["--rules", ""], "There is no rule to make conversations of."),
        (["--rules", "martyr", "--held-out-rules", "martyr"], "Every rule is held out"),
        (["--held-out-rules", "martr"], "There is no value target 'martr'."),
        (["--wording", "xx"], "There is no wording 'xx'."),
        (["-o", "train.json"], "`-o` is 'train.json', but three files are named after it. Write NAME.jsonl."),
    ],
)
def test_a_mistake_is_told_and_leaves_files_alone(wrong: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text("mine\n", encoding="utf-8")
    done = hvae("fresh", "--n", "4", "-o", "train.jsonl", *wrong, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["train.jsonl"]
    assert (tmp_path / "train.jsonl").read_text(encoding="utf-8") == "mine\n"


@pytest.fixture(scope="module")
def asked(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A conversation whose every decision offers an option that is worth 1 and one that is worth -1."""
    return next(row for row in rows if row["shape"] == "pairs")


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("{ideal}", 1),
        ("{other}", -1),
        (" **Option {ideal}.**", 1),
        ("The first is small.\nMy answer: {other}", -1),
        ("<think>{other}, or not?</think>{ideal}", 1),
        ("", None),
        ("Both A and B are fine.", None),
        ("I refuse to choose.", None),
        ("Q", None),
    ],
)
def test_a_reply_earns_what_the_choice_is_worth_that_a_run_reads_in_it(
    asked: dict[str, Any], reply: str, found: float | None
) -> None:
    replies = []
    for decision in asked["decisions"]:
        (ideal,) = decision["ideal"]
        (other,) = {"A", "B"} - {ideal}
        replies.append(reply.format(ideal=ideal, other=other))
    words = course(CATALOG, seed=1).words
    assert rewards(asked, replies, words) == [found] * len(replies)
    assert rewards(asked, replies[:1], words) == [found] + [None] * (len(replies) - 1)


def test_what_a_limit_cut_is_a_choice_only_as_a_label_alone(asked: dict[str, Any]) -> None:
    words, unread = course(CATALOG, seed=1).words, [None] * (len(asked["decisions"]) - 2)
    assert None not in rewards(asked, ["A", "My answer: A"], words, cut=[0])[:2]
    assert rewards(asked, ["My answer: A", "My answer: A"], words, cut=[0, 1]) == [None, None, *unread]


@pytest.mark.parametrize("wording", [id_ for id_, one in CATALOG.wordings.items() if "-" not in id_])
def test_the_ideal_line_of_every_wording_earns_1(wording: str) -> None:
    """Repeated as it was shown, which tells it by more than its label."""
    lessons = course(CATALOG, seed=2, shapes=["dictator"], rules=["altruistic"], wording=wording)
    for row in lessons.conversations(3):
        shown = [row["messages"][decision["message"] - 1]["content"] for decision in row["decisions"]]
        lines = [
            next(line for line in text.splitlines() if re.match(rf"{decision['ideal'][0]}\W", line))
            for text, decision in zip(shown, row["decisions"], strict=True)
        ]
        assert rewards(row, lines, lessons.words) == [1] * len(lines)


def test_without_verifiers_there_is_a_sentence_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "verifiers", None)
    monkeypatch.delitem(sys.modules, "hvae_bench.training.rollout", raising=False)
    with pytest.raises(UsageError) as told:
        load_environment(n=3)
    assert "needs the package verifiers 0.4" in str(told.value)
    assert str(told.value).endswith("in a virtual environment of its own: pip install 'verifiers>=0.4,<0.5'")
    assert len(str(told.value).splitlines()) == 1
