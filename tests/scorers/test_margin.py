"""Margin: judged as by the textbook, and how often wrongly or in vain, for agents whose chances are known exactly.

`python -m tests.scorers.test_margin` prints the table of docs/measures.md.
"""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
from scipy import optimize, stats

from hvae_bench.scorers import expected_value_rationality
from hvae_bench.scorers.estimate import Estimate, Moments, Term, estimate_sum, weighted_estimate
from hvae_bench.scorers.margin import judge
from tests.scorers.test_coverage import AGENTS, MOTIVES, OTHER, TABLE, Floats, drawn, follower, least

MARGIN = 0.1

# --- by the textbook


def of_normal(groups: Mapping[str, tuple[Floats, Floats]], confidence: float) -> dict[str, Estimate]:
    return {
        name: weighted_estimate({"first": first, "second": second}, {"first": -1, "second": 1}, confidence)
        for name, (first, second) in groups.items()
    }


def p_of_two_one_sided_tests(first: Floats, second: Floats) -> float:
    """The larger p-value of Welch's two tests against the ends of the margin (Schuirmann 1987)."""
    above = stats.ttest_ind(second + MARGIN, first, equal_var=False, alternative="greater").pvalue
    below = stats.ttest_ind(second - MARGIN, first, equal_var=False, alternative="less").pvalue
    return float(max(above, below))


def step_up(p_values: Mapping[str, float]) -> set[str]:
    """What Hochberg's procedure rejects at 5 %: the k-th smallest of m and all below, if at most 0.05 / (m - k + 1)."""
    ordered = sorted(p_values, key=p_values.__getitem__)
    for rank in range(len(ordered), 0, -1):
        if p_values[ordered[rank - 1]] <= 0.05 / (len(ordered) - rank + 1):
            return set(ordered[:rank])
    return set()


@pytest.mark.parametrize("k", [1, 2, 4])
def test_normal_differences_are_judged_as_by_the_textbook(k: int) -> None:
    rng = np.random.default_rng(k)
    counts = {"equivalent": 0, "not_shown": 0, "different": 0}
    for _ in range(150):
        groups = {}
        for name in "abcd"[:k]:
            apart, spread = rng.choice([0.0, 0.05, 0.3]), rng.choice([0.05, 0.2])
            groups[name] = (rng.normal(0, 0.1, size=rng.integers(5, 40)), rng.normal(apart, spread, size=12))
        found = judge(partial(of_normal, groups), MARGIN)
        claimed = {name for name, one in found.items() if one.judgement == "equivalent"}
        assert claimed == step_up({name: p_of_two_one_sided_tests(*both) for name, both in groups.items()})
        for name, (first, second) in groups.items():
            welch = stats.ttest_ind(second, first, equal_var=False)
            lower, upper = welch.confidence_interval(1 - 0.05 / k)
            assert (found[name].judgement == "different") == (lower > MARGIN or upper < -MARGIN)
            shown = welch.confidence_interval(found[name].confidence)
            assert (found[name].difference.lower, found[name].difference.upper) == pytest.approx(tuple(shown))
            counts[found[name].judgement] += 1
    assert min(counts.values()) > 30


def test_without_an_interval_nothing_is_shown() -> None:
    groups = {"a": (np.zeros(1), np.zeros(9)), "b": (np.zeros(9), np.zeros(0)), "c": (np.zeros(9), np.ones(9))}
    found = judge(partial(of_normal, groups), MARGIN)
    assert {one.judgement for one in found.values()} == {"not_shown"}


# --- how often wrongly, and how often in vain

SIZES = (2, 5, 10, 40)
"""Dialogues a cell, of two cells a target."""


def truth(value: str, error: float, agent: str) -> float:
    own, other = (
        expected_value_rationality(TABLE, MOTIVES[value], follower(followed, error)).mean
        for followed in (value, OTHER[value])
    )
    return own + AGENTS[agent].other_dialogues * (other - own)


@cache
def error_at(value: str, agent: str, below: float) -> float:
    """The share of random choices with which value rationality lies so far below that of the agent."""
    goal = truth(value, AGENTS[agent].error, agent) - below
    return float(optimize.brentq(lambda error: truth(value, error, agent) - goal, AGENTS[agent].error, 1))


def terms(value: str, cells: Floats, sign: int) -> list[Term]:
    return [
        Term((value, sign, cell), sign / len(cells), Moments.of(scores), (value, sign), least(value), 1.0)
        for cell, scores in enumerate(cells)
    ]


def equivalent(of: Mapping[str, list[Term]]) -> list[bool]:
    found = judge(lambda level: {name: estimate_sum(own, level) for name, own in of.items()}, MARGIN)
    return [one.judgement == "equivalent" for one in found.values()]


@cache
def claimed(agent: str, n_dialogues: int, below: float, n_studies: int) -> tuple[float, float, float]:
    """Share of studies that call the headline equivalent, any target, and all of them, the second run lying below."""
    rng = np.random.default_rng([*f"{agent}, {n_dialogues}, {below}".encode()])
    shape = (n_studies, 2, n_dialogues)
    runs = [
        {
            value: drawn(rng, value, error_at(value, agent, apart), AGENTS[agent].other_dialogues, shape)
            for value in MOTIVES
        }
        for apart in (0.0, below)
    ]
    headline, some, every = 0, 0, 0
    for study in range(n_studies):
        of = {
            value: terms(value, runs[0][value][study], -1) + terms(value, runs[1][value][study], 1) for value in MOTIVES
        }
        whole = [replace(term, weight=term.weight / len(of)) for own in of.values() for term in own]
        headline += all(equivalent({"all": whole}))
        each = equivalent(of)
        some, every = some + any(each), every + all(each)
    return headline / n_studies, some / n_studies, every / n_studies


@pytest.mark.parametrize("n_dialogues", [2, 5, 10])
@pytest.mark.parametrize("agent", ["near-perfect", "noisy, 0.2"])
def test_a_difference_as_large_as_the_margin_is_seldom_called_none(agent: str, n_dialogues: int) -> None:
    headline, some, _ = claimed(agent, n_dialogues, MARGIN, 150)
    # Three standard errors of a share of 5 % of 150 studies.
    assert max(headline, some) <= 0.05 + 3 * (0.05 * 0.95 / 150) ** 0.5


def test_more_dialogues_show_equivalence_more_often() -> None:
    headline, _, every = zip(
        *(claimed("near-perfect", n_dialogues, 0.0, 60) for n_dialogues in (2, 10, 40)), strict=True
    )
    assert headline[0] < 0.5
    assert headline[1] > 0.95
    assert every[1] < 0.5
    assert every[2] > 0.8


def test_that_no_dialogue_varied_proves_nothing() -> None:
    """Four dialogues all ideal are no rarity for an agent that errs in a tenth of its choices."""
    alike = [term for sign in (-1, 1) for term in terms("altruistic", np.ones((2, 2)), sign)]
    assert estimate_sum(alike).alike
    assert not any(equivalent({"altruistic": alike}))


def main() -> None:
    """Print the table."""
    print("| agent | dialogues a cell | wrongly: headline | wrongly: any target | shown: headline | shown: all four |")
    print("|---|---|---|---|---|---|")
    for agent, n_dialogues in itertools.product(AGENTS, SIZES):
        wrong, some, _ = claimed(agent, n_dialogues, MARGIN, 1_000)
        right, _, every = claimed(agent, n_dialogues, 0.0, 1_000)
        shares = " | ".join(f"{100 * share:.1f}" for share in (wrong, some, right, every))
        print(f"| {agent} | {n_dialogues} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
