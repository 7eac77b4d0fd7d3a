"""Page: one HTML file that needs nothing else, made of tables, figures and dialogues."""

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from hvae_bench import __version__
from hvae_bench.report.exchange import OUTCOMES, Exchange, shorten
from hvae_bench.report.figure import Drawing, inline_svg
from hvae_bench.report.subject import Subject
from hvae_bench.report.summary import VERDICTS
from hvae_bench.report.table import Table
from hvae_bench.text.number import number
from hvae_bench.text.visible import visible

KINDS = {
    "can-and-will": "Can it, will it",
    "radar": "Value rationality by target, with and without a goal",
    "ring": "Angles of the choices",
    "matrix": "Every target scored as every other",
    "dose": "Dose and response",
    "spread": "Games, templates, wordings, framings and orders",
    "choices": "Choices by item and target",
}
"""Kinds of figures in their order, with the headings of their sections."""


def page(
    subjects: Sequence[Subject],
    tables: Sequence[Table],
    drawings: Sequence[Drawing],
    exchanges: Sequence[Exchange],
    *,
    per_cell: int,
    total: int,
    empty: Sequence[str] = (),
    broken: Sequence[str] = (),
) -> str:
    """Make the page, on which every character of every text shows.

    Args:
        subjects: the runs.
        tables: the tables, in their order.
        drawings: the figures, in any order.
        exchanges: the dialogues to embed.
        per_cell: how many were taken of each cell.
        total: how many there are.
        empty: names of runs without any dialogue yet.
        broken: what could not be read, in sentences.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    style, script = _asset("style.css"), _asset("filter.js")
    of_kind = {kind: [one for one in drawings if one.kind == kind] for kind in KINDS}
    return environment.from_string(_asset("index.html")).render(
        version=__version__,
        # Both are our own files, and the policy of the page lets no other script run.
        style=Markup(style),
        script=Markup(script),
        script_hash="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        subjects=subjects,
        empty=empty,
        broken=broken,
        tables=tables,
        verdicts=VERDICTS,
        sections=[(kind, KINDS[kind], figures) for kind, figures in of_kind.items() if figures],
        inline_svg=lambda drawing: Markup(inline_svg(drawing)),  # drawn by us, text as paths
        dialogues=exchanges,
        shorten=shorten,
        number=number,
        per_cell=per_cell,
        total=total,
        filters={
            "run": list(dict.fromkeys(one["run"] for one in exchanges)),
            "target": list(dict.fromkeys(one["target"] for one in exchanges)),
            "outcome": [kind for kind in OUTCOMES if any(one["outcome"] == kind for one in exchanges)],
        },
        outcomes=OUTCOMES,
    )


def _shown(content: Any) -> Any:
    """What is printed in a place of the template; markup is our own."""
    return visible(content) if isinstance(content, str) and not isinstance(content, Markup) else content


def _asset(name: str) -> str:
    return resources.files("hvae_bench.report").joinpath("assets", name).read_text(encoding="utf-8")
