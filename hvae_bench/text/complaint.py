"""Complaint: a mistake in an entry, told to somebody who writes YAML and no Python."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from hvae_bench.scorers.part import ID_PATTERN
from hvae_bench.text.near_miss import near_miss
from hvae_bench.text.visible import in_words

__all__ = ["Complaint", "complaints"]


LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
TEXT_PATTERN = r"\S"
SENTENCE_PATTERN = r"^[a-z][a-z0-9_]*$"
DAY_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
SHA256_PATTERN = r"^[0-9a-f]{64}$"

MOST_COMPLAINTS = 100
"""So many mistakes of one entry are put into words; a file made to have thousands would take minutes."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One mistake in an entry, in the words of somebody who writes YAML.

    Attributes:
        place: path of the guilty field; of the part that lacks it, where a field is missing.
        problem: what is wrong.
        mend: what to do about it.
        rank: 0 for a misspelt field, which explains why another is missing; 1; 2 for a missing field.
        field: name of the field that is missing, or that a misspelt one should be; empty otherwise.
    """

    place: tuple[str | int, ...]
    problem: str
    mend: str
    rank: int
    field: str = ""


def complaints(model: type[BaseModel], error: ValidationError) -> list[Complaint]:
    """Every mistake that a validation found, up to `MOST_COMPLAINTS`.

    Args:
        model: what was to be made.
        error: why it could not be made.
    """
    # Where entries of a list are wrong, pydantic adds that the list of the right ones is too short.
    details = [
        detail
        for detail in error.errors(include_url=False)
        if detail["type"] != "too_short" or len(detail["input"]) == detail["ctx"]["actual_length"]
    ]
    missing = {detail["loc"] for detail in details if detail["type"] == "missing"}
    found = [_complaint(model, detail, missing) for detail in details[:MOST_COMPLAINTS]]
    # A file may hold names of any length, with line breaks in them; a sentence is one line.
    return [
        replace(one, problem=shorten(one.problem, 400, placeholder=" ..."), mend=shorten(one.mend, 400))
        for one in found
    ]


def _complaint(model: type[BaseModel], detail: Any, missing: set[tuple[str | int, ...]]) -> Complaint:
    kind: str = detail["type"]
    context: dict[str, Any] = detail.get("ctx") or {}
    found = _find(model, detail["loc"])
    name = found.name
    if kind == "missing":
        return Complaint(found.place[:-1], f"the field `{name}` is missing", _add(name, found.field), 2, name)
    if kind == "union_tag_not_found":
        which = str(context["discriminator"]).strip("'")
        allowed = sorted({str(one) for part in found.inside for one in _kinds(part, which)})
        return Complaint(found.place, f"the field `{which}` is missing", f"add it: {_one_of(allowed)}", 2, which)
    if kind == "extra_forbidden":
        known = {field for part in found.beside for field in part.model_fields}
        lacking = {str(loc[-1]) for loc in missing if loc[:-1] == detail["loc"][:-1]}
        problem = f"there is no field `{name}` here"
        if meant := near_miss(name, sorted(lacking), cutoff=0.5):
            return Complaint(found.place, problem, f"write `{meant}`", 0, meant)
        meant = near_miss(name, sorted(known), cutoff=0.75)
        perhaps = f" (did you mean `{meant}`?)" if meant else ""
        return Complaint(found.place, problem, f"remove it; known here are: {', '.join(sorted(known))}{perhaps}", 1)
    place = found.place
    subject = f"`{name}`"
    given = detail.get("input")
    if kind == "union_tag_invalid":
        which = str(context["discriminator"]).strip("'")
        place, subject = (*place, which), f"`{which}`"
        given = given.get(which) if isinstance(given, dict) else context["tag"]
    elif place and isinstance(place[-1], int):
        subject = f"entry {place[-1] + 1} of `{name}`"
    if kind in {"too_short", "too_long"}:
        length = "no entry" if not given else "1 entry" if len(given) == 1 else f"{len(given)} entries"
        least, most = context.get("min_length"), context.get("max_length")
        if most is not None:
            return Complaint(place, f"{subject} has {length}, but may have {most} at most", "remove some", 1)
        return Complaint(place, f"{subject} has {length}, but needs at least {least}", "add to it", 1)
    wanted, mend = _wanted(kind, context, given, found)
    if detail["loc"][-1:] == ("[key]",):
        return Complaint(place, f"the name {in_words(name)} must be {wanted}", mend, 1)
    shown = in_words(given)
    return Complaint(place, f"{subject} is {shown}, but it must be {wanted}", mend, 1)


def _wanted(kind: str, context: dict[str, Any], given: Any, found: _Found) -> tuple[str, str]:
    """What a field must hold, and how to get there."""
    field = f"`{found.name}`"
    if kind in {"literal_error", "union_tag_invalid"}:
        allowed = re.findall(r"'([^']*)'", str(context.get("expected") or context.get("expected_tags")))
        return _one_of(allowed), f"write {near_miss(str(given), allowed) or 'one of these'}"
    if kind == "string_type":
        if isinstance(given, (list, dict)):
            return "text", "put the whole text in quotes; without them the brackets [ ] and braces { } mean something"
        return "text", "write something after the colon" if given is None else "put it in quotes"
    if kind == "string_pattern_mismatch":
        words, mend = _PATTERNS.get(str(context["pattern"]), (f"of the form {context['pattern']}", "rewrite it"))
        slug = re.sub(r"[^a-z0-9]+", "-", str(given).lower()).strip("-")
        if context["pattern"] == ID_PATTERN and re.match(ID_PATTERN, slug):
            mend = f"write {slug}"
        return words, mend
    if kind in {"string_too_short", "string_too_long"}:
        least, most = context.get("min_length"), context.get("max_length")
        if most is not None:
            return f"at most {most:,} characters long", "shorten it"
        return ("text", "write something") if not given else (f"at least {least} characters long", "write more")
    if kind in {"int_type", "int_parsing", "int_from_float"}:
        return "a whole number", "write digits alone, such as 5, without quotes"
    if kind in {"float_type", "float_parsing", "finite_number"}:
        return "a number", "write it in digits, such as 85 or 12.5, without quotes"
    if kind == "bool_type":
        return "true or false", "write true or false, without quotes"
    if kind in _BOUNDS:
        bound = float(next(iter(context.values())))
        words = f"{_BOUNDS[kind]} {int(bound) if bound.is_integer() else bound}"
        return words, f"write a number that is {words}"
    if kind in {"tuple_type", "list_type"}:
        mend = f"write a line `- ...` below {field} for each entry, or all in brackets: [first, second]"
        return "a list", mend if given is not None else f"{mend}; no entry is []"
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        if len(found.inside) > 1:
            which = given if isinstance(given, str) and re.fullmatch(r"\w{1,40}", given) else "..."
            return "a group of fields", f"write its fields in braces, such as {{kind: {which}}}"
        names = ", ".join(field for part in found.inside for field in part.model_fields)
        what = f"its fields ({names})" if names else "a line `name: number` for each"
        return "a group of fields", f"write {what} below it, indented"
    return "something else", "look it up in the schema"


_BOUNDS = {
    "greater_than": "greater than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
_PATTERNS = {
    ID_PATTERN: (
        "made of lower-case letters, digits and hyphens, a letter first",
        "write a name such as my-entry",
    ),
    LANGUAGE_PATTERN: ("the code of a language", "write a code such as en, de or pt-BR"),
    TEXT_PATTERN: ("text", "write something"),
    SENTENCE_PATTERN: (
        "the name of a sentence: lower-case letters, digits and underscores, a letter first",
        "write a name such as my_sentence, and the sentence itself in a wording",
    ),
    DAY_PATTERN: ("a day as YYYY-MM-DD", "write it as in 2026-01-31"),
    SHA256_PATTERN: ("64 hexadecimal digits", "take them from `hvae show`"),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a complaint of pydantic points: the file's own path, and what the models say about the place."""

    place: tuple[str | int, ...]
    name: str
    field: FieldInfo | None
    beside: list[type[BaseModel]]
    inside: list[type[BaseModel]]


