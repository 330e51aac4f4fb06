"""The figures of an evaluation as aligned tables on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from api.cli.console import out
from configs import read_yaml
from pipeline.evaluate import CalibrationFit, Evaluation, Share, field_errors

FIGURES_FILE = "figures.yaml"
ABSENT = "—"


def print_evaluation(clean: Evaluation, noisy: Evaluation | None, *, rate: float, seed: int, language: str) -> None:
    """Figures, fields and confidence; with `noisy` the figures of the misheard calls and the fall beside them."""
    console = out()
    seconds = sum(call.duration for call in clean.calls)
    console.print(word("lines", "headline", language).format(calls=len(clean.calls), minutes=seconds / 60))
    if noisy is not None:
        console.print(word("lines", "noise", language).format(rate=rate, seed=seed))
    for table in (
        _figures(clean, noisy, language),
        _fields(clean, noisy, language),
        _reliability(clean, language),
    ):
        console.print()
        console.print(table)
    if clean.calibration_error is not None:
        console.print()
        console.print(f"{word('lines', 'calibration_error', language)} {clean.calibration_error:.3f}")


def print_calibration(fit: CalibrationFit, *, language: str) -> None:
    """Expected calibration error of every outcome, before and after, cross-validated."""
    numbers = ("facts", "before", "after")
    table = aligned_table(("outcome", *numbers), language, numbers=numbers)
    for name, before in fit.before.items():
        table.add_row(name, str(fit.counts[name]), f"{before:.3f}", f"{fit.after[name]:.3f}")
    out().print(table)


def print_errors(evaluation: Evaluation, *, language: str) -> None:
    """Every error under its file: what was expected and found, and the turn to look at."""
    console = out()
    wrong = [(call.call.name, errors) for call in evaluation.calls if (errors := field_errors(call))]
    if not wrong:
        console.print()
        console.print(word("lines", "no_errors", language), style="dim")
    for name, errors in wrong:
        table = aligned_table(("field", "kind", "expected", "found", "turn", "said"), language)
        for error in errors:
            turn = ABSENT if error.turn is None else str(error.turn)
            table.add_row(
                error.subject, word("kinds", error.kind, language), error.expected, error.found, turn, error.said
            )
        console.print()
        console.print(name, style="bold")
        console.print(table)


def _figures(clean: Evaluation, noisy: Evaluation | None, language: str) -> Table:
    more = ("noisy", "fall") if noisy else ()
    table = aligned_table(("figure", "share", "counted", *more), language, numbers=("share", "counted", *more))
    for name, share in clean.figures.items():
        counted = f"{share.hits:.0f}/{share.of:.0f}{' s' if name == 'listening_share' else ''}"
        row = [word("figures", name, language), percent(share.value), counted]
        if noisy:
            after = noisy.figures[name]
            row += [percent(after.value), _fall(share, after)]
        table.add_row(*row)
    return table


def _fields(clean: Evaluation, noisy: Evaluation | None, language: str) -> Table:
    numbers = ("tp", "fp", "fn", "precision", "recall", "f1", *(("noisy_f1",) if noisy else ()))
    table = aligned_table(("field", *numbers), language, numbers=numbers)
    misheard = {one.field: one.counts for one in noisy.fields} if noisy else {}
    for one in clean.fields:
        counts = one.counts
        shares = (counts.precision, counts.recall, counts.f1)
        row = [one.field, *map(str, (counts.tp, counts.fp, counts.fn)), *(percent(share.value) for share in shares)]
        if noisy:
            row.append(percent(misheard[one.field].f1.value) if one.field in misheard else ABSENT)
        table.add_row(*row)
    return table


def _reliability(evaluation: Evaluation, language: str) -> Table:
    numbers = ("facts", "mean", "right")
    table = aligned_table(("confidence", *numbers), language, numbers=numbers)
    for one in evaluation.reliability:
        mean = ABSENT if one.mean_confidence is None else f"{one.mean_confidence:.2f}"
        table.add_row(f"{one.low:.1f}-{one.high:.1f}", f"{one.right.of:.0f}", mean, percent(one.right.value))
    return table


def aligned_table(columns: Iterable[str], language: str, *, numbers: Iterable[str] = ()) -> Table:
    plain = not sys.stdout.isatty()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="" if plain else "dim")
    right = set(numbers)
    for column in columns:
        heading = Text(word("columns", column, language))
        table.add_column(heading, justify="right" if column in right else "left", overflow="fold")
    return table


def percent(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.1%}"


def _fall(clean: Share, noisy: Share) -> str:
    if clean.value is None or noisy.value is None:
        return ABSENT
    return f"{100 * (clean.value - noisy.value):+.1f}"


def word(section: str, key: str, language: str) -> str:
    word: str = read_yaml(FIGURES_FILE)[section][key][language]
    return word
