"""Card: `README.md` of the published data set, the words of DATASET_CARD.md under what the Hub reads by machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from hvae_bench.catalogue.columns import Column, features

__all__ = ["DEFAULT_CONFIG", "ConfigFacts", "card_text"]

DEFAULT_CONFIG = "scenarios"
"""The config that `load_dataset` gives when none is named."""

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))


@dataclass(frozen=True, slots=True)
class ConfigFacts:
    """What the card says of a config by machine.

    Attributes:
        columns: its columns.
        path: its file within the folder.
        rows: number of rows.
        size: bytes of the file.
    """

    columns: dict[str, Column]
    path: str
    rows: int
    size: int


def card_text(words: str, canary_line: str, languages: Sequence[str], configs: Mapping[str, ConfigFacts]) -> str:
    """The text of the card.

    Args:
        words: the text of DATASET_CARD.md.
        canary_line: the line by which files of the data set are known.
        languages: languages of the wordings (BCP 47), the first one foremost.
        configs: by name, in the order to show.
    """
    rows = sum(config.rows for config in configs.values())
    head: dict[str, Any] = {
        "pretty_name": "HVAE-Bench",
        "license": "cc-by-4.0",
        "language": list(languages),
        "multilinguality": ["multilingual" if len(languages) > 1 else "monolingual"],
        "annotations_creators": ["expert-generated"],
        "language_creators": ["expert-generated"],
        "source_datasets": ["original"],
        "task_categories": ["text-generation", "question-answering"],
        "size_categories": [next(name for limit, name in _SIZES if rows < limit)],
        "tags": ["benchmark", "evaluation", "alignment", "social-value-orientation", "value-rationality", "inspect-ai"],
        "configs": [_config(name, config) for name, config in configs.items()],
        "dataset_info": [_info(name, config) for name, config in configs.items()],
    }
    written = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=110)
    return f"---\n# {canary_line}\n{written}---\n\n{words}"


def _config(name: str, config: ConfigFacts) -> dict[str, Any]:
    default = {"default": True} if name == DEFAULT_CONFIG else {}
    return {"config_name": name, **default, "data_files": [{"split": "test", "path": config.path}]}


def _info(name: str, config: ConfigFacts) -> dict[str, Any]:
    return {
        "config_name": name,
        "features": features(config.columns),
        "splits": [{"name": "test", "num_bytes": config.size, "num_examples": config.rows}],
        "download_size": config.size,
        "dataset_size": config.size,
    }
