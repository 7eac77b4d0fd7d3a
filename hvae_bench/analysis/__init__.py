"""Analysis: from logs to tidy tables, contrasts, reliability, precision and comparisons.

Reads any mix of `.eval` files, folders, `.rationality.jsonl` (also `.gz`), `.parquet`, globs and fsspec URLs. Every
number is one of `hvae_bench.scorers`. What comes with the extra `analysis` is imported when it is needed.
"""

from hvae_bench.analysis.column import DIALOGUE_COLUMNS as DIALOGUE_COLUMNS
from hvae_bench.analysis.column import Column as Column
from hvae_bench.analysis.comparison import ChangedDialogue as ChangedDialogue
from hvae_bench.analysis.comparison import Comparison as Comparison
from hvae_bench.analysis.comparison import NotComparable as NotComparable
from hvae_bench.analysis.comparison import Pair as Pair
from hvae_bench.analysis.comparison import common_systems as common_systems
from hvae_bench.analysis.comparison import compare as compare
from hvae_bench.analysis.comparison import letter as letter
from hvae_bench.analysis.comparison import pairs as pairs
from hvae_bench.analysis.equivalence import Equivalence as Equivalence
from hvae_bench.analysis.equivalence import equivalence as equivalence
from hvae_bench.analysis.frames import DECISION_COLUMNS as DECISION_COLUMNS
from hvae_bench.analysis.frames import ESTIMATE_COLUMNS as ESTIMATE_COLUMNS
from hvae_bench.analysis.frames import FRAME_COLUMNS as FRAME_COLUMNS
from hvae_bench.analysis.frames import decisions as decisions
from hvae_bench.analysis.frames import dialogues as dialogues
from hvae_bench.analysis.frames import estimates as estimates
from hvae_bench.analysis.merging import Merged as Merged
from hvae_bench.analysis.merging import merge as merge
from hvae_bench.analysis.multiplicity import TargetDifference as TargetDifference
from hvae_bench.analysis.multiplicity import p_value as p_value
from hvae_bench.analysis.multiplicity import target_differences as target_differences
from hvae_bench.analysis.people import People as People
from hvae_bench.analysis.people import score_people as score_people
from hvae_bench.analysis.precision import epochs_for as epochs_for
from hvae_bench.analysis.precision import half_width_at as half_width_at
from hvae_bench.analysis.progress import CellCoverage as CellCoverage
from hvae_bench.analysis.progress import Coverage as Coverage
from hvae_bench.analysis.progress import coverage as coverage
from hvae_bench.analysis.reliability import ParallelForms as ParallelForms
from hvae_bench.analysis.reliability import SplitHalf as SplitHalf
from hvae_bench.analysis.reliability import parallel_forms as parallel_forms
from hvae_bench.analysis.reliability import split_half as split_half
from hvae_bench.analysis.survey import Survey as Survey
from hvae_bench.analysis.survey import read_survey as read_survey
from hvae_bench.log.broken import Broken as Broken
from hvae_bench.log.joining import studies as studies
from hvae_bench.log.runs import Conflict as Conflict
from hvae_bench.log.runs import Run as Run
from hvae_bench.log.runs import load as load
