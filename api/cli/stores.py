"""Commands over a store: search, the ledger, and keeping it (migrate, check, backup, keys, retention, erasure)."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from api.cli import console
from api.cli.console import State
from pipeline.errors import InputError
from pipeline.store import Head, Hit, KeyRing, Principal, SearchFilters, Store, Verdict, parse_query
from pipeline.store.backup import back_up, check, read_manifest, restore
from pipeline.store.store import DATABASE_NAME


def operator() -> Principal:
    """Who works on the command line, as the ledger names him."""
    return Principal(f"cli:{getpass.getuser()}", "admin")


@contextmanager
def opened(state: State, *, migrate: bool = False) -> Iterator[Store]:
    """The store that the settings name; it must be there already. Raises `InputError`."""
    settings = state.settings
    if settings.database is None and not (settings.data / DATABASE_NAME).is_file():
        raise InputError(
            f"{settings.data}: holds no store; name its folder with --data, or start one with callproof serve",
            code="no_store",
        )
    with Store.of(settings, migrate=migrate) as store:
        yield store


def search(
    state: State,
    query: str,
    within: Literal["turn", "call"],
    filters: dict[str, Any],
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    """Turns that have what was looked for, the newest call first."""
    with opened(state) as store:
        page = store.search(parse_query(query, within), SearchFilters(**filters), cursor, limit, by=operator())
    if as_json:
        hits = [{**asdict(hit), "at": hit.at.isoformat()} for hit in page.items]
        console.print_json({"hits": hits, "next": page.next})
        return
    for hit in page.items:
        console.write_line(_hit_line(hit, state.language))
    if not page.items:
        console.write_line(console.text("search_nothing", state.language))
    if page.next is not None:
        console.write_line(console.text("search_more", state.language, cursor=page.next))


def _hit_line(hit: Hit, language: str) -> str:
    text, last, marked = hit.snippet, 0, ""
    for start, end in hit.highlights:
        marked += f"{text[last:start]}【{text[start:end]}】"
        last = end
    key = f"speaker_{hit.speaker}"
    speaker = console.text(key, language) if console.has_text(key) else hit.speaker
    minutes, seconds = divmod(int(hit.start), 60)
    at = hit.at.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{at}  {hit.call_id}  #{hit.turn} {minutes:02}:{seconds:02}  {speaker}: {marked}{text[last:]}"


# --- ledger ---


def verify_ledger(state: State, head: Path | None, as_json: bool) -> bool:
    """Whether the ledger is whole; where not, says at which row and what is wrong there."""
    kept = _read_head(head) if head is not None else None
    with opened(state) as store:
        verdict = store.ledger.verify(kept)
    if as_json:
        console.print_json(verdict._asdict())
    else:
        console.write_line(_verdict_line(verdict, state.language))
    return verdict.whole


def show_head(state: State) -> None:
    """The ledger's signed head and public key, to be kept elsewhere."""
    with opened(state) as store:
        head = store.ledger.head()
        public_key = store.keys.public_key.hex()
    console.print_json({"head": head._asdict() if head else None, "public_key": public_key})


def list_ledger(state: State, subject: str | None, actor: str | None, action: str | None, as_json: bool) -> None:
    """Rows of the ledger in order."""
    with opened(state) as store:
        for entry in store.ledger.entries(subject=subject, actor=actor, action=action):
            if as_json:
                console.print_json(entry.as_json(), indent=None)
            else:
                line = f"{entry.seq:>8}  {entry.at}  {entry.actor}  {entry.action}  {entry.subject}  {entry.details}"
                console.write_line(line)


def _read_head(path: Path) -> Head:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return Head(**value.get("head", value))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: no ledger head; callproof ledger head prints one", code="bad_head") from error


def _verdict_line(verdict: Verdict, language: str) -> str:
    if verdict.whole:
        return console.text("ledger_whole", language, rows=verdict.rows)
    return console.text("ledger_broken", language, row=verdict.broken_at, fault=verdict.fault)


# --- keeping ---


def migrate(state: State) -> None:
    """Bring the database to this version."""
    with opened(state, migrate=True) as store:
        console.write_line(console.text("store_migrated", state.language, revision=store.database.revision()))


def reindex(state: State) -> None:
    """Make the search index anew."""
    with opened(state) as store:
        console.write_line(console.text("store_reindexed", state.language, calls=store.reindex()))


def check_store(state: State, backup: Path | None) -> bool:
    """Open everything and verify the ledger; whether all is well."""
    kept = read_manifest(backup).ledger_head if backup is not None else None
    with opened(state) as store:
        found = check(store, kept)
    console.write_line(
        console.text(
            "store_checked",
            state.language,
            calls=found.calls,
            documents=found.documents,
            recordings=found.recordings,
            faults=len(found.faults),
        )
    )
    for fault in found.faults:
        console.write_line(f"  {fault}")
    console.write_line(_verdict_line(found.ledger, state.language))
    return found.sound


def backup_store(state: State, folder: Path) -> None:
    """Copy the store into a folder."""
    with opened(state) as store:
        manifest = back_up(store, folder, by=operator())
    console.write_line(console.text("store_backed_up", state.language, folder=folder, recordings=manifest.recordings))


def restore_store(state: State, folder: Path) -> None:
    """Put a backup into an empty data folder or database."""
    settings = state.settings
    manifest = restore(folder, settings.data, settings.database)
    console.write_line(
        console.text("store_restored", state.language, data=settings.data, recordings=manifest.recordings)
    )


def new_keys() -> None:
    """Print a fresh key document."""
    console.write_line(KeyRing.new().document().rstrip())


def rotate_keys(state: State, new_key: bool, retire: bool) -> None:
    """A new master key, every data key under it; or older master keys out of the file."""
    with opened(state) as store:
        if retire:
            names = ", ".join(store.retire_keys(by=operator()))
            console.write_line(console.text("keys_retired", state.language, names=names))
            return
        rotation = store.rotate_keys(by=operator(), new_key=new_key)
    console.write_line(console.text("keys_rotated", state.language, active=rotation.active, count=rotation.rewrapped))


def erase_call(state: State, call_id: str, reason: str, audio_only: bool) -> None:
    """Destroy a call, or its recording alone, and print the certificate."""
    with opened(state) as store:
        erase = store.erase_audio if audio_only else store.erase
        certificate = erase(call_id, reason, by=operator())
    console.print_json({**asdict(certificate), "erased_at": certificate.erased_at.isoformat()})


def hold_call(state: State, call_id: str, reason: str | None) -> None:
    """Put a call under legal hold, or release it."""
    with opened(state) as store:
        store.set_legal_hold(call_id, reason, by=operator())
    key = "hold_set" if reason else "hold_released"
    console.write_line(console.text(key, state.language, call=call_id))


def apply_retention(state: State, apply: bool, at: datetime | None) -> None:
    """Name what is kept no longer, or erase it."""
    moment = at.astimezone() if at is not None else None
    with opened(state) as store:
        expired = store.apply_retention(by=operator(), at=moment, dry_run=not apply)
        swept = store.sweep_blobs() if apply else 0
    for call_id in expired.calls:
        console.write_line(f"call {call_id}")
    for call_id in expired.audio:
        console.write_line(f"audio {call_id}")
    key = "retention_done" if apply else "retention_planned"
    counts = {"calls": len(expired.calls), "audio": len(expired.audio), "swept": swept}
    console.write_line(console.text(key, state.language, **counts))
