"""The store: calls, their documents and audio (sealed), search, people's work on them, and the ledger.

Stands on `pipeline.{contract, types, errors}` and `configs` alone. One suite runs it on SQLite and PostgreSQL.

    with Store.open(folder_or_url, keys=None, blobs=None, folder=None, migrate=True) as store: …

Every method that touches a call takes `by: Principal(name, role, units)`: what is outside its units is not found, and
each access to personal data is in the ledger before it is given, else nothing is given. Methods are synchronous and
safe to call from several threads and processes; each is one transaction.

Calls in      `put_recording(bytes | file | chunks, CallMetadata(…), by=, application=, idempotency_key=, then=)`
              `put_transcript_call(transcript, application, CallMetadata(…), by=, …)` → `Stored(call_id, created)`
              `then(connection, call_id)` runs within the transaction: enqueue there
Documents     `set_application(call_id, application, by=, then=, expected=)`, `save_transcript(…)`, `save_report(…)`
              → version; `application`, `transcript`, `report(call_id, version=None, by=)`, `versions(…)`
Audio         `open_audio(call_id, (start, stop) | None, by=)` → `Audio(size, start, stop, content)`
Lists         `call(call_id, by=)` → `CallRecord`; `calls(CallFilters(…), cursor, limit, by=)`,
              `mismatches(MismatchFilters(…), cursor, limit, by=)` → `Page(items, next)`
Figures       `figures(FigureFilters(…), by=)`: volumes, rates, conduct, time saved, what waits
Search        `search(line | SearchQuery(…), SearchFilters(…), cursor, limit, by=)` → `Page` of `Hit`
Work          `set_status(call_id, status, by=, expected=, reason=, connection=)` → bool (compare and set)
              `claim`, `release`, `assign`; `put_stage`, `get_stage(call_id, stage, input_hash, by=)`
Corrections   `correct_transcript(call_id, Correction(…), by=, then=)`, `swap_speakers` → version of the transcript
Actions       `act(call_id, kind, target, by=, note=)`: hand over, ask for a document, settle, reopen; `actions`
Reviews       `add_review`, `second_review`, `reviews`, `pending_reviews`
People        `store.users`, `store.api_keys`, `store.sessions`, `store.webhooks`
Ledger        `store.ledger.append(actor, action, subject, details, connection=)`, `.entries(…)`, `.head()`, `.verify()`
Database      `store.database.read()`, `.write()`: transactions (SQLAlchemy connections) for other packages' tables

Tables of other packages come with a migration of their own in `migrations/versions`, one line of revisions.
"""

from pipeline.store.access import ApiKey, Session, User
from pipeline.store.acting import Action
from pipeline.store.correcting import Correction
from pipeline.store.figures import FigureFilters, Figures
from pipeline.store.keys import KeyRing
from pipeline.store.ledger import Entry, Head, Verdict, proves_itself
from pipeline.store.recordings import Audio
from pipeline.store.records import (
    SYSTEM,
    CallFilters,
    CallMetadata,
    CallRecord,
    DocumentVersion,
    Mismatch,
    MismatchFilters,
    Page,
    Principal,
    Stored,
)
from pipeline.store.reviewing import Review
from pipeline.store.search.query import SearchFilters, SearchQuery, parse_query
from pipeline.store.searching import Hit, HitPage
from pipeline.store.store import Store
from pipeline.store.webhooks import Delivery, Webhook

__all__ = [
    "SYSTEM",
    "Action",
    "ApiKey",
    "Audio",
    "CallFilters",
    "CallMetadata",
    "CallRecord",
    "Correction",
    "Delivery",
    "DocumentVersion",
    "Entry",
    "FigureFilters",
    "Figures",
    "Head",
    "Hit",
    "HitPage",
    "KeyRing",
    "Mismatch",
    "MismatchFilters",
    "Page",
    "Principal",
    "Review",
    "SearchFilters",
    "SearchQuery",
    "Session",
    "Store",
    "Stored",
    "User",
    "Verdict",
    "Webhook",
    "parse_query",
    "proves_itself",
]
