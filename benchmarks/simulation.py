"""Simulation: dialogues of simulated models in the form of a run, without Inspect: for pictures, and for tests."""

import random
from collections.abc import Callable

from hvae_bench import __version__
from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.dialogue.administration import Administration
from hvae_bench.dialogue.described import TurnRecord
from hvae_bench.dialogue.reading import read_reply
from hvae_bench.dialogue.render import Question, Said, follow, play_item, play_opening, questions
from hvae_bench.dialogue.sample import Cell, DialogueScript, build_cells
from hvae_bench.dialogue.upgrade import SCHEMA_VERSION
from hvae_bench.log.measures import measure
from hvae_bench.log.record import CatalogRecord, DialogueRecord, RationalityRecord, RunRecord, UsageRecord
from hvae_bench.log.runs import Run
from hvae_bench.scorers import Decision
from hvae_bench.subjects.agents import Agent, random_stream

Respond = Callable[[DialogueScript, Question | None, random.Random], str]
"""What a simulated model says, to an item or (None) to a turn before the items."""


def agent_model(
    make: Callable[[DialogueScript], Agent], goal: str = "Understood; I will choose accordingly."
) -> Respond:
    """A model that lets a reference agent choose, a new one for each cell, and says one sentence before the items."""

    def respond(script: DialogueScript, question: Question | None, draw: random.Random) -> str:
        return goal if question is None else make(script)(question.in_published_order, draw)

    return respond


def simulate(catalog: Catalog, scenario: str, name: str, respond: Respond, *, epochs: int, seed: int = 0) -> Run:
    """Let a simulated model answer a scenario, so many dialogues of each cell; the seed is that of its draws."""
    cells = build_cells(catalog, catalog.scenarios[scenario])
    run = RunRecord(
        package_version=__version__,
        inspect_version=None,
        task="hvae_bench",
        task_version="0",
        task_args={"scenario": scenario},
        scenario=scenario,
        core_values=cells[0].core_values,
        administration=Administration(seed=seed),
        model=name,
        model_args={},
        generate_config={},
        task_id=f"simulated-{name}",
        eval_id=f"simulated-{name}",
        run_created="1970-01-01T00:00:00+00:00",
    )
    origin = CatalogRecord(source=("embedded",), version=catalog.version, sha256=catalog.sha256)
    return Run(
        name=name,
        model=name,
        scenario=scenario,
        task_id=run.task_id,
        status="success",
        log="",
        created="",
        records=[_record(run, origin, cell, epoch, respond) for cell in cells for epoch in range(1, epochs + 1)],
        planned={cell.id: epochs for cell in cells},
    )


def _record(run: RunRecord, origin: CatalogRecord, cell: Cell, epoch: int, respond: Respond) -> RationalityRecord:
    script, seed = cell.script(), run.administration.seed
    stream = f"{seed}/{script.stream}/{epoch}"
    draw = random_stream(seed, stream)
    turns: list[TurnRecord] = []
    decisions: dict[str, Decision] = {}

    def reply_to(said: Said) -> str | None:
        reply = None if said.message.expects == "nothing" else respond(script, said.question, draw)
        turns.append(
            TurnRecord(
                kind=said.message.kind,
                role=said.message.role,
                item_id=said.question.item_id if said.question else None,
                attempt=said.attempt,
                prompt=said.text,
                reply=reply,
                stop_reason=None if reply is None else "stop",
            )
        )
        return reply

    def choose(said: Said) -> bool:
        question, reply = said.question, reply_to(said)
        assert question is not None
        assert reply is not None
        reading = read_reply(reply, question.shown, script.reading, reasoning=script.template.reasoning)
        decisions[question.item_id] = Decision(
            item_id=question.item_id,
            shown=question.as_recorded,
            reply=reply,
            option_id=None if reading.label is None else question.option_id(reading.label),
            status=reading.status,
            reason=reading.reason,
            reasked=said.attempt > 1,
            stripped=reading.stripped,
        )
        return reading.status == "chosen"

    goal = follow(play_opening(script), reply_to)
    for question in questions(script, stream):
        follow(play_item(question, goal), choose)
    return RationalityRecord(
        schema_version=SCHEMA_VERSION,
        run=run.model_copy(update={"core_values": cell.core_values}),
        dialogue=DialogueRecord(
            sample_id=cell.id,
            epoch=epoch,
            uuid=None,
            started_at=None,
            completed_at=None,
            total_time_s=None,
            working_time_s=None,
            usage=UsageRecord(input_tokens=0, output_tokens=0, total_tokens=0, input_tokens_cached=None),
            error=None,
            limit=None,
        ),
        catalog=origin,
        cell=script.cell,
        target=script.target,
        game=script.game,
        template=script.template,
        wording=script.wording,
        framing=script.framing,
        turns=tuple(turns),
        goal_text=goal or None,
        decisions=tuple(decisions.values()),
        measures=measure(script.target.motives, script.game, tuple(decisions.values()), goal or None, script.wording),
    )
