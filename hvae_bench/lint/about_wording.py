"""Rules about wordings and the templates that are said in them."""

import re
from collections.abc import Iterator

from hvae_bench.catalogue.fit import misplaced, template_words
from hvae_bench.catalogue.rendering import plural_categories
from hvae_bench.catalogue.template import Template
from hvae_bench.catalogue.wording import Wording
from hvae_bench.lint.files import Collection, Finding, Source
from hvae_bench.lint.run import BETWEEN_FILES, rule
from hvae_bench.text.document import Place

_BRACED = re.compile(r"\{([^{}\n]*)\}|[{}]")
_SHOWN_AS_IT_IS = frozenset(
    {*("label", "induction_label", "definition", "goal", "rule", "situation", "every"), *("name", "long", "short")}
)


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
    """A template and a wording that has all its sentences fit: the decision shows options and labels, and so on.

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
        problem = f"{told} does not show {{situation}}, so games whose items tell one cannot be asked with it"
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
            yield source.warning(problem, "count the wordings of a language on", "paraphrase")
        seen.setdefault(key, id_)


@rule("signature", BETWEEN_FILES)
def signature(collection: Collection) -> Iterator[Finding]:
    """A wording that is signed says what was signed: any edit of its words undoes the signature."""
    for source, wording in collection.checked_entries(Wording):
        if wording.reviewed is not None and wording.status != "reviewed":
            problem = f"{wording.reviewed.by} signed other words than these"
            mend = f"remove `reviewed`; or, after reading all again, write `sha256: {wording.words_sha256}`"
            yield source.warning(problem, mend, "reviewed")


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
