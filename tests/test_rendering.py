"""Tests of the rendering: from a pattern to text in one pass, numbers and orders; and of the lines of options."""

import json
import string

import pytest
from babel import localedata
from hypothesis import given
from hypothesis import strategies as st

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.catalogue.rendering import OptionWords, Order, arrange, format_payoff, render
from hvae_bench.catalogue.wording import PLACEHOLDERS
from hvae_bench.dialogue.sample import Cell

PAYOFFS = st.one_of(
    st.integers(-1_000_000, 1_000_000).map(float),
    st.floats(-1_000_000, 1_000_000),
    st.sampled_from([-0.0, 0.1 + 0.2, 1e-7, 5e-324, -1e-5, 1 / 3, 999_999.99, 1e6, 2.5]),
)


@pytest.mark.parametrize(
    ("pattern", "content", "text"),
    [
        ("Take {unit}.", {"unit": "coins"}, "Take coins."),
        ("{unit}{unit}", {"unit": "{goal}", "goal": "x"}, "{goal}{goal}"),
        ("{goal}", {"goal": "{goal} {unit} {{}} \\1 \\g<0>"}, "{goal} {unit} {{}} \\1 \\g<0>"),
        ("{goal} {unit}", {"goal": "{un", "unit": "it}"}, "{un it}"),
        ("{}{ unit }{Unit}", {"unit": "coins"}, "{}{ unit }{Unit}"),
        ("no names", {}, "no names"),
    ],
)
def test_render_looks_at_the_pattern_once(pattern: str, content: dict[str, str], text: str) -> None:
    assert render(pattern, content) == text


def test_render_needs_content_for_every_name() -> None:
    with pytest.raises(KeyError, match="unit"):
        render("{unit}", {})


@given(st.dictionaries(st.sampled_from(sorted(PLACEHOLDERS)), st.text(), min_size=1), st.text("ab \n"))
def test_what_is_put_in_stays_as_it_is(content: dict[str, str], between: str) -> None:
    pattern = between.join(f"{{{name}}}" for name in content)
    assert render(pattern, content) == between.join(content.values())


@pytest.mark.parametrize(
    ("payoff", "text"),
    [(85, "85"), (85.0, "85"), (-0.0, "0"), (7.5, "7.5"), (-3, "-3"), (0.1, "0.1"), (1e6, "1000000"), (1e-7, "1e-07")],
)
def test_payoffs_as_text(payoff: float, text: str) -> None:
    assert format_payoff(payoff) == text


@given(PAYOFFS)
def test_payoffs_are_read_back(payoff: float) -> None:
    assert float(format_payoff(payoff)) == payoff


# --- options, with plurals and decimals as the language has them

CATALOG = load_catalog()


def words_of(wording: str, unit: str = "coins") -> OptionWords:
    parts = CATALOG.parts("none", "svo-slider-primary", "baseline", wording, unit)
    words = Cell(parts, "published", "published", ()).script().framing.options
    assert words is not None
    return words


@pytest.mark.parametrize(
    ("wording", "payoffs", "line"),
    [
        ("en", (1, 2), "C. You get 1 coin, the other person gets 2 coins"),
        ("en", (0, -1), "C. You get 0 coins, the other person gets -1 coin"),
        ("en", (1.5, 1e6), "C. You get 1.5 coins, the other person gets 1000000 coins"),
        ("de", (1, 0), "C. Du bekommst 1 Münze, die andere Person bekommt 0 Münzen"),
        ("de", (7.5, -1), "C. Du bekommst 7,5 Münzen, die andere Person bekommt -1 Münze"),
        # In French zero and whatever is below two stand in the singular.
        ("fr", (0, 1), "C. Vous recevez 0 pièce, l'autre personne reçoit 1 pièce"),
        ("fr", (1.5, 2), "C. Vous recevez 1,5 pièce, l'autre personne reçoit 2 pièces"),
        ("es", (0, 1), "C. Tú recibes 0 monedas, la otra persona recibe 1 moneda"),
        ("es", (2.5, 1e6), "C. Tú recibes 2,5 monedas, la otra persona recibe 1000000 monedas"),
        ("zh", (1, 7.5), "C. 你得到1枚硬币，对方得到7.5枚硬币"),
        ("ja", (1, 0.5), "C. あなたは1枚のコインを、相手は0.5枚のコインを受け取ります"),
    ],
)
def test_options_in_six_languages(wording: str, payoffs: tuple[float, float], line: str) -> None:
    assert words_of(wording).written("C", payoffs) == line


FORMS = {name: f"{{number}} {name}" for name in ("zero", "one", "two", "few", "many", "other")}


