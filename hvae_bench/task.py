"""Task: a scenario of the catalogue as an Inspect task, with its solver, scorer and metric.

Every Inspect run in the user's environment imports this module, so at its head it imports nothing but what Inspect
itself has loaded already; each function fetches its implementation when it is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from inspect_ai import Epochs, Task, task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.log import HeadlineMetric
from inspect_ai.model import get_model
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.viewer import SampleScoreView, ScoreColorScale, TaskSamplesColumn, TaskSamplesView, ViewerConfig

if TYPE_CHECKING:
    from hvae_bench.dialogue.administration import Administration

TASK_VERSION = "3-C"
"""Comparability version, then interface version: the first changes whenever scores may."""


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
    items: Literal["sequential", "independent", "batched"] = "sequential",
    seed: int = 0,
    until: float | None = None,
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
        items: `sequential` asks all items in one conversation, `independent` each from the same opening, `batched`
            all in one message.
        seed: seed of the task's own random draws.
        until: half-width of the headline at which the run ends, before every cell has had all its dialogues.
        catalog: folders laid over the embedded catalogue; a name before them takes its place: `hub`,
            `ORG/NAME@v1.0.0` on the Hub, or a folder made by `hvae build`.
        **more: further fields of `Administration`; any other is caught because Inspect would
            leave a misspelt one out, and run something else.

    Raises:
        PrerequisiteError: an unknown argument or id, or a wrong file; the message says where and how to fix it.
    """
    from hvae_bench.dialogue.administration import Administration, check_task, read_arguments, refusals

    with refusals():
        check_task({name: value for name, value in more.items() if name not in Administration.model_fields})
        asked = read_arguments({"items": items, "seed": seed, **more})
    return _build_task(
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
        until=until,
        catalog=catalog,
        solver=replay(**asked.model_dump()),
        scorer=rationality(),
    )


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
    """The headline with its standard error, and the few numbers beside it; all others are in the log's metadata."""

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


def _build_task(
    *,
    scenario: str | None,
    axes: Mapping[str, str | list[str] | None],
    administration: Administration,
    until: float | None,
    catalog: str | list[str] | None,
    solver: Solver,
    scorer: Scorer,
) -> Task:
    """Build the task; see `hvae_bench` for the arguments and the errors."""
    from hvae_bench.catalogue.catalog import load_catalog
    from hvae_bench.catalogue.scenario import Scenario
    from hvae_bench.dialogue.administration import refusals
    from hvae_bench.dialogue.cost import calls_of, cost_of
    from hvae_bench.dialogue.sample import build_cells, build_samples, check_batched
    from hvae_bench.log.facts import RunFacts
    from hvae_bench.log.run import register_run_hooks
    from hvae_bench.text.errors import UsageError

    with refusals():
        if not isinstance(scenario, (str, type(None))):
            told = ",".join(map(str, scenario)) if isinstance(scenario, list) else scenario
            raise UsageError(f"scenario={told} should be the id of one scenario. `hvae list scenarios` shows them all.")
        loaded = load_catalog(_names("catalog", catalog) or ())
        chosen: Scenario = loaded.default_scenario() if scenario is None else loaded.pick("scenarios", scenario)
        cells = build_cells(loaded, chosen, {axis: _names(axis, given) for axis, given in axes.items()})
        if batched := administration.items == "batched":
            check_batched(cells)
        rounds = None
        if until is not None:
            from hvae_bench.log.rounds import Rounds

            rounds = Rounds(until, [cell.script() for cell in cells])
    samples = build_samples(cells, loaded.sha256, batched=batched)
    costs = {cell.id: cost_of(calls_of(cell.script(batched=batched), administration.items)) for cell in cells}
    comparability, interface = TASK_VERSION.split("-")
    facts = RunFacts(
        scenario=chosen.id,
        administration=administration,
        catalog_source=[Path(name).resolve().name if Path(name).is_dir() else name for name in loaded.source],
        catalog_version=loaded.version,
        catalog_sha256=loaded.sha256,
        catalog_revision=loaded.revision,
        catalog_manifest_sha256=loaded.manifest_sha256,
        calls={cell: cost.calls for cell, cost in costs.items()},
        tokens={cell: (cost.input_tokens, cost.output_tokens) for cell, cost in costs.items()},
        until=until,
    )
    register_run_hooks()
    return _PlacedTask(
        dataset=MemoryDataset(samples, name=f"hvae-bench/{chosen.id}"),
        solver=solver,
        scorer=scorer,
        epochs=Epochs(chosen.epochs),
        # One dialogue that fails ends no other; the log still says error, so that eval-retry and eval-set repeat it.
        continue_on_fail=True,
        early_stopping=rounds,
        version=TASK_VERSION,
        metadata={
            "full_task_version": TASK_VERSION,
            "task_comparability_version": int(comparability),
            "task_interface_version": interface,
            **facts.metadata(),
        },
        # The first metric is the headline wherever there is one; one that is named Inspect misses aloud before it is.
        headline_metric=HeadlineMetric(scorer="rationality"),
        description="Value rationality: how far choices serve the value a model was given.",
        viewer=_viewer(),
    )


