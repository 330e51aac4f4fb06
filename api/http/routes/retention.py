"""How long calls are kept: classes, legal hold, erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.http.services import ManagesRetention, Uses
from pipeline.contract import Identifier, Shape
from pipeline.store import CallRecord

router = APIRouter(prefix="/v1", tags=["retention"])


class RetentionItem(BaseModel):
    """A class: days that recordings and whole calls are kept; null without end."""

    name: str
    audio_days: int | None
    call_days: int | None


class RetentionState(BaseModel):
    """Classes in force (retention.yaml), and the calls whose time is over."""

    classes: list[RetentionItem]
    due_audio: list[str]
    due_calls: list[str]


class LegalHold(Shape):
    """Why a call must be kept whatever its class, a case number for one; null lets it go again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "(2026)皖0104民初1234号"}]})

    reason: Annotated[Identifier, Field(max_length=200)] | None


class RetentionClassChange(Shape):
    """A class of retention.yaml."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "declined"}]})

    name: Annotated[str, Field(min_length=1, max_length=50)]


class ErasureRequest(Shape):
    """Why a call is destroyed; `audio_only` leaves transcript and report."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "客户要求删除", "audio_only": False}]}
    )

    reason: Annotated[Identifier, Field(max_length=200)]
    audio_only: bool = False


class ErasureCertificate(BaseModel):
    """What was destroyed, as the ledger's row `ledger_seq` has it."""

    call_id: str
    reason: str
    erased_at: datetime
    keys: dict[str, str]
    removed: dict[str, int]
    ledger_seq: int


class RetentionDone(BaseModel):
    """Calls, and recordings alone, that were destroyed."""

    audio: list[str]
    calls: list[str]


@router.get("/retention", summary="Classes, and what is due", response_model=RetentionState)
def retention_state(services: Uses, caller: ManagesRetention) -> RetentionState:
    """Nothing is destroyed by asking."""
    due = services.store.apply_retention(by=caller.principal, dry_run=True)
    classes = [RetentionItem(name=name, **kept.model_dump()) for name, kept in services.store.retention.items()]
    return RetentionState(classes=classes, due_audio=list(due.audio), due_calls=list(due.calls))


@router.post("/retention/apply", summary="Destroy what is due", response_model=RetentionDone)
def apply_retention(services: Uses, caller: ManagesRetention) -> RetentionDone:
    """For good; each has its certificate in the ledger. Calls under legal hold stay."""
    done = services.store.apply_retention(by=caller.principal)
    return RetentionDone(audio=list(done.audio), calls=list(done.calls))


@router.put("/calls/{call_id}/legal-hold", summary="Hold a call, or let it go", response_model=CallRecord)
def set_legal_hold(services: Uses, caller: ManagesRetention, call_id: str, body: LegalHold) -> CallRecord:
    """A held call is not destroyed, whoever asks."""
    services.store.set_legal_hold(call_id, body.reason, by=caller.principal)
    return services.store.call(call_id, by=caller.principal)


@router.put("/calls/{call_id}/retention-class", summary="Keep a call by another class", response_model=CallRecord)
def set_retention_class(
    services: Uses, caller: ManagesRetention, call_id: str, body: RetentionClassChange
) -> CallRecord:
    """One of `GET /v1/retention`."""
    services.store.set_retention_class(call_id, body.name, by=caller.principal)
    return services.store.call(call_id, by=caller.principal)


@router.post("/calls/{call_id}/erasure", summary="Destroy a call", response_model=ErasureCertificate)
def erase_call(services: Uses, caller: ManagesRetention, call_id: str, body: ErasureRequest) -> ErasureCertificate:
    """Its keys are destroyed; the certificate is all that is left. 409 under legal hold."""
    erase = services.store.erase_audio if body.audio_only else services.store.erase
    certificate = erase(call_id, body.reason, by=caller.principal)
    return ErasureCertificate(**{name: getattr(certificate, name) for name in ErasureCertificate.model_fields})
