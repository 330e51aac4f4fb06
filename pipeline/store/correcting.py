"""Transcripts set right by people: what was heard stays as the version before, the call is analysed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from pipeline.contract import Report, Role, Transcript, TranscriptTurn, TranscriptWord
from pipeline.errors import ConflictError, InputError, NotFoundError
from pipeline.store import schema
from pipeline.store.documents import Documents
from pipeline.store.projection import CORRECTED
from pipeline.store.records import Principal

_OTHER: Final[Mapping[str, Role]] = {"agent": "customer", "customer": "agent"}
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What of one turn is set right: its text, or only that of its word number `word`; and who speaks."""

    turn: int
    word: int | None = None
    text: str | None = None
    speaker: Role | None = None


class Correcting(Documents):
    """Corrections of transcripts. Each is a new version whose `made_from` names the one before and what was done."""

    def correct_transcript(
        self, call_id: str, correction: Correction, *, by: Principal, then: Any = None, expected: int | None = None
    ) -> int:
        """Store the transcript with one turn set right and return its version; without a change, the last one.

        `then(connection, call_id)` runs in the same transaction where there is a change, to enqueue the analysis.
        Raises `NotFoundError` for a turn or word that is not there, `ConflictError` where `expected` is not the last
        version.
        """
        place = {"kind": "turn" if correction.word is None else "word", "turn": correction.turn}
        if correction.word is not None:
            place["word"] = correction.word
        if correction.text is None:
            place["kind"] = "speaker"
        return self._change_transcript(call_id, lambda said, _: corrected(said, correction), place, by, then, expected)

    def swap_speakers(self, call_id: str, *, by: Principal, then: Any = None, expected: int | None = None) -> int:
        """Store the transcript with agent and customer exchanged and return its version. Raises as
        `correct_transcript`, and `ConflictError` while nobody's role is known."""
        return self._change_transcript(call_id, swapped, {"kind": "swap"}, by, then, expected)

    def _change_transcript(
        self, call_id: str, change: Any, what: dict[str, Any], by: Principal, then: Any, expected: int | None
    ) -> int:
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by, lock=True)
            last = int(call.transcript_version)
            if expected is not None and expected != last:
                raise ConflictError(
                    f"call {call_id}: the transcript is at version {last}, not {expected}", code="version_conflict"
                )
            before = self.open_document(connection, call, "transcript", last, Transcript)
            after = change(before, self._roles(connection, call))
            if after == before:
                return last
            table = schema.documents
            origin = connection.execute(
                sa.select(table.c.made_from).where(
                    table.c.call_seq == call.seq, table.c.kind == "transcript", table.c.version == last
                )
            ).scalar_one()
            details = {**what, "from": last}
            version = self.add_transcript(connection, call_id, after, by, {**origin, "correction": details})
            self.record(connection, by, "transcript.correct", call_id, {**details, "version": version})
            if then is not None:
                then(connection, call_id)
        return version

    def _roles(self, connection: sa.Connection, call: sa.Row[Any]) -> dict[str, Role]:
        if not call.report_version:
            return {}
        return self.open_document(connection, call, "report", call.report_version, Report).roles


def corrected(transcript: Transcript, correction: Correction) -> Transcript:
    """`transcript` with one turn set right. Raises `NotFoundError`, `InputError`."""
    place = next((at for at, turn in enumerate(transcript.turns) if turn.id == correction.turn), None)
    if place is None:
        raise NotFoundError(f"turn {correction.turn}: not in this transcript", code="turn_not_found")
    turn = transcript.turns[place]
    text = turn.text if correction.text is None else _new_text(turn, correction)
    speaker = correction.speaker or turn.speaker
    if (text, speaker) == (turn.text, turn.speaker):
        return transcript
    changes = {
        "speaker": speaker,
        "text": text,
        "words": None if turn.words is None else aligned(turn.text, turn.words, text),
        "raw_text": turn.text if turn.raw_text is None else turn.raw_text,
        "flags": sorted({*(turn.flags or ()), CORRECTED}),
    }
    turns = list(transcript.turns)
    turns[place] = turn.model_copy(update=changes)
    return transcript.model_copy(update={"turns": turns})


def swapped(transcript: Transcript, roles: Mapping[str, Role]) -> Transcript:
    """`transcript` with agent and customer exchanged; `roles` are those of its labels. Raises `ConflictError`."""
    known = [roles.get(turn.speaker, turn.speaker) for turn in transcript.turns]
    if not set(known) & _OTHER.keys():
        raise ConflictError("nobody in this transcript is known as agent or customer yet", code="no_roles")
    turns = [
        turn.model_copy(update={"speaker": _OTHER.get(role, role)})
        for turn, role in zip(transcript.turns, known, strict=True)
    ]
    return transcript.model_copy(update={"turns": turns})


def aligned(before: str, words: Sequence[TranscriptWord], after: str) -> list[TranscriptWord]:
    """The words of `after`: those of `before` that it keeps at both ends with their times, and between them its new
    characters, spread evenly over the time of those they replace; a new one has no probability."""
    spans = word_spans(before, words)
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    kept = sum(1 for _, end in spans or () if end <= head)
    first = len(words) - sum(1 for start, _ in spans or () if start >= len(before) - tail)
    opening, closing = list(words[:kept]), list(words[max(first, kept) :])
    begin = (spans or [])[kept - 1][1] if kept else 0
    end = len(after) - (len(before) - spans[first][0]) if spans and closing else len(after)
    replaced = words[kept : max(first, kept)]
    since = replaced[0].start if replaced else (opening[-1].end if opening else (closing[0].start if closing else 0.0))
    until = replaced[-1].end if replaced else (closing[0].start if closing else since)
    return [*opening, *_spread(after[begin:end], since, max(since, until)), *closing]


def word_spans(text: str, words: Sequence[TranscriptWord]) -> list[Span] | None:
    """Where each word stands in `text`, in order; None where they are not its words."""
    spans, position = [], 0
    for word in words:
        at = text.find(word.text, position) if word.text else -1
        if at < 0:
            return None
        position = at + len(word.text)
        spans.append((at, position))
    return spans


def _new_text(turn: TranscriptTurn, correction: Correction) -> str:
    given = correction.text or ""
    if correction.word is None:
        return given
    spans = word_spans(turn.text, turn.words or ())
    if spans is None:
        raise InputError(
            f"word: the words of turn {turn.id} are not those of its text; correct the turn", code="bad_word"
        )
    if correction.word >= len(spans):
        raise NotFoundError(f"word {correction.word}: turn {turn.id} has {len(spans)}", code="word_not_found")
    start, end = spans[correction.word]
    return turn.text[:start] + given + turn.text[end:]


def _common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _spread(text: str, since: float, until: float) -> list[TranscriptWord]:
    step = (until - since) / max(1, len(text))
    return [
        TranscriptWord(text=one, start=round(since + at * step, 3), end=round(since + (at + 1) * step, 3))
        for at, one in enumerate(text)
    ]
