"""Outcomes: what counts as asked, answered and incomplete."""

import pytest

from hvae_bench.scorers import Outcome, outcome
from hvae_bench.scorers.decision import COMPARABLE_ANSWERED_RATE, DecisionStatus

LETTERS: dict[str, DecisionStatus] = {"c": "chosen", "r": "refused", "i": "invalid", "n": "not_reached"}


@pytest.mark.parametrize(
    ("statuses", "answered", "refused", "invalid", "not_reached", "asked", "answered_rate", "incomplete"),
    [
        ("cccccc", 6, 0, 0, 0, 6, 1.0, False),
        ("ccrric", 3, 2, 1, 0, 6, 0.5, False),
        ("rrr", 0, 3, 0, 0, 3, 0.0, False),
        ("iiii", 0, 0, 4, 0, 4, 0.0, False),
        ("cccn", 3, 0, 0, 1, 3, 1.0, True),  # what was not asked lowers no rate
        ("crnn", 1, 1, 0, 2, 2, 0.5, True),
        ("nnn", 0, 0, 0, 3, 0, None, True),
        ("", 0, 0, 0, 0, 0, None, False),
    ],
)
def test_outcome(
    statuses: str,
    answered: int,
    refused: int,
    invalid: int,
    not_reached: int,
    asked: int,
    answered_rate: float | None,
    incomplete: bool,
) -> None:
    counted = outcome(LETTERS[letter] for letter in statuses)
    assert counted == Outcome(answered, refused, invalid, not_reached)
    assert (counted.asked, counted.answered_rate, counted.incomplete) == (asked, answered_rate, incomplete)


@pytest.mark.parametrize(("one", "other"), [("cccc", "cr"), ("cnn", "iir"), ("", "ccr"), ("nn", "n")])
def test_outcomes_add_up(one: str, other: str) -> None:
    together = outcome(LETTERS[letter] for letter in one + other)
    assert outcome(LETTERS[letter] for letter in one) + outcome(LETTERS[letter] for letter in other) == together


def test_a_headline_is_comparable_from_19_answers_in_20() -> None:
    assert outcome(LETTERS[letter] for letter in "c" * 19 + "r").answered_rate == COMPARABLE_ANSWERED_RATE
