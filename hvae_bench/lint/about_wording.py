"""Rules about wordings and the templates that are said in them."""

import re
from collections import defaultdict
from collections.abc import Iterator

from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.fit import framing_words, misplaced, template_words
from hvae_bench.catalogue.framing import Framing
from hvae_bench.catalogue.rendering import plural_categories
from hvae_bench.catalogue.template import Template
from hvae_bench.catalogue.wording import BATCHED, Wording, names_in
from hvae_bench.lint.files import Collection, Finding, Source
from hvae_bench.lint.run import BETWEEN_FILES, rule
from hvae_bench.text.document import Place
from hvae_bench.text.near_miss import near_miss

_BRACED = re.compile(r"\{([^{}\n]*)\}|[{}]")
_SHOWN_AS_IT_IS = frozenset(
    {*("label", "induction_label", "definition", "goal", "rule", "situation", "every"), *("name", "long", "short")}
)

_SENTENCE_ENDS = re.compile(r"\n|(?<=[.?!])\s|(?<=[。？！])")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@rule("placeholder-unknown")
def placeholder_unknown(source: Source) -> Iterator[Finding]:
    """What a model reads as it stands holds no braces: nothing takes the place of a name there.

    In sentences a name in braces is a placeholder out of the list or another sentence; there are no attributes,
    indexes, formats or templates.
    """
    for place, text in source.texts:
        plain = place[-1] in _SHOWN_AS_IT_IS or (place[0] == "situations" and "items" in place)
        if not plain or place[0] == "sentences":
            continue
        for found in _BRACED.finditer(text):
            words, nth = found.group(), text.count(found.group(), 0, found.start())
            named = f"{words} stands in a text in which nothing takes its place"
            problem = f"a brace `{words}` stands alone" if found.group(1) is None else named
            yield source.error(problem, "write the words themselves", *place, words=words, nth=nth)


@rule("sentence-misplaced", BETWEEN_FILES)
def sentence_misplaced(collection: Collection) -> Iterator[Finding]:
    """A template and a wording that has all its sentences fit: the decision shows the options, and so on.

    A warning where the decision does not show {situation} or the goal that the model stated.
    """
    # The default one first, so that it is the one named where all say the same.
    wordings = dict(sorted(collection.entries(Wording).items(), key=lambda pair: not pair[1].default))
    checked = {source.id for source, _ in collection.checked_entries(Wording)}
    for id_, template in collection.entries(Template).items():
        for wording_id, wording in wordings.items():
            place: Place = ("turns",)
            source = collection.top["templates"][id_]
            if wording_id in checked:
                source, place = collection.top["wordings"][wording_id], ("sentences", template.turns[-1].say)
            if not collection.is_checked(source) or any(template_words(template, wording)):
                continue
            found = [source.refused(one.within(*place)) for one in misplaced(template, wording)]
            found += _unsaid(source, template, wording, place)
            yield from found
            if found and wording_id not in checked:
                break


def _unsaid(source: Source, template: Template, wording: Wording, place: Place) -> Iterator[Finding]:
    decision = template.turns[-1].say
    shown = wording.used_in(decision)
    told = f"the decision of the template {template.id!r} says {decision!r} of the wording {wording.id!r}, which"
    if "situation" not in shown:
        problem = f"{told} does not show {{situation}}, so games whose items have one cannot be asked with it"
        yield source.warning(problem, "add it on a line of its own", *place)
    if template.goal == "self_generated" and "goal" not in shown:
        problem = f"{told} does not repeat with {{goal}} the goal that the model stated"
        yield source.warning(problem, "add it to the sentence", *place)


@rule("paraphrase-number", BETWEEN_FILES)
def paraphrase_number(collection: Collection) -> Iterator[Finding]:
    """Wordings of one language are numbered by `paraphrase`, by which intervals are clustered."""
    sources = collection.top["wordings"]
    wordings = collection.entries(Wording)
    seen: dict[tuple[str, int], str] = {}
    for id_, wording in sorted(wordings.items(), key=lambda pair: collection.is_checked(sources[pair[0]])):
        key, source = (wording.language, wording.paraphrase), sources[id_]
        if key in seen and collection.is_checked(source):
            problem = f"the wording {seen[key]!r} in this language also has `paraphrase: {wording.paraphrase}`"
            yield source.warning(problem, "number the wordings of a language one after another", "paraphrase")
        seen.setdefault(key, id_)


@rule("signature", BETWEEN_FILES)
def signature(collection: Collection) -> Iterator[Finding]:
    """A wording that is signed says what was signed: any edit of its words undoes the signature."""
    for source, wording in collection.checked_entries(Wording):
        if wording.reviewed is not None and wording.status != "reviewed":
            problem = f"{wording.reviewed.by} signed different words"
            fix = f"remove `reviewed`; or, after reading all again, write `sha256: {wording.words_sha256}`"
            yield source.warning(problem, fix, "reviewed")


@rule("plural-missing", BETWEEN_FILES)
def plural_missing(collection: Collection) -> Iterator[Finding]:
    """A unit has every plural form that its language has for amounts of up to 200.

    One that is left out is said as `other`.
    """
    for source, wording in collection.checked_entries(Wording):
        needed = plural_categories(wording.language)
        for id_, unit in wording.units.items():
            missing = [category for category in needed if category not in unit.forms]
            if missing:
                problem = f"{wording.language} has the plural {', '.join(missing)}, and the unit {id_!r} does not"
                yield source.warning(problem, "write that form too, such as `few: ...`", "units", id_)


