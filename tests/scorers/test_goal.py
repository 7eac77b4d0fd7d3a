"""Goal texts: what is counted in them."""

import math
from collections.abc import Sequence

import pytest

from hvae_bench.scorers import GoalText, goal_text, repeated_share


@pytest.mark.parametrize(
    ("text", "n_words", "n_characters"),
    [
        ("", 0, 0),
        ("   \n", 0, 0),
        ("Win.", 1, 4),
        ("  Get as much as I can.\n", 6, 21),
        ("Give  the\nother\tperson all", 5, 26),
        ("Both of us – fairly", 5, 19),
        ("双方都尽可能多", 1, 7),
    ],
)
def test_words_and_characters(text: str, n_words: int, n_characters: int) -> None:
    assert goal_text(text, ()) == GoalText(n_words, n_characters, None)


@pytest.mark.parametrize(
    ("text", "words", "names_other"),
    [
        ("Give the other as much as possible", ["other"], True),
        ("OTHER people first", ["other"], True),
        ("for the Other.", ["other"], True),
        ("the other's coins", ["other"], True),
        ("(other)", ["other"], True),
        ("other", ["other"], True),
        # A word within a word is not the word; it may still stand further on.
        ("bother nobody", ["other"], False),
        ("another coin", ["other"], False),
        ("others", ["other"], False),
        ("no bother for the other", ["other"], True),
        ("others and the other", ["other"], True),
        ("Maximise my own payoff", ["other", "them", "both"], False),
        ("Maximise what both get", ["other", "them", "both"], True),
        ("", ["other"], False),
        # More than one word, and letters beyond English.
        ("what the other person gets", ["other person"], True),
        ("what the other persons get", ["other person"], False),
        ("für die ANDEREN", ["anderen"], True),
        ("Straße", ["STRASSE"], True),
        ("wéothér", ["other"], False),
        ("éother", ["other"], False),
        # A script without spaces between words.
        ("让对方得到尽可能多", ["对方"], True),
        ("让自己得到尽可能多", ["对方"], False),
        # A framing that has no words for it cannot tell.
        ("Give the other all", [], None),
    ],
)
def test_whether_the_other_is_named(text: str, words: Sequence[str], names_other: bool | None) -> None:
    assert goal_text(text, words).names_other is names_other


@pytest.mark.parametrize(
    ("cells", "share"),
    [
        ([["a", "b", "c"]], 0),
        ([["a", "a", "b", "c"]], 1 / 2),
        ([["a", "a", "a", "c"]], 3 / 4),
        ([["a", "a"], ["b", "b"]], 1),
        # The same goal in another cell is no repetition.
        ([["a", "b"], ["a", "b"]], 0),
        # Every goal counts the same, not every cell.
        ([["a", "a"], ["b", "c", "d", "e", "f", "g"]], 1 / 4),
        # Spaces around do not matter, letters do.
        ([["a ", "\na", "A"]], 2 / 3),
        ([["a"], []], 0),
        ([[]], math.nan),
        ([], math.nan),
    ],
)
def test_share_of_repeated_goals(cells: list[list[str]], share: float) -> None:
    assert repeated_share(cells) == pytest.approx(share, nan_ok=True)
