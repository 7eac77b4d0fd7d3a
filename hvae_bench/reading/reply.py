"""The model's reply: what of it is meant to be seen, as plain text with one line break between lines."""

import re
import unicodedata

__all__ = ["clean_reply", "join_headings", "visible_reply"]

LONGEST_READ = 20_000

_REASONING_TAG = re.compile(
    r"[<◁](/?)(?:think|thinking|reasoning|thoughts?|scratchpad)\b[^<>◁▷]{0,80}[>▷]|\[(/?)THINK\]",
    re.IGNORECASE,
)
_SAME_CHARACTER = str.maketrans(
    dict.fromkeys("‘’‚‛ʼ´", "'")
    | dict.fromkeys("“”„‟«»「」『』", '"')
    | dict.fromkeys("−‐‑", "-")
    | {"【": "[", "】": "]", "〔": "[", "〕": "]", "、": ",", "∶": ":"}
    # The frame of a keycap, as in 3️⃣.
    | {"⃣": None}
)
# Written in front of whatever a format marks as the answer, so that one rule reads them all.
_MARKED = "\nFinal answer: "
# Replaced in this order.
_MARKUP = (
    # A JSON field called answer, and the like.
    (
        r"[{,][ \n]{0,9}[\"'](?:(?:my|final|selected|chosen)_?)?"
        r"(?:answer|choice|option|label|decision|selection|selected|chosen|pick)[\"'] ?: ?",
        _MARKED,
    ),
    # Struck out.
    (r"~~[^~\n]{1,200}~~", ""),
    # LaTeX: text in a formula, a box.
    (r"\\(?:text|textbf|mathrm|mathbf|mathbb|texttt|operatorname)\{([^{}\n]{0,80})\}", r"\1"),
    (r"\$?\\f?boxed\{([^{}\n]{0,80})\}\$?", _MARKED + r"\1\n"),
    # Tags: one that marks the answer, then all others.
    (r"<(?:final_?)?(?:answer|choice|decision)>\s{0,9}", _MARKED),
    (r"</?[A-Za-z][\w-]{0,20}\s?/?>", "\n"),
    # Code, bold, formulas, emphasis by underscores.
    (r"```[a-z]{0,10}|[*`]|\\[()\[\],]|\$(?=[A-Za-z])|(?<=[A-Za-z])\$", ""),
    (r"(?<!\w)_{1,3}(?=[^\W_])|(?<=[^\W_])_{1,3}(?!\w)", ""),
    # Headings, quotations, list items.
    (r"(?m)^[ \t]{0,9}(?:#{1,6}[ \t]|>[ \t]?|[-•+][ \t])[ \t]{0,9}", ""),
)
_REWRITES = tuple((re.compile(pattern, re.IGNORECASE), replacement) for pattern, replacement in _MARKUP)
_ANSWER_HEADING = re.compile(
    r"^([^\n]{0,40}\b(?:answer|choice|decision|selection|pick|verdict)) ?:?\n"
    # A line that speaks of the answer itself needs no heading.
    r"(?![^\n]{0,40}\b(?:answer|choice|decision|selection|pick|verdict)\b)(?=[^\n]{1,40}(?:\n|\Z))",
    re.IGNORECASE | re.MULTILINE,
)


def visible_reply(reply: str) -> str:
    """Return a reply without its reasoning blocks.

    Args:
        reply: The reply as the model gave it.

    Returns:
        What stands outside the blocks. A block nobody closed runs to the end.
    """
    kept: list[str] = []
    position, is_inside = 0, False
    for tag in _REASONING_TAG.finditer(reply):
        if tag[1] or tag[2]:
            if not is_inside:
                # A chat template may have consumed the opening tag: all before a lone closing tag is reasoning.
                kept.clear()
            is_inside = False
        elif is_inside:
            continue
        else:
            kept.append(reply[position : tag.start()])
            is_inside = True
        position = tag.end()
    if not is_inside:
        kept.append(reply[position:])
    return "\n".join(kept)


def clean_reply(reply: str) -> str:
    """Return the visible text of a reply: plain characters, no markup, no empty lines, answers marked as such."""
    text = _two_ends(visible_reply(reply).strip())
    # Normalising can make one character into eighteen.
    text = _two_ends(unicodedata.normalize("NFKC", text)).translate(_SAME_CHARACTER)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn") or c in "\n\u0301")
    text = re.sub(r"[^\S\n]+", " ", "\n".join(text.splitlines()))
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    return "\n".join(stripped for line in text.split("\n") if (stripped := line.strip()))


def join_headings(text: str) -> str:
    """Put a short line that follows a heading as "My answer" on the heading's own line; takes a clean text."""
    return _ANSWER_HEADING.sub(r"\1: ", text)


def _two_ends(text: str) -> str:
    """Cut the middle out of a text too long to be read."""
    if len(text) <= LONGEST_READ:
        return text
    # The middle letter belongs to no label, so a word cut in two cannot turn into one.
    return text[: LONGEST_READ // 2] + "ǁ" + text[-LONGEST_READ // 2 :]
