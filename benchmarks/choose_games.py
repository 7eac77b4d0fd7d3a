"""Chooses the games of the scenario `standard`: `python benchmarks/choose_games.py` prints how it comes to them.

A study has four games of different instruments. Each is asked as `standard` asks it; a short one may be asked in both
orders of its items where a value is given by self-description, so that it is known as well as the longer ones. Of the
studies within `MOST_CALLS` and `MOST_TOKENS` whose headline is known to `HALF_WIDTH` of a model that guesses in every
fifth item, the one with the lowest deaf ceiling is chosen; at the same ceiling the one of fewest calls.

Beside each game stands what a dialogue of it tells: the calls that one of variance 1 would take, so less is better. The
variance is the mean over the core values and over agents that follow their value in all items, in four of five, in
every other one or in none, and that follow each utility angle of the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain, combinations
from statistics import fmean

from hvae_bench import load_catalog
from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.plan import Takes, planned_run, planned_terms, takes_of
from hvae_bench.scorers import contrasts
from hvae_bench.scorers.calibration import follower
from hvae_bench.scorers.ceiling import ceilings_of
from hvae_bench.scorers.estimate import expected_half_width

__all__ = ["chosen", "main", "variance_times_calls"]

STANDARD = "standard"
MOST_CALLS, MOST_TOKENS, HALF_WIDTH = 1250, 500_000, 0.042
GAMES = 4
ERROR = 0.2

CANDIDATES = (
    *("allocations-8", "allocations-10", "dictator-multipliers", "svo-slider-primary", "prisoners-dilemma"),
    *("stag-hunt", "chicken", "ring-24", "triple-dominance-9", "public-goods-4", "ultimatum-responder"),
)
"""Games that score all core values, one of each instrument."""


def chosen(catalog: Catalog) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The games of the study, and those of them that are asked in both orders of their items."""
    ceilings = deaf_ceilings(catalog)
    for games in sorted(combinations(CANDIDATES, GAMES), key=lambda games: fmean(ceilings[game] for game in games)):
        found = []
        for twice in chain.from_iterable(combinations(games, n) for n in range(GAMES + 1)):
            study = _Study(catalog, games, twice)
            if study.fits():
                found.append((study.takes.calls, twice))
        if found:
            return games, min(found)[1]
    raise ValueError("No study is precise enough within these limits.")


def deaf_ceilings(catalog: Catalog) -> dict[str, float]:
    """By game, over the core values of the study."""
    games = {id_: catalog.games[id_].payoff_table() for id_ in CANDIDATES}
    core = [catalog.values[value].motives for value in catalog.scenarios[STANDARD].core_values]
    return ceilings_of(games, core, calibrate=cached_calibrate)


class _Study:
    """The scenario with other games: `twice` in its crossing of reversed items, `games` in all others."""

    def __init__(self, catalog: Catalog, games: Sequence[str], twice: Sequence[str]) -> None:
        standard = catalog.scenarios[STANDARD]
        crossings = [
            crossing.model_copy(update={"games": given})
            for crossing in standard.crossings
            if (given := twice if crossing.item_orders == ("reversed",) else games)
        ]
        study = standard.model_copy(update={"crossings": crossings})
        self.scripts = [cell.script() for cell in build_cells(catalog, study)]
        self.epochs = study.epochs

    @cached_property
    def takes(self) -> Takes:
        return takes_of(self.scripts)(self.epochs)

    def half_width(self) -> float:
        run = planned_run(self.scripts)
        return expected_half_width(planned_terms(run, contrasts(run)["value_rationality"], ERROR), self.epochs)

    def fits(self) -> bool:
        within = self.takes.calls <= MOST_CALLS and self.takes.input_tokens <= MOST_TOKENS
        return within and self.half_width() <= HALF_WIDTH


def variance_times_calls(catalog: Catalog, game: str) -> float:
    """What the calls of a dialogue about one item after the other tell, as the head of this file says."""
    table, values = catalog.games[game].payoff_table(), catalog.values
    angles = [value.motives for id_, value in values.items() if id_.startswith("angle-")]
    variances = []
    for core in catalog.scenarios[STANDARD].core_values:
        agents = [(values[core].motives, guesses) for guesses in (0.0, 0.2, 0.5, 1.0)] + [(one, 0.0) for one in angles]
        for followed, guesses in agents:
            known = follower(table, followed, values[core].motives, guesses, cached_calibrate)
            variances.append(known.sd**2)
    return table.n_items * fmean(variances)


def main() -> None:
    """Print the candidates, then what is chosen."""
    catalog = load_catalog()
    ceilings = deaf_ceilings(catalog)
    print("game                  items  variance x calls  deaf ceiling")
    for game in CANDIDATES:
        told = variance_times_calls(catalog, game)
        print(f"{game:22}{len(catalog.games[game].items):5}{told:18.3f}{ceilings[game]:14.3f}")
    games, twice = chosen(catalog)
    study = _Study(catalog, games, twice)
    print(f"Chosen: {', '.join(games)}; in both orders of their items {', '.join(twice) or 'none'}.")
    print(
        f"{study.takes.calls:,} calls, {study.takes.input_tokens:,} tokens sent, half-width {study.half_width():.4f}, "
        f"deaf ceiling {fmean(ceilings[game] for game in games):.3f}"
    )


if __name__ == "__main__":
    main()
