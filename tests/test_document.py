"""Tests of the reading of YAML: plain data, the line of every node, and nothing that could run or blow up."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hvae_bench.text import document
from hvae_bench.text.document import MAX_BYTES, MAX_DEPTH, read_document
from hvae_bench.text.errors import CatalogError

from .work import calls


def read(folder: Path, text: str | bytes) -> document.Document:
    path = folder / "entry.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_document(path)


def refusal(folder: Path, text: str | bytes) -> CatalogError:
    with pytest.raises(CatalogError) as caught:
        read(folder, text)
    assert str(caught.value).startswith(str(folder / "entry.yaml"))
    assert len(str(caught.value).splitlines()) == 1
    assert len(caught.value.problem) <= 400
    return caught.value


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parsers: the one in C, and the one that stands in where it was not built."""
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(document, "_LOADER", type("_Loader", (document._Bounded, getattr(yaml, request.param)), {}))


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("N", "N"),
        ("12:30", "12:30"),
        ("1e3", "1e3"),
        ("1.5e3", "1.5e3"),
        ("0x10", "0x10"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("2026-01-31", "2026-01-31"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1,5", "1,5"),
        ("<<", "<<"),
        ("=", "="),
        ("9" * 19, "9" * 19),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("7", 7),
        ("-45", -45),
        ("+3", 3),
        ("007", 7),
        ("0.5", 0.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ('"7"', "7"),
        ("'true'", "true"),
        ('""', ""),
        ('"null"', "null"),
        ("|-\n  7\n  8", "7\n8"),
        (">-\n  7\n  8", "7 8"),
        ("none", "none"),
        ("[1, a, ~]", [1, "a", None]),
        ("{x: 1, y: {}}", {"x": 1, "y": {}}),
        ("- 1\n- - a", [1, ["a"]]),
    ],
)
@pytest.mark.usefixtures("_loader")
def test_scalars_mean_what_they_show(tmp_path: Path, text: str, content: Any) -> None:
    separator = "\n" if text.startswith("- ") else " "
    found = read(tmp_path, f"field:{separator}{text}\n").data
    assert found == {"field": content}
    assert type(found["field"]) is type(content)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", 3, "`a` is given twice", id="repeated key"),
        pytest.param("a:\n  b: 1\n  'b': 2\n", 3, "`b` is given twice", id="repeated key, quoted"),
        pytest.param("a: {b: 1,\n b: 2}\n", 2, "`b` is given twice", id="repeated key in braces"),
        pytest.param('"a\\nb": 1\n"a\\nb": 2\n', 2, "`a b` is given twice", id="repeated key of two lines"),
        pytest.param(f"{'x' * 900}: 1\n" * 2, 2, "the field", id="repeated key, long"),
        pytest.param("a: &x 1\n", 1, "the anchor `&x`", id="anchor"),
        pytest.param("a: 1\nb: &x\n  - 1\n", 2, "the anchor `&x`", id="anchor of a list"),
        pytest.param("a: 1\n&x b: 2\n", 2, "the anchor `&x`", id="anchor of a key"),
        pytest.param("a: 1\nb: *x\n", 2, "the alias `*x`", id="alias"),
        pytest.param("<<: *x\n", 1, "the alias `*x`", id="merge"),
        pytest.param("a: !!python/object:os.system {}\n", 1, "tag", id="python object"),
        pytest.param("a: !!python/object/apply:os.system [ls]\n", 1, "tag", id="python call"),
        pytest.param("a: 1\nb: !!python/name:os.system\n", 2, "tag", id="python name"),
        pytest.param("a: !!str 5\n", 1, "the tag `!!str`", id="!!str"),
        pytest.param("a: !!int '5'\n", 1, "tag", id="!!int"),
        pytest.param("a: !!set {x: }\n", 1, "tag", id="!!set"),
        pytest.param("a: !!binary aGk=\n", 1, "tag", id="!!binary"),
        pytest.param("a: !own 5\n", 1, "the tag `!own`", id="custom tag"),
        pytest.param("a: !own 'x'\n", 1, "the tag `!own`", id="custom tag, quoted"),
        pytest.param("a: ! x\n", 1, "the tag `!`", id="nameless tag"),
        pytest.param("!!map\na: 1\n", 1, "tag", id="tag of the root"),
        pytest.param("%TAG ! tag:own,2026:\n---\na: !b 1\n", 3, "tag", id="tag by directive"),
        pytest.param("a: 1\n5: x\n", 2, "must be text, not 5", id="number as key"),
        pytest.param("true: x\n", 1, "must be text, not true", id="boolean as key"),
        pytest.param("a:\n  ~: x\n", 2, "must be text, not empty", id="null as key"),
        pytest.param("a: {[1]: 2}\n", 1, "must be text, not a list", id="list as key"),
        pytest.param("a: {{b: 1}: 2}\n", 1, "must be text, not a group", id="mapping as key"),
        pytest.param("a: {x: 7,6}\n", 1, "must be text, not 6", id="decimal comma"),
        pytest.param("", 1, "the file is empty", id="empty file"),
        pytest.param("# nothing\n\n", 1, "the file is empty", id="comment alone"),
        pytest.param("\n---\n", 3, "the file holds no fields", id="empty document"),
        pytest.param("- a\n- b\n", 1, "the file holds no fields", id="list"),
        pytest.param("# text\nonly text\n", 2, "the file holds no fields", id="text"),
        pytest.param("a: 1\n---\nb: 2\n", 2, "second document", id="two documents"),
        pytest.param("a:\n\tb: 1\n", 2, "not valid YAML", id="tab"),
        pytest.param("a:\n  b: 1\n c: 2\n", 3, "not valid YAML", id="indentation too small"),
        pytest.param("a: 1\n  b: 2\n", 2, "not valid YAML", id="indentation too large"),
        pytest.param("a: b: c\n", 1, "not valid YAML", id="colon in a text"),
        pytest.param("a: 1\nb: {c} d\n", 2, "not valid YAML", id="text that begins with a brace"),
        pytest.param("a: 1\nb: [1,\nc: 2\n", 2, "not valid YAML", id="open bracket"),
        pytest.param("a: 1\nb: 'x\nc: 2\n", 2, "not valid YAML", id="open quote"),
        pytest.param("a: 1\nb\nc: 2\n", (2, 3), "not valid YAML", id="no colon"),
        pytest.param("a: @b\n", 1, "not valid YAML", id="reserved sign"),
        pytest.param('a: "\\q"\n', 1, "not valid YAML", id="unknown escape"),
        pytest.param(b"a: 1\nb: caf\xe9\n", 2, "not UTF-8", id="Latin-1"),
        pytest.param("a: b\n".encode("utf-16"), 1, "is UTF-16", id="UTF-16"),
        pytest.param("a: 1\nb: x\x00y\n", 2, "U+0000", id="NUL"),
        pytest.param("a: 1\n\nb: \x1b[31m\n", 3, "U+001B", id="escape code"),
        pytest.param("a: x\x7fy\n", 1, "U+007F", id="delete"),
        pytest.param("a: x\u2028y\n", 1, "U+2028", id="line separator"),
        pytest.param("a: 1\nb: \ufeffx\n", 2, "U+FEFF", id="byte order mark within"),
        pytest.param('a: 1\nb: "x\\0y"\n', 2, "U+0000", id="escaped NUL"),
        pytest.param('a: "x\\ry"\n', 1, "U+000D", id="escaped carriage return"),
        pytest.param("a: x\rb: y\r", 1, "U+000D", id="lines that some programs do not see"),
        pytest.param("a: " + "[" * 50 + "]" * 50 + "\n", 1, "nesting is too deep", id="deep lists"),
        pytest.param("a: " + "{b: " * 50 + "1" + "}" * 50 + "\n", 1, "nesting is too deep", id="deep mappings"),
        pytest.param("".join(f"{' ' * n}a:\n" for n in range(50)), MAX_DEPTH + 1, "too deep", id="deep block"),
        pytest.param("a: " + "[" * 100_000, 1, "", id="deep and open"),
        pytest.param("? " * 50_000, 1, "", id="many question marks"),
    ],
)
@pytest.mark.usefixtures("_loader")
def test_what_is_no_plain_data_is_refused_at_its_line(
    tmp_path: Path, text: str | bytes, line: int | tuple[int, ...], words: str
) -> None:
    """Where the parser's marks leave it open which line is to blame, either may be named."""
    error = refusal(tmp_path, text)
    assert words in error.problem
    assert error.line in (line if isinstance(line, tuple) else (line,))
    assert error.fix


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\nb\nc: 2\n", 2, "the line is neither a field nor part of a text"),
        ("a:\n  b: 1\n c: 2\n", 3, "the line is indented by 1 space, unlike"),
        ("a: b: c\n", 1, "the text contains a colon and a space"),
        ("b: 'x\nc: 2\n", 1, "the sign ' opens something here that is not closed"),
        ("b: {unit}. c\n", 1, "the text begins with the sign {"),
        ("b: [@x, y]\n", 1, "the text begins with the sign @"),
    ],
)
@pytest.mark.usefixtures("_loader")
def test_what_the_parser_cannot_read_is_told_with_its_likely_cause(
    tmp_path: Path, text: str, line: int, problem: str
) -> None:
    error = refusal(tmp_path, text)
    assert (error.rule, error.line) == ("yaml-syntax", line)
    assert error.problem.startswith(f"this is not valid YAML: {problem}")


