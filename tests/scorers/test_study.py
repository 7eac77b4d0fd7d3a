"""Studies: how dialogues become scores, and an analysis small enough to be computed by hand."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from hvae_bench.scorers import (
    MISSING,
    Arm,
    Calibration,
    CellId,
    Design,
    Dialogue,
    LinearMotive,
    Motive,
    Outcome,
    PayoffTable,
    RunAnalysis,
    Structure,
    Target,
    analyse,
    calibrate,
    findings,
    order_consistency,
    score_run,
    scored_run,
)
from hvae_bench.scorers.study import shown_at
from tests.named import cell_of

# Of every item, r for one's own payoff is -1, 0 and 1 for a, b and c; for the other's it is 1, -1/2 and -1/2.
OPTIONS = {"a": (0, 4), "b": (2, 1), "c": (4, 1)}
ITEMS = ("i", "j", "k", "l")
GAME = PayoffTable.from_options(dict.fromkeys(ITEMS, OPTIONS))
FLAT = PayoffTable.from_options({item: {"a": (0, 1), "b": (2, 1), "c": (4, 1)} for item in ITEMS})
DESIGN = Design(
    targets={
        "own": Target((LinearMotive(kind="linear", utility_angle_deg=0),), "neutral"),
        "other": Target((LinearMotive(kind="linear", utility_angle_deg=90),), "pronounced"),
        "none": Target((), "none"),
    },
    games={"g": GAME, "flat": FLAT},
    core_values=("own", "other"),
    templates={
        "goal": Structure("self_generated", "told", "f"),
        "plain": Structure("none", "told", "f"),
        "filler": Structure("filler", "told", "f"),
        "baseline": Structure("none", "none", "b"),
    },
)


def dialogue(cell: str, profile: str, goal: str | None = None, outcome: Outcome | None = None) -> Dialogue:
    """A dialogue of `value.game.template.framing` with one letter for each item, `-` where there is no answer."""
    id_ = cell_of(cell)
    chosen = {item: None if letter == "-" else letter for item, letter in zip(ITEMS, profile, strict=True)}
    backwards = id_.option_order == "reversed"
    positions = {
        item: None if option is None else "cba".index(option) if backwards else "abc".index(option)
        for item, option in chosen.items()
    }
    return Dialogue(id_, chosen, positions, outcome, goal, ("other", "them"))


CELLS: dict[str, list[tuple[str, float, float]]] = {
    # profile, VR of one's own payoff, VR of the other's
    "own.g.goal.coins": [("cccc", 1, -1 / 2), ("cccb", 3 / 4, -1 / 2)],
    "own.g.plain.coins": [("cccb", 3 / 4, -1 / 2), ("ccbb", 1 / 2, -1 / 2)],
    "own.g.filler.coins": [("cccb", 3 / 4, -1 / 2), ("cccc", 1, -1 / 2)],
    "other.g.goal.coins": [("aaaa", -1, 1), ("aaab", -3 / 4, 5 / 8)],
    "other.g.plain.coins": [("aaab", -3 / 4, 5 / 8), ("aabb", -1 / 2, 1 / 4)],
    "other.g.filler.coins": [("aaba", -3 / 4, 5 / 8), ("bcaa", -1 / 4, 1 / 4)],
    "none.g.baseline.coins": [("cccc", 1, -1 / 2), ("cbbb", 1 / 4, -1 / 2), ("aaaa", -1, 1)],
}
RUN = [dialogue(cell, profile) for cell, rows in CELLS.items() for profile, *_ in rows]


def test_scores_of_a_run() -> None:
    scores = score_run(DESIGN, RUN)
    assert [str(cell) for cell in scores] == list(CELLS)
    for cell, columns in scores.items():
        rows = CELLS[str(cell)]
        assert list(columns) == ["own", "other"]
        np.testing.assert_allclose(columns["own"], [own for _, own, _ in rows])
        np.testing.assert_allclose(columns["other"], [other for *_, other in rows])


@pytest.fixture(scope="module")
def analysis() -> RunAnalysis:
    return analyse(DESIGN, RUN)


def test_means_by_hand(analysis: RunAnalysis) -> None:
    own, other = (7 / 8 + 5 / 8 + 7 / 8) / 3, (13 / 16 + 7 / 16 + 7 / 16) / 3
    left_alone = {"own": 1 / 12, "other": 0}
    means = {value: estimate.mean for value, estimate in analysis.by("value_rationality({})").items()}
    assert means == pytest.approx({"own": own, "other": other})
    assert analysis.numbers["value_rationality"].mean == pytest.approx((own + other) / 2)
    assert {
        template: estimate.mean for template, estimate in analysis.by("value_rationality(template={})").items()
    } == pytest.approx({"goal": 27 / 32, "plain": 17 / 32, "filler": 21 / 32})
    assert analysis.minimum_target == "other"
    assert analysis.numbers["value_rationality_min"].mean == pytest.approx(other)
    assert {value: estimate.mean for value, estimate in analysis.by("induction_gain({})").items()} == pytest.approx(
        {"own": own - left_alone["own"], "other": other - left_alone["other"]}
    )
    assert analysis.numbers["neutrality_bias"].mean == pytest.approx(own - other)
    assert analysis.numbers["neutrality_bias_gain"].mean == pytest.approx(own - 1 / 12 - other)
    assert analysis.numbers["goal_effect"].mean == pytest.approx((1 / 4 + 3 / 8) / 2)
    assert analysis.numbers["goal_effect_filler"].mean == pytest.approx((0 + 3 / 8) / 2)
    assert (
        analysis.numbers["value_rationality_by_paraphrase"].no_mean
        == "1 paraphrases, and an interval over them needs 5"
    )


def test_errors_by_hand(analysis: RunAnalysis) -> None:
    # Of two dialogues at a distance d the variance is d^2 / 2 and that of their mean d^2 / 4.
    own, other = [1 / 4, 1 / 4, 1 / 4], [3 / 8, 3 / 8, 3 / 8]
    assert analysis.numbers["value_rationality(own)"].standard_error == pytest.approx(
        math.sqrt(sum(d**2 / 4 for d in own)) / 3
    )
    headline = math.sqrt(sum(d**2 / 4 for d in own + other)) / 6
    assert analysis.numbers["value_rationality"].standard_error == pytest.approx(headline)
    assert analysis.numbers["goal_effect"].standard_error == pytest.approx(
        math.sqrt(sum(d**2 / 4 for d in own[:2] + other[:2])) / 2
    )
    # Without a value the three dialogues lead by 3/2, 3/4 and -2 towards one's own payoff.
    leads = [3 / 2, 3 / 4, -2]
    centre = sum(leads) / 3
    left_alone = sum((lead - centre) ** 2 for lead in leads) / 2 / 3
    assert analysis.numbers["neutrality_bias_gain"].standard_error == pytest.approx(
        math.sqrt(sum(d**2 / 4 for d in own + other) / 9 + left_alone)
    )


def test_discriminant_matrix_by_hand(analysis: RunAnalysis) -> None:
    matrix = analysis.discriminant
    means = {row: {column: one.mean for column, one in columns.items()} for row, columns in matrix.estimates.items()}
    assert means["own"] == pytest.approx({"own": 19 / 24, "other": -1 / 2})
    assert means["other"] == pytest.approx({"own": -(7 / 8 + 5 / 8 + 1 / 2) / 3, "other": 9 / 16})
    assert {row: dict(columns) for row, columns in matrix.ideal.items()} == {
        "own": pytest.approx({"own": 1, "other": -1 / 2}),
        "other": pytest.approx({"own": -1, "other": 1}),
    }
    assert matrix.own_is_highest == 1


def test_counts_by_hand(analysis: RunAnalysis) -> None:
    assert analysis.outcome == Outcome(60, 0, 0, 0)
    assert analysis.outcomes == {
        "own": Outcome(24, 0, 0, 0),
        "other": Outcome(24, 0, 0, 0),
        "none": Outcome(12, 0, 0, 0),
    }
    assert (analysis.n_dialogues, analysis.n_incomplete) == (15, 0)
    assert analysis.comparable
    # cccc three times and aaaa twice; by chance 3 in 81.
    assert analysis.positions.constant == pytest.approx(5 / 15)
    assert analysis.positions.chance == pytest.approx(3 / 81)
    assert analysis.positions.n_dialogues == 15
    assert analysis.order.reason == "no cell was run in two option orders"
    assert (analysis.goals.n_goals, dict(analysis.goals.names_other)) == (0, {})
    assert math.isnan(analysis.goals.mean_words)
    assert math.isnan(analysis.goals.repeated)


def test_findings_are_those_of_the_same_scores(analysis: RunAnalysis) -> None:
    assert analysis.findings == findings(scored_run(DESIGN, score_run(DESIGN, RUN)))


def test_the_order_of_dialogues_does_not_matter(analysis: RunAnalysis) -> None:
    again = analyse(DESIGN, random.Random(3).sample(RUN, len(RUN)))
    for name, one in analysis.numbers.items():
        other = again.numbers[name]
        assert (other.mean, other.lower, other.upper) == pytest.approx((one.mean, one.lower, one.upper), nan_ok=True)
    assert again.positions == analysis.positions
    assert again.outcomes == analysis.outcomes
    assert [(found.name, found.verdict, found.reason) for found in again.findings] == [
        (found.name, found.verdict, found.reason) for found in analysis.findings
    ]


def test_dialogues_may_come_one_at_a_time(analysis: RunAnalysis) -> None:
    again = analyse(DESIGN, (one for one in RUN))
    assert again.numbers["value_rationality"] == analysis.numbers["value_rationality"]
    assert again.outcome == analysis.outcome


# --- What enters the means

LOST = Outcome(3, 0, 0, 1)


def test_incomplete_dialogues_stay_out_of_the_means_and_are_counted(analysis: RunAnalysis) -> None:
    lost = [dialogue("own.g.goal.coins", "aaa-", outcome=LOST), dialogue("none.g.baseline.coins", "aaa-", outcome=LOST)]
    again = analyse(DESIGN, [lost[0], *RUN, lost[1]])
    assert again.by("value_rationality({})") == analysis.by("value_rationality({})")
    assert again.numbers["value_rationality"] == analysis.numbers["value_rationality"]
    assert again.numbers["neutrality_bias_gain"] == analysis.numbers["neutrality_bias_gain"]
    assert (again.n_dialogues, again.n_incomplete) == (17, 2)
    assert again.outcome == Outcome(66, 0, 0, 2)
    assert again.outcome.answered_rate == 1  # what was never asked was not left unanswered
    assert again.outcomes["own"] == Outcome(27, 0, 0, 1)


def test_a_cell_of_incomplete_dialogues_leaves_no_mean() -> None:
    again = analyse(DESIGN, [*RUN, dialogue("own.g.goal.points", "ccc-", outcome=LOST)])
    assert again.numbers["value_rationality(own)"].no_mean == "no scored dialogue in own.g.goal.points"
    assert again.numbers["value_rationality"].no_mean == again.numbers["value_rationality(own)"].no_mean


def test_a_dialogue_without_an_answer_has_no_score_and_lowers_the_answered_rate(analysis: RunAnalysis) -> None:
    again = analyse(DESIGN, [*RUN, dialogue("own.g.goal.coins", "----", outcome=Outcome(0, 4, 0, 0))])
    assert again.by("value_rationality({})") == analysis.by("value_rationality({})")
    assert again.outcome == Outcome(60, 4, 0, 0)
    assert again.outcome.answered_rate == pytest.approx(60 / 64)
    assert not again.comparable


def test_a_game_that_cannot_score_a_target_is_left_out(analysis: RunAnalysis) -> None:
    flat = [dialogue("other.flat.goal.coins", "aabb"), dialogue("other.flat.goal.coins", "abcb")]
    assert list(score_run(DESIGN, [*RUN, *flat])[flat[0].cell]) == ["own"]
    again = analyse(DESIGN, [*RUN, *flat])
    assert again.by("value_rationality({})") == analysis.by("value_rationality({})")
    assert again.numbers["value_rationality"] == analysis.numbers["value_rationality"]
    assert again.discriminant.estimates == analysis.discriminant.estimates
    # Alone it leaves no headline.
    alone = analyse(DESIGN, [*(one for one in RUN if one.cell.value != "other"), *flat])
    assert list(alone.by("value_rationality({})")) == ["own"]
    assert alone.numbers["value_rationality"].no_mean == "no game of this run can score all of own, other"


def test_missing_answers_are_scored_on_the_others() -> None:
    run = [dialogue("own.g.goal.coins", profile, outcome=Outcome(3, 1, 0, 0)) for profile in ("ccb-", "-cca", "c-ba")]
    scores = score_run(DESIGN, run)[run[0].cell]
    np.testing.assert_allclose(scores["own"], [2 / 3, 1 / 3, 0])


def test_only_the_targets_of_the_run_are_scored() -> None:
    scores = score_run(DESIGN, [one for one in RUN if one.cell.value != "other"])
    assert {tuple(columns) for columns in scores.values()} == {("own",)}


def test_without_an_outcome_every_item_counts_as_asked() -> None:
    run = [replace(dialogue("own.g.goal.coins", "cc-b"), outcome=None), Dialogue(CellId("own", "g"), {"i": "a"})]
    again = analyse(DESIGN, run)
    assert again.outcome == Outcome(4, 0, 4, 0)
    assert (again.n_incomplete, again.comparable) == (0, False)


@pytest.mark.parametrize(("n_refused", "comparable"), [(5, True), (6, False)])
def test_comparable_at_95_percent_answered(n_refused: int, comparable: bool) -> None:
    outcomes = [Outcome(95, n_refused, 0, 0), Outcome(0, 0, 0, 7)]
    run = [dialogue("own.g.goal.coins", "cccc", outcome=outcome) for outcome in outcomes]
    assert analyse(DESIGN, run).comparable is comparable


def test_nothing_at_all() -> None:
    nothing = analyse(DESIGN, [])
    assert nothing.numbers["value_rationality"].no_mean == "no dialogue with the target other, own"
    assert not nothing.comparable
    assert (
        nothing.by("value_rationality({})")
        == nothing.by("value_rationality(template={})")
        == nothing.by("induction_gain({})")
        == {}
    )
    assert nothing.positions.n_dialogues == 0
    assert math.isnan(nothing.positions.constant)


@pytest.mark.parametrize(
    ("stray", "named"),
    [
        (Dialogue(CellId("kind", "g"), {"i": "a"}), "kind"),
        (Dialogue(CellId("own", "chess"), {"i": "a"}), "chess"),
        (Dialogue(CellId("own", "g"), {"z": "a"}), "no item 'z' in this game; it has i, j, k, l"),
        (Dialogue(CellId("own", "g"), {"i": "z"}), "item 'i' has no option 'z'; it has a, b, c"),
    ],
)
def test_what_the_design_does_not_have_is_named(stray: Dialogue, named: str) -> None:
    with pytest.raises(KeyError, match=named):
        analyse(DESIGN, [*RUN, stray])


def test_a_calibrator_of_ones_own_is_asked() -> None:
    asked = []

    def remembering(table: PayoffTable, motives: tuple[Motive, ...], items: tuple[int, ...]) -> Calibration:
        asked.append((table, motives))
        return replace(calibrate(table, motives, items), expected_rationality=0.5)

    scores = score_run(DESIGN, RUN, calibrate=remembering)
    # VR = (R - 0.5) / 0.5 instead of R.
    np.testing.assert_allclose(scores[RUN[0].cell]["own"], [1, 1 / 2])
    assert set(asked) == {(GAME, DESIGN.targets["own"].motives), (GAME, DESIGN.targets["other"].motives)}


# --- Positions, orders and goals


def test_positions_are_those_shown() -> None:
    run = [
        dialogue("own.g.goal.coins", "cccc"),
        dialogue("own.g.goal.coins.o-reversed", "aaaa"),
        dialogue("own.g.goal.coins.o-reversed", "aaca"),
        dialogue("own.g.goal.coins", "ccc-"),  # three answers are too few
        replace(dialogue("own.g.goal.coins", "cccc"), positions={}),  # places that nobody noted
        replace(dialogue("own.g.goal.coins", "cccc"), positions={"i": 0, "j": 0, "k": 0, "l": 1}),
    ]
    positions = analyse(DESIGN, run).positions
    assert positions.n_dialogues == 4
    assert positions.constant == pytest.approx(2 / 4)
    assert positions.chance == pytest.approx(3 / 81)


def test_chance_of_one_position_follows_the_items_answered() -> None:
    table = PayoffTable.from_options(
        {f"i{n}": {f"o{place}": (place, 0) for place in range(n)} for n in (2, 3, 4, 5, 6)}
    )
    design = Design({"own": DESIGN.targets["own"]}, {"g": table}, ("own",))
    whole = {f"i{n}": 1 for n in (2, 3, 4, 5, 6)}
    part = {f"i{n}": 1 for n in (3, 4, 5, 6)}
    run = [
        Dialogue(CellId("own", "g"), {item: f"o{place}" for item, place in places.items()}, {**places, **gone})
        for places, gone in ((whole, {}), (part, {"i2": None}))
    ]
    positions = analyse(design, run).positions
    assert positions.constant == 1
    assert positions.chance == pytest.approx((2 / 720 + 3 / 360) / 2)


def choices(*profiles: str) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.array([["abc".index(letter) if letter != "-" else MISSING for letter in row] for row in profiles])


FORWARD = np.array([[0, 1, 2]] * 4)


def test_cells_that_differ_in_the_order_alone_are_crossed() -> None:
    profiles: Mapping[str, Sequence[str]] = {
        "own.g.goal.coins": ["cccb", "cabc", "cbcb"],
        "own.g.goal.coins.o-reversed": ["ccca", "caba"],
        "none.g.baseline.coins": ["abab", "bbcc"],
        "none.g.baseline.coins.o-reversed": ["abcb", "bacc", "b-ca"],
        # Of these no two differ in the order alone.
        "own.g.plain.coins": ["aaaa"],
        "other.g.goal.coins.o-reversed": ["aaaa"],
        "own.g.goal.points": ["aaaa"],
        "own.g.goal.coins.o-shuffled": ["bbbb"],
        "own.g.goal.unknown": ["bbbb"],
    }
    run = [dialogue(cell, profile) for cell, rows in profiles.items() for profile in rows]
    crossed = [
        [
            Arm(choices(*profiles[f"{cell}.coins"]), FORWARD),
            Arm(choices(*profiles[f"{cell}.coins.o-reversed"]), FORWARD[:, ::-1]),
        ]
        for cell in ("own.g.goal", "none.g.baseline")
    ]
    expected = order_consistency(crossed)
    assert expected.reason is None
    assert analyse(DESIGN, run).order == expected


def test_positions_of_options_in_a_fixed_order() -> None:
    table = PayoffTable.from_options({"i": {"a": (0, 0), "b": (1, 1)}, "j": dict.fromkeys("abc", (0, 0))})
    np.testing.assert_array_equal(shown_at(table, "published"), [[0, 1, MISSING], [0, 1, 2]])
    np.testing.assert_array_equal(shown_at(table, "reversed"), [[1, 0, MISSING], [2, 1, 0]])


def test_goals() -> None:
    run = [
        dialogue("own.g.goal.coins", "cccc", "Get as much as I can."),
        dialogue("own.g.goal.coins", "cccc", "Get as much as I can. "),
        dialogue("own.g.goal.coins", "cccc", "Never mind the other."),
        dialogue("other.g.goal.coins", "aaaa", "Give them all."),
        dialogue("other.g.goal.coins.o-reversed", "aaaa", "Give them all."),
        replace(dialogue("other.g.goal.coins", "aaaa", "Give."), other_words=()),
        dialogue("own.g.plain.coins", "cccc"),
    ]
    goals = analyse(DESIGN, run).goals
    assert goals.n_goals == 6
    assert goals.mean_words == pytest.approx((6 + 6 + 4 + 3 + 3 + 1) / 6)
    assert dict(goals.names_other) == pytest.approx({"own": 1 / 3, "other": 1})
    assert goals.repeated == pytest.approx(2 / 6)  # the fourth and fifth are of two cells


def test_without_an_induced_target_there_is_no_matrix(analysis: RunAnalysis) -> None:
    uninduced = analyse(DESIGN, [one for one in RUN if one.cell.value == "none"])
    assert uninduced.discriminant.reason == "no induced target in this run"
    assert analysis.discriminant.reason is None
