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
from hvae_bench.catalogue.released import releases_among
from hvae_bench.text.errors import UsageError, brief

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Answer = TypeVar("Answer")

_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"
_HUB = re.compile(rf"(?P<repo>{_PART}/{_PART})(?:@(?P<revision>[A-Za-z0-9][A-Za-z0-9._/-]{{0,200}}))?")

PROBE_TIMEOUT_S = 3.0
PATIENCE_S = 30.0
"""How long one question, or one file, may take; the library itself asks again for minutes."""

_ELSEWHERE = (
    "Without the Hub: leave `catalog` out for the data of the package, name a folder, or name a revision that was "
    "loaded here before by its commit, as in ORG/NAME@SHA (a tag too with HF_HUB_OFFLINE=1)."
)


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


def fetch(name: HubName) -> tuple[HubName, Path]:
    """Bring a revision to this machine; where a commit is named and is here already, without network.

    Returns:
        The data set with the revision as it was named, or the release that was the newest; and the folder with its
        files, whose name is the commit.

    Raises:
        UsageError: it cannot be had; the message says why and what to do.
    """
    # A bar for each of many small files says less than nothing.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from huggingface_hub import HfApi, constants

    offline = constants.is_offline_mode()
    if (is_commit(name.revision) or offline) and (folder := _cached(name)):
        return name, folder
    if offline and name.revision is None:
        why = f"HF_HUB_OFFLINE is set, so nobody can say which release of {name} is the newest."
        raise UsageError(f"{why} Name one that was loaded here before, as in {name}@v1.0.0. {_ELSEWHERE}")
    if offline:
        why = f"{name} was never loaded here as a whole, and HF_HUB_OFFLINE is set."
        raise UsageError(f"{why} Unset it once. {_ELSEWHERE}")
    api = HfApi()
    try:
        return _downloaded(api, name)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(_told(error, name, endpoint_of(api))) from None


def endpoint_of(api: "HfApi") -> str:
    """Address of the server, without the name and password that it may hold."""
    return re.sub(r"//[^/@]*@", "//", api.endpoint)


def _told(error: Exception, name: HubName, endpoint: str) -> str:
    """What the library raised, in a sentence."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    if isinstance(error, RepositoryNotFoundError):
        return _no_such_data_set(name, endpoint)
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        if status in (401, 403):
            return f"{endpoint} refused the token (status {status}). Check HF_TOKEN, or run `hf auth login`."
        return f"{endpoint} answered with status {status} to a request for {name}. Try later. {_ELSEWHERE}"
    # The library raises what its HTTP client raises, which is another one from version to version.
    unreachable = isinstance(error, (LocalEntryNotFoundError, ConnectionError, TimeoutError))
    if unreachable or type(error).__module__.startswith("http"):
        commit = " and is not all on this machine" if is_commit(name.revision) else ""
        return f"{endpoint} does not answer, so {name} cannot be loaded{commit}. Try later. {_ELSEWHERE}"
    detail = brief(str(error) or type(error).__name__)
    return f"{name} could not be downloaded: {detail}. Try again. {_ELSEWHERE}"


def _downloaded(api: "HfApi", name: HubName) -> tuple[HubName, Path]:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    repo = name.repo
    if name.revision is None:
        releases = _releases(api, name)
        if not releases:
            raise UsageError(f"{repo} has no release (no tag as v1.0.0). Name a commit, as in {repo}@SHA.")
        name = HubName(repo, releases[-1])
    try:
        info = within(PATIENCE_S, lambda: api.dataset_info(repo, revision=name.revision, timeout=PROBE_TIMEOUT_S))
    except (RepositoryNotFoundError, RevisionNotFoundError):
        # Some mirrors say of an unknown revision that there is no such data set; its tags tell the two apart.
        known = ", ".join(_releases(api, name)) or "none yet"
        raise UsageError(f"{repo} has no revision {name.revision!r}. Its releases: {known}.") from None

    def download(file: str) -> Path:
        # By its tag, so that the library remembers the tag for a time without network.
        where: dict[str, Any] = {"repo_type": "dataset", "revision": name.revision, "etag_timeout": PROBE_TIMEOUT_S}
        # One after the other: the library's own threads would keep the process from ending where the Hub is silent.
        path = Path(within(PATIENCE_S, lambda: hf_hub_download(repo, file, endpoint=api.endpoint, **where)))
        return path.parents[file.count("/")]

    folders = {download(sibling.rfilename) for sibling in info.siblings or ()}
    if {folder.name for folder in folders} != {info.sha}:
        raise UsageError(
            f"{name} could not be downloaded as one revision. Run it again, or name a commit. {_ELSEWHERE}"
        )
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
        raise UsageError(_no_such_data_set(name, endpoint_of(api))) from None
    return releases_among(ref.name for ref in refs.tags)


def _no_such_data_set(name: HubName, endpoint: str) -> str:
    from huggingface_hub import get_token

    access = "it is private and HF_TOKEN is not set" if get_token() is None else "HF_TOKEN may not read it"
    folder = " There is no folder of this name either." if name.revision is None else ""
    return f"There is no data set {name.repo} at {endpoint}, or {access}.{folder} Check the name and the token."
