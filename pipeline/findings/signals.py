"""Warning signs: from cues in what was said, from answers to the agent's questions, and from facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from pipeline.contract import EvidenceItem, SignalItem
from pipeline.dialogue.changes import Changes
from pipeline.dialogue.trades import Trades
from pipeline.findings.agreement import find_agreed
from pipeline.findings.cues import find_cues
from pipeline.findings.lines import Line, lines_of
from pipeline.findings.obligations import over_indebted
from pipeline.findings.plain import holds_any
from pipeline.findings.quoting import evidence_of
from pipeline.findings.reading import Readings
from pipeline.findings.settings import FactCue, Prompted, SignalRule, SignalRules, Values
from pipeline.reconcile.sounds import sounding_characters
from pipeline.types import Fact, LabelModel, Scalar, Stated, Turn

Purposes = Callable[[Turn], Sequence[tuple[int, int, Mapping[str, float]]]]
USED = "用"
_MOST_EVIDENCE = 6
_CONTRADICTED_TRUST = 0.5
_PROMPT_LENGTH = 2
_LONG_PROMPT = 4
_BEGUN = 4
_FILLERS = re.compile(r"^(?:就|你|说|讲|[嗯呃哦啊额哎])+|[啊吧嘛呢的]+$")
_ASKS = re.compile(r"[?\uff1f]|多少|什么|吗$")


class Sign(NamedTuple):
    """One reason for a signal."""

    confidence: float
    evidence: list[EvidenceItem]


def find_signals(
    turns: Sequence[Turn],
    facts: Sequence[Fact],
    applied: Mapping[str, Scalar],
    rules: SignalRules,
    reader: LabelModel | None = None,
    *,
    on: date | None = None,
    trades: Trades | None = None,
    changes: Changes | None = None,
    purposes: Purposes | None = None,
) -> tuple[SignalItem, ...]:
    """The signals of a call on the day `on`, each once, in the order of `rules`; turns carry roles.

    `reader` reads customers' turns for the signs that cues leave to it, `trades` tells whose trades they are, `changes`
    whose job, home or number has changed, `purposes` what each clause of a turn tells that the car is for.
    """
    said = {fact.field: fact for fact in facts}
    told = {name for name, fact in said.items() if _is_told_as_on_paper(fact, applied.get(name))}
    lines = lines_of(turns, rules.grammar, on, trades, changes)
    readings = Readings(reader) if reader is not None else None
    if readings is not None:
        readings.prepare(line.plain.text for line in lines if line.turn.speaker in {*rules.read_of, "customer"})
    found = []
    for rule in rules.signals:
        if rule.limit is not None:
            signal = over_indebted(rule, said, applied)
            if signal is not None:
                found.append(signal)
        elif open_to(rule, applied):
            signs = list(_signs(rule, lines, said, rules, readings, told, purposes))
            if signs:
                found.append(_signal(rule, signs))
    codes = {signal.code for signal in found}
    excluded = {code for rule in rules.signals if rule.code in codes for code in rule.excludes}
    return tuple(signal for signal in found if signal.code not in excluded)


def _signs(
    rule: SignalRule,
    lines: Sequence[Line],
    said: Mapping[str, Fact],
    rules: SignalRules,
    readings: Readings | None,
    told: Set[str],
    purposes: Purposes | None,
) -> Iterator[Sign]:
    settled = {name: _settled_value(fact) for name, fact in said.items()}
    cues = [
        cue
        for cue in rule.cues
        if not _holds(cue.unless_fact, settled)
        and (not cue.needs_open or _left_open(said))
        and cue.unless_told not in told
    ]
    for hit in find_cues(cues, lines, readings, rules.unless(rule), label=rule.code, plausible=rule.plausible):
        if not rule.unless_answered or _answered(said).isdisjoint(hit.turn.ids):
            yield Sign(hit.confidence, [hit.evidence()])
    for agreed in (each for each in rule.agreed if each.unless_told not in told):
        for confidence, evidence in find_agreed(agreed, lines, rules.answers):
            yield Sign(confidence, evidence)
    if rule.prompted is not None:
        yield from _prompted(rule.prompted, [line.turn for line in lines])
    if not _holds(rule.unless_fact, settled):
        for cue_of_fact in rule.facts:
            fact = said.get(cue_of_fact.field)
            sign = _from_fact(cue_of_fact, fact)
            if sign is not None and fact is not None and _is_seen(rule, cue_of_fact, fact, lines, readings, purposes):
                yield sign


def _answered(said: Mapping[str, Fact]) -> Set[int]:
    """The turns that prove what the customer has told and settled."""
    told = (fact for fact in said.values() if fact.status == "settled" and fact.stated)
    return {item.turn for fact in told if fact.stated and fact.stated.polarity == "stated" for item in fact.evidence}


def _left_open(said: Mapping[str, Fact]) -> bool:
    """Whether something that was asked has no usable answer by the end of the call."""
    return any(fact.status == "unclear" for fact in said.values())


def _holds(conditions: Mapping[str, Values], values: Mapping[str, Scalar | None]) -> bool:
    return bool(conditions) and all(values.get(field) in allowed for field, allowed in conditions.items())


def _is_told_as_on_paper(fact: Fact, applied: Scalar | None) -> bool:
    own = fact.status == "settled" and fact.stated is not None and fact.stated.polarity == "stated"
    return own and applied is not None and fact.stated is not None and fact.stated.value == applied


def _settled_value(fact: Fact) -> Scalar | None:
    return fact.stated.value if fact.status == "settled" and fact.stated else None


def _from_fact(cue: FactCue, fact: Fact | None) -> Sign | None:
    if cue.denied:
        return _from_denial(cue, fact)
    if fact is None or fact.stated is None or fact.status not in ("settled", "contradicted"):
        return None
    held: tuple[Stated, ...] = (fact.stated,)
    if fact.status == "contradicted":
        # What was only agreed to and said otherwise elsewhere accuses nobody.
        held = tuple(stated for stated in (fact.stated, *fact.history) if stated.polarity == "stated")
    if not any(_points(cue, stated) for stated in held):
        return None
    trust = cue.confidence * (fact.confidence if fact.status == "settled" else _CONTRADICTED_TRUST)
    return Sign(trust, _evidence(fact))


def _evidence(fact: Fact) -> list[EvidenceItem]:
    return [
        EvidenceItem(turn=item.turn, start=item.start, end=item.end, speaker=item.speaker, quote=item.quote)
        for item in fact.evidence
    ]


def _from_denial(cue: FactCue, fact: Fact | None) -> Sign | None:
    if fact is None or fact.status != "denied":
        return None
    return Sign(cue.confidence * fact.confidence, _evidence(fact))


def _is_seen(
    rule: SignalRule,
    cue: FactCue,
    fact: Fact,
    lines: Sequence[Line],
    readings: Readings | None,
    purposes: Purposes | None,
) -> bool:
    """Whether the reader of signs sees it too in one of the customer's turns that prove the fact, or it is all of a
    short answer to a question for it (干嘛用? - 开滴滴), or the reader of purposes holds it too.
    """
    if not cue.read or readings is None:
        return True
    needed = rule.plausible if fact.status == "contradicted" else cue.chance
    proofs = {item.turn for item in fact.evidence}
    for line in lines:
        if proofs.isdisjoint(line.turn.ids) or line.turn.speaker != "customer" or holds_any(cue.not_after, line.asked):
            continue
        chance = readings.of(line.plain.text).chance(cue.read)
        if chance >= needed or _is_short(cue, fact, line):
            return True
        if purposes is not None and _is_held_too(cue, fact, line, chance, purposes(line.turn)):
            return True
    return False


def _is_held_too(
    cue: FactCue, fact: Fact, line: Line, chance: float, clauses: Sequence[tuple[int, int, Mapping[str, float]]]
) -> bool:
    """Whether words that answer a question for it say that it is used so (经营上用), or the reader of purposes holds
    what the reader of signs nearly sees.
    """
    if fact.status != "settled" or fact.stated is None:
        return False
    if fact.stated.text.endswith(USED) and holds_any(cue.after, line.asked):
        return True
    value = str(fact.stated.value)
    held = max((chances.get(value, 0.0) for *_, chances in clauses), default=0.0)
    return chance >= cue.nearly and held >= cue.agrees


def _is_short(cue: FactCue, fact: Fact, line: Line) -> bool:
    told = fact.stated is not None and fact.stated.text in line.turn.text
    return told and len(line.plain.text) <= cue.short and holds_any(cue.after, line.asked)


def open_to(rule: SignalRule, applied: Mapping[str, Scalar]) -> bool:
    """Whether the application lets the signal stand; one that depends on the application needs one."""
    if rule.when_applied and (not applied or not _holds(rule.when_applied, applied)):
        return False
    return not _holds(rule.unless_applied, applied)


def _points(cue: FactCue, stated: Stated) -> bool:
    value = stated.value
    if cue.values:
        return value is not None and value in cue.values
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (cue.at_most is None or value <= cue.at_most) and (cue.at_least is None or value >= cue.at_least)


def _prompted(rule: Prompted, turns: Sequence[Turn]) -> Iterator[Sign]:
    """A third voice between the agent's question and the answer says what the customer then repeats."""
    for index, (prompt, answer) in enumerate(pairwise(turns)):
        if (prompt.speaker, answer.speaker) != ("third_party", "customer"):
            continue
        repeated = _says_after(sounding_characters(prompt.text), sounding_characters(answer.text))
        if repeated and _was_asked(turns[max(0, index - 2) : index]):
            whole = [evidence_of(turn, 0, len(turn.text)) for turn in (prompt, answer)]
            yield Sign(rule.confidence, whole)