@pytest.mark.usefixtures("_loader")
def test_what_is_no_character_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a: 1\nb: x\uffff\n").problem == "the text holds a code that is not a character"


def test_surrogates_are_refused(tmp_path: Path) -> None:
    refusal(tmp_path, 'a: "\\ud800"\n')
    refusal(tmp_path, b"a: \xed\xa0\x80\n")


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", True),  # Persian needs it within words
        ("\u0915\u094d\u200d\u0937", True),  # so does Hindi
        ("a\u200cb", False),
        ("\u0645\u200c", False),
        ("\u200c\u0645", False),
        ("\u0645\u200c\u200c\u0645", False),
        ("\u0645\u202e\u0645", False),
    ],
)
def test_joiners_stand_only_where_a_script_needs_them(tmp_path: Path, text: str, allowed: bool) -> None:
    if allowed:
        assert read(tmp_path, f"a: {text}\n").data == {"a": text}
    else:
        assert "invisible character U+20" in refusal(tmp_path, f"a: {text}\n").problem


@pytest.mark.usefixtures("_loader")
def test_billion_laughs_cost_nothing(tmp_path: Path) -> None:
    levels = [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]" for n in range(20)]
    text = "\n".join(["a: &a [lol]", *levels])
    assert calls(lambda: refusal(tmp_path, text)) < 50_000  # with the aliases written out there are 9**20 words
    assert refusal(tmp_path, text).line == 1


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    # Within the limit first, so that the limit is what refuses the second.
    assert read(tmp_path, b"a: 1\n#" + b"x" * (MAX_BYTES - 6)).data == {"a": 1}
    error = refusal(tmp_path, b"a: 1\n#" + b"x" * (MAX_BYTES - 5))
    assert "262,144 bytes" in error.problem


