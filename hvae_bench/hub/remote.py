"""Remote: a data set on the Hub, as far as a release reads and writes it, with the Hub's errors as sentences."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hvae_bench.catalogue.fetch import PROBE_TIMEOUT_S, within
from hvae_bench.catalogue.refusal import endpoint_of, hub_client
from hvae_bench.text.errors import UsageError, brief

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

ANSWER_TIMEOUT_S = 60.0
LISTING_TIMEOUT_S = 120.0
UPLOAD_TIMEOUT_S = 1800.0
"""The library asks for the pages of a listing again and again, however short the patience with each."""

_AGAIN = "No release is left half done: run the same command again."

_OURS = ("data/", "spec/")
"""Where nothing but a release lies; what else somebody put into the data set stays."""

_SILENT = {"NetworkError", "TimeoutException", "RemoteProtocolError"}
"""What HTTP clients call it if no answer comes, or half of one."""


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
        with self._told():
            return str(self.api.whoami()["name"])

    def tags(self) -> dict[str, str] | None:
        """Tags and their commits; None where there is no such data set."""
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

        with self._told():
            try:
                refs = self.api.list_repo_refs(self.repo, repo_type="dataset")
            except GatedRepoError:
                raise
            except RepositoryNotFoundError:
                return None
            return {ref.name: ref.target_commit for ref in refs.tags}

    def pull_requests(self) -> dict[str, str]:
        """Number and newest commit of every pull request, open or not."""
        with self._told():
            refs = self.api.list_repo_refs(self.repo, repo_type="dataset", include_pull_requests=True)
            return {ref.ref.rsplit("/", 1)[-1]: ref.target_commit for ref in refs.pull_requests or []}

    def head(self) -> str:
        """The newest commit of the main branch."""
        with self._told():
            return str(self.api.dataset_info(self.repo, revision="main", timeout=PROBE_TIMEOUT_S).sha)

    def holds(self, revision: str, files: Mapping[str, bytes]) -> bool:
        """Whether a revision has exactly these files, and no others among the data."""
        from huggingface_hub.utils.sha import git_hash

        there = self._listed(revision)

        def same(entry: "RepoFile", content: bytes) -> bool:
            if entry.lfs is not None:
                return bool(entry.lfs.sha256 == hashlib.sha256(content).hexdigest())
            return bool(entry.blob_id == git_hash(content))

        data = {path for path in there if path.startswith(_OURS)}
        return data <= files.keys() <= there.keys() and all(same(there[path], files[path]) for path in files)

    def create(self, *, private: bool) -> None:
        """Make the data set, if it is not there."""
        # The library asks again without end where the Hub says that something else is going on.
        with self._told():
            within(
                ANSWER_TIMEOUT_S,
                lambda: self.api.create_repo(self.repo, repo_type="dataset", private=private, exist_ok=True),
            )

    def upload(self, files: Mapping[str, bytes], title: str, parent: str, *, create_pr: bool) -> tuple[str, str | None]:
        """One commit of files, on top of `parent` and nothing else, and the address of its pull request if any.

        What a release removes goes where it does not bring it along.
        """
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        gone = sorted(path for path in self._listed(parent) if path.startswith(_OURS) and path not in files)
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            *(CommitOperationAdd(path, content) for path, content in files.items()),
            *(CommitOperationDelete(path) for path in gone),
        ]
        with self._told():
            made = within(
                UPLOAD_TIMEOUT_S,
                lambda: self.api.create_commit(
                    self.repo,
                    operations,
                    repo_type="dataset",
                    commit_message=title,
                    parent_commit=parent,
                    create_pr=create_pr,
                ),
            )
            return str(made.oid), made.pr_url

    def set_tag(self, tag: str, sha: str) -> None:
        """Tag a commit; a tag that is there already stays where it is."""
        message = f"Release {tag}"
        with self._told():
            self.api.create_tag(
                self.repo, repo_type="dataset", tag=tag, revision=sha, tag_message=message, exist_ok=True
            )

    def _listed(self, revision: str) -> dict[str, "RepoFile"]:
        """The files of a revision, by path."""
        from huggingface_hub.hf_api import RepoFile

        with self._told():
            tree = within(
                LISTING_TIMEOUT_S,
                lambda: list(
                    self.api.list_repo_tree(self.repo, repo_type="dataset", revision=revision, recursive=True)
                ),
            )
            return {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong with a question, and whatever an answer holds that the client does not expect, in words."""
        from huggingface_hub import errors

        try:
            yield
        except UsageError:
            raise
        except errors.LocalTokenNotFoundError:
            raise UsageError("Publishing needs a token that may write. Set HF_TOKEN, or run `hf auth login`.") from None
        except errors.OfflineModeIsEnabled:
            raise UsageError("HF_HUB_OFFLINE is set, and publishing needs the Hub. Unset it.") from None
        except errors.HfHubHTTPError as error:
            raise UsageError(_refusal(self, error.response.status_code, error.server_message)) from None
        except Exception as error:
            # The library raises what its HTTP client raises, which is another one from version to version.
            if isinstance(error, (ConnectionError, TimeoutError)) or _SILENT & {
                kind.__name__ for kind in type(error).__mro__
            }:
                raise UsageError(f"{self.endpoint} does not answer, or the connection was lost. {_AGAIN}") from None
            if isinstance(error, OSError) and error.filename is not None:
                raise
            raise UsageError(
                f"{self.endpoint} did not answer as a Hub does ({brief(f'{type(error).__name__}: {error}')}). Check "
                "HF_ENDPOINT and the proxy; a page that asks for a login looks like this, too."
            ) from None


def open_remote(repo: str) -> Remote:
    """The data set, after a first question with a short timeout.

    The library itself waits for minutes where a server does not answer.

    Raises:
        UsageError: a Hub that refuses, or does not answer, as of all methods; or a variable that it cannot be asked by.
    """
    # A bar for each of many small files says less than the steps that are told.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    remote = Remote(hub_client(), repo)
    from huggingface_hub import errors, get_session

    with remote._told():
        # Every answer but the first may take its time, but none may take for ever.
        get_session().timeout = ANSWER_TIMEOUT_S
        with suppress(errors.RepositoryNotFoundError):  # it may be about to be made
            remote.api.dataset_info(repo, timeout=PROBE_TIMEOUT_S)
    return remote


def _refusal(remote: Remote, status: int, reason: str | None) -> str:
    said = f" ({brief(reason)})" if reason else ""
    if status in (401, 403):
        refused = f"{remote.endpoint} refused: the token may not write {remote.repo}{said}."
        return f"{refused} Check HF_TOKEN, or run `hf auth login`."
    if status == 412:
        return f"Somebody else changed {remote.repo} at the same moment. {_AGAIN}"
    answered = f"{remote.endpoint} answered with status {status}{said}."
    if status in (408, 429) or status >= 500:
        return f"{answered} {_AGAIN}"
    return f"{answered} Fix what it says, and run the same command again; no release is left half done."
