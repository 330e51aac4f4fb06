"""Outcomes in words, in Chinese and English. Numbers of documents and telephones show their last four digits only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.reconcile.digits import digit_string
from pipeline.reconcile.rules import FieldRule, FieldRules, Level
from pipeline.types import Scalar, Stated

COMMA = "\uff0c"
CURRENCY = "¥"


class Said(NamedTuple):
    """One thing in both languages."""

    zh: str
    en: str


def applied_in_words(rule: FieldRule, rules: FieldRules, applied: Scalar | None) -> Said:
    """The value on paper, with its unit; the period is left to what was said."""
    words = value_in_words(rule, rules, applied)
    return Said(words.zh.removeprefix(_period(rule).zh), words.en.removesuffix(_period(rule).en))


def value_in_words(rule: FieldRule, rules: FieldRules, value: Scalar | None) -> Said:
    """A single value, with its unit."""
    if value is None:
        return Said("未填", "nothing")
    if rule.words is not None:
        word = rules.words[rule.words].get(str(value).lower() if isinstance(value, bool) else str(value))
        return Said(word.zh, word.en) if word else Said(str(value), str(value))
    if rule.type == "digits":
        return _tail(str(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Said(str(value), str(value))
    return _quantity(rule, value)


def stated_in_words(rule: FieldRule, rules: FieldRules, stated: Stated) -> Said:
    """A stated value: single, range, or a bound alone."""
    low, high = stated.low, stated.high
    if low is not None and high is not None and low < high:
        return Said(
            f"{_period(rule).zh}{_bare(rule, low)}至{_bare(rule, high)}{_unit(rule)}",
            f"{_bare_en(rule, low)}-{_bare_en(rule, high).removeprefix(CURRENCY)}{_unit_en(rule)}",
        )
    if stated.value is None:
        if low is not None:
            return Said(f"{_quantity(rule, low).zh}以上", f"{_bare_en(rule, low)} or more")
        if high is not None:
            return Said(f"不到{_quantity(rule, high).zh}", f"less than {_bare_en(rule, high)}")
        return Said(f"「{stated.text}」", f"“{stated.text}”")
    return value_in_words(rule, rules, stated.value)


def compared(
    rule: FieldRule, rules: FieldRules, stated: Stated, applied: Scalar, level: Level, wording: Mapping[str, str]
) -> Said:
    """The sentence of a comparison: what was said, what was applied, and the level that decided."""
    said, paper = stated_in_words(rule, rules, stated), applied_in_words(rule, rules, applied)
    reason = _reason(rule, rules, level, wording)
    verb = ("客户认可", "confirmed") if stated.polarity == "confirmed" else ("客户称", "stated")
    return Said(
        f"{verb[0]}{said.zh}{COMMA}申请表为{paper.zh}{COMMA}{reason.zh}",
        f"{verb[1]} {said.en}, applied {paper.en}, {reason.en}",
    )


def not_on_paper(rule: FieldRule, rules: FieldRules, stated: Stated | None) -> Said:
    """Said on the phone, absent from the application."""
    said = stated_in_words(rule, rules, stated) if stated else Said("不是所问的", "otherwise")
    return Said(f"客户称{said.zh}{COMMA}申请表未填此项", f"stated {said.en}, the application has no such field")


def denied(rule: FieldRule, rules: FieldRules, stated: Stated | None, applied: Scalar) -> Said:
    """The applied value was refused without another in its place."""
    paper = applied_in_words(rule, rules, applied)
    bound = stated_in_words(rule, rules, stated) if stated and (stated.low, stated.high) != (None, None) else None
    rest = (
        Said(f"只说{bound.zh}", f"only {bound.en} was said")
        if bound
        else Said("未说出实际情况", "no other value given")
    )
    return Said(f"客户否认申请表所填的{paper.zh}{COMMA}{rest.zh}", f"denied the applied {paper.en}, {rest.en}")


def contradicted(rule: FieldRule, rules: FieldRules, sayings: Sequence[Stated], applied: Scalar | None) -> Said:
    """Rival values, none of which was settled."""
    said = [stated_in_words(rule, rules, saying) for saying in sayings]
    paper = applied_in_words(rule, rules, applied)
    return Said(
        f"客户先后称{'、'.join(item.zh for item in said)}{COMMA}未说定{COMMA}申请表为{paper.zh}",
        f"stated {' and '.join(item.en for item in said)} without settling it, applied {paper.en}",
    )


def unclear(rule: FieldRule) -> Said:
    """Asked or touched without a usable value."""
    return Said(f"{rule.label.zh}问到了{COMMA}但没有得到可用的回答", f"{rule.label.en}: touched, but no usable answer")


def not_stated(rule: FieldRule) -> Said:
    """Never came up."""
    return Said(f"通话中未提到{rule.label.zh}", f"{rule.label.en}: never came up")


def _reason(rule: FieldRule, rules: FieldRules, level: Level, wording: Mapping[str, str]) -> Said:
    name, slack = level.name, _slack(rule, level)
    if name == "else" and (tolerant := next((rung for rung in rule.ladder if rung.ratio or rung.margin), None)):
        label, slack = rules.levels["outside"], _slack(rule, tolerant)
    elif name == "range" and not slack.zh:
        return Said("在所说范围内", "within the stated range")
    else:
        label = rules.levels[name]
    return Said(
        label.zh.format_map({"tolerance": slack.zh, **wording}), label.en.format_map({"tolerance": slack.en, **wording})
    )


def _slack(rule: FieldRule, level: Level) -> Said:
    if level.ratio:
        share = _plain(round(level.ratio * 100, 4))
        return Said(f"{share}%", f"{share} %")
    if level.margin:
        quantity = _quantity(rule, level.margin)
        return Said(quantity.zh, quantity.en.removesuffix("s") if level.margin == 1 else quantity.en)
    return Said("", "")


def _quantity(rule: FieldRule, number: float) -> Said:
    if rule.type == "years" and 0 < number < 1:
        return Said(f"{_plain(round(number * 12, 1))}个月", f"{_plain(round(number * 12, 1))} months")
    return Said(f"{_period(rule).zh}{_bare(rule, number)}{_unit(rule)}", f"{_bare_en(rule, number)}{_unit_en(rule)}")


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


def _period(rule: FieldRule) -> Said:
    """How the period of an amount is said, before it in Chinese and after it in English."""
    return Said("每月", " a month") if rule.period == "month" else Said("", "")


def _unit(rule: FieldRule) -> str:
    return {"money": "元", "months": "期", "years": "年"}.get(rule.type, "")


def _unit_en(rule: FieldRule) -> str:
    return {"months": " months", "years": " years"}.get(rule.type, _period(rule).en)


def _plain(number: float) -> str:
    return f"{number:.10g}" if abs(number) < 1e9 else f"{number:.0f}"


def _tail(number: str) -> Said:
    digits = digit_string(number)
    if len(digits) > 4:
        return Said(f"尾号{digits[-4:]}", f"…{digits[-4:]}")
    return Said(digits or number, digits or number)
