"""Extra: libraries that come with `pip install 'hvae-bench[analysis]'`, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hvae_bench.text.errors import UsageError

__all__ = ["import_extra"]


def import_extra(module: str) -> Any:
    """A module of the extra `analysis`.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        library = module.partition(".")[0]
        raise UsageError(f"This needs {library}. Run: pip install 'hvae-bench[analysis]'") from None
