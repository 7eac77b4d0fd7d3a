"""Fetch: what the argument `catalog` can name, and a data set brought from the Hub into `huggingface_hub`'s cache.

The rule for names, in this order:

1. `embedded` is the data of the package, `hub` the release on the Hub that the package is pinned to.
2. What exists as a folder is that folder. So is everything that cannot be `ORG/NAME` or `ORG/NAME@REVISION`: with no
   slash or several, or with a `.`, `~` or `/` at its beginning.
3. The rest is a data set on the Hub: `ORG/NAME@REVISION` that revision (a tag, or a commit), `ORG/NAME` the newest
   release.

`./hub` is a folder that is called `hub`.
"""

import os
import re
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from hvae_bench.catalogue.manifest import MANIFEST, read_manifest
from hvae_bench.catalogue.refusal import ELSEWHERE, endpoint_of, hub_client, no_such_data_set, refusal
from hvae_bench.catalogue.released import releases_among
from hvae_bench.text.errors import UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Answer = TypeVar("Answer")

_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"
_HUB = re.compile(rf"(?P<repo>{_PART}/{_PART})(?:@(?P<revision>[A-Za-z0-9][A-Za-z0-9._/-]{{0,200}}))?")

PROBE_TIMEOUT_S = 3.0
PATIENCE_S = 30.0
"""How long one question, or one file, may take; the library itself asks again for minutes."""


@dataclass(frozen=True, slots=True)
class HubName:
    """A data set on the Hub, `ORG/NAME`, and a tag, commit or branch; no revision stands for the newest release."""

    repo: str
    revision: str | None

    def __str__(self) -> str:
        return self.repo if self.revision is None else f"{self.repo}@{self.revision}"


def parse_name(name: str | Path) -> HubName | Path | Literal["embedded", "hub"] | None:
    """What a name stands for; a path is a built data set, and None a folder laid over others, or nothing at all."""
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
    found = _HUB.fullmatch(text)
    return found is not None and found["revision"] is None


def is_commit(revision: str | None) -> bool:
    """Whether a revision is the full hash of a commit, which always means the same content."""
    return revision is not None and re.fullmatch(r"[0-9a-f]{40}", revision) is not None


def within(seconds: float, ask: Callable[[], Answer]) -> Answer:
    """What a question to the Hub gives, if it gives anything in time.

    Raises:
        TimeoutError: no answer by then; the question is given up together with the process.
    """
    answer: Future[Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=run, daemon=True).start()
    return answer.result(seconds)


def fetch(name: HubName, *, anew: bool = False) -> tuple[HubName, Path]:
    """Bring a revision to this machine; where a commit is named and is here already, without network.

    Args:
        name: the data set.
        anew: whether what is here already is fetched, too, because it was refused.

    Returns:
        The data set with the revision as it was named, or the release that was the newest; and the folder with its
        files, whose name is the commit.

    Raises:
        UsageError: it cannot be had; the message says why and what to do.
    """
    # A bar for each of many small files says less than nothing.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    api = hub_client()
    from huggingface_hub import constants

    offline = constants.is_offline_mode()
    if offline and anew:
        raise UsageError(
            "It cannot be downloaded again, because HF_HUB_OFFLINE is set. Unset it once, and load it again."
        )
    if not anew and (is_commit(name.revision) or offline) and (folder := _cached(name)):
        return name, folder
    if offline and name.revision is None:
        why = f"HF_HUB_OFFLINE is set, so nobody can say which release of {name} is the newest."
        raise UsageError(f"{why} Name one that was loaded here before, as in {name}@v1.0.0. {ELSEWHERE}")
    if offline:
        why = f"{name} was never loaded completely here, and HF_HUB_OFFLINE is set."
        raise UsageError(f"{why} Unset it once. {ELSEWHERE}")
    try:
        return _downloaded(api, name, anew)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(refusal(error, name.repo, str(name), endpoint_of(api))) from None


def _downloaded(api: "HfApi", name: HubName, anew: bool) -> tuple[HubName, Path]:
    from huggingface_hub import hf_hub_download, hf_hub_url
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    repo = name.repo
    if name.revision is None:
        releases = _releases(api, name)
        if not releases:
            raise UsageError(f"{repo} has no release (no tag such as v1.0.0). Name a commit, as in {repo}@SHA.")
        name = HubName(repo, releases[-1])
    try:
        info = within(PATIENCE_S, lambda: api.dataset_info(repo, revision=name.revision, timeout=PROBE_TIMEOUT_S))
    except GatedRepoError:
        raise
    except (RepositoryNotFoundError, RevisionNotFoundError):
        # Some mirrors say of an unknown revision that there is no such data set; its tags tell the two apart.
        known = ", ".join(_releases(api, name)) or "none yet"
        raise UsageError(f"{repo} has no revision {name.revision!r}. Its releases: {known}.") from None

    files = [sibling.rfilename for sibling in info.siblings or ()]
    if MANIFEST not in files:
        raise UsageError(f"{name} holds no {MANIFEST}, so it is not a data set made by `hvae build`. Check the name.")

    def download(file: str) -> Path:
        # By its tag, so that the library remembers the tag for a time without network.
        where: dict[str, Any] = {"repo_type": "dataset", "revision": name.revision, "endpoint": api.endpoint}
        how: dict[str, Any] = {"etag_timeout": PROBE_TIMEOUT_S, "force_download": anew}
        try:
            # One after the other: the library's own threads would keep the process from ending where the Hub is silent.
            path = Path(within(PATIENCE_S, lambda: hf_hub_download(repo, file, **where, **how)))
        except TimeoutError:
            # The library asks again and again where the Hub refuses for a time; one plain question says why.
            url = hf_hub_url(repo, file, **where)
            within(PATIENCE_S, lambda: api.get_hf_file_metadata(url=url, timeout=PROBE_TIMEOUT_S))
            raise
        return path.parents[file.count("/")]

    folders = {download(file) for file in files}
    if {folder.name for folder in folders} != {info.sha}:
        raise UsageError(f"{name} could not be downloaded as one revision. Run it again, or name a commit. {ELSEWHERE}")
    return name, folders.pop()


def _cached(name: HubName) -> Path | None:
    """Where the revision lies on this machine; None if it is not there, or not all of it."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    if name.revision is None:
        return None
    try:
        where = snapshot_download(name.repo, repo_type="dataset", revision=name.revision, local_files_only=True)
        listed = read_manifest(Path(where)).files
    except (LocalEntryNotFoundError, OSError, UsageError):
        return None
    return Path(where) if all(Path(where, file).is_file() for file in listed) else None


def _releases(api: "HfApi", name: HubName) -> list[str]:
    from huggingface_hub.errors import EntryNotFoundError

    try:
        refs = within(PATIENCE_S, lambda: api.list_repo_refs(name.repo, repo_type="dataset"))
    except EntryNotFoundError:  # what some mirrors say of an unknown data set
        raise UsageError(no_such_data_set(name.repo, str(name), endpoint_of(api))) from None
    return releases_among(ref.name for ref in refs.tags)
