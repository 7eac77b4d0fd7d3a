"""Two real runs that the tests of the analysis share."""

from __future__ import annotations

from pathlib import Path

import pytest
from inspect_ai import eval

from hvae_bench import hvae_bench
from tests.conftest import QUICKLY


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the logs of two runs of scenario `paper`, three dialogues a cell."""
    folder = tmp_path_factory.mktemp("runs") / "logs"
    for model, arguments in (("hvae/uniform", {}), ("hvae/noisy", {"value": "prosocial", "error": 0.5})):
        (log,) = eval(
            hvae_bench(scenario="paper"),
            model=model,
            model_args=arguments,
            epochs=3,
            log_dir=str(folder),
            **QUICKLY,
        )
        assert log.status == "success", log.error
    return folder