def _was_asked(before: Sequence[Turn]) -> bool:
    """The agent spoke last, or the customer has only begun to answer him: 五……"""
    if not before or before[-1].speaker == "agent":
        return bool(before)
    begun = before[-1].speaker == "customer" and not _ASKS.search(before[-1].text)
    return begun and before[0].speaker == "agent" and len(sounding_characters(before[-1].text)) <= _BEGUN


def _says_after(fed: str, given: str) -> bool:
    """Whether the answer is the prompt again, whole, in part, or with a word between."""
    fed, given = _FILLERS.sub("", fed), _FILLERS.sub("", given)
    if min(len(fed), len(given)) < _PROMPT_LENGTH:
        return False
    if fed in given or given in fed:
        return True
    letters = iter(given)
    return len(fed) >= _LONG_PROMPT and len(given) <= 2 * len(fed) and all(letter in letters for letter in fed)


def _signal(rule: SignalRule, signs: Sequence[Sign]) -> SignalItem:
    unique = {(item.turn, item.quote): item for sign in signs for item in sign.evidence}
    evidence = sorted(unique.values(), key=lambda item: (item.turn, item.start))[:_MOST_EVIDENCE]
    return SignalItem(
        code=rule.code,
        severity=rule.severity,
        confidence=round(min(1.0, max(sign.confidence for sign in signs)), 3),
        explanation=rule.explanation.en,
        explanation_zh=rule.explanation.zh,
        evidence=evidence,
    )
