"""A report as the call page shows it: rows in the order of weight, in words, with what people decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from api import notes
from api.console.texts import Texts
from pipeline.findings import load_finding_rules
from pipeline.reconcile import load_field_rules
from pipeline.reconcile.rules import FieldRules
from pipeline.reconcile.shapes import Label
from pipeline.reconcile.wording import applied_in_words, stated_in_words
from pipeline.store import Review
from pipeline.types import Stated

Tone = Literal["bad", "warn", "note", "good", ""]
SERIOUS_FIRST: Final = ("critical", "major", "minor", None)
OUTCOMES: Final = ("mismatch", "contradicted", "unclear", "not_applied", "match", "not_stated")
OPEN_OUTCOMES: Final = frozenset({"mismatch", "contradicted", "unclear"})
TONES: Final[dict[str, Tone]] = {
    "mismatch": "bad",
    "contradicted": "bad",
    "unclear": "warn",
    "not_applied": "note",
    "match": "good",
    "escalate": "bad",
    "review": "warn",
    "callback": "note",
    "pass": "good",
    "high": "bad",
    "medium": "warn",
    "low": "good",
    "critical": "bad",
    "major": "warn",
    "minor": "note",
    "violated": "bad",
    "missing": "warn",
    "done": "good",
    "queued": "",
    "running": "note",
    "failed": "bad",
    "quarantined": "bad",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it was said: in words, how it was heard, and how it came to be said."""

    words: str
    text: str
    confirmed: bool
    hedged: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A field of the report, or a signal: what is shown of it and what was decided. `flag` is its place among those
    that a person settles, None where nothing is to settle."""

    subject: Literal["field", "signal"]
    name: str
    label: str
    outcome: str
    severity: str | None
    tone: Tone
    applied: str | None
    stated: Value | None
    earlier: tuple[Value, ...]
    explanation: str
    confidence: float
    evidence: tuple[dict[str, Any], ...]
    required: bool
    flag: int | None
    review: Review | None

    @property
    def key(self) -> str:
        """What the page calls this row."""
        return f"{self.subject}:{self.name}"

    @property
    def settled(self) -> bool:
        """Whether a person's decision stands."""
        return self.review is not None and self.review.state != "rejected"


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything of a report that the page shows in rows."""

    signals: tuple[Row, ...]
    fields: tuple[Row, ...]
    silent: tuple[Row, ...]
    duties: tuple[dict[str, Any], ...]
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def flags(self) -> tuple[Row, ...]:
        """Rows that a person settles, in the order of the page."""
        return tuple(row for row in (*self.signals, *self.fields) if row.flag is not None)


class Reader:
    """Puts reports into words of one language."""

    def __init__(self, texts: Texts, own: Path | None) -> None:
        self._t = texts
        self._fields: FieldRules = load_field_rules(own)
        self._signals = {rule.code: rule for rule in load_finding_rules(own).signals.signals}

    def field(self, path: str) -> str:
        """What a field is called."""
        return self._word(self._fields.rule(path).label)

    def signal(self, code: str) -> str:
        """What a signal is called."""
        rule = self._signals.get(code)  # type: ignore[call-overload]
        return self._word(rule.label) if rule else code

    def flags(self, codes: Iterable[str]) -> list[str]:
        """Short words for what a list flags: codes of signals, paths of fields."""
        known = {rule.field for rule in self._fields.fields}
        return [self.field(code) if code in known else self.signal(code) for code in codes]

    def gaps(self, gaps: Iterable[tuple[str, str]]) -> list[str]:
        """Short words for fields that were left open, by outcome."""
        found: dict[str, list[str]] = {}
        for path, outcome in gaps:
            found.setdefault(outcome, []).append(self.field(path))
        colon, comma = self._t("print.colon"), "、" if self._t.language == "zh" else ", "
        return [f"{self._t.of_code('outcome', outcome)}{colon}{comma.join(names)}" for outcome, names in found.items()]

    @property
    def required(self) -> tuple[str, ...]:
        """Paths of the fields that every call has to settle."""
        return self._fields.required

    def findings(self, report: dict[str, Any], reviews: Sequence[Review]) -> Findings:
        """The rows of a report; `reviews` the first one first, the last decision on a finding is the one shown."""
        last: dict[tuple[str, str], Review] = {(one.subject, one.name): one for one in reviews}
        signals = [self._signal_row(one, last) for one in _by_weight(report["signals"])]
        fields = [self._field_row(one, last) for one in sorted(report["fields"], key=_weight)]
        shown = [row for row in fields if row.outcome != "not_stated" or row.severity is not None]
        numbered = iter(range(1, len(signals) + len(shown) + 1))
        placed = [_placed(row, numbered) for row in (*signals, *shown)]
        return Findings(
            signals=tuple(placed[: len(signals)]),
            fields=tuple(placed[len(signals) :]),
            silent=tuple(row for row in fields if row not in shown),
            duties=tuple(
                sorted(report["compliance"], key=lambda one: ("violated", "missing", "done").index(one["status"]))
            ),
            reasons=tuple(self._reason(one) for one in report["risk"]["reasons"]),
            missing=tuple(self.field(path) for path in report["coverage"]["missing"]),
            notes=tuple(self._t.of_note(one) for one in report["notes"] if not one.startswith(notes.EXPECTED)),
        )

    def decided(self, review: Review) -> str:
        """The name of what a review is about."""
        return self.field(review.name) if review.subject == "field" else self.signal(review.name)

    def value(self, path: str, value: Any) -> str:
        """A value of a field, as on paper."""
        rule = self._fields.rule(path)
        return self._word(applied_in_words(rule, self._fields, value))

    def instead(self, review: Review) -> str | None:
        """What a decision says holds instead, as on paper."""
        if review.value is None:
            return None
        return self.value(review.name, review.value) if review.subject == "field" else str(review.value)

    def kind(self, path: str) -> str:
        """What kind of value a field has: `money`, `digits`, `text`, …"""
        return self._fields.rule(path).type

    def choices(self, path: str) -> dict[str, str]:
        """The values that a field of choices may have, with their words; empty for other fields."""
        rule = self._fields.rule(path)
        if rule.words is None:
            return {}
        return {value: self._word(word) for value, word in self._fields.words[rule.words].items()}

    def _field_row(self, outcome: dict[str, Any], last: Mapping[tuple[str, str], Review]) -> Row:
        path = outcome["field"]
        rule = self._fields.rule(path)
        applied = None if outcome["applied"] is None else self.value(path, outcome["applied"])
        return Row(
            subject="field",
            name=path,
            label=self.field(path),
            outcome=outcome["outcome"],
            severity=outcome["severity"],
            tone=TONES.get(outcome["outcome"], ""),
            applied=applied,
            stated=self.said(path, outcome["stated"]),
            earlier=tuple(value for one in outcome["history"] if (value := self.said(path, one)) is not None),
            explanation=outcome["explanation_zh"] if self._t.language == "zh" else outcome["explanation"],
            confidence=outcome["confidence"],
            evidence=tuple(outcome["evidence"]),
            required=rule.required,
            flag=0 if outcome["outcome"] in OPEN_OUTCOMES else None,
            review=last.get(("field", path)),
        )

    def _signal_row(self, signal: dict[str, Any], last: Mapping[tuple[str, str], Review]) -> Row:
        return Row(
            subject="signal",
            name=signal["code"],
            label=self.signal(signal["code"]),
            outcome="signal",
            severity=signal["severity"],
            tone=TONES.get(signal["severity"], ""),
            applied=None,
            stated=None,
            earlier=(),
            explanation=signal["explanation_zh"] if self._t.language == "zh" else signal["explanation"],
            confidence=signal["confidence"],
            evidence=tuple(signal["evidence"]),
            required=False,
            flag=0,
            review=last.get(("signal", signal["code"])),
        )

    def said(self, path: str, stated: dict[str, Any] | None) -> Value | None:
        """A stated value of a report, in words."""
        if stated is None:
            return None
        item = Stated(
            stated["value"], stated["text"], stated["low"], stated["high"], stated["polarity"], stated["hedged"]
        )
        words = self._word(stated_in_words(self._fields.rule(path), self._fields, item))
        return Value(words, stated["text"], stated["polarity"] == "confirmed", stated["hedged"])

    def _reason(self, reason: str) -> str:
        if reason.startswith("signal:"):
            return self.signal(reason.removeprefix("signal:"))
        path, _, outcome = reason.partition(" ")
        known = {rule.field for rule in self._fields.fields}
        return f"{self.field(path)} {self._t.of_code('outcome', outcome)}" if path in known else reason

    def _word(self, label: Label | Any) -> str:
        return str(label.zh if self._t.language == "zh" else label.en)


@lru_cache(maxsize=8)
def reader_of(texts: Texts, own: Path | None) -> Reader:
    """The reader in a language by a lender's rules, made once: reading the rules takes most of a second."""
    return Reader(texts, own)


def _placed(row: Row, numbers: Iterable[int]) -> Row:
    if row.flag is None:
        return row
    values = {name: getattr(row, name) for name in Row.__dataclass_fields__}
    return Row(**{**values, "flag": next(iter(numbers))})


def _by_weight(signals: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(signals, key=lambda one: SERIOUS_FIRST.index(one["severity"]))


def _weight(outcome: dict[str, Any]) -> tuple[int, int]:
    open_first = 0 if outcome["outcome"] in OPEN_OUTCOMES else 1
    return (SERIOUS_FIRST.index(outcome["severity"]) + 4 * open_first, OUTCOMES.index(outcome["outcome"]))
