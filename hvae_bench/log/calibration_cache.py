"""Calibration cache: keeps on disk what is slow to calibrate, under a hash of everything it depends on.

It is a convenience: a folder that cannot be read or written, or a damaged file in it, changes nothing but
the time that a calibration takes.
"""

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from platformdirs import user_cache_path
from pydantic import TypeAdapter, ValidationError

from hvae_bench.scorers.calibration import Calibration, calibrate
from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.payoff_table import PayoffTable
from hvae_bench.text.location import write_atomically

CACHE_VARIABLE = "HVAE_CACHE_DIR"
"""Environment variable that names another folder for the cache."""

ALGORITHM = 1
"""Goes up whenever a calibration may come out otherwise, so that older files are not read any more."""

_STORED: TypeAdapter[Calibration] = TypeAdapter(Calibration)


@lru_cache(maxsize=65536)
def cached_calibrate(table: PayoffTable, motives: tuple[Motive, ...], items: tuple[int, ...]) -> Calibration:
    """As `calibrate`; targets of several motives are looked up on disk first and kept there."""
    if len(motives) < 2 or not items:
        return calibrate(table, motives, items)
    folder = os.environ.get(CACHE_VARIABLE)
    kept = Path(folder) if folder else user_cache_path("hvae-bench") / "calibration"
    path = kept / f"{_key(table, motives, items)}.json"
    try:
        return _STORED.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        calibration = calibrate(table, motives, items)
    if calibration.unscorable is None:  # JSON has no NaN, and what is unscorable is quick to find out again
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, [json.dumps(asdict(calibration))])
    return calibration


def _key(table: PayoffTable, motives: tuple[Motive, ...], items: tuple[int, ...]) -> str:
    """Hash of what a calibration follows from; ids and the other items are no part of it."""
    facts = {
        "algorithm": ALGORITHM,
        "payoffs": [table.payoffs[item] for item in sorted(items)],
        "payoff_unit": table.payoff_unit,
        "stakes": table.stakes,
        "motives": [motive.model_dump(mode="json") for motive in motives],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
