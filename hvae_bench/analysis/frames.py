"""Frames: dialogues and decisions as tidy tables, one row each."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from hvae_bench.analysis.column import DIALOGUE_COLUMNS, Column, arrow_table, dialogue_row, import_extra
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import Run, load
from hvae_bench.text.errors import UsageError

FrameKind = Literal["polars", "pandas", "arrow"]
Runs = Run | Sequence[Run] | str | Path | Iterable[str | Path]

_OF_THE_RUN = (
    Column("run", "text", "Name of the run; distinguishes runs of one model that were loaded together."),
    Column("log", "text", "The log that it was read from."),
)

FRAME_COLUMNS: tuple[Column, ...] = (*_OF_THE_RUN, *DIALOGUE_COLUMNS)
"""The columns of `dialogues`."""

DECISION_COLUMNS: tuple[Column, ...] = (
    _OF_THE_RUN[0],
    Column("model", "text", "Name of the model."),
    Column("task_id", "text", "Inspect's id of the task, kept by a retry."),
    Column("sample_id", "text", "Id of the cell."),
    Column("epoch", "integer", "Which dialogue of the cell it is."),
    Column("value", "text", "Id of the value target."),
    Column("game", "text", "Id of the game."),
    Column("template", "text", "Id of the template."),
    Column("wording", "text", "Id of the wording."),
    Column("framing", "text", "Id of the framing."),
    Column("option_order", "text", "Order in which options were shown."),
    Column("item_order", "text", "Order in which items were asked."),
    Column("place", "integer", "Place of the item in the dialogue, from 1."),
    Column("item_id", "text", "Id of the item."),
    Column("status", "text", "Outcome of the item: chosen, refused, invalid or not_reached."),
    Column("reason", "text", "Why it has this outcome."),
    Column("option_id", "text", "Id of the chosen option; null unless one was chosen."),
    Column("position", "integer", "Place of the chosen option in the list as it was shown, from 1."),
    Column("label", "text", "Label that stood before the chosen option."),
    Column("n_options", "integer", "Options of the item."),
    Column("stakes", "texts", "Who or what the payoffs of the game go to."),
    Column("payoffs", "numbers", "What the chosen option gives to each of them."),
    Column("reasked", "truth", "Whether the model was asked a second time."),
    Column("probability", "number", "The model's probability of the chosen option among the options; null if unknown."),
    Column("label_mass", "number", "Probability of all labels together; null if unknown."),
    Column("reply", "text", "The reply that was read."),
    Column(
        "incomplete", "truth", "Whether the dialogue did not reach an item; such a dialogue is left out of every mean."
    ),
)
"""The columns of `decisions`."""

ESTIMATE_COLUMNS: tuple[Column, ...] = (
    _OF_THE_RUN[0],
    Column("model", "text", "Name of the model."),
    Column("scenario", "text", "Id of the scenario."),
    Column("name", "text", "Name of the number, as in docs/measures.md."),
    Column("mean", "number", "The estimate."),
    Column("lower", "number", "Lower end of its 95 % interval."),
    Column("upper", "number", "Upper end of its 95 % interval."),
    Column("standard_error", "number", "Its standard error."),
    Column("degrees_of_freedom", "number", "Welch-Satterthwaite degrees of freedom of the interval."),
    Column("n_dialogues", "integer", "Dialogues that it is computed from."),
    Column("no_mean", "text", "Why there is no estimate; null if there is one."),
    Column("no_interval", "text", "Why there is no interval; null if there is one."),
    Column("alike", "truth", "Whether all dialogues of every cell scored alike."),
    Column("p", "number", "Two-sided p-value against 0, by the method of the interval."),
)
"""The columns of `estimates`."""


def dialogues(runs: Runs, *, to: FrameKind = "polars") -> Any:
    """A table of dialogues with the columns `FRAME_COLUMNS`, incomplete ones included.

    Args:
        runs: runs, or what `load` takes.
        to: `polars`, `pandas` or `arrow`.
    """
    rows = (
        [run.name, one.log, *dialogue_row(record)]
        for run in _runs_of(runs)
        for one in run.joined or (run,)
        for record in one.records
    )
    return _frame(arrow_table(FRAME_COLUMNS, rows), to)


def decisions(runs: Runs, *, to: FrameKind = "polars") -> Any:
    """A table of decisions with the columns `DECISION_COLUMNS`, in the order asked; arguments as of `dialogues`."""
    rows = (row for run in _runs_of(runs) for record in run.records for row in _decision_rows(run, record))
    return _frame(arrow_table(DECISION_COLUMNS, rows), to)


def estimates(runs: Runs, *, to: FrameKind = "polars") -> Any:
    """A table of the estimates of each run with the columns `ESTIMATE_COLUMNS`; missing ones with the reason.

    The arguments are as of `dialogues`.
    """
    rows = (
        [run.name, run.model, run.scenario, name, *(getattr(one, column.name) for column in ESTIMATE_COLUMNS[4:])]
        for run in _runs_of(runs)
        for name, one in run.numbers.items()
    )
    return _frame(arrow_table(ESTIMATE_COLUMNS, rows), to)


def _runs_of(runs: Runs) -> Iterable[Run]:
    """Runs, whether they were loaded already or are named by their files."""
    given: list[Run | str | Path] = [runs] if isinstance(runs, (Run, str, Path)) else list(runs)
    read = [one for one in given if isinstance(one, Run)]
    files = [one for one in given if not isinstance(one, Run)]
    return [*read, *load(files)] if files or not read else read


def _decision_rows(run: Run, record: RationalityRecord) -> Iterator[list[Any]]:
    cell, dialogue = record.cell, record.dialogue
    beginning = [run.name, record.run.model, record.run.task_id, dialogue.sample_id, dialogue.epoch]
    beginning += list(cell.model_dump().values())
    options = {item.id: {option.id: option for option in item.options} for item in record.game.items}
    for place, decision in enumerate(record.decisions, start=1):
        of_item, position = options[decision.item_id], decision.position
        chosen = None if decision.option_id is None else of_item[decision.option_id]
        yield [
            *beginning,
            place,
            decision.item_id,
            decision.status,
            decision.reason,
            decision.option_id,
            None if position is None else position + 1,
            None if position is None else decision.shown[position].label,
            len(of_item),
            record.game.stakes,
            None if chosen is None else chosen.payoffs,
            decision.reasked,
            None if decision.probabilities is None else decision.probabilities[str(decision.option_id)],
            decision.label_mass,
            decision.reply,
            record.measures.incomplete,
        ]


def _frame(table: Any, to: FrameKind) -> Any:
    if to == "arrow":
        return table
    if to == "polars":
        return import_extra("polars").from_arrow(table)
    if to == "pandas":
        return table.to_pandas()
    raise UsageError(f"There is no kind {to!r} of table. Choose one of: polars, pandas, arrow.")
