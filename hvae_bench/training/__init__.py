"""Training: fresh items with known ideals, as conversations to train on; never an item of the catalogue.

Looks at dialogue, catalogue and text.
"""

from hvae_bench.training.conversations import Course as Course
from hvae_bench.training.conversations import course as course
from hvae_bench.training.files import write_course as write_course
from hvae_bench.training.fresh import FreshItem as FreshItem
from hvae_bench.training.fresh import fresh_items as fresh_items
