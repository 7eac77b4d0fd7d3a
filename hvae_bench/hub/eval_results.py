"""Eval results: the headline of a run as Community Evals of the Hub read it (`.eval_results/*.yaml` of a model)."""

import math
from pathlib import Path

import yaml

from hvae_bench.catalogue.fetch import is_hub_repo
from hvae_bench.log.broken import Broken
from hvae_bench.log.runs import Part, Run, one_run
from hvae_bench.scorers import Estimate
from hvae_bench.text.errors import LogError, UsageError
from hvae_bench.text.location import beside, place_of, plain, write_atomically


def export_eval_results(
    log: str | Path,
    output: str | Path | None = None,
    *,
    dataset: str,
    source_url: str | None = None,
    broken: list[Broken] | None = None,
) -> Path | str:
    """Write the headline of a run, to be put into the repository of the model as `.eval_results/NAME.yaml`.

    The task is named after the scenario: value rationality is another measure than what the task in the data set's
    own `eval.yaml` gives, so it must not stand among those results. Of several value systems each has its own, named
    after the system, too. The file is `<log>.eval_results.yaml` beside the log if no other is named. `broken` takes
    what of the log cannot be read; the headline is that of the rest.

    Raises:
        LogError: a log that cannot be read, or one without a headline.
        UsageError: an id that is none.
    """
    if not is_hub_repo(dataset):
        raise UsageError(f"{dataset!r} is not the id of a data set on the Hub. Write it as ORG/NAME.")
    found = one_run(log, broken)
    entries = []
    for system, one in found.by_system.items():
        headline = one.analysis.numbers["value_rationality"]
        if math.isnan(headline.mean):
            raise LogError(f"{log} has no headline to export: {headline.no_mean}.")
        task_id = found.records[0].run.scenario + f"-{system}" * (len(found.by_system) > 1)
        source = {} if source_url is None else {"source": {"url": source_url, "name": "Eval logs"}}
        entries.append(
            {
                "dataset": {"id": dataset, "task_id": task_id},
                "value": headline.mean,
                "date": found.records[0].run.run_created,
                **source,
                "notes": _notes(one, headline, found.part),
            }
        )
    path = Path(plain(log).removesuffix(".gz"))
    stem = path.name.removesuffix(".rationality.jsonl") if path.suffix == ".jsonl" else path.stem
    destination = beside(log, f"{stem}.eval_results.yaml") if output is None else output
    text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=110)
    write_atomically(destination, [text])
    return place_of(destination)


def _notes(found: Run, headline: Estimate, of_whole: Part | None) -> str:
    """What the headline is of, in a few words."""
    run, catalog, analysis = found.records[0].run, found.records[0].catalog, found.analysis
    interval = "" if headline.no_interval else f", 95 % interval {headline.lower:.3f} to {headline.upper:.3f}"
    rate = analysis.outcome.answered_rate or 0.0
    part = f", a part: {of_whole}" if of_whole else ""
    return (
        f"value rationality (1 ideal, 0 chance){interval}; {headline.n_dialogues} dialogues, {rate:.1%} answered"
        f"{'' if analysis.comparable else ', not comparable'}{part}; data {catalog.version}, hvae-bench "
        f"{run.package_version}, task {run.task_version}"
    )
