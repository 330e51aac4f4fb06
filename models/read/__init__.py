"""Engines that read: which fields an agent's turn asks about, what a customer says the car is for,
where in an answer a name stands, duties and signs, and how likely a character is after those before it."""

from __future__ import annotations

from models.read.language_model import LanguageModel
from models.read.linear import LinearModel, open_linear_model
from models.read.spans import LinearSpanModel, open_span_model
from models.weights import verified
from pipeline.types import ReadingModels

__all__ = ["LinearModel", "LinearSpanModel", "open_linear_model", "open_reading_models", "open_span_model"]


def open_reading_models() -> ReadingModels:
    """The models in the box, checked against `configs/weights.yaml`. Raises `ModelError`."""
    return ReadingModels(
        questions=open_linear_model("questions"),
        purposes=open_linear_model("purposes"),
        answers=open_span_model("answers"),
        script=open_linear_model("script"),
        signals=open_linear_model("signals"),
        characters=LanguageModel.load(verified("dialogue")),
        stops=open_linear_model("stops"),
    )
