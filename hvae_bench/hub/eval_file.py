"""Eval file: the task by which Inspect runs the published data set without this package (`hf/ORG/NAME`)."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["QUESTION_TASK", "eval_text"]

QUESTION_TASK = "one-question"
"""Id of the task that built-in parts can run."""

_SAYS = """\
# {canary}
#
# An approximation, made of Inspect's built-in parts: each sample gives the value and asks one decision in a single
# message, and counts a reply as right only if it is nothing but the label of the one option that serves the value.
# The measure is a share of right answers. It is not value rationality: it knows neither a goal nor a conversation,
# gives no credit for near misses, counts a refusal as a wrong answer, and is not corrected for chance.
# Never compare the two.
# The benchmark itself is `pip install hvae-bench` and `inspect eval hvae_bench`.
"""

_DESCRIPTION = (
    "One decision a sample: which option serves the value that the message gives? An approximation with built-in "
    "parts; the benchmark with dialogues, goals and value rationality is the package hvae-bench."
)


def eval_text(canary_line: str) -> str:
    """The text of `eval.yaml`.

    Args:
        canary_line: the line by which files of the data set are known.
    """
    content: dict[str, Any] = {
        "name": "HVAE-Bench, one question a sample",
        "description": _DESCRIPTION,
        "evaluation_framework": "inspect-ai",
        "tasks": [
            {
                "id": QUESTION_TASK,
                "config": "questions",
                "split": "test",
                "field_spec": {
                    "input": "question",
                    "target": "answer",
                    "metadata": ["id", "value", "game", "item"],
                },
                "solvers": [{"name": "generate"}],
                "scorers": [{"name": "match", "args": {"location": "exact", "ignore_case": True}}],
            }
        ],
    }
    written = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
    return _SAYS.format(canary=canary_line) + written
