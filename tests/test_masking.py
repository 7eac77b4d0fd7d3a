"""Masking: which texts hold a secret, in which ways it may be written, and what stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from hvae_bench.text.errors import LogError, brief, prerequisite_error
from hvae_bench.text.masking import each_text, mask_exception, masked, masked_arguments, whole_text

KEY = "sk-proj/Zq+81xWvu_77=aT"

PASTED = {
    "plain": KEY,
    "typographic quotes": f"\N{LEFT DOUBLE QUOTATION MARK}{KEY}\N{RIGHT DOUBLE QUOTATION MARK}",
    "no-break space": f"{KEY}\N{NO-BREAK SPACE}",
    "quotes": f'"{KEY}"',
    "line break": f"{KEY}\n",
    "no-break space within": f"sk-proj\N{NO-BREAK SPACE}{KEY}",
}
"""Keys as people paste them into an environment variable."""

WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "trimmed": lambda key: key.strip(' \n\xa0"\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}'),
    "percent-encoded": quote,
    "percent-encoded whole": lambda key: quote(key, safe=""),
    "of a form": quote_plus,
    "JSON": json.dumps,
    "every letter percent-encoded": lambda key: "".join(f"%{byte:02X}" for byte in key.encode()),
    "JSON in JSON": lambda key: json.dumps(json.dumps(key)),
    "Python's text": repr,
    "Python's bytes": lambda key: repr(key.encode()),
    "blank for no-break space": lambda key: key.replace("\xa0", " "),
}
"""Ways in which servers and clients repeat a key."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("pasted", PASTED)
def test_a_key_of_the_environment_is_masked(pasted: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_API_KEY", PASTED[pasted])
    said = f"Incorrect API key provided: {WAYS[way](PASTED[pasted])}. Look it up."
    told = masked(said)
    assert "***" in told
    assert not any(part in told for part in ("sk-proj", "81xWvu", "Zq"))
    assert told.startswith("Incorrect API key provided: ")
    assert told.endswith(". Look it up.")


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("OPENAI_API_KEY", True),
        ("HF_TOKEN", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("CLIENT_SECRET", True),
        ("PGPASSWORD", False),
        ("DB_PASSWORD", True),
        ("KEY", True),
        ("apiKey", True),
        ("SERVICE_APIKEY", True),
        ("api-key", True),
        ("MONKEY", False),
        ("MAX_TOKENS", False),
        ("TOKENIZERS_PARALLELISM", False),
        ("KEY_FILE", False),
        ("KEYBOARD", False),
    ],
)
def test_the_last_word_of_a_name_decides(name: str, is_secret: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "correct-horse")
    assert masked("it said correct-horse") == ("it said ***" if is_secret else "it said correct-horse")
    monkeypatch.delenv(name)
    assert masked("it said correct-horse", {"model": [{name: "correct-horse"}]}) == (
        "it said ***" if is_secret else "it said correct-horse"
    )


@pytest.mark.parametrize(
    "value",
    [
        "seven77",
        "12345678",
        "1.5e10000",
        "-12345678",
        "true",
        "/etc/keys/service.json",
        "~/keys/one.txt",
        "./keys/one.txt",
        "C:\\keys\\one.txt",
        "file:///etc/keys/one",
    ],
)
def test_what_is_short_or_a_number_or_a_path_is_no_secret(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_API_KEY", value)
    assert masked(f"it said {value}.") == f"it said {value}."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Authorization: Bearer abcDEF123456, refused", "Authorization: Bearer ***, refused"),
        ("bearer eyJhbGciOi.J9_x", "bearer ***"),
        ("b'Bearer \\xe2\\x80\\x9csk-abc12345\\xe2\\x80\\x9d'", "b'Bearer ***'"),
        ("header=Bearer%20tok_12345678&x=1", "header=Bearer%20***&x=1"),
        ('{"Authorization": "Bearer sk-x12345678"}', '{"Authorization": "Bearer ***"}'),
        ('the header was Bearer "abcDEF123456".', 'the header was Bearer "***".'),
        ("Bearer 'abcDEF123456' and Bearer <abcDEF123456>", "Bearer '***' and Bearer <***>"),
        ("Bearer: abcDEF123456", "Bearer: ***"),
        ("Bearer &quot;abcDEF123456&quot;", "Bearer &quot;***&quot;"),
        ("Bearer abcdefghijklmnopq", "Bearer ***"),
        ("https://host/v1?alt=json&key=AIzaSyD-12345 answered", "https://host/v1?alt=json&key=*** answered"),
        ("https://host/v1?api_key=AIzaSyD-12345", "https://host/v1?api_key=***"),
        ("https://host/v1?max_tokens=12345678&monkey=bananabanana", None),
        ("Bearer authentication is needed; the Bearer token is missing", None),
        ("The bearer of bad news says: status 401", None),
        ("You said max_tokens=48 and temperature=0.7", None),
    ],
)
def test_what_a_text_itself_calls_a_secret(said: str, told: str | None) -> None:
    assert masked(said) == (said if told is None else told)


