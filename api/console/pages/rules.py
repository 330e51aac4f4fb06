"""Rules: what is compared and looked for, tried on a pasted call, and replayed over stored ones."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from fastapi import Form, Query, Request
from starlette.responses import HTMLResponse

from api.console.labels import labels_of
from api.console.page import Page, page_router
from api.console.view import render, texts_of
from api.http.routes import rules as api_rules
from api.http.routes.rules import MOST_CALLS, Replay, Trial
from api.http.services import ReplaysRules, Uses
from pipeline.contract import TRANSCRIPT_SCHEMA, Application, Report, Transcript
from pipeline.documents import application_from, parse_json, transcript_from
from pipeline.errors import ApplicationError, CallproofError, TranscriptError

router = page_router()
PAGE = Page("rules", "/rules", "rules.replay", router)
Tab = Literal["fields", "signals", "script", "try", "replay"]
TABS: Final = ("fields", "signals", "script", "try", "replay")
SPEAKERS: Final = {
    "坐席": "agent",
    "客服": "agent",
    "agent": "agent",
    "a": "agent",
    "客户": "customer",
    "customer": "customer",
    "c": "customer",
    "第三人": "third_party",
    "third_party": "third_party",
    "t": "third_party",
}
LINE: Final = re.compile(r"\s*([^:：]{1,12})\s*[:：]\s*(.*)")
SECONDS_A_CHARACTER: Final = 0.25
Long = Annotated[str, Form(max_length=200_000)]
File = Annotated[str, Form(max_length=200)]
Text = Annotated[str, Form(max_length=2 << 20)]


@router.get("/rules")
def rules(
    request: Request,
    services: Uses,
    caller: ReplaysRules,
    tab: Tab = "fields",
    file: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Rules to read, or a form to try them."""
    files = api_rules.get_rules(services, caller)
    return render(
        request,
        "rules.html",
        caller,
        page="rules",
        tab=tab,
        tabs=TABS,
        labels=labels_of(texts_of(request), services.settings.configs),
        files=sorted(files.items),
        own=files.own,
        file=file if file in files.items else "",
        text=files.items.get(file, ""),
        digest=services.analyst.rules,
        most=MOST_CALLS,
    )


@router.post("/rules/try")
def try_rules(
    request: Request,
    services: Uses,
    caller: ReplaysRules,
    said: Long = "",
    paper: Long = "",
    file: File = "",
    text: Text = "",
) -> HTMLResponse:
    """The report on what was pasted, as a part of the page; nothing is stored."""
    report = error = None
    try:
        trial = Trial(
            transcript=pasted_transcript(said), application=_application(paper), files={file: text} if file else {}
        )
        report = Report.model_validate(api_rules.try_rules(services, caller, trial))
    except CallproofError as failure:
        error = failure
    labels = labels_of(texts_of(request), services.settings.configs)
    return render(request, "parts/rules_report.html", caller, page="rules", report=report, error=error, labels=labels)


@router.post("/rules/replay")
def replay_rules(
    request: Request,
    services: Uses,
    caller: ReplaysRules,
    most: Annotated[int, Form(ge=1, le=MOST_CALLS)] = 50,
    file: File = "",
    text: Text = "",
) -> HTMLResponse:
    """What the last calls would become, as a part of the page; nothing is changed."""
    diff = error = None
    try:
        diff = api_rules.replay_rules(services, caller, Replay(files={file: text} if file else {}, most=most))
    except CallproofError as failure:
        error = failure
    labels = labels_of(texts_of(request), services.settings.configs)
    return render(request, "parts/rules_diff.html", caller, page="rules", diff=diff, error=error, labels=labels)


def pasted_transcript(text: str) -> Transcript:
    """A transcript as JSON, or as lines of `坐席: …` and `客户: …`, whose times are then guessed from their length.

    Raises `TranscriptError`.
    """
    if text.lstrip().startswith("{"):
        return transcript_from(parse_json(text.encode(), "transcript", TranscriptError))
    turns: list[dict[str, Any]] = []
    at = 0.0
    for line in text.splitlines():
        found = LINE.fullmatch(line)
        speaker = SPEAKERS.get(found[1].strip().lower()) if found else None
        said = found[2].strip() if found and speaker else line.strip()
        if not said:
            continue
        if speaker is None and not turns:
            raise TranscriptError("transcript: begin each line with 坐席: or 客户:", code="no_speaker")
        if speaker is None:
            turns[-1]["text"] += said
            continue
        length = max(0.5, len(said) * SECONDS_A_CHARACTER)
        turns.append({"id": len(turns), "speaker": speaker, "start": at, "end": at + length, "text": said})
        at += length + 0.3
    if not turns:
        raise TranscriptError("transcript: paste what was said", code="file_empty")
    return transcript_from({"schema": TRANSCRIPT_SCHEMA, "call_id": "pasted", "duration": at, "turns": turns})


def _application(text: str) -> Application | None:
    if not text.strip():
        return None
    return application_from(parse_json(text.encode(), "application", ApplicationError))
