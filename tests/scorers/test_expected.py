"""Expected value rationality from probabilities, against the enumeration of every profile of answers."""

import itertools
import math
import re
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from hvae_bench.scorers import (
    MISSING,
    CellId,
    Design,
    Dialogue,
    LinearMotive,
    MaximinMotive,
    Motive,
    Outcome,
    PayoffTable,
    Target,
    analyse,
    calibrate,
    expected_score,
    expected_scores,
    uniform_chances,
    value_rationality,
)

ALTRUIST = LinearMotive(kind="linear", utility_angle_deg=90)
JOINT = LinearMotive(kind="linear", utility_angle_deg=45)
RIVAL = LinearMotive(kind="linear", utility_angle_deg=-45)
MAXIMIN = MaximinMotive(kind="maximin")
ONE: tuple[Motive, ...] = (ALTRUIST,)
TWO: tuple[Motive, ...] = (JOINT, MAXIMIN)
THREE: tuple[Motive, ...] = (JOINT, MAXIMIN, RIVAL)

Shares = dict[str, dict[str, float]]


def random_game(seed: int, sizes: Sequence[int]) -> tuple[PayoffTable, Shares]:
    """A game with whole payoffs, and probabilities of its options, some of them 0."""
    rng = np.random.default_rng(seed)
    items = {
        f"i{place}": {f"o{option}": tuple(rng.integers(0, 12, 2).tolist()) for option in range(size)}
        for place, size in enumerate(sizes)
    }
    shares: Shares = {}
    for item, options in items.items():
        weights = rng.exponential(size=len(options)) * (rng.random(len(options)) < 0.7)
        weights[0] += 0.05
        shares[item] = dict(zip(options, (weights / weights.sum()).tolist(), strict=True))
    return PayoffTable.from_options(items), shares


def every_profile(table: PayoffTable, shares: Shares, missing: Sequence[str]) -> Iterator[tuple[list[int], float]]:
    """Choices and probability of each way to answer the items that are not missing."""
    places = [
        [(MISSING, 1.0)] if item in missing else [(o, shares[item].get(id_, 0.0)) for o, id_ in enumerate(ids)]
        for item, ids in zip(table.item_ids, table.option_ids, strict=True)
    ]
    for profile in itertools.product(*places):
        yield [choice for choice, _ in profile], math.prod(probability for _, probability in profile)


