"""Sample calls with one request, to try the program with: for the embedded server alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel

import api
from api.http.routes.calls import store_recording
from api.http.services import Services, Uses, WritesCalls
from api.http.shapes import Accepted
from pipeline.errors import ConflictError, NotFoundError

router = APIRouter(prefix="/v1", tags=["calls"])
NAMES: Final = ("clean", "mismatch", "straw")
FOLDERS: Final = (Path(api.__file__).parent / "samples", Path(api.__file__).parents[1] / "samples")
"""Within an installed package, and beside it in a checkout."""


class SamplesTaken(BaseModel):
    """The sample calls as they are stored."""

    items: list[Accepted]


@router.post("/samples", summary="Put the sample calls in", status_code=202, response_model=SamplesTaken)
def add_samples(services: Uses, caller: WritesCalls) -> SamplesTaken:
    """Three short synthetic calls with applications, worked on like any upload; a second time changes nothing.

    409 where a database is named: sample calls do not belong among real ones.
    """
    if not samples_welcome(services):
        raise ConflictError("sample calls are for the embedded server; this one has a database", code="embedded_only")
    folder, items = sample_folder(), []
    for number, name in enumerate(NAMES, 1):
        application = json.loads((folder / f"{name}.application.json").read_text(encoding="utf-8"))
        metadata = {"call_id": f"sample-{name}", "agent_id": f"10{number:02}"}
        with services.store.receiving() as sound:
            sound.write((folder / f"{name}.opus").read_bytes())
            stored, status = store_recording(services, caller, sound, application, metadata, None)
        items.append(Accepted.model_validate({"call_id": stored.call_id, "status": status}))
    return SamplesTaken(items=items)


def samples_welcome(services: Services) -> bool:
    """Whether this server takes sample calls."""
    return services.settings.database is None


def sample_folder() -> Path:
    """Where the sample recordings are. Raises `NotFoundError` where this installation has none."""
    for folder in FOLDERS:
        if all((folder / f"{name}.opus").is_file() for name in NAMES):
            return folder
    raise NotFoundError(
        "this installation has no sample recordings; install callproof's wheel anew, or upload samples/ of its source",
        code="no_samples",
    )