@rule("said-twice", BETWEEN_FILES)
def said_twice(collection: Collection) -> Iterator[Finding]:
    """A wording says no sentence of more than five words twice, and none that the wording below it says in its place.

    So a correction in one place corrects it everywhere.
    """
    below = collection.entries(Wording)
    for source, wording in collection.checked_entries(Wording):
        base = below.get(wording.based_on or "")
        seen: dict[str, str] = {}
        for place, text in source.texts:
            name = str(place[-1])
            if place[0] != "sentences":
                continue
            if base is not None and base.id != source.id and base.sentences.get(name) == text:
                problem = f"`{name}` says what the wording {base.id!r} below says"
                yield source.warning(problem, "remove it here; it is taken from there", *place)
                continue
            for sentence in filter(_is_long, map(str.strip, _SENTENCE_ENDS.split(re.sub(r"\{\w+\}", "", text)))):
                key = " ".join(sentence.split())
                if first := seen.get(key):
                    problem = f"`{first}` says a sentence of `{name}`, too"
                    fix = f"name that sentence under `sentences`, and say {{NAME}} in {first} and here"
                    yield source.warning(problem, fix, *place)
                seen.setdefault(key, name)


def _is_long(sentence: str) -> bool:
    """Whether it has more than five words; a character of Chinese or Japanese is about half a word."""
    unspaced = _UNSPACED.findall(sentence)
    return len(unspaced) > 10 or (not unspaced and sum(map(_has_a_letter, sentence.split())) > 5)


def _has_a_letter(word: str) -> bool:
    return any(map(str.isalnum, word))


@rule("sentence-unused", BETWEEN_FILES)
def sentence_unused(collection: Collection) -> Iterator[Finding]:
    """Each sentence of a wording is said by a template, or within another sentence of its language."""
    said = {name for one in collection.entries(Template).values() for turn in one.turns for name in turn.sentences}
    put_in: dict[str, set[str]] = defaultdict(set)
    for wording in collection.entries(Wording).values():
        names = {name for text in wording.sentences.values() for name in names_in(text)}
        put_in[wording.language] |= names - wording.placeholders
    for source, wording in collection.checked_entries(Wording):
        used = said | put_in[wording.language]
        for name in source.data.get("sentences", ()):
            if name.removesuffix(BATCHED) not in used and name not in used:
                meant = near_miss(name, used - wording.sentences.keys()) or near_miss(name, used, cutoff=0.8)
                fix = f"write {meant}, if that is meant" if meant else "let a turn of a template say it, or remove it"
                yield source.warning(f"no template and no other sentence says {name!r}", fix, "sentences", name)


@rule("family-unlike", BETWEEN_FILES)
def family_unlike(collection: Collection) -> Iterator[Finding]:
    """Templates of one family and induction differ in the goal turn alone, and each has a different one.

    The effect of a goal is the difference between them.
    """
    families: dict[tuple[str, str], list[Template]] = defaultdict(list)
    sources = collection.top["templates"]
    for template in sorted(
        collection.entries(Template).values(), key=lambda one: collection.is_checked(sources[one.id])
    ):
        family = families[template.family, template.induction]
        for other in family if collection.is_checked(sources[template.id]) else ():
            told = f"the family {template.family!r} also holds {other.id!r}, which"
            fix = "name another `family`"
            if template.goal == other.goal:
                yield sources[template.id].error(f"{told} has `goal: {other.goal}`, too", fix, "family")
            elif _frame(template) != _frame(other):
                problem = f"{told} differs from this one in more than the goal turn"
                yield sources[template.id].error(
                    problem, f"{fix}, or make the other turns and `reasoning` the same", "family"
                )
            else:
                continue
            break
        family.append(template)


def _frame(template: Template) -> tuple[object, ...]:
    """A template without its goal turn, and without what is said, which a goal may change."""
    turns = ((turn.kind, turn.role, turn.expects) for turn in template.turns if turn.kind != "goal")
    return (template.reasoning, *turns)


@rule("unsayable", BETWEEN_FILES)
def unsayable(collection: Collection) -> Iterator[Finding]:
    """Some wording has the sentences of each template, and the words for unit and counterpart of each framing."""
    if any(source.entry is None for source in collection.top["wordings"].values()):
        return  # who knows what it says
    wordings = sorted(collection.entries(Wording).values(), key=lambda one: not one.default)
    for source in collection.checked:
        lacking = [list(_unsaid_words(source.entry, wording)) for wording in wordings]
        if all(lacking):
            of, least = min(zip(wordings, lacking, strict=True), key=lambda pair: len(pair[1]))
            name = least[0].split("'")[1]
            place = next(place for place, text in source.texts if text == name)
            meant = near_miss(name, [*of.sentences, *of.units, *of.counterparts], cutoff=0.75)
            fix = f"add it to a wording, or name what `hvae show {of.id}` lists"
            problem = f"no wording can say it: {of.id!r} has no words for {', '.join(least)}"
            yield source.error(problem, f"write {meant}, or {fix}" if meant else fix, *place)


def _unsaid_words(entry: Entry | None, wording: Wording) -> Iterator[str]:
    if isinstance(entry, Template):
        yield from template_words(entry, wording)
    if isinstance(entry, Framing):
        yield from framing_words(entry, wording)
