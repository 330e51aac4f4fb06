"""A number read out over several turns, with 嗯 and 对 of the agent in between."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.dialogue.settle import Statement
from pipeline.types import Evidence, Stated

FIELD = "identity.id_number"
SHORTEST, WHOLE = 4, 18


@dataclass(slots=True)
class DigitsInProgress:
    """Groups of an identity number put together until as many digits are there as were asked for."""

    wanted: int = 0
    digits: str = ""
    texts: list[str] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    confidence: float = 1.0
    settles: bool = False

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
        wanted = self.wanted or WHOLE
        if digits == self.digits:
            return None
        if settles or len(self.digits) + len(digits) > wanted or (self.wanted and len(digits) == wanted):
            self.digits, self.texts, self.evidence, self.confidence = "", [], [], 1.0
        self.digits += digits
        self.texts.append(text)
        self.evidence.append(evidence)
        self.confidence = min(self.confidence, confidence)
        self.settles = self.settles or settles
        return self.finish() if len(self.digits) >= wanted else None

    def finish(self) -> Statement | None:
        """The statement of what has been said so far; None where it is too short to mean anything."""
        statement = None
        if len(self.digits) >= SHORTEST:
            stated = Stated(self.digits, " ".join(self.texts))
            proof = tuple(dict.fromkeys(self.evidence))
            statement = Statement(FIELD, "state", stated, proof, self.confidence, self.settles)
        self.digits, self.texts, self.evidence, self.confidence, self.settles = "", [], [], 1.0, False
        return statement