def _viewer() -> ViewerConfig:
    """What `inspect view` shows of each dialogue in its list."""
    numbers = {"value_rationality": "Value rationality", "svo_angle_deg": "SVO angle", "answered_rate": "Answered"}
    columns = [
        *(TaskSamplesColumn(id=id_) for id_ in ("sampleStatus", "sampleId", "epoch", "target")),
        *(TaskSamplesColumn.score("rationality", name) for name in numbers),
        *(TaskSamplesColumn(id=id_) for id_ in ("answer", "tokens", "duration", "error", "limit")),
        TaskSamplesColumn(id="input", visible=False),
        TaskSamplesColumn.score("rationality", "value_rationality_lower_bound", visible=False),
        TaskSamplesColumn.score("rationality", "value_rationality_upper_bound", visible=False),
    ]
    ideal_and_chance = ScoreColorScale(palette="good-high", min=-1, max=1)
    return ViewerConfig(
        sample_score_view=SampleScoreView(default="grid"),
        task_samples_view=TaskSamplesView(
            name="Dialogues",
            columns=columns,
            multiline=False,
            score_labels=numbers,
            score_color_scales={"value_rationality": ideal_and_chance},
        ),
    )


class _PlacedTask(Task):
    """A task whose arguments, as Inspect writes them down, name folders from the root: a retry may begin elsewhere."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep an attribute; Inspect sets the arguments as one, once the task is made."""
        if isinstance(value, dict) and value.get("catalog"):
            value = value | {"catalog": _placed(value["catalog"])}
        super().__setattr__(name, value)


def _placed(catalog: object) -> object:
    """What `catalog` names, with the folders from the root."""
    from hvae_bench.catalogue.fetch import parse_name

    names = [
        str(Path(name).absolute()) if parse_name(name) is None or isinstance(parse_name(name), Path) else name
        for name in _names("catalog", catalog) or ()
    ]
    return names if isinstance(catalog, list) or len(names) > 1 else names[0]


def _names(argument: str, given: object) -> list[str] | None:
    """Inspect turns `a,b` into a list and `a` into text, whatever the quotes; and `1` and `yes` into what YAML does."""
    from hvae_bench.text.errors import UsageError

    if given is None:
        return None
    if isinstance(given, Mapping) or not isinstance(given, (str, Iterable)):
        what = "folders" if argument == "catalog" else argument.replace("_", " ")
        raise UsageError(f"{argument}={given!r} is not text; write {what} separated by commas, as in {argument}=a,b.")
    names = [str(name).strip() for name in (given.split(",") if isinstance(given, str) else given)]
    if not names or not all(names):
        raise UsageError(f"{argument}={given!r} names nothing; write ids separated by commas, as in {argument}=a,b.")
    return list(dict.fromkeys(names))
