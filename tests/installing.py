"""Installing within the tests: the versions of the repository, so that no release of others breaks a test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["VERSIONS", "pinned"]

VERSIONS = Path(__file__).resolve().parent.parent / "constraints.txt"


def pinned(versions: Path = VERSIONS) -> dict[str, str]:
    """What pip has to find in its environment; nothing where the newest versions are tried (`make newest`).

    Every pip reads the first variable, also the old one that a new virtual environment begins with; the second is for
    what is only needed to build.
    """
    if os.environ.get("HVAE_NEWEST") == "1" or not (3, 11) <= sys.version_info < (3, 15):
        return {}
    return {"PIP_CONSTRAINT": versions.as_uri(), "PIP_BUILD_CONSTRAINT": versions.as_uri()}
