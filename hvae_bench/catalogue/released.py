"""Released: what a release has published of an entry, and which version may change it."""

import hashlib
import json
import re
from collections.abc import Iterable

from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.wording import Wording

RELEASED = "RELEASED.json"
"""File of the data set, written by a release: `{"version": ..., "entries": {"values/ID": {"sha256": ...}}}`."""

NOT_READ = frozenset({"title", "source", "reviewed", "deprecated", "norms"})
"""Fields that no model reads and no score hangs on; a release may change them without a breaking version."""

_NO_CONTENT_OF_A_WORDING = frozenset({"values", "situations"})


def entry_sha256(entry: Entry) -> str:
    """Fingerprint of what models read and scores hang on: of the canonical JSON without `NOT_READ`.

    Of a wording it is that without the words of values and games, too.
    """
    unread = NOT_READ | {"replaces"} | (_NO_CONTENT_OF_A_WORDING if isinstance(entry, Wording) else frozenset())
    content = entry.model_dump(mode="json", exclude_none=True, exclude=set(unread))
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_draft(entry: Entry) -> bool:
    """Whether an entry is a translation that no native speaker has signed, so that its words may still be edited."""
    return isinstance(entry, Wording) and not entry.is_english and entry.reviewed is None


def is_breaking(before: str, after: str) -> bool:
    """Whether a version may change what another one published.

    By Semantic Versioning the first number that is not 0 has risen: 1.4.2 to 2.0.0, or 0.1.3 to 0.2.0.
    """
    old, new = version_numbers(before), version_numbers(after)
    return bool(old and new) and (new[0] > old[0] or (old[0] == new[0] == 0 and new[1] > old[1]))


def is_version(version: str) -> bool:
    """Whether a text is a version that can be released: MAJOR.MINOR.PATCH, without zeros in front and without more."""
    return re.fullmatch(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}", version) is not None


def version_numbers(version: str) -> tuple[int, ...]:
    """The three numbers that a version begins with; none where it begins otherwise."""
    found = re.match(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})", version)
    return tuple(map(int, found.groups())) if found else ()


def releases_among(tags: Iterable[str]) -> list[str]:
    """The tags that name a release, as v1.0.0 does, oldest first."""
    releases = (tag for tag in tags if re.fullmatch(r"v[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}", tag))
    return sorted(releases, key=lambda tag: version_numbers(tag[1:]))
