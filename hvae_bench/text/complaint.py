"""Complaint: a mistake in an entry, told to somebody who writes YAML and no Python."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from hvae_bench.scorers.part import ID_PATTERN, Problem
from hvae_bench.text.near_miss import near_miss
from hvae_bench.text.visible import in_words

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
TEXT_PATTERN = r"\S"
SENTENCE_PATTERN = r"^[a-z][a-z0-9_]*$"
LABEL_PATTERN = r"^[^\s!-/:-@\[-`{-~]+$"
DAY_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
SHA256_PATTERN = r"^[0-9a-f]{64}$"

_SPEC = Path(__file__).parent.parent / "_data" / "spec"

MOST_COMPLAINTS = 100
"""So many mistakes of one entry are put into words; a file made to have thousands would take minutes."""


@dataclass(frozen=True, slots=True)
class Complaint(Problem):
    """One mistake in the form of an entry; where a field is missing, its place is there too.

    Attributes:
        rank: 0 for a misspelt field, which explains why another is missing; 1; 2 for a missing field.
        meant: what a misspelt field should be; empty otherwise.
    """

    rank: int = 1
    meant: str = ""


@lru_cache
def _judge(name: str) -> "Validator":
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    # A whole number is one that is written without a point.
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, given: type(given) is int)
    schema = json.loads((_SPEC / f"{name}.schema.json").read_bytes())
    judge: Validator = extend(Draft202012Validator, type_checker=types)(schema)  # type: ignore[no-untyped-call]
    return judge


def complaints(name: str, content: Any) -> list[Complaint]:
    """Every mistake in the form of plain data, up to `MOST_COMPLAINTS`.

    Args:
        name: of the published schema in `spec/` that judges it, such as `value`.
        content: plain data.
    """
    # An empty text breaks two rules, and is told once.
    found = {one.place: one for one in islice(_told(_judge(name).iter_errors(content)), MOST_COMPLAINTS)}
    # A misspelt field explains why another one is missing.
    explained = {(*one.place[:-1], one.meant) for one in found.values() if one.rank == 0}
    told = (one for one in found.values() if one.rank != 2 or one.place not in explained)
    # A file may hold names of any length, with line breaks in them; a sentence is one line.
    return [replace(one, fix=shorten(one.fix, 400)) for one in told]


def _told(errors: Iterable[Any]) -> Iterator[Complaint]:
    for error in errors:
        if error.validator == "uniqueItems":
            continue  # the rules of the entry say which one is there twice
        if error.validator in {"anyOf", "oneOf"}:
            yield from _alternatives(error)
        elif error.validator == "required":
            yield from _missing(error)
        elif error.validator == "additionalProperties":
            yield from _unknown(error)
        else:
            yield _wrong(error)


def _alternatives(error: Any) -> Iterator[Complaint]:
    """The mistakes in the one form that is meant: that of the right kind, or that which is not null."""
    place, given, forms = tuple(error.absolute_path), error.instance, error.validator_value
    tags = error.schema.get("discriminator")
    if tags is None:
        meant = next(number for number, form in enumerate(forms) if form.get("type") != "null")
        yield from _told(inner for inner in error.context or () if inner.schema_path[0] == meant)
        return
    which, by_form = tags["propertyName"], {form: kind for kind, form in tags["mapping"].items()}
    kinds = [by_form[form["$ref"]] for form in forms]
    if not isinstance(given, dict):
        kind = given if isinstance(given, str) and re.fullmatch(r"\w{1,40}", given) else "..."
        yield _must_be(place, given, "a group of fields", f"write its fields in braces, such as {{kind: {kind}}}")
    elif which not in given:
        yield Complaint(f"the field `{which}` is missing", f"add it: {_one_of(sorted(kinds))}", (*place, which), 2)
    elif given[which] not in kinds:
        wanted, fix = _out_of(kinds, given[which])
        if fix == _ONE:
            fix = f"{fix}; a new `{which}` takes code, and is proposed in an issue"
        yield _must_be((*place, which), given[which], wanted, fix)
    else:
        meant = kinds.index(given[which])
        yield from _told(inner for inner in error.context or () if inner.schema_path[0] == meant)


def _missing(error: Any) -> Iterator[Complaint]:
    for name in error.validator_value:
        if name not in error.instance:
            fix = _add(name, error.schema["properties"].get(name, {}))
            yield Complaint(f"the field `{name}` is missing", fix, (*error.absolute_path, name), 2)


def _unknown(error: Any) -> Iterator[Complaint]:
    """Fields that there are not; and names that may not be chosen so, where a file chooses them itself."""
    schema, given, above = error.schema, error.instance, tuple(error.absolute_path)
    for pattern in schema.get("patternProperties", ()):
        for name in given:
            if not re.search(pattern, name):
                words, fix = _of_form(pattern, name)
                yield Complaint(f"the name {in_words(name)} must be {words}", fix, (*above, name))
        return
    known = sorted(schema.get("properties", ()))
    lacking = sorted(name for name in schema.get("required", ()) if name not in given)
    for name in (name for name in given if name not in known):
        problem = f"there is no field `{name}` here"
        if meant := near_miss(name, lacking, cutoff=0.5):
            yield Complaint(problem, f"write `{meant}`", (*above, name), 0, meant)
        else:
            meant = near_miss(name, known, cutoff=0.75)
            perhaps = f" (did you mean `{meant}`?)" if meant else ""
            hint = _HINTS.get(_name(above), "")
            yield Complaint(problem, f"remove it; known here are: {', '.join(known)}{perhaps}{hint}", (*above, name))


def _wrong(error: Any) -> Complaint:
    place, given, bound = tuple(error.absolute_path), error.instance, error.validator_value
    if "propertyNames" in error.schema_path:
        words, fix = _wanted(error, str(given))
        return Complaint(f"the name {in_words(given)} must be {words}", fix, (*place, given))
    if error.validator in {"minItems", "minProperties", "maxItems", "maxProperties"}:
        length = "no entry" if not given else "1 entry" if len(given) == 1 else f"{len(given)} entries"
        wanted, fix = f"needs at least {bound}", "add to it"
        if error.validator.startswith("max"):
            wanted, fix = f"may have {bound} at most", "remove some"
        return Complaint(f"{_subject(place)} has {length}, but {wanted}", fix, place)
    return _must_be(place, given, *_wanted(error, _name(place)))


def _must_be(place: tuple[str | int, ...], given: Any, wanted: str, fix: str) -> Complaint:
    return Complaint(f"{_subject(place)} is {in_words(given)}, but it must be {wanted}", fix, place)


def _name(place: tuple[str | int, ...]) -> str:
    return next((part for part in reversed(place) if isinstance(part, str)), "the entry")


def _subject(place: tuple[str | int, ...]) -> str:
    named = f"`{_name(place)}`"
    return f"entry {place[-1] + 1} of {named}" if place and isinstance(place[-1], int) else named


def _wanted(error: Any, name: str) -> tuple[str, str]:
    """What a field must hold, and how to get there."""
    kind, given, bound = error.validator, error.instance, error.validator_value
    if kind in {"enum", "const"}:
        return _out_of(bound if kind == "enum" else [bound], given)
    if kind == "pattern":
        return _of_form(bound, given)
    if kind == "maxLength":
        return f"at most {bound:,} characters long", "shorten it"
    if kind == "minLength":
        return ("text", "write something") if not given else (f"at least {bound} characters long", "write more")
    if kind in _BOUNDS:
        limits = [(words, error.schema[name]) for name, words in _BOUNDS.items() if name in error.schema]
        words = " and ".join(f"{side} {int(most) if float(most).is_integer() else most}" for side, most in limits)
        return words, "write a number within these limits" if len(limits) > 1 else f"write a number that is {words}"
    if bound == "string":
        if isinstance(given, (list, dict)):
            return "text", "put the whole text in quotes; without them the brackets [ ] and braces { } mean something"
        return "text", "write something after the colon" if given is None else "put it in quotes"
    if bound in _TYPES:
        words, fix = _TYPES[bound]
        if isinstance(given, str) and (number := re.fullmatch(r"\s*[\u2010-\u2015\u2212]\s*([0-9.]+)\s*", given)):
            fix = f"write -{number[1]}, with the sign - of the keyboard"
        return words, fix
    if bound == "array":
        fix = f"write a line `- ...` below `{name}` for each entry, or all in brackets: [first, second]"
        return "a list", fix if given is not None else f"{fix}; no entry is []"
    if bound == "object":
        names = ", ".join(error.schema.get("properties", ()))
        what = f"its fields ({names})" if names else "a line `name: number` for each"
        return "a group of fields", f"write {what} below it, indented{_HINTS.get(name, '')}"
    return "something else", "look it up in the schema"


_ONE = "write one of these"


def _out_of(allowed: Iterable[Any], given: Any) -> tuple[str, str]:
    words = [str(one) for one in allowed]
    meant = near_miss(str(given), words)
    return _one_of(words), f"write {meant}" if meant else _ONE


def _of_form(pattern: str, given: str) -> tuple[str, str]:
    words, fix = _PATTERNS.get(pattern, (f"of the form {pattern}", "rewrite it"))
    slug = re.sub(r"[^a-z0-9]+", "-", given.lower()).strip("-")
    return words, f"write {slug}" if pattern == ID_PATTERN and re.match(ID_PATTERN, slug) else fix


_HINTS = {"options": ". The words of an option come from its `payoffs`; what is told before is the item's `situation`"}
"""More to say of mistakes in the entries of a list."""

_BOUNDS = {
    "exclusiveMinimum": "greater than",
    "minimum": "at least",
    "exclusiveMaximum": "less than",
    "maximum": "at most",
}
_TYPES = {
    "integer": ("a whole number", "write digits alone, such as 5, without quotes"),
    "number": ("a number", "write it in digits, such as 85 or 12.5, without quotes"),
    "boolean": ("true or false", "write true or false, without quotes"),
}
_PATTERNS = {
    ID_PATTERN: ("made of lower-case letters, digits and hyphens, a letter first", "write a name such as my-entry"),
    LANGUAGE_PATTERN: ("the code of a language", "write a code such as en, de or pt-BR"),
    TEXT_PATTERN: ("text", "write something"),
    SENTENCE_PATTERN: (
        "the name of a sentence: lower-case letters, digits and underscores, a letter first",
        "write a name such as my_sentence, and the sentence itself in a wording",
    ),
    LABEL_PATTERN: ("made of 1 to 12 letters or digits", "write labels such as A, B or 1, 2, without spaces or signs"),
    DAY_PATTERN: ("a day as YYYY-MM-DD", "write it as in 2026-01-31"),
    SHA256_PATTERN: ("64 hexadecimal digits", "take them from `hvae show`"),
}


def _add(name: str, field: dict[str, Any]) -> str:
    example = next(iter(field.get("examples") or ()), None)
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
