"""Upgrade: logs of schema 1.0 still read, come out at the same numbers, merge and report."""

from __future__ import annotations

import copy
import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import polars
import pytest
from inspect_ai.log import read_eval_log

from hvae_bench import load_catalog
from hvae_bench.analysis import compare, load, merge
from hvae_bench.analysis.frames import decisions
from hvae_bench.dialogue.sample import read_script, script_of
from hvae_bench.dialogue.upgrade import upgrade, upgraded_json
from hvae_bench.hub.every_eval_ever import export_every_eval_ever
from hvae_bench.log.broken import Broken
from hvae_bench.log.export import export_log
from hvae_bench.log.overview import find_cell
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.rescore import rescore_file
from hvae_bench.log.results import read_results
from hvae_bench.log.source import read_records
from hvae_bench.report import write_report

OLD = Path(__file__).parent / "data" / "schema_1_0"

# What the version that wrote them estimated.
ESTIMATES = {
    "shuffled": {
        "value_rationality": 0.19779639768966656,
        "value_rationality(altruistic)": 0.26643677419918643,
        "value_rationality(game=ring-24)": 0.08615819209039584,
        "value_rationality(game=svo-slider-full)": 0.1640219343870451,
        "value_rationality(game=triple-dominance-9)": -0.17381067337658185,
        "discriminant(prosocial as altruistic)": -0.06487314371022934,
        "neutrality_bias": -0.13728075301903972,
    },
    "independent": {
        "value_rationality": -0.3789034824231219,
        "value_rationality(competitive)": -0.11355485232067516,
        "expected_value_rationality(prosocial)": -0.05263157894736836,
        "discriminant(prosocial as competitive)": 0.650042194092827,
    },
}


