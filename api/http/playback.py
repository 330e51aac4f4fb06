"""Recordings as every browser plays them (WAV): as they are, or with the digits of identity, phone and card numbers
bleeped.

What is masked in the transcript is bleeped by its words' times; where those are not known, or a field's evidence says
that a number was read out, the whole turn is. It rather hides too much than too little.
"""

from __future__ import annotations

import io
import threading
import time
import wave
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np

from api.http.masking import NUMBERS
from api.http.unsealed import decode_limits, unsealed
from configs.settings import Settings
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
MOST_KEPT_BYTES: Final = 256 << 20
KEPT_SECONDS: Final = 600.0
Span = tuple[float, float]


class Playback:
    """Makes WAV files (8 kHz, 16 bit) of calls and keeps the last few for minutes, as players ask for pieces."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._kept: OrderedDict[tuple[str, int, int], tuple[bytes, float]] = OrderedDict()
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
            kept, _ = self._kept.get(key, (None, 0.0))
        if kept is not None and record.audio_bytes is not None and record.audio_erased_at is None:
            self._store.ledger.append(by.name, "audio.read", call_id, {"masked": versions != (0, 0)})
            return self._keep(key, kept)
        return self._keep(key, self._make(call_id, spans(), by))

    def _keep(self, key: tuple[str, int, int], sound: bytes) -> bytes:
        """`sound`, which is now the last that was asked for."""
        with self._lock:
            self._kept[key] = (sound, time.monotonic())
            self._kept.move_to_end(key)
            while sum(len(kept) for kept, _ in self._kept.values()) > MOST_KEPT_BYTES:
                self._kept.popitem(last=False)
        return sound

    def forget(self) -> None:
        """Let go of what nobody has asked for in the last minutes."""
        with self._lock:
            while self._kept and next(iter(self._kept.values()))[1] < time.monotonic() - KEPT_SECONDS:
                self._kept.popitem(last=False)

    def _make(self, call_id: str, spans: Iterable[Span], by: Principal) -> bytes:
        with unsealed(self._store, self._settings, call_id, by) as path:
            decoded = decode(path, limits=decode_limits(self._settings), sample_rate=RATE)
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
