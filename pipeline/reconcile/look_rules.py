"""What `second_look` and `open_look` of `fields.yaml` hold: limits, and words as they are said."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipeline.reconcile.shapes import NEVER, Settings, Share, Wording


class DoubtRules(Settings):
    """Words that carry a difference, or do not; see `fields.yaml`."""

    on_paper: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    trade: Share = 0.1
    private: Share = 0.3
    jobs: tuple[str, ...] = ()
    drives: str = ""
    beside: int = 4
    alone: int = 3
    reach: int = 10
    not_in_firms: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()
    that: tuple[str, ...] = ()
    loans: tuple[str, ...] = ()
    not_in_names: tuple[str, ...] = ()
    of_people: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()


class AroundName(Settings):
    """What may stand around a name in a clause that is all name; see `fields.yaml`."""

    before: str = ""
    behind: str = ""


class SecondLookRules(Settings):
    """What a value that differs from the application is doubted by; see `fields.yaml`."""

    confidence: Share = 0.75
    nearly: Share = 0.02
    beyond_belief: Annotated[float, Field(gt=1)] = 8.0
    credible: dict[str, tuple[float, float]] = Field(default_factory=dict)
    beside_another: Annotated[float, Field(gt=1)] = 3.0
    one_agrees: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    not_called: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()
    writes_down: Wording = NEVER
    himself: Wording = NEVER
    says_again: Wording = NEVER
    turned: Wording = NEVER
    told_him: Wording = NEVER
    paid_to: Wording = NEVER
    sellers: Wording = NEVER
    paid_by: Wording = NEVER
    paid_in_part: tuple[str, ...] = ()
    calls_himself: tuple[str, ...] = ()
    around_name: AroundName = AroundName()
    still: tuple[str, ...] = ()
    no_title: Wording = NEVER
    it_is: tuple[str, ...] = ()
    it_is_not: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    bought: tuple[str, ...] = ()
    unknown: Wording = NEVER
    not_by_agreement: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    told_together: tuple[tuple[str, ...], ...] = ()
    parts_of_income: tuple[str, ...] = ()
    says: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    loans_excepted: tuple[str, ...] = ()
    wavering: tuple[str, ...] = ()
    doubts: DoubtRules = DoubtRules()


class OpenLookRules(Settings):
    """What lets the value on paper count where a field stayed open; see `fields.yaml`."""

    confidence: Share = 0.75
    asked: Share = 0.3
    read_out: Share = 0.1
    private: Share = 0.3
    commercial: Share = 0.3
    plainly: Share = 0.6
    digits: int = 3
    himself: Share = 0.6
    titles: tuple[str, ...] = ()
    told_together: tuple[tuple[str, ...], ...] = ()
    not_purposes: tuple[str, ...] = ()
    implies_only: Wording = NEVER
    goes_on: tuple[str, ...] = ()
    behind_firms: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    stands_in: tuple[str, ...] = ()
    says: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
