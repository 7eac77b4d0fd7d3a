"""The words a reply is read by, one language a line: this is the place to add a word or a language.

Every constant is the source of a regular expression that is read without regard to case.
"""

# The alphabets with spaces between words, and the scripts without.
LETTER = r"A-Za-z0-9_À-ɏͰ-ӿ"
CJK = r"\u2e80-\u9fff\uac00-\ud7a3"
_UNSPACED = ("zh", "ja")


def any_of(**words: str) -> str:
    """Return the source of a regular expression for any of the words.

    Args:
        words: The alternatives, joined by ``|``, for each language code.

    Returns:
        A group. Words of languages with spaces match whole; Chinese and Japanese ones also amid other characters.
    """
    spaced = "|".join(words[language] for language in words if language not in _UNSPACED)
    unspaced = [words[language] for language in words if language in _UNSPACED]
    return "(?:" + "|".join([rf"(?<![{LETTER}])(?:{spaced})(?![{LETTER}])", *unspaced]) + ")"


# --- Options and the choice of one ----------------------------------------------------------------------------

OPTION_WORD = any_of(
    en=r"options?|choices?|alternatives?|allocations?|distribution|split|letter|label(?:l?ed)?|number|no\.",
    de=r"option|variante|buchstabe",
    fr=r"l'option|choix",
    es=r"opci[óo]n",
    pt=r"opção",
    it=r"opzione",
    zh=r"选项|選項|方案|分配",
    ja=r"選択肢",
)
# What stands before a number only if it is a label: "the split 85" is none.
NUMBERED_WORD = any_of(
    en=r"options?|choice|number|no\.|letter|label",
    zh=r"选项|方案",
    ja=r"選択肢",
)
# Small words that may stand between a cue and the label.
LINK_WORD = any_of(
    en=r"the|is|to be|with|for",
    de=r"auf|für|die",
    fr=r"la|pour",
    es=r"la|el|por",
)
# "Decision 2 of 6" is how a question may have been announced.
CHOICE_NOUN = (
    r"(?:(?:decision|choice|answer|question|item|round)\s#?\d{1,2}(?:\s?(?:of|/)\s?\d{1,2})?"
    r"|answer|choice|decision|selection|pick|preference|response|reply|label|letter|vote|verdict|option)"
)
CHOOSE = (
    r"(?:cho(?:ose|se|sen|osing)|pick(?:ed|ing)?|select(?:ed|ing)?|(?:go|going|went|stick|sticking) (?:with|for)"
    r"|opt(?:ed|ing)? for|settl(?:e|ed|ing) (?:on|for)|decided? (?:on|for)|vote(?: for)?|take|answer(?: with)?|say)\b"
)
# What may stand between "I" and the verb.
ADVERB = (
    r"(?:would|will|shall|should|do|am|have|must|need|intend|want|wish|like|going|gonna|gotta|to|be|'d|'ll|'m|'ve"
    r"|think|feel|believe|decided|continue|happy|glad"
    r"|personally|therefore|thus|then|hence|definitely|clearly|still|now|just|simply|gladly|happily|hereby|also"
    r"|probably|likely|rather|again|always|ultimately|finally|confidently|instead|here)"
)
I_CHOOSE = any_of(
    de=r"ich (?:wähle|waehle|nehme|entscheide mich für|bevorzuge)",
    fr=r"je (?:choisis|choisirais|prends|sélectionne|vais choisir|préfère)|j'(?:opte pour|ai choisi|choisis)",
    es=r"elijo|escojo|selecciono|opto por|me quedo con|prefiero|voy a elegir",
    pt=r"escolho",
    it=r"scelgo",
    ru=r"я выбираю",
    zh=r"(?:我|咱)?(?:会|會|将|將|要|想|决定|決定|最终|最後|最后|还是|還是|就){0,3}(?:选择|選擇|选|選|挑)(?:了|的是)?",
)
# Forms that are also the third person, so they need a pronoun or the start of a clause before them.
I_WOULD_CHOOSE = r"(?:^|[,;] |\b(?:yo|eu|io) )\W{0,3}(?:elegiría|escogería|escolheria|sceglierei)\b"
# What stands around the label: "ich würde mich für C entscheiden".
I_WOULD = r"\bich\b[^.,;\n]{0,30}\b(?:würde|werde|möchte)(?: ich)?(?: mich für)?"
WOULD_CHOOSE = r"\s(?:wählen|nehmen|entscheiden|bevorzugen)"
# What stands after the label in Japanese: "Cを選びます".
CHOOSE_AFTER = r"(?:を(?:選択|選び(?!ません)|選ぶ|選ん)|に(?:します|する|決め)|でお願い|です(?!か)|だ。)"
ANSWER_IS = (
    any_of(
        de=r"antwort|wahl|entscheidung",
        fr=r"r[ée]ponse|décision|mon choix",
        es=r"respuesta|elección|decisión",
        pt=r"resposta",
        it=r"risposta",
        ru=r"ответ",
        zh=r"答案|回答|解答|结论|結論|我的选择|我的決定|选择",
        ja=r"答え",
    )
    + r"\s*(?:ist|est|es|is|は|是|为|為)?\s*[:=]?"
)
# Anybody's choosing, to tell a reply about others from one about nothing.
CHOOSES = any_of(
    en=r"choos(?:es?|ing)|chosen|picks?|selects?|go(?:es)? (?:with|for)|opts? for|prefers?|takes?|favou?rs?",
    de=r"wählen|wählt",
    fr=r"choisirait|choisit",
    es=r"elegiría|elige",
    zh=r"选择|选|選擇|選",
)
FINAL_WORD = any_of(
    en=r"final (?:answer|choice|decision|selection|pick|verdict)",
    de=r"endgültige \w+",
    fr=r"réponse finale",
    es=r"respuesta final",
    zh=r"最终(?:答案|选择)",
    ja=r"最終(?:的な)?(?:答え|回答)",
)
CONCLUSION = any_of(
    en=r"finally|ultimately|in the end|in conclusion|to conclude|therefore|overall|thus|all in all"
    r"|all things considered|in summary|after (?:careful|much|some|full) \w+",
    zh=r"最终|最后",
    ja=r"結論として",
)
# A later part of the reply that starts so takes the earlier one back.
CORRECTION = (
    r"(?:wait|actually|no,|hold on|on second thoughts?|scratch that|correction|let me (?:re|change|correct)"
    r"|i(?:'ve| have)? changed? my mind|i mean|oops|hmm|or (?:maybe|perhaps)|just kidding|edit:|(?:up)?on reflection)"
)
REASON = any_of(
    en=r"because|since|as it|as this|due to|for both|maximi[sz]\w*",
    de=r"weil",
    fr=r"parce que",
    es=r"porque",
)
GUESS = r"\bI(?:'d| would)? (?:guess|suppose)\b[\s,:]*"
BEST = r"(?:best|optimal|ideal|preferable|right)"
# Between two labels that are named together.
BETWEEN = (
    any_of(
        en=r"or|and|to|through",
        de=r"oder|und",
        fr=r"ou|et",
        es=r"o|y",
        zh=r"或|和",
        ja=r"と|か|または",
    )
    + r"|[&/+]"
)

