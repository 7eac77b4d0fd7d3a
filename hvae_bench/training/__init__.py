"""Training: fresh items with known ideals, as conversations to train on; never an item of the catalogue.

Looks at dialogue, catalogue and text.
"""

from hvae_bench.training.conversations import Course, course
from hvae_bench.training.environment import load_environment
from hvae_bench.training.files import write_course
from hvae_bench.training.fresh import FreshItem, fresh_items
from hvae_bench.training.reward import AnswerWords, rewards

__all__ = [
    "AnswerWords",
    "Course",
    "FreshItem",
    "course",
    "fresh_items",
    "load_environment",
    "rewards",
    "write_course",
]
