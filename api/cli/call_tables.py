"""Figures of whole calls: an aligned table on standard output, and their machine form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.cli.console import out
from api.cli.evaluation_tables import ABSENT, aligned_table, percent, word
from pipeline.evaluate.calls import COLLARS, CallFigures, added_calls
from pipeline.evaluate.figures import Share
from pipeline.evaluate.recognition_document import rounded

COLUMNS = ("minutes", "cer", "cpcer", "speaker_errors", "der", "der_collar", "word_time", "invented", "fields_true")
ALL = "all"


def print_calls(calls: Sequence[CallFigures], *, recogniser: str, diarizer: str | None, language: str) -> None:
    """A row a call and one for all of them."""
    console = out()
    console.print(word("lines", "calls", language).format(recogniser=recogniser, diarizer=diarizer or ABSENT))
    table = aligned_table(("call", *COLUMNS), language, numbers=COLUMNS)
    for call in calls:
        table.add_row(call.name, *_row(call))
    if len(calls) > 1:
        table.add_row(word("columns", ALL, language), *_row(added_calls(calls, ALL)))
    console.print()
    console.print(table)
    if calls[0].diarization is None:
        console.print(word("lines", "no_der", language), style="dim")


def calls_document(calls: Sequence[CallFigures], *, recogniser: str, diarizer: str | None) -> dict[str, Any]:
    """Everything as JSON values; shares between 0 and 1 to four places, times in seconds."""
    return {
        "recogniser": recogniser,
        "diarizer": diarizer,
        "calls": {call.name: _document(call) for call in calls},
        ALL: _document(added_calls(calls, ALL)),
    }


def _row(call: CallFigures) -> list[str]:
    time = call.median_word_time
    rates = [percent(call.diarization[collar].value) if call.diarization else ABSENT for collar in COLLARS]
    return [
        f"{call.seconds / 60:.1f}",
        percent(call.characters.value),
        percent(call.by_speaker.value),
        percent(call.speaker_errors.value),
        *rates,
        ABSENT if time is None else f"{time:.3f}",
        ABSENT if not call.silent_seconds else f"{60 * call.invented / call.silent_seconds:.2f}",
        percent(call.fields.value),
    ]


def _document(call: CallFigures) -> dict[str, Any]:
    return {
        "seconds": round(call.seconds, 2),
        "cer": _share(call.characters),
        "cpcer": _share(call.by_speaker),
        "speaker_errors": _share(call.speaker_errors),
        "der": {f"{collar:g}": _share(rate) for collar, rate in call.diarization.items()} if call.diarization else None,
        "word_time_median": rounded(call.median_word_time),
        "invented_characters": call.invented,
        "silent_seconds": round(call.silent_seconds, 2),
        "fields_as_true": _share(call.fields),
    }


def _share(share: Share) -> float | None:
    return rounded(share.value)
