"""Validation: every rule on every file, and what they found in the order of the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from hvae_bench.catalogue.catalog import EMBEDDED
from hvae_bench.lint.collection import Collection, collect, is_published
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rule import BETWEEN_FILES, OF_A_FILE
from hvae_bench.lint.source import Source
from hvae_bench.text.errors import UsageError

__all__ = ["MOST_FINDINGS", "Validation", "check", "default_paths", "refuse_errors", "validate"]

MOST_FINDINGS = 50
"""So many findings of one rule are told about one file; more would hide the others."""


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
    """Let every rule look at a collection."""
    found = [finding for source in collection.checked for finding in _of_file(source)]
    for name, look in BETWEEN_FILES.items():
        if name != "catalogue":
            found += _most_of_each_file(look(collection))
    # What another rule refuses, loading would refuse too, and say less about it.
    if not any(finding.severity == "error" for finding in found):
        found += BETWEEN_FILES["catalogue"](collection)
    order = {source.path: number for number, source in enumerate(collection.checked)}
    found.sort(key=lambda one: (order.get(one.path, len(order)), one.line, one.column, one.severity, one.rule))
    return Validation(tuple(found), len(collection.checked))


def _of_file(source: Source) -> Iterable[Finding]:
    """What the rules and reading say of a file; where a rule has told a field's mistake, its form is no other one."""
    found = [finding for look in OF_A_FILE.values() for finding in islice(look(source), MOST_FINDINGS)]
    told = {finding.place for finding in found if finding.severity == "error"}
    for mistake in source.mistakes[:MOST_FINDINGS]:
        if not mistake.place or mistake.place not in told:
            told.add(mistake.place)
            found.append(source.told(mistake))
    return dict.fromkeys(found)  # a rule, too, may have told what reading has


def _most_of_each_file(findings: Iterable[Finding]) -> Iterator[Finding]:
    counts: Counter[Path] = Counter()
    for finding in findings:
        counts[finding.path] += 1
        if counts[finding.path] <= MOST_FINDINGS:
            yield finding


def refuse_errors(dataset: Path) -> None:
    """Refuse what is no data set, or one with wrong entries.

    Raises:
        UsageError: it has errors; the message names the first.
    """
    if not (dataset / "VERSION").is_file():
        raise UsageError(
            f"{str(dataset)!r} is no data set: it has no file VERSION. Name the folder `dataset` of a clone."
        )
    found = validate([dataset])
    first = next((one for one in found.findings if one.severity == "error"), None)
    if first is not None:
        raise UsageError(
            f"The data set has {found.errors} {'error' if found.errors == 1 else 'errors'} and is not built; the first "
            f"is at {first.path}:{first.line}: {first.problem}. Run `hvae validate {dataset}`."
        )