@pytest.mark.parametrize(
    ("begin", "repeated", "times", "end"),
    [("", "- ", 120_000, ""), ("a: [", "[],", 60_000, "]"), ("a: {", "? x : y, ", 20_000, ""), ("", "'", 200_000, "")],
)
def test_twice_the_file_is_no_more_than_twice_the_work(
    tmp_path: Path, begin: str, repeated: str, times: int, end: str
) -> None:
    def work(times: int) -> int:
        def read_it() -> None:
            with contextlib.suppress(CatalogError):
                read(tmp_path, begin + repeated * times + end)

        return calls(read_it)

    assert work(times) < 2.2 * work(times // 2)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot be read"):
        read_document(tmp_path / "missing.yaml")
    with pytest.raises(CatalogError, match="cannot be read"):
        read_document(tmp_path)
    with pytest.raises(CatalogError, match="cannot be read"):
        read_document(tmp_path / "a\0b.yaml")


def test_marks_and_line_ends_of_other_systems(tmp_path: Path) -> None:
    found = read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n  y\r\n")
    assert found.data == {"a": 1, "b": "x\ny\n"}
    assert found.mark(["b"])[0] == 2


NESTED = """\
# A comment
a: 1

b:
  - x
  - {c: 2,
     d: 3}
  -
    e: >-
      long
      text
    f: [1,
        2]
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ((), 1),
        (("a",), 2),
        (("b",), 4),
        (("b", 0), 5),
        (("b", 1), 6),
        (("b", 1, "c"), 6),
        (("b", 1, "d"), 7),
        (("b", 2), 9),
        (("b", 2, "e"), 9),
        (("b", 2, "f"), 12),
        (("b", 2, "f", 0), 12),
        (("b", 2, "f", 1), 13),
        (("b", 2, "missing"), 9),
        (("b", 2, "missing", 3, "deeper"), 9),
        (("b", 9), 4),
        (("nowhere",), 1),
    ],
)
@pytest.mark.usefixtures("_loader")
def test_every_node_has_its_line(tmp_path: Path, location: tuple[str | int, ...], line: int) -> None:
    assert read(tmp_path, NESTED).mark(location)[0] == line


@pytest.mark.parametrize(
    ("location", "column"),
    [
        ((), 1),
        (("a",), 1),
        (("b", 0), 5),
        (("b", 1), 5),
        (("b", 1, "c"), 6),
        (("b", 1, "d"), 6),
        (("b", 2, "e"), 5),
        (("b", 2, "f", 0), 9),
        (("b", 2, "f", 1), 9),
        (("b", 2, "missing"), 5),
        (("nowhere",), 1),
    ],
)
@pytest.mark.usefixtures("_loader")
def test_every_node_has_its_column(tmp_path: Path, location: tuple[str | int, ...], column: int) -> None:
    assert read(tmp_path, NESTED).mark(location)[1] == column


@pytest.mark.usefixtures("_loader")
def test_columns_count_characters(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffa: {\u00e9\U0001f642: 1, b: 2}\n").mark(["a", "b"])[1] == 12


SNIPPETS = st.sampled_from(
    [
        *(
            "a: ",
            "- ",
            "? ",
            "\n",
            "  ",
            "\t",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "&x ",
            "*x ",
            "!!str ",
            "!t ",
            "|",
            ">-",
            "'",
        ),
        *(
            '"',
            "#",
            "---",
            "...",
            "%YAML 1.2\n",
            "\\u",
            "~",
            "1e3",
            "<<: ",
            "\0",
            "\x85",
            "\u2028",
            "é",
            "\ufeff",
            "\r",
        ),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.lists(SNIPPETS, max_size=30).map("".join), st.binary()))
def test_nothing_but_a_catalog_error(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    try:
        found = read_document(path)
    except CatalogError as error:
        told = str(error)
        assert len(told.splitlines()) == 1
    else:
        assert isinstance(found.data, dict)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text("abc: #-'\"{}[]é\n1", max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcé1", min_size=1), inner, max_size=3),
    max_leaves=9,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text("abcé", min_size=1), PLAIN, min_size=1, max_size=4))
def test_plain_data_is_read_back(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "plain.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    assert read_document(path).data == data
