"""The cache of calibrations: what is kept, what it is kept under, and that nothing depends on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hvae_bench.log import calibration_cache
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.scorers import LinearMotive, MaximinMotive, Motive, PayoffTable, calibrate

ITEMS = {
    "one": {"a": (5, 5), "b": (9, 1), "c": (1, 9)},
    "two": {"a": (8, 2), "b": (6, 6), "c": (0, 3)},
    "three": {"a": (1, 1), "b": (2, 0), "c": (4, 4)},
}
TABLE = PayoffTable.from_options(ITEMS)
BOTH: tuple[Motive, ...] = (LinearMotive(kind="linear", utility_angle_deg=45), MaximinMotive(kind="maximin"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HVAE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def fresh(table: PayoffTable = TABLE, motives: tuple[Motive, ...] = BOTH, items: tuple[int, ...] = (0, 1, 2)) -> object:
    cached_calibrate.cache_clear()
    return cached_calibrate(table, motives, items)


def test_what_comes_from_disk_is_what_was_computed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = fresh()
    assert computed == calibrate(TABLE, BOTH, (0, 1, 2))
    (kept,) = folder.iterdir()

    def never(*arguments: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(calibration_cache, "calibrate", never)
    assert fresh() == computed
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"expected_rationality": 0.125}))
    assert getattr(fresh(), "expected_rationality", None) == 0.125  # so it is really read


def test_the_key_is_the_content(folder: Path) -> None:
    fresh()
    renamed = PayoffTable.from_options(
        {f"x{item}": {f"y{id_}": pair for id_, pair in options.items()} for item, options in ITEMS.items()}
    )
    for same in (fresh(renamed), fresh(items=(2, 1, 0))):
        assert same == calibrate(TABLE, BOTH, (0, 1, 2))
    assert len(list(folder.iterdir())) == 1
    fresh(items=(0, 1))
    fresh(motives=BOTH[::-1])
    fresh(table=PayoffTable.from_options(ITEMS, payoff_unit=1))
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize("damage", ["", "{}", "[1, 2", '{"expected_rationality": "NaN"}'])
def test_a_damaged_file_is_computed_again_and_replaced(folder: Path, damage: str) -> None:
    computed = fresh()
    (kept,) = folder.iterdir()
    whole = kept.read_text()
    kept.write_text(damage)
    assert fresh() == computed
    assert kept.read_text() == whole


def test_without_a_usable_folder_it_only_takes_longer(folder: Path) -> None:
    folder.write_text("")  # a file where the folder should be
    assert fresh() == calibrate(TABLE, BOTH, (0, 1, 2))


def test_quick_ones_and_unscorable_ones_are_not_kept(folder: Path) -> None:
    fresh(motives=BOTH[:1])
    flat = PayoffTable.from_options({"one": {"a": (1, 1), "b": (1, 1)}})
    assert getattr(fresh(table=flat, items=(0,)), "unscorable", None)
    assert not folder.exists()
