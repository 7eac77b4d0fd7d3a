"""Figure: a drawing with the words that stand for it, and how it becomes SVG and PNG, byte for byte the same each time.

Drawn with matplotlib. Colours: Okabe & Ito 2008, *Color Universal Design*, leaving out the yellow, which is too
faint on white; marks differ in shape as well.
"""

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK, PAPER, RULE, ACCENT = "#1b1b1d", "#fefefe", "#8a8a8c", "#5c5c5e"
"""Text, background, lines of the grid, and what is drawn for comparison; the page swaps them in the dark."""

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", RULE)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

_ROLES = {INK: "var(--ink)", PAPER: "var(--paper)", RULE: "var(--rule)", ACCENT: "var(--accent)"}
_STYLE: dict[Any, Any] = {
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "axes.edgecolor": RULE,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 9,
    "font.family": "DejaVu Sans",
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "text.color": INK,
    # A model's name may hold a dollar sign.
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "hvae-bench",
    "savefig.dpi": 144,
}
_PROLOGUE = re.compile(r"^.*?(?=<svg )|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_SIZE = re.compile(r' (?:width|height)="[\d.]+pt"')
_REFERENCE = re.compile(r'(\bid="|href="#|url\(#)')


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure ready to be shown.

    Attributes:
        key: its id, and the name of its files.
        kind: what is drawn: `radar`, `ring` and so on.
        alt: what it shows for people who do not see it, with the numbers that matter.
        svg: as SVG, text as paths.
    """

    key: str
    kind: str
    caption: str
    alt: str
    svg: str
    png: bytes


def draw(
    key: str, kind: str, caption: str, alt: str, size: tuple[float, float], paint: Callable[[Figure], None]
) -> Drawing:
    """Draw a figure of this width and height in inches with a function that paints on an empty one; see `Drawing`."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        # Letters that the font lacks become boxes, silently; and the user's own style is not that of the report.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        paint(figure)
        svg, png = io.StringIO(), io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", metadata={"Software": None})
    return Drawing(key, kind, caption, alt, svg.getvalue(), png.getvalue())


def inline_svg(drawing: Drawing) -> str:
    """The SVG as it stands within the page: ids of its own, colours that follow the theme, no size."""
    svg = _PROLOGUE.sub("", drawing.svg)
    head, rest = svg.split(">", 1)
    svg = f"{_SIZE.sub('', head)}>{rest}"
    svg = _REFERENCE.sub(lambda found: f"{found[1]}{drawing.key}-", svg)
    for colour, variable in _ROLES.items():
        svg = svg.replace(colour, variable)
    named = f'<svg role="img" aria-labelledby="{drawing.key}-alt" focusable="false" '
    return svg.replace("<svg ", named, 1).strip()
