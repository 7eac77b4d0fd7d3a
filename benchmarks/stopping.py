"""Stopping: how often the interval of a run that ended by `-T until=` holds the truth, and how many calls it made.

`python benchmarks/stopping.py [SCENARIO ...]` prints the table of benchmarks/README.md, `--choice` the one below it.
Studies are drawn from 20,000 dialogues of each agent on each game, whose mean is the truth, and estimated by the
vectorised interval below, which a test holds against the package's own.
"""

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.plan import planned_run, takes_of
from hvae_bench.scorers import Motive, PayoffTable, contrasts, value_rationality
from hvae_bench.scorers.calibration import rate_items
from hvae_bench.scorers.estimate import ENOUGH_FREEDOM, FEW
from hvae_bench.scorers.payoff_table import MISSING

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CATALOG = load_catalog()
UNTIL = (0.03, 0.05, 0.1)
BANK, STUDIES, MOST_ROUNDS = 20_000, 4_000, 60


@dataclass(frozen=True)
class Agent:
    """Follows its value but for a share of random choices; in some dialogues another one; refuses some items."""

    error: float = 0.0
    other_dialogues: float = 0.0
    refused: float = 0.0


AGENTS = {
    "near-perfect, 0.02": Agent(0.02),
    "noisy, 0.2": Agent(0.2),
    "noisy, 0.5": Agent(0.5),
    "guessing": Agent(1.0),
    "mixed": Agent(0.1, other_dialogues=0.5),
    "refusing": Agent(0.2, refused=0.3),
}


def _choices(table: PayoffTable, motive: Motive, rng: np.random.Generator) -> NDArray[np.int64]:
    """Ideal choices, the best options of an item alike: (dialogues, items)."""
    (ratings,) = rate_items(table, (motive,))
    return np.stack([rng.choice(np.flatnonzero(one.ideal), size=BANK) for one in ratings], axis=1)


@cache
def dialogues(game: str, value: str, agent: str) -> Floats:
    """Value rationality of dialogues of an agent; who follows another value follows the individualistic one."""
    kind, table = AGENTS[agent], CATALOG.games[game].payoff_table()
    motives, other = CATALOG.values[value].motives, "individualistic" if value != "individualistic" else "altruistic"
    rng = np.random.default_rng([*f"{game}/{value}/{agent}".encode()])
    own, strange = (_choices(table, one, rng) for one in (motives[0], CATALOG.values[other].motives[0]))
    chosen = np.where((rng.random(BANK) < kind.other_dialogues)[:, None], strange, own)
    for item, options in enumerate(table.option_ids):
        guessed = rng.integers(len(options), size=BANK)
        chosen[:, item] = np.where(rng.random(BANK) < kind.error, guessed, chosen[:, item])
    # Forty sets of items, since a target of two motives needs a calibration for each.
    refused = rng.random((40, table.n_items)) < kind.refused
    chosen[refused[rng.integers(40, size=BANK)]] = MISSING
    scores = value_rationality(chosen, table, motives, calibrate=cached_calibrate, bounds=False).value_rationality
    return scores[np.isfinite(scores)]


class Plan:
    """The cells that make the headline of a scenario, or of some of its values: weights, least scores and pools."""

    def __init__(self, scenario: str, values: tuple[str, ...] = ()) -> None:
        cells = build_cells(CATALOG, CATALOG.scenarios[scenario], {"values": values} if values else {})
        scripts = [cell.script() for cell in cells]
        run = planned_run(scripts)
        headline = contrasts(run)["value_rationality"]
        assert not isinstance(headline, str)
        self.calls = takes_of(scripts)(1).calls
        self.cells = [(cell.game, cell.value) for cell, _ in headline]
        self.weights = np.array([*headline.values()])
        self.least = np.array([run.least[cell] for cell in self.cells])
        self.pools = np.unique(self.cells, axis=0, return_inverse=True)[1].ravel()


def ends(plan: Plan, n: int, mean: Floats, variance: Floats, least: Floats) -> tuple[Floats, Floats, Floats]:
    """Both ends of the interval of each study, and its degrees of freedom, by the text of docs/measures.md.

    Mean, variance and least score are by study and cell, each of n dialogues.
    """
    pools = plan.pools if n < FEW else np.arange(len(plan.cells))
    pooled = np.eye(pools.max() + 1)[pools]
    sizes, weights = pooled.sum(axis=0), plan.weights
    low, high, whole = np.maximum(mean - least, 0), np.maximum(1 - mean, 0), (1 - least) ** 2
    prior = 0.002 * (whole @ pooled) / sizes
    dispersion = ((n - 1) * variance @ pooled + 0.7 * prior) / ((n - 1) * (low * high) @ pooled + prior)
    ratio = dispersion[:, pools] / n
    parts = (weights**2 * ratio * np.maximum(low * high, 1e-9 * whole)) @ pooled
    freedom = parts.sum(axis=1) ** 2 / (parts**2 / ((n - 1) * sizes + 2.5)).sum(axis=1) - 2
    t = stdtrit(freedom, 0.975) ** 2

    def reach(there: Floats, back: Floats) -> Floats:
        """The root of a square equation in the share of the way that the sum may go."""
        room, here, square = there.sum(axis=1), (ratio * there * back).sum(axis=1), (ratio * there**2).sum(axis=1)
        a, b, c = room**2 + t * square, t * (square - here), t * here
        # A mean on its end leaves no way to go.
        share = np.divide(b + np.sqrt(b**2 + 4 * a * c), 2 * a, out=np.zeros(len(a)), where=a > 0)
        found: Floats = room * np.minimum(share, 1)
        return found

    middle, down, up = mean @ weights, low * weights, high * weights
    return middle - reach(down, up), middle + reach(up, down), freedom


