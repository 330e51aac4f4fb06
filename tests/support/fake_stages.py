"""Stages at the edge of the world: as fast as can be, and as bad as a recording that starts with a word asks for."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from configs.settings import Settings
from pipeline.contract import Transcript
from pipeline.errors import ModelError, RecordingError


@dataclass
class Heard:
    transcript: Transcript
    recogniser: str | None = "fake"
    diarizer: str | None = None
    notes: tuple[str, ...] = field(default=("fake",))
    outline: None = None


class FakeStages:
    """`pipeline.jobs.child.Stages` without sound and sense."""

    rules = "sha256:fake"

    def __init__(self, settings: Settings) -> None:
        self.pace = float(settings.vocabulary_prompt or 0)
        """Seconds that a stage takes: the one setting of text that nothing else here reads."""
        if settings.database is not None:
            raise ModelError("the child was told of the database", code="bad_model")

    def prepare(self) -> None:
        if self.pace < 0:
            raise ModelError("no weights", code="weights_missing")

    def transcribe(self, path: Path, call_id: str, recorded_at: datetime | None, progress: Any) -> Heard:
        content = path.read_bytes()
        word = content.split(b" ")[0]
        progress("transcribe", 0, 1)
        time.sleep(self.pace)
        if word == b"crash":
            os.abort()
        if word == b"hang":
            time.sleep(1000)
        if word == b"hog":
            self.held = [bytearray(os.urandom(1 << 20)) * 64 for _ in range(16)]
            time.sleep(1000)
        if word == b"silent":
            raise RecordingError("nobody speaks", code="no_speech")
        if word == b"trip":
            raise ValueError(content)
        turn = {
            "id": 0,
            "speaker": "customer",
            "start": 0.0,
            "end": 1.0,
            "text": hashlib.sha256(content).hexdigest(),
        }
        document = {"schema": "callproof.transcript/1", "call_id": call_id, "duration": 1.0, "turns": [turn]}
        return Heard(Transcript.model_validate({**document, "recorded_at": recorded_at}))

    def analyze(self, document: dict[str, Any]) -> dict[str, Any]:
        time.sleep(self.pace)
        application = document["application"] or {}
        return {
            "schema": "callproof.report/1",
            "call_id": document["transcript"]["call_id"],
            "application_id": application.get("application_id"),
            "roles": {"customer": "customer"},
            "disposition": "pass",
            "risk": {"score": 0.0, "band": "low", "reasons": []},
            "fields": [],
            "signals": [],
            "compliance": [],
            "coverage": {"required": 0, "settled": 0, "missing": []},
            "conduct": {
                "agent_talk_ratio": 0.0,
                "silence_ratio": 0.0,
                "interruptions": 0,
                "agent_chars_per_minute": 0,
                "overlap_seconds": 0.0,
            },
            "next_steps": [],
            "notes": [f"income {(application.get('income') or {}).get('monthly')}"],
            "versions": {"callproof": "0", "asr": document["recogniser"], "rules": self.rules},
        }
