"""Names that Inspect finds: task, solver, scorer, metric and providers.

Every Inspect run in the user's environment imports this module, so it imports nothing but what Inspect
itself has loaded already; each function fetches its implementation when it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from inspect_ai import task
from inspect_ai.model import modelapi
from inspect_ai.scorer import scorer

from hvae_bench.task import hvae_bench, rationality, rationality_estimates

if TYPE_CHECKING:
    from inspect_ai.model import ModelAPI

Part = TypeVar("Part")


def _register_bare_name(
    part: Callable[..., Part], register: Callable[[Callable[..., Part]], Callable[..., Part]]
) -> None:
    """Register a part a second time, without the package's name before its own.

    Inspect looks for `inspect eval hvae_bench`, and `inspect score LOG` for the scorer that a log names, under exactly
    that name, but puts the package before the name of every part that a package holds. A function that belongs to no
    known module keeps its bare name; once registered it gets its module back, so that logs name package and version.
    """

    @wraps(part)
    def unscoped(*args: Any, **kwargs: Any) -> Part:
        return part(*args, **kwargs)

    unscoped.__module__ = "<unscoped>"
    registered = register(unscoped)
    unscoped.__module__ = registered.__module__ = part.__module__


_register_bare_name(hvae_bench, task(name="hvae_bench"))
_register_bare_name(rationality, scorer(metrics=[rationality_estimates()], name="rationality"))


@modelapi(name="hvae")
def hvae() -> type[ModelAPI]:
    """Reference agents: `hvae/obedient`, `hvae/altruistic`, `hvae/uniform`, ..."""
    from hvae_bench.subjects.agents import AgentAPI

    return AgentAPI


@modelapi(name="hvae-local")
def hvae_local() -> type[ModelAPI]:
    """A small language model inside the process: `hvae-local/smollm2`."""
    from hvae_bench.subjects.local_model import LocalModelAPI

    return LocalModelAPI
