"""What a level of the ladder gets, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.reconcile.lexicon import Lexicon
from pipeline.reconcile.rules import FieldRule, FieldRules
from pipeline.types import Scalar, Stated


def _unknown(stated: Stated) -> Sequence[float]:
    return ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One stated value against the applied one. `heard` is the stated text and its quotes, for hints like 后四位;
    `sureness` tells how sure the recogniser was of each character of a stated text, where it is known.
    """

    rule: FieldRule
    stated: Stated
    applied: Scalar
    rules: FieldRules
    lexicon: Lexicon
    heard: str = ""
    sureness: Callable[[Stated], Sequence[float]] = _unknown

    @property
    def said(self) -> str:
        """The canonical stated value as text, else what was heard."""
        return str(self.stated.value) if self.stated.value is not None else self.stated.text


@dataclass(frozen=True, slots=True)
class Held:
    """A level holds. `canonical` is the value to report, `wording` fills the level's sentence."""

    canonical: Scalar | None
    wording: Mapping[str, str] = field(default_factory=dict)
