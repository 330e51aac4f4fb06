"""What a turn's text mentions: amounts, terms, ratios, digits, names, cars, purposes, people."""

from __future__ import annotations

from pipeline.language.reader import Reader

__all__ = ["Reader"]
