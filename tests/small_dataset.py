"""A data set that is built in a moment: a few entries of the true one."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["KEPT", "copy_small_dataset"]

ROOT = Path(__file__).resolve().parent.parent

KEPT = {
    "values": ("altruistic", "prosocial", "individualistic", "competitive", "none"),
    "systems": ("svo",),
    "games": ("svo-slider-primary", "svo-slider-times-10"),
    "templates": ("goal-prompting", "definition-no-goal", "no-goal", "baseline"),
    "wordings": ("en",),
    "framings": ("coins",),
    "scenarios": ("paper",),
}
"""Enough of the data set to be one, by kind."""


def copy_small_dataset(folder: Path) -> Path:
    """A folder `dataset` of version 1.0.0 in a folder, with what lies beside it in a clone."""
    dataset = folder / "dataset"
    for kind, ids in KEPT.items():
        (dataset / kind).mkdir(parents=True)
        for id_ in ids:
            shutil.copy(ROOT / "dataset" / kind / f"{id_}.yaml", dataset / kind)
    paper = dataset / "scenarios" / "paper.yaml"
    paper.write_text(paper.read_text("utf-8").replace("epochs: 10", "epochs: 10\ndefault: true"), "utf-8")
    for name in ("DATASET_CARD.md", "LICENSE-DATA", "dataset/CANARY"):
        shutil.copy(ROOT / name, folder / name)
    (dataset / "VERSION").write_text("1.0.0\n", encoding="utf-8")
    return dataset
