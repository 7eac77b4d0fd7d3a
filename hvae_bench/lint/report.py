"""Report: findings as lines of text, as annotations of GitHub, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.validation import Validation
from hvae_bench.visible import visible

__all__ = ["FORMATS", "github_line", "text_line"]


def _one_line(words: str) -> str:
    return visible(words, line=True)


def _shown(path: Path) -> str:
    with suppress(ValueError, OSError):
        path = path.absolute().relative_to(Path.cwd())
    return _one_line(str(path))


def text_line(finding: Finding) -> str:
    """A finding as `file:line:column: severity[rule]: problem. Mend: mend.`."""
    where = f"{_shown(finding.path)}:{finding.line}:{finding.column}"
    return (
        f"{where}: {finding.severity}[{finding.rule}]: {_one_line(finding.problem)}. Mend: {_one_line(finding.mend)}."
    )


def github_line(finding: Finding) -> str:
    """A finding as a workflow command of GitHub, which shows it beside the line of the change."""
    facts = {
        "file": _shown(finding.path),
        "line": str(finding.line),
        "col": str(finding.column),
        "title": f"hvae validate: {finding.rule}",
    }
    # Documented for workflow commands: these signs end a property or the command.
    properties = ",".join(
        f"{name}={_escaped(fact).replace(':', '%3A').replace(',', '%2C')}" for name, fact in facts.items()
    )
    message = _escaped(f"{_one_line(finding.problem)}. Mend: {_one_line(finding.mend)}.")
    return f"::{finding.severity} {properties}::{message}"


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _summary(validation: Validation) -> str:
    def count(number: int, noun: str) -> str:
        return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

    found = f"{count(validation.errors, 'error')}, {count(validation.warnings, 'warning')}"
    return f"{count(validation.files, 'file')} checked: {found}"


def _text(validation: Validation) -> str:
    return "\n".join([*map(text_line, validation.findings), _summary(validation)])


def _github(validation: Validation) -> str:
    return "\n".join([*map(github_line, validation.findings), _summary(validation)])


def _json(validation: Validation) -> str:
    findings = [
        {
            "rule": one.rule,
            "severity": one.severity,
            "file": _shown(one.path),
            "line": one.line,
            "column": one.column,
            "problem": _one_line(one.problem),
            "mend": _one_line(one.mend),
        }
        for one in validation.findings
    ]
    content = {
        "files": validation.files,
        "errors": validation.errors,
        "warnings": validation.warnings,
        "findings": findings,
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


FORMATS: Mapping[str, Callable[[Validation], str]] = {"text": _text, "github": _github, "json": _json}
"""The ways to print what was found."""
