"""What the customer has said by the end of the call: questions, answers, agreement, denial, correction."""

from __future__ import annotations

from pipeline.dialogue.facts import extract_facts

__all__ = ["extract_facts"]
