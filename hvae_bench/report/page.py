"""Page: one HTML file that needs nothing else, made of tables, figures and dialogues."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from hvae_bench import __version__
from hvae_bench.report.exchange import OUTCOMES, Exchange, shown
from hvae_bench.report.figure import Drawing, inline_svg
from hvae_bench.report.subject import Subject
from hvae_bench.report.summary import VERDICTS, finding_sentence
from hvae_bench.report.table import Table
from hvae_bench.text.visible import visible

__all__ = ["page"]

KINDS = {
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
    """Make the page.

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
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    style, script = _asset("style.css"), _asset("filter.js")
    findings = [
        {
            "run": subject.name,
            "sentences": [
                {"verdict": finding.verdict, "words": VERDICTS[finding.verdict], "text": finding_sentence(finding)}
                for finding in subject.analysis.findings
            ],
        }
        for subject in subjects
    ]
    dialogues = [shown(exchange) for exchange in exchanges]
    return environment.from_string(_asset("index.html")).render(
        version=__version__,
        # Both are our own files, and the policy of the page lets no other script run.
        style=Markup(style),
        script=Markup(script),
        script_hash=_hash(script),
        subjects=subjects,
        empty=[visible(name) for name in empty],
        broken=[visible(sentence) for sentence in broken],
        tables=tables,
        findings=findings,
        sections=[
            {
                "kind": kind,
                "heading": heading,
                "figures": [
                    {"drawing": one, "svg": Markup(inline_svg(one))}  # drawn by us, text as paths
                    for one in drawings
                    if one.kind == kind
                ],
            }
            for kind, heading in KINDS.items()
            if any(one.kind == kind for one in drawings)
        ],
        dialogues=dialogues,
        per_cell=per_cell,
        total=total,
        filters={
            "run": list(dict.fromkeys(one["run"] for one in dialogues)),
            "target": list(dict.fromkeys(one["target"] for one in dialogues)),
            "outcome": [kind for kind in OUTCOMES if any(one["outcome"] == kind for one in dialogues)],
        },
        outcomes=OUTCOMES,
    )


def _asset(name: str) -> str:
    return resources.files("hvae_bench.report").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
