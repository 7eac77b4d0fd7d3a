"""Measures of value rationality: pure functions of decisions, without a model, Inspect or files.

The Inspect scorer that applies them is `hvae_bench.scorers.rationality`; it is not imported here.
"""

from hvae_bench.scorers.calibration import Calibration, calibrate, unscorable_reason
from hvae_bench.scorers.contrast import (
    CellId,
    Estimate,
    ScoredDialogue,
    macro_estimate,
    minimum_estimate,
    target_estimates,
    weighted_estimate,
)
from hvae_bench.scorers.decision import Decision, ShownOption
from hvae_bench.scorers.motive import (
    FehrSchmidtMotive,
    InequalityAversionMotive,
    LinearMotive,
    MaximinMotive,
    Motive,
)
from hvae_bench.scorers.outcome import Outcome, outcome
from hvae_bench.scorers.payoff_table import MISSING, PayoffTable
from hvae_bench.scorers.svo import MotivePulls, SliderGeometry, motive_ranking, svo_angle, svo_category
from hvae_bench.scorers.value_rationality import ValueRationality, value_rationality

__all__ = [
    "MISSING",
    "Calibration",
    "CellId",
    "Decision",
    "Estimate",
    "FehrSchmidtMotive",
    "InequalityAversionMotive",
    "LinearMotive",
    "MaximinMotive",
    "Motive",
    "MotivePulls",
    "Outcome",
    "PayoffTable",
    "ScoredDialogue",
    "ShownOption",
    "SliderGeometry",
    "ValueRationality",
    "calibrate",
    "macro_estimate",
    "minimum_estimate",
    "motive_ranking",
    "outcome",
    "svo_angle",
    "svo_category",
    "target_estimates",
    "unscorable_reason",
    "value_rationality",
    "weighted_estimate",
]
