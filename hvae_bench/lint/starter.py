"""Starter: a commented entry to begin with, which can be run as it stands."""

import re
import shlex
from pathlib import Path

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.catalogue.entry import ID_PATTERN
from hvae_bench.lint.files import is_published
from hvae_bench.lint.header import header_of
from hvae_bench.text.errors import UsageError

STARTERS = {
    kind.removesuffix("s"): kind for kind in ("values", "games", "templates", "wordings", "framings", "scenarios")
}
"""What can be begun, and the folder that it goes into."""

_TEXTS = Path(__file__).parent / "starters"
_MAX_ID = 80


def write_starter(kind: str, id_: str, folder: Path) -> Path:
    """Write a new entry, of one of the kinds of `STARTERS`, into a catalogue's folder.

    Raises:
        UsageError: an unknown kind, an id that is none or is taken, or a file that is there already.
        OSError: the file cannot be written.
    """
    if kind not in STARTERS:
        raise UsageError(f"`hvae new` cannot write entries of the kind {kind!r}. Choose one of: {', '.join(STARTERS)}.")
    if len(id_) > _MAX_ID or not re.fullmatch(ID_PATTERN, id_):
        slug = re.sub(r"[^a-z0-9]+", "-", id_.lower()).strip("-")[:_MAX_ID]
        perhaps = f" such as {slug}" if re.match(ID_PATTERN, slug) else ""
        raise UsageError(
            f"The id {id_!r} is not made of lower-case letters, digits and hyphens, a letter first. "
            f"Choose another one{perhaps}."
        )
    catalog = load_catalog()
    if id_ in getattr(catalog, STARTERS[kind]):
        raise UsageError(
            f"The package already holds a {kind} {id_!r}. Choose another id, or copy its file and add the line "
            f"`replaces: {id_}`."
        )
    path = folder / STARTERS[kind] / f"{id_}.yaml"
    head = header_of(path, STARTERS[kind], is_published(folder))
    text = (_TEXTS / f"{kind}.yaml").read_text(encoding="utf-8")
    free = 1 + max(wording.paraphrase for wording in catalog.wordings.values() if wording.language == "en")
    text = text.replace("paraphrase: 4", f"paraphrase: {free}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write("\n".join([*head, text]).replace(f"my-{kind}", id_))
    except FileExistsError:
        raise UsageError(f"{str(path)!r} is there already. Choose another id, or remove the file first.") from None
    return path


def next_steps(kind: str, id_: str, folder: Path) -> list[str]:
    """The commands that check and run a new entry, with a reference agent in the place of a model."""
    where = shlex.quote(str(folder))
    # The data set of a clone is what an installed clone reads anyway.
    laid = not is_published(folder)
    ours = f" -T catalog={where}" if laid else ""
    chosen = f"-T scenario={id_}" if kind == "scenario" else f"-T {STARTERS[kind]}={id_}"
    # The ideal follower of a new value, and for everything else the agent that guesses.
    agent = f"--model hvae/{id_}" if kind == "value" else "--model hvae/uniform"
    if laid and kind == "value":
        agent += f" -M catalog={where}"
    return [f"hvae validate {where}", f"inspect eval hvae_bench{ours} {chosen} {agent} --epochs 1"]
