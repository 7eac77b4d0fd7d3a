"""Publish: a release of the data set on the Hub, one commit and then its tag.

The tag comes last and nothing is undone, so that a lost connection leaves either no release or the whole one, and the
same command, given again, does what is still to do.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.catalogue.fetch import is_hub_repo
from hvae_bench.catalogue.released import RELEASED, entry_sha256, is_breaking, releases_among, version_numbers
from hvae_bench.hub.build import build_files
from hvae_bench.hub.changes import Change, Changes, compare
from hvae_bench.hub.remote import Remote, open_remote
from hvae_bench.text.errors import UsageError
from hvae_bench.text.location import write_atomically

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Published:
    """What was done, or would be.

    `commit` is None in a dry run that would make one, `pull_request` the address of the one that proposes it, `done`
    whether the tag is there, and `before` the newest release there was, since which the changes are.
    """

    repo: str
    tag: str
    commit: str | None = None
    pull_request: str | None = None
    done: bool = False
    before: str | None = None
    changes: tuple[Change, ...] = ()


def publish(
    repo: str,
    dataset: Path,
    *,
    create_pr: bool = False,
    dry_run: bool = False,
    private: bool = False,
    tell: Tell = print,
) -> Published:
    """Build the data set and release it on the Hub as `ORG/NAME`, which is made if it is not there.

    With `create_pr` the commit is proposed; once that is merged, publishing again only tags. A `dry_run` compares and
    says what would be done. The data set's `RELEASED.json` is written once the tag is there.

    Raises:
        UsageError: entries with errors, a version that is taken, too low, or changes what was released, or a Hub that
            refuses or does not answer; the message says what to do.
    """
    if not is_hub_repo(repo):
        raise UsageError(f"{repo!r} is not a data set on the Hub. Write organisation and name, as in ORG/NAME.")
    manifest, files = build_files(dataset)
    tell(f"built and validated version {manifest.version}: {len(files)} files")
    release = _Release(open_remote(repo), f"v{manifest.version}", files, tell)
    catalog = load_catalog(base=dataset)
    made = release.compare(catalog)
    if dry_run and not made.done:
        way = "propose it in a pull request" if create_pr else f"commit it to {repo} and set the tag {made.tag}"
        tell(f"dry run, nothing is written; without --dry-run this would {way}")
    elif not made.done:
        made = release.propose(made) if create_pr else release.commit(made, private)
    if made.done and not dry_run:
        _write_released(dataset, manifest.version, catalog, tell)
    return made


def _write_released(dataset: Path, version: str, catalog: Catalog, tell: Tell) -> None:
    """Write the record of a release that the linters compare with."""
    entries = {
        f"{kind}/{id_}": {"sha256": entry_sha256(entry)}
        for kind in sorted(KINDS)
        for id_, entry in sorted(getattr(catalog, kind).items())
    }
    text = json.dumps({"version": version, "entries": entries}, indent=2) + "\n"
    path = dataset / RELEASED
    if not path.is_file() or path.read_bytes() != text.encode():
        write_atomically(path, [text])
        tell(f"wrote {path}; commit it")


class _Release:
    """One version on its way to the Hub."""

    def __init__(self, remote: Remote, tag: str, files: Mapping[str, bytes], tell: Tell) -> None:
        self._remote, self._repo, self._tag, self._files, self._tell = remote, remote.repo, tag, files, tell

    def compare(self, catalog: Catalog) -> Published:
        """Hold this version against the newest release; refuses what may not be released."""
        tags = self._remote.tags()
        plan = Published(self._repo, self._tag)
        if tags is None:
            self._tell(f"{self._repo} does not exist yet")
            return plan
        if self._tag in tags:
            if not self._is_at(tags[self._tag]):
                raise UsageError(
                    f"{self._tag} is released on {self._repo} with different content, and a release is never changed. "
                    "Raise the number in VERSION."
                )
            self._tell(f"{self._tag} is released already, with the same content: commit {tags[self._tag]}")
            return replace(plan, commit=tags[self._tag], done=True, before=self._tag)
        releases = releases_among(tags)
        if not releases:
            self._tell(f"{self._repo} has no release yet")
            return plan
        newest = releases[-1]
        if releases_among((newest, self._tag))[-1] == newest:
            raise UsageError(
                f"VERSION is {self._tag[1:]}, but {self._repo} has {newest} already. Raise it above that number."
            )
        found = compare(load_catalog(f"{self._repo}@{tags[newest]}"), catalog)
        _check_step(found, newest)
        told = ", ".join(
            f"{sum(change.what == what for change in found.changes)} {what}" for what in ("added", "edited", "removed")
        )
        self._tell(f"compared with {newest} (commit {tags[newest]}): {told}")
        return replace(plan, before=newest, changes=found.changes)

    def commit(self, plan: Published, private: bool) -> Published:
        """Bring the files to the main branch, unless they are there, and tag them."""
        self._sign_in()
        if self._remote.tags() is None:
            self._remote.create(private=private)
            self._tell(f"created {self._repo}")
        sha = self._remote.head()
        if self._is_at(sha):
            self._tell(f"the files are on the main branch already: commit {sha}")
        else:
            sha, _ = self._remote.upload(self._files, f"Release {self._tag}", sha, create_pr=False)
            if not self._is_at(sha):
                raise UsageError(
                    f"{self._repo} does not hold the files that were sent. Nothing is tagged; publish again."
                )
            self._tell(f"committed {len(self._files)} files: {sha}")
        self._remote.set_tag(self._tag, sha)
        now = (self._remote.tags() or {}).get(self._tag)
        if now is None:
            raise UsageError(
                f"The files are in {self._repo} (commit {sha}), but the Hub did not set the tag {self._tag}. See "
                "whether its settings allow that, and run the same command again."
            )
        if not self._is_at(now):
            raise UsageError(
                f"{self._tag} is on another commit of {self._repo} ({now}): somebody else released it just now, and a "
                "tag is never moved. Raise the number in VERSION."
            )
        self._tell(f"tagged {self._tag}: {self._repo}@{now}")
        return replace(plan, commit=now, done=True)

    def propose(self, plan: Published) -> Published:
        """Open a pull request with the files, unless one has them or they are on the main branch."""
        self._sign_in()
        if self._remote.tags() is None:
            raise UsageError(f"{self._repo} does not exist, so nothing can be proposed to it. Leave `--create-pr` out.")
        sha = self._remote.head()
        if self._is_at(sha):
            self._tell(f"the files are on the main branch already: commit {sha}; leave `--create-pr` out to tag them")
            return replace(plan, commit=sha)
        for number, proposed in self._remote.pull_requests().items():
            if self._is_at(proposed):
                address = f"{self._remote.endpoint}/datasets/{self._repo}/discussions/{number}"
                self._tell(f"a pull request with these files is there already: {address}")
                return replace(plan, commit=proposed, pull_request=address)
        made, opened = self._remote.upload(self._files, f"Release {self._tag}", sha, create_pr=True)
        self._tell(f"opened {opened}; once it is merged, run `hvae publish {self._repo}` to tag the release")
        return replace(plan, commit=made, pull_request=opened)

    def _is_at(self, revision: str) -> bool:
        return self._remote.holds(revision, self._files)

    def _sign_in(self) -> None:
        self._tell(f"signed in as {self._remote.user()} at {self._remote.endpoint}")


def _check_step(found: Changes, newest: str) -> None:
    """Refuse a version that has not risen as far as the changes need, and name the entries."""
    if is_breaking(newest[1:], found.new_version):
        return
    major, minor, _ = version_numbers(newest[1:])
    # Before 1.0.0 a patch may bring what is new.
    is_patch = major > 0 and version_numbers(found.new_version)[1] == minor
    guilty = [change for change in found.changes if change.step in (("minor", "major") if is_patch else ("major",))]
    if not guilty:
        return
    told = "; ".join(
        f"{what} {', '.join(names)}"
        for what in ("edited", "removed", "added")
        if (names := [change.name for change in guilty if change.what == what])
    )
    if any(change.step == "major" for change in guilty):
        problem = f"v{found.new_version} would change what {newest} has released: {told}."
        breaking = f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"
        fix = f"Take the released content back and add new entries, or raise VERSION to {breaking}."
    else:
        problem = f"v{found.new_version} is only a patch of {newest}, but has something new: {told}."
        fix = f"Raise VERSION to {major}.{minor + 1}.0."
    raise UsageError(f"{problem} {fix}")
