"""Surroundings: what stands around the answer in a reply, and is taken off before the reply is read.

Reasoning, leaks of a chat template, characters that stand for plain ones, and the markup of four languages. The names
in the patterns are those of formats: tags, tokens and roles.
"""

import html
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from hvae_bench.scorers.decision import Surrounding

BOXED = "\x02"
"""Stands before what was in a box of LaTeX; no reply can hold it, because control characters are taken off before."""

_LONGEST = 20_000
_THOUGHT = re.compile(
    r"(?:<\|?|◁)(?P<close>/|end_(?:of_)?)?(?:(?:start|begin)_(?:of_)?)?(?:\w{1,12}:)?"
    r"(?:think(?:ing)?|thoughts?|reason(?:ing)?|rationale|scratchpad|reflection|analysis)(?:_\w{1,20})?"
    r"(?:\s[^<>◁▷\n]{0,80})?\|?[>▷]|(?-i:\[(?P<close2>/)?THINK\])|<unused(?:94|(?P<close3>95))>",
    re.IGNORECASE,
)
_CHANNEL = re.compile(r"<\|channel\|>\s?(\w{1,20})[^<\n]{0,40}(?:<\|constrain\|>[^<\n]{0,20})?<\|message\|>")
_FINAL_CHANNEL = "assistantfinal"
_OTHER_CHANNEL = re.compile(r"\s{0,9}(?:analysis|commentary)[^a-z\s:]")
_TURN_END = re.compile(
    r"<\|(?:im_end|eot_id|eom_id|end|return|call|endoftext|end_of_text|eos)\|>|</s>(?![^\n]{0,80}\w)|<end_of_turn>|<eos>"
)
_TOKEN = re.compile(
    r"<\|start_header_id\|>\w{0,20}<\|end_header_id\|>|(?:<\|im_start\|>|<start_of_turn>|<\|start\|>)\w{0,20}"
    r"|<[|｜][^\s<>|｜]{1,40}[|｜]>|<s>|<(?:bos|pad|unk)>|\[/?INST\]"
)
_ROLE = re.compile(r"[\W_]{0,20}(?:assistant|model)(?:[ \t]{0,9}[\]:*#]{1,9}|[ \t]{0,9}\n)", re.IGNORECASE)
_SAME = str.maketrans(
    dict.fromkeys("‘’‚‛´ʼ", "'") | dict.fromkeys("“”„‟«»「」『』", '"') | dict.fromkeys("−‐‑", "-")
    | {"【": "[", "】": "]"}
    # Letters in filled circles and squares, which compatibility forms leave as they are.
    | {first + place: chr(65 + place) for first in (0x1F150, 0x1F170) for place in range(26)}
)  # fmt: skip
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\u20e3]"
)
_LOOSE_JSON = re.compile(r"""\{\s*["']?[\w -]{1,40}["']?\s*:\s*["']?([^{}"'\[\]:,\n]{1,80})["']?\s*,?\s*\}""")
_TEX_WORD = re.compile(r"\\(?:text\w{0,9}|math\w{0,9}|operatorname|mbox|bm) ?\{([^{}\n]{0,80})\}")


def visible_reply(reply: str) -> str:
    """A reply without its reasoning and without what a chat template leaks.

    A block that nobody closed runs to the end; one that nobody opened began with the reply.
    """
    return _without_template(_without_reasoning(reply))


def without_surroundings(reply: str) -> tuple[str, tuple[Surrounding, ...]]:
    """What is left of a reply, and what was taken off it. Of a very long one both ends are left."""
    text, taken = reply.strip(), dict[Surrounding, None]()
    for name, without in _LAYERS:
        before, text = text, without(text)
        taken |= {} if text.strip() == before.strip() else {name: None}
    return text, tuple(taken)


