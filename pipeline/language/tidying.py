"""Turns made ready to be read: what the recogniser did to them and what the speakers stumbled over is put right.

Step by step: spaces that part words, figures for words, words of a region, characters written by their sound, stops
that lack, and disfluencies. Every turn keeps the way back to what was heard, which is what is quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.language.disfluencies import Disfluencies
from pipeline.language.figures_for_words import FiguresForWords
from pipeline.language.misheard import Misheard
from pipeline.language.regional import Regional
from pipeline.language.spacing import without_word_spaces
from pipeline.language.stops import Stops, Wholes
from pipeline.types import ReadingModels, Turn


class Tidying:
    """The steps between a transcript and the readers."""

    def __init__(self, models: ReadingModels, own: Path | None = None) -> None:
        """By trained models and the lender's configs or the built-in ones. Raises SettingsError."""
        self._figures = FiguresForWords(own)
        self._regional = Regional(own)
        self._misheard = Misheard(models.characters, own)
        self._stops = Stops(models.stops, own)
        self._disfluencies = Disfluencies(own)

    def tidied(self, turns: Sequence[Turn], wholes: Wholes, names: Wholes) -> tuple[Turn, ...]:
        """The turns of a call as they are to be read; `wholes` finds what no stop parts, as the name of a car, `names`
        those of people, whose characters stay as they are.
        """
        spoken = self._regional.usual(self._figures.spoken(without_word_spaces(turns)))
        return self._disfluencies.left_out(self._stops.put_in(self._misheard.put_right(spoken, names), wholes))

    def told(self, turns: Iterable[Turn]) -> tuple[Turn, ...]:
        """The turns, their speakers known, without question marks put in where a customer asks nothing, and without
        what an agent acknowledges before he asks.
        """
        return self._disfluencies.asked(self._stops.told(turns))
