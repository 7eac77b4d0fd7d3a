"""Print the lines of Python in each room of the package and in the measures, and their sum."""

from collections import Counter
from pathlib import Path

lines: Counter[str] = Counter()
for top in (Path("hvae_bench"), Path("scorers")):
    for path in top.rglob("*.py"):
        if not path.is_relative_to("hvae_bench/scorers"):
            room = path.relative_to(top).parts[0] if top.name == "hvae_bench" else top.name
            lines[room if not room.endswith(".py") else "root"] += len(path.read_text(encoding="utf-8").splitlines())
for room, count in [*sorted(lines.items()), ("sum", lines.total())]:
    print(f"{count:6} {room}")
