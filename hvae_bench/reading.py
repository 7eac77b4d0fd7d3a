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
be the beginning of a word or a comparison, so it is truncated; an explicit statement still counts. A reply of more
than 20,000 characters outside reasoning blocks is read by its two ends.
"""

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
    if cut:
        # The last word may be the article or the pronoun that opens a sentence never finished.
        text = re.sub(r": [AI]$", ":", text)
    reading = _read(text, offers, cut)
    if stop_reason == "content_filter" and reading.status != "chosen":
        return Reading("refused", "content_filter", None)
    return reading


def _read(text: str, offers: Sequence[Offer], cut: bool) -> Reading:
    if not any(character.isalnum() for character in text):
        return Reading("invalid", "truncated" if cut else "empty", None)
    # Sorted, so that an item whose options were shuffled needs no new patterns.
    grammar = _grammar(tuple(sorted({offer.label for offer in offers})))
    return _decide(text, grammar, offers, cut) or _explain(text, grammar, offers, cut)


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
# Written in front of every answer that a format marks as the answer, so that one rule reads them all.
_MARKED = "\nFinal answer: "
_REWRITES = (
    (
        re.compile(
            r"[{,][ \n]{0,9}[\"'](?:my_?|final_?|selected_?|chosen_?)?(?:answer|choice|option|label|decision"
            r"|selection"
            r"|selected|chosen|pick)[\"'] ?: ?",
            re.IGNORECASE,
        ),
        _MARKED,
    ),
    (re.compile(r"~~[^~\n]{1,200}~~"), ""),
    (re.compile(r"\\(?:text|textbf|mathrm|mathbf|mathbb|texttt|operatorname)\{([^{}\n]{0,80})\}"), r"\1"),
    (re.compile(r"\$?\\(?:boxed|fbox)\{([^{}\n]{0,80})\}\$?"), _MARKED + r"\1\n"),
    (re.compile(r"<(?:final_?)?(?:answer|choice|decision)>\s{0,9}", re.IGNORECASE), _MARKED),
    (re.compile(r"</?[A-Za-z][\w-]{0,20}\s?/?>"), "\n"),
    (re.compile(r"```[a-z]{0,10}|[*`]|\\[()\[\],]|\$(?=[A-Za-z])|(?<=[A-Za-z])\$"), ""),
    (re.compile(r"(?<!\w)_{1,3}(?=[^\W_])|(?<=[^\W_])_{1,3}(?!\w)"), ""),
    (re.compile(r"^[ \t]{0,9}(?:#{1,6}[ \t]|>[ \t]?|[-•+][ \t])[ \t]{0,9}", re.MULTILINE), ""),
)
_ANSWER_HEADING = re.compile(
    r"^([^\n]{0,40}\b(?:answer|choice|decision|selection|pick|verdict)) ?:?\n(?=[^\n]{1,40}(?:\n|\Z))",
    re.IGNORECASE | re.MULTILINE,
)


def _clean(reply: str) -> str:
    text = _ends(_without_reasoning(reply).strip())
    # Normalising can make one character into eighteen.
    text = _ends(unicodedata.normalize("NFKC", text)).translate(_CHARACTERS)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn") or c in "\n\u0301")
    text = re.sub(r"[^\S\n]+", " ", "\n".join(text.splitlines()))
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    text = "\n".join(stripped for line in text.split("\n") if (stripped := line.strip()))
    return _ANSWER_HEADING.sub(r"\1: ", text)


def _ends(text: str) -> str:
    if len(text) <= _LONGEST_READ:
        return text
    # The middle letter belongs to no label, so a word cut in two cannot turn into one.
    return text[: _LONGEST_READ // 2] + "ǁ" + text[-_LONGEST_READ // 2 :]


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


# --- Words ----------------------------------------------------------------------------------------------------

_LETTER = r"A-Za-z0-9_À-ɏͰ-ӿ"
_CJK = r"\u2e80-\u9fff\uac00-\ud7a3"
# What may follow a label that could also be a word or a cut word: an end, punctuation, or a reason.
_STOP = rf"(?=\s*(?:$|[^\w\s'?-]|['-](?!\w)|[{_CJK}]|(?:because|since|over|instead|due|porque|weil|parce)\b))"
_ARTICLE_STOP = (
    r"(?=\s+(?:is|was|would|seems|gives|offers|provides|as|rather|for|with|so|but|or|and|to|by|than|vs|if|it)\b)"
)
_PRONOUN_STOP = r"(?=\s+(?:is|was|gives|offers|provides|or|than|vs)\b)"
_OPTION_WORD = (
    r"(?:options?|choices?|alternatives?|allocations?|distribution|split|letter|label|labell?ed|number|no\.|variante"
    r"|opción|opcion|opção|opzione|choix|l'option|buchstabe|选项|選項|方案|選択肢|分配)"
)
_FILL = (
    rf"(?:\s*(?:\b(?:the|is|to be|with|for|auf|für|die|la|el|por|pour|l')|{_OPTION_WORD}|->|=>|[:=(\[\"'#→])){{0,6}}\s*"
)
_VERB = (
    r"(?:cho(?:ose|se|sen|osing)|pick(?:ed|ing)?|select(?:ed|ing)?|(?:go|going|went|stick|sticking) (?:with|for)"
    r"|opt(?:ed|ing)? for|settl(?:e|ed|ing) (?:on|for)|decided? (?:on|for)|vote(?: for)?|take|answer(?: with)?|say)\b"
)
_ADVERB = (
    r"(?:would|will|shall|should|do|am|have|must|personally|therefore|thus|then|hence|definitely|clearly|still"
    r"|now|just"
    r"|simply|gladly|happily|hereby|also|probably|likely|rather|going|gonna|gotta|to|like|want|wish|think|decided"
    r"|feel|believe|again|continue|be|happy|glad|always|ultimately|finally|confidently|instead|need|intend|here|'d|'ll|'m|'ve)"
)
_PERSON = rf"(?:\b(?:I|we)(?:,[^,.\n]{{1,60}},)?(?:\s?{_ADVERB}\b){{0,5}}(?:,[^,.\n]{{1,60}},)?|\blet(?:'s| me| us))\s+"
_DESCRIBED = r"(?:\s+(?:the|an|a|to)\s[\w' /-]{1,80}?(?:[,:(–—-]|\b(?:option|labell?ed|in))\s*(?:option\s+)?)"
_NOUN = r"(?:answer|choice|decision|selection|pick|preference|response|vote|verdict|option)"
_OPENING = r"(?:^[^\w¿]{0,40}(?:(?:so|then|well|ok|okay|sure|great|alright|yes|therefore|thus|hence|and)\b[\s,:.!-]*)?)"
_NOUN_CUE = (
    rf"(?:{_OPENING}|\b(?:my|the|our|final|chosen|selected|preferred)\s+)"
    rf"(?:(?:my|the|final|chosen|selected|preferred|correct|own|option|only|single|one)\s+){{0,3}}{_NOUN}"
    r"(?:\s(?:for|to|as|in|on|given)\s[^.,:;?\n]{1,40}?)?"
    r"(?:\s+(?:here|now|in this case|for me|would|will|must|should|therefore|then|I|goes|has)){0,4}"
)
_FOREIGN_CUES = (
    r"(?:\b(?:antwort|wahl|entscheidung|réponse|reponse|respuesta|resposta|risposta|elección|decisión|décision"
    r"|mon choix|ответ)|答案|回答|答え|解答|结论|結論|我的选择|我的決定|选择)\s*(?:ist|est|es|is|は|是|为"
    r"|為)?\s*[:=]?",
    r"\b(?:ich (?:wähle|waehle|nehme|entscheide mich für|bevorzuge)|je (?:choisis|choisirais|prends|sélectionne"
    r"|vais choisir|préfère)|j'(?:opte pour|ai choisi|choisis)|(?:elijo|escojo|selecciono|opto por"
    r"|me quedo con|prefiero|voy a elegir|escolho|eu escolho|scelgo)|я выбираю)\b"
    r"|(?:^|[,;] |\b(?:yo|eu|io) )\W{0,3}(?:elegiría|escogería|escolheria|sceglierei)\b",
    r"\b(?:ich|je|yo)\b[^.,;\n]{0,30}\b(?:würde|werde|möchte)(?: ich)?(?: mich für)?",
    r"(?:我|咱)?(?:会|會|将|將|要|想|决定|決定|最终|最後|最后|还是|還是|就){0,3}(?:选择|選擇|选|選|挑)(?:了|的是)?",
)
# A cross, a thumb down or a not-equal sign in front of a label turns it round.
_LEAD = r"^[^\w?¿≠¬❌✗✘🚫👎]{0,40}"
_LAST_LINE = (
    _LEAD + r"(?:(?:so|therefore|thus|hence|then|sure|okay|ok|well|yes|definitely|certainly|absolutely"
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
    r"\b(?:not|cannot|never|neither|nor|no|anything but|everything but|avoid|reject|refuse|nicht|nie"
    r"|kein\w{0,2}|ne|n|pas"
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
    r"|私なら|\bif (?:forced|pressed|asked|required|pushed|you insist|i must)\b|\b(?:even|as) if\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|whether|unless|were i|had i|suppose|supposing|imagine|hypothetically|assuming|pretend"
    r"|would have|'d have|could have|wenn|falls|si|se)\b|如果|假如|要是|もし|なら|たら|れば",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:last|previous|earlier|first) (?:time|round|turn|game|item|question)\b|\b(?:previously|initially"
    r"|at first)\b",
    re.IGNORECASE,
)
_CONDITION_AFTER = re.compile(
    r"[\s,(]*(?:but |only )?(?:less|if|unless|were i|provided|assuming|wenn|falls|si|如果|nicht|ではな)\b",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"\b(?:but|though|although|however)\b[^.\n]{0,60}\bI (?:can't|cannot|can not|won't|will not|'m not|am not|decline"
    r"|must decline|refuse)(?:\s*[.!,;]|\s*$|\s+(?:to|able|choose|do|participate|decide|make|take|going)\b)",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:people|person|someone|somebody|anyone|everybody|everyone|altruists?|egoists?|individualists?|agents?"
    r"|players?"
    r"|humans?|others?|one|they|he|she|you|individuals?|participants?|Personen?|Menschen?|gens|personas?)\b|人(?!类)",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"(?:^|[,.;!?…—–-]\s*|\n)\s*(?:wait|actually|no,|hold on|on second thoughts?|scratch that|correction"
    r"|let me (?:re|change|correct)|i(?:'ve| have)? changed? my mind|i mean|oops|hmm|or (?:maybe|perhaps)"
    r"|just kidding|edit:"
    r"|(?:up)?on reflection)\W*",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\bI(?: (?:really|truly|simply|personally|respectfully|therefore|also|still|do|must|have to|would|will|am|'m))?"
    r"(?:\s?(?:'d|'m|'ll))?(?: (?:really|respectfully|simply|afraid I|sorry,? (?:but )?I|also))?\s"
    r"(?:can't|cannot|can not|won't|will not|wouldn't|would not|don't think I (?:can|should)"
    r"|do not think I (?:can|should)"
    r"|(?:not )?(?:going|willing|able|comfortable|prepared|wish|want|feel comfortable"
    r"|in a position)(?: with)?(?: to)?"
    r"|(?:don't|do not)(?: \w+)? (?:wish|want|feel comfortable|intend)(?: to)?|unable(?: to)?|rather not"
    r"|prefer not(?: to)?|choose not to|should(?:n't| not))(?:\s*(?:[.!,;]|$)|(?: \w+){0,2} (?:choos\w+|pick\w*"
    r"|select\w*|decid\w+|answer\w*"
    r"|help|assist|participat\w+|tak(?:e|ing)|mak(?:e|ing)|comply|engage|do|provid\w+|complete|express|give|say|name"
    r"|respond|state|play|continue|fulfil\w*|be|offer|recommend)\b)",
    re.IGNORECASE,
)
_DECLINE = re.compile(
    r"\bI(?:'d| would| must| will| have to| am going to|'ll| respectfully| politely| hereby){0,3} (?:decline"
    r"|refuse|abstain"
    r"|rather not|pass\b|opt out)|(?:don't|do not) have (?:any |a |the ability|my own )?(?:personal |real |own "
    r"|such |true )?"
    r"(?:preferences?|values|opinions?|desires|interests|feelings|stake|use for|to (?:choose|pick))"
    r"|\bnone of (?:the|these|them|those)"
    r"|\bI'm sorry,? but I|\bI apologi[sz]e,? but|not (?:appropriate|able|possible) (?:for me )?to (?:choose"
    r"|pick|select)"
    r"|\b(?:no choice|refuse to (?:answer|choose)|declines? to|abstain|have to pass|not choosing"
    r"|unable to (?:choose|select|comply"
    r"|make))\b"
    r"|^\W*pass\W*$"
    r"|\bich (?:kann|möchte|werde|will)\b[^.\n]{0,60}\b(?:nicht|keine)\b|lehne\b[^.\n]{0,30}\bab\b|tut mir leid"
    r"|\bkeine (?:persönlichen )?(?:präferenzen|vorlieben|wahl)|je ne (?:peux|veux|souhaite|choisirai|préfère)"
    r"|je refuse"
    r"|je n'ai pas de préf|désolée?|no puedo|lo siento|me niego|prefiero no"
    r"|no (?:quiero|deseo|voy a) (?:elegir|escoger)|no tengo preferencias|não posso|non posso|我不能|我无法"
    r"|無法|无法|抱歉|对不起|拒绝|不会选(?![A-Za-z])|没有个人"
    r"|選べ(?:ません|ない)|できません|できかね|申し訳|お断り|控え(?:ます|させ)|ごめんなさい",
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
    r"(?:others?|them|they|their|partner|recipient|opponent|counterpart|me|myself|my|mine|you|yours?|yourself"
    r"|self|the|for"
    r"|and|to|person|player|participant|coins?|points?|dollars?|euros?|tokens?|units?|payoffs?|s|vs|with|a|an)",
    re.IGNORECASE,
)
_STATED_PAIR_WORDS = re.compile(
    _PAIR_WORDS.pattern
    + r"|i|we|it|because|since|as|take|keep|keeping|gets?|receives?|getting|option|choice|where|of|in|which|that"
    r"|gives?|giving|would|will|choose|pick|select|go|going|d|ll|answer|is|final|so|split|allocation"
    r"|distribution|leav(?:es|e|ing)|while|has|have|goes"
    r"|amount|respectively|equal|even|fair|please|like|want|pair|us|one",
    re.IGNORECASE,
)

_PAIR_CUE = re.compile(
    rf"{_PERSON}(?:{_VERB}|(?:want|prefer|keep|like)\b)|{_NOUN_CUE}(?:\s*(?:be|is|[:=→]|-+>?)){{1,2}}",
    re.IGNORECASE,
)
_PRINTED_PAIR = re.compile(r"(?<![\w.])(\d{1,6}(?:\.\d{1,6})?)\s?[,/]\s?(\d{1,6}(?:\.\d{1,6})?)(?!\w)")
_DIGIT_MENTION = re.compile(
    r"(?i:\b(?:options?|choices?)\s*#?|\b(?:or|and)\s)([0-9]{1,2})\b|\b([0-9]{1,2})\b(?=\s(?:or|and)\b|\)|:)"
)
_OTHER_OPTION = re.compile(r"\b(?i:option|choice)\s?[\"'(\[]{0,2}([A-HJ-Z][0-9]?|[0-9]{1,2})\b")
_NUMBERED = re.compile(r"(?:options?|choice|number|no\.|letter|label|选项|選択肢|方案|#)\W{0,3}$", re.IGNORECASE)
_SENTENCE_EDGE = re.compile(rf"\n+|(?<=[.!?;])[\"')\]]*\s+|(?<=。)|(?<=[!?])(?=[{_CJK}])")


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
    unknown = rf"(?!I\b)(?:[A-Z][0-9]{{0,2}}|[0-9]{{1,2}})(?!'?[{_LETTER}]){_STOP}"
    label = rf"(?<![{_LETTER}])(?P<label>{known}|{unknown})"
    offered = rf"(?<![{_LETTER}])(?P<label>{known})"
    closing = r"[\s\"')\]}]{0,6}"
    best = r"(?:best|optimal|ideal|preferable|right)"

    pattern = re.compile

    def words(text: str) -> str:
        # Labels and small words differ by case alone, so only the words around the label ignore case.
        return f"(?i:{text})"

    fill = words(_FILL)
    return _Grammar(
        spellings=spellings,
        statements=(
            pattern(words(_PERSON + _VERB) + fill + label),
            pattern(words(rf"{_PERSON}{_VERB} (?:the |{_OPTION_WORD} ){{0,2}}") + rf"(?P<label>{_vowels(spellings)})"),
            pattern(words(_PERSON + _VERB + _DESCRIBED) + label + _STOP),
            pattern(words(_OPENING + rf"(?:I'm\s+)?{_VERB}") + fill + label + _STOP),
            pattern(words(_NOUN_CUE + r"(?:\s*(?:be|is|to|was|remains|[:=→]|-+>?)){1,3}") + fill + label),
            pattern(words(_OPENING + r"(?:my |final )?answer\s") + fill + label + _STOP),
            pattern(fill + label + closing + words(
                r"\s(?:is|would be|,)(?: what)? (?:my|the one|what|the option|the choice) (?:final |preferred )?"
                r"(?:choice|answer|pick|selection|decision|preference"
                r"|I(?:'d|'ll| would| will)? (?:choose|pick|select))\b"
            )),
            pattern(words(_OPENING) + fill + offered + closing + words(r"\s(?:it is|for me|please)(?=\W*$)")),
            *(pattern(words(cue) + fill + label) for cue in (_FOREIGN_CUES[0], _FOREIGN_CUES[1], _FOREIGN_CUES[3])),
            pattern(words(_FOREIGN_CUES[2]) + fill + offered + words(r"\s(?:wählen|nehmen|entscheiden|bevorzugen)")),
            pattern(
                offered + closing
                + r"(?:を(?:選択|選び(?!ません)|選ぶ|選ん)|に(?:します|する|決め)|でお願い|です(?!か)|だ。)"
            ),
        ),
        leaning=pattern(
            words(rf"{_PERSON}(?:prefer|favou?r|(?:lean|leaning|inclined)(?: (?:towards?|to|for))?)") + fill + label
        ),
        praise=pattern(
            words(rf"(?:\bthe {best} (?:option|choice|one|answer|allocation)(?: here| overall)?"
                  r" (?:is|would be|seems to be)"
                  r"|\bthe (?:option|choice|one) that best [a-z][\w' -]{1,60} is)") + fill + offered
            + "|" + fill + offered.replace("?P<label>", "?P<subject>") + words(
                r"\s(?:is|seems|sounds|looks|appears|feels|would be|strikes me as)"
                rf"(?: (?!not|never|hardly|far)\w{{1,12}}){{0,3}}? {best}\b(?! for\b)"
                r"(?![^.\n]{0,80}\b(?:but|however|though)\b)"
            )
        ),
        elsewhere=pattern(
            words(r"\b(?:choose|chooses|chosen|choosing|picks?|selects?|go(?:es)? (?:with|for)|opts? for|prefers?"
                  r"|takes?|favou?rs?|wählen|wählt|choisirait|choisit|elegiría|elige)\b") + fill + offered
            + "|(?:选择|选|選擇|選)" + offered.replace("?P<label>", "?P<chinese>")
        ),
        bare=pattern(
            words(_LAST_LINE + rf"(?:{_OPTION_WORD}\s*[:#]?\s*)?") + r"[\"'(\[{<]{0,4}" + _bare_labels(spellings)
            + words(r"(?P<closed>[\s,]*(?:please|thanks|thank you|です|を選びます)?[^\w?]*)$")
        ),
        head=pattern(
            _LEAD + words(rf"(?P<option>{_OPTION_WORD}\s*[:#]?\s*)?") + r"[\"'(\[{]{0,4}" + offered + r"[\"']?"
            + r"(?P<separator>\s?(?:\.(?![\w.])|[,:;)\]|=→—!(]|–\s)[)\]:.]{0,3}\s?|\s-{1,3}>?\s"
            + rf"|\s+(?={words(_REASON)}))(?P<rest>.*)"
        ),
        mention=pattern(rf"(?<![{_LETTER}])(?P<label>{_mentions(spellings)})"),
        companion=pattern(closing + words(r"(?:(?:,\s*)?(?:or|and|to|through|oder|und|ou|et|o|y|&|/|\+"
                    r"|或|和|と|か|または)|,)\s*")
                          + words(rf"(?:{_OPTION_WORD}\s*)?") + r"[\"'(\[]*" + offered + _STOP),
    )  # fmt: skip


def _spellings(labels: tuple[str, ...]) -> dict[str, str]:
    """Map each way a label may be written to the label; a spelling of two labels stands for neither."""
    spellings: dict[str, str] = {}
    for fold in (str, str.lower, str.upper):
        pairs = [(fold(unicodedata.normalize("NFKC", label).strip()), label) for label in labels]
        seen = [spelling for spelling, _ in pairs]
        for spelling, label in pairs:
            if spelling and seen.count(spelling) == 1:
                spellings.setdefault(spelling, label)
    return spellings


def _alternatives(spellings: Sequence[str]) -> str:
    return "|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True)) or "(?!)"


def _known(spellings: dict[str, str]) -> str:
    exact = {unicodedata.normalize("NFKC", label).strip() for label in spellings.values()}
    edge = rf"(?!'?[{_LETTER}]|[+°])"
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


def _vowels(spellings: dict[str, str]) -> str:
    """Match a capital vowel right after a verb of choice, where it can hardly be an article."""
    vowels = [spelling for spelling in spellings if spelling in set("AEOUY")]
    return f"(?:{_alternatives(vowels)})(?!'?[{_LETTER}]| [A-Z]{{2}})"


def _bare_labels(spellings: dict[str, str]) -> str:
    return rf"(?P<label>{_alternatives(list(spellings))}|[^\W_][0-9]{{0,2}}|[0-9]{{1,2}})(?![{_LETTER}+])"


def _mentions(spellings: dict[str, str]) -> str:
    upper = {
        spelling: label for spelling, label in spellings.items() if not spelling.islower() and not spelling.isdigit()
    }
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
        named = {grammar.spellings[match["label"]] for match in grammar.mention.finditer(later)}
        if cut or named:
            earlier = _decide_uncorrected(text[: correction.start()], grammar, offers, False)
            if earlier is None or (not cut and named == {earlier.label}):
                break
            return None if cut else Reading("invalid", "several_options", None)
    return _decide_uncorrected(text, grammar, offers, cut)


def _decide_uncorrected(text: str, grammar: _Grammar, offers: Sequence[Offer], cut: bool) -> Reading | None:
    stated = list(_statements(text, grammar, offers))
    final = {label for label, is_final in stated if is_final}
    plain = {label for label, _ in stated} | _bare_lines(text, grammar, offers, cut)
    leaning = _matched(grammar.leaning, text, grammar, offers)
    if found := final or plain or leaning or _opening_label(text, grammar, offers, cut):
        return _settle(found, "label")
    if pairs := _stated_pairs(text, offers, cut):
        return _settle(pairs, "payoffs")
    if _declines(text, grammar):
        return Reading("refused", "declined", None)
    if not cut and (praised := _matched(grammar.praise, text, grammar, offers)):
        return _settle(praised, "label")
    return None


def _settle(found: set[str], reason: ReadingReason) -> Reading:
    if len(found) > 1 or _SEVERAL in found:
        return Reading("invalid", "several_options", None)
    label = next(iter(found))
    if label == _UNKNOWN:
        return Reading("invalid", "unknown_label", None)
    return Reading("chosen", reason, label)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """Yield each sentence with its place; conditions of the kind "if I must choose" are blanked out."""
    start = 0
    for edge in _SENTENCE_EDGE.finditer(text):
        if edge.start() > start:
            yield start, _blank_forced(text[start : edge.start()])
        start = edge.end()
    if start < len(text):
        yield start, _blank_forced(text[start:])


def _blank_forced(sentence: str) -> str:
    return _FORCED.sub(lambda match: " " * len(match[0]), sentence)


def _group(match: re.Match[str]) -> str:
    """Return the name of the label group that took part in the match."""
    return next(name for name, value in match.groupdict().items() if value is not None)


def _read_matches(
    pattern: re.Pattern[str], text: str, start: int, sentence: str, grammar: _Grammar, offers: Sequence[Offer]
) -> Iterator[tuple[str, int]]:
    """Yield the label of each match that counts as a statement, and where the label begins in the sentence."""
    for match in pattern.finditer(sentence):
        group = _group(match)
        begin, end = match.span(group)
        label = grammar.spellings.get(match[group], _UNKNOWN)
        if match[group].isdigit() and _is_amount(sentence, begin, end, label, offers):
            continue
        if not _counts(sentence, match.start(), begin, max(end, match.end())):
            continue
        if grammar.companion.match(sentence, end) or _contradicts(text, start + end, label, offers):
            label = _SEVERAL
        yield label, begin


def _is_amount(sentence: str, begin: int, end: int, label: str, offers: Sequence[Offer]) -> bool:
    """Tell whether a number where a label could stand is an amount of coins."""
    if _NUMBERED.search(sentence, max(0, begin - 20), begin):
        return False
    if label == _UNKNOWN and _is_payoff(sentence[begin:end], offers):
        return True
    return bool(re.match(r"\s*(?:[,/&-]\s*-?\d|\.\d|%|(?:and|for|to|coins?|points?)\b)", sentence[end : end + 20]))


def _counts(sentence: str, cue: int, begin: int, end: int) -> bool:
    """Tell whether a statement is neither negated, asked, conditional, taken back, nor about somebody else.

    The cue starts at ``cue``, what it names at ``begin``; the statement stops at ``end``.
    """
    if sentence.rstrip("\"')] ").endswith("?"):
        return False
    before = re.split(r"(?i)\b(?:but|however|nevertheless|yet)\b|但", sentence[max(0, cue - 200) : cue])[-1]
    stated = sentence[cue:begin]
    clause = _CLAUSE_EDGE.split(before)[-1]
    if _NEGATION.search(clause + stated) or _CONDITION.search(before + stated) or _COMPARISON.search(stated):
        return False
    if _CONDITION_AFTER.match(sentence, end) or _TAKEN_BACK.search(sentence, end, end + 200):
        return False
    if re.search(r"(?i)\b(?:chose|picked|selected|went)\b", stated) and _PAST.search(before + sentence[end : end + 40]):
        return False
    quoted = re.search(r"\w[,:]?\s*[\"']$", before)
    subject = re.match(r"\s+(?:is|are|was|would|seems|gives)\b", sentence[end : end + 20])
    if quoted or (subject and re.search(r"(?i)\bsay\b", stated)):
        return False
    own = re.search(r"(?i)\b(?:I|we|my|let|ich|je|j|yo|mein|mon|ma)\b|我|私", stated)
    return bool(own) or not _SOMEBODY.search(before + stated)


def _statements(text: str, grammar: _Grammar, offers: Sequence[Offer]) -> Iterator[tuple[str, bool]]:
    """Yield each stated label and whether the statement is marked as the final one."""
    for start, sentence in _sentences(text):
        concluding = _CONCLUSION.search(sentence) is not None
        for pattern in grammar.statements:
            for label, begin in _read_matches(pattern, text, start, sentence, grammar, offers):
                marked = _FINAL_WORD.search(sentence, max(0, begin - 60), begin + 40)
                yield label, concluding or marked is not None


def _matched(pattern: re.Pattern[str], text: str, grammar: _Grammar, offers: Sequence[Offer]) -> set[str]:
    return {
        label
        for start, sentence in _sentences(text)
        for label, _ in _read_matches(pattern, text, start, sentence, grammar, offers)
    }


def _bare_lines(text: str, grammar: _Grammar, offers: Sequence[Offer], cut: bool) -> set[str]:
    """Read the first and the last line when they are nothing but a label."""
    lines = text.split("\n")
    matches = [_bare_match(line, grammar) for line in (lines if len(lines) <= 400 else [lines[0], lines[-1]])]
    first, last = matches[0], matches[-1]
    labels = [grammar.spellings.get(match["label"], _UNKNOWN) if match else "" for match in matches]
    found: set[str] = set()
    if last and not (cut and not last["closed"].strip()):
        known = labels[-1] != _UNKNOWN
        if known or (len(lines) == 1 and not _is_payoff(last["label"], offers)):
            found.add(labels[-1])
    if first and len(lines) > 1 and labels[0] != _UNKNOWN:
        heading = re.search(r"[^\W\d_]{2}", first[0][: first.start("label")])
        if not heading:
            found |= {labels[0], *(label for label in labels if label and label != _UNKNOWN)}
        elif all(grammar.spellings[head["label"]] == labels[0] for head in map(grammar.head.match, lines[1:]) if head):
            # "Option A" above a paragraph may be the heading of a discussion of all options.
            found |= {labels[0]} if set(labels[1:-1]) <= {"", labels[0]} else set()
    return found


def _bare_match(line: str, grammar: _Grammar) -> re.Match[str] | None:
    match = grammar.bare.match(line) if len(line) <= 60 else None
    return None if match is None or ".." in match["closed"] or ":" in match["closed"] else match


def _is_payoff(number: str, offers: Sequence[Offer]) -> bool:
    return number.isdecimal() and any(float(number) in (offer.payoff_self, offer.payoff_other) for offer in offers)


def _opening_label(text: str, grammar: _Grammar, offers: Sequence[Offer], cut: bool) -> set[str]:
    """Read a first line that begins with a label and goes on with payoffs or a reason, or a last line with payoffs."""
    lines = text.split("\n")
    place = 0
    head = grammar.head.match(lines[0])
    if head is None:
        place = len(text) - len(lines[-1])
        head = grammar.head.match(lines[-1])
        if head is None or _odd_words(head["rest"], _STATED_PAIR_WORDS) or _pair(head["rest"]) is None:
            return set()
    label = grammar.spellings[head["label"]]
    if not _opens_a_choice(head, label, offers, cut):
        return set()
    named = {label}
    for match in grammar.mention.finditer(text):
        if re.match(r"[\"'\s]{0,2}[:)=]", text[match.end() : match.end() + 3]):
            named.add(grammar.spellings[match["label"]])
    for _, sentence in _sentences(text):
        if (other := grammar.head.match(sentence)) and other["separator"].strip():
            named.add(grammar.spellings[other["label"]])
    alternative = re.match(r"(?i)\W*(?:or|and|nor|vs|versus)\b", head["rest"]) or _CONDITION_AFTER.match(head["rest"])
    companion = grammar.companion.match(head[0], head.end("label"))
    if alternative or companion or _contradicts(text, place + head.end("label"), label, offers):
        named.add(_SEVERAL)
    return named


def _opens_a_choice(head: re.Match[str], label: str, offers: Sequence[Offer], cut: bool) -> bool:
    """Tell whether a label at the head of a line is more than a word, a list number or the start of a comparison."""
    rest, separator = head["rest"], head["separator"].strip()[:1]
    reason = re.match(rf"(?i)\W*{_REASON}", rest) is not None
    _, opening = next(_sentences(head[0]))
    if opening.rstrip("\"') ").endswith("?") or (cut and not reason):
        return False
    if reason:
        return True
    if label.isdigit():
        own = [[offer.payoff_self, offer.payoff_other] for offer in offers if offer.label == label]
        return [float(number) for number in _NUMBER.findall(rest)] in own
    amounts = re.match(r"\W{0,3}(?:\d|(?i:you|me|i get|self)\b)", rest) is not None
    if separator in ("=", "|", "(", "→") or (label == "A" and separator == ":" and not head["option"]):
        # "A:" may stand for the word answer.
        return amounts
    # "I, for one" is the pronoun.
    return label != "I" or head["option"] is not None or separator in (".", ":", ";", ")", "]")


# --- Payoffs --------------------------------------------------------------------------------------------------


def _pair(fragment: str) -> tuple[float, float] | None:
    """Read two numbers as (self, other), swapped when the words say so; None when the words do not fit."""
    numbers = list(_NUMBER.finditer(fragment))
    if len(numbers) != 2:
        return None
    if re.fullmatch(r"\s*[+*=<>x-]+\s*", fragment[numbers[0].end() : numbers[1].start()]):
        return None
    first, second = (float(number[0]) for number in numbers)
    roles: list[str] = []
    places: list[int] = []
    for match in _ROLE.finditer(fragment):
        role = "other" if match["other"] else "self"
        if not roles or roles[-1] != role:
            roles.append(role)
            places.append(match.start())
    if roles in ([], ["self", "other"]):
        return first, second
    if roles == ["other", "self"]:
        return second, first
    if roles == ["other"] and places[0] > numbers[0].end():
        # "68 for the other, 85" leaves open whose 85 is.
        between = fragment[numbers[0].end() : min(places[0], numbers[1].start())]
        attached = places[0] < numbers[1].start() and re.search(r"(?i)\b(?:for|to)\b", between)
        return None if attached else (first, second)
    return (first, second) if roles == ["self"] and places[0] < numbers[1].start() else None


def _odd_words(fragment: str, allowed: re.Pattern[str]) -> bool:
    words = re.findall(r"[^\W\d_]+", fragment[:2_000])
    return any(allowed.fullmatch(word) is None for word in words)


def _pair_after(tail: str) -> str | None:
    """Cut the part of a text that states a payoff pair right at its beginning, or None."""
    numbers = list(_NUMBER.finditer(tail))
    if len(numbers) < 2 or _odd_words(tail[: numbers[1].end()], _STATED_PAIR_WORDS):
        return None
    end = numbers[2].start() if len(numbers) > 2 else len(tail)
    closing = re.search(
        r"[.;,\n]|\b(?:because|since|which|so|as|but|rather|instead|over)\b", tail[numbers[1].end() : end]
    )
    return tail[: numbers[1].end() + closing.start()] if closing else tail[:end]


def _contradicts(text: str, end: int, label: str, offers: Sequence[Offer]) -> bool:
    """Tell whether the label is followed by a payoff pair that is not its own."""
    tail = text[end : end + 200].split("\n")[0]
    fragment = _pair_after(tail)
    shown = next(((offer.payoff_self, offer.payoff_other) for offer in offers if offer.label == label), None)
    if fragment is None or shown is None:
        return False
    pair = _pair(fragment)
    if pair is None:
        return sorted(float(number) for number in _NUMBER.findall(fragment)[:2]) != sorted(shown)
    return pair != shown


def _options_of(pair: tuple[float, float] | None, offers: Sequence[Offer]) -> set[str]:
    labels = {offer.label for offer in offers if (offer.payoff_self, offer.payoff_other) == pair}
    return {_SEVERAL} if len(labels) > 1 else labels


def _stated_pairs(text: str, offers: Sequence[Offer], cut: bool) -> set[str]:
    """Read options named by their payoffs: as the whole reply, a first or last line, or a choice statement."""
    if text.rstrip("\"') ").endswith("?"):
        return set()
    lines = text.split("\n")
    found: set[str] = set()
    if not cut and len(text) <= 400 and not _odd_words(text, _STATED_PAIR_WORDS):
        found |= _options_of(_pair(text), offers)
    for line in (lines[0], lines[-1]):
        if not cut and len(line) <= 120 and not _odd_words(line, _PAIR_WORDS):
            found |= _options_of(_pair(line), offers)
    for start, sentence in _sentences(text):
        for cue in _PAIR_CUE.finditer(sentence):
            fragment = _pair_after(text[start + cue.end() : start + cue.end() + 200].split("\n")[0])
            if cut and fragment is not None and text.endswith(fragment):
                continue
            if fragment is not None and _counts(sentence, cue.start(), cue.end(), cue.end() + len(fragment)):
                found |= _options_of(_pair(cue[0] + fragment), offers)
    return found


# --- Explaining what is not a choice --------------------------------------------------------------------------


def _declines(text: str, grammar: _Grammar) -> bool:
    """Tell whether the model says it will not choose; "I would not choose C" only sets one option aside."""
    rejected = re.compile(rf"\s?(?i:{_OPTION_WORD}\s)?[\"'(]?(?:\d|{grammar.mention.pattern})")
    refusals = (match for match in _REFUSAL.finditer(text) if not rejected.match(text, match.end()))
    return next(refusals, None) is not None or _DECLINE.search(text) is not None


def _explain(text: str, grammar: _Grammar, offers: Sequence[Offer], cut: bool) -> Reading:
    if cut:
        return Reading("invalid", "truncated", None)
    for _, sentence in _sentences(text):
        for match in grammar.elsewhere.finditer(sentence):
            clause = _CLAUSE_EDGE.split(sentence[max(0, match.start() - 200) : match.start()])[-1]
            if not sentence.endswith("?") and not _NEGATION.search(clause + match[0]):
                return Reading("invalid", "hypothetical", None)
    mentioned = {grammar.spellings[match["label"]] for match in grammar.mention.finditer(text)}
    digits = {match[1] or match[2] for match in _DIGIT_MENTION.finditer(text)}
    mentioned |= {grammar.spellings[digit] for digit in digits if digit in grammar.spellings}
    pairs = {(float(match[1]), float(match[2])) for match in _PRINTED_PAIR.finditer(text)}
    named_by_pair = {label for pair in pairs for label in _options_of(pair, offers)}
    if len(mentioned) > 1 or len(named_by_pair) > 1:
        return Reading("invalid", "several_options", None)
    if not mentioned and any(match[1] not in grammar.spellings for match in _OTHER_OPTION.finditer(text)):
        return Reading("invalid", "unknown_label", None)
    return Reading("invalid", "no_option", None)
