"""Environment: fresh items to learn from by reinforcement, in the form of the package `verifiers`.

It is no dependency, for it does not go together with the extra `local`; docs/training.md says how to install it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvae_bench.text.errors import UsageError, brief
from hvae_bench.training.fresh import Split

if TYPE_CHECKING:
    from hvae_bench.training.rollout import FreshEnvironment


def load_environment(
    *,
    n: int = 1000,
    seed: int = 0,
    split: Split = "train",
    shapes: Sequence[str] | None = None,
    rules: Sequence[str] | None = None,
    system: str | None = None,
    wording: str | None = None,
    framing: str | None = None,
    catalog: Sequence[str | Path] | None = None,
) -> "FreshEnvironment":
    """The environment whose tasks are `n` conversations of a course, as `verifiers` runs them.

    A rollout is one conversation: what is said in it is said turn by turn, whatever the replies are. Its reward is the
    mean of the rewards of its decisions, 0 for one without an answer.

    Args:
        n: conversations.
        seed: names all draws.
        split: `held-out` for the environment to evaluate with.
        shapes: as in `course`, like all that follow.
        rules: ids of the values whose rules are given.
        system: id of the value system.
        wording: id.
        framing: id.
        catalog: folders with entries of your own.

    Raises:
        UsageError: `verifiers` is not installed; as `course` and `Course.conversations`.
    """
    try:
        from hvae_bench.training.rollout import FreshConfig, FreshEnvironment, FreshEnvironmentConfig
    except ImportError as error:
        raise UsageError(
            f"The environment needs the package verifiers 0.4 ({brief(str(error))}). "
            "Run, in a virtual environment of its own: pip install 'verifiers>=0.4,<0.5'"
        ) from error
    given: dict[str, Any] = {"n": n, "seed": seed, "split": split, "shapes": shapes, "rules": rules, "system": system}
    given |= {"wording": wording, "framing": framing, "catalog": [*map(str, catalog or ())]}
    return FreshEnvironment(FreshEnvironmentConfig(taskset=FreshConfig(**given)))
