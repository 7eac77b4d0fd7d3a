"""Read a model's free-text reply to a decision item, never guessing.

The reading goes from the strongest evidence to the weakest and stops at the first kind that is present. If one
kind points at two options the reply is ``several_options``; no weaker kind is asked to settle the matter.

1. Clean the text: reasoning blocks, compatibility forms (full-width letters), Markdown, tags, JSON.
2. After a self-correction ("wait", "actually") only the later part can decide.
3. *Final* statements: "final answer: C", a boxed answer, a JSON field, "ultimately, I choose C".
4. *Plain* statements ("I choose C", "Answer: C") together with a first or last line that is just a label.
5. A first-person leaning: "I prefer C".
6. A first line that opens with a label and goes on with its payoffs or a reason: "C: 85, 68", "C, because".
7. The payoff pair of exactly one option, stated as the choice or making up the whole reply.
8. Praise without a choice: "Option C is the best", unless the model also declines.

A statement does not count when it is negated, asked, conditional (unless the condition is only being made to
choose) or about somebody else; nor does one that puts a different payoff pair beside the label. What is left is
declined, truncated, hypothetical, several options, an unknown label or no option, in that order. "I can't choose
between A and C" is therefore declined. In a reply cut by the token limit, a bare label with nothing after it may
be the beginning of a word or a comparison, so it is truncated; an explicit statement still counts.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

__all__ = ["Offer", "Reading", "ReadingReason", "ReadingStatus", "read_reply"]

ReadingStatus = Literal["chosen", "refused", "invalid"]
ReadingReason = Literal[
    # chosen
    "label",
    "payoffs",
    # refused
    "declined",
    "content_filter",
    # invalid
    "empty",
    "truncated",
    "several_options",
    "unknown_label",
    "hypothetical",
    "no_option",
]


@dataclass(frozen=True, slots=True)
class Offer:
    """One option as it was shown to the model.

    Attributes:
        label: The label exactly as shown, for example ``"C"``.
        payoff_self: What the model receives.
        payoff_other: What the other person receives.
    """

    label: str
    payoff_self: float
    payoff_other: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply was read as.

    Attributes:
        status: Whether an option was chosen, the choice refused, or neither could be read.
        reason: The evidence for the status.
        label: The offered label, exactly as offered, if and only if the status is ``"chosen"``.
    """

    status: ReadingStatus
    reason: ReadingReason
    label: str | None


def read_reply(reply: str, offers: Sequence[Offer], *, stop_reason: str = "stop") -> Reading:
    """Read one reply into a decision; anything doubtful is not a choice.

    Args:
        reply: The model's reply; untrusted, of any length.
        offers: The options as shown, in any order.
        stop_reason: Inspect's stop reason for the reply.

    Returns:
        The reading. The function raises for no string.
    """
    cut = stop_reason in ("max_tokens", "model_length")
    text = _clean(reply)
    if any(character.isalnum() for character in text):
        grammar = _grammar(tuple(offer.label for offer in offers))
        reading = _decide(text, grammar, offers, cut)
        if reading is not None and (reading.status == "chosen" or stop_reason != "content_filter"):
            return reading
        if stop_reason == "content_filter":
            return Reading("refused", "content_filter", None)
        return _explain(text, grammar, offers, cut)
    if stop_reason == "content_filter":
        return Reading("refused", "content_filter", None)
    return Reading("invalid", "truncated" if cut else "empty", None)


# --- Cleaning -------------------------------------------------------------------------------------------------

