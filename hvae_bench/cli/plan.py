"""Plan: the command that tells what a scenario costs and how precise it will be, before anything is paid."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from hvae_bench.cli.entries import open_catalog
from hvae_bench.cli.frame import AsJson, Folders, print_found, table_of, working
from hvae_bench.text.errors import UsageError, brief
from hvae_bench.text.number import about, counted, number

if TYPE_CHECKING:
    from hvae_bench.log.plan import Plan, Takes

KEPT = ("nothing", "each dialogue", "all dialogues")
"""What a provider's cache keeps of what it was sent."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """What is known of a provider: calls a minute; prices of a million tokens sent, sent again, and received."""

    per_minute: float | None
    prices: tuple[float, float, float] | None

    def minutes(self, takes: "Takes") -> float | None:
        """How long these dialogues take."""
        return takes.calls / self.per_minute if self.per_minute else None

    def money(self, takes: "Takes") -> dict[str, float] | None:
        """What they cost, by what the provider's cache keeps."""
        if self.prices is None:
            return None
        sent, again, received = (price / 1e6 for price in self.prices)
        return {
            kept: sent * (takes.input_tokens - repeated) + again * repeated + received * takes.output_tokens
            for kept, repeated in _repeated(takes).items()
        }


def _repeated(takes: "Takes") -> dict[str, int]:
    """Tokens that are read from the provider's cache, by what it keeps."""
    return dict(zip(KEPT, (0, takes.repeated_in_dialogue, takes.repeated_in_run), strict=True))


def _tariff(price: str | None, rate: str | None) -> Tariff:
    prices = None
    if price is not None:
        told = [amount for amount in map(_amount, price.split("/")) if amount is not None]
        if len(told) != price.count("/") + 1 or len(told) not in (2, 3):
            raise UsageError(
                f"`--price {brief(price)}` should be the prices of a million tokens sent and received, as in 2.5/10, "
                "or sent, read from a cache and received, as in 2.5/0.25/10."
            )
        prices = told[0], told[-2], told[-1]
    told_rate, _, unit = (rate or "").partition("/")
    seconds, calls = {"s": 1, "min": 60, "h": 3600}.get(unit), _amount(told_rate)
    if rate is not None and not (seconds and calls):
        raise UsageError(f"`--rate {brief(rate)}` should be calls a minute or a second, as in 300/min or 5/s.")
    return Tariff(calls * 60 / seconds if calls and seconds else None, prices)


def _amount(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9}", text) else None


