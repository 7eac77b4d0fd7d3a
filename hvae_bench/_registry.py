"""Names that Inspect finds: task, solver, scorer, metric and providers.

Every Inspect run in the user's environment imports this module, so it imports nothing but what Inspect
itself has loaded already; each function fetches its implementation when it is called.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Literal

from inspect_ai import Task, task
from inspect_ai.model import get_model, modelapi
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

if TYPE_CHECKING:
    from inspect_ai.model import ModelAPI


@task
def hvae_bench(
    scenario: str | None = None,
    values: str | list[str] | None = None,
    games: str | list[str] | None = None,
    templates: str | list[str] | None = None,
    wordings: str | list[str] | None = None,
    framings: str | list[str] | None = None,
    option_orders: str | list[str] | None = None,
    item_orders: str | list[str] | None = None,
    items: Literal["sequential", "independent"] = "sequential",
    seed: int = 0,
    catalog: str | list[str] | None = None,
    **more: Any,
) -> Task:
    """Give a model a value, let it act in games about its own and another's payoff, measure value rationality.

    Args:
        scenario: id of a scenario; the catalogue's default one if not given.
        values: ids of value targets that take the place of the scenario's own.
        games: ids of games that take the place of the scenario's own.
        templates: ids of templates that take the place of the scenario's own.
        wordings: ids of wordings (languages and voices) that take the place of the scenario's own.
        framings: ids of framings that take the place of the scenario's own.
        option_orders: orders of options (`published`, `reversed`, `shuffled`) in the place of the scenario's own.
        item_orders: orders of items, likewise.
        items: `sequential` asks all items in one conversation, `independent` each from the same opening.
        seed: seed of the task's own random draws.
        catalog: folders laid over the embedded catalogue; a name before them takes its place: `hub`,
            `ORG/NAME@v1.0.0` on the Hub, or a folder made by `hvae build`.
        **more: further fields of `Administration`; any other is caught because Inspect would
            leave a misspelt one out, and run something else.

    Raises:
        PrerequisiteError: an unknown argument or id, or a wrong file; the message says where and how to mend it.
    """
    from hvae_bench.dialogue.administration import Administration, check_task, read_arguments, refusals
    from hvae_bench.task import build_task

    with refusals():
        check_task({name: value for name, value in more.items() if name not in Administration.model_fields})
        asked = read_arguments({"items": items, "seed": seed, **more})
    return build_task(
        scenario=scenario,
        axes={
            "values": values,
            "games": games,
            "templates": templates,
            "wordings": wordings,
            "framings": framings,
            "option_orders": option_orders,
            "item_orders": item_orders,
        },
        administration=asked,
        catalog=catalog,
        solver=replay(**asked.model_dump()),
        scorer=rationality(),
    )


def _register_bare_name() -> None:
    """Register the task a second time, as `hvae_bench` without the package's name before it.

    Inspect looks for `inspect eval hvae_bench` under exactly that name, but puts the package before the name
    of every task that a package holds. A function that belongs to no known module keeps its bare name; once
    registered it gets its module back, so that logs name package and version.
    """

    @wraps(hvae_bench)
    def unscoped(*args: Any, **kwargs: Any) -> Task:
        return hvae_bench(*args, **kwargs)

    unscoped.__module__ = "<unscoped>"
    registered = task(name="hvae_bench")(unscoped)
    unscoped.__module__ = registered.__module__ = __name__


_register_bare_name()


@solver
def replay(**arguments: Any) -> Solver:
    """Replay the script in each sample's metadata against the model, asked as the fields of `Administration` say."""
    from hvae_bench.dialogue.administration import Administration, check_names, read_arguments, refusals

    with refusals():
        check_names("The solver replay", arguments, Administration.model_fields)
        asked = read_arguments(arguments)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        from hvae_bench.dialogue.solver import replay_dialogue

        return await replay_dialogue(state, get_model(), asked)

    return solve


@metric(scores="unreduced")
def rationality_estimates() -> Metric:
    """Headline, per-target and per-template value rationality with intervals, and the outcome rates."""

    def estimate(scores: list[SampleScore]) -> Value:
        from hvae_bench.scorers.rationality import estimate_run

        return dict(estimate_run(scores))

    return estimate


@scorer(metrics=[rationality_estimates()])
def rationality(**unknown: Any) -> Scorer:
    """Value rationality, SVO angle and outcomes of a dialogue; an argument is refused by name."""
    from hvae_bench.dialogue.administration import check_names, refusals

    with refusals():
        check_names("The scorer rationality", unknown, ())

    async def score(state: TaskState, target: Target) -> Score:
        from hvae_bench.scorers.rationality import score_dialogue

        return score_dialogue(state)

    return score


@modelapi(name="hvae")
def hvae() -> type[ModelAPI]:
    """Reference agents: `hvae/altruistic`, `hvae/uniform`, ..."""
    from hvae_bench.subjects.agents import AgentAPI

    return AgentAPI


@modelapi(name="hvae-local")
def hvae_local() -> type[ModelAPI]:
    """A small language model inside the process: `hvae-local/smollm2`."""
    from hvae_bench.subjects.local_model import LocalModelAPI

    return LocalModelAPI
