"""Masking: keeps keys, tokens, secrets and passwords out of everything that is written down or printed.

Servers repeat a key in their errors, clients put it into their exceptions, people give it as an argument. Every text
from outside that may hold one goes through `masked`: errors, sentences of a server, arguments. Replies and prompts
do not: they are what was measured.
"""

import html
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

MASK = "***"
"""What stands in place of a secret."""

_LAST_WORDS = ("key", "token", "secret", "password", "credential", "credentials", "authorization")
# `OPENAI_API_KEY`, `api-key`, `apiKey`; not `max_tokens`, not `monkey`.
_NAME = re.compile(
    rf"(?:^|[^A-Za-z0-9])(?i:apikey|{'|'.join(_LAST_WORDS)})$"
    rf"|[a-z0-9](?:{'|'.join(word.capitalize() for word in _LAST_WORDS)})$"
)
_SHORTEST = 8
# Numbers, truth values and paths are no secrets, whatever their name.
_PLAIN = re.compile(
    r"(?i:true|false|[-+]?[0-9][0-9_]*(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)"
    r"|(?:file://|~?/|\.\.?/|[A-Za-z]:[\\/])[^+=]*"
)
# What people paste along with a key.
_AROUND = (
    " \t\r\n\xa0\u2009\u200b\u202f\u2060\ufeff\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb"
)
_TOKEN = r"(?:[^\s'\"<>,;)\]}\\&]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4})"
_BETWEEN = r"(?:[\s:=+'\"<]|\\(?![xu])|%20|&quot;|&#34;|&lt;){1,20}"
# A word alone ("Bearer authentication") is no token: there is a digit or another sign in it, or it is long.
_NO_WORD = r"(?=[^\s'\"<>]{0,200}?(?:[0-9_+=~]|[a-z][A-Z])|[^\s'\"<>]{16})"
_SAID_OUTRIGHT = (
    re.compile(rf"(\b(?i:bearer){_BETWEEN}){_NO_WORD}{_TOKEN}{{8,}}"),
    re.compile(
        r"([?&](?:[^\s=&?]{0,60}[^\s=&?A-Za-z])?(?i:(?:api)?key|token|secret|password)=)"
        r"(?![0-9]+\b)[^\s&'\"<>,;)\]}]{8,}"
    ),
)
"""What a text itself calls a secret: a bearer token, a parameter of a URL."""

_SPOKEN = ("strerror", "filename", "filename2", "msg", "object", "reason")
"""What exceptions that are part of Python say from elsewhere than their arguments."""


def masked(text: str, *arguments: Any) -> str:
    """A text with every secret in it masked.

    A secret is what follows `Bearer`, and the value of every environment variable, argument and parameter of a URL
    whose name ends in the word key, token, secret or password (also credentials, authorization): if it has 8 letters
    or more and is no number, no truth value and no path. It is found also where it was quoted, percent-encoded or
    written with escapes. Half characters, which no file can hold, are replaced.

    `arguments` are what else may hold secrets by name, such as those of a model, nested as they come.
    """
    return _without(_secrets(arguments), text)


def _without(secrets: frozenset[str], text: str) -> str:
    if secrets:
        text = _pattern(secrets).sub(MASK, text)
    for said_outright in _SAID_OUTRIGHT:
        text = said_outright.sub(rf"\1{MASK}", text)
    return whole_text(text)


def masked_arguments(arguments: Any, *more: Any) -> Any:
    """Arguments, nested as they come, as plain JSON with all secrets in them masked; `more` may name others."""
    return _masked_arguments(arguments, _secrets((arguments, *more)))


