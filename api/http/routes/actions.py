"""What becomes of a flagged call: handed over, a document asked for, settled, opened again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.http.masking import MASK
from api.http.services import Anyone, Caller, ReadsDocuments, Reviews, Services, Uses
from pipeline.contract import Shape
from pipeline.errors import InputError
from pipeline.store import Action
from pipeline.store.acting import ActionKind

router = APIRouter(prefix="/v1", tags=["work"])
TEAMS = ("risk", "service")


class NewAction(Shape):
    """`target`: `risk` or `service` to hand over to, a document's code, or a conclusion; see GET /v1/action-targets."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "hand_over", "target": "risk", "note": "疑似代购"},
                {"kind": "ask_document", "target": "income_proof"},
                {"kind": "settle", "target": "explained"},
                {"kind": "reopen"},
            ]
        },
    )

    kind: ActionKind
    target: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    note: Annotated[str, Field(max_length=5000)] | None = None


class ActionList(BaseModel):
    """What was done with a call, the first action first."""

    items: list[Action]


class ActionTargets(BaseModel):
    """Codes that actions may name, with their labels."""

    documents: dict[str, dict[str, str]]
    conclusions: dict[str, dict[str, str]]


@router.post("/calls/{call_id}/actions", summary="Hand over, ask, settle", status_code=201, response_model=Action)
def act(services: Uses, caller: Reviews, call_id: str, body: NewAction) -> Action:
    """The call is given back to its queue; `work_state` says which. Webhooks are told."""
    _check(services, body)
    return services.store.act(call_id, body.kind, body.target, by=caller.principal, note=body.note or None)


@router.get("/calls/{call_id}/actions", summary="What was done with a call", response_model=ActionList)
def list_actions(services: Uses, caller: ReadsDocuments, call_id: str) -> ActionList:
    """Notes come masked without `personal.read`."""
    return ActionList(items=[_shown(caller, one) for one in services.store.actions(call_id, by=caller.principal)])


@router.get("/action-targets", summary="Codes of actions", response_model=ActionTargets)
def action_targets(services: Uses, caller: Anyone) -> ActionTargets:
    """Documents that can be asked for, and conclusions."""
    return ActionTargets(documents=services.rules.documents, conclusions=services.rules.conclusions)


def _check(services: Services, body: NewAction) -> None:
    allowed = {
        "hand_over": TEAMS,
        "ask_document": tuple(services.rules.documents),
        "settle": tuple(services.rules.conclusions),
        "reopen": (None,),
    }[body.kind]
    if body.target not in allowed:
        raise InputError("target: not one that this kind of action has; see GET /v1/action-targets", code="bad_target")
    if body.target == "other" and not (body.note or "").strip():
        raise InputError("note: needed where the document is other", code="note_needed")


def _shown(caller: Caller, action: Action) -> Action:
    if caller.may("personal.read") or action.note is None:
        return action
    return Action(action.id, action.call_id, action.kind, action.target, MASK * 4, action.actor, action.at)
