"""Page: one HTML file that needs nothing else, made of figures and their tables."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from pydantic_core import to_json

from hvae_bench import __version__
from hvae_bench.report.figure import Figure
from hvae_bench.report.subject import Subject
from hvae_bench.text.visible import visible

SCRIPTS = ("lib/d3.min.js", "lib/plot.umd.min.js", "figures.js", "dialogues.js")
"""The scripts of the page, in their order; those in `lib/` are not ours, and have their licences there."""


def page(
    subjects: Sequence[Subject], figures: Sequence[Figure], *, empty: Sequence[str] = (), broken: Sequence[str] = ()
) -> str:
    """Make the page, on which every character of every text shows.

    Args:
        subjects: the runs.
        figures: the figures, in their order.
        empty: names of runs without any dialogue yet.
        broken: what could not be read, in sentences.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    scripts = [_asset(name) for name in SCRIPTS]
    return environment.from_string(_asset("index.html")).render(
        version=__version__,
        # Style and scripts are files of the package, and the policy of the page lets no other inline script run.
        style=Markup(_asset("style.css") + _asset("dialogues.css")),
        scripts=[Markup(script) for script in scripts],
        hashes=[f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts],
        data=Markup(as_data({figure.key: figure.panels for figure in figures})),
        subjects=subjects,
        figures=figures,
        empty=empty,
        broken=broken,
    )


def as_data(content: Any) -> str:
    """JSON that can stand within a `script` element: no text in it can end the element."""
    return to_json(content, inf_nan_mode="null").decode().replace("<", "\\u003c")


def _shown(content: Any) -> Any:
    """What is printed in a place of the template; markup is our own."""
    return visible(content) if isinstance(content, str) and not isinstance(content, Markup) else content


@cache
def _asset(name: str) -> str:
    return resources.files("hvae_bench.report").joinpath("assets", name).read_text(encoding="utf-8")
