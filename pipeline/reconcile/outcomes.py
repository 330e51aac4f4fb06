"""The façade of reconciliation: facts of a call held against the application, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.contract import FieldOutcome
from pipeline.reconcile.case import Case
from pipeline.reconcile.lexicon import load_lexicon
from pipeline.reconcile.open_look import OpenLook
from pipeline.reconcile.rules import FieldRules
from pipeline.reconcile.second_look import SecondLook
from pipeline.reconcile.told_by_others import told_by_others
from pipeline.types import Fact, Scalar


def reconcile(
    facts: Sequence[Fact],
    applied: Mapping[str, Scalar],
    rules: FieldRules,
    look: SecondLook | None = None,
    open_look: OpenLook | None = None,
) -> tuple[FieldOutcome, ...]:
    """One outcome for every field, in the order of `rules`.

    `applied` holds the filled leaves of the application by field path and may be empty: what was said is then
    `not_applied`. Of several facts on one field the last counts. With `look`, what seems to differ is looked at again
    in its turns before it stands. Raises nothing on any well-formed input.
    """
    said = {fact.field: fact for fact in facts}
    lexicon = load_lexicon(rules.own)
    cases = [Case(rule, said, applied, rules, lexicon, look, open_look) for rule in rules.fields]
    return told_by_others({case.rule.field: case.outcome() for case in cases}, rules)
