"""Pictures: what the report draws of four simulated models and of three real ones, for the pages in docs/.

Make them anew with `python benchmarks/pictures.py docs/images`.
"""

import sys
from pathlib import Path

from simulation import Respond, agent_model, simulate

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.runs import Run, load
from hvae_bench.report.figures.can_and_will import can_and_will
from hvae_bench.report.subject import subjects_of
from hvae_bench.scorers import LinearMotive
from hvae_bench.subjects.agents import Agent, ideal, refuser, uniform

SCENARIO = "slider"
EPOCHS = 5
KINDS = ("radar", "ring")
SUBJECTS = Path(__file__).parents[1] / "tests" / "data" / "subjects"
"""The logs of the three real models that docs/findings/can_and_will.md is about."""
STUBBORN_MOTIVE = LinearMotive(kind="linear", utility_angle_deg=45)
"""The joint gain, which the stubborn model follows whatever it is told."""


def model_runs(catalog: Catalog, epochs: int = EPOCHS) -> dict[str, Run]:
    """The runs of the four models, by name."""
    models: dict[str, Respond] = {
        "ideal": agent_model(_follow),
        "uniform": agent_model(lambda script: uniform),
        "stubborn": agent_model(lambda script: ideal([STUBBORN_MOTIVE])),
        "refusing": agent_model(lambda script: refuser),
    }
    return {name: simulate(catalog, SCENARIO, name, respond, epochs=epochs) for name, respond in models.items()}


def _follow(script: DialogueScript) -> Agent:
    """Ideal for whatever value is given; uniform where none is."""
    return ideal(script.target.motives) if script.target.motives else uniform


def picture_files(catalog: Catalog) -> dict[str, bytes]:
    """The pictures by file name."""
    files = {}
    for name, run in model_runs(catalog).items():
        (subject,) = subjects_of([run])
        for drawing in drawings_of(subject, kinds=KINDS):
            files[f"{name}-{drawing.kind}.svg"] = drawing.svg.encode()
    (drawing,) = can_and_will(subjects_of(real_runs()))
    return files | {f"{drawing.kind}.svg": drawing.svg.encode()}


def real_runs() -> list[Run]:
    """The studies of the three real models, in the order of the page."""
    names = ("qwen2.5-coder-1.5b", "qwen2.5-coder-1.5b-reads", "qwen2.5-coder-1.5b-four-values")
    return [run for name in names for run in load(SUBJECTS / f"{name}.rationality.jsonl.gz")]


def main() -> None:
    """Write the pictures into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in picture_files(load_catalog()).items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
