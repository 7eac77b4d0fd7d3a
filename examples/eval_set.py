"""Models x scenarios as one Inspect eval set. Run the same command again, and it does what is left.

python examples/eval_set.py --models hvae/altruistic,hvae/uniform --scenarios paper,quick --log-dir logs/set
"""

import argparse
import sys
from collections.abc import Sequence

from inspect_ai import eval_set

from hvae_bench import hvae_bench


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is left of an eval set.

    Args:
        arguments: those of the command line if None.

    Returns:
        The exit code: 0 if every run of the set is complete, 1 if any is not.
    """
    parser = argparse.ArgumentParser(description="Models x scenarios as one Inspect eval set.")
    parser.add_argument("--models", required=True, help="names with commas between them")
    parser.add_argument("--scenarios", default="core", help="ids with commas between them")
    parser.add_argument("--log-dir", required=True, help="folder of this set alone, or a URL such as s3://BUCKET/set")
    parser.add_argument("--epochs", type=int, help="dialogues of each cell, if not the scenario's own number")
    parser.add_argument("--limit", type=int, help="cells of each scenario, to try things")
    parser.add_argument("--max-connections", type=int, help="calls at once to one model")
    parser.add_argument("--max-tasks", type=int, help="runs at once; 10 if not given, or as many as there are models")
    parser.add_argument("--retry-attempts", type=int, default=3, help="times to try again what failed")
    given = parser.parse_args(arguments)
    complete, _ = eval_set(
        [hvae_bench(scenario=scenario) for scenario in given.scenarios.split(",")],
        model=given.models.split(","),
        log_dir=given.log_dir,
        epochs=given.epochs,
        limit=given.limit,
        max_connections=given.max_connections,
        max_tasks=given.max_tasks,
        retry_attempts=given.retry_attempts,
    )
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
