"""A number read out over several turns, with 嗯 and 对 of the agent in between."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.dialogue.settle import Statement
from pipeline.types import Evidence, Stated

FIELD, MOBILE = "identity.id_number", "identity.mobile"
SHORTEST, REPEATED = 4, 2
WHOLE = {FIELD: 18, MOBILE: 11}


@dataclass(slots=True)
class DigitsInProgress:
    """Groups of an identity or telephone number put together until as many digits are there as were asked for."""

    name: str = FIELD
    wanted: int = 0
    digits: str = ""
    texts: list[str] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    confidence: float = 1.0
    settles: bool = False
    told: str = ""

    @property
    def any(self) -> bool:
        """Whether digits have been said that are not complete yet."""
        return bool(self.digits)

    def begin(self, wanted: int) -> Statement | None:
        """Starts to wait for `wanted` digits (0: the whole number or its end); gives what was left over."""
        left = None if self.wanted == wanted else self.finish()
        self.wanted = wanted
        return left

    def take(self, digits: str, text: str, evidence: Evidence, confidence: float, *, settles: bool) -> Statement | None:
        """Takes a group; gives the statement when the number is complete."""
        wanted = self.wanted or WHOLE[self.name]
        whole = len(self.told) == WHOLE[self.name] and not self.digits
        if digits == self.digits or (whole and self.told.endswith(digits) and not settles):
            return None
        if settles and whole and len(digits) < len(self.told):
            digits = self.told[: -len(digits)] + digits  # only the end is said anew
        if not settles and len(digits) < wanted:
            digits = digits[self._overlap(digits, wanted) :]
        if settles or len(self.digits) + len(digits) > wanted or (self.wanted and len(digits) == wanted):
            self.digits, self.texts, self.evidence, self.confidence = "", [], [], 1.0
        self.digits += digits
        self.texts.append(text)
        self.evidence.append(evidence)
        self.confidence = min(self.confidence, confidence)
        self.settles = self.settles or settles
        return self.finish() if len(self.digits) >= wanted else None

    def _overlap(self, digits: str, wanted: int) -> int:
        """How many digits of a group only repeat the end of what was said: 幺三八,八九九零,拐拐……拐拐二三."""
        beyond = len(self.digits) + len(digits) - wanted
        return beyond if beyond >= REPEATED and self.digits.endswith(digits[:beyond]) else 0

    def finish(self) -> Statement | None:
        """The statement of what has been said so far; None where it is too short to mean anything."""
        statement = None
        if len(self.digits) >= SHORTEST:
            self.told = self.digits
            stated = Stated(self.digits, " ".join(self.texts))
            proof = tuple(dict.fromkeys(self.evidence))
            statement = Statement(self.name, "state", stated, proof, self.confidence, self.settles)
        self.digits, self.texts, self.evidence, self.confidence, self.settles = "", [], [], 1.0, False
        return statement