def plan(
    scenario: Annotated[str | None, typer.Argument(help="Id of a scenario; the default one if none is named.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Dialogues for each cell, if not the scenario's.")] = None,
    items: Annotated[str, typer.Option(help="How items are asked, as in `-T items=`.")] = "sequential",
    half_width: Annotated[
        float | None, typer.Option(help="Also say how many dialogues the headline needs for an interval of ± this.")
    ] = None,
    price: Annotated[
        str | None,
        typer.Option(
            metavar="IN/OUT",
            help="Price of a million tokens sent and received; IN/CACHED/OUT where those read from a cache cost less.",
        ),
    ] = None,
    rate: Annotated[str | None, typer.Option(metavar="N/min", help="Calls a minute, or a second: N/s.")] = None,
    catalog: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Say what running a scenario costs and how precise it will be: calls, tokens, money, minutes, half-widths."""
    from hvae_bench.dialogue.administration import read_arguments
    from hvae_bench.log.plan import plan as plan_of

    tariff, asked = _tariff(price, rate), read_arguments({"items": items})
    loaded = open_catalog(catalog)
    chosen = loaded.default_scenario() if scenario is None else loaded.pick("scenarios", scenario)
    with working("Planning"):
        found = plan_of(loaded, chosen, epochs, asked.items, half_width)
    content = {
        "plan": found,
        "money": tariff.money(found.takes),
        "minutes": tariff.minutes(found.takes),
        "wanted": {
            share: takes and {"takes": takes, "money": tariff.money(takes), "minutes": tariff.minutes(takes)}
            for share, takes in found.wanted.items()
        },
    }
    print_found(content, _view(found, tariff, half_width), as_json)


def takes_told(takes: "Takes") -> str:
    """What a run takes, in a sentence."""
    sent, received = about(takes.input_tokens), about(takes.output_tokens)
    cells = counted(takes.dialogues // takes.epochs, "cell")
    each = f"{counted(takes.epochs, 'dialogue')} for {cells if cells.startswith('1 ') else f'each of {cells}'}"
    calls = f"{counted(takes.dialogues, 'dialogue')}, {counted(takes.calls, 'call')}"
    return f"{each}: {calls}, about {sent} tokens sent and {received} received."


def _view(plan: "Plan", tariff: Tariff, half_width: float | None) -> RenderableType:
    takes, money, minutes = plan.takes, tariff.money(plan.takes), tariff.minutes(plan.takes)
    told = [f"{plan.scenario}, {takes_told(takes)}"]
    if money is not None:
        least, most = (f"{end(money.values()):,.2f}" for end in (min, max))
        told.append(
            f"The price is {most}." if least == most else f"The price is {least} to {most}, depending on the cache."
        )
        money = None if least == most else money
    if minutes is not None:
        told.append(f"It takes {minutes:,.1f} minutes.")
    widths = {f"{100 * share:g} %": own for share, own in plan.half_widths.items()}
    headlines = [name for name in next(iter(widths.values())) if name.partition(",")[0] == "all"]
    known = [max(own[name] for name in headlines) for own in widths.values()]
    if any(math.isnan(own[name]) for own in widths.values() for name in headlines):
        told.append("One dialogue per cell gives no interval." if takes.epochs == 1 else "It has no headline.")
    else:
        which = "its headline" if len(headlines) == 1 else f"the least certain of its {len(headlines)} headlines"
        told.append(
            f"The 95 % interval of {which} will be ±{number(known[0], 3)} for a model that follows its value "
            f"and guesses in {next(iter(widths))} of the items, ±{number(known[-1], 3)} for one that guesses in all."
        )
    title = "Half-widths to expect, by how often the model guesses; otherwise it follows its value"
    rows = [(name, *(number(own[name], 3) for own in widths.values())) for name in next(iter(widths.values()))]
    parts = [Text(" ".join(told)), _sent(takes, money), table_of(title, ("", *widths), rows, right=widths)]
    if half_width is not None:
        parts.append(_wanted(plan, tariff, half_width))
    return Group(*parts, Text(_NOTE))


def _sent(takes: "Takes", money: Mapping[str, float] | None) -> RenderableType:
    """Tokens, and the price, by what the provider's cache keeps."""
    columns = ["the cache keeps", "tokens read from it", "not in the cache", "price"][: 4 if money else 3]
    rows = []
    for kept, repeated in _repeated(takes).items():
        price = [f"{money[kept]:,.2f}"] if money else []
        rows.append([kept, about(repeated), about(takes.input_tokens - repeated), *price])
    return table_of("", columns, rows, right=columns[1:])


def _wanted(plan: "Plan", tariff: Tariff, half_width: float) -> RenderableType:
    """What a headline of this precision takes, by how often the model guesses."""
    columns = ["guesses", "epochs", "dialogues", "calls", "tokens sent"]
    columns += ["price"] * (tariff.prices is not None) + ["minutes"] * (tariff.per_minute is not None)
    rows = []
    for share, takes in plan.wanted.items():
        row = [f"{100 * share:g} %", "over 100,000"]
        if takes is not None:
            money, minutes = tariff.money(takes), tariff.minutes(takes)
            row[1:] = [f"{count:,}" for count in (takes.epochs, takes.dialogues, takes.calls)]
            row += [about(takes.input_tokens), *([f"{money[KEPT[0]]:,.2f}"] if money else [])]
            row += [f"{minutes:,.1f}"] if minutes else []
        rows.append(row)
    price = " (price without a cache)" if tariff.prices else ""
    return table_of(f"For a headline within ±{half_width:g}{price}", columns, rows, right=columns)


_NOTE = (
    "Tokens are words, groups of up to three digits and signs. Replies are taken to be short and without reasoning. "
    "Replies that have to be asked for again cost more."
)
