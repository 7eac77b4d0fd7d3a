"""Download: a program of its own that fetches one revision of a data set into the cache of `huggingface_hub`.

It runs in a process of its own because the library tries again for minutes where a server does not answer, and a
process can end at any moment; because the library reads its environment when it is imported; and so that nothing of
it is in the process of an evaluation. It prints one line of JSON: where the files are, or what went wrong. It imports
nothing of this package, so that it can be run by its path.

Usage: `python -P download.py ORG/NAME [REVISION]`
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any

__all__ = ["main"]

PROBE_TIMEOUT_S = 3.0
PATIENCE_S = 5.0
"""After so long without a byte the Hub counts as unreachable."""


class _TroubleError(Exception):
    """What went wrong: `problem` for the program that asked, with facts."""

    def __init__(self, problem: str, **facts: Any) -> None:
        self.answer = {"problem": problem, **facts}


def main(arguments: list[str]) -> None:
    """Fetch the revision, or the newest release, and print the answer."""
    repo, revision = arguments[0], arguments[1] if len(arguments) > 1 else None
    try:
        import huggingface_hub
    except ImportError:
        _say({"problem": "missing"})
        return
    from huggingface_hub import constants

    # Chunks of the library's own size, 10 MB, would look like silence on a slow line.
    constants.DOWNLOAD_CHUNK_SIZE = 64 * 1024
    watch = _Watch(Path(constants.HF_HUB_CACHE) / f"datasets--{repo.replace('/', '--')}", constants.ENDPOINT)
    watch.start()
    try:
        answer = _fetch(repo, revision, watch)
    except _TroubleError as trouble:
        answer = trouble.answer
    except Exception as error:  # a program that does not end in an answer could not be understood
        answer = _told(error, huggingface_hub.get_token())
    _say({"endpoint": _public(constants.ENDPOINT), **answer})


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def _fetch(repo: str, revision: str | None, watch: _Watch) -> dict[str, Any]:
    from huggingface_hub import HfApi, constants, snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    fixed = revision is not None and re.fullmatch(r"[0-9a-f]{40}", revision) is not None
    if revision is not None and (fixed or constants.HF_HUB_OFFLINE):
        folder = _cached(repo, revision)
        if folder is not None:
            return _answer(folder, revision)
    if constants.HF_HUB_OFFLINE:
        raise _TroubleError("offline")
    api = HfApi()
    if revision is None:
        revision = _newest(api, repo)
        watch.beat()
    try:
        sha = api.dataset_info(repo, revision=revision, timeout=PROBE_TIMEOUT_S).sha
    except (RepositoryNotFoundError, RevisionNotFoundError):
        # Some mirrors say of an unknown revision that there is no such data set; its tags tell the two apart.
        raise _TroubleError("revision", releases=_releases(api, repo)) from None
    watch.beat()
    # By its tag, so that the library remembers the tag for a time without network.
    folder = snapshot_download(repo, repo_type="dataset", revision=revision, etag_timeout=PROBE_TIMEOUT_S)
    if Path(folder).name != sha:
        raise _TroubleError("moved")
    return _answer(folder, revision)


def _answer(folder: str, revision: str) -> dict[str, Any]:
    return {"folder": folder, "sha": Path(folder).name, "revision": revision}


def _cached(repo: str, revision: str) -> str | None:
    """Where the revision lies on this machine; None if it is not there, or not all of it."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = snapshot_download(repo, repo_type="dataset", revision=revision, local_files_only=True)
        listed = json.loads((Path(folder) / "manifest.json").read_bytes())["files"]
    except (LocalEntryNotFoundError, OSError, ValueError, KeyError, TypeError):
        return None
    return folder if all((Path(folder) / name).is_file() for name in listed) else None


def _releases(api: Any, repo: str) -> list[str]:
    from huggingface_hub import get_token
    from huggingface_hub.errors import EntryNotFoundError

    try:
        tags = [ref.name for ref in api.list_repo_refs(repo, repo_type="dataset").tags]
    except EntryNotFoundError:  # what some mirrors say of an unknown data set
        raise _TroubleError("repo", token=get_token() is not None) from None
    found = [tag for tag in tags if re.fullmatch(r"v\d{1,9}\.\d{1,9}\.\d{1,9}", tag)]
    return sorted(found, key=lambda tag: [int(number) for number in tag[1:].split(".")])


def _newest(api: Any, repo: str) -> str:
    releases = _releases(api, repo)
    if not releases:
        raise _TroubleError("unreleased")
    return releases[-1]


def _told(error: Exception, token: str | None) -> dict[str, Any]:
    """What an exception of the library means."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    if isinstance(error, RepositoryNotFoundError):
        return {"problem": "repo", "token": token is not None}
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        return {"problem": "refused" if status in (401, 403) else "status", "status": status}
    # The library raises what its HTTP client raises, which is another one from version to version.
    if isinstance(error, (LocalEntryNotFoundError, ConnectionError)) or type(error).__module__.startswith("http"):
        return {"problem": "unreachable"}
    detail = str(error).strip() or type(error).__name__
    return {"problem": "failed", "detail": _redacted(detail.splitlines()[0], token)}


def _redacted(text: str, token: str | None) -> str:
    """The text without anything that could be a token."""
    return re.sub(r"hf_\w+", "***", text.replace(token, "***") if token else text)


def _public(endpoint: str) -> str:
    """An address without the name and password that it may hold."""
    return re.sub(r"//[^/@]*@", "//", endpoint)


class _Watch(threading.Thread):
    """Ends the program where the Hub has been silent for too long, whatever the library is waiting for."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        super().__init__(daemon=True)
        self._folder = folder
        self._endpoint = endpoint
        self._since = time.monotonic()

    def beat(self) -> None:
        """The Hub has answered."""
        self._since = time.monotonic()

    def run(self) -> None:
        """Look at the cache every moment: what arrives makes it grow."""
        before = -1
        while time.monotonic() - self._since < PATIENCE_S:
            held = _held(self._folder)
            if held != before:
                before = held
                self.beat()
            time.sleep(0.2)
        _say({"problem": "unreachable", "endpoint": _public(self._endpoint)})
        os._exit(0)


def _held(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += 1 + os.lstat(os.path.join(root, name)).st_size
            except OSError:  # moved to its place in this moment
                continue
    return total


if __name__ == "__main__":
    main(sys.argv[1:])
