"""Half-widths of scenarios side by side: `python benchmarks/half_widths.py core standard --records LOG...`.

For each scenario what it takes, and how wide the 95 % interval of its headline is, in the mean over seeded studies of

- models that follow their value and guess in a share of the items, drawn item by item;
- the models of rationality logs, if any are named: dialogues are drawn from those of the same value, likewise with a
  goal or without, on the same game or else on the one with the nearest number of items, likewise induced if there are.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hvae_bench import load_catalog
from hvae_bench.dialogue.sample import DialogueScript, build_cells
from hvae_bench.log.plan import planned_run, takes_of
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.source import read_records
from hvae_bench.log.study import cell_id
from hvae_bench.scorers import ScoredRun, contrasts, value_rationality
from hvae_bench.scorers.calibration import ideal_chances
from hvae_bench.scorers.payoff_table import Floats

__all__ = ["guessing", "half_width", "main", "resampled"]

STUDIES, SEED = 200, 0
GUESSES = {"follower": 0.0, "noisy 0.2": 0.2, "noisy 0.5": 0.5, "uniform": 1.0}

Draw = Callable[[DialogueScript, int, np.random.Generator], Floats]
"""Value rationality of so many dialogues of a cell."""


def guessing(share: float) -> Draw:
    """A model that guesses in this share of the items, and else does what one motive of its value asks for."""

    def draw(script: DialogueScript, n: int, rng: np.random.Generator) -> Floats:
        table, motives = script.game.payoff_table(), script.target.motives
        followed = rng.integers(len(motives), size=n)
        chances = [ideal_chances(table, motive) for motive in motives]
        choices = np.empty((n, table.n_items), dtype=np.int64)
        for item in range(table.n_items):
            for dialogue in range(n):
                ideal = np.array(chances[followed[dialogue]][item])
                choices[dialogue, item] = rng.choice(len(ideal), p=share / len(ideal) + (1 - share) * ideal)
        return value_rationality(choices, table, motives, bounds=False).value_rationality

    return draw


def resampled(records: Sequence[RationalityRecord]) -> Draw:
    """The model of these records."""
    found: defaultdict[tuple[str, str], defaultdict[tuple[int, str, str], list[float]]]
    found = defaultdict(lambda: defaultdict(list))
    for one in records:
        if one.measures.value_rationality is not None:
            kind = (len(one.game.items), one.game.id, one.template.induction)
            found[one.target.id, one.template.goal][kind].append(one.measures.value_rationality)

    def draw(script: DialogueScript, n: int, rng: np.random.Generator) -> Floats:
        def unlike(kind: tuple[int, str, str]) -> tuple[bool, int, bool]:
            items, game, induction = kind
            return game != script.game.id, abs(items - len(script.game.items)), induction != script.template.induction

        kinds = found[script.target.id, script.template.goal]
        return rng.choice(np.array(kinds[min(kinds, key=unlike)]), size=n)

    return draw


def half_width(scripts: Sequence[DialogueScript], epochs: int, draw: Draw, studies: int = STUDIES) -> float:
    """Half the width of the headline's interval, in the mean over studies."""
    planned, rng = planned_run(scripts), np.random.default_rng(SEED)
    of_cell = {cell_id(script.cell, script.id): script for script in scripts}
    contrast = contrasts(planned)["value_rationality"]
    assert not isinstance(contrast, str)
    widths = []
    for _ in range(studies):
        scores = {cell: {target: draw(of_cell[cell], epochs, rng)} for cell, target in contrast}
        run: ScoredRun = replace(planned, scores=scores)
        found = run.estimate(contrast)
        widths.append(found.upper - found.lower)
    return float(np.mean(widths)) / 2


def main() -> None:
    """Print a row for each scenario."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="+")
    parser.add_argument("--records", nargs="+", type=Path, default=[])
    asked = parser.parse_args()
    catalog = load_catalog()
    models: Mapping[str, Draw] = {name: guessing(share) for name, share in GUESSES.items()} | {
        path.name.split(".rationality")[0]: resampled([record for _, record in read_records(path)])
        for path in asked.records
    }
    for name in asked.scenarios:
        scenario = catalog.scenarios[name]
        scripts = [cell.script() for cell in build_cells(catalog, scenario)]
        takes = takes_of(scripts)(scenario.epochs)
        print(f"{name}: {takes.calls:,} calls, {takes.input_tokens:,} tokens sent")
        for model, draw in models.items():
            print(f"  {model:40} {half_width(scripts, scenario.epochs, draw):.4f}", flush=True)


if __name__ == "__main__":
    main()
