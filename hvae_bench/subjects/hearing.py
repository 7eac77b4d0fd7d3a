"""Hearing: which value a conversation tells of, read in the prompts that a language model would read.

A value is told by its rule, goal, definition or label. Each counts only where a wording says it, within that whole
sentence: "competitive" may stand anywhere.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.catalogue.value import ValueTarget, ValueWords

TO_DO = ("value_rule", "value_goal")
"""Placeholders by which a prompt says what to do."""

TO_BE = ("value_definition", "value_label")
"""Placeholders by which it says whom to be."""


class Told(NamedTuple):
    """A value, and its words in the language in which it was told."""

    value: ValueTarget
    words: ValueWords


class Hearing:
    """Hears some of `TO_DO` and `TO_BE`, in every wording of a catalogue, and is deaf to the others."""

    def __init__(self, catalog: Catalog, heard: Collection[str]) -> None:
        self._ranks = [[name for name in rank if name in heard] for rank in (TO_DO, TO_BE)]
        self._stakes = {id_: system.stake_ids for id_, system in catalog.systems.items()}
        # Values of different systems may have a text in common.
        self._told: defaultdict[tuple[str, str], list[Told]] = defaultdict(list)
        # A conversation comes again with every question.
        self._texts_in = lru_cache(maxsize=4096)(self._read)
        turns = [turn for template in catalog.templates.values() for turn in template.turns]
        telling, asking = set[str](), set[str]()
        for wording in catalog.wordings.values():
            texts: dict[str, list[str]] = {name: [] for name in heard}
            for value in catalog.values.values():
                if value.motives and (words := wording.value_words(value)):
                    for name in heard:
                        texts[name].append(words.content[name])
                        self._told[name, words.content[name]].append(Told(value, words))
            for turn in turns:
                for name in turn.sentences:
                    with suppress(KeyError):  # a sentence that the wording lacks cannot be said in it
                        said = {wording.expanded(name, batched=batched) for batched in (False, True)}
                        patterns = {_pattern(sentence, texts) for sentence in said}
                        telling |= {pattern for pattern in patterns if "(?P<" in pattern}
                        asking |= patterns if turn.expects == "goal" else set()
        self._telling, self._asking = ([re.compile(one, re.DOTALL) for one in sorted(of)] for of in (telling, asking))

    def told(self, prompts: Sequence[str], stakes: Sequence[str] | None = None) -> Sequence[Told]:
        """What the latest prompt that says what to do tells; where none does, the latest that says whom to be.

        Several values where the text is one of them all, none where no prompt tells one. With the stakes of a system
        only its values count: what is told of another one is not heard.
        """
        for rank in self._ranks:
            for prompt in reversed(prompts):
                texts = self._texts_in(prompt)
                for name in rank:
                    told = self._told[name, texts[name]] if name in texts else []
                    if apt := [one for one in told if stakes is None or self.is_about(one.value, stakes)]:
                        return apt
        return ()

    def is_about(self, value: ValueTarget, stakes: Sequence[str]) -> bool:
        """Whether a value is of a system with these stakes."""
        return value.system is not None and self._stakes[value.system] == tuple(stakes)

    def asks_goal(self, prompt: str) -> bool:
        """Whether a prompt asks for a goal of one's own."""
        return any(pattern.match(prompt) for pattern in self._asking)

    def _read(self, prompt: str) -> dict[str, str]:
        """The text that stands in the place of each placeholder."""
        return {
            name: text for one in self._telling if (it := one.match(prompt)) for name, text in it.groupdict().items()
        }


def _pattern(sentence: str, texts: Mapping[str, Iterable[str]]) -> str:
    """A sentence as a paragraph of a prompt: one of the texts where it has their placeholder, anything at the others.

    Of texts that begin alike the longest is tried first. What was found is never tried again otherwise, so that no
    prompt takes long to read.
    """
    pieces, found = [r"(?:\A|\n\n)"], set[str]()
    for place, part in enumerate(re.split(r"\{(\w+)\}", sentence)):
        if not place % 2:
            pieces[-1] += re.escape(part)
        elif part in found:
            pieces[-1] += f"(?P={part})"
        elif part in texts:
            found.add(part)
            longest_first = sorted(filter(None, texts[part]), key=len, reverse=True)
            pieces[-1] += f"(?P<{part}>{'|'.join(map(re.escape, longest_first)) or '(?!)'})"
        else:
            pieces.append("")
    return "".join(f"(?>.*?{piece})" for piece in [*pieces[:-1], rf"{pieces[-1]}(?:\n\n|\Z)"])
