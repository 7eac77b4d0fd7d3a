"""Lint: what a contributed entry must and should be; a rule is a function with a name, in a module by subject.

Looks at catalogue and text.
"""

from __future__ import annotations

from hvae_bench.lint import (  # noqa: F401 (their rules are known once they are imported)
    about_catalogue,
    about_file,
    about_game,
    about_scenario,
    about_text,
    about_wording,
    header,
    near_duplicate,
    released_changed,
)
from hvae_bench.lint.finding import Finding, Severity
from hvae_bench.lint.validation import Validation, default_paths, refuse_errors, validate

__all__ = ["Finding", "Severity", "Validation", "default_paths", "refuse_errors", "validate"]
