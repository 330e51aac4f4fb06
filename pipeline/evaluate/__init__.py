"""Labelled calls held against what the pipeline finds in them: figures, and where they come from."""

from pipeline.evaluate.errors import FieldError, field_errors
from pipeline.evaluate.evaluation import Evaluation, FieldCounts, ReliabilityBin, evaluate
from pipeline.evaluate.figures import FIGURES, Share
from pipeline.evaluate.judgement import CallJudgement, FieldJudgement, judge
from pipeline.evaluate.labels import ExpectedField, LabelledCall, read_calls
from pipeline.evaluate.noise import SoundAlikes, with_noise

__all__ = [
    "FIGURES",
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
    "evaluate",
    "field_errors",
    "judge",
    "read_calls",
    "with_noise",
]
