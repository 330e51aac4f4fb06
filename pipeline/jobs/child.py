"""The process that does the work and may be killed at any moment: `python -m pipeline.jobs.child DESCRIPTOR`.

It holds the engines, loaded once, and neither the store nor a key. It gets one stage of one call at a time and answers
with what it made or with an error's code. Its worker watches its time and its memory; when the worker dies, the kernel
kills it.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import socket
import sys
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from configs.settings import Settings
from pipeline.contract import to_json
from pipeline.documents import application_from, transcript_from
from pipeline.errors import CallproofError, InputError, ModelError
from pipeline.jobs.messages import Closed, memory_file, receive, send

if TYPE_CHECKING:
    from pipeline.analysis import Analyst
    from pipeline.flow import HeardCall, Progress

STAGES: Final = "pipeline.jobs.child:FlowStages"
_PR_SET_PDEATHSIG: Final = 1


class Stages(Protocol):
    """What a child can do."""

    rules: str

    def prepare(self) -> None:
        """Load what transcribing needs. Raises `ModelError`."""

    def transcribe(self, path: Path, call_id: str, recorded_at: datetime | None, progress: Progress) -> HeardCall:
        """The transcript of the recording at `path`. Raises `CallproofError`."""
        ...

    def analyze(self, document: dict[str, Any]) -> dict[str, Any]:
        """The report, as JSON, on `{"transcript", "application", "recogniser", "diarizer", "notes"}`."""
        ...


class FlowStages:
    """`Stages` by the pipeline."""

    def __init__(self, settings: Settings) -> None:
        from pipeline.flow import Engines

        self._settings = settings
        self._engines = Engines(settings)

    @cached_property
    def _analyst(self) -> Analyst:
        from pipeline.analysis import Analyst

        return Analyst(self._settings.configs)

    @property
    def rules(self) -> str:
        """The digest of the rules in force."""
        return self._analyst.rules

    def prepare(self) -> None:
        """See `Stages`."""
        _ = self._engines.recogniser, self._engines.diarizer

    def transcribe(self, path: Path, call_id: str, recorded_at: datetime | None, progress: Progress) -> HeardCall:
        """See `Stages`."""
        from pipeline.flow import hear_call

        return hear_call(
            path, self._engines, self._settings, call_id=call_id, recorded_at=recorded_at, progress=progress
        )

    def analyze(self, document: dict[str, Any]) -> dict[str, Any]:
        """See `Stages`."""
        from pipeline.flow import HeardCall

        heard = HeardCall(
            transcript_from(document["transcript"]),
            document["recogniser"],
            document["diarizer"],
            tuple(document["notes"]),
        )
        paper = document["application"]
        application = None if paper is None else application_from(paper)
        return to_json(heard.analysed(application, self._analyst))


def main() -> None:
    """Serve the worker at the other end of the socket until it closes."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = socket.socket(fileno=int(sys.argv[1]))
    try:
        first, _ = receive(channel)
        stages = _opened(channel, first)
        while stages is not None:
            message, file = receive(channel)
            assert file is not None
            _answer(channel, stages, message, file)
    except Closed:
        return


def _opened(channel: socket.socket, first: dict[str, Any]) -> Stages | None:
    try:
        module, name = first["stages"].split(":")
        stages: Stages = getattr(importlib.import_module(module), name)(Settings(**first["settings"]))
        if first["prepare"]:
            stages.prepare()
        send(channel, {"ready": True, "rules": stages.rules})
    except CallproofError as error:
        send(channel, _refusal(error))
        return None
    return stages


def _answer(channel: socket.socket, stages: Stages, message: dict[str, Any], file: BinaryIO) -> None:
    def progress(stage: str, done: int, total: int) -> None:
        send(channel, {"progress": [stage, done, total]})

    try:
        with file:
            if message["do"] == "transcribe":
                made, result = _transcribe(stages, message, file, progress)
            else:
                made, result = {}, stages.analyze(json.load(file))
        with memory_file(json.dumps(result, ensure_ascii=False).encode()) as output:
            send(channel, {"done": made}, output)
    except CallproofError as error:
        send(channel, _refusal(error))
    except MemoryError:
        send(channel, {"error": "memory_limit", "final": False})
    except Closed:
        raise
    except Exception as error:  # what this call trips over must not end the child for the next one
        send(channel, {"error": "internal", "final": False, "where": type(error).__name__})


def _transcribe(
    stages: Stages, message: dict[str, Any], file: BinaryIO, progress: Progress
) -> tuple[dict[str, Any], dict[str, Any]]:
    at = message["recorded_at"]
    path = Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
    heard = stages.transcribe(path, message["call_id"], at and datetime.fromisoformat(at), progress)
    made = {"recogniser": heard.recogniser, "diarizer": heard.diarizer, "notes": list(heard.notes)}
    outline = None if heard.outline is None else to_json(heard.outline)
    return made, {"transcript": to_json(heard.transcript), "outline": outline}


def _refusal(error: CallproofError) -> dict[str, Any]:
    """The code alone goes on: a message may name places in a document."""
    final = isinstance(error, InputError) and not isinstance(error, ModelError)
    return {"error": error.code, "final": final, "message": error.message if isinstance(error, ModelError) else None}


if __name__ == "__main__":
    main()
