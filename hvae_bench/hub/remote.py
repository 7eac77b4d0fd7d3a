"""Remote: a data set on the Hub, as far as a release reads and writes it, with the Hub's errors as sentences."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hvae_bench.catalogue.fetch import PROBE_TIMEOUT_S, within
from hvae_bench.catalogue.refusal import endpoint_of
from hvae_bench.text.errors import HvaeError, UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

ANSWER_TIMEOUT_S = 60.0
LISTING_TIMEOUT_S = 120.0
UPLOAD_TIMEOUT_S = 1800.0
"""The library asks for the pages of a listing again and again, however short the patience with each."""

_AGAIN = "No release is left half done: run the same command again."


@dataclass(frozen=True, slots=True)
class Remote:
    """A data set on the Hub: the client, and `ORG/NAME`."""

    api: "HfApi"
    repo: str

    @property
    def endpoint(self) -> str:
        """Address of the server, without the name and password that it may hold."""
        return endpoint_of(self.api)

    def user(self) -> str:
        """Who the token belongs to."""
        return str(self.api.whoami()["name"])

    def tags(self) -> dict[str, str] | None:
        """Tags and their commits; None where there is no such data set."""
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

        try:
            refs = self.api.list_repo_refs(self.repo, repo_type="dataset")
        except GatedRepoError:
            raise
        except RepositoryNotFoundError:
            return None
        return {ref.name: ref.target_commit for ref in refs.tags}

    def pull_requests(self) -> dict[str, str]:
        """Number and newest commit of every pull request, open or not."""
        refs = self.api.list_repo_refs(self.repo, repo_type="dataset", include_pull_requests=True)
        return {ref.ref.rsplit("/", 1)[-1]: ref.target_commit for ref in refs.pull_requests or []}

    def head(self) -> str:
        """The newest commit of the main branch."""
        return str(self.api.dataset_info(self.repo, revision="main", timeout=PROBE_TIMEOUT_S).sha)

    def holds(self, revision: str, files: Mapping[str, bytes]) -> bool:
        """Whether a revision has exactly these files, and no others among the data."""
        from huggingface_hub.hf_api import RepoFile
        from huggingface_hub.utils.sha import git_hash

        tree = within(
            LISTING_TIMEOUT_S,
            lambda: list(self.api.list_repo_tree(self.repo, repo_type="dataset", revision=revision, recursive=True)),
        )
        there = {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}

        def same(entry: RepoFile, content: bytes) -> bool:
            if entry.lfs is not None:
                return bool(entry.lfs.sha256 == hashlib.sha256(content).hexdigest())
            return bool(entry.blob_id == git_hash(content))

        data = {path for path in there if path.startswith(("data/", "spec/"))}
        return data <= files.keys() <= there.keys() and all(same(there[path], files[path]) for path in files)

    def create(self, *, private: bool) -> None:
        """Make the data set, if it is not there."""
        self.api.create_repo(self.repo, repo_type="dataset", private=private, exist_ok=True)

    def upload(self, folder: Path, title: str, parent: str, *, create_pr: bool) -> tuple[str, str | None]:
        """One commit of a folder, on top of `parent` and nothing else, and the address of its pull request if any."""
        made = within(
            UPLOAD_TIMEOUT_S,
            lambda: self.api.upload_folder(
                repo_id=self.repo,
                repo_type="dataset",
                folder_path=folder,
                commit_message=title,
                # What a release removes where it does not bring it along.
                delete_patterns=["data/**", "spec/**"],
                parent_commit=parent,
                create_pr=create_pr,
            ),
        )
        return str(made.oid), made.pr_url

    def set_tag(self, tag: str, sha: str) -> None:
        """Tag a commit; a tag that is there already stays where it is."""
        message = f"Release {tag}"
        self.api.create_tag(self.repo, repo_type="dataset", tag=tag, revision=sha, tag_message=message, exist_ok=True)


@contextmanager
def open_remote(repo: str) -> Iterator[Remote]:
    """The data set for the length of a `with` block, after a first question with a short timeout.

    A Hub that refuses, or does not answer, is a UsageError, also later in the block. The library itself waits for
    minutes where a server does not answer.
    """
    # A bar for each of many small files says less than the steps that are told.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from huggingface_hub import HfApi, errors, get_session

    remote = Remote(HfApi(), repo)
    try:
        # Every answer but the first may take its time, but none may take for ever.
        get_session().timeout = ANSWER_TIMEOUT_S
        with suppress(errors.RepositoryNotFoundError):  # it may be about to be made
            remote.api.dataset_info(repo, timeout=PROBE_TIMEOUT_S)
        yield remote
    except HvaeError:
        raise
    except errors.LocalTokenNotFoundError:
        raise UsageError("Publishing needs a token that may write. Set HF_TOKEN, or run `hf auth login`.") from None
    except errors.OfflineModeIsEnabled:
        raise UsageError("HF_HUB_OFFLINE is set, and publishing needs the Hub. Unset it.") from None
    except errors.HfHubHTTPError as error:
        raise UsageError(_refusal(remote, error.response.status_code)) from None
    except Exception as error:
        # The library raises what its HTTP client raises, which is another one from version to version.
        if not isinstance(error, (ConnectionError, TimeoutError)) and not type(error).__module__.startswith("http"):
            raise
        raise UsageError(f"{remote.endpoint} does not answer, or the connection was lost. {_AGAIN}") from None


def _refusal(remote: Remote, status: int) -> str:
    if status in (401, 403):
        refused = f"{remote.endpoint} refused: the token may not write {remote.repo}."
        return f"{refused} Check HF_TOKEN, or run `hf auth login`."
    if status == 412:
        return f"Somebody else changed {remote.repo} at the same moment. {_AGAIN}"
    return f"{remote.endpoint} answered with status {status}. {_AGAIN}"