def _without_reasoning(text: str) -> str:
    if channels := list(_CHANNEL.finditer(text)):
        text = text[channels[-1].end() :] if channels[-1][1] == "final" else text[: channels[0].start()]
    elif _FINAL_CHANNEL in text:
        text = text.rpartition(_FINAL_CHANNEL)[2]
    elif _OTHER_CHANNEL.match(text):
        return ""
    kept: list[str] = []
    position, is_inside = 0, False
    for tag in _THOUGHT.finditer(text):
        closes = any(tag.group("close", "close2", "close3"))
        if closes and not is_inside:
            kept.clear()
        elif not is_inside:
            kept.append(text[position : tag.start()])
        is_inside, position = not closes, tag.end()
    return "\n".join(kept if is_inside else [*kept, text[position:]])


def _without_template(text: str) -> str:
    """The first turn that says anything; what follows its end is somebody else's."""
    turns = (_TOKEN.sub("\n", turn) for turn in _TURN_END.split(text))
    said = (turn[role.end() :] if (role := _ROLE.match(turn)) else turn for turn in turns)
    return next((turn for turn in said if turn.strip()), "")


def plain_characters(text: str) -> str:
    """A text without invisible characters, and with plain ones in place of wide, styled and circled ones."""
    if len(text) > _LONGEST:  # The letter is no label's: a word cut in two does not become one.
        text = f"{text[: _LONGEST // 2]}ǁ{text[-_LONGEST // 2 :]}"
    # Somebody may have resolved the escape in front of a box as one of JSON.
    text = text.replace("\boxed{", r"\boxed{").replace("\fbox{", r"\fbox{")
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", "\n".join(text.splitlines())).translate(_SAME))


def _without_json(text: str) -> str:
    """The one value of an object or list, or the fields of an object a line each."""
    stripped = text.strip()
    if stripped[:1] + stripped[-1:] not in ("{}", "[]"):
        return text
    try:
        parsed = json.loads(stripped)
        if isinstance(parsed, dict) and len(parsed) > 1:
            if any(isinstance(value, (int, float)) for value in parsed.values()):
                return text  # they may be the payoffs of another option
            return "\n".join(f"{name}: {_one_value(value)}" for name, value in parsed.items())
        return _one_value(parsed)
    except (ValueError, RecursionError):
        loose = _LOOSE_JSON.fullmatch(stripped)
        return loose[1] if loose else text


def _one_value(value: Any) -> str:
    while isinstance(value, (dict, list)) and len(value) == 1:
        (value,) = value.values() if isinstance(value, dict) else value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rewrite(pattern: str, replacement: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(replacement, text)


_LAYERS: tuple[tuple[Surrounding, Callable[[str], str]], ...] = (
    ("reasoning", _without_reasoning),
    ("chat_template", _without_template),
    ("characters", plain_characters),
    ("markdown", _rewrite(r"```[ \t]{0,9}[a-z]{0,12}(?=\s|\Z)|```", "\n")),
    ("json", _without_json),
    ("html", html.unescape),
    ("html", _rewrite(r"<(s|del|strike)>[^<>\n]{0,200}</\1>", "")),
    ("html", _rewrite(r"<([biu])>([^<>\n]{0,80})</\1>", r'"\2"')),
    ("html", _rewrite(r"</?(?:em|strong|span|code|mark|font|su[bp])(?:\s[^<>\n]{0,80})?>", "")),
    ("html", _rewrite(r"</?[A-Za-z][A-Za-z_:-]{1,20}(?:\s[^<>\n]{0,80})?/?>|</?p>", "\n")),
    ("latex", _rewrite(r"\\[()\[\]]|(?<!\\)\$\$?(?=[^$\n]{1,80}\$)|(?<=[\w}])\$\$?(?!\w)", "")),
    ("latex", lambda text: _TEX_WORD.sub(r"\1", _TEX_WORD.sub(r"\1", text))),
    ("latex", _rewrite(r"\\(?:boxed|fbox|framebox) ?\{([^{}\n]{0,200})\}", f"\n{BOXED}\\1\n")),
    ("markdown", _rewrite(r"~~[^~\n]{1,200}~~", "")),
    ("markdown", _rewrite(r"(\*{1,3}|(?<!\w)_{1,3})([^\W_]{1,12})\1(?!\w)", r'"\2"')),
    ("markdown", _rewrite(r"\*{1,3}|(?<!\w)__|__(?!\w)", "")),
)
"""What is taken off, in this order. Emphasis becomes quotes, because it marks a label as one."""
