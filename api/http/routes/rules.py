"""Rules tried before they are put in force: on a pasted transcript, or on stored calls with what would change."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

import configs
from api.http.services import Caller, ReplaysRules, Services, Uses
from api.http.shapes import CallId
from pipeline.analysis import Analyst
from pipeline.contract import Application, Report, Shape, Transcript, to_json
from pipeline.errors import ErasedError, InputError, NotFoundError, SettingsError
from pipeline.store import CallFilters

router = APIRouter(prefix="/v1/rules", tags=["rules"])
MOST_FILES = 50
NOT_RULES = ("training/", "console/", "access.yaml", "retention.yaml", "weights.yaml")
LARGEST_FILE = 2 << 20
MOST_CALLS = 200
Files = Annotated[
    dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=LARGEST_FILE)]],
    Field(max_length=MOST_FILES, description="config files by name (`fields.yaml`) that replace those in force"),
]


class Trial(Shape):
    """A transcript, an application and rules to try on them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "transcript": {
                        "schema": "callproof.transcript/1",
                        "call_id": "C1",
                        "turns": [{"id": 0, "speaker": "customer", "start": 0.0, "end": 1.5, "text": "六七千吧"}],
                    },
                    "application": {"schema": "callproof.application/1", "income": {"monthly": 9500}},
                }
            ]
        }
    )

    transcript: Transcript
    application: Application | None = None
    files: Files = Field(default_factory=dict)


class Replay(Shape):
    """Rules to try on stored calls: those named, or else the last `most`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"files": {"risk.yaml": "…"}, "most": 50}, {"call_ids": ["C1"], "files": {}}]},
    )

    files: Files = Field(default_factory=dict)
    call_ids: Annotated[list[CallId], Field(min_length=1, max_length=MOST_CALLS)] | None = None
    most: Annotated[int, Field(ge=1, le=MOST_CALLS)] = 50


class Change(BaseModel):
    """What differs in one call: each name with its value now and by the rules tried."""

    call_id: str
    disposition: tuple[str, str] | None
    risk_band: tuple[str, str] | None
    fields: dict[str, tuple[str | None, str | None]]
    signals_added: list[str]
    signals_removed: list[str]
    compliance: dict[str, tuple[str | None, str | None]]


class ReplayDiff(BaseModel):
    """How stored calls would come out by the rules tried. Nothing is changed."""

    compared: int
    changed: int
    skipped: list[str]
    dispositions_before: dict[str, int]
    dispositions_after: dict[str, int]
    rules_before: str
    rules_after: str
    changes: list[Change]


@router.post("/try", summary="Analyse a pasted transcript", responses={200: {"model": Report}}, response_model=None)
def try_rules(services: Uses, caller: ReplaysRules, body: Trial) -> dict[str, Any]:
    """Nothing is stored."""
    with _analyst(services, body.files) as analyst:
        return to_json(analyst.analyse(body.transcript, body.application))


@router.post("/replay", summary="What would change", response_model=ReplayDiff)
def replay_rules(services: Uses, caller: ReplaysRules, body: Replay) -> ReplayDiff:
    """Stored transcripts are reconciled by the rules in force and by those given, and the reports compared.

    `skipped`: calls without a transcript, and erased ones.
    """
    store, by = services.store, caller.principal
    if body.call_ids is not None:
        chosen = list(dict.fromkeys(body.call_ids))
    else:
        chosen = [record.call_id for record in store.calls(CallFilters(status="done"), limit=body.most, by=by).items]
    diff = ReplayDiff(
        compared=0,
        changed=0,
        skipped=[],
        dispositions_before={},
        dispositions_after={},
        rules_before="",
        rules_after="",
        changes=[],
    )
    with _analyst(services, body.files) as trial:
        for call_id in chosen:
            try:
                transcript, application = store.transcript(call_id, by=by), _application(services, caller, call_id)
            except NotFoundError as error:
                if error.code == "call_not_found":
                    raise
                diff.skipped.append(call_id)
                continue
            except ErasedError:
                diff.skipped.append(call_id)
                continue
            before = services.analyst.analyse(transcript, application)
            after = trial.analyse(transcript, application)
            _add(diff, call_id, before, after)
    return diff


def _add(diff: ReplayDiff, call_id: str, before: Report, after: Report) -> None:
    diff.compared += 1
    diff.rules_before, diff.rules_after = before.versions.rules, after.versions.rules
    for counts, report in ((diff.dispositions_before, before), (diff.dispositions_after, after)):
        counts[report.disposition] = counts.get(report.disposition, 0) + 1
    old, new = {one.code for one in before.signals}, {one.code for one in after.signals}
    change = Change(
        call_id=call_id,
        disposition=_pair(before.disposition, after.disposition),
        risk_band=_pair(before.risk.band, after.risk.band),
        fields=_differing(
            {one.field: one.outcome for one in before.fields}, {one.field: one.outcome for one in after.fields}
        ),
        signals_added=sorted(new - old),
        signals_removed=sorted(old - new),
        compliance=_differing(
            {one.item: one.status for one in before.compliance}, {one.item: one.status for one in after.compliance}
        ),
    )
    if any((change.disposition, change.risk_band, change.fields, old != new, change.compliance)):
        diff.changed += 1
        diff.changes.append(change)


def _pair(before: str, after: str) -> tuple[str, str] | None:
    return None if before == after else (before, after)


def _differing(before: dict[Any, Any], after: dict[Any, Any]) -> dict[str, tuple[str | None, str | None]]:
    names = sorted(before.keys() | after.keys())
    return {str(name): (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _application(services: Services, caller: Caller, call_id: str) -> Application | None:
    try:
        return services.store.application(call_id, by=caller.principal)
    except NotFoundError:
        return None


@contextmanager
def _analyst(services: Services, files: dict[str, str]) -> Iterator[Analyst]:
    """An analyst by the rules in force, with `files` in place of those of the same name."""
    if not files:
        yield services.analyst
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        own = services.settings.configs
        if own is not None:
            for name in _names(own):
                _put(folder, name, (own / name).read_text(encoding="utf-8"))
        for file, text in files.items():
            if file not in _known_names():
                raise InputError(
                    "files: a name is not that of a config file; GET /v1/rules lists them", code="bad_rules"
                )
            _put(folder, file, text)
        try:
            trial = Analyst(folder)
        except SettingsError as error:
            raise InputError(error.message.replace(f"{folder}/", ""), code="bad_rules") from None
        yield trial


def _put(folder: Path, name: str, text: str) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _known_names() -> frozenset[str]:
    """Config files that decide about reports."""
    return frozenset(name for name in _names(configs.DEFAULTS) if not name.startswith(NOT_RULES))


def _names(folder: Path) -> list[str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in (".yaml", ".tsv", ".txt"))
    return [path.relative_to(folder).as_posix() for path in files]


class RuleFiles(BaseModel):
    """Config files in force by name; which of them are the lender's own."""

    items: dict[str, str]
    own: list[str]


@router.get("", summary="Rules in force", response_model=RuleFiles)
def get_rules(services: Uses, caller: ReplaysRules) -> RuleFiles:
    """The text of every config file that decides about reports."""
    own = services.settings.configs
    names = sorted(_known_names())
    return RuleFiles(
        items={name: configs.read_text(name, own) for name in names},
        own=[name for name in names if own is not None and (own / name).is_file()],
    )
