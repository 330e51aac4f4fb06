"""A recording is stored once, however it comes; its audio is sealed and read in ranges."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.errors import ConflictError, InputError, KeysError, NotFoundError, RecordingError
from pipeline.store import SYSTEM, CallMetadata, Principal, Store, schema
from tests.pipeline.store.calls import QA, RECORDED, application, transcript

SOUND = bytes(range(256)) * 4000


def audio(store: Store, call_id: str, span: tuple[int, int | None] | None = None) -> bytes:
    return b"".join(store.open_audio(call_id, span, by=QA).content)


@pytest.mark.parametrize("size", [1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 600_000])
def test_a_recording_comes_back_as_it_was(store: Store, size: int) -> None:
    call_id, created = store.put_recording(SOUND[:size], CallMetadata(), by=SYSTEM)
    assert created
    assert audio(store, call_id) == SOUND[:size]


@pytest.mark.parametrize("source", ["bytes", "file", "parts"])
def test_bytes_files_and_parts_are_one_content(store: Store, source: str) -> None:
    given = {"bytes": SOUND, "file": io.BytesIO(SOUND), "parts": [SOUND[:100], SOUND[100:]]}[source]
    first = store.put_recording(SOUND, CallMetadata(), by=SYSTEM)
    assert store.put_recording(given, CallMetadata(), by=SYSTEM) == (first.call_id, False)


def test_what_arrives_is_sealed_at_once_and_can_be_read_before_it_is_stored(store: Store, tmp_path: Path) -> None:
    with store.receiving() as sound:
        for start in range(0, len(SOUND), 70_001):
            sound.write(SOUND[start : start + 70_001])
        sound.end()
        (staged,) = (tmp_path / "data" / "staging").iterdir()
        assert SOUND[:64] not in staged.read_bytes()
        sound.seek(-10, io.SEEK_END)
        assert (sound.read(), sound.read()) == (SOUND[-10:], b"")
        sound.seek(262_140)
        assert sound.read(10) == SOUND[262_140:262_150]
        call_id = store.put_recording(sound, CallMetadata(), by=SYSTEM).call_id
    assert audio(store, call_id) == SOUND
    with store.receiving() as given_up:
        given_up.write(SOUND)
    assert not list((tmp_path / "data" / "staging").iterdir())


@pytest.mark.parametrize(
    "span", [(0, 1), (5, 10), (262_143, 262_145), (262_144, None), (1_000_000, 1_024_000), (0, 5_000_000)]
)
def test_a_range_is_those_bytes(store: Store, span: tuple[int, int | None]) -> None:
    call_id = store.put_recording(SOUND, CallMetadata(), by=SYSTEM).call_id
    assert audio(store, call_id, span) == SOUND[span[0] : span[1]]


@pytest.mark.parametrize("span", [(-1, 5), (5, 5), (6, 5), (1_024_000, None)])
def test_a_range_outside_is_refused(store: Store, span: tuple[int, int | None]) -> None:
    call_id = store.put_recording(SOUND, CallMetadata(), by=SYSTEM).call_id
    with pytest.raises(InputError):
        store.open_audio(call_id, span, by=QA)


def test_nothing_on_disk_shows_the_sound_and_a_changed_blob_does_not_open(store: Store, tmp_path: Path) -> None:
    call_id = store.put_recording(SOUND, CallMetadata(), by=SYSTEM).call_id
    (blob,) = (path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file())
    sealed = blob.read_bytes()
    assert SOUND[:64] not in sealed
    blob.write_bytes(sealed[:1000] + bytes([sealed[1000] ^ 1]) + sealed[1001:])
    with pytest.raises(KeysError):
        audio(store, call_id)
    blob.write_bytes(sealed[:-300_000])
    with pytest.raises(KeysError):
        audio(store, call_id)


def test_a_hundred_uploads_of_one_recording_make_one_call(store: Store, tmp_path: Path) -> None:
    barrier, enqueued = threading.Barrier(20), []

    def upload(_: int) -> tuple[str, bool]:
        barrier.wait()
        return store.put_recording(
            SOUND[:50_000], CallMetadata(), by=SYSTEM, then=lambda _, call: enqueued.append(call)
        )

    with ThreadPoolExecutor(20) as pool:
        stored = list(pool.map(upload, range(100)))
    assert len({call_id for call_id, _ in stored}) == 1
    assert sum(created for _, created in stored) == 1
    assert enqueued == [stored[0][0]]
    assert len([path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]) == 1
    assert list((tmp_path / "data" / "staging").iterdir()) == []


def test_one_key_sent_at_once_with_different_content_makes_one_call(store: Store) -> None:
    barrier = threading.Barrier(8)

    def upload(number: int) -> str:
        barrier.wait()
        try:
            return store.put_recording(SOUND[number:], CallMetadata(), by=SYSTEM, idempotency_key="k").call_id
        except ConflictError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(upload, range(8)))
    assert results.count("idempotency_mismatch") == 7
    assert len(store.calls(by=SYSTEM).items) == 1


def test_the_same_key_again_gives_the_same_call(store: Store) -> None:
    first = store.put_recording(b"one", CallMetadata(), by=SYSTEM, idempotency_key="k1")
    assert store.put_recording(b"one", CallMetadata(), by=SYSTEM, idempotency_key="k1") == (first.call_id, False)
    assert store.put_recording(b"one", CallMetadata(), by=SYSTEM, idempotency_key="k2") == (first.call_id, False)
    with pytest.raises(ConflictError) as refused:
        store.put_recording(b"two", CallMetadata(), by=SYSTEM, idempotency_key="k2")
    assert refused.value.code == "idempotency_mismatch"


def test_units_keep_their_own_calls(store: Store) -> None:
    north, south = CallMetadata(unit="north"), CallMetadata(unit="south")
    first, second = store.put_recording(b"one", north, by=SYSTEM), store.put_recording(b"one", south, by=SYSTEM)
    assert first.created
    assert second.created
    reader = Principal("qa", units=frozenset({"north"}))
    assert store.call(first.call_id, by=reader).unit == "north"
    for forbidden in (
        lambda: store.call(second.call_id, by=reader),
        lambda: store.open_audio(second.call_id, by=reader),
        lambda: store.put_recording(b"two", south, by=reader),
    ):
        with pytest.raises(NotFoundError):
            forbidden()


def test_a_call_id_stands_for_one_recording(store: Store) -> None:
    store.put_recording(b"one", CallMetadata(call_id="C7"), by=SYSTEM)
    assert store.put_recording(b"one", CallMetadata(call_id="C7"), by=SYSTEM) == ("C7", False)
    with pytest.raises(ConflictError) as refused:
        store.put_recording(b"two", CallMetadata(call_id="C7"), by=SYSTEM)
    assert refused.value.code == "call_id_taken"


def test_an_empty_recording_is_refused(store: Store) -> None:
    with pytest.raises(RecordingError):
        store.put_recording(b"", CallMetadata(), by=SYSTEM)
    assert store.calls(by=SYSTEM).items == ()


def test_a_failure_while_enqueuing_leaves_nothing(store: Store, tmp_path: Path) -> None:
    def fail(connection: sa.Connection, call_id: str) -> None:
        raise RuntimeError("the queue is full")

    with pytest.raises(RuntimeError):
        store.put_recording(b"one", CallMetadata(), by=SYSTEM, then=fail)
    assert store.calls(by=SYSTEM).items == ()
    assert [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()] == []


def test_metadata_is_kept(store: Store) -> None:
    metadata = CallMetadata("C9", "036", "合肥恒信本田4S店", RECORDED, 2, "north")
    store.put_recording(b"one", metadata, by=SYSTEM, application=application(loan={"amount": 120000}))
    call = store.call("C9", by=SYSTEM)
    assert (call.agent_id, call.dealer, call.recorded_at, call.at) == ("036", "合肥恒信本田4S店", RECORDED, RECORDED)
    assert (call.channels, call.status, call.loan_amount, call.application_version) == (2, "queued", 120000, 1)


def test_a_transcript_is_a_call_without_audio(store: Store) -> None:
    said = transcript(("agent", "您好"), ("customer", "嗯"), call_id="T1")
    assert store.put_transcript_call(said, application(), CallMetadata(), by=SYSTEM) == ("T1", True)
    assert store.put_transcript_call(said, None, CallMetadata(), by=SYSTEM) == ("T1", False)
    assert store.transcript("T1", by=QA) == said
    with pytest.raises(NotFoundError):
        store.open_audio("T1", by=QA)


def test_what_is_stored_is_there_when_opened_again(store: Store, open_store: Callable[[], Store]) -> None:
    call_id = store.put_recording(SOUND, CallMetadata(), by=SYSTEM).call_id
    store.close()
    assert audio(open_store(), call_id) == SOUND


def test_two_stores_on_one_database_make_one_call(store: Store, open_store: Callable[[], Store]) -> None:
    other, barrier = open_store(), threading.Barrier(8)

    def upload(number: int) -> str:
        barrier.wait()
        return (store, other)[number % 2].put_recording(SOUND[:9_000], CallMetadata(), by=SYSTEM).call_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(upload, range(8)))) == 1
    with store.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.calls)).scalar() == 1
