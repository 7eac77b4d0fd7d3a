"""Rules: the list of all linters. A new one is a module of its own and a line here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from hvae_bench.lint import (
    catalogue,
    contact_detail,
    crossing_fit,
    default_scenario,
    encoding,
    file_name,
    file_size,
    header,
    id_is_file_name,
    id_taken,
    invisible_character,
    link_outside,
    listed_twice,
    missing_provenance,
    near_duplicate,
    option_line_unreadable,
    paraphrase_number,
    payoff_range,
    placeholder_missing,
    placeholder_unknown,
    released_changed,
    same_payoffs,
    schema,
    text_size,
    translation_placeholder,
    unexpressed_motive,
    unfinished,
    uninformative_game,
    uninformative_item,
    unknown_reference,
    whitespace,
    yaml_safe,
    yaml_syntax,
)
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["COLLECTION_RULES", "FILE_RULES", "CollectionRule", "FileRule", "rule_names"]


class FileRule(Protocol):
    """A linter that looks at one file."""

    RULE: str

    def check(self, source: Source) -> Iterator[Finding]:
        """What is wrong with the file."""
        ...


class CollectionRule(Protocol):
    """A linter that compares files."""

    RULE: str

    def check(self, collection: Collection) -> Iterator[Finding]:
        """What is wrong with the files."""
        ...


FILE_RULES: tuple[FileRule, ...] = (
    file_name,
    link_outside,
    file_size,
    encoding,
    invisible_character,
    yaml_syntax,
    yaml_safe,
    header,
    whitespace,
    id_is_file_name,
    placeholder_unknown,
    placeholder_missing,
    option_line_unreadable,
    payoff_range,
    same_payoffs,
    listed_twice,
    missing_provenance,
    text_size,
    contact_detail,
    unfinished,
    schema,
)
"""Linters of one file; `schema` comes last, so that it leaves out what another one tells better."""

COLLECTION_RULES: tuple[CollectionRule, ...] = (
    id_taken,
    unknown_reference,
    crossing_fit,
    default_scenario,
    unexpressed_motive,
    uninformative_game,
    uninformative_item,
    near_duplicate,
    paraphrase_number,
    translation_placeholder,
    released_changed,
    catalogue,
)
"""Linters that compare files; `catalogue` comes last, and is asked only where no other one has found an error."""


def rule_names() -> list[str]:
    """The names of all linters."""
    return [*(rule.RULE for rule in FILE_RULES), *(rule.RULE for rule in COLLECTION_RULES)]
