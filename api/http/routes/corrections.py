"""Transcripts set right: a word, a turn, who speaks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import ConfigDict, Field

from api.http.services import Caller, CorrectsTranscripts, Services, Uses
from api.http.shapes import CorrectionMade, expected_version
from pipeline.contract import Role, Shape
from pipeline.errors import InputError
from pipeline.store import Correction

router = APIRouter(prefix="/v1/calls/{call_id}", tags=["documents"])
IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=20, description="the version that the change is based on")
]


class NewCorrection(Shape):
    """What of a turn is set right: its `text` or, with `word` (counted from 0), that of one word; or its `speaker`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"turn": 11, "word": 4, "text": "九千"},
                {"turn": 11, "text": "一个月九千吧"},
                {"turn": 12, "speaker": "customer"},
            ]
        },
    )

    turn: Annotated[int, Field(ge=0, le=1 << 31)]
    word: Annotated[int, Field(ge=0, le=1 << 31)] | None = None
    text: Annotated[str, Field(max_length=20_000)] | None = None
    speaker: Role | None = None


@router.post("/corrections", summary="Correct what was heard", status_code=202, response_model=CorrectionMade)
def correct(
    services: Uses, caller: CorrectsTranscripts, call_id: str, body: NewCorrection, if_match: IfMatch = None
) -> CorrectionMade:
    """A new version of the transcript; the one before is kept. The call is reconciled again, not transcribed again.

    Who did it and when stands in `GET …/versions/transcript` and in the ledger.
    """
    caller.require("personal.read")
    if body.text is None and (body.speaker is None or body.word is not None):
        raise InputError("text: what was said; or speaker, who said it", code="bad_correction")
    if any(ord(character) < 32 or ord(character) == 127 for character in body.text or ""):
        raise InputError("text: must not contain control characters", code="bad_correction")
    version = services.store.correct_transcript(
        call_id,
        Correction(turn=body.turn, word=body.word, text=body.text, speaker=body.speaker),
        by=caller.principal,
        then=services.work.enqueue_first,
        expected=expected_version(if_match),
    )
    return _made(services, caller, call_id, version)


@router.post("/swap-speakers", summary="Exchange agent and customer", status_code=202, response_model=CorrectionMade)
def swap_speakers(
    services: Uses, caller: CorrectsTranscripts, call_id: str, if_match: IfMatch = None
) -> CorrectionMade:
    """As a correction: a new version, reconciled again."""
    version = services.store.swap_speakers(
        call_id, by=caller.principal, then=services.work.enqueue_first, expected=expected_version(if_match)
    )
    return _made(services, caller, call_id, version)


def _made(services: Services, caller: Caller, call_id: str, version: int) -> CorrectionMade:
    return CorrectionMade(version=version, status=services.store.call(call_id, by=caller.principal).status)
