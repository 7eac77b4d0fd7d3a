"""Files: a course written down: what to train on, what is held out, and how both were made."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from hvae_bench import __version__
from hvae_bench.text.errors import UsageError
from hvae_bench.text.location import beside, name_of, new_file, plain
from hvae_bench.training.conversations import Course
from hvae_bench.training.fresh import Split

_ENDING = ".jsonl"


def write_course(
    course: Course, output: str, *, n: int, n_held_out: int, held_out_rules: Sequence[str] = ()
) -> dict[str, Any]:
    """Write conversations to NAME.jsonl, others to NAME.held-out.jsonl, and how they were made to NAME.made.json.

    Files that are there already are replaced, all three or none. The held-out rules are given in held-out conversations
    only, beside all others. Returns what the last of the three holds.

    Raises:
        UsageError: a name that does not end in `.jsonl`; as `Course.conversations`.
    """
    name = plain(output).rpartition("/")[2]
    if not name.endswith(_ENDING) or name == _ENDING:
        raise UsageError(f"`-o` is {output!r}, but three files are named after it. Write NAME{_ENDING}.")
    stem = name.removesuffix(_ENDING)
    trained = replace(course, rules=tuple(rule for rule in course.rules if rule not in held_out_rules))
    if not trained.rules:
        raise UsageError("Every rule is held out, so there is none to train on. Hold out fewer.")
    held_out = replace(course, rules=tuple(dict.fromkeys([*course.rules, *held_out_rules])))
    plans: Mapping[str, tuple[Course, int, Split]] = {
        name: (trained, n, "train"),
        f"{stem}.held-out{_ENDING}": (held_out, n_held_out, "held-out"),
    }
    with ExitStack() as stack:
        # The last one that is opened takes its place first.
        made_file = stack.enter_context(new_file(beside(output, f"{stem}.made.json")))
        files = {}
        for file_name, (conversed, number, split) in plans.items():
            path = stack.enter_context(new_file(beside(output, file_name)))
            files[file_name] = _write(path, conversed.conversations(number, split), split)
        catalog = course.catalog
        told = {name: getattr(catalog, name) for name in ("version", "revision", "sha256")}
        made = {
            "hvae_bench": __version__,
            "catalog": {"source": [*map(name_of, catalog.source)], **told},
            "seed": course.seed,
            "shapes": course.shapes,
            "rules": trained.rules,
            "held_out_rules": held_out_rules,
            **{kind: getattr(course, kind).id for kind in ("system", "template", "wording", "framing")},
            "files": files,
        }
        made_file.write_text(f"{json.dumps(made, ensure_ascii=False, indent=2)}\n", encoding="utf-8")
    return made


def _write(path: Path, rows: Iterable[Mapping[str, Any]], split: Split) -> dict[str, Any]:
    """Write a file, and tell what is in it."""
    digest, conversations, decisions = hashlib.sha256(), 0, 0
    with path.open("wb") as stream:
        for row in rows:
            line = f"{json.dumps(row, ensure_ascii=False)}\n".encode()
            digest.update(line)
            stream.write(line)
            conversations += 1
            decisions += len(row["decisions"])
    return {"split": split, "conversations": conversations, "decisions": decisions, "sha256": digest.hexdigest()}