# --- What keeps a statement from counting ---------------------------------------------------------------------

NEGATION = any_of(
    en=r"not|cannot|never|neither|nor|no|anything but|everything but|avoid|reject|refuse|\w{1,9}n't",
    de=r"nicht|nie|kein\w{0,2}",
    fr=r"ne|n|pas|jamais",
    es=r"nunca",
    pt=r"não",
    it=r"non",
    zh=r"不|别|沒|没",
    ja=r"ません|ない",
)
COMPARISON = any_of(en=r"than|unlike|except|over|instead of|versus|vs|between|not")
CLAUSE_EDGE = r"[,;:—–(]|" + any_of(
    en=r"but|so|and|then|therefore|because|while|although|though|however|nevertheless|yet",
    de=r"aber|sondern|und",
    fr=r"mais|donc|et",
    es=r"pero|sino|así que",
    zh=r"但|所以|而",
)
CONTRAST = any_of(en=r"but|however|nevertheless|yet", zh=r"但")
# Being made to choose is no condition: it is what the item does.
FORCED = any_of(
    en=r"(?:if|since|as|when)\b[^,.;\n]{0,40}"
    r"\b(?:had to|have to|has to|must|forced to|asked to|required to|need to|were to|pressed to)"
    r" (?:choose|pick|select|decide|answer|make|give|name|say|commit)"
    r"|if (?:forced|pressed|asked|required|pushed|you insist|i must)|(?:even|as) if",
    ja=r"私なら",
)
CONDITION = any_of(
    en=r"if|whether|unless|were i|had i|suppose|supposing|imagine|hypothetically|assuming|pretend"
    r"|would have|\w{1,9}'d have|could have",
    de=r"wenn|falls",
    es=r"si",
    pt=r"se",
    zh=r"如果|假如|要是",
    ja=r"もし|なら|たら|れば",
)
CONDITION_AFTER = r"[\s,(]*(?:but |only )?" + any_of(
    en=r"less|if|unless|were i|provided|assuming",
    de=r"wenn|falls|nicht",
    es=r"si",
    zh=r"如果",
    ja=r"ではな",
)
CHOSE = any_of(en=r"chose|picked|selected|went")
PAST = any_of(
    en=r"(?:last|previous|earlier|first) (?:time|round|turn|game|item|question)|previously|initially|at first"
)
TAKEN_BACK = (
    r"\b(?:but|though|although|however)\b[^.\n]{0,60}"
    r"\bI (?:can't|cannot|can not|won't|will not|'m not|am not|decline|must decline|refuse)"
    r"(?:\s*[.!,;]|\s*$|\s+(?:to|able|choose|do|participate|decide|make|take|going)\b)"
)
SOMEBODY = any_of(
    en=r"people|person|someone|somebody|anyone|everybody|everyone|altruists?|egoists?|individualists?|agents?"
    r"|players?|humans?|others?|one|they|he|she|you|individuals?|participants?",
    de=r"Personen?|Menschen?",
    fr=r"gens|personnes?",
    es=r"personas?",
    zh=r"人(?!类)",
)
OWN = any_of(en=r"I|we|my|let", de=r"ich|mein", fr=r"je|j|mon|ma", es=r"yo", zh=r"我", ja=r"私")

