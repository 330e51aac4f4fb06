"""Engines that read: which fields an agent's turn asks about, what a customer says the car is for,
where in an answer a name stands, duties and signs."""

from __future__ import annotations

from models.read.linear import LinearModel, open_linear_model
from models.read.spans import LinearSpanModel, open_span_model
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
    )