@dataclass(frozen=True)
class Studies:
    """Of each number of rounds from 2 on and each study half the width of its interval, and if it holds the truth."""

    half_widths: Floats
    freedom: Floats
    holds: Bools

    def stopped(self, until: float, least: float = ENOUGH_FREEDOM) -> tuple[float, float, float]:
        """Coverage and mean number of rounds of runs that stop by themselves, and the share of those that did.

        They stop at an interval that narrow of so many degrees of freedom at least.
        """
        rounds = np.arange(len(self.half_widths)) + 2
        known = (self.half_widths <= until) & (self.freedom >= least)
        stop = np.where(known.any(axis=0), known.argmax(axis=0), len(rounds) - 1)
        return float(self.holds[stop, np.arange(len(stop))].mean()), float(rounds[stop].mean()), float(known[-1].mean())

    def fixed(self, until: float) -> int | None:
        """The fewest rounds at which half of the studies are as narrow as that."""
        narrow = np.median(self.half_widths, axis=1) <= until
        return int(narrow.argmax()) + 2 if narrow.any() else None


def study(plan: Plan, agent: str, most: int = MOST_ROUNDS, n_studies: int = STUDIES) -> Studies:
    """Seeded studies of an agent, as after each round."""
    banks = [dialogues(game, value, agent) for game, value in plan.cells]
    truth = sum(weight * bank.mean() for weight, bank in zip(plan.weights, banks, strict=True))
    rng = np.random.default_rng([*f"{agent}/{plan.cells}".encode()])
    sums, squares = np.zeros((2, n_studies, len(banks)))
    least = np.tile(plan.least, (n_studies, 1))
    half_widths, freedoms, holds = [], [], []
    for n in range(1, most + 1):
        drawn = np.stack([bank[rng.integers(len(bank), size=n_studies)] for bank in banks], axis=1)
        sums, squares, least = sums + drawn, squares + drawn**2, np.minimum(least, drawn)
        if n > 1:
            variance = np.maximum(squares - sums**2 / n, 0) / (n - 1)
            lower, upper, freedom = ends(plan, n, sums / n, np.where(variance < 1e-13, 0, variance), least)
            half_widths.append((upper - lower) / 2)
            freedoms.append(freedom)
            holds.append((lower <= truth + 1e-9) & (truth - 1e-9 <= upper))
    return Studies(*map(np.array, (half_widths, freedoms, holds)))


def rows(scenario: str) -> Iterator[str]:
    """The lines of the table of a scenario."""
    plan = Plan(scenario)
    made = {agent: study(plan, agent) for agent in AGENTS}
    for until in UNTIL:
        for agent, studies in made.items():
            naive, _, _ = studies.stopped(until, 0)
            coverage, rounds, reached = studies.stopped(until)
            if reached < 0.99:
                continue  # more rounds than are simulated
            fixed, blind = (of.fixed(until) for of in (studies, made["guessing"]))
            calls = (f"{(one or math.nan) * plan.calls:,.0f}" for one in (rounds, fixed, blind))
            shares = f"{100 * coverage:.1f} | {100 * naive:.1f}"
            yield f"| {scenario} | {until} | {agent} | {shares} | {rounds:.1f} | {' | '.join(calls)} |"


def choice() -> Iterator[str]:
    """For each least number of degrees of freedom the worst coverage of many settings, and what it costs in calls."""
    values: tuple[tuple[str, ...], ...] = (("altruistic",), ("competitive",), ("altruistic", "competitive"), ())
    plans = [*(Plan("paper", of) for of in values), Plan("core", values[0]), Plan("core")]
    found: dict[int, list[tuple[float, float]]] = {}
    for plan, agent in product(plans, AGENTS):
        studies = study(plan, agent, 45, 20_000 if len(plan.cells) <= 8 else STUDIES)
        for until in (*UNTIL, 0.15, 0.2):
            naive = studies.stopped(until, 0)
            for least in (0, 6, 8, 10, 12, 15) if naive[2] >= 0.99 else ():
                coverage, rounds, _ = studies.stopped(until, least)
                found.setdefault(least, []).append((coverage, rounds / naive[1]))
    for least, several in found.items():
        shares, costs = zip(*several, strict=True)
        below = sum(share < 0.93 for share in shares)
        yield f"| {least} | {100 * min(shares):.1f} | {below} of {len(shares)} | {np.mean(costs):.2f} |"


def main() -> None:
    """Print the table, or that of the choice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=["paper", "standard"])
    parser.add_argument("--choice", action="store_true", help="print by what the degrees of freedom were chosen")
    given = parser.parse_args()
    if given.choice:
        print(
            "\n".join(
                ["| degrees of freedom | worst coverage (%) | below 93 % | calls |", "|---|---|---|---|", *choice()]
            )
        )
        return
    columns = ("scenario", "until", "agent", "coverage (%)", "uncorrected", "rounds", "calls", "fixed plan")
    print("| " + " | ".join((*columns, "fixed plan for whatever model")) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for scenario in given.scenarios:
        for row in rows(scenario):
            print(row, flush=True)


if __name__ == "__main__":
    main()
