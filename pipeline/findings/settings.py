"""What findings are looked for by: shapes of `signals.yaml`, `script.yaml`, `risk.yaml`, `next_steps.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from configs import path_of, read_yaml
from pipeline.contract import ComplianceItem, Outcome, Role, Severity, SignalCode
from pipeline.errors import SettingsError
from pipeline.findings.grammar import Grammar
from pipeline.language.sieve import Sought, sought
from pipeline.reconcile.rules import FieldRules, load_field_rules
from pipeline.reconcile.shapes import Label, Settings, Share, describe


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is not a regular expression ({error})") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
Patterns = tuple[Pattern, ...]
Values = tuple[str | bool | float | None, ...]


class Cue(Settings):
    """What, said by one of `by`, points to a finding; `after` and `not_after` look at the agent's latest turn.

    `read` is a label of the trained reader, which is asked where no other cue is found; it counts from `chance` on, in
    a turn that holds one of `needs`. Taken away by `unless` around it, `unless_before` in front of it (anchor with $),
    `unless_next` in the customer's next turn, `unless_later` in any later turn of the customer's, `unless_fact` by what
    is settled of all these fields, `unless_told` by a value of this field in the customer's own words that is the one
    on paper. With `needs_open`, only where a question was left without a usable answer; with `this_car`, not what
    somebody else does with another car; with `own_change`, not what somebody else has changed, or something else than
    his job, home or number.
    """

    phrases: tuple[str, ...] = ()
    patterns: Patterns = ()
    read: str = ""
    chance: Share = 0.5
    needs: Patterns = ()
    by: tuple[Role, ...] = ("customer",)
    confidence: Share = 0.9
    after: Patterns = ()
    not_after: Patterns = ()
    unless: Patterns = ()
    unless_before: Patterns = ()
    unless_next: Patterns = ()
    unless_later: Patterns = ()
    unless_fact: dict[str, Values] = Field(default_factory=dict)
    unless_told: str = ""
    needs_open: bool = False
    this_car: bool = False
    own_change: bool = False
    negated: Literal["skip", "keep"] = "skip"
    questions: Literal["skip", "keep"] = "skip"

    def model_post_init(self, context: object, /) -> None:
        """Puts the patterns into the sieve, before any turn is sifted."""
        for patterns in (self.patterns, self.after, self.not_after):
            sought(patterns)

    @cached_property
    def said(self) -> Sought:
        """The patterns, of which a turn is told quickly to hold none."""
        return sought(self.patterns)

    @cached_property
    def asked(self) -> Sought:
        """Those that the question before must hold."""
        return sought(self.after)

    @cached_property
    def not_asked(self) -> Sought:
        """Those that it must not."""
        return sought(self.not_after)


def patterns_of(cues: Iterable[Cue]) -> Iterator[str]:
    """The patterns that cues look for in turns and in the questions before them."""
    return (pattern for cue in cues for pattern in (*cue.patterns, *cue.after, *cue.not_after))


def _read_of(cues: Iterable[Cue]) -> frozenset[Role]:
    return frozenset(role for cue in cues if cue.read for role in cue.by)


class Agreed(Settings):
    """An agent's question that the customer answers yes, or no; `unless` takes the question away, `unless_told` as in a
    cue.
    """

    question: Patterns
    unless: Patterns = ()
    unless_told: str = ""
    answer: Literal["yes", "no"] = "yes"
    confidence: Share = 0.85

    def model_post_init(self, context: object, /) -> None:
        """Puts the questions into the sieve, before any turn is sifted."""
        sought(self.question)

    @cached_property
    def asked(self) -> Sought:
        """The questions, of which a turn is told quickly to hold none."""
        return sought(self.question)


class FactCue(Settings):
    """A field's value that points to a signal: one of `values`, or at most, or at least, so much; or that it is denied.

    With `read`, the trained reader must find that label with `chance` in a turn that proves the value and answers no
    question of `not_after`; not in one of at most `short` letters that answers a question of `after`. What the reader
    of purposes holds by `agrees` is also seen where the reader of signs finds it `nearly`.
    """

    field: str
    values: Values = ()
    at_most: float | None = None
    at_least: float | None = None
    denied: bool = False
    read: str = ""
    chance: Share = 0.5
    short: int = 0
    agrees: Share = 1.0
    nearly: Share = 1.0
    after: Patterns = ()
    not_after: Patterns = ()
    confidence: Share = 0.9


class Prompted(Settings):
    """A third voice says what the customer then repeats."""

    confidence: Share = 0.75


class TurnedDown(Settings):
    """What somebody offered or asked and the customer would not; not where he did it `after_all`, said behind."""

    patterns: Patterns = ()
    after_all: Patterns = ()

    @cached_property
    def unless(self) -> Patterns:
        """The patterns, each without anything of `after_all` behind it."""
        behind = f"(?!.*(?:{'|'.join(self.after_all)}))" if self.after_all else ""
        return tuple(f"(?:{pattern}){behind}" for pattern in self.patterns)


class SignalRule(Settings):
    """How one signal is found and how much it matters.

    `limit` is a share of the stated income; `excludes` are signals that do not stand beside it, `implies` what a field
    then is, `needed_for` what a field is not without it. What cues with patterns find in a customer's turn, and
    contradicted facts, need the trained reader to find the signal `plausible` there (its chance of the code). With
    `offered`, others may have offered it or asked for it in vain (他要两个点,我没睬他); with `unless_answered`, no turn
    counts in which the customer tells a value of his own that settles a field.
    """

    code: SignalCode
    severity: Severity
    label: Label
    explanation: Label
    cues: tuple[Cue, ...] = ()
    agreed: tuple[Agreed, ...] = ()
    facts: tuple[FactCue, ...] = ()
    prompted: Prompted | None = None
    when_applied: dict[str, Values] = Field(default_factory=dict)
    unless_applied: dict[str, Values] = Field(default_factory=dict)
    unless_fact: dict[str, Values] = Field(default_factory=dict)
    plausible: Share = 0.0
    offered: bool = False
    unless_answered: bool = False
    limit: float | None = None
    excludes: tuple[SignalCode, ...] = ()
    implies: dict[str, str] = Field(default_factory=dict)
    needed_for: dict[str, Values] = Field(default_factory=dict)


class Answers(Settings):
    """What opens a short answer that means yes or no."""

    yes: Pattern
    no: Pattern
    not_yes: Pattern


class SignalRules(Settings):
    """All of `signals.yaml`; `grammar` is that of `cues.yaml`."""

    unless_anywhere: Patterns = ()
    turned_down: TurnedDown = TurnedDown()
    signals: tuple[SignalRule, ...]
    answers: Answers
    grammar: Grammar

    def unless(self, rule: SignalRule) -> Patterns:
        """What, around any cue of `rule`, takes it away."""
        return (*self.unless_anywhere, *self.turned_down.unless) if rule.offered else self.unless_anywhere

    @cached_property
    def read_of(self) -> frozenset[Role]:
        """In whose turns the trained reader looks for cues."""
        return _read_of(cue for rule in self.signals for cue in rule.cues)


class FullNumber(Settings):
    """An identity number read out: at least so many digits in a row."""

    minimum: int = 15


Place = Literal["opening", "closing", "anywhere"]


class ScriptCue(Cue):
    """A cue of the script; `within` narrows its item's."""

    within: Place | None = None


