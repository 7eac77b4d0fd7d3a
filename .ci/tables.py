"""Update what the documentation takes from the catalogue: the table of scenarios, and what commands print.

In a page, a line `<!-- .ci/tables.py: scenarios -->`, or with a command of `hvae` in the place of the name, begins such
a part, and `<!-- end -->` ends it.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from hvae_bench import load_catalog
from hvae_bench.log.plan import GUESSES, plan
from hvae_bench.text.number import about, number

ROOT = Path(__file__).resolve().parent.parent
PART = re.compile(r"(?<=<!-- \.ci/tables\.py: )(.+?)( -->\n).*?(?=<!-- end -->)", re.DOTALL)


def scenarios() -> str:
    """A row for each scenario, the default one first."""
    catalog = load_catalog()
    rows = ["| scenario | what it runs | calls | tokens sent | headline |", "|---|---|---|---|---|"]
    for id_, one in sorted(catalog.scenarios.items(), key=lambda item: not item[1].default):
        found = plan(catalog, one)
        name = f"`{id_}` (default)" if one.default else f"`{id_}`"
        does = f"{one.title.removesuffix('.')}{'' if one.title.endswith('?') else '.'} {one.description}"
        widths = [width for of, width in found.half_widths[GUESSES[0]].items() if of.partition(",")[0] == "all"]
        known = f"±{number(max(widths), 3)}" + (f", the least certain of {len(widths)}" if len(widths) > 1 else "")
        rows.append(f"| {name} | {does} | {found.takes.calls:,} | {about(found.takes.input_tokens)} | {known} |")
    return "\n".join([*rows, ""])


def printed(command: str) -> str:
    """A command of `hvae`, and what it prints."""
    hvae = f'hvae() {{ {shlex.quote(sys.executable)} -m hvae_bench.cli.main "$@"; }}; '
    env = os.environ | {"COLUMNS": "80"}
    run = subprocess.run(["bash", "-c", hvae + command], cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    told = run.stdout
    lines = "\n".join(line.rstrip() for line in told.splitlines())
    return f"```sh\n{command}\n```\n\n```text\n{lines}\n```\n"


def stale() -> dict[Path, str]:
    """The pages that are not what they should be, and what they should be."""
    found = {}
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")):
        text = page.read_text(encoding="utf-8")
        new = PART.sub(
            lambda part: part[1] + part[2] + (scenarios() if part[1] == "scenarios" else printed(part[1])), text
        )
        if new != text:
            found[page] = new
    return found


if __name__ == "__main__":
    for page, text in stale().items():
        page.write_text(text, encoding="utf-8")
        print(f"{page.relative_to(ROOT)} is up to date now")
