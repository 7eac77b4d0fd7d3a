"""Fetch: one revision of a data set, brought from the Hub into the cache of `huggingface_hub`."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, TypeVar

from hvae_bench.catalogue.manifest import MANIFEST
from hvae_bench.catalogue.name import HubName, is_commit
from hvae_bench.catalogue.released import releases_among
from hvae_bench.text.errors import UsageError, brief

Answer = TypeVar("Answer")

PROBE_TIMEOUT_S = 3.0
PATIENCE_S = 30.0
"""How long one question, or one file, may take; the library itself asks again for minutes."""

_ELSEWHERE = (
    "Without the Hub: leave `catalog` out for the data of the package, name a folder, or name a revision that was "
    "loaded here before by its commit, as in ORG/NAME@SHA (a tag too with HF_HUB_OFFLINE=1)."
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A revision from the Hub, on this machine.

    Attributes:
        name: the data set, with the revision as it was named, or the release that was the newest.
        folder: where its files are; its name is the commit.
    """

    name: HubName
    folder: Path

    @property
    def sha(self) -> str:
        """Its commit."""
        return self.folder.name


def within(seconds: float, ask: Callable[[], Answer]) -> Answer:
    """What a question to the Hub gives, if it gives anything in time.

    Raises:
        TimeoutError: no answer by then; the question is given up together with the process.
    """
    answers: Queue[Answer | BaseException] = Queue()

    def run() -> None:
        try:
            answers.put(ask())
        except BaseException as error:
            answers.put(error)

    Thread(target=run, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer


def fetch(name: HubName) -> Snapshot:
    """Bring a revision to this machine; where a commit is named and is here already, without network.

    Raises:
        UsageError: it cannot be had; the message says why and what to do.
    """
    # A bar for each of many small files says less than nothing.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    if is_commit(name.revision) or constants.is_offline_mode():
        folder = _cached(name)
        if folder is not None:
            return Snapshot(name, folder)
    if constants.is_offline_mode():
        if name.revision is None:
            why = f"HF_HUB_OFFLINE is set, so nobody can say which release of {name} is the newest."
            raise UsageError(f"{why} Name one that was loaded here before, as in {name}@v1.0.0. {_ELSEWHERE}")
        why = f"{name} was never loaded here as a whole, and HF_HUB_OFFLINE is set."
        raise UsageError(f"{why} Unset it once. {_ELSEWHERE}")
    api = HfApi()
    endpoint = re.sub(r"//[^/@]*@", "//", api.endpoint)  # without the name and password that it may hold
    try:
        return _downloaded(api, name)
    except RepositoryNotFoundError:
        raise UsageError(_no_such_data_set(name, endpoint)) from None
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            refused = f"{endpoint} refused the token (status {status}). Check HF_TOKEN, or run `hf auth login`."
            raise UsageError(refused) from None
        answered = f"{endpoint} answered with status {status} to a request for {name}."
        raise UsageError(f"{answered} Try later. {_ELSEWHERE}") from None
    except UsageError:
        raise
    except Exception as error:
        # The library raises what its HTTP client raises, which is another one from version to version.
        unreachable = isinstance(error, (LocalEntryNotFoundError, ConnectionError, TimeoutError))
        if not unreachable and not type(error).__module__.startswith("http"):
            detail = brief(str(error) or type(error).__name__)
            raise UsageError(f"{name} could not be downloaded: {detail}. Try again. {_ELSEWHERE}") from None
        commit = " and is not all on this machine" if is_commit(name.revision) else ""
        silent = f"{endpoint} does not answer, so {name} cannot be loaded{commit}."
        raise UsageError(f"{silent} Try later. {_ELSEWHERE}") from None


def _downloaded(api: Any, name: HubName) -> Snapshot:
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

    folders = {download(sibling.rfilename) for sibling in info.siblings}
    if {folder.name for folder in folders} != {info.sha}:
        raise UsageError(
            f"{name} could not be downloaded as one revision. Run it again, or name a commit. {_ELSEWHERE}"
        )
    return Snapshot(name, folders.pop())


def _cached(name: HubName) -> Path | None:
    """Where the revision lies on this machine; None if it is not there, or not all of it."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    if name.revision is None:
        return None
    try:
        where = snapshot_download(name.repo, repo_type="dataset", revision=name.revision, local_files_only=True)
        folder = Path(where)
        listed = json.loads((folder / MANIFEST).read_bytes())["files"]
    except (LocalEntryNotFoundError, OSError, ValueError, KeyError, TypeError):
        return None
    return folder if all((folder / file).is_file() for file in listed) else None


def _releases(api: Any, name: HubName) -> list[str]:
    from huggingface_hub.errors import EntryNotFoundError

    try:
        refs = within(PATIENCE_S, lambda: api.list_repo_refs(name.repo, repo_type="dataset"))
    except EntryNotFoundError:  # what some mirrors say of an unknown data set
        raise UsageError(_no_such_data_set(name, re.sub(r"//[^/@]*@", "//", api.endpoint))) from None
    return releases_among(ref.name for ref in refs.tags)


def _no_such_data_set(name: HubName, endpoint: str) -> str:
    from huggingface_hub import get_token

    access = "it is private and HF_TOKEN is not set" if get_token() is None else "HF_TOKEN may not read it"
    folder = " There is no folder of this name either." if name.revision is None else ""
    return f"There is no data set {name.repo} at {endpoint}, or {access}.{folder} Check the name and the token."
