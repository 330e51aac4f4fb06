"""The outline of a recording, for drawing it: the worker's, or made once here where a call has none yet."""

from __future__ import annotations

import json
import threading
from typing import Any

from api.http.unsealed import decode_limits, unsealed
from configs.settings import Settings
from pipeline.audio import read_recording, speech_regions
from pipeline.audio.outline import outline_of
from pipeline.contract import to_json
from pipeline.errors import NotFoundError
from pipeline.store import Principal, Store
from pipeline.store.work import WAVEFORM


class Outlines:
    """Outlines of stored recordings, sealed beside the call."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._one_at_a_time = threading.Lock()

    def get(self, call_id: str, *, by: Principal) -> dict[str, Any]:
        """The outline as JSON. Raises `NotFoundError` without audio, `RecordingError` where it cannot be decoded."""
        with self._store.database.read() as connection:
            call = self._store.find_call(connection, call_id, by)
        if call.audio_blob is None:
            raise NotFoundError(f"call {call_id}: has no audio", code="audio_not_found")
        known = self._known(call_id, call.content_hash, by)
        if known is None:
            with self._one_at_a_time:
                known = self._known(call_id, call.content_hash, by) or self._make(call_id, call.content_hash, by)
        return known

    def _known(self, call_id: str, digest: str, by: Principal) -> dict[str, Any] | None:
        kept = self._store.get_stage(call_id, WAVEFORM, digest, by=by)
        return None if kept is None else json.loads(kept)

    def _make(self, call_id: str, digest: str, by: Principal) -> dict[str, Any]:
        with unsealed(self._store, self._settings, call_id, by) as path:
            recording = read_recording(path, limits=decode_limits(self._settings))
        made = to_json(outline_of(recording, speech_regions(recording)))
        drawing = json.dumps(made, separators=(",", ":")).encode()
        self._store.put_stage(call_id, WAVEFORM, digest, drawing, by=by)
        return made
