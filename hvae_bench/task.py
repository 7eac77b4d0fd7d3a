"""Task: a scenario of the catalogue as an Inspect task."""

from collections.abc import Iterable, Mapping

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.log import HeadlineMetric
from inspect_ai.scorer import Scorer
from inspect_ai.solver import Solver

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.catalogue.scenario import Scenario
from hvae_bench.dialogue.administration import Administration, refusals
from hvae_bench.dialogue.sample import build_cells, build_samples
from hvae_bench.log.inspect_log import RunFacts
from hvae_bench.log.run import register_run_hooks
from hvae_bench.text.errors import UsageError

TASK_VERSION = "2-B"
"""Comparability version, then interface version: the first changes whenever scores may."""


def build_task(
    *,
    scenario: str | None,
    axes: Mapping[str, str | list[str] | None],
    administration: Administration,
    catalog: str | list[str] | None,
    solver: Solver,
    scorer: Scorer,
) -> Task:
    """Build the task; see `hvae_bench._registry` for the arguments and the errors."""
    with refusals():
        if not isinstance(scenario, (str, type(None))):
            told = ",".join(map(str, scenario)) if isinstance(scenario, list) else scenario
            raise UsageError(f"scenario={told} should be the id of one scenario. `hvae list scenarios` shows them all.")
        loaded = load_catalog(_names("catalog", catalog) or ())
        chosen: Scenario = loaded.default_scenario() if scenario is None else loaded.pick("scenarios", scenario)
        cells = build_cells(loaded, chosen, {axis: _names(axis, given) for axis, given in axes.items()})
    samples = build_samples(cells, loaded.sha256)
    comparability, interface = TASK_VERSION.split("-")
    facts = RunFacts(
        scenario=chosen.id,
        administration=administration,
        catalog_source=list(loaded.source),
        catalog_version=loaded.version,
        catalog_sha256=loaded.sha256,
        catalog_revision=loaded.revision,
        catalog_manifest_sha256=loaded.manifest_sha256,
        calls={cell.id: cell.script().calls for cell in cells},
    )
    register_run_hooks()
    return Task(
        dataset=MemoryDataset(samples, name=f"hvae-bench/{chosen.id}"),
        solver=solver,
        scorer=scorer,
        epochs=Epochs(chosen.epochs),
        # One dialogue that fails ends no other; the log still says error, so that eval-retry and eval-set repeat it.
        continue_on_fail=True,
        version=TASK_VERSION,
        metadata={
            "full_task_version": TASK_VERSION,
            "task_comparability_version": int(comparability),
            "task_interface_version": interface,
            **facts.metadata(),
        },
        headline_metric=HeadlineMetric(scorer="rationality", metric="value_rationality"),
        description="Value rationality: how far choices serve the value a model was given.",
    )


def _names(argument: str, given: object) -> list[str] | None:
    """Inspect turns `a,b` into a list and `a` into text, whatever the quotes; and `1` and `yes` into what YAML does."""
    if given is None:
        return None
    if isinstance(given, Mapping) or not isinstance(given, (str, Iterable)):
        what = "folders" if argument == "catalog" else argument.replace("_", " ")
        raise UsageError(f"{argument}={given!r} is no text; write {what} separated by commas, as in {argument}=a,b.")
    names = [str(name).strip() for name in (given.split(",") if isinstance(given, str) else given)]
    if not names or not all(names):
        raise UsageError(f"{argument}={given!r} names nothing; write ids separated by commas, as in {argument}=a,b.")
    return list(dict.fromkeys(names))
