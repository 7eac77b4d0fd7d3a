"""Validation: every linter on every file, and what they found in the order of the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from hvae_bench.catalog import EMBEDDED
from hvae_bench.lint.collection import Collection, collect, is_published
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rules import COLLECTION_RULES, FILE_RULES, CollectionRule
from hvae_bench.lint.source import Source

__all__ = ["MOST_FINDINGS", "Validation", "check", "default_paths", "validate"]

MOST_FINDINGS = 50
"""So many findings of one linter are told about one file; more would hide the others."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found.

    Attributes:
        findings: in the order of files, lines and columns.
        files: number of files that were checked.
    """

    findings: tuple[Finding, ...]
    files: int

    @property
    def errors(self) -> int:
        """Number of findings that refuse an entry."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """Number of findings that somebody should look at."""
        return len(self.findings) - self.errors


def default_paths() -> list[Path]:
    """What is checked when nothing is named: the data set of the clone one stands in, else the embedded one."""
    return [Path("dataset")] if is_published(Path("dataset")) else [EMBEDDED]


def validate(paths: Sequence[Path]) -> Validation:
    """Check files and folders.

    Args:
        paths: entries, folders of one kind, or folders of a catalogue; the later laid over the earlier, and all
            over the embedded entries unless the data set itself is among them.

    Raises:
        UsageError: a path that is none of these.
    """
    return check(collect(paths))


def check(collection: Collection) -> Validation:
    """Let every linter look at a collection."""
    found = [finding for source in collection.checked for finding in _of_file(source)]
    for rule in COLLECTION_RULES:
        if rule is not COLLECTION_RULES[-1] or not any(finding.severity == "error" for finding in found):
            found += _of_collection(rule, collection)
    order = {source.path: number for number, source in enumerate(collection.checked)}
    found.sort(key=lambda one: (order.get(one.path, len(order)), one.line, one.column, one.severity, one.rule))
    return Validation(tuple(found), len(collection.checked))


def _of_file(source: Source) -> list[Finding]:
    found: list[Finding] = []
    told = set()
    for rule in FILE_RULES:
        for finding in islice(rule.check(source), MOST_FINDINGS):
            if rule is FILE_RULES[-1] and finding.place and finding.place in told:
                continue
            if finding.severity == "error" and finding.place:
                told.add(finding.place)
            found.append(finding)
    # Some mistake must be told of a file that holds no entry, even one that no linter has claimed.
    if source.entry is None and not any(one.severity == "error" for one in found):
        first = source.mistakes[0]
        found.append(source.at(first.rule, "error", first.line or 1, first.column or 1, first.problem, first.mend))
    return found


def _of_collection(rule: CollectionRule, collection: Collection) -> Iterable[Finding]:
    counts: Counter[Path] = Counter()
    for finding in rule.check(collection):
        counts[finding.path] += 1
        if counts[finding.path] <= MOST_FINDINGS:
            yield finding
