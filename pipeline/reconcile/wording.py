"""Outcomes in words, in Chinese and English. Numbers of documents and telephones show their last four digits only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.reconcile.digits import digit_string
from pipeline.reconcile.rules import FieldRule, FieldRules, Level
from pipeline.reconcile.shapes import Label
from pipeline.types import Scalar, Stated

CURRENCY = "¥"


class Said(NamedTuple):
    """One thing in both languages."""

    zh: str
    en: str


def _said(label: Label, **parts: Said) -> Said:
    """A label of both languages, filled with `parts`."""
    return Said(
        label.zh.format_map({name: part.zh for name, part in parts.items()}),
        label.en.format_map({name: part.en for name, part in parts.items()}),
    )


def applied_in_words(rule: FieldRule, rules: FieldRules, applied: Scalar | None) -> Said:
    """The value on paper, with its unit; the period is left to what was said."""
    words = value_in_words(rule, rules, applied)
    period = _period(rule, rules)
    return Said(words.zh.removeprefix(period.zh), words.en.removesuffix(period.en))


def value_in_words(rule: FieldRule, rules: FieldRules, value: Scalar | None) -> Said:
    """A single value, with its unit."""
    if value is None:
        return _said(rules.sentences.empty)
    if rule.words is not None:
        word = rules.words[rule.words].get(str(value).lower() if isinstance(value, bool) else str(value))
        return Said(word.zh, word.en) if word else Said(str(value), str(value))
    if rule.type == "digits":
        return _tail(str(value), rules)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Said(str(value), str(value))
    return _quantity(rule, rules, value)


def stated_in_words(rule: FieldRule, rules: FieldRules, stated: Stated) -> Said:
    """A stated value: single, range, or a bound alone."""
    low, high = stated.low, stated.high
    if low is not None and high is not None and low < high:
        return Said(
            f"{_period(rule, rules).zh}{_bare(rule, low)}至{_bare(rule, high)}{_unit(rule)}",
            f"{_bare_en(rule, low)}-{_bare_en(rule, high).removeprefix(CURRENCY)}{_unit_en(rule, rules)}",
        )
    if stated.value is None:
        if low is not None:
            return _said(rules.sentences.at_least, low=_bound(rule, rules, low))
        if high is not None:
            return _said(rules.sentences.less_than, high=_bound(rule, rules, high))
        return _said(rules.sentences.quoted, text=Said(stated.text, stated.text))
    return value_in_words(rule, rules, stated.value)


def compared(
    rule: FieldRule, rules: FieldRules, stated: Stated, applied: Scalar, level: Level, wording: Mapping[str, str]
) -> Said:
    """The sentence of a comparison: what was said, what was applied, and the level that decided."""
    said, paper = stated_in_words(rule, rules, stated), applied_in_words(rule, rules, applied)
    reason = _reason(rule, rules, level, wording)
    sentence = rules.sentences.confirmed if stated.polarity == "confirmed" else rules.sentences.stated
    return _said(sentence, said=said, paper=paper, reason=reason)


def not_on_paper(rule: FieldRule, rules: FieldRules, stated: Stated | None) -> Said:
    """Said on the phone, absent from the application."""
    said = stated_in_words(rule, rules, stated) if stated else _said(rules.sentences.otherwise)
    return _said(rules.sentences.not_on_paper, said=said)


def denied(rule: FieldRule, rules: FieldRules, stated: Stated | None, applied: Scalar) -> Said:
    """The applied value was refused without another in its place."""
    paper = applied_in_words(rule, rules, applied)
    bound = stated_in_words(rule, rules, stated) if stated and (stated.low, stated.high) != (None, None) else None
    rest = _said(rules.sentences.only, bound=bound) if bound else _said(rules.sentences.nothing_else)
    return _said(rules.sentences.denied, paper=paper, rest=rest)


def contradicted(rule: FieldRule, rules: FieldRules, sayings: Sequence[Stated], applied: Scalar | None) -> Said:
    """Rival values, none of which was settled."""
    said = [stated_in_words(rule, rules, saying) for saying in sayings]
    both = rules.sentences.both
    listed = Said(both.zh.join(item.zh for item in said), both.en.join(item.en for item in said))
    return _said(rules.sentences.contradicted, said=listed, paper=applied_in_words(rule, rules, applied))


def unclear(rule: FieldRule, rules: FieldRules) -> Said:
    """Asked or touched without a usable value."""
    return _said(rules.sentences.unclear, field=Said(rule.label.zh, rule.label.en))


def not_stated(rule: FieldRule, rules: FieldRules) -> Said:
    """Never came up."""
    return _said(rules.sentences.not_stated, field=Said(rule.label.zh, rule.label.en))


def _reason(rule: FieldRule, rules: FieldRules, level: Level, wording: Mapping[str, str]) -> Said:
    name, slack = level.name, _slack(rule, rules, level)
    if name == "else" and (tolerant := next((rung for rung in rule.ladder if rung.ratio or rung.margin), None)):
        label, slack = rules.levels["outside"], _slack(rule, rules, tolerant)
    elif name == "range" and not slack.zh:
        return _said(rules.sentences.within_range)
    else:
        label = rules.levels[name]
    return Said(
        label.zh.format_map({"tolerance": slack.zh, **wording}), label.en.format_map({"tolerance": slack.en, **wording})
    )


def _slack(rule: FieldRule, rules: FieldRules, level: Level) -> Said:
    if level.ratio:
        share = _plain(round(level.ratio * 100, 4))
        return Said(f"{share}%", f"{share} %")
    if level.margin:
        quantity = _quantity(rule, rules, level.margin)
        return Said(quantity.zh, quantity.en.removesuffix("s") if level.margin == 1 else quantity.en)
    return Said("", "")


def _quantity(rule: FieldRule, rules: FieldRules, number: float) -> Said:
    if rule.type == "years" and 0 < number < 1:
        return Said(f"{_plain(round(number * 12, 1))}个月", f"{_plain(round(number * 12, 1))} months")
    period = _period(rule, rules)
    return Said(f"{period.zh}{_bare(rule, number)}{_unit(rule)}", f"{_bare_en(rule, number)}{_unit_en(rule, rules)}")


def _bound(rule: FieldRule, rules: FieldRules, number: float) -> Said:
    return Said(_quantity(rule, rules, number).zh, _bare_en(rule, number))


def _bare(rule: FieldRule, number: float) -> str:
    """Money of 10,000 or more in 万 where that is exact to the hundred, as people read it."""
    if rule.type == "money" and abs(number) >= 10_000 and number % 100 == 0:
        return f"{_plain(number / 10_000)}万"
    return _plain(number)


def _bare_en(rule: FieldRule, number: float) -> str:
    """Money with its sign, in thousands: `¥9,500`."""
    if rule.type != "money":
        return _plain(number)
    return f"{CURRENCY}{number:,.0f}" if number % 1 == 0 else f"{CURRENCY}{number:,.2f}"


def _period(rule: FieldRule, rules: FieldRules) -> Said:
    """How the period of an amount is said, before it in Chinese and after it in English."""
    return _said(rules.sentences.a_month) if rule.period == "month" else Said("", "")


def _unit(rule: FieldRule) -> str:
    return {"money": "元", "months": "期", "years": "年"}.get(rule.type, "")


def _unit_en(rule: FieldRule, rules: FieldRules) -> str:
    return {"months": " months", "years": " years"}.get(rule.type, _period(rule, rules).en)


def _plain(number: float) -> str:
    return f"{number:.10g}" if abs(number) < 1e9 else f"{number:.0f}"


def _tail(number: str, rules: FieldRules) -> Said:
    digits = digit_string(number)
    if len(digits) > 4:
        return _said(rules.sentences.last_digits, digits=Said(digits[-4:], digits[-4:]))
    return Said(digits or number, digits or number)
