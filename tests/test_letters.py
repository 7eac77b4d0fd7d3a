"""Letters: what the tokens of a reply say about the options, and a whole run with them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessage, Logprob, Logprobs, ModelOutput, TopLogprob

from hvae_bench import hvae_bench
from hvae_bench.cli.run_views import wide_table
from hvae_bench.dialogue.solver import letter_probabilities
from hvae_bench.log.export import rationality_path
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.rescore import rescore_file
from hvae_bench.log.results import Interval, read_results
from hvae_bench.log.runs import one_run
from hvae_bench.scorers import ShownOption

from .conftest import Script
from .test_task import exported

Tokens = Sequence[tuple[str, dict[str, float]]]
"""Tokens of a reply, each with the probabilities reported in its place."""


def answer(reply: str, tokens: Tokens | None) -> ModelOutput:
    output = ModelOutput.from_content("m", reply)
    if tokens is not None:
        output.choices[0].logprobs = Logprobs(
            content=[
                Logprob(
                    token=token,
                    logprob=math.log(reported[token]),
                    top_logprobs=[TopLogprob(token=t, logprob=math.log(p)) for t, p in reported.items()],
                )
                for token, reported in tokens
            ]
        )
    return output


def shown(labels: str) -> list[ShownOption]:
    return [ShownOption(label=label, option_id=f"o{place}") for place, label in enumerate(labels.split(), start=1)]


AB = {"A": 0.5, " A": 0.1, "B": 0.2, "The": 0.15}
BLANK = ("\n", {"\n": 0.9, "A": 0.1})


@pytest.mark.parametrize(
    ("labels", "reply", "tokens", "label", "found"),
    [
        ("A B", "A", [("A", AB)], "A", ([0.75, 0.25], 0.8, 0.05)),
        ("A B", "A", [(" A", AB)], "A", ([0.75, 0.25], 0.8, 0.05)),
        ("A B", "\nA.", [BLANK, ("A", AB), (".", {".": 1.0})], "A", ([0.75, 0.25], 0.8, 0.05)),
        ("A B", "**B**", [("B", AB)], "B", ([0.75, 0.25], 0.8, 0.05)),
        ("A B C", "B", [("B", AB)], "B", ([0.75, 0.25, 0.0], 0.8, 0.05)),
        ("A B", "A", [("A", {"A": 1.0, "B": 1e-30})], "A", ([1.0, 0.0], 1.0, 0.0)),
        ("12 34", "12", [("12", {"12": 0.6, "34": 0.2})], "12", ([0.75, 0.25], 0.8, 0.2)),
        # Nothing of the kind was asked for, or is to be had.
        ("A B", "A", None, "A", None),
        ("A B", "A", [], "A", None),
        # No label, or not a label alone: the first word of a sentence is no choice.
        ("A I", "I choose A", [("I", {"I": 0.6, "A": 0.4})], "A", "no_label"),
        ("A I", "I choose I", [("I", {"I": 0.6, "A": 0.4})], "I", "no_label"),
        ("A B", "No.", [("No", {"No": 0.6, "A": 0.4})], None, "no_label"),
        ("A B", "  ", [("  ", {"  ": 0.6, "A": 0.4})], None, "no_label"),
        # Labels that one token cannot tell apart.
        ("1 12", "1", [("1", {"1": 0.6, "12": 0.4})], "1", "common_beginning"),
        ("AB C", "AB", [("A", {"A": 0.6, "C": 0.4}), ("B", {"B": 1.0})], "AB", "several_tokens"),
        ("AB C", "C", [("C", {"A": 0.6, "C": 0.4})], "C", "several_tokens"),
        ("A B C D E", "A", [("A", AB)], "A", "too_few_reported"),
        ("A B", "A", [("A", {"A": 0.9})], "A", "too_few_reported"),
    ],
)
def test_letters(
    labels: str,
    reply: str,
    tokens: Tokens | None,
    label: str | None,
    found: tuple[list[float], float, float] | str | None,
) -> None:
    letters = letter_probabilities(answer(reply, tokens), shown(labels), label)
    if not isinstance(found, tuple):
        assert letters == ({} if found is None else {"no_probabilities": found})
        return
    assert list(letters["probabilities"]) == [option.option_id for option in shown(labels)]
    assert list(letters["probabilities"].values()) == pytest.approx(found[0])
    assert (letters["label_mass"], letters["unreported_mass"]) == pytest.approx(found[1:])


def test_the_token_drawn_counts_where_the_others_leave_it_out() -> None:
    output = answer("A", [("A", {"A": 0.2, "B": 0.6, "C": 0.1})])
    assert output.choices[0].logprobs is not None
    output.choices[0].logprobs.content[0].top_logprobs = [
        TopLogprob(token=token, logprob=math.log(p)) for token, p in {"B": 0.6, "C": 0.1}.items()
    ]
    letters = letter_probabilities(output, shown("A B"), "A")
    assert letters["probabilities"] == pytest.approx({"o1": 0.25, "o2": 0.75})
    assert letters["unreported_mass"] == pytest.approx(0.1)


def by_hand(record: RationalityRecord) -> float:
    """Mean rationality of the altruist's or the individualist's items, 75 % the first option and 25 % the last."""
    mine = record.cell.value == "individualistic"
    rated = []
    for item in record.game.items:
        gains = [option.payoffs[0 if mine else 1] for option in item.options]
        mean = sum(gains) / len(gains)
        if max(gains) - min(gains) > 1:
            rated.append((0.75 * gains[0] + 0.25 * gains[-1] - mean) / (max(gains) - mean))
    return sum(rated) / len(rated)


def test_a_run_with_probabilities_expects_a_value_rationality_and_keeps_it(
    run: Callable[..., EvalLog], script: Callable[[Script], str], tmp_path: Path
) -> None:
    """The model gives the first option 75 % and the last one 25 %, and always draws the first."""

    def reply(stream: str, messages: list[ChatMessage]) -> ModelOutput:
        if "/opening/" in stream:
            return answer("Well.", [("Well", {"Well": 1.0})])
        wordy = "individualistic" in messages[1].text and stream.endswith("/1/items/5/1")
        reported = {"A": 0.6, "I": 0.2} | dict.fromkeys("BCDEFGH", 1e-12)
        return answer("I choose A" if wordy else "A", [("I" if wordy else "A", reported)])

    task = hvae_bench(
        scenario="slider",
        values=["altruistic", "individualistic"],
        templates="goal-prompting",
        option_orders="published",
    )
    log = run(task, script(reply), epochs=2)
    expected: dict[str, list[float]] = {"altruistic": [], "individualistic": []}
    for record in exported(log):
        measures = record.measures
        if (record.cell.value, record.dialogue.epoch) == ("individualistic", 1):
            assert [one.no_probabilities for one in record.decisions] == [None] * 5 + ["no_label"]
            assert measures.expected_value_rationality is None
            why = "no probabilities of the options of p6"
            assert measures.undefined["expected_value_rationality"] == why
            continue
        for decision in record.decisions:
            assert decision.probabilities is not None
            known = {id_: share for id_, share in decision.probabilities.items() if share > 1e-9}
            assert known == pytest.approx({"o1": 0.75, "o9": 0.25})
            assert decision.label_mass == pytest.approx(0.8)
            assert decision.unreported_mass == pytest.approx(0.2)
        assert measures.expected_value_rationality is not None
        assert measures.expected_value_rationality == pytest.approx(by_hand(record))
        assert measures.expected_value_rationality != measures.value_rationality
        expected[record.cell.value].append(measures.expected_value_rationality)
    assert {value: len(scores) for value, scores in expected.items()} == {"altruistic": 2, "individualistic": 1}
    means = {value: sum(scores) / len(scores) for value, scores in expected.items()}

    lines = rationality_path(Path(log.location))
    assert not rescore_file(lines).differences
    analysis = one_run(lines).analysis
    assert {value: one.mean for value, one in analysis.by("expected_value_rationality({})").items()} == pytest.approx(
        means
    )
    (result,) = read_results([tmp_path / "logs"])
    assert result.expected_value_rationality.mean == pytest.approx(sum(means.values()) / 2)
    assert "expected" in [str(column.header) for column in wide_table([result]).columns]
    none = Interval(math.nan, math.nan, math.nan)
    usual = wide_table([replace(result, expected_value_rationality=none)])
    assert "expected" not in [str(column.header) for column in usual.columns]
