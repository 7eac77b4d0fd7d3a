"""Lint: what a contributed entry must and should be; a rule is a function with a name, in a module by subject.

Looks at catalogue and text.
"""

from hvae_bench.lint import (  # noqa: F401 (their rules are known once they are imported)
    about_catalogue,
    about_entry,
    about_game,
    about_value,
    about_wording,
    header,
)
from hvae_bench.lint.files import Finding, Severity
from hvae_bench.lint.run import Validation, default_paths, refuse_errors, validate

__all__ = ["Finding", "Severity", "Validation", "default_paths", "refuse_errors", "validate"]