def _find(model: type[BaseModel], location: tuple[str | int, ...]) -> _Found:
    place: list[str | int] = []
    name, field = "the entry", None
    beside: list[type[BaseModel]] = []
    inside: list[type[BaseModel]] = [model]
    in_mapping = False
    for part in location:
        if part == "[key]":  # the name in a mapping is wrong, not its content
            continue
        if isinstance(part, int):
            place.append(part)
            continue
        if in_mapping:  # a name that the file chose itself
            place.append(part)
            name, field, in_mapping = part, None, False
            continue
        if len(inside) > 1:  # the member of a union, which the file does not name here
            inside = [one for one in inside if part in _kinds(one, "kind")]
            continue
        place.append(part)
        name, beside = part, inside
        field = next((one.model_fields[part] for one in inside if part in one.model_fields), None)
        inside = list(_models_in(field.annotation)) if field else []
        in_mapping = field is not None and get_origin(field.annotation) is dict
    return _Found(tuple(place), name, field, beside, inside)


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _kinds(part: type[BaseModel], name: str) -> tuple[Any, ...]:
    return get_args(part.model_fields[name].annotation) if name in part.model_fields else ()


def _add(name: str, field: FieldInfo | None) -> str:
    example = next(iter(field.examples or ()), None) if field else None
    if example is None or isinstance(example, dict):
        return "add it"
    if isinstance(example, list) and not all(isinstance(entry, (str, int, float)) for entry in example):
        return f"add it, with a line `- ...` for each entry (`{name}: []` if there is none)"
    if isinstance(example, str) and re.fullmatch(r"\w[\w ().,-]*", example):
        return f"add it, such as `{name}: {example}`"
    return f"add it, such as `{name}: {json.dumps(example, ensure_ascii=False)}`"


def _one_of(allowed: Iterable[str]) -> str:
    *first, last = allowed
    return f"{', '.join(first)} or {last}" if first else last