def mask_exception(error: BaseException, tell: Callable[[str], str] = masked) -> None:
    """Mask every secret in place in what an exception says, and in those that it came from, as far as they let it."""
    met: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in met:
            continue
        met.add(id(one))
        for name in ("args", *getattr(one, "__dict__", ()), *_SPOKEN):
            value = getattr(one, name, None)
            if isinstance(value, (str, bytes, dict, list, tuple)) and (told := each_text(value, tell)) != value:
                with suppress(AttributeError, TypeError):
                    setattr(one, name, told)
        waiting += [one.__cause__, one.__context__, *(one.exceptions if isinstance(one, BaseExceptionGroup) else ())]


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Plain data, such as JSON, with every text in it changed, names of fields among them."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, bytes):
        text = value.decode("utf-8", "replace")
        return value if (told := change(text)) == text else told.encode()
    if isinstance(value, dict):
        return {each_text(name, change): each_text(part, change) for name, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(each_text(part, change) for part in value)
    return value


def whole_text(text: str) -> str:
    """A text without half characters, which no file can hold; two halves that belong together become one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _masked_arguments(given: Any, secrets: frozenset[str], *, is_secret: bool = False) -> Any:
    if isinstance(given, Mapping):
        return {
            str(name): _masked_arguments(value, secrets, is_secret=is_secret or bool(_NAME.search(str(name))))
            for name, value in given.items()
        }
    if isinstance(given, (list, tuple)):
        return [_masked_arguments(value, secrets, is_secret=is_secret) for value in given]
    if given is None or isinstance(given, (bool, int)):
        return given
    if isinstance(given, float):
        return given if abs(given) < float("inf") else str(given)
    text = str(given)
    return MASK if is_secret and not _PLAIN.fullmatch(text) else _without(secrets, text)


def _secrets(arguments: Any) -> frozenset[str]:
    # Asked for every text: most names are passed over before the pattern is tried.
    named = (name for name in os.environ if name.lower().endswith(_LAST_WORDS) and _NAME.search(name))
    return frozenset((*_worth_masking(os.environ[name] for name in named), *_worth_masking(_by_name(arguments))))


def _by_name(given: Any, *, is_secret: bool = False) -> Iterator[str]:
    if isinstance(given, Mapping):
        for name, value in given.items():
            yield from _by_name(value, is_secret=is_secret or bool(_NAME.search(str(name))))
    elif isinstance(given, (list, tuple)):
        for value in given:
            yield from _by_name(value, is_secret=is_secret)
    elif is_secret and isinstance(given, str):
        yield given


def _worth_masking(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        core = value.strip(_AROUND)
        if len(core) >= _SHORTEST and not _PLAIN.fullmatch(core):
            yield from (value, core)


@lru_cache(maxsize=64)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str]:
    """A pattern of all secrets, the longest first, in all the ways in which they may be written."""
    longest_first = sorted(secrets, key=lambda secret: (-len(secret), secret))
    runs = (re.findall(r"\\+|[^\\]", secret) for secret in longest_first)
    return re.compile("|".join("".join(map(_written, run)) for run in runs))


@lru_cache(maxsize=4096)
def _written(run: str) -> str:
    """A pattern of one character, or backslashes in a row: plain, or encoded as in URLs, HTML, JSON or Python."""
    if run[0] == "\\":
        # Escaped twice, each is four. Whatever was taken is not given back, or many of them would take for ever.
        return rf"(?>(?:\\|(?i:%5c)){{{len(run)},{4 * len(run)}}})"
    raw, wide = run.encode("utf-8", "surrogatepass"), run.encode("utf-16-be", "surrogatepass")
    ways = {re.escape(run), "".join(f"(?i:%{byte:02x})" for byte in raw)}
    if not (run.isascii() and run.isalnum()):
        ways |= {re.escape(html.escape(run)), f"&#0*{ord(run)};", f"(?i:&#x0*{ord(run):x};)"}
        ways.add("".join(rf"(?i:\\{{1,2}}x{byte:02x})" for byte in raw))
        ways.add("".join(rf"(?i:\\{{1,2}}u{wide[place : place + 2].hex()})" for place in range(0, len(wide), 2)))
        if ord(run) < 256:
            ways.add(rf"(?i:\\{{1,2}}x{ord(run):02x})")
    if run.isspace():
        ways |= {r"\s", r"\+", "&nbsp;", r"\\{1,2}[nrt]"}
    if run in "/\"'":
        ways.add(rf"\\{{1,3}}{re.escape(run)}")
    return f"(?>{'|'.join(sorted(ways, key=lambda way: (-len(way), way)))})"
