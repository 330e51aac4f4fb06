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
    groups: list[str] = field(default_factory=list)
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
        if self.digits and not wanted:  # 六洞 - 后面呢? - 五八
            return None
        left = None if self.wanted == wanted else self.finish()
        self.wanted = wanted
        return left

    def take(self, digits: str, text: str, evidence: Evidence, confidence: float, *, settles: bool) -> Statement | None:
        """Takes a group; gives the statement when the number is complete."""
        wanted = self.wanted or WHOLE[self.name]
        whole = len(self.told) == WHOLE[self.name] and not self.digits
        if digits == self.digits or (whole and self.told.endswith(digits) and not settles):
            return None
        if settles and not self.digits and len(digits) < len(self.told) in (WHOLE[self.name], wanted):
            digits = self.told[: -len(digits)] + digits  # only the end is said anew
        elif settles and self._takes_place_of_last(digits, wanted):
            settles = False
            self.digits = self.digits.removesuffix(self.groups.pop())
            self.texts.pop()
            self.evidence.pop()
        if not settles and len(digits) < wanted:
            digits = digits[self._overlap(digits, wanted) :]
        if settles or len(self.digits) + len(digits) > wanted or (self.wanted and len(digits) == wanted):
            self.digits, self.groups, self.texts, self.evidence, self.confidence = "", [], [], [], 1.0
        self.digits += digits
        self.groups.append(digits)
        self.texts.append(text)
        self.evidence.append(evidence)
        self.confidence = min(self.confidence, confidence)
        self.settles = self.settles or settles
        return self.finish() if len(self.digits) >= wanted else None

    def _takes_place_of_last(self, digits: str, wanted: int) -> bool:
        """Whether a group only corrects the one before it: 幺七三,幺二七幺,六六七,哎不对,六六幺七."""
        if len(self.groups) < 2 or digits.startswith(self.groups[0]):
            return False
        last = self.groups[-1]
        alike = len(digits) == len(last) or digits[0] == last[0]
        return alike and len(self.digits) - len(last) + len(digits) <= wanted

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
        self.digits, self.groups, self.texts, self.evidence = "", [], [], []
        self.confidence, self.settles = 1.0, False
        return statement
