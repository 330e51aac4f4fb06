"""Answers in any words: what follows 单位叫什么 or 现在住哪里 is a name or a place, whatever it looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.types import Mention, MentionKind

FILE = "dialogue/open_answers.yaml"
CLAUSES = re.compile(r"[^。!?;,、…\s.:()]+")
WRITTEN = re.compile(r"[\u3400-\u9fffa-z0-9]+")
CLAUSES_READ = 4
TITLE_AT_MOST = 5
SHORTEST_NAME = 2
PARTICLES = frozenset("啦咯嘞喽咧噻哩嗦噢哦呗么")


@dataclass(frozen=True, slots=True)
class _Form:
    kind: MentionKind
    shortest: int
    longest: int
    openers: PhraseBook
    closers: tuple[str, ...]
    never: tuple[str, ...]
    never_first: tuple[str, ...]
    never_last: tuple[str, ...]
    other_kinds: frozenset[str]
    marks: tuple[tuple[str, ...], tuple[str, ...]]


class OpenAnswers:
    """Reads free answers by `configs/dialogue/open_answers.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        fields: Mapping[str, Mapping[str, Any]] = table(FILE, own)["fields"]
        self._forms = {name: _form(words) for name, words in fields.items()}
        self.fields = tuple(self._forms)

    def read(self, field: str, text: str, mentions: Sequence[Mention], *, marked: bool = False) -> Mention | None:
        """The first stretch of a folded text that can be the answer to a question for `field`; None where none is.

        `marked`: another field was asked, so that only a clause with the marks of this one counts.
        """
        form = self._forms[field]
        first, last = form.marks
        for index, clause in enumerate(CLAUSES.finditer(text)):
            if index >= CLAUSES_READ:
                break
            if marked and not (clause[0].startswith(first) or clause[0].endswith(last)):
                continue
            start, end = _stretch(form, text, *clause.span())
            if self._is_answer(form, text[start:end]) and not _is_other(form, mentions, start, end):
                return Mention(form.kind, start, end, text[start:end], None, text[start:end], {"open": "yes"})
        return None

    def without_openers(self, field: str, text: str, start: int, end: int) -> tuple[int, int]:
        """A stretch found in a folded answer to a question for `field`, without what opens and closes it."""
        form = self._forms[field]
        return _stretch(form, text, start, end)

    @staticmethod
    def _is_answer(form: _Form, words: str) -> bool:
        if not form.shortest <= len(words) <= form.longest or WRITTEN.fullmatch(words) is None or words.isdigit():
            return False
        if words.startswith(form.never_first) or words.endswith(form.never_last):
            return False
        return not any(word in words for word in form.never)


def _form(words: Mapping[str, Any]) -> _Form:
    shortest, longest = words["length"]
    openers = PhraseBook((word, "") for word in word_list(words["openers"]))
    closers, never, first, last = (word_list(words[name]) for name in ("closers", "never", "never_first", "never_last"))
    marked: Mapping[str, str] = words.get("marked") or {}
    marks = (word_list(marked.get("first")), word_list(marked.get("last")))
    others = frozenset(word_list(words["other_kinds"]))
    return _Form(words["kind"], shortest, longest, openers, closers, never, first, last, others, marks)


def _stretch(form: _Form, text: str, start: int, end: int) -> tuple[int, int]:
    """A clause without what opens and closes it."""
    while (hit := form.openers.match(text, start)) is not None and hit.end < end:
        start = hit.end
    clause = text[start:end]
    places = (place for word in form.closers if (place := clause.find(word, form.shortest)) >= 0)
    return start, without_particles(text, start, start + min(places, default=len(clause)))


def without_particles(text: str, start: int, end: int) -> int:
    """Where a name ends that stands before what a sentence ends in: 恒劲啦."""
    while end - start > SHORTEST_NAME and text[end - 1] in PARTICLES:
        end -= 1
    return end


def _is_other(form: _Form, mentions: Sequence[Mention], start: int, end: int) -> bool:
    """Whether amounts, lengths of time, a car or whatever else is no such name make up the better part of the stretch.

    So does a name too general to be one (餐饮, 家具厂), and for an employer what can only be a title (缝纫工).
    """
    if is_car(mentions, start, end):
        return True
    if any(m.kind == "relation" and m.start <= start and end <= m.end for m in mentions):
        return True  # 执照是我婆娘的名字
    covered = 0
    for mention in mentions:
        inside = max(0, min(end, mention.end) - max(start, mention.start))
        general = mention.kind == form.kind and mention.attributes.get("general") == "yes"
        title = form.kind == "organisation" and mention.kind == "position" and len(mention.text) <= TITLE_AT_MOST
        if (mention.kind in form.other_kinds and "bare" not in mention.attributes) or general or title:
            covered += inside
    return covered * 2 > end - start


def is_car(mentions: Sequence[Mention], start: int, end: int, *, words: int = 1) -> bool:
    """Whether cars, told in so many `words` at least, make up a stretch but for a particle at its end: 吉利帝豪么."""
    cars = [car for car in mentions if car.kind == "vehicle" and car.start < end and start < car.end]
    named = {index for car in cars for index in range(max(start, car.start), min(end, car.end))}
    return len(cars) >= words and start in named and len(named) >= end - start - 1