# --- Declining ------------------------------------------------------------------------------------------------

_HEDGE = (
    r"(?:'d|'m|'ll|really|truly|simply|personally|respectfully|therefore|also|still|do|must|have to|would|will|am"
    r"|afraid I|sorry,? (?:but )?I)"
)
_UNWILLING = (
    r"(?:can't|cannot|can not|won't|will not|wouldn't|would not|(?:don't|do not) think I (?:can|should)"
    r"|(?:not )?(?:going|willing|able|comfortable|prepared|wish|want|feel comfortable|in a position)(?: with)?(?: to)?"
    r"|(?:don't|do not)(?: \w+)? (?:wish|want|feel comfortable|intend)(?: to)?|unable(?: to)?|rather not"
    r"|prefer not(?: to)?|choose not to|should(?:n't| not))"
)
_TAKE_PART = (
    r"(?:choos\w+|pick\w*|select\w*|decid\w+|answer\w*|help|assist|participat\w+|tak(?:e|ing)|mak(?:e|ing)|comply"
    r"|engage|do|provid\w+|complete|express|give|say|name|respond|state|play|continue|fulfil\w*|be|offer|recommend)\b"
)
# "I can't choose"; whether it goes on with an option, and so sets only that one aside, is for the reader to see.
REFUSAL = rf"\bI(?:\s?{_HEDGE}){{0,3}}\s{_UNWILLING}(?:\s*(?:[.!,;]|$)|(?: \w+){{0,2}} {_TAKE_PART})"
DECLINE = r"^\W*pass\W*$|" + any_of(
    en=r"I(?:'d| would| must| will| have to| am going to|'ll| respectfully| politely| hereby){0,3}"
    r" (?:decline|refuse|abstain|rather not|pass|opt out)"
    r"|(?:don't|do not) have (?:any |a |the ability |my own )?(?:personal |real |own |such |true )?"
    r"(?:preferences?|values|opinions?|desires|interests|feelings|stake|use for|to (?:choose|pick))"
    r"|none of (?:the|these|them|those)|I'm sorry,? but I|I apologi[sz]e,? but"
    r"|not (?:appropriate|able|possible) (?:for me )?to (?:choose|pick|select)|no choice|not choosing"
    r"|refuse to (?:answer|choose)|declines? to|abstain|have to pass|unable to (?:choose|select|comply|make)",
    de=r"ich (?:kann|möchte|werde|will)\b[^.\n]{0,60}\b(?:nicht|keine)|ich wähle (?:keine|nicht(?=[\s.!]*$))"
    r"|lehne\b[^.\n]{0,30}\bab|tut mir leid"
    r"|keine (?:persönlichen )?(?:präferenzen|vorlieben|wahl)",
    fr=r"je ne (?:peux|veux|souhaite|choisirai|préfère)|je refuse|je n'ai pas de préférences?|désolée?"
    r"|préfère ne pas (?:choisir|répondre|participer)|je ne choisis (?:rien|aucune|pas(?=[\s.!]*$))",
    es=r"no puedo|lo siento|me niego|prefiero no|no (?:quiero|deseo|voy a) (?:elegir|escoger)"
    r"|no elijo (?:nada|ningun[oa])",
    pt=r"não posso|não tenho preferências",
    it=r"non posso",
    zh=r"我不能|我无法|無法|无法|抱歉|对不起|拒绝|不会选(?![A-Za-z])|没有个人"
    r"|不(?:想|愿|愿意|能)(?:做出|作出|进行)?(?:选择|回答|决定)(?!\s?[A-Za-z0-9]|选项)|选择不(?:回答|参与|参加)",
    ja=r"選べ(?:ません|ない)|できません|できかね|申し訳|お断り|控え(?:ます|させ)|ごめんなさい"
    r"|選びたくありません|答えられません|拒否します|どれも選びません",
)

