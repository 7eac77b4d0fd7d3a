"""Name: what the argument `catalog` can name, a folder or a data set on the Hub.

The rule, in this order:

1. `embedded` is the data of the package, `hub` the release on the Hub that the package is pinned to.
2. What exists as a folder is that folder. So is everything that cannot be `ORG/NAME` or `ORG/NAME@REVISION`: with no
   slash or several, or with a `.`, `~` or `/` at its beginning.
3. The rest is a data set on the Hub: `ORG/NAME@REVISION` that revision (a tag, or a commit), `ORG/NAME` the newest
   release.

`./hub` is a folder that is called `hub`.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hvae_bench.catalogue.manifest import MANIFEST

_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"
_REPO = re.compile(rf"{_PART}/{_PART}")
_HUB = re.compile(rf"(?P<repo>{_PART}/{_PART})(?:@(?P<revision>[A-Za-z0-9][A-Za-z0-9._/-]{{0,200}}))?")


@dataclass(frozen=True, slots=True)
class HubName:
    """A data set on the Hub.

    Attributes:
        repo: `ORG/NAME`.
        revision: a tag, commit or branch; None for the newest release.
    """

    repo: str
    revision: str | None

    def __str__(self) -> str:
        return self.repo if self.revision is None else f"{self.repo}@{self.revision}"


def parse_name(name: str | Path) -> HubName | Path | Literal["embedded", "hub"] | None:
    """What a name stands for.

    Returns:
        `embedded` or `hub`, a data set on the Hub, the folder of a built data set, or None: a folder of entries
        that are laid over others, or nothing at all.
    """
    text = str(name)
    if text == "embedded":
        return "embedded"
    if text == "hub":
        return "hub"
    if Path(text).is_dir():
        return Path(text) if (Path(text) / MANIFEST).is_file() else None
    found = _HUB.fullmatch(text)
    return HubName(found["repo"], found["revision"]) if found else None


def is_hub_repo(text: str) -> bool:
    """Whether a text could be `ORG/NAME`."""
    return _REPO.fullmatch(text) is not None


def is_commit(revision: str | None) -> bool:
    """Whether a revision is the full hash of a commit, which always means the same content."""
    return revision is not None and re.fullmatch(r"[0-9a-f]{40}", revision) is not None