@pytest.mark.parametrize("motives", [ONE, TWO, THREE])
@pytest.mark.parametrize(
    ("sizes", "missing"), [((9, 9, 9), ()), ((3, 4, 2, 5), ()), ((3, 4, 2, 5), ("i1",)), ((2,) * 9, ())]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_the_mean_over_every_profile(
    motives: tuple[Motive, ...], sizes: tuple[int, ...], missing: tuple[str, ...], seed: int
) -> None:
    table, shares = random_game(seed, sizes)
    profiles, probabilities = zip(*every_profile(table, shares, missing), strict=True)
    scored = value_rationality(np.array(profiles), table, motives, bounds=False).value_rationality
    wanted = float(np.array(probabilities) @ scored)
    chosen = {item: None if item in missing else "o0" for item in table.item_ids}
    found = expected_score(table, motives, chosen, shares)
    assert found == pytest.approx(wanted, abs=1e-12)
    assert isinstance(found, float)
    assert abs(wanted) > 1e-3, "chance alone would pass"


@pytest.mark.parametrize("motives", [ONE, TWO, THREE])
def test_even_probabilities_are_chance_and_certain_ones_the_choice(motives: tuple[Motive, ...]) -> None:
    table, _ = random_game(3, (9, 4, 6, 3))
    even = {
        item: dict(zip(ids, chances, strict=True))
        for item, ids, chances in zip(table.item_ids, table.option_ids, uniform_chances(table), strict=True)
    }
    assert calibrate(table, motives, (0, 1, 2, 3)).expected_rationality > 0 or len(motives) == 1
    rng = np.random.default_rng(0)
    for _ in range(20):
        row = [int(rng.integers(len(ids))) for ids in table.option_ids]
        chosen = {item: ids[o] for item, ids, o in zip(table.item_ids, table.option_ids, row, strict=True)}
        assert expected_score(table, motives, chosen, even) == pytest.approx(0, abs=1e-15)
        certain = {item: {option: 1.0} for item, option in chosen.items()}
        sampled = float(value_rationality(np.array([row]), table, motives).value_rationality[0])
        assert expected_score(table, motives, chosen, certain) == pytest.approx(sampled, abs=1e-12)


FLAT = PayoffTable.from_options({"i": {"a": (1, 5), "b": (0, 5)}, "j": {"a": (1, 3), "b": (1, 4)}})
KNOWN = {"i": {"a": 0.5, "b": 0.5}, "j": {"a": 0.25, "b": 0.75}}


@pytest.mark.parametrize(
    ("motives", "chosen", "known", "found"),
    [
        (ONE, {"i": "a", "j": "b"}, KNOWN, 0.5),  # 0.75 for the ideal option, 0.25 against it; i does not inform
        (ONE, {"i": "a", "j": "b"}, {"i": {"a": 1}, "j": {"a": 1, "b": 3}}, 0.5),
        (ONE, {"i": "a", "j": "b"}, {"i": KNOWN["i"]}, "no probabilities of the options of j"),
        (ONE, {"i": "a", "j": None}, KNOWN, "no informative item for the motive linear .* among the answered items"),
        (ONE, {"i": None}, KNOWN, "no item was answered"),
        ((), {"i": "a", "j": "b"}, KNOWN, "the target has no motive"),
    ],
)
def test_what_has_one_and_why_others_have_none(
    motives: tuple[Motive, ...], chosen: dict[str, str | None], known: Shares, found: float | str
) -> None:
    score = expected_score(FLAT, motives, chosen, known)
    if isinstance(found, float):
        assert score == pytest.approx(found)
    else:
        assert isinstance(score, str)
        assert re.fullmatch(found, score)


def test_an_option_that_the_game_does_not_have() -> None:
    with pytest.raises(KeyError, match="item 'i' has no option 'z'"):
        expected_score(FLAT, ONE, {"i": "a", "j": "b"}, KNOWN | {"i": {"a": 0.5, "z": 0.5}})


def test_a_run_is_estimated_from_the_dialogues_that_have_one() -> None:
    design = Design(
        {"x": Target(ONE, "pronounced"), "y": Target((RIVAL,), "pronounced"), "none": Target((), "none")},
        {"g": FLAT},
        ("x", "y"),
    )

    def dialogue(value: str, share: float | None, outcome: Outcome | None = None) -> Dialogue:
        known = {} if share is None else {"i": {"a": 1.0}, "j": {"a": 1 - share, "b": share}}
        return Dialogue(CellId(value, "g"), {"i": "a", "j": "b"}, outcome=outcome, probabilities=known)

    played = [dialogue("x", 0.75), dialogue("x", 1.0), dialogue("x", None), dialogue("none", 0.5)]
    played += [dialogue("x", 0.0, outcome=Outcome(1, 0, 0, 1)), dialogue("y", 0.5), dialogue("y", 0.75)]
    assert {str(cell): list(columns) for cell, columns in expected_scores(design, played).items()} == {
        "x.g": ["x"],
        "y.g": ["y"],
    }
    analysis = analyse(design, played)
    # x: 0.5 and 1; y wants a on both items: 1 and (0.5 - 0.5) or (0.25 - 0.75), over two items.
    assert {value: one.mean for value, one in analysis.by("expected_value_rationality({})").items()} == pytest.approx(
        {"x": 0.75, "y": (0.5 + 0.25) / 2}
    )
    expected = analysis.numbers["expected_value_rationality"]
    assert expected.mean == pytest.approx(0.5625)
    assert expected.n_dialogues == 4
    assert expected.lower < 0.5625 < expected.upper
    without = analyse(design, [one for one in played if not one.probabilities])
    assert not any(name.startswith("expected") for name in without.numbers)
