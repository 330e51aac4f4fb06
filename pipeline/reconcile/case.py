"""One field of one call: what comes of the fact beside the value on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.contract import FieldOutcome, Outcome
from pipeline.reconcile import wording
from pipeline.reconcile.comparison import Comparison
from pipeline.reconcile.down_payments import DOWN_PAYMENT, with_share_resolved
from pipeline.reconcile.ladder import Decision, decide
from pipeline.reconcile.lexicon import Lexicon
from pipeline.reconcile.open_look import OpenLook
from pipeline.reconcile.reporting import evidence_of, item_of, severity_of
from pipeline.reconcile.rules import FieldRule, FieldRules
from pipeline.reconcile.second_look import SecondLook
from pipeline.types import Fact, Scalar, Stated

REPLACED = (
    "contact.name",
    "employment.employer",
    "vehicle.brand",
    "vehicle.model",
    "vehicle.price",
    "loan.amount",
    "loan.term_months",
    "loan.down_payment",
    "loan.monthly_payment",
)
_MEASURED = ("money", "months", "years")
_TAKEN_BACK = ("income.monthly", "employment.years", "debt.monthly_payment")
POSITION = "employment.position"
HAS_LOANS, HOME = "debt.has_other_loans", "identity.residence_type"


class Case:
    """A field, what was said of it, and what is on paper."""

    def __init__(
        self,
        rule: FieldRule,
        said: Mapping[str, Fact],
        applied: Mapping[str, Scalar],
        rules: FieldRules,
        lexicon: Lexicon,
        look: SecondLook | None,
        open_look: OpenLook | None,
    ) -> None:
        self.rule, self.rules, self.lexicon, self.look = rule, rules, lexicon, look
        self.said, self.application = said, applied
        self.applied = applied.get(rule.field)
        fact = said.get(rule.field)
        self.fact = with_share_resolved(fact, said, applied) if fact and rule.field == DOWN_PAYMENT else fact
        self.open_look = open_look

    def outcome(self) -> FieldOutcome:
        """What comes of the field; what stays open is searched for the value on paper."""
        found = self._first()
        if found.outcome not in ("not_stated", "unclear") or self.open_look is None or self.applied is None:
            return found
        paper = Comparison(self.rule, Stated(self.applied, ""), self.applied, self.rules, self.lexicon)
        if self._is_taken_back():
            return found
        fact = self.open_look.fact(paper, self.application, self.said)
        if fact is None or fact.stated is None:
            return found
        self.fact = fact
        return self._decided(fact.stated, self._decide(fact.stated))

    def _is_taken_back(self) -> bool:
        """Whether the customer has said what is on paper, and taken it back: it is not to be found again."""
        if self.fact is None or self.fact.status not in ("settled", "denied") or self.rule.field not in _TAKEN_BACK:
            return False
        return any(self._decide(saying).outcome == "match" for saying in self.fact.history if _usable(saying))

    def _first(self) -> FieldOutcome:
        if self.fact is None:
            return self._build("not_stated", wording.not_stated(self.rule, self.rules))
        if self.fact.status == "contradicted":
            return self._contradicted(self.fact)
        if self.fact.status == "denied":
            return self._denied(self.fact)
        if self.fact.status == "unclear" or self.fact.stated is None or not _usable(self.fact.stated):
            return self._build("unclear", wording.unclear(self.rule, self.rules), stated=self.fact.stated)
        return self._settled(self.fact.stated)

    def _settled(self, stated: Stated) -> FieldOutcome:
        if self.applied is None:
            return self._build("not_applied", wording.not_on_paper(self.rule, self.rules, stated), stated=stated)
        decision = self._decide(stated)
        if self._denies_title(stated, decision):
            return self._decided(stated, Decision(self.rule.ladder[-1], "mismatch", stated.value, {}))
        if (
            decision.outcome == "match"
            and stated.polarity == "confirmed"
            and (own := self._his_own(stated)) is not None
        ):
            assert self.fact is not None
            rivals = tuple(saying for saying in (*self.fact.history, stated) if saying.value != own.value)
            self.fact = replace(self.fact, stated=own, history=rivals)
            return self._decided(own, self._decide(own))
        if decision.outcome == "mismatch" and self.look is not None and self.fact is not None:
            again = (
                None if self._is_replaced() else self.look.says_applied(self._comparison(stated), self.fact.evidence)
            )
            if self._excepts_a_loan(stated):
                yes = replace(stated, value=True)
                return self._decided(yes, self._decide(yes), doubt=self.rules.second_look.confidence)
            if again is not None:
                return self._decided(again, self._decide(again), doubt=self.rules.second_look.confidence)
            if self._is_doubtful(stated, against_another=False):
                return self._build("unclear", wording.unclear(self.rule, self.rules), stated=stated)
        return self._decided(stated, decision)

    def _denies_title(self, stated: Stated, decision: Decision) -> bool:
        """Whether the customer tells another job than the one on paper, which he denies, however near they are."""
        if self.rule.field != POSITION or decision.outcome != "match" or self.look is None or self.fact is None:
            return False
        return self.look.denies_title(stated, str(self.applied), self.fact.evidence)

    def _his_own(self, confirmed: Stated) -> Stated | None:
        """The value that he says himself where he seems to agree to another, and has said before: 没记错,两千零五十."""
        if self.look is None or self.fact is None or self.rule.type not in _MEASURED:
            return None
        for saying in reversed(self.fact.history):
            again = saying.polarity == "stated" and saying.value not in (None, confirmed.value)
            if again and self.look.is_said_last(saying, self.fact.evidence[-1:]):
                return saying
        return None

    def _is_replaced(self) -> bool:
        """Whether he has put another value in the place of the one on paper."""
        if self.fact is None or self.rule.field not in REPLACED:
            return False
        return any(self._decide(saying).outcome == "match" for saying in self.fact.history if _usable(saying))

    def _excepts_a_loan(self, stated: Stated) -> bool:
        """Whether 没有 only denies loans beside the one that he has told of, or that the question takes for granted."""
        if self.rule.field != HAS_LOANS or stated.value is not False or self.look is None or self.fact is None:
            return False
        home = self.said.get(HOME)
        if home is not None and home.status == "settled" and home.stated and home.stated.value == "mortgage":
            return True
        return self.look.excepts_loans(self.fact.evidence)

    def _is_doubtful(self, stated: Stated, *, against_another: bool) -> bool:
        if self.look is None or self.fact is None:
            return False
        limit = self.look.limit(self.rule, against_another=against_another)
        return self.look.is_doubtful(self._comparison(stated), self.fact.evidence, self.application, limit=limit)

    def _decided(self, stated: Stated, decision: Decision, *, doubt: float = 1.0) -> FieldOutcome:
        assert self.applied is not None
        words = wording.compared(self.rule, self.rules, stated, self.applied, decision.level, decision.wording)
        return self._build(
            decision.outcome,
            words,
            stated=replace(stated, value=decision.canonical),
            level=decision.level.name,
            factor=decision.level.confidence * doubt,
        )

    def _contradicted(self, fact: Fact) -> FieldOutcome:
        """Rival values that all agree with the application are one value heard twice, not a contradiction; neither is
        a value beside one that a second look does not take for the customer's own."""
        sayings = [*fact.history, *([fact.stated] if fact.stated else [])]
        usable = [saying for saying in sayings if _usable(saying)]
        if self.applied is not None and len(usable) > 1 and fact.stated and _usable(fact.stated):
            matching = [saying for saying in usable if self._decide(saying).outcome == "match"]
            if len(matching) == len(usable):
                return self._decided(fact.stated, self._decide(fact.stated))
            left = [saying for saying in usable if saying in matching or not self._is_discredited(saying, matching)]
            left = usable if fact.wavers else left
            if left and all(saying in matching for saying in left):
                return self._decided(left[-1], self._decide(left[-1]), doubt=self.rules.second_look.confidence)
            if len(left) == 1:
                return self._decided(left[0], self._decide(left[0]), doubt=self.rules.second_look.confidence)
        words = wording.contradicted(self.rule, self.rules, sayings, self.applied)
        return self._build("contradicted", words, stated=fact.stated)

    def _is_discredited(self, rival: Stated, matching: Sequence[Stated]) -> bool:
        """Whether a rival of what agrees with the application is rather no statement of this field."""
        if self.look is None or self.fact is None:
            return False
        if matching and self.rule.field in self.rules.second_look.one_agrees:
            return True
        if any(self.look.same_breath(rival, saying, self.fact.evidence) for saying in matching):
            return True
        return self._is_doubtful(rival, against_another=bool(matching))

    def _denied(self, fact: Fact) -> FieldOutcome:
        """A refused value is a mismatch when it is the applied one; a refused yes/no or one of two is the other."""
        if (other := self._the_other(fact)) is not None:
            return self._settled(other)
        stated = replace(fact.stated, value=None) if fact.stated else _refusal(fact)
        if self.applied is None:
            return self._build("not_applied", wording.not_on_paper(self.rule, self.rules, stated), stated=stated)
        unsaid = self.look is not None and self.rule.type in _MEASURED and self.look.is_no_denial(fact.evidence)
        if unsaid or not self._applied_is_refused(fact):
            return self._build("unclear", wording.unclear(self.rule, self.rules), stated=stated)
        words = wording.denied(self.rule, self.rules, stated, self.applied)
        return self._build("mismatch", words, stated=stated, level="denied")

    def _applied_is_refused(self, fact: Fact) -> bool:
        """Whether the refusal hits the applied value: it is the refused one, or lies beyond the bound said."""
        bounds = (fact.stated.low, fact.stated.high) if fact.stated else (None, None)
        refused = [saying for saying in fact.history if _usable(saying)]
        if refused:
            return any(self._decide(saying).outcome == "match" for saying in refused)
        if bounds != (None, None) and isinstance(self.applied, int | float):
            low, high = bounds
            return (low is not None and self.applied <= low) or (high is not None and self.applied >= high)
        return True

    def _the_other(self, fact: Fact) -> Stated | None:
        """The remaining value where the vocabulary has two and one was refused."""
        refused = fact.history[-1] if fact.history else None
        if refused is None or refused.value is None:
            return None
        if isinstance(refused.value, bool):
            return replace(fact.stated or refused, value=not refused.value)
        values = list(self.rules.words.get(self.rule.words or "", {}))
        if len(values) == 2 and refused.value in values:
            return replace(fact.stated or refused, value=values[1 - values.index(str(refused.value))])
        return None

    def _decide(self, stated: Stated) -> Decision:
        return decide(self._comparison(stated))

    def _comparison(self, stated: Stated) -> Comparison:
        assert self.applied is not None
        assert self.fact is not None
        heard = " ".join((stated.text, *(item.quote for item in self.fact.evidence)))
        return Comparison(self.rule, stated, self.applied, self.rules, self.lexicon, heard, self._sureness)

    def _sureness(self, stated: Stated) -> Sequence[float]:
        return self.look.sureness(stated, self.fact.evidence) if self.look and self.fact else ()

    def _build(
        self,
        outcome: Outcome,
        words: wording.Said,
        *,
        stated: Stated | None = None,
        level: str | None = None,
        factor: float = 1.0,
    ) -> FieldOutcome:
        fact = self.fact
        return FieldOutcome(
            field=self.rule.field,
            outcome=outcome,
            severity=severity_of(self.rule, outcome),
            confidence=round(min(1.0, max(0.0, fact.confidence * factor)), 3) if fact else 1.0,
            applied=self.applied,
            stated=item_of(stated) if stated else None,
            history=[item_of(saying) for saying in fact.history] if fact else [],
            level=level,
            explanation=words.en,
            explanation_zh=words.zh,
            evidence=evidence_of(fact) if fact else [],
        )


def _usable(stated: Stated) -> bool:
    return stated.value is not None or stated.low is not None or stated.high is not None


def _refusal(fact: Fact) -> Stated | None:
    quote = fact.evidence[-1].quote if fact.evidence else ""
    return Stated(None, quote) if quote else None
