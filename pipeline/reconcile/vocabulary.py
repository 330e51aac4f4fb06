"""Values from a closed list, yes/no, and free short texts such as a job."""

from __future__ import annotations

import re

from pipeline.reconcile.comparison import Comparison, Held
from pipeline.reconcile.rules import Level
from pipeline.reconcile.sounds import sounding_characters, sounds_of

# How the title of somebody who leads nobody ends.
_PERSON = ("员", "工", "师", "士", "司机", "医生", "老师")


def same_value(comparison: Comparison, level: Level) -> Held | None:
    """The stated value is the applied one, letter for letter but for blanks, case and punctuation."""
    if comparison.stated.value is None:
        return None
    said, applied = (canonical_word(comparison, value) for value in (comparison.stated.value, comparison.applied))
    return Held(said) if _same(said, applied) else None


def near_value(comparison: Comparison, level: Level) -> Held | None:
    """Both values stand in one group that people do not tell apart, or the stated one is said loosely for the applied;
    the application's is reported.
    """
    said, applied = (canonical_word(comparison, value) for value in (comparison.said, comparison.applied))
    groups = comparison.rules.near.get(comparison.rule.field, ())
    if said in comparison.rules.loosely.get(comparison.rule.field, {}).get(str(applied), ()):
        return Held(comparison.applied)
    return Held(comparison.applied) if any(said in group and applied in group for group in groups) else None


def canonical_word(comparison: Comparison, value: object) -> str | bool | int | float:
    """A vocabulary value for the word that may stand for it (妻子 → spouse); anything else unchanged."""
    words = comparison.rules.words.get(comparison.rule.words or "", {})
    if isinstance(value, str) and value not in words:
        for canonical, word in words.items():
            if value == word.zh or value in word.also:
                return canonical == "true" if canonical in ("true", "false") else canonical
    return value if isinstance(value, str | bool | int | float) else str(value)


def aliased(comparison: Comparison, level: Level) -> Held | None:
    """Both names stand in one line of the field's aliases, or name one occupation."""
    said, applied = (sounding_characters(str(value)) for value in (comparison.said, comparison.applied))
    if comparison.rule.type == "text" and said not in applied and _is_work_of(comparison, said, applied):
        return Held(comparison.applied)
    for group in comparison.rules.aliases.get(comparison.rule.field, ()):
        names = {sounding_characters(name) for name in group}
        if said in names and any(name == applied or (len(name) > 1 and name in applied) for name in names):
            return Held(comparison.applied)
    return None


def _is_work_of(comparison: Comparison, said: str, applied: str) -> bool:
    """Whether `said` names or tells an occupation that the applied job is, or where its people are (质检部); what is
    done tells that of a rank too.
    """
    work = comparison.lexicon.ranks.work_at(said)
    return any(
        (each.is_told_by(work) and (each.is_named_by(applied) or each.is_kind_of(applied)))
        or (each.does_so(said) and each.is_led_by(applied, comparison.lexicon.ranks))
        for each in comparison.lexicon.occupations
    )


def untold_job(comparison: Comparison, level: Level) -> Held | None:
    """What was said does not tell which job it is: a kind of work that the applied one is of (在工地 for 瓦工); or what
    is done, where the applied job is one that nobody knows, or one whose people do anything (老板).
    """
    said, applied = (sounding_characters(str(value)) for value in (comparison.said, comparison.applied))
    occupations = comparison.lexicon.occupations
    names = {name for each in occupations if each.is_told_by(said) for name in each.names}
    on_paper = [each for each in occupations if each.is_named_by(applied)]
    wider = not comparison.lexicon.ranks.hold(applied) and any(not names.isdisjoint(each.broader) for each in on_paper)
    only_done = any(each.does_so(said) for each in occupations)
    unknown = not on_paper or any(each.any_work for each in on_paper)
    return Held(comparison.stated.value) if wider or (only_done and unknown) else None


def short_text(comparison: Comparison, level: Level) -> Held | None:
    """One text is a part of the other, of two characters or more (工程师 for 设备工程师): the application's holds."""
    said, applied = (sounding_characters(str(value)) for value in (comparison.said, comparison.applied))
    shorter, longer = sorted((said, applied), key=len)
    if comparison.lexicon.ranks.hold(longer) and longer.startswith(shorter) and shorter.endswith(_PERSON):
        return None  # 护士 is no 护士长
    return Held(comparison.applied) if len(shorter) >= 2 and shorter in longer else None


def same_sounding(comparison: Comparison, level: Level) -> Held | None:
    """The same characters' sounds in the same order, whole or as a part of two characters or more."""
    sounds = sounds_of(comparison.rules.sounds)
    said, applied = comparison.said, str(comparison.applied)
    if sounds.same(said, applied):
        return Held(comparison.applied)
    if len(sounding_characters(said)) >= 3 and sounds.contains(applied, said):
        return Held(comparison.applied)
    return None


def _same(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one == other or (_letters(one) == _letters(other) != "")
    return type(one) is type(other) and one == other


def _letters(text: str) -> str:
    return re.sub(r"[\s\W_]+", "", text).casefold()
