"""Models x scenarios as an Inspect Flow spec: `flow run examples/flow.py --dry-run` counts, `flow run` runs."""

from inspect_flow import FlowOptions, FlowSpec, tasks_matrix

# These need no key. Put your own here, such as openai/gpt-5.
MODELS = ["hvae/altruistic", "hvae/uniform"]

SCENARIOS = ["paper", "quick"]

FlowSpec(
    log_dir="logs/flow",
    # The logs are all there is to keep; without this Flow also writes a store into your home.
    store=None,
    options=FlowOptions(max_tasks=len(MODELS)),
    tasks=tasks_matrix(
        task="hvae_bench/hvae_bench",
        args=[{"scenario": scenario} for scenario in SCENARIOS],
        model=MODELS,
    ),
)