def test_arguments_are_masked_by_name_and_by_value() -> None:
    given = {
        "api_key": "x",
        "max_tokens": 5,
        "label": "A",
        "nested": {"password": "correct-horse", "token": True, "key": 7},
        "extra_headers": {"Authorization": "Basic abc", "X-Api-Key": "battery-staple"},
        "note": ["correct-horse and battery-staple", 1.5, float("inf"), None],
        "key": "/etc/keys/service.json",
        "x_token": ["one-of-two", "two-of-two"],
    }
    assert masked_arguments(given) == {
        "api_key": "***",
        "max_tokens": 5,
        "label": "A",
        "nested": {"password": "***", "token": True, "key": 7},
        "extra_headers": {"Authorization": "***", "X-Api-Key": "***"},
        "note": ["*** and ***", 1.5, "inf", None],
        "key": "/etc/keys/service.json",
        "x_token": ["***", "***"],
    }
    assert masked("it said two-of-two", given) == "it said ***"


def test_an_exception_and_what_it_came_from_keep_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_API_KEY", KEY)

    class ServiceError(Exception):
        def __init__(self, message: str) -> None:
            super().__init__(message)
            self.message = message
            self.body = {"error": {"message": message, "code": 401}}

    error = ServiceError(f"{KEY} is wrong")
    error.__cause__ = UnicodeEncodeError("ascii", f"Bearer {KEY}\xa0", 31, 32, "ordinal not in range")
    error.__cause__.__context__ = error  # a circle, as clients that ask again leave behind
    mask_exception(error)
    assert isinstance(error, ServiceError)
    assert error.args == (error.message,) == ("*** is wrong",)
    assert error.body == {"error": {"message": "*** is wrong", "code": 401}}
    assert KEY not in repr(error.__cause__)
    assert KEY not in error.__cause__.object


class UnwillingError(Exception):
    """Says its text from a property, and lets nothing be set."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        object.__setattr__(self, "text", text)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)

    @property
    def msg(self) -> str:
        return str(vars(self)["text"])


@pytest.mark.parametrize(
    "error",
    [
        OSError(2, f"no such key: {KEY}", f"{KEY}.json"),
        ImportError(f"no {KEY}", name="x"),
        ExceptionGroup(f"{KEY} twice", [ValueError(f"{KEY} is wrong"), KeyError(KEY)]),
    ],
)
def test_what_python_itself_raises_is_masked(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_API_KEY", KEY)
    mask_exception(error)
    assert KEY not in str(vars(error)) + repr(error.args) + repr(getattr(error, "filename", None))
    assert not isinstance(error, OSError) or KEY not in str(error)


def test_an_exception_that_lets_nothing_be_set_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_API_KEY", KEY)
    mask_exception(UnwillingError(KEY))


@pytest.mark.parametrize("secret", ["\\" * 12 + "correct-horse", "a\\" * 12 + "correct-horse"])
def test_many_backslashes_take_few_steps(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without atomic groups this would not end within the time that a test has."""
    monkeypatch.setenv("SERVICE_API_KEY", secret)
    assert masked("\\" * 400) == "\\" * 400
    assert masked(f"it said {secret}") == "it said ***"
    assert masked(f"it said {json.dumps(json.dumps(secret))}").count("correct-horse") == 0


def test_blanks_are_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_API_KEY", " " * 8)
    assert masked("a" + " " * 9 + "b") == "a" + " " * 9 + "b"


def test_our_own_sentences_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", KEY)
    assert str(LogError(f"The Hub said: {KEY}")) == "The Hub said: ***"
    assert KEY[:8] not in brief("x" * 190 + KEY), "what is cut short is masked first"
    assert str(vars(prerequisite_error(f"no {KEY}"))["message"]) == "no ***"


def test_half_characters_are_replaced_and_halves_joined() -> None:
    assert whole_text("A \ud83d") == "A \N{REPLACEMENT CHARACTER}"
    assert whole_text("\ud83d\ude00") == "\N{GRINNING FACE}"
    assert masked("\ud83d") == "\N{REPLACEMENT CHARACTER}"
    assert each_text({"a": ["\udc00", 1, None]}, whole_text) == {"a": ["\N{REPLACEMENT CHARACTER}", 1, None]}