@pytest.fixture(params=sorted(ESTIMATES))
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """The old rationality logs in a folder."""
    for path in OLD.glob("*.jsonl.gz"):
        (tmp_path / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return tmp_path


@pytest.fixture
def inspect_log(tmp_path: Path) -> Path:
    """The old Inspect log in a folder of its own."""
    folder = tmp_path / "inspect"
    folder.mkdir()
    return Path(shutil.copy(OLD / "independent.eval", folder))


def old_lines(name: str) -> list[dict[str, Any]]:
    text = gzip.decompress((OLD / f"{name}.rationality.jsonl.gz").read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def test_an_old_rationality_log_comes_out_at_the_same_numbers(logs: Path, name: str) -> None:
    path = logs / f"{name}.rationality.jsonl"
    found = rescore_file(path)
    assert found.dialogues == len(old_lines(name))
    # Motives were ranked by another rule on ties than today's; nothing else differs, nor does any estimate.
    assert found.differences == ()
    assert found.earlier_rule <= 1
    (run,) = load(path)
    estimated = {id_: one.mean for id_, one in run.analysis.numbers.items()}
    assert {id_: estimated[id_] for id_ in ESTIMATES[name]} == pytest.approx(ESTIMATES[name], abs=1e-12)
    for (_, record), old in zip(read_records(path), old_lines(name), strict=True):
        assert record.schema_version == "2.0"
        assert (record.game.system, record.game.stakes) == ("svo", ("self", "other"))
        assert [turn.model_dump(exclude_unset=True) for turn in record.turns] == old["turns"]
        assert json.loads(record.measures.model_dump_json()) == old["measures"]


def test_an_old_inspect_log_exports_to_what_its_old_export_upgrades_to(inspect_log: Path) -> None:
    exported = export_log(inspect_log)
    found = [record for _, record in read_records(exported)]
    wanted = [RationalityRecord.model_validate_json(json.dumps(upgrade(line))) for line in old_lines("independent")]
    told = {name: getattr(found[0].run, name) for name in ("cells", "epochs", "log_sha256")}
    assert None not in told.values(), "what older records do not tell"
    assert found == [one.model_copy(update={"run": one.run.model_copy(update=told)}) for one in wanted]
    assert rescore_file(exported).differences == ()
    (result,) = read_results([inspect_log])
    assert result.value_rationality.mean == pytest.approx(ESTIMATES["independent"]["value_rationality"])


def test_old_and_new_accounts_of_a_dialogue_are_the_same(logs: Path, inspect_log: Path, tmp_path: Path) -> None:
    """The Inspect log holds the dialogues of one of the two rationality logs."""
    exported = export_log(inspect_log, tmp_path / "new.rationality.jsonl")
    output = tmp_path / "all.parquet"
    merged = merge([*sorted(logs.glob("*.rationality.jsonl")), exported], output, check=True)
    assert not merged.broken
    assert not merged.conflicts
    assert merged.dialogues == sum(len(old_lines(name)) for name in ESTIMATES)
    assert merged.duplicates + merged.superseded == len(old_lines("independent"))
    rows = polars.read_parquet(output).to_dicts()
    assert {json.loads(row["record"])["schema_version"] for row in rows} == {"2.0"}
    assert len(load(output)) == len(ESTIMATES)


def test_old_logs_report_compare_and_go_to_other_formats(logs: Path, tmp_path: Path) -> None:
    first, second = load(sorted(logs.glob("*.jsonl")))
    compared = compare(first, second, anyway=True)
    assert {one.what for one in compared.obstacles} >= {"scenario", "items"}
    page = write_report([first, second], tmp_path / "report")
    assert "told/model" in Path(page).read_text("utf-8")
    rows = decisions([first]).to_dicts()
    assert {len(row["payoffs"]) for row in rows if row["payoffs"]} == {2}
    assert len(export_every_eval_ever(first.log, tmp_path / "eee")) == 2


def test_what_is_of_today_stays_as_it_is() -> None:
    once = upgrade(old_lines("independent")[0])
    assert upgrade(once) is once
    text = json.dumps(once)
    assert upgraded_json(text) is text


def test_what_is_given_is_not_changed() -> None:
    line = old_lines("shuffled")[0]
    before = copy.deepcopy(line)
    upgrade(line)
    assert line == before


@pytest.mark.parametrize(
    "damaged",
    [
        {"schema_version": "1.0"},
        {"schema_version": "1.0", "game": 5, "run": []},
        {"schema_version": "1.0", "game": {"items": [5, {"options": 7}, {"options": [1, {"payoff_self": 2}]}]}},
        {"schema_version": "0.9", "game": {"items": []}},
        [],
    ],
)
def test_damage_is_left_for_the_schema_to_judge(damaged: Any) -> None:
    with pytest.raises(ValueError, match="RationalityRecord"):
        RationalityRecord.model_validate(upgrade(damaged))


def test_a_damaged_old_line_is_one_sentence(logs: Path) -> None:
    path = logs / "independent.rationality.jsonl"
    lines = path.read_text("utf-8").splitlines()
    lines[1] = lines[1].replace('"payoff_self":', '"payoff_own":')
    lines[2] = lines[2][:-300]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (run,) = load(path)
    assert len(run.records) == len(lines) - 2
    assert [one.line for one in run.broken] == [2, 3]


# --- what a template and a framing in a language become

LANGUAGE_OF = {"": "en", "-de": "de", "-zh": "zh"}


def old_line(template: str, framing: str, language: str, paraphrase: int = 1, **orders: str) -> dict[str, Any]:
    """A record of schema 1.0 of this template and framing."""
    line = copy.deepcopy(old_lines("independent")[0])
    line["cell"] |= {"template": template, "framing": framing}
    line["template"] |= {"id": template, "language": language, "paraphrase": paraphrase}
    line["framing"] |= {"id": framing, "language": language, "option_order": "published", **orders}
    return line


@pytest.mark.parametrize(
    ("line", "cell"),
    [
        (old_line("no-goal", "coins-en", "en"), "no-goal en coins published published"),
        (old_line("no-goal-2", "coins-en", "en", 2), "no-goal en-2 coins published published"),
        (old_line("no-goal-de", "coins-de", "de"), "no-goal de coins published published"),
        (
            old_line("goal-prompting-zh", "coins-zh-reversed", "zh", option_order="reversed"),
            "goal-prompting zh coins reversed published",
        ),
        (
            old_line("no-goal", "coins-en-items-shuffled", "en", item_order="shuffled"),
            "no-goal en coins published shuffled",
        ),
        (
            old_line("no-goal", "coins-en-items-reversed", "en", item_order="reversed"),
            "no-goal en coins published reversed",
        ),
        (
            old_line("no-goal", "coins-numbered-en-reversed", "en", option_order="reversed"),
            "no-goal en coins-numbered reversed published",
        ),
        # Somebody's own, whose names tell less.
        (
            old_line("mine", "taler", "de-AT", option_order="shuffled", item_order="shuffled"),
            "mine de-at taler shuffled shuffled",
        ),
        (old_line("de", "reversed", "en", 3), "de en-3 reversed published published"),
    ],
)
def test_ids_told_language_voice_and_orders(line: dict[str, Any], cell: str) -> None:
    record = RationalityRecord.model_validate_json(json.dumps(upgrade(line)))
    facts = record.cell
    assert f"{facts.template} {facts.wording} {facts.framing} {facts.option_order} {facts.item_order}" == cell
    assert (record.wording.language, record.wording.paraphrase) == (
        line["template"]["language"],
        line["template"]["paraphrase"],
    )
    assert record.wording.counts_words == (record.wording.language != "zh")
    assert (record.template.id, record.framing.id) == (facts.template, facts.framing)
    assert record.dialogue.sample_id == line["dialogue"]["sample_id"], "as the log and its shards name it"


@pytest.mark.parametrize(
    ("option_line", "shown"),
    [
        (
            "{label}. You get {payoff_self} coins, the other person gets {payoff_other} coins",
            "C. You get 7.5 coins, the other person gets 1 coins",
        ),
        ("[{label}] {payoff_self}|{payoff_other}", "[C] 7.5|1"),
        ("{label}. あなたは{payoff_self}枚、相手は{payoff_other}枚", "C. あなたは7.5枚、相手は1枚"),
        # These were written in an order that there is none for today; what they showed is in the turns.
        ("{label}) {payoff_other} for them and {payoff_self} for you", None),
        ("{payoff_self} / {payoff_other} ({label})", None),
    ],
)
def test_the_line_of_an_option_is_kept(option_line: str, shown: str | None) -> None:
    line = old_line("no-goal", "coins-en", "en")
    line["framing"]["option_line"] = option_line
    words = RationalityRecord.model_validate_json(json.dumps(upgrade(line))).framing.options
    assert (words and words.written("C", (7.5, 1))) == shown


# --- estimates that pair cells by what they differ in


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An old run in two languages and both option orders, with other choices in each."""
    lines = []
    for place, (tail, order) in enumerate((tail, order) for tail in LANGUAGE_OF for order in ("published", "reversed")):
        language = LANGUAGE_OF[tail]
        framing = f"coins-{language}" + ("" if order == "published" else "-reversed")
        for line in copy.deepcopy(old_lines("shuffled")):
            cell = line["cell"] | {"template": f"goal-prompting{tail}", "framing": framing}
            line["cell"] = cell
            line["dialogue"] |= {"sample_id": ".".join(cell.values()), "uuid": f"{line['dialogue']['uuid']}{place}"}
            line["template"] |= {"id": cell["template"], "language": language}
            line["framing"] |= {"id": framing, "language": language, "option_order": order}
            for number, decision in enumerate(line["decisions"]):
                ids = sorted(option["option_id"] for option in decision["shown"])
                chosen = ids[(number * (place + 1) + place) % len(ids)]
                decision |= {"option_id": chosen, "status": "chosen", "reason": "label"}
            lines.append(line)
    folder = tmp_path_factory.mktemp("crossed")
    (folder / "old.rationality.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder / "old.rationality.jsonl"


def headline(crossed: Path, folder: Path, *, language: str = "", order: str = "") -> float:
    """Value rationality of a part of that run by itself."""
    path = folder / f"part-{language}-{order}.rationality.jsonl"
    lines = [json.loads(line) for line in crossed.read_text("utf-8").splitlines()]
    kept = [
        line
        for line in lines
        if line["framing"]["language"].startswith(language) and line["framing"]["option_order"].startswith(order)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in kept), "utf-8")
    (run,) = load(path)
    return run.analysis.numbers["value_rationality"].mean


def test_old_logs_still_give_the_order_effect(crossed: Path, tmp_path: Path) -> None:
    (run,) = load(crossed)
    effect = headline(crossed, tmp_path, order="published") - headline(crossed, tmp_path, order="reversed")
    assert abs(effect) > 0.01
    assert run.analysis.numbers["order_effect"].mean == pytest.approx(effect)
    assert len(run.scored.scores) == 6 * len(old_lines("shuffled"))


@pytest.mark.parametrize("language", ["de", "zh"])
def test_old_logs_still_give_the_language_gap(crossed: Path, tmp_path: Path, language: str) -> None:
    (run,) = load(crossed)
    gap = headline(crossed, tmp_path, language="en") - headline(crossed, tmp_path, language=language)
    assert abs(gap) > 0.01
    assert run.analysis.numbers[f"language_gap({language})"].mean == pytest.approx(gap)


# --- scripts in the logs of Inspect


def test_an_old_script_is_read_as_one_that_is_not_played_again(inspect_log: Path) -> None:
    log = read_eval_log(str(inspect_log))
    for sample in log.samples or []:
        script = script_of(sample.metadata)
        assert script.id == sample.id
        assert (script.cell.wording, script.cell.framing, script.cell.option_order) == ("en", "coins", "published")
        assert script.messages == ()
        assert script.target.id == script.cell.value
        assert script.framing.options is not None


def test_a_script_of_today_is_no_old_one() -> None:
    script = find_cell(load_catalog(), "prosocial.chicken.goal-prompting.w-de.o-reversed").script()
    text = script.model_dump_json(exclude_none=True)
    assert upgraded_json(text) is text
    assert read_script(text) == script


@pytest.mark.parametrize("name", ["template", "framing", "cell"])
@pytest.mark.parametrize("damage", [None, 5, [], {}, {"id": 7}])
def test_damaged_words_are_left_for_the_schema_to_judge(name: str, damage: Any) -> None:
    line = old_lines("independent")[0] | {name: damage}
    with pytest.raises(ValueError, match="RationalityRecord"):
        RationalityRecord.model_validate(upgrade(line))


def test_a_damaged_record_of_old_is_told_by_what_is_damaged(tmp_path: Path) -> None:
    line = gzip.decompress((OLD / "shuffled.rationality.jsonl.gz").read_bytes()).splitlines()[0]
    path = tmp_path / "old.rationality.jsonl"
    path.write_text(json.dumps(json.loads(line) | {"template": None}) + "\n", encoding="utf-8")
    broken: list[Broken] = []
    assert not list(read_records(path, broken))
    assert "template" in str(broken[0])