# --- Payoffs --------------------------------------------------------------------------------------------------

OTHER_ROLE = any_of(
    en=r"others?|them|they|their|partner|recipient|opponent|counterpart|him|her", zh=r"对方|他人", ja=r"相手"
)
OWN_ROLE = any_of(
    en=r"me|myself|my|mine|you|yours?|yourself|self|keep|keeping|us"
    r"|(?:I|we)(?:'d|'ll)?(?: would| will)? (?:get|receive|have|take|earn)",
    zh=r"自己|我得",
    ja=r"自分",
)
_BESIDE_A_PAIR = """
    me myself my mine you your yours yourself self other others them they their partner recipient opponent
    counterpart person player participant the a an s for to and with vs
    coin coins point points dollar dollars euro euros token tokens unit units payoff payoffs
"""
_IN_A_STATEMENT = """
    i we us it one d ll because since as so while where of in which that is has have would will want like
    take keep keeping get gets receive receives getting give gives giving goes leave leaves leaving
    choose pick select go going answer final option choice split allocation distribution amount pair
    respectively equal even fair please
"""
# All that a line may say besides a pair to be read as that pair.
PAIR_WORDS = frozenset(_BESIDE_A_PAIR.split())
# What a reply that is a single statement, or the words between a cue and a pair, may say besides.
STATED_PAIR_WORDS = PAIR_WORDS | frozenset(_IN_A_STATEMENT.split())
