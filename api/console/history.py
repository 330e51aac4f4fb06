"""What happened to a call, the newest first: reports, decisions, actions, corrections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.console.findings import Reader, Tone
from api.console.names import Names
from api.console.texts import Texts
from api.http.routes.actions import list_actions
from api.http.services import Caller, Services
from pipeline.store import Action, Review

STATE_TONES: dict[str, Tone] = {"final": "good", "pending": "warn", "rejected": "bad"}


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened: when, what in words, who did it."""

    at: datetime
    words: str
    who: str
    reason: str = ""
    note: str | None = None
    state: str = ""
    tone: Tone = ""


def timeline(
    services: Services,
    caller: Caller,
    call_id: str,
    reviews: Sequence[Review],
    reader: Reader,
    t: Texts,
    names: Names,
) -> tuple[Happened, ...]:
    """Everything that happened, the newest first. `reviews` as the caller may see them."""
    made = services.store.versions(call_id, "report", by=caller.principal)
    found = [Happened(one.created_at, t("call.report_made", version=one.version), "callproof") for one in made]
    for correction in services.store.versions(call_id, "transcript", by=caller.principal)[1:]:
        found.append(Happened(correction.created_at, t("call.transcript_corrected"), names(correction.created_by)))
    found += [_done(services, action, t, names) for action in list_actions(services, caller, call_id).items]
    for review in reviews:
        found += _decided(services, review, reader, t, names)
    return tuple(sorted(found, key=lambda one: one.at, reverse=True))


def _done(services: Services, action: Action, t: Texts, names: Names) -> Happened:
    words = t(f"call.did_{action.kind}")
    labels = {"ask_document": services.rules.documents, "settle": services.rules.conclusions}.get(action.kind, {})
    if action.target is not None:
        label = labels.get(action.target, {}).get(t.language)
        words += " → " + (label or t(f"call.team_{action.target}"))
    return Happened(action.at, words, names(action.actor), note=action.note)


def _decided(services: Services, review: Review, reader: Reader, t: Texts, names: Names) -> Iterator[Happened]:
    words = t(f"call.decided_{review.decision}") + " · " + reader.decided(review)
    if (value := reader.instead(review)) is not None:
        words += f" → {value}"
    label = services.rules.review_reasons.get(review.reason, {})
    state = "" if review.state == "final" else t(f"call.state_{review.state}")
    yield Happened(
        review.at,
        words,
        names(review.reviewer),
        label.get(t.language, review.reason),
        review.note,
        state,
        STATE_TONES[review.state],
    )
    if review.second_reviewer is not None and review.second_at is not None:
        agreed = t("call.agree") if review.state == "final" else t("call.disagree")
        yield Happened(review.second_at, f"{agreed} · {reader.decided(review)}", names(review.second_reviewer))
