"""The comparison ladder: levels tried in order, the first that holds decides (after Splink's comparison levels)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pipeline.reconcile.addresses import address_parts, address_sound, vague_place
from pipeline.reconcile.amounts import exact_number, tolerance, within_range
from pipeline.reconcile.catalogue import brand_short_form, model_alias, model_short_form, model_sound
from pipeline.reconcile.comparison import Comparison, Held
from pipeline.reconcile.digits import few_digits, first_digits, full_number, inner_digits, last_digits, lost_digit
from pipeline.reconcile.misheard import near_sound
from pipeline.reconcile.names import given_name, name_sound, surname_only
from pipeline.reconcile.organisations import generic_organisation, short_organisation, sounding_organisation
from pipeline.reconcile.rules import Level
from pipeline.reconcile.vocabulary import (
    aliased,
    canonical_word,
    near_value,
    same_sounding,
    same_value,
    short_text,
    untold_job,
)
from pipeline.types import Scalar

Test = Callable[[Comparison, Level], Held | None]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the ladder decided: the level that held, what follows from it, and the value to report."""

    level: Level
    outcome: Literal["match", "mismatch", "unclear"]
    canonical: Scalar | None
    wording: Mapping[str, str]


def _otherwise(comparison: Comparison, level: Level) -> Held:
    value = comparison.stated.value
    return Held(None if value is None else canonical_word(comparison, value))


# One place for all levels. A level may be told apart by the field's type.
TESTS: Mapping[str, Test] = MappingProxyType(
    {
        "exact": same_value,
        "exact:money": exact_number,
        "exact:months": exact_number,
        "exact:years": exact_number,
        "near": near_value,
        "alias": aliased,
        "alias:model": model_alias,
        "short_form": short_text,
        "short_form:organisation": short_organisation,
        "short_form:brand": brand_short_form,
        "short_form:model": model_short_form,
        "same_sound": same_sounding,
        "same_sound:organisation": sounding_organisation,
        "same_sound:model": model_sound,
        "name_sound": name_sound,
        "given_name": given_name,
        "surname_only": surname_only,
        "full_number": full_number,
        "last_digits": last_digits,
        "first_digits": first_digits,
        "inner_digits": inner_digits,
        "few_digits": few_digits,
        "lost_digit": lost_digit,
        "address_parts": address_parts,
        "address_sound": address_sound,
        "vague_place": vague_place,
        "generic_name": generic_organisation,
        "untold_job": untold_job,
        "near_sound": near_sound,
        "tolerance": tolerance,
        "range": within_range,
        "else": _otherwise,
    }
)


def decide(comparison: Comparison) -> Decision:
    """The first level of the field's ladder that holds. Every ladder ends with `else`, which always does."""
    for level in comparison.rule.ladder:
        test = TESTS.get(f"{level.name}:{comparison.rule.type}") or TESTS[level.name]
        held = test(comparison, level)
        if held is not None:
            return Decision(level, level.outcome, held.canonical, held.wording)
    raise AssertionError("a validated ladder ends with else")
