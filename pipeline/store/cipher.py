"""Envelope encryption: each call has its own data keys, wrapped by a master key; AES-256-GCM throughout.

Whatever is sealed names, as associated data, the record and the field that it belongs to: a ciphertext moved to
another call, field or version does not open. Audio is sealed in segments after the STREAM construction (Hoang,
Reyhanitabar, Rogaway, Vizár, 2015), so that a range is read without the rest and a cut file is noticed.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipeline.errors import KeysError
from pipeline.store.keys import KEY_BYTES, KeyRing

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
SEGMENT_BYTES: Final = 256 * 1024
PREFIX_BYTES: Final = 7
SEALED_SEGMENT: Final = SEGMENT_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key under a master key."""

    master_key: str
    wrapped: bytes


def associated(*parts: object) -> bytes:
    """Associated data of a record and field; no two lists of parts give the same bytes."""
    return json.dumps(["callproof/1", *map(str, parts)], ensure_ascii=False, separators=(",", ":")).encode()


def new_data_key() -> bytes:
    """A fresh data key (32 bytes)."""
    return os.urandom(KEY_BYTES)


def wrap(ring: KeyRing, data_key: bytes, owner: bytes) -> WrappedKey:
    """`data_key` under the active master key, bound to its `owner`."""
    return WrappedKey(ring.active, _seal(ring.master[ring.active], data_key, owner))


def unwrap(ring: KeyRing, key: WrappedKey, owner: bytes) -> bytes:
    """The data key in `key`. Raises `KeysError` where its master key is not in the ring or does not open it."""
    master = ring.master.get(key.master_key)
    if master is None:
        raise KeysError(f"master key {key.master_key!r} is not in the key document; put it back to read this record")
    return _open(master, key.wrapped, owner)


def seal(data_key: bytes, plain: bytes, context: bytes) -> bytes:
    """`plain`, compressed and encrypted; opens only in the same `context`."""
    return _seal(data_key, zlib.compress(plain, 3), context)


def unseal(data_key: bytes, sealed: bytes, context: bytes) -> bytes:
    """What was sealed in this `context`. Raises `KeysError` where key, context or bytes are not the same."""
    return zlib.decompress(_open(data_key, sealed, context))


def seal_json(data_key: bytes, value: object, context: bytes) -> bytes:
    """`value` as sealed JSON."""
    return seal(data_key, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), context)


def unseal_json(data_key: bytes, sealed: bytes, context: bytes) -> Any:
    """The JSON value sealed in this `context`. Raises `KeysError`."""
    return json.loads(unseal(data_key, sealed, context))


class Sealer:
    """A stream as sealed segments of 256 KiB, a random prefix first; the last one says that it is the last."""

    def __init__(self, data_key: bytes, context: bytes) -> None:
        self._cipher, self._context = AESGCM(data_key), context
        self._prefix = os.urandom(PREFIX_BYTES)
        self._number = 0
        self._waiting = b""

    def add(self, chunk: bytes | bytearray | memoryview) -> bytes:
        """What is sealed once `chunk` has come."""
        plain = memoryview(b"".join((self._waiting, chunk)))
        full = max(0, len(plain) - 1) // SEGMENT_BYTES * SEGMENT_BYTES
        self._waiting = bytes(plain[full:])
        return b"".join(self._sealed(plain[start : start + SEGMENT_BYTES]) for start in range(0, full, SEGMENT_BYTES))

    def end(self) -> bytes:
        """The last of it: nothing more comes."""
        return self._sealed(memoryview(self._waiting), last=True)

    def _sealed(self, plain: memoryview, *, last: bool = False) -> bytes:
        sealed = self._cipher.encrypt(_segment_nonce(self._prefix, self._number, last), plain, self._context)
        head = b"" if self._number else self._prefix
        self._number += 1
        return head + sealed


def sealed_length(plain_bytes: int) -> int:
    """Length of the sealed stream of `plain_bytes` bytes."""
    return PREFIX_BYTES + plain_bytes + TAG_BYTES * _segments(plain_bytes)


def unseal_segments(
    data_key: bytes, read: Callable[[int, int], bytes], plain_bytes: int, start: int, stop: int, context: bytes
) -> Iterator[bytes]:
    """Bytes `start` to `stop` of a sealed stream that `read(start, stop)` gives.

    Raises `KeysError` where a segment was changed, moved or is missing.
    """
    cipher, prefix = AESGCM(data_key), read(0, PREFIX_BYTES)
    last = _segments(plain_bytes) - 1
    first = start // SEGMENT_BYTES
    for number in range(first, (max(stop, 1) - 1) // SEGMENT_BYTES + 1):
        offset = PREFIX_BYTES + number * SEALED_SEGMENT
        sealed = read(offset, min(offset + SEALED_SEGMENT, sealed_length(plain_bytes)))
        try:
            plain = cipher.decrypt(_segment_nonce(prefix, number, number == last), sealed, context)
        except InvalidTag:
            raise KeysError("the stored recording was changed, cut, or belongs to another call") from None
        begin = number * SEGMENT_BYTES
        yield plain[max(0, start - begin) : stop - begin]


def _segments(plain_bytes: int) -> int:
    return max(1, -(-plain_bytes // SEGMENT_BYTES))


def _segment_nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def _seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _open(key: bytes, sealed: bytes, context: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except InvalidTag:
        raise KeysError("what is stored does not open: changed, moved to another record, or another key") from None
