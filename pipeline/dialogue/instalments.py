"""The instalments of several debts added up: 房贷三千二, 车贷一千五 is 4,700 a month."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.dialogue.debts import PAYS
from pipeline.dialogue.settle import Statement
from pipeline.types import Evidence, Stated


@dataclass(slots=True)
class Instalments:
    """What has been said of every debt so far, by its name (the last word counts for each)."""

    amounts: dict[str, Stated] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def take(
        self, name: str, stated: Stated, evidence: Evidence, confidence: float, *, instead: bool = False
    ) -> Statement:
        """Notes the instalment of one debt; gives the sum of all as a statement that replaces the one before.

        "+" names one more debt that has no name; `instead`: this sum takes the place of all before it.
        """
        if name == "+":
            name = f"+{len(self.amounts)}"
        known = [_number(each.value) for each in self.amounts.values()]
        if len(known) > 1 and stated.value == sum(known):
            return Statement(PAYS, "state", stated, (evidence,), confidence, adds=True)
        self.amounts[name] = stated
        self.evidence[name] = evidence
        proof = tuple(dict.fromkeys(self.evidence.values()))
        said = list(self.amounts.values())
        if len(said) == 1:
            return Statement(PAYS, "state", stated, proof, confidence, adds=instead)
        hedged = any(each.hedged for each in said)
        total = Stated(
            sum(_number(each.value) for each in said),
            " ".join(each.text for each in said),
            sum(_bound(each, each.low) for each in said) if hedged else None,
            sum(_bound(each, each.high) for each in said) if hedged else None,
            hedged=hedged,
        )
        return Statement(PAYS, "state", total, proof, confidence, adds=True)

    def forget(self) -> None:
        """Drops what was said: the next sum stands for all of it."""
        self.amounts.clear()
        self.evidence.clear()


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0.0


def _bound(stated: Stated, bound: float | None) -> float:
    return _number(stated.value) if bound is None else bound
