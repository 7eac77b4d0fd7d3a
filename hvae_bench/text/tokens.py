"""Tokens: how long a text is, counted without any model's tokenizer, the same way wherever a length is told."""

import re
from functools import lru_cache

_TOKEN = re.compile(r"[^\r\n\w]?[^\W\d_]+|\d{1,3}| ?[^\s\w]+[\r\n]*|\s*[\r\n]+|\s+")


def tokens(text: str) -> list[str]:
    """A text in parts much like those of byte-pair tokenizers: words, groups of up to three digits, signs, spaces."""
    return _TOKEN.findall(text)


# A conversation is sent again with every question.
@lru_cache(maxsize=8192)
def token_count(text: str) -> int:
    """How many tokens a text has."""
    return sum(1 for _ in _TOKEN.finditer(text))
