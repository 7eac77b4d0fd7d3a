"""Page: one HTML file that needs nothing else, made of summaries, figures and their tables."""

import base64
import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pydantic_core import to_json

from hvae_bench import __version__
from hvae_bench.analysis.summary import summarise, what_was_run
from hvae_bench.analysis.unmeasured import NotMeasured
from hvae_bench.log.runs import Run
from hvae_bench.report.dialogues import file_of
from hvae_bench.report.figure import Figure, Panel, look_of
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import cell
from hvae_bench.scorers.finding import Verdict
from hvae_bench.text.visible import visible

SCRIPTS = ("lib/d3.min.js", "lib/plot.umd.min.js", "figures.js")
"""The scripts of the page, in their order; those in `lib/` are not ours, and have their licences there."""

VERDICTS: dict[Verdict, str] = {
    "supported": "✓ supported",
    "not_supported": "✗ not supported",
    "undecided": "? undecided",
}
"""The verdicts as signs and words."""

TERMS = {
    "Value target": "A value that a model was told to pursue, such as prosocial. The core targets are those of the "
    "headline.",
    "Dialogue, decision": "One conversation in which a value is given and the items of a game are asked; one answer to "
    "one item.",
    "[0.40, 0.47]": "The 95 % interval: what the number may be for this model and these prompts.",
    "Competence": "Value rationality when the rule itself is given, and no value: whether the model can read the "
    "options.",
    "Responsiveness": "What the value given adds: 1 for the ideal, 0 for a model that does the same whatever value it "
    "is given.",
    "Transfer": "What changes when a value is only defined and its name never said.",
    "Deaf ceiling": "The highest value rationality that a model can reach which does the same whatever value it is "
    "given.",
}
"""Words of the page that are not everyday ones."""

MOST_ROWS = 80
"""Rows of a table on the page; all are in its CSV file."""


def page(
    runs: Sequence[Run],
    subjects: Sequence[Subject],
    figures: Sequence[Figure],
    *,
    empty: Sequence[str] = (),
    broken: Sequence[str] = (),
) -> str:
    """Make the page of a report.

    Args:
        runs: the runs.
        subjects: the same by value system.
        figures: the figures, in their order.
        empty: names of runs without any dialogue yet.
        broken: what could not be read, in sentences.
    """
    cards: dict[str, list[Any]] = {}
    lacking: dict[NotMeasured, list[str]] = {}
    for one in subjects:
        summary = summarise(one.run, one.part)
        headline = cell("value_rationality", summary.headline, metric="value_rationality")
        cards.setdefault(one.model, []).append((one, summary, headline))
        for missing in summary.not_measured:
            lacking.setdefault(missing, []).append(one.name)
    not_measured: dict[str | None, list[tuple[str, str, list[str]]]] = {}
    for missing, names in lacking.items():
        not_measured.setdefault(missing.scenario, []).append((missing.what, missing.why, names))
    (first, *others) = cards
    lead = [figure for figure in figures if figure.lead][:2] or list(figures[:1])
    return render(
        "index.html",
        f"How far {f'{len(cards)} models serve the values they are' if others else f'{first} serves the values it is'} "
        "given",
        figures,
        models=list(cards),
        ran=what_was_run(runs),
        cards=cards,
        all_names=[one.name for one in subjects],
        lead=lead,
        figures=[figure for figure in figures if figure not in lead],
        not_measured=not_measured,
        empty=empty,
        broken=broken,
        verdicts=VERDICTS,
        terms=TERMS,
        parts=("dialogues",),
        logs=list(dict.fromkeys(file_of(log) for one in subjects for log in one.run.logs)),
    )


def render(
    template: str,
    title: str,
    drawn: Sequence[Figure],
    *,
    models: Sequence[str],
    ran: str,
    parts: Sequence[str] = (),
    **content: Any,
) -> str:
    """Make a page from a template that extends `frame.html`; every character of every text shows on it.

    Args:
        template: its name among the assets.
        title: what the page is about, in words.
        drawn: the figures on it.
        models: the models, in the order in which they get their colours and shapes.
        ran: what was run, in a line, which saved figures repeat.
        parts: what else the page holds, by the names of its script and its style among the assets.
        content: what else the template takes.
    """
    environment = Environment(
        loader=PackageLoader("hvae_bench.report", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    scripts = [_asset(name) for name in (*SCRIPTS, *(f"{part}.js" for part in parts))]
    as_drawn = {
        one.key: {
            "title": visible(one.title),
            "alt": visible(one.in_words),
            "least": one.panel_width,
            "most": one.panel_most,
            "models": one.models,
            "panels": list(map(_panel, one.panels)),
        }
        for one in drawn
    }
    return environment.get_template(template).render(
        version=__version__,
        title=title,
        ran=ran,
        # Style and scripts are files of the package, and the policy of the page lets no other inline script run.
        style=Markup("".join(_asset(f"{name}.css") for name in ("style", *parts))),
        scripts=[Markup(script) for script in scripts],
        hashes=[f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts],
        most_rows=MOST_ROWS,
        data=Markup(packed({"figures": as_drawn, "look": look_of(models), "told": visible(ran)})),
        **content,
    )


def _panel(panel: Panel) -> dict[str, Any]:
    """A panel as the script takes it."""
    marks = [(mark, None if rows is None else _columns(rows, options), options) for mark, rows, options in panel.marks]
    return {
        "marks": marks,
        "options": panel.options,
        "narrow": panel.narrow,
        "title": visible(panel.title),
        "group": visible(panel.group),
    }


def _columns(rows: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Rows as columns, which pack better: those alone that the options of their mark name."""
    if not all(isinstance(row, Mapping) for row in rows):
        return list(rows)
    named = set(_texts(options))
    return {
        key: [row.get(key) for row in rows] for key in dict.fromkeys(key for row in rows for key in row) if key in named
    }


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for one in content.values():
            yield from _texts(one)
    elif isinstance(content, Sequence):
        for one in content:
            yield from _texts(one)


def packed(content: Any) -> str:
    """JSON, compressed as scripts of the page read it, in signs that can stand anywhere."""
    return base64.b64encode(zlib.compress(to_json(content, inf_nan_mode="null"), level=9)).decode()


def _shown(content: Any) -> Any:
    """What is printed in a place of a template; markup is our own."""
    return visible(content) if isinstance(content, str) and not isinstance(content, Markup) else content


@cache
def _asset(name: str) -> str:
    return resources.files("hvae_bench.report").joinpath("assets", name).read_text(encoding="utf-8")
