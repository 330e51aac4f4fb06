"""Answers from a fixed vocabulary: married or single, how somebody lives, whether a car is new."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.language.phrases import NEVER, Hit, PhraseBook
from pipeline.language.resources import any_of, combined, labelled, table, word_list
from pipeline.language.sieve import sought
from pipeline.types import Mention, MentionKind

ASKING, WIDOWED, QUARTERS, OWNED = "asking", "widowed", "dormitory", "owned"
ASIDE_PATTERNS = "aside_patterns"
LATE_WITHIN, THING_BEFORE = 8, 10
NEGATIONS = ("不是",)
TWOFOLD = ("condition",)
FILES: Mapping[MentionKind, str] = {
    "marital_status": "language/marital_status.yaml",
    "residence_type": "language/residence_types.yaml",
    "condition": "language/conditions.yaml",
}


class VocabularyReader:
    """Finds the phrases of one vocabulary; what is listed under `asking` names no value and hides what is in it."""

    def __init__(self, kind: MentionKind, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILES[kind], own)
        self._kind = kind
        made = list(combined(content))
        self._phrases = PhraseBook([*labelled(content["phrases"]), *((word, label) for word, label, _ in made)])
        self._patterns = [
            (label, re.compile(pattern.replace("{kin}", content.get("kin", ""))), name)
            for name in ("patterns", ASIDE_PATTERNS)
            for label, each in (content.get(name) or {}).items()
            for pattern in each
        ]
        self._sought = sought(tuple(pattern.pattern for _, pattern, _ in self._patterns))
        late: Mapping[str, Any] = content.get("late") or {}
        self._late = late_spouse(word_list(late.get("who")), word_list(late.get("gone")))
        groups = word_list(content.get("aside_groups"))
        self._aside = frozenset((*word_list(content.get("aside")), *(word for word, _, of in made if of in groups)))
        self._bought = word_list(content.get("bought"))
        self._things_before = re.compile(before) if (before := content.get("things_before")) else NEVER
        self._of_things = re.compile(of_things) if (of_things := content.get("of_things")) else NEVER
        self._weak = frozenset(word_list(content.get("weak")))
        self.order = word_list(content.get("order"))

    def read(self, text: str) -> list[Mention]:
        """Mentions of a folded text; `value` is the word of the contract, `weak` marks what other talk holds too,
        `negated` what is denied where one of two words must hold (不是二手的); none is told of another thing (二手房).
        """
        late = self._late.search(text)
        if late is not None:
            start, end = late.span()
            return [Mention(self._kind, start, end, text[start:end], None, WIDOWED, {"late": "yes"})]
        return [
            Mention(
                self._kind,
                hit.start,
                hit.end,
                text[hit.start : hit.end],
                None,
                self._now(hit, text),
                self._attributes(hit, text),
            )
            for hit in self._hits(text)
            if hit.label != ASKING
            and (self._kind in TWOFOLD or not _is_denied(text, hit.start))
            and not self._is_of_a_thing(text, hit)
        ]

    def _is_of_a_thing(self, text: str, hit: Hit) -> bool:
        """Whether what is told is told of something else than the field's: 二手房, 手机是二手的."""
        before = text[max(0, hit.start - THING_BEFORE) : hit.start]
        return self._of_things.match(text, hit.end) is not None or self._things_before.search(before) is not None

    def _hits(self, text: str) -> list[Hit]:
        """What the patterns find, those listed first before the others, and the phrases that lie outside of it, or hold
        it and say the same."""
        phrases = self._phrases.find(text)
        hits: list[Hit] = []
        covered: set[int] = set()
        for label, pattern, name in map(self._patterns.__getitem__, self._sought.possible(text)):
            for match in pattern.finditer(text):
                start, end = match.span()
                longer = any(p.start <= start and end <= p.end and p.label in (label, ASKING) for p in phrases)
                if not longer and covered.isdisjoint(range(start, end)):
                    hits.append(Hit(*match.span(), match[0] if name != ASIDE_PATTERNS else ASIDE_PATTERNS, label))
                    covered.update(range(*match.span()))
        if not hits:
            return phrases
        hits.extend(hit for hit in phrases if covered.isdisjoint(range(hit.start, hit.end)))
        return sorted(hits, key=lambda hit: hit.start)

    def _now(self, hit: Hit, text: str) -> str:
        """What somebody has now: quarters that were bought are his own."""
        bought = hit.label == QUARTERS and any(word in text[hit.end :] for word in self._bought)
        return OWNED if bought else hit.label

    def _attributes(self, hit: Hit, text: str) -> Mapping[str, str]:
        attributes = {"weak": "yes"} if hit.phrase in self._weak else {}
        if self._kind in TWOFOLD and _is_denied(text, hit.start):
            attributes["negated"] = "yes"
        aside = hit.phrase in self._aside or hit.phrase == ASIDE_PATTERNS
        return {**attributes, "aside": "yes"} if aside else attributes


# Who goes there has not died: 出去了, 下地去了, 去了深圳.
SOMEWHERE, ENDS = "进出上下过回班地海山门城学校家店厂工院商街场", ",。!?; 啊呀呢嘛的咯喽嘞哒"


def _is_denied(text: str, start: int) -> bool:
    return text.endswith(NEGATIONS, 0, start) and not asks_either(text, start - len(NEGATIONS[0]))


def asks_either(text: str, at: int) -> bool:
    """Whether the no that begins at `at` only asks which of both (是不是, 跑不跑)."""
    return text[at] in "不没" and 0 < at < len(text) - 1 and text[at - 1] == text[at + 1]


def late_spouse(who: Sequence[str], gone: Sequence[str]) -> re.Pattern[str]:
    """What says in one clause that somebody's husband or wife has died: 老太婆前年走了."""
    if not who or not gone:
        return NEVER
    spouses, ends = map(any_of, (who, gone))
    return re.compile(
        f"(?:{spouses})[^,。!?;我你您]{{0,{LATE_WITHIN}}}?(?<![{SOMEWHERE}])(?:{ends})(?<!去了(?=[^{ENDS}]))"
    )