_REASONING_TAG = re.compile(
    r"[<◁](/?)(?:think|thinking|reasoning|thought|thoughts|scratchpad)\b[^<>◁▷]{0,80}[>▷]|\[(/?)THINK\]",
    re.IGNORECASE,
)
_LONGEST_READ = 20_000
_CHARACTERS = str.maketrans(
    dict.fromkeys("‘’‚‛ʼ´", "'") | dict.fromkeys("“”„‟«»「」『』", '"') | {"−": "-", "‐": "-", "‑": "-", "⃣": None}
    | {"【": "[", "】": "]", "〔": "[", "〕": "]", "、": ",", "∶": ":"}
)  # fmt: skip
_ANSWER_KEY = re.compile(
    r"(?:my_?|final_?|selected_?|chosen_?)*(?:answer|choice|option|label|decision|selection|selected|chosen|pick)",
    re.IGNORECASE,
)
# Written in front of every answer that a format marks as the answer, so that one rule reads them all.
_MARKED = "\nFinal answer: "
_REWRITES = (
    (re.compile(r"~~[^~\n]{1,200}~~"), ""),
    (re.compile(r"\\(?:text|textbf|mathrm|mathbf|mathbb|texttt|operatorname)\{([^{}\n]{0,80})\}"), r"\1"),
    (re.compile(r"\$?\\(?:boxed|fbox)\{([^{}\n]{0,80})\}\$?"), _MARKED + r"\1\n"),
    (re.compile(r"<(?:final_?)?(?:answer|choice|decision)>\s{0,9}", re.IGNORECASE), _MARKED),
    (re.compile(r"</?[A-Za-z][\w-]{0,20}\s?/?>"), "\n"),
    (re.compile(r"```[a-z]{0,10}|[*`]|\\[()\[\],]|\$(?=[A-Za-z])|(?<=[A-Za-z])\$"), ""),
    (re.compile(r"(?<!\w)_{1,3}(?=[^\W_])|(?<=[^\W_])_{1,3}(?!\w)"), ""),
    (re.compile(r"^[ \t]{0,9}(?:#{1,6}[ \t]|>[ \t]?|[-•+][ \t])[ \t]{0,9}", re.MULTILINE), ""),
)