class ScriptItem(Settings):
    """One duty or prohibition of the agent."""

    item: ComplianceItem
    kind: Literal["duty", "prohibition"]
    within: Place = "anywhere"
    cues: tuple[ScriptCue, ...] = ()
    full_number: FullNumber | None = None


class BrokeOff(Settings):
    """What is heard where a call ends before it is done."""

    patterns: Patterns
    last_turns: int = 4


class ScriptRules(Settings):
    """All of `script.yaml`; `grammar` is that of `cues.yaml`. Opening and closing are counted in the agent's turns."""

    opening_turns: int = 4
    closing_turns: int = 4
    items: tuple[ScriptItem, ...]
    broke_off: BrokeOff
    grammar: Grammar

    @cached_property
    def read_of(self) -> frozenset[Role]:
        """In whose turns the trained reader looks for cues."""
        return _read_of(cue for item in self.items for cue in item.cues)


Points = Annotated[float, Field(ge=0)]


class RiskPoints(Settings):
    """Points by what was found and how much it matters."""

    mismatch: dict[Severity, Points]
    contradicted: dict[Severity, Points]
    unclear: dict[Severity, Points]
    not_stated: Points
    signal: dict[Severity, Points]
    compliance: dict[ComplianceItem, Points] = Field(default_factory=dict)

    def of(self, outcome: Outcome, severity: Severity | None) -> float:
        """Points of a field's outcome."""
        if severity is None or outcome not in ("mismatch", "contradicted", "unclear"):
            return 0.0
        table: dict[Severity, Points] = getattr(self, outcome)
        return table.get(severity, 0.0)


class Bands(Settings):
    """From which score on a call is of medium or high risk."""

    medium: Share
    high: Share


class RiskRules(Settings):
    """All of `risk.yaml`."""

    points: RiskPoints
    bands: Bands


class NextStepRules(Settings):
    """All of `next_steps.yaml`: texts with {fields}, {questions}, {reasons}, {salutation}."""

    list_separator: Label
    agent: dict[str, Label]
    reviewer: dict[str, Label]
    customer: dict[str, Label]
    salutation: Label
    questions: dict[str, str]


class FindingRules(Settings):
    """Everything that findings are looked for by."""

    fields: FieldRules
    signals: SignalRules
    script: ScriptRules
    risk: RiskRules
    next_steps: NextStepRules


Shape = TypeVar("Shape", bound=Settings)


def load_finding_rules(own: Path | None = None) -> FindingRules:
    """Rules of all findings, from the lender's folder `own` or the embedded defaults.

    Raises `SettingsError` saying which file, which key and how to mend it.
    """
    grammar = _read("cues.yaml", Grammar, own)
    return FindingRules(
        fields=load_field_rules(own),
        signals=_read("signals.yaml", SignalRules, own, grammar=grammar),
        script=_read("script.yaml", ScriptRules, own, grammar=grammar),
        risk=_read("risk.yaml", RiskRules, own),
        next_steps=_read("next_steps.yaml", NextStepRules, own),
    )


def _read(name: str, shape: type[Shape], own: Path | None, **beside: Settings) -> Shape:
    """A file in its shape, which holds `beside` of other files."""
    written = read_yaml(name, own)
    try:
        return shape.model_validate({**written, **beside} if isinstance(written, dict) else written)
    except (ValidationError, TypeError) as error:
        raise SettingsError(f"config file {path_of(name, own)}: {describe(error)}") from error
