"""Recordings as every browser plays them (WAV): as they are, or with the digits of identity, phone and card numbers
bleeped.

What is masked in the transcript is bleeped by its words' times; where those are not known, or a field's evidence says
that a number was read out, the whole turn is. It rather hides too much than too little.
"""

from __future__ import annotations

import io
import tempfile
import threading
import wave
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from api.http.masking import NUMBERS
from configs.settings import Settings
from pipeline.audio import DecodeLimits
from pipeline.audio.decode import decode
from pipeline.contract import Report, Transcript, TranscriptTurn
from pipeline.errors import NotFoundError
from pipeline.store import CallRecord, Principal, Store
from pipeline.store.correcting import word_spans
from pipeline.store.search.masking import Said, mask_turns

RATE: Final = 8_000
TONE_HZ: Final = 1_000
TONE_LEVEL: Final = 0.1
MARGIN_SECONDS: Final = 0.12
MOST_KEPT: Final = 4
Span = tuple[float, float]


class Playback:
    """Makes WAV files (8 kHz, 16 bit) of calls and keeps the last few, for players ask for them in pieces."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._kept: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def plain(self, call_id: str, *, by: Principal) -> bytes:
        """The whole call. Raises `NotFoundError` without sound, `RecordingError` where it cannot be decoded.

        Every asking is in the ledger, also where the file was made before.
        """
        return self._get(self._store.call(call_id, by=by), (0, 0), lambda: (), by)

    def masked(self, call_id: str, *, by: Principal) -> bytes:
        """The call with numbers bleeped. Raises `NotFoundError` before its transcript is there; else as `plain`."""
        record = self._store.call(call_id, by=by)
        transcript = self._store.transcript(call_id, by=by)

        def spans() -> Iterable[Span]:
            try:
                report: Report | None = self._store.report(call_id, by=by)
            except NotFoundError:
                report = None
            return spans_of(transcript, report)

        return self._get(record, (record.transcript_version, record.report_version), spans, by)

    def _get(
        self, record: CallRecord, versions: tuple[int, int], spans: Callable[[], Iterable[Span]], by: Principal
    ) -> bytes:
        call_id = record.call_id
        key = (call_id, *versions)
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and record.audio_bytes is not None and record.audio_erased_at is None:
            self._store.ledger.append(by.name, "audio.read", call_id, {"masked": versions != (0, 0)})
            return kept
        made = self._make(call_id, spans(), by)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def _make(self, call_id: str, spans: Iterable[Span], by: Principal) -> bytes:
        settings = self._settings
        limits = DecodeLimits(
            max_seconds=settings.longest_call_seconds, memory_bytes=settings.decode_memory_mb * 1024 * 1024
        )
        staging = settings.data / "staging"
        staging.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=staging) as file:
            for chunk in self._store.open_audio(call_id, by=by).content:
                file.write(chunk)
            file.flush()
            decoded = decode(Path(f"/proc/self/fd/{file.fileno()}"), limits=limits, sample_rate=RATE)
        return bleeped(decoded.samples, spans)


def bleeped(samples: np.ndarray, spans: Iterable[Span]) -> bytes:
    """`samples` (channels, n) at 8 kHz as a WAV file, a tone over `spans` (seconds) on every channel."""
    sound = np.array(samples, np.float32)
    for start, end in spans:
        first = max(0, int((start - MARGIN_SECONDS) * RATE))
        last = min(sound.shape[1], int((end + MARGIN_SECONDS) * RATE) + 1)
        times = np.arange(first, max(first, last), dtype=np.float32)
        sound[:, first : first + len(times)] = TONE_LEVEL * np.sin(2 * np.pi * TONE_HZ * times / RATE)
    whole = (np.clip(sound, -1, 1) * 32_767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(sound.shape[0])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(whole.T.tobytes())
    return buffer.getvalue()


def spans_of(transcript: Transcript, report: Report | None) -> list[Span]:
    """Seconds in which a number that identifies somebody is said."""
    masked = mask_turns([Said(turn.speaker, turn.text) for turn in transcript.turns])
    found = [span for turn, text in zip(transcript.turns, masked, strict=True) for span in _spans(turn, text)]
    for outcome in report.fields if report else ():
        if outcome.field in NUMBERS:
            found += [(item.start, item.end) for item in outcome.evidence]
    return sorted(found)


def _spans(turn: TranscriptTurn, masked: str) -> Iterator[Span]:
    hidden = [before != after for before, after in zip(turn.text, masked, strict=True)]
    if not any(hidden):
        return
    words = turn.words or ()
    places = word_spans(turn.text, words) or ()
    spans = [
        (word.start, word.end) for word, (start, end) in zip(words, places, strict=False) if any(hidden[start:end])
    ]
    yield from spans or [(turn.start, turn.end)]
