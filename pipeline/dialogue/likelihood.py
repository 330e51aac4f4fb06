"""How likely an agent's turn is about each field, by the trained model of questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

from pipeline.dialogue.agent_names import WHOLE, AgentNames
from pipeline.dialogue.features import CONTEXT
from pipeline.dialogue.scoring import TextScorer
from pipeline.language.masking import mask
from pipeline.language.script import CLAUSE_END
from pipeline.types import LabelModel, Mention

# By one clause of several, a turn is about a field above this chance.
CLAUSE = 0.6
BREAKS = CLAUSE_END | {" "}
_CLAUSE = re.compile(rf"[^\s{re.escape(''.join(BREAKS))}]{{2,}}")


class Heard(NamedTuple):
    """A turn's mentions with who is called by his name; its clauses (where there are several) and itself, masked."""

    mentions: tuple[Mention, ...]
    parts: tuple[str, ...]


class Likelihood:
    """Scores agents' turns. Remembers every turn: make one `for_call`, and drop it with the call."""

    def __init__(self, model: LabelModel, names: AgentNames) -> None:
        self._scorer = TextScorer(model)
        self._names = names
        self._heard: dict[str, Heard] = {}
        self._known: dict[tuple[str, tuple[str, ...]], Mapping[str, float]] = {}

    def for_call(self) -> Likelihood:
        """The same, with nothing read yet."""
        for_call = copy(self)
        for_call._scorer, for_call._heard, for_call._known = self._scorer.for_call(), {}, {}
        return for_call

    def prepare(self, turns: Iterable[tuple[str, Sequence[Mention]]]) -> None:
        """Reads agents' folded turns, with their mentions, in one go."""
        self._scorer.prepare(part for turn in turns for part in self.heard(*turn).parts)

    def heard(self, text: str, mentions: Sequence[Mention]) -> Heard:
        """A turn as it is scored; within a call the same words have the same mentions."""
        known = self._heard.get(text)
        if known is None:
            named = self._names.with_called(text, mentions)
            masked = mask(text, named)
            clauses = _CLAUSE.findall(masked)
            known = self._heard[text] = Heard(named, (*(clauses if len(clauses) > 1 else ()), masked))
        return known

    def of_turn(self, text: str, mentions: Sequence[Mention], recent: Sequence[str]) -> Mapping[str, float]:
        """How likely the turn is about each field: as a whole, or in the clause that is most about it."""
        key = (text, tuple(recent[:CONTEXT]))
        if key not in self._known:
            labels = self._scorer.labels
            *clauses, turn = self._scorer.chances(self.heard(text, mentions).parts, recent).tolist()
            chances: dict[str, float] = {}
            for part, plain in (*((clause, CLAUSE) for clause in clauses), (turn, WHOLE)):
                if max(part) >= plain:
                    for field, chance in zip(labels, part, strict=True):
                        if chance >= plain:
                            chances[field] = max(chances.get(field, 0.0), chance)
            self._known[key] = {**chances, **dict(zip(labels, turn, strict=True)), **chances}
        return self._known[key]

    def of_words(self, masked: str, recent: Sequence[str]) -> Mapping[str, float]:
        """How likely these words, values masked, are about each field; `recent` as in `of_turn`."""
        return self._scorer.score([masked], recent)[0]
