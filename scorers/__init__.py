"""Measures of value rationality: pure functions of decisions, without a model, Inspect or files.

The Inspect scorer that applies them is `hvae_bench.scorers.rationality`; it is not imported here.
"""

from hvae_bench.scorers.angular import (
    Arc,
    angle_distribution,
    angular_distance,
    angular_value_rationality,
    expected_angular_distance,
    ideal_arc,
)
from hvae_bench.scorers.calibration import (
    Calibration,
    Chances,
    Expected,
    calibrate,
    expected_value_rationality,
    ideal_chances,
    ideal_value_rationality,
    item_rationality,
    uniform_chances,
    unscorable_reason,
)
from hvae_bench.scorers.classification import ClassificationRule, category_counts, category_options, classify
from hvae_bench.scorers.contrast import DiscriminantMatrix, ScoredRun
from hvae_bench.scorers.decision import Decision, ShownOption
from hvae_bench.scorers.design import CellId, Design, Presentation, Target, Wording
from hvae_bench.scorers.dose import DoseCurve, DosePoint, DoseResponse, dose_response
from hvae_bench.scorers.estimate import Estimate, weighted_estimate
from hvae_bench.scorers.finding import Finding, findings
from hvae_bench.scorers.goal import GoalText, goal_text, repeated_share
from hvae_bench.scorers.motive import (
    FehrSchmidtMotive,
    InequalityAversionMotive,
    LinearMotive,
    MaximinMotive,
    Motive,
)
from hvae_bench.scorers.numbers import COUNTS, NUMBERS, Count, Number, contrasts
from hvae_bench.scorers.outcome import Outcome, outcome
from hvae_bench.scorers.payoff_table import MISSING, PayoffTable
from hvae_bench.scorers.position import (
    Arm,
    OrderConsistency,
    constant_position,
    constant_position_chance,
    order_consistency,
)
from hvae_bench.scorers.ring import RingGeometry, RingVector, ring_category, ring_vector
from hvae_bench.scorers.secondary import (
    SECONDARY_MOTIVES,
    inequality_aversion_index,
    motive_distances,
    secondary_ranking,
    secondary_type,
)
from hvae_bench.scorers.separation import Separation, separation
from hvae_bench.scorers.study import Dialogue, RunAnalysis, analyse, expected_score, expected_scores, score_run
from hvae_bench.scorers.svo import MotivePulls, SliderGeometry, motive_ranking, svo_angle, svo_category
from hvae_bench.scorers.table import dialogues_from_rows
from hvae_bench.scorers.value_rationality import ValueRationality, value_rationality

__all__ = [
    "COUNTS",
    "MISSING",
    "NUMBERS",
    "SECONDARY_MOTIVES",
    "Arc",
    "Arm",
    "Calibration",
    "CellId",
    "Chances",
    "ClassificationRule",
    "Count",
    "Decision",
    "Design",
    "Dialogue",
    "DiscriminantMatrix",
    "DoseCurve",
    "DosePoint",
    "DoseResponse",
    "Estimate",
    "Expected",
    "FehrSchmidtMotive",
    "Finding",
    "GoalText",
    "InequalityAversionMotive",
    "LinearMotive",
    "MaximinMotive",
    "Motive",
    "MotivePulls",
    "Number",
    "OrderConsistency",
    "Outcome",
    "PayoffTable",
    "Presentation",
    "RingGeometry",
    "RingVector",
    "RunAnalysis",
    "ScoredRun",
    "Separation",
    "ShownOption",
    "SliderGeometry",
    "Target",
    "ValueRationality",
    "Wording",
    "analyse",
    "angle_distribution",
    "angular_distance",
    "angular_value_rationality",
    "calibrate",
    "category_counts",
    "category_options",
    "classify",
    "constant_position",
    "constant_position_chance",
    "contrasts",
    "dialogues_from_rows",
    "dose_response",
    "expected_angular_distance",
    "expected_score",
    "expected_scores",
    "expected_value_rationality",
    "findings",
    "goal_text",
    "ideal_arc",
    "ideal_chances",
    "ideal_value_rationality",
    "inequality_aversion_index",
    "item_rationality",
    "motive_distances",
    "motive_ranking",
    "order_consistency",
    "outcome",
    "repeated_share",
    "ring_category",
    "ring_vector",
    "score_run",
    "secondary_ranking",
    "secondary_type",
    "separation",
    "svo_angle",
    "svo_category",
    "uniform_chances",
    "unscorable_reason",
    "value_rationality",
    "weighted_estimate",
]
