"""Report: findings as lines of text, as annotations of GitHub, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.validation import Validation
from hvae_bench.text.visible import visible

__all__ = ["FORMATS", "github_line", "text_line"]


def text_line(finding: Finding) -> str:
    """A finding as `file:line:column: severity[rule]: problem. Mend: mend.`."""
    where = f"{_shown(finding.path)}:{finding.line}:{finding.column}"
    return f"{where}: {finding.severity}[{finding.rule}]: {_sentence(finding)}"


def github_line(finding: Finding) -> str:
    """A finding as a workflow command of GitHub, which shows it beside the line of the change."""
    facts = {
        "file": _shown(finding.path),
        "line": str(finding.line),
        "col": str(finding.column),
        "title": f"hvae validate: {finding.rule}",
    }
    # Documented for workflow commands: these signs end a property or the command. No line ends here any more.
    properties = ",".join(
        f"{name}={fact.replace('%', '%25').replace(':', '%3A').replace(',', '%2C')}" for name, fact in facts.items()
    )
    return f"::{finding.severity} {properties}::{_sentence(finding).replace('%', '%25')}"


def _sentence(finding: Finding) -> str:
    return visible(f"{finding.problem}. Mend: {finding.mend}.", line=True)


def _shown(path: Path) -> str:
    with suppress(ValueError, OSError):
        path = path.absolute().relative_to(Path.cwd())
    return visible(str(path), line=True)


def _lines(line: Callable[[Finding], str], validation: Validation) -> str:
    def count(number: int, noun: str) -> str:
        return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

    found = f"{count(validation.errors, 'error')}, {count(validation.warnings, 'warning')}"
    return "\n".join([*map(line, validation.findings), f"{count(validation.files, 'file')} checked: {found}"])


def _json(validation: Validation) -> str:
    findings = [
        {
            "rule": one.rule,
            "severity": one.severity,
            "file": _shown(one.path),
            "line": one.line,
            "column": one.column,
            "problem": visible(one.problem, line=True),
            "mend": visible(one.mend, line=True),
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
