"""Recognition figures as aligned tables on standard output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.table import Table

from api.cli.console import out
from api.cli.evaluation_tables import ABSENT, aligned_table, percent, word
from pipeline.evaluate.recognition import ErrorRate, RecognitionFigures

FULLY_SHOWN = ("training_voices", "manifest")


@dataclass(frozen=True)
class RecognitionSets:
    """Figures of each set of recordings, and what was heard where nobody speaks; `errors` as (set, said, heard)."""

    model: str
    sets: Mapping[str, RecognitionFigures]
    idle_minutes: float = 0.0
    idle_characters_per_minute: float | None = None
    embedded_on_recordings: bool = False
    errors: tuple[tuple[str, str, str], ...] = ()


def print_recognition(measured: RecognitionSets, *, language: str) -> None:
    """Every set in one row, then what is known about the first of them in full."""
    console = out()
    console.print(word("lines", "recognition", language).format(model=measured.model))
    if measured.embedded_on_recordings:
        console.print(word("lines", "embedded", language))
    tables = [_sets(measured, language)]
    shown = [name for name in FULLY_SHOWN if name in measured.sets]
    for name in shown:
        figures = measured.sets[name]
        tables += [
            _categories(measured, name, language),
            _rates("voice", figures.by_voice, language),
            _rates("codec", figures.by_codec, language),
            _rates("snr", figures.by_snr, language),
            _reliability(figures, language),
        ]
    for table in tables:
        if table.row_count:
            console.print()
            console.print(table)
    console.print()
    for name in shown:
        for line in _lines(measured.sets[name], language):
            console.print(line)
    if measured.idle_characters_per_minute is not None:
        rate = measured.idle_characters_per_minute
        console.print(word("lines", "idle", language).format(minutes=measured.idle_minutes, rate=rate))
    for name, said, heard in measured.errors:
        console.print(f"{word('sets', name, language)}: {said} → {heard or ABSENT}")


def _sets(measured: RecognitionSets, language: str) -> Table:
    values = ("amounts_right", "digits_right", "vehicles_right")
    numbers = ("clips", "cer", "exact", *values)
    table = aligned_table(("set", *numbers), language, numbers=numbers)
    for name, figures in measured.sets.items():
        right = (figures.values[value.removesuffix("_right")].value for value in values)
        table.add_row(word("sets", name, language), *_rate(figures.overall), *map(percent, right))
    return table


def _categories(measured: RecognitionSets, name: str, language: str) -> Table:
    groups = {**measured.sets[name].by_category}
    if name == "training_voices" and "short_answers" in measured.sets:
        groups |= measured.sets["short_answers"].by_category
    return _rates("category", groups, language, label=lambda group: _category(group, language))


def _category(name: str, language: str) -> str:
    try:
        return word("categories", name, language)
    except KeyError:  # a manifest names its own
        return name


def _rates(column: str, groups: Mapping[str, ErrorRate], language: str, *, label: Callable[[str], str] = str) -> Table:
    numbers = ("clips", "cer", "exact")
    table = aligned_table((column, *numbers), language, numbers=numbers)
    for name, rate in groups.items():
        table.add_row(label(name), *_rate(rate))
    return table


def _rate(rate: ErrorRate) -> tuple[str, str, str]:
    return str(rate.clips), percent(rate.characters.value), percent(rate.exact.value)


def _reliability(figures: RecognitionFigures, language: str) -> Table:
    numbers = ("words", "mean", "right")
    table = aligned_table(("probability", *numbers), language, numbers=numbers)
    for one in figures.reliability:
        if one.mean is not None:
            shown = (f"{one.right.of:.0f}", f"{one.mean:.2f}", percent(one.right.value))
            table.add_row(f"{one.low:.1f}-{one.high:.1f}", *shown)
    return table


def _lines(figures: RecognitionFigures, language: str) -> list[str]:
    lines = []
    if figures.times:
        times = figures.times
        near = times.near.value or 0.0
        lines.append(
            word("lines", "times", language).format(median=times.median, mean=times.mean, near=near, words=times.words)
        )
    if figures.calibration_error is not None:
        lines.append(word("lines", "calibration", language).format(error=figures.calibration_error))
    return lines
