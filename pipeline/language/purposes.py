"""What the car is bought for, in the contract's words; a purpose taken back (不跑滴滴) is marked `negated`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.types import Mention

NEGATION_GAP = (
    "",
    "去",
    "来",
    "拿来",
    "拿去",
    "用来",
    "用于",
    "做",
    "搞",
    "是",
    "跑",
    "要",
    "会",
    "给",
    "从事",
    "开",
    "什么",
    "算",
    "算是",
    "叫",
)


class PurposeReader:
    """Finds purposes by the phrases of `configs/language/purposes.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table("language/purposes.yaml", own)
        self._phrases = PhraseBook(labelled(content["phrases"]), sound=True)
        self._asked = PhraseBook(labelled(content["asked"]))
        self._negations = PhraseBook((word, "") for word in word_list(content["negations"]))
        self.order = word_list(content["order"])

    def read(self, text: str) -> list[Mention]:
        """Purpose mentions of a folded text; `value` is the purpose; `weak` counts only where one is asked."""
        mentions: list[Mention] = []
        for hit in self._phrases.find(text):
            if hit.by_sound and len(hit.phrase) < 3:
                continue
            attributes = {"negated": "yes"} if self._negated(text, hit.start) else {}
            mentions.append(
                Mention("purpose", hit.start, hit.end, text[hit.start : hit.end], None, hit.label, attributes)
            )
        covered = {index for mention in mentions for index in range(mention.start, mention.end)}
        for hit in self._asked.find(text):
            if covered.isdisjoint(range(hit.start, hit.end)):
                attributes = {"weak": "yes", **({"negated": "yes"} if self._negated(text, hit.start) else {})}
                words = text[hit.start : hit.end]
                mentions.append(Mention("purpose", hit.start, hit.end, words, None, hit.label, attributes))
        return sorted(mentions, key=lambda mention: mention.start)

    def _negated(self, text: str, start: int) -> bool:
        return any(
            text.endswith(gap, 0, start) and self._negations.match_before(text, start - len(gap)) is not None
            for gap in NEGATION_GAP
        )
