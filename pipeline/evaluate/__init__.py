"""Labelled calls held against what the pipeline finds in them: figures, and where they come from."""

from pipeline.evaluate.calibration import CalibrationFit, calibration_error, fit_calibration, judged_outcomes
from pipeline.evaluate.errors import FieldError, field_errors
from pipeline.evaluate.evaluation import Evaluation, FieldCounts, ReliabilityBin, evaluate
from pipeline.evaluate.figures import FIGURES, Share
from pipeline.evaluate.judgement import CallJudgement, FieldJudgement, judge
from pipeline.evaluate.labels import ExpectedField, LabelledCall, read_calls
from pipeline.evaluate.noise import SoundAlikes, with_noise

__all__ = [
    "FIGURES",
    "CalibrationFit",
    "CallJudgement",
    "Evaluation",
    "ExpectedField",
    "FieldCounts",
    "FieldError",
    "FieldJudgement",
    "LabelledCall",
    "ReliabilityBin",
    "Share",
    "SoundAlikes",
    "calibration_error",
    "evaluate",
    "field_errors",
    "fit_calibration",
    "judge",
    "judged_outcomes",
    "read_calls",
    "with_noise",
]
