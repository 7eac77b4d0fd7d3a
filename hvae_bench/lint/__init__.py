"""Linters: what a contributed entry must and should be. One module for each rule, and `rules` lists them all."""

from __future__ import annotations

from hvae_bench.lint.finding import Finding, Severity
from hvae_bench.lint.validation import Validation, default_paths, validate

__all__ = ["Finding", "Severity", "Validation", "default_paths", "validate"]
