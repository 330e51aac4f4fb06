"""Keys: where they come from, how they change, and that nothing opens without the right ones."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConflictError, KeysError
from pipeline.store import SYSTEM, CallMetadata, KeyRing, Store, cipher, schema
from tests.pipeline.store.calls import QA, application, transcript

SOUND = b"sound" * 1000


def kept(tmp_path: Path) -> KeyRing:
    """A ring in a file of its own."""
    return KeyRing.embedded(tmp_path)


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return kept(tmp_path)


def fill(store: Store, call_id: str, said: str) -> None:
    store.put_recording(f"sound of {call_id}".encode(), CallMetadata(call_id), by=SYSTEM)
    store.save_transcript(call_id, transcript(("customer", said), call_id=call_id), by=SYSTEM)


def audio(store: Store) -> bytes:
    return b"".join(store.open_audio("C1", by=QA).content)


def test_a_data_folder_makes_keys_that_only_its_owner_reads(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: kept(tmp_path), range(8)))
    assert len({ring.document() for ring in rings}) == 1
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    kept(tmp_path)
    (tmp_path / "keys.json").chmod(0o640)
    with pytest.raises(KeysError):
        kept(tmp_path)


@pytest.mark.parametrize(
    ("mode", "owner", "reads"),
    [(0o640, 0, True), (0o440, 0, True), (0o644, 0, False), (0o660, 0, False), (0o640, 7, False)],
)
def test_a_mounted_secret_belongs_to_root_and_the_programs_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, owner: int, reads: bool
) -> None:
    kept(tmp_path)
    found = list((tmp_path / "keys.json").stat())
    found[stat.ST_MODE], found[stat.ST_UID] = stat.S_IFREG | mode, owner
    monkeypatch.setattr(os, "geteuid", lambda: 10001)
    monkeypatch.setattr(Path, "stat", lambda self: os.stat_result(found))
    if reads:
        assert KeyRing.from_file(tmp_path / "keys.json").master
        return
    with pytest.raises(KeysError, match="others can read"):
        KeyRing.from_file(tmp_path / "keys.json")


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"active": "a", "master": {}, "signing": ""}',
        '{"active": "a", "master": {"a": "c2hvcnQ="}, "signing": "c2hvcnQ="}',
        '{"active": "a", "master": {"a": "secret-that-is-no-base64"}, "signing": ""}',
    ],
)
def test_an_unusable_document_is_refused_without_being_shown(document: str) -> None:
    with pytest.raises(KeysError) as refused:
        KeyRing.parse(document, "CALLPROOF_KEYS")
    assert "secret" not in str(refused.value)


def test_a_ring_does_not_show_its_keys() -> None:
    ring = KeyRing.new()
    for key in json.loads(ring.document())["master"].values():
        assert key not in repr(ring)


def test_the_environment_names_the_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ring = kept(tmp_path)
    assert KeyRing.from_environment() is None
    monkeypatch.setenv("CALLPROOF_KEYS_FILE", str(tmp_path / "keys.json"))
    assert KeyRing.from_environment() == ring
    monkeypatch.setenv("CALLPROOF_KEYS", KeyRing.new().document())
    assert KeyRing.from_environment() != ring


def test_a_store_does_not_open_with_other_keys(store: Store, open_store: Callable[..., Store]) -> None:
    store.put_recording(SOUND, CallMetadata("C1"), by=SYSTEM)
    with pytest.raises(KeysError):
        open_store(keys=KeyRing.new())


def test_a_ledger_goes_on_with_its_own_signing_key_only(
    store: Store, keys: KeyRing, open_store: Callable[..., Store]
) -> None:
    other = KeyRing(keys.active, keys.master, KeyRing.new().signing)
    with pytest.raises(KeysError):
        open_store(keys=other)


def test_rotation_wraps_every_key_anew(store: Store, open_store: Callable[..., Store], tmp_path: Path) -> None:
    before = store.keys.active
    store.put_recording(SOUND, CallMetadata("C1"), by=SYSTEM, application=application(loan={"amount": 1}))
    store.webhooks.add("https://example.com/hook", ["call.done"], "whsec_1", by=QA)
    with store.database.read() as connection:
        sealed = connection.execute(sa.select(schema.documents.c.sealed)).scalar_one()
    rotation = store.rotate_keys(by=QA)
    assert rotation.active != before
    assert rotation.rewrapped == 4
    assert store.keys_in_use() == {rotation.active: 2}
    assert audio(store) == SOUND
    with store.database.read() as connection:
        assert connection.execute(sa.select(schema.documents.c.sealed)).scalar_one() == sealed
    assert store.retire_keys(by=QA) == (before,)
    store.close()
    ring = kept(tmp_path)
    assert list(ring.master) == [rotation.active]
    again = open_store(keys=ring)
    assert audio(again) == SOUND
    assert again.webhooks.secret(again.webhooks.all()[0].id) == "whsec_1"
    assert again.ledger.verify().whole


def test_another_process_follows_a_rotation(store: Store, open_store: Callable[..., Store]) -> None:
    other = open_store()
    store.rotate_keys(by=QA)
    store.put_recording(SOUND, CallMetadata("C1"), by=SYSTEM)
    assert audio(other) == SOUND


def test_a_running_process_searches_on_and_wraps_with_what_is_left(
    store: Store, open_store: Callable[..., Store]
) -> None:
    fill(store, "C1", "白天跑滴滴")
    other = open_store()
    assert other.search("滴滴", by=QA).items
    store.rotate_keys(by=QA)
    assert other.search("滴滴", by=QA).items[0].snippet
    store.retire_keys(by=QA)
    fill(other, "C2", "晚上跑滴滴")
    assert store.keys_in_use() == {store.keys.active: 4}
    assert len(open_store().search("滴滴", by=QA).items) == 2


def test_a_retired_key_s_name_is_not_given_again() -> None:
    ring = KeyRing.new()
    names = {ring.active}
    for _ in range(20):
        old, ring = ring.active, ring.rotated()
        ring = ring.without({old})
        names.add(ring.active)
    assert len(names) == 21


def test_keys_in_use_are_not_retired(store: Store) -> None:
    store.put_recording(SOUND, CallMetadata("C1"), by=SYSTEM)
    with pytest.raises(ConflictError):
        store.retire_keys(by=QA)


def test_a_missing_master_key_is_named(store: Store) -> None:
    store.put_recording(SOUND, CallMetadata("C1"), by=SYSTEM)
    old = store.keys.active
    ring = store.keys.rotated()
    store.use_keys(KeyRing(ring.active, {ring.active: ring.master[ring.active]}, ring.signing))
    with pytest.raises(KeysError, match=old):
        audio(store)


@given(plain=st.binary(max_size=2000), parts=st.lists(st.text(max_size=5), min_size=1, max_size=3))
def test_what_is_sealed_opens_in_its_own_context_only(plain: bytes, parts: list[str]) -> None:
    key, context = cipher.new_data_key(), cipher.associated(*parts)
    sealed = cipher.seal(key, plain, context)
    assert cipher.unseal(key, sealed, context) == plain
    with pytest.raises(KeysError):
        cipher.unseal(key, sealed, cipher.associated(*parts, ""))
    with pytest.raises(KeysError):
        cipher.unseal(cipher.new_data_key(), sealed, context)


@pytest.mark.parametrize("length", [0, 1, 262_143, 262_144, 262_145, 524_288, 700_001])
def test_the_length_of_a_sealed_stream_is_known(length: int) -> None:
    for piece in (length or 1, 100_000):
        sealer = cipher.Sealer(cipher.new_data_key(), b"context")
        sealed = [sealer.add(bytes(min(piece, length - start))) for start in range(0, length, piece)]
        assert len(b"".join([*sealed, sealer.end()])) == cipher.sealed_length(length)


def test_segments_cannot_change_places() -> None:
    key, plain = cipher.new_data_key(), bytes(range(256)) * 2048
    sealer = cipher.Sealer(key, b"context")
    first, second = sealer.add(plain), sealer.end()
    prefix, first = first[: cipher.PREFIX_BYTES], first[cipher.PREFIX_BYTES :]
    assert len(first) == len(second) == cipher.SEALED_SEGMENT
    whole = prefix + second + first

    def read(start: int, stop: int) -> bytes:
        return whole[start:stop]

    with pytest.raises(KeysError):
        b"".join(cipher.unseal_segments(key, read, len(plain), 0, len(plain), b"context"))
