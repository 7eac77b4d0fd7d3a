"""Judged replies: what the reader makes of each, and the share that it reads by language and by label.

`python -m tests.judged_replies [FILE]` prints the shares, and every reply that is neither read nor asked again.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.catalogue.wording import ReadingWords
from hvae_bench.dialogue.reading import Reading, read_reply
from hvae_bench.dialogue.render import Shown

__all__ = ["LINES", "REPLIES", "Outcome", "judged", "outcome", "read_row", "reading_words", "shown_as", "table"]

REPLIES = Path(__file__).parent / "data" / "replies.jsonl"
LINES = {
    "en": "{label}. You get {own} coins, the other person gets {other} coins",
    "de": "{label}. Du bekommst {own} Münzen, die andere Person bekommt {other} Münzen",
    "fr": "{label}. Vous recevez {own} pièces, l'autre personne reçoit {other} pièces",
    "es": "{label}. Tú recibes {own} monedas, la otra persona recibe {other} monedas",
    "zh": "{label}. 你得到{own}枚硬币，对方得到{other}枚硬币",
    "ja": "{label}. あなたは{own}枚のコインを、相手は{other}枚のコインを受け取ります",
}
PROJECTS = "If you choose 'project {label}', you earn {own} and the other person earns {other}"

Outcome = Literal["read", "asked again", "other label", "invented", "refusal read", "refusal missed", "no choice"]
"""`read`: the label judged to be chosen; `asked again`: none, although one was chosen; `no choice`: rightly none."""


@lru_cache
def reading_words(language: str) -> ReadingWords:
    """The words by which replies in a language are read; none in one without a wording."""
    wording = load_catalog().wordings.get(language)
    return wording.reading or ReadingWords() if wording else ReadingWords()


def judged(path: Path = REPLIES) -> list[dict[str, Any]]:
    """The replies with their judgements."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def shown_as(line: str, labels: Iterable[str], payoffs: Iterable[Sequence[float]]) -> list[Shown]:
    """Options whose lines are made of a pattern."""
    return [
        Shown(label, f"o{place}", (float(own), float(other)), line.format(label=label, own=own, other=other))
        for place, (label, (own, other)) in enumerate(zip(labels, payoffs, strict=False), start=1)
    ]


def read_row(row: Mapping[str, Any]) -> Reading:
    """The reading of one of them; a language without words of its own is read as English."""
    language = row["lang"] if row["lang"] in LINES else "en"
    line = PROJECTS if "green" in row["labels"] else LINES[language]
    shown = shown_as(line, row["labels"], row["options"])
    reasoning = bool(row.get("reasons_first"))
    return read_reply(
        row["text"], shown, reading_words(language), stop_reason=row.get("stop_reason"), reasoning=reasoning
    )


def outcome(row: Mapping[str, Any], reading: Reading) -> Outcome:
    """What a reading is worth."""
    allowed = {row["expect"], *row.get("also_ok", ())}
    if reading.label is not None:
        if reading.label in allowed:
            return "read"
        return "other label" if allowed - {"invalid", "refused"} else "invented"
    if row["expect"] not in ("invalid", "refused"):
        return "asked again" if reading.status == "invalid" else "refusal read"
    if reading.status in allowed:
        return "no choice"
    return "refusal missed" if row["expect"] == "refused" else "refusal read"


def table(rows: Iterable[Mapping[str, Any]]) -> dict[str, Counter[Outcome]]:
    """Counts of the outcomes in all, by language, and by label for what chooses one."""
    counts: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for row in rows:
        found = outcome(row, read_row(row))
        label = [] if row["expect"] in ("invalid", "refused") else [f"label {row['expect']}"]
        for name in ("all", f"language {row['lang']}", *label):
            counts[name][found] += 1
    return dict(counts)


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for name, counts in table(rows).items():
        chosen = counts["read"] + counts["asked again"] + counts["other label"] + counts["refusal read"]
        share = f"{counts['read'] / chosen:.0%} read" if chosen else "nothing to read"
        yield f"{name}: {share}; " + ", ".join(f"{count} {found}" for found, count in counts.most_common())
    for row in rows:
        reading = read_row(row)
        if (found := outcome(row, reading)) not in ("read", "asked again", "no choice"):
            yield f"{found}: {row['text']!r} is {reading.label or reading.status}, judged {row['expect']}"


if __name__ == "__main__":
    print("\n".join(_lines(judged(*map(Path, sys.argv[1:])))))
