"""What around a cue takes it away: a negation, a denial, a question back. Patterns stand in `configs/cues.yaml`."""

from __future__ import annotations

import re

from pipeline.reconcile.shapes import Settings, Wording

_REACH_OF_NEGATION = 16
_CLAUSE = re.compile(r"[,。?]")


class Grammar(Settings):
    """All of `cues.yaml`: patterns over plain text."""

    negated_before: Wording
    denied_after: Wording
    asked_after: Wording
    listening: Wording

    def is_negated(self, text: str, start: int) -> bool:
        """Whether 不 / 没 / 别 stands before `start` in the same clause, close enough to govern what follows."""
        before = _CLAUSE.split(text[max(0, start - _REACH_OF_NEGATION) : start])[-1]
        return self.negated_before.search(before) is not None

    def is_denied(self, text: str, start: int, end: int) -> bool:
        """Whether what stands at `start:end` is negated before, or denied right behind (中介的话,没有)."""
        return self.is_negated(text, start) or self.denied_after.match(text, end) is not None

    def is_asked(self, text: str, end: int) -> bool:
        """Whether what ends at `end` is asked and not said (套现是什么?)."""
        return self.asked_after.match(text, end) is not None

    def only_listens(self, text: str) -> bool:
        """Whether a turn does nothing but listen: 嗯嗯, 好的."""
        return self.listening.fullmatch(text) is not None