def _clean(reply: str) -> str:
    text = _without_reasoning(reply).strip()
    if len(text) > _LONGEST_READ:
        # The middle letter belongs to no label, so a word cut in two cannot turn into one.
        text = text[: _LONGEST_READ // 2] + "ǁ" + text[-_LONGEST_READ // 2 :]
    text = unicodedata.normalize("NFKC", text).translate(_CHARACTERS)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn") or c in "\n\u0301")
    text = "\n".join(text.splitlines())
    text = _with_marked_json(text)
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    return "\n".join(stripped for line in text.split("\n") if (stripped := line.strip()))


def _without_reasoning(reply: str) -> str:
    kept: list[str] = []
    position, inside = 0, False
    for tag in _REASONING_TAG.finditer(reply):
        if tag[1] or tag[2]:
            if not inside:
                # A chat template may have consumed the opening tag: all before a lone closing tag is reasoning.
                kept.clear()
            inside = False
        elif not inside:
            kept.append(reply[position : tag.start()])
            inside = True
        else:
            continue
        position = tag.end()
    if not inside:
        kept.append(reply[position:])
    return "\n".join(kept)


def _with_marked_json(text: str) -> str:
    start = text.find("{")
    if start < 0:
        return text
    try:
        found, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return text
    if not isinstance(found, dict):
        return text
    amounts = [
        f"{key}: {value}" for key, value in found.items() if isinstance(value, int | float) and not _is_answer(key)
    ]
    answers = [
        f"{_MARKED}{value}{' - ' if amounts else ''}{', '.join(amounts)}\n"
        for key, value in found.items()
        if _is_answer(key) and isinstance(value, str | int) and not isinstance(value, bool)
    ]
    return text[:start] + "".join(answers) + text[end:] if answers else text


def _is_answer(key: str) -> bool:
    return _ANSWER_KEY.fullmatch(key) is not None


# --- Words ----------------------------------------------------------------------------------------------------

_LETTER = r"A-Za-z0-9_'À-ɏͰ-ӿ"
_CJK = r"\u2e80-\u9fff\uac00-\ud7a3"
# What may follow a label that could also be a word or a cut word: an end, punctuation, or a reason.
_STOP = rf"(?=\s*(?:$|[^\w\s'?-]|-(?!\w)|[{_CJK}]|(?:because|since|over|instead|due|porque|weil|parce)\b))"
_ARTICLE_STOP = (
    r"(?=\s+(?:is|was|would|seems|gives|offers|provides|as|rather|for|with|so|but|or|and|to|by|than|vs|if|it)\b)"
)
_PRONOUN_STOP = r"(?=\s+(?:is|was|gives|offers|provides|or|than|vs)\b)"
_OPTION_WORD = (
    r"(?:options?|choices?|alternatives?|allocations?|distribution|split|letter|label|labell?ed|number|no\.|variante"
    r"|opción|opcion|opção|opzione|choix|l'option|buchstabe|选项|選項|方案|選択肢|分配)"
)
_FILL = rf"(?:\s*(?:\b(?:the|is|to be|with|for|auf|für|die|la|el|por|pour|l')|{_OPTION_WORD}|->|=>|[:=(\[\"'#→])){{0,6}}\s*"
_VERB = (
    r"(?:cho(?:ose|se|sen|osing)|pick(?:ed|ing)?|select(?:ed|ing)?|(?:go|going|went|stick|sticking) (?:with|for)"
    r"|opt(?:ed|ing)? for|settl(?:e|ed|ing) (?:on|for)|decided? (?:on|for)|vote(?: for)?|take|answer(?: with)?|say)\b"
)
_ADVERB = (
    r"(?:would|will|shall|should|do|am|have|must|personally|therefore|thus|then|hence|definitely|clearly|still|now|just"
    r"|simply|gladly|happily|hereby|also|probably|likely|rather|going|gonna|gotta|to|like|want|wish|think|decided"
    r"|feel|believe|always|ultimately|finally|confidently|instead|need|intend|here|'d|'ll|'m|'ve)"
)
_PERSON = rf"(?:\b(?:I|we)(?:,[^,.\n]{{1,60}},)?(?:\s?{_ADVERB}\b){{0,5}}|\blet(?:'s| me| us))\s+"
_DESCRIBED = r"(?:\s+(?:the|an|a|to)\s[\w' /-]{1,80}?(?:[,:(–—-]|\b(?:option|labell?ed|in))\s*(?:option\s+)?)"
_NOUN = r"(?:answer|choice|decision|selection|pick|preference|response|vote|verdict|choose|option)"
_OPENING = r"(?:^[^\w¿]*(?:(?:so|then|well|ok|okay|sure|great|alright|yes|therefore|thus|hence|and)\b[\s,:.!-]*)?)"
_NOUN_CUE = (
    rf"(?:{_OPENING}|\b(?:my|the|our|final|chosen|selected|preferred)\s+)"
    rf"(?:(?:my|the|final|best|chosen|selected|preferred|correct|own|option|only|single|one)\s+){{0,3}}{_NOUN}"
    r"(?:\s+(?:here|now|in this case|for me|would|will|must|should|therefore|then|I|goes|has)){0,4}"
)
_FOREIGN_CUES = (
    r"(?:\b(?:antwort|wahl|entscheidung|réponse|reponse|respuesta|resposta|risposta|elección|decisión|décision"
    r"|mon choix|ответ)|答案|回答|答え|解答|结论|結論|我的选择|我的決定|选择)\s*(?:ist|est|es|is|は|是|为|為)?\s*[:=]?",
    r"\b(?:ich (?:wähle|waehle|nehme|entscheide mich für|bevorzuge)|je (?:choisis|choisirais|prends|sélectionne"
    r"|vais choisir|préfère)|j'(?:opte pour|ai choisi|choisis)|(?:elijo|elegiría|escojo|escogería|selecciono|opto por"
    r"|me quedo con|prefiero|voy a elegir|escolho|eu escolho|escolheria|scelgo|sceglierei)|я выбираю)\b",
    r"\b(?:ich|je|yo)\b[^.,;\n]{0,30}\b(?:würde|werde|möchte)(?: ich)?(?: mich für)?",
    r"(?:我|咱)?(?:会|會|将|將|要|想|决定|決定|最终|最後|最后|还是|還是|就){0,3}(?:选择|選擇|选|選|挑)(?:了|的是)?",
)
_LAST_LINE = (
    r"^[^\w?¿≠¬❌✗✘🚫👎]*(?:(?:so|therefore|thus|hence|then|sure|okay|ok|well|yes|definitely|certainly|absolutely"
    r"|conclusion|result|verdict|answer)\b[\s,:.!=>→-]*){0,2}(?:the\s+)?"
)
_CONCLUSION = re.compile(
    r"^\W*(?:(?:so|and|but),?\s)?(?:finally|ultimately|in the end|in conclusion|to conclude|therefore|overall|thus"
    r"|all in all|all things considered|in summary|after (?:careful|much|some|full) \w+|最终|最后|結論として)\b",
    re.IGNORECASE,
)
_FINAL_WORD = re.compile(
    r"\bfinal (?:answer|choice|decision|selection|pick|verdict)|endgültige|最终(?:答案|选择)|réponse finale"
    r"|respuesta final|最終(?:的な)?(?:答え|回答)",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|cannot|never|neither|nor|no|anything but|everything but|avoid|reject|refuse|nicht|nie|kein\w{0,2}|ne|n|pas"
    r"|jamais|nunca|não|non)\b|n't\b|不|别|沒|没|ません|ない",
    re.IGNORECASE,
)
_COMPARISON = re.compile(r"\b(?:than|unlike|except|over|instead of|versus|vs|between|not)\b", re.IGNORECASE)
_CLAUSE_EDGE = re.compile(
    r"[,;:—–(]|\b(?:but|so|and|then|therefore|because|while|although|though|however|yet|aber|sondern|und|mais|donc"
    r"|et|pero|sino|así que)\b|但|所以|而",
    re.IGNORECASE,
)
_FORCED = re.compile(
    r"\b(?:if|since|as|when)\b[^,.;\n]{0,40}\b(?:had to|have to|has to|must|forced to|asked to|required to|need to"
    r"|were to|pressed to) (?:choose|pick|select|decide|answer|make|give|name|say|commit)\b"
    r"|\bif (?:forced|pressed|asked|required|pushed|you insist|i must)\b|\b(?:even|as) if\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|unless|were i|had i|suppose|supposing|imagine|hypothetically|assuming|pretend|would have|'d have|could have"
    r"|wenn|falls|si|se)\b|如果|假如|要是|もし|なら|たら|れば",
    re.IGNORECASE,
)
_CONDITION_AFTER = re.compile(
    r"[\s,(]*(?:but |only )?(?:if|unless|were i|provided|assuming|wenn|falls|si|如果|nicht|ではな)\b", re.IGNORECASE
)
_TAKEN_BACK = re.compile(
    r"\b(?:but|though|although|however)\b[^.\n]{0,60}\bI (?:can't|cannot|can not|won't|will not|'m not|am not|decline"
    r"|must decline|refuse)(?:\s*[.!,;]|\s*$|\s+(?:to|able|choose|do|participate|decide|make|take|going)\b)",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:people|person|someone|somebody|anyone|everybody|everyone|altruists?|egoists?|individualists?|agents?|players?"
    r"|humans?|others?|one|they|he|she|you|individuals?|participants?|Personen?|Menschen?|gens|personas?)\b|人(?!类)",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"(?:^|[,.;!?…—–-]\s*|\n)\s*(?:wait|actually|no,|hold on|on second thoughts?|scratch that|correction|let me (?:re|change"
    r"|correct)|i change my mind|i(?:'ve| have) changed my mind|i mean|oops|just kidding|edit:|(?:up)?on reflection)\W*",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\bI(?: (?:really|truly|simply|personally|respectfully|therefore|also|still|do|must|have to|would|will|am|'m))?"
    r"(?:\s?(?:'d|'m|'ll))?(?: (?:really|respectfully|simply|afraid I|sorry,? (?:but )?I|also))?\s"
    r"(?:can't|cannot|can not|won't|will not|wouldn't|would not|don't think I (?:can|should)|do not think I (?:can|should)"
    r"|(?:not )?(?:going|willing|able|comfortable|prepared|wish|want|feel comfortable|in a position)(?: with)?(?: to)?"
    r"|(?:don't|do not)(?: \w+)? (?:wish|want|feel comfortable|intend)(?: to)?|unable(?: to)?|rather not|prefer not(?: to)?"
    r"|choose not to|should(?:n't| not))(?:\s*(?:[.!,;]|$)|(?: \w+){0,2} (?:choos\w+|pick\w*|select\w*|decid\w+|answer\w*"
    r"|help|assist|participat\w+|tak(?:e|ing)|mak(?:e|ing)|comply|engage|do|provid\w+|complete|express|give|say|name"
    r"|respond|state|play|continue|fulfil\w*|be|offer|recommend)\b)",
    re.IGNORECASE,
)
_DECLINE = re.compile(
    r"\bI(?:'d| would| must| will| have to| am going to|'ll| respectfully| politely| hereby){0,3} (?:decline|refuse|abstain"
    r"|rather not|pass\b|opt out)|(?:don't|do not) have (?:any |a |the ability|my own )?(?:personal |real |own |such |true )?"
    r"(?:preferences?|opinions?|desires|interests|feelings|stake|use for|to (?:choose|pick))|\bnone of (?:the|these|them|those)"
    r"|\bI'm sorry,? but I|\bI apologi[sz]e,? but|not (?:appropriate|able|possible) (?:for me )?to (?:choose|pick|select)"
    r"|\b(?:no choice|refuse to (?:answer|choose)|declines? to|unable to (?:choose|select|comply|make))\b|^\W*pass\W*$"
    r"|\bich (?:kann|möchte|werde|will)\b[^.\n]{0,60}\b(?:nicht|keine)\b|lehne\b[^.\n]{0,30}\bab\b|tut mir leid"
    r"|\bkeine (?:persönlichen )?(?:präferenzen|vorlieben|wahl)|je ne (?:peux|veux|souhaite|choisirai|préfère)|je refuse"
    r"|je n'ai pas de préf|désolée?|no puedo|lo siento|me niego|prefiero no|no (?:quiero|deseo|voy a) (?:elegir|escoger)"
    r"|no tengo preferencias|não posso|non posso|我不能|我无法|無法|无法|抱歉|对不起|拒绝|不会选|没有个人|選べ(?:ません|ない)"
    r"|できません|できかね|申し訳|お断り|控え(?:ます|させ)|ごめんなさい",
    re.IGNORECASE | re.MULTILINE,
)
_REASON = r"(?:because|since|as it|as this|due to|for both|maximi[sz]\w*|porque|weil|parce que)\b"
_NUMBER = re.compile(r"(?<![\w.])(?:(?<!\d )-)?\d{1,9}(?:\.\d{1,6})?(?![\w%])")
_ROLE = re.compile(
    r"(?P<other>\b(?:others?|them|they|their|partner|recipient|opponent|counterpart|him|her)\b(?:'s)?|对方|他人|相手)"
    r"|(?P<self>\b(?:me|myself|my|mine|you|yours?|yourself|self|keep|keeping|us|(?:I|we)(?:'d|'ll)?(?: would| will)?"
    r" (?:get|receive|have|take|earn))\b|自己|自分|我得)",
    re.IGNORECASE,
)
_PAIR_WORDS = re.compile(
    r"(?:others?|them|they|their|partner|recipient|opponent|counterpart|me|myself|my|mine|you|yours?|yourself|self|the|for"
    r"|and|to|person|player|participant|coins?|points?|dollars?|euros?|tokens?|units?|payoffs?|s|vs|with|a|an)",
    re.IGNORECASE,
)
_STATED_PAIR_WORDS = re.compile(
    _PAIR_WORDS.pattern
    + r"|i|we|take|keep|keeping|gets?|receives?|getting|option|choice|where|of|in|which|that|gives?|giving|would|will|choose"
    r"|pick|select|go|going|d|ll|answer|is|final|so|split|allocation|distribution|leav(?:es|e|ing)|while|has|have|goes"
    r"|amount|respectively|please|like|want|pair|us|one",
    re.IGNORECASE,
)


# --- The grammar of one set of labels -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The patterns that depend on the offered labels; every pattern has a group called label."""

    spellings: dict[str, str]
    statements: tuple[re.Pattern[str], ...]
    leaning: re.Pattern[str]
    praise: re.Pattern[str]
    elsewhere: re.Pattern[str]
    bare: re.Pattern[str]
    head: re.Pattern[str]
    mention: re.Pattern[str]
    companion: re.Pattern[str]


@lru_cache(maxsize=256)
def _grammar(labels: tuple[str, ...]) -> _Grammar:
    spellings = _spellings(labels)
    known = _known(spellings)
    unknown = rf"(?:[A-Z][0-9]{{0,2}}|[0-9]{{1,2}})(?![{_LETTER}]){_STOP}"
    label = rf"(?<![{_LETTER}])(?P<label>{known}|{unknown})"
    offered = rf"(?<![{_LETTER}])(?P<label>{known})"
    closing = r"[\s\"')\]}]*"
    best = r"(?:best|optimal|ideal|preferable|right|better)"

    def pattern(text: str) -> re.Pattern[str]:
        # Labels and pronouns differ by case alone, so only the words around the label ignore case.
        return re.compile(text)

    def words(text: str) -> str:
        return f"(?i:{text})"

    fill = words(_FILL)
    return _Grammar(
        spellings=spellings,
        statements=(
            pattern(words(_PERSON + _VERB) + fill + label),
            pattern(words(_PERSON + _VERB + _DESCRIBED) + label + _STOP),
            pattern(words(_OPENING + rf"(?:I'm\s+)?{_VERB}") + fill + label + _STOP),
            pattern(words(_NOUN_CUE + r"(?:\s*(?:be|is|to|was|[:=→]|-+>?)){1,3}") + fill + label),
            pattern(words(_OPENING + r"(?:my |final )?answer\s") + fill + label + _STOP),
            pattern(fill + label + closing + words(
                r"\s(?:is|would be|,)(?: what)? (?:my|the one|what|the option|the choice) (?:final |preferred )?"
                r"(?:choice|answer|pick|selection|decision|preference|I(?:'d|'ll| would| will)? (?:choose|pick|select))\b"
            )),
            pattern(offered + closing + words(r"\s(?:it is|for me|please)(?=\W*$)")),
            *(pattern(words(cue) + fill + label) for cue in (_FOREIGN_CUES[0], _FOREIGN_CUES[1], _FOREIGN_CUES[3])),
            pattern(words(_FOREIGN_CUES[2]) + fill + offered + words(r"\s(?:wählen|nehmen|entscheiden|bevorzugen)")),
            pattern(offered + closing + r"(?:を(?:選択|選び(?!ません)|選ぶ|選ん)|に(?:します|する|決め)|でお願い|です(?!か)|だ。)"),
        ),
        leaning=pattern(
            words(_PERSON + r"(?:prefer|favou?r|(?:lean|leaning|inclined)(?: (?:toward|towards|to|for))?)") + fill + label
        ),
        praise=pattern(
            words(rf"(?:\bthe {best} (?:option|choice|one|answer|allocation)(?: here| for me| overall)?"
                  r" (?:is|would be|seems to be))") + fill + offered
            + "|" + fill + offered.replace("?P<label>", "?P<subject>") + words(
                r"\s(?:is|seems|sounds|looks|appears|feels|would be|strikes me as)(?: \w{1,12}){0,3}? "
                rf"{best}\b(?! for (?!me|both|us|everyone))(?![^.\n]{{0,80}}\b(?:but|however|though)\b)"
            )
        ),
        elsewhere=pattern(
            words(r"\b(?:choose|chooses|chosen|choosing|picks?|selects?|go(?:es)? (?:with|for)|opts? for|prefers?|takes?"
                  r"|favou?rs?|wählen|wählt|choisirait|choisit|elegiría|elige)\b") + fill + offered
            + "|(?:选择|选|選擇|選)" + offered.replace("?P<label>", "?P<chinese>")
        ),
        bare=pattern(words(_LAST_LINE + rf"(?:{_OPTION_WORD}\s*[:#]?\s*)?") + r"[\"'(\[{<]*" + _bare_labels(spellings)
                     + words(r"(?P<closed>[\s,]*(?:please|thanks|thank you|です|を選びます)?[^\w?]*)$")),
        head=pattern(r"^[^\w?¿≠¬❌✗✘🚫👎]*" + words(rf"(?P<option>{_OPTION_WORD}\s*[:#]?\s*)?") + r"[\"'(\[{]*" + offered
                     + r"[\"']?(?P<separator>\s*[.,:;)\]}|=—–!(]+[)\]:.]*\s*|\s+-+\s+|\s+(?=" + words(_REASON) + r"))(?P<rest>.*)"),
        mention=pattern(rf"(?<![{_LETTER}])(?P<label>{_mentions(spellings)})"),
        companion=pattern(closing + words(r"(?:(?:,\s*)?(?:or|and|oder|und|ou|et|o|y|&|/|\+|或|和|と|か|または)|,)\s*")
                          + words(rf"(?:{_OPTION_WORD}\s*)?") + r"[\"'(\[]*" + offered + _STOP),
    )  # fmt: skip


def _spellings(labels: tuple[str, ...]) -> dict[str, str]:
    """Map each way a label may be written to the label; a spelling of two labels stands for neither."""
    spellings: dict[str, str] = {}
    for fold in (False, True):
        pairs = [(unicodedata.normalize("NFKC", label).strip(), label) for label in dict.fromkeys(labels)]
        pairs = [(spelling.lower() if fold else spelling, label) for spelling, label in pairs]
        seen = [spelling for spelling, _ in pairs]
        for spelling, label in pairs:
            if spelling and seen.count(spelling) == 1:
                spellings.setdefault(spelling, label)
    return spellings


def _alternatives(spellings: Sequence[str]) -> str:
    return "|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True)) or "(?!)"


def _known(spellings: dict[str, str]) -> str:
    exact = {unicodedata.normalize("NFKC", label).strip() for label in spellings.values()}
    edge = rf"(?![{_LETTER}]|[+°])"
    parts: list[str] = []
    for spelling in sorted(spellings, key=len, reverse=True):
        escaped = re.escape(spelling)
        if re.fullmatch(r"[\u3040-\u30ff]", spelling):
            parts.append(escaped + r"(?=\W|$|[をにがでだはとの])")
        elif re.fullmatch(rf"[{_CJK}]", spelling):
            parts.append(escaped)
        elif spelling == "I":
            parts.append(escaped + edge + f"(?:{_STOP}|{_PRONOUN_STOP})")
        elif spelling in exact and spelling not in {"A", "E", "O", "U", "Y"} and not spelling.islower():
            parts.append(escaped + edge)
        elif spelling in exact and not spelling.islower():
            parts.append(escaped + edge + f"(?:{_STOP}|{_ARTICLE_STOP})")
        else:
            parts.append(escaped + edge + _STOP)
    return "(?:" + ("|".join(parts) or "(?!)") + ")"


def _bare_labels(spellings: dict[str, str]) -> str:
    return rf"(?P<label>{_alternatives(list(spellings))}|[^\W_][0-9]{{0,2}}|[0-9]{{1,2}})(?![{_LETTER}])"


def _mentions(spellings: dict[str, str]) -> str:
    upper = {spelling: label for spelling, label in spellings.items() if not spelling.islower() and not spelling.isdigit()}
    return _known(upper)


# --- Deciding -------------------------------------------------------------------------------------------------

# Stand-ins for a statement that names a label nobody offered, or more than one option.
_UNKNOWN = "\0unknown"
_SEVERAL = "\0several"


def _decide(text: str, grammar: _Grammar, offers: Sequence[Offer], cut: bool) -> Reading | None:
    corrections = list(_CORRECTION.finditer(text))[-8:]
    for correction in reversed(corrections):
        if not correction.start():
            continue
        later = text[correction.end() :]
        reading = _decide_uncorrected(later, grammar, offers, cut)
        if reading is not None:
            return reading
        if cut or grammar.mention.search(later):
            earlier = _decide_uncorrected(text[: correction.start()], grammar, offers, False)
            if earlier is None:
                break
            return None if cut else Reading("invalid", "several_options", None)
    return _decide_uncorrected(text, grammar, offers, cut)


def _decide_uncorrected(text: str, grammar: _Grammar, offers: Sequence[Offer], cut: bool) -> Reading | None:
    stated = list(_statements(text, grammar, offers))
    final = {label for label, is_final in stated if is_final}
    plain = {label for label, _ in stated} | _bare_lines(text, grammar, cut)
    for found in (final, plain, _leanings(text, grammar, offers), _opening_label(text, grammar, offers, cut)):
        if found:
            return _settle(found, "label")
    if pairs := _stated_pairs(text, offers):
        return _settle(pairs, "payoffs")
    if _declines(text):
        return Reading("refused", "declined", None)
    if not cut and (praised := _praised(text, grammar, offers)):
        return _settle(praised, "label")
    return None


def _settle(found: set[str], reason: ReadingReason) -> Reading:
    if len(found) > 1 or _SEVERAL in found:
        return Reading("invalid", "several_options", None)
    label = next(iter(found))
    if label == _UNKNOWN:
        return Reading("invalid", "unknown_label", None)
    return Reading("chosen", reason, label)
