"""Run: every rule on every file, and what they found as lines of text, as annotations of GitHub, or as JSON."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from hvae_bench.catalogue.entry_file import EMBEDDED
from hvae_bench.lint.files import Collection, Finding, Source, collect, is_published
from hvae_bench.text.errors import UsageError
from hvae_bench.text.visible import visible

MOST_FINDINGS = 50
"""So many findings of one rule are told about one file; more would hide the others."""

OF_A_FILE: dict[str, Callable[[Source], Iterator[Finding]]] = {}
"""Rules that look at one file."""

BETWEEN_FILES: dict[str, Callable[[Collection], Iterator[Finding]]] = {}
"""Rules that compare files."""

Look = TypeVar("Look", bound=Callable[..., Iterator[Finding]])


def rule(name: str, rules: dict[str, Any] = OF_A_FILE) -> Callable[[Look], Look]:
    """Make a function a rule of one file, or one `BETWEEN_FILES`; its docstring says what `docs/validate.md` says."""

    def registered(look: Look) -> Look:
        rules[name] = look
        return look

    return registered


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found, in the order of files, lines and columns, and the number of files that were checked."""

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
    """Check entries, folders of one kind or folders of a catalogue.

    The later lie over the earlier, and all over the embedded entries unless the data set itself is among them.

    Raises:
        UsageError: a path that is none of these.
    """
    return check(collect(paths))


def check(collection: Collection) -> Validation:
    """Let every rule look at a collection."""
    found = [finding for source in collection.checked for finding in _of_file(source)]
    for name, look in BETWEEN_FILES.items():
        found += _named(name, _most_of_each_file(look(collection)))
    order = {source.path: number for number, source in enumerate(collection.checked)}
    found.sort(key=lambda one: (order.get(one.path, len(order)), one.line, one.column, one.severity, one.rule))
    return Validation(tuple(found), len(collection.checked))


def _of_file(source: Source) -> Iterable[Finding]:
    """What the rules and reading say of a file; where a rule has told a field's mistake, its form is no other one."""
    found: list[Finding] = []
    strange = any(one.rule == "wrong-folder" for one in source.mistakes)  # judged by the rules of another kind
    for name, look in OF_A_FILE.items() if not strange else ():
        found += _named(name, islice(look(source), MOST_FINDINGS))
    told = {finding.place for finding in found if finding.severity == "error"}
    for one in source.mistakes[:MOST_FINDINGS]:
        if not one.place or one.place not in told:
            told.add(one.place)
            line, column = one.line or 1, one.column or 1
            found.append(Finding(one.rule, "error", source.path, line, column, one.problem, one.fix, one.place))
    return dict.fromkeys(found)  # a rule, too, may have told what reading has


def _named(name: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    return (replace(finding, rule=name) for finding in findings)


def _most_of_each_file(findings: Iterable[Finding]) -> Iterator[Finding]:
    counts: Counter[Path] = Counter()
    for finding in findings:
        counts[finding.path] += 1
        if counts[finding.path] <= MOST_FINDINGS:
            yield finding


def refuse_errors(dataset: Path) -> None:
    """Refuse with a UsageError what is no data set, or one with wrong entries, of which it names the first."""
    if not is_published(dataset):
        raise UsageError(
            f"{str(dataset)!r} is not a data set: it has no file VERSION. Name the folder `dataset` of a clone."
        )
    found = validate([dataset])
    first = next((one for one in found.findings if one.severity == "error"), None)
    if first is not None:
        raise UsageError(
            f"The data set has {_count(found.errors, 'error')} and is not built; the first is at "
            f"{first.path}:{first.line}: {first.problem}. Run `hvae validate {dataset}`."
        )


def text_line(finding: Finding) -> str:
    """A finding as `file:line:column: severity[rule]: problem. Fix: fix.`."""
    where = f"{_shown(finding.path)}:{finding.line}:{finding.column}"
    return f"{where}: {finding.severity}[{finding.rule}]: {_sentence(finding)}"


def github_line(finding: Finding) -> str:
    """A finding as a workflow command of GitHub, which shows it beside the line of the change."""
    # Documented for workflow commands: these signs end a property or the command. No line ends here any more.
    file = _shown(finding.path).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    properties = f"file={file},line={finding.line},col={finding.column},title=hvae validate%3A {finding.rule}"
    return f"::{finding.severity} {properties}::{_sentence(finding).replace('%', '%25')}"


def _sentence(finding: Finding) -> str:
    return visible(f"{finding.problem}. Fix: {finding.fix}.", line=True)


def _shown(path: Path) -> str:
    with suppress(ValueError, OSError):
        path = path.absolute().relative_to(Path.cwd())
    return visible(str(path), line=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _lines(line: Callable[[Finding], str], validation: Validation) -> str:
    found = f"{_count(validation.errors, 'error')}, {_count(validation.warnings, 'warning')}"
    return "\n".join([*map(line, validation.findings), f"{_count(validation.files, 'file')} checked: {found}"])


def _json(validation: Validation) -> str:
    findings = [
        {
            "rule": one.rule,
            "severity": one.severity,
            "file": _shown(one.path),
            "line": one.line,
            "column": one.column,
            "problem": visible(one.problem, line=True),
            "fix": visible(one.fix, line=True),
        }
        for one in validation.findings
    ]
    counts = {"files": validation.files, "errors": validation.errors, "warnings": validation.warnings}
    return json.dumps(counts | {"findings": findings}, indent=2, ensure_ascii=False)


FORMATS: Mapping[str, Callable[[Validation], str]] = {
    "text": lambda validation: _lines(text_line, validation),
    "github": lambda validation: _lines(github_line, validation),
    "json": _json,
}
"""The ways to print what was found."""
