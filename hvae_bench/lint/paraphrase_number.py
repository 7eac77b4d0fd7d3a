"""Templates that differ in wording alone have different numbers in `paraphrase`, by which intervals are clustered."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding

__all__ = ["RULE", "check"]

RULE = "paraphrase-number"


def check(collection: Collection) -> Iterator[Finding]:
    """Templates that repeat the number of another one of their family, language, induction, goal and roles."""
    checked = {source.path for source in collection.of("templates")}
    seen: dict[tuple[object, ...], str] = {}
    for id_, template in sorted(
        collection.templates.items(), key=lambda pair: collection.top["templates"][pair[0]].path in checked
    ):
        form = tuple((turn.kind, turn.role, turn.expects) for turn in template.turns)
        key = (template.family, template.language, template.induction, template.goal, form, template.paraphrase)
        source = collection.top["templates"][id_]
        if key in seen and source.path in checked:
            problem = f"the template {seen[key]!r} of this family also has `paraphrase: {template.paraphrase}`"
            yield source.warning(RULE, problem, "count the wordings of a family on", "paraphrase")
        seen.setdefault(key, id_)
