"""Read a model's free-text reply to a decision item, never guessing.

The reading goes from the strongest evidence to the weakest and stops at the first kind that is present. If one
kind points at two options the reply is ``several_options``; no weaker kind is asked to settle the matter.

1. Clean the text: reasoning blocks, compatibility forms (full-width letters), Markdown, tags, JSON.
2. After a self-correction ("wait", "actually") only the later part can decide.
3. *Final* statements: "final answer: C", a boxed answer, a JSON field, "ultimately, I choose C".
4. *Plain* statements ("I choose C", "Answer: C") together with a first or last line that is just a label.
   "I guess C" is a label if it is the whole reply.
5. A first-person leaning: "I prefer C".
6. A first line that opens with a label and goes on with its payoffs or a reason: "C: 85, 68", "C, because".
7. The payoff pair of exactly one option, stated as the choice or making up the whole reply.
8. Praise without a choice: "Option C is the best", unless the model also declines.

Where the model was let reason first and asked to answer on the last line, a label alone on that line decides before
all this.

A statement does not count when it is negated, asked, conditional (unless the condition is only being made to
choose) or about somebody else; nor does one that puts a different payoff pair beside the label. What is left is
declined, truncated, hypothetical, several options, an unknown label or no option, in that order. "I can't choose
between A and C" is therefore declined. In a reply cut by the token limit, a bare label with nothing after it may
be the beginning of a word or a comparison, so it is truncated; an explicit statement still counts. A reply of more
than 20,000 characters outside reasoning blocks is read by its two ends.

Modules, each using only those before it: ``offer``, ``reply`` (cleaning), ``wording`` (words by language),
``label``, ``grammar`` (the patterns for a set of labels), ``passage`` (sentences, and which of them count),
``payoffs``, ``statement``, ``line``, ``decision`` (the order above).
"""

from hvae_bench.reading.decision import Reading, read_reply
from hvae_bench.reading.offer import Offer
from hvae_bench.reading.reply import visible_reply

__all__ = ["Offer", "Reading", "read_reply", "visible_reply"]
