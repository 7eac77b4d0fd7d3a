"""Mutation: small damage to bytes, to text and to the tree of a JSON document."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

__all__ = ["mutate"]

WORDS: tuple[bytes, ...] = (
    b"", b"\0", b"\n", b"\r\n", b" ", b"\t", b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b":", b": ", b",", b"-", b"- ",
    b"#", b"&a ", b"*a", b"!!python/name:os.system ", b"|", b">", b"---\n", b"~", b"null", b"true", b"0", b"-0", b"1",
    b"-1", b"1e999", b"-1e-999", b"NaN", b"Infinity", b"99999999999999999999", b"0.1", b"1.", b"\xff", b"\xc3\x28",
    b"\xed\xa0\x80", b"\xef\xbb\xbf", "\u202e".encode(), "\u200b".encode(), "ﬁ".encode(), "İ".encode(), "Ａ".encode(),
    "甲".encode(), "²".encode(), "\u0301".encode(), b"{goal}", b"{value_label}", b"{options}", b"{labels}", b"{0}",
    b"{}", b"%s", b"<think>", b"</think>", b"Final answer: ", b"Answer: B", b"I choose ", b"A", b"I", b"not ", b"or ",
    b"wait, ", b"if ", b"**", b"```", b"\\boxed{", b"85, 68", b"replaces: x", b"default: true",
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**64), 10**30, 0.5, -0.0, 1e308, 1e-320, float("nan"), float("inf"),
    "", " ", "\n", "\0", "\ud800", "a", "A", "x" * 9000, "é", "../../etc/passwd", "{goal}", "[red]x[/red]", "1.0", "en",
    "chosen", "refused", "invalid", "not_reached", [], [[]], [None], {}, {"": None}, {"id": "a"}, {"kind": "linear"},
)  # fmt: skip


def mutate(data: bytes, seeds: Sequence[bytes], random: Random, max_size: int = 65_536) -> bytes:
    """A damaged copy; its tree is damaged where it is JSON, and its bytes otherwise or else.

    Args:
        data: what to damage.
        seeds: others that a part may be taken from.
        random: decides; equal states give equal copies.
        max_size: bytes of the copy at most.
    """
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        if random.random() < 0.6 and (damaged := _tree(data, random)) is not None:
            data = damaged
        else:
            data = random.choice(_BYTES)(data, seeds, random)
    return data[:max_size]


def _tree(data: bytes, random: Random) -> bytes | None:
    """A copy with one node of its JSON changed; None for what is no JSON. The first byte, which selects, stays."""
    try:
        tree = json.loads(data[1:])
    except (ValueError, RecursionError):
        return None
    places: list[tuple[Any, Any]] = []
    _places(tree, places)
    if not places:
        return None
    parent, key = random.choice(places)
    node = parent[key]
    other_parent, other_key = random.choice(places)
    inner = _inner(node, random)
    deed = random.randrange(6)
    if inner is not None and deed < 4:
        parent[key] = inner
    elif deed == 0:
        del parent[key]
    elif deed == 1 and isinstance(parent, list):
        parent.insert(key, node)
    elif deed == 1:
        parent[random.choice(("id", "x", "kind", ""))] = node
    elif deed == 2:
        parent[key] = other_parent[other_key] if not isinstance(other_parent[other_key], (list, dict)) else None
    elif deed == 3 and isinstance(node, (int, float)):
        parent[key] = random.choice((node + 1, -node, node * 1e6, str(node), node / 3))
    elif deed == 3 and isinstance(node, str):
        parent[key] = random.choice((node[: len(node) // 2], node + node, node.upper(), node + "\n", [node]))
    else:
        parent[key] = random.choice(VALUES)
    try:
        return data[:1] + json.dumps(tree, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return None


def _inner(node: Any, random: Random) -> str | None:
    """A text that holds JSON itself, with that changed."""
    if not isinstance(node, str) or node[:1] not in ("{", "["):
        return None
    damaged = _tree(b"." + node.encode("utf-8", "surrogatepass"), random)
    return None if damaged is None else damaged[1:].decode("utf-8", "replace")


def _places(tree: Any, places: list[tuple[Any, Any]]) -> None:
    waiting = [tree]
    while waiting and len(places) < 20_000:
        node = waiting.pop()
        keys: list[Any] = (
            list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
        )
        places += [(node, key) for key in keys]
        waiting += [node[key] for key in keys]


def _span(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.choice((0, 1, 1, 2, 4, 8, 32, 200)))


def _flip(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    if not data:
        return data
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << random.randrange(8))]) + data[place + 1 :]


def _cut_out(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + data[end:]


def _cut_off(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _put_in(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + random.choice(WORDS) * random.choice((1, 1, 1, 3, 300)) + data[random.choice((start, end)) :]


def _repeat(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:end] + data[start:end] * random.choice((1, 2, 50)) + data[end:]


def _cross(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    other = random.choice(seeds)
    start, end = _span(data, random)
    from_, to = _span(other, random)
    return random.choice((data[:start] + other[from_:], data[:start] + other[from_:to] + data[end:]))


def _lines(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    lines = data.split(b"\n")
    others = random.choice((data, random.choice(seeds))).split(b"\n")
    place = random.randrange(len(lines))
    deed = random.randrange(4)
    if deed == 0:
        del lines[place]
    elif deed == 1:
        lines.insert(place, random.choice(others))
    elif deed == 2:
        lines[place] = random.choice(others)
    else:
        lines[place] = b" " * random.choice((1, 2, 4)) + lines[place]
    return b"\n".join(lines)


def _head(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    return bytes([random.randrange(256)]) + data[1:]


_BYTES: tuple[Callable[[bytes, Sequence[bytes], Random], bytes], ...] = (
    _flip, _cut_out, _cut_off, _put_in, _put_in, _put_in, _repeat, _cross, _cross, _lines, _lines, _head,
)  # fmt: skip