@pytest.mark.parametrize(
    ("language", "payoffs", "amounts"),
    [
        # Six forms, three forms, and the languages in which a million is a form of its own.
        ("ar", (0, 1, 2, 3, 11, 100), "0 zero, 1 one, 2 two, 3 few, 11 many, 100 other"),
        ("pl", (1, 2, 5, 1.5), "1 one, 2 few, 5 many, 1,5 other"),
        ("fr", (1e6, 0.1), "1000000 many, 0,1 one"),
        ("es-MX", (1, 1.5), "1 one, 1.5 other"),
        # Of a language in a country where few speak it Unicode knows the language.
        ("fr-DE", (0, 1.5), "0 one, 1,5 one"),
        ("de-x1", (1, 1.5), "1 one, 1,5 other"),
        # Of one that nobody speaks nothing is known.
        ("qaa", (0, 1, 1.5), "0 other, 1 other, 1.5 other"),
        ("xx-YY", (1,), "1 other"),
    ],
)
def test_forms_of_other_languages(language: str, payoffs: tuple[float, ...], amounts: str) -> None:
    outcomes = ["{amount}"] * len(payoffs)
    words = {"language": language, "line": "{outcomes}{label}", "join": ", ", "outcomes": outcomes, "amounts": FORMS}
    assert OptionWords.model_validate_json(json.dumps(words)).written("", payoffs) == amounts


def test_a_form_that_a_unit_lacks_is_the_other_one() -> None:
    words = {"language": "en", "line": "{label}: {outcomes}", "join": "", "outcomes": ["{amount}"]}
    only_other = OptionWords.model_validate_json(json.dumps(words | {"amounts": {"other": "{number} in all"}}))
    assert only_other.written("A", (1,)) == "A: 1 in all"
    bare = OptionWords.model_validate_json(json.dumps(words | {"outcomes": ["gain {number}"], "amounts": FORMS}))
    assert bare.written("A", (-7.5,)) == "A: gain -7.5"


@pytest.mark.parametrize(
    ("payoffs", "told"),
    [
        ((40, 40, 40, 7, 1), "faces 1 to 3: 40 coins, face 4: 7 coins, face 5: 1 coin"),
        ((40, 7, 7, 40, 40), "face 1: 40 coins, faces 2 to 3: 7 coins, faces 4 to 5: 40 coins"),
        ((1, 2, 1, 2, 1), "face 1: 1 coin, face 2: 2 coins, face 3: 1 coin, face 4: 2 coins, face 5: 1 coin"),
        ((0, -0.0, 0, 0, 0), "faces 1 to 5: 0 coins"),
    ],
)
def test_neighbours_that_get_the_same_may_be_told_together(payoffs: tuple[float, ...], told: str) -> None:
    amounts = {"one": "{number} coin", "other": "{number} coins"}
    faces = [f"face {place}: {{amount}}" for place in range(1, 6)]
    words = {"language": "en", "line": "{label}. {outcomes}", "join": ", ", "outcomes": faces, "amounts": amounts}
    apart = OptionWords.model_validate_json(json.dumps(words))
    together = OptionWords.model_validate_json(json.dumps(words | {"together": "faces {first} to {last}: {amount}"}))
    assert together.written("A", payoffs) == f"A. {told}"
    assert apart.written("A", payoffs).count("face ") == 5
    assert hash(apart) != hash(together)
    # Records of wordings that have no such phrase are what they were.
    assert apart.model_dump().keys() == words.keys()


@given(PAYOFFS, st.sampled_from(sorted(localedata.locale_identifiers())))
def test_every_number_can_be_written_in_every_language(payoff: float, locale: str) -> None:
    words = {"line": "{label}{outcomes}", "join": "", "outcomes": ["|{amount}"], "amounts": {"other": "{number}"}}
    line = OptionWords.model_validate_json(json.dumps(words | {"language": locale.replace("_", "-")})).written(
        "A", (payoff,)
    )
    assert line.startswith("A|")
    assert float(line[2:].replace(",", ".").replace("٫", ".")) == payoff


def test_words_serve_as_a_key() -> None:
    assert hash(words_of("fr")) == hash(words_of("fr"))
    assert words_of("fr") != words_of("fr", "points")


# --- orders


@pytest.mark.parametrize(("order", "arranged"), [("published", "abc"), ("reversed", "cba")])
def test_fixed_orders(order: Order, arranged: str) -> None:
    assert arrange("abc", order, "any stream") == list(arranged)


def test_a_shuffle_is_the_same_everywhere() -> None:
    # Written down once; a change would give other prompts for the same seed.
    assert "".join(arrange("abcdefghi", "shuffled", "0/p1")) == "ifdehgcab"


@given(st.lists(st.integers(), max_size=60), st.sampled_from(["published", "reversed", "shuffled"]), st.text())
def test_an_order_is_a_permutation(things: list[int], order: Order, stream: str) -> None:
    first = arrange(things, order, stream)
    assert sorted(first) == sorted(things)
    assert arrange(things, order, stream) == first


def test_streams_draw_on_their_own() -> None:
    letters = string.ascii_uppercase[:9]
    drawn = ["".join(arrange(letters, "shuffled", f"seed/{epoch}/p1")) for epoch in range(2000)]
    assert len(set(drawn)) > 1900
    # Every option comes first about as often as any other: 222 times, standard deviation 14.
    for letter in letters:
        assert 150 < sum(order[0] == letter for order in drawn) < 295
