"""The keys that open the store: master keys, which wrap the data keys, and the key that signs the ledger.

One JSON document holds them, each key 32 bytes in base64: `{"active": "k1", "master": {"k1": "…"}, "signing": "…"}`.
It comes from the environment (`CALLPROOF_KEYS`, the document itself), from a file (`CALLPROOF_KEYS_FILE`), or, in
embedded mode, from `keys.json` in the data folder, made on first use and readable by its owner alone.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.errors import KeysError

KEYS_VARIABLE: Final = "CALLPROOF_KEYS"
KEYS_FILE_VARIABLE: Final = "CALLPROOF_KEYS_FILE"
EMBEDDED_NAME: Final = "keys.json"
KEY_BYTES: Final = 32


@dataclass(frozen=True)
class KeyRing:
    """Master keys by name, the name of the one that wraps new data keys, and the signing seed of the ledger."""

    active: str
    master: dict[str, bytes]
    signing: bytes
    path: Path | None = None

    def __repr__(self) -> str:
        return f"KeyRing(active={self.active!r}, master={sorted(self.master)})"

    @classmethod
    def new(cls) -> Self:
        """A ring of one fresh master key and a fresh signing key."""
        name = _new_name()
        return cls(name, {name: secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, document: str, where: str, path: Path | None = None) -> Self:
        """The ring written in `document`. Raises `KeysError`, which never shows a key."""
        try:
            value = json.loads(document)
            master = {str(name): _key(key) for name, key in value["master"].items()}
            ring = cls(str(value["active"]), master, _key(value["signing"]), path)
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            raise KeysError(f"{where}: not a key document; `callproof store new-keys` prints one") from None
        if ring.active not in ring.master:
            raise KeysError(f"{where}: the active key {ring.active!r} is not among its master keys")
        return ring

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The ring in a file that its owner alone may read or, where that is root, its group too (mounted secrets).

        Raises `KeysError`.
        """
        try:
            status = path.stat()
            if status.st_mode & (0o037 if status.st_uid == 0 and os.geteuid() != 0 else 0o077):
                raise KeysError(
                    f"{path}: others can read this key file; chmod 600 {path.name} (640 where root owns it and the "
                    "program runs as somebody of its group)"
                )
            document = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise KeysError(f"{path}: the key file cannot be read ({type(error).__name__})") from error
        return cls.parse(document, str(path), path)

    @classmethod
    def from_environment(cls) -> Self | None:
        """The ring that the environment gives or names; None where it names none."""
        if document := os.environ.get(KEYS_VARIABLE):
            return cls.parse(document, KEYS_VARIABLE)
        if named := os.environ.get(KEYS_FILE_VARIABLE):
            return cls.from_file(Path(named))
        return None

    @classmethod
    def embedded(cls, folder: Path) -> Self:
        """The ring of a data folder; made on first use. Two processes that start together get the same one."""
        path = folder / EMBEDDED_NAME
        if not path.exists():
            ring = cls.new()
            temporary = _write_private(folder, ring.document())
            try:
                os.link(temporary, path)
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        return cls.from_file(path)

    @cached_property
    def signer(self) -> Ed25519PrivateKey:
        """The key that signs the ledger."""
        return Ed25519PrivateKey.from_private_bytes(self.signing)

    @cached_property
    def public_key(self) -> bytes:
        """The ledger's public key (32 bytes), for whoever verifies it elsewhere."""
        return self.signer.public_key().public_bytes_raw()

    def rotated(self) -> Self:
        """The ring with a fresh master key, now the active one; the older ones still open what they wrapped."""
        name = _new_name()
        return replace(self, active=name, master={**self.master, name: secrets.token_bytes(KEY_BYTES)})

    def without(self, names: set[str]) -> Self:
        """The ring without retired master keys. Raises `KeysError` for the active one."""
        if self.active in names:
            raise KeysError(f"master key {self.active!r} is the active one; rotate first")
        return replace(self, master={name: key for name, key in self.master.items() if name not in names})

    def document(self) -> str:
        """The ring as its JSON document."""
        master = {name: base64.b64encode(key).decode() for name, key in self.master.items()}
        signing = base64.b64encode(self.signing).decode()
        return json.dumps({"active": self.active, "master": master, "signing": signing}, indent=2) + "\n"

    def save(self) -> None:
        """Write the ring back to the file it came from, whole or not at all. Raises `KeysError` where it has none."""
        if self.path is None:
            raise KeysError(f"the keys came from {KEYS_VARIABLE}; change them there")
        _write_private(self.path.parent, self.document()).replace(self.path)


def _new_name() -> str:
    """The day, and what no other key is called: backups still name keys that have been retired."""
    return f"{datetime.now(UTC):k%Y%m%d}-{secrets.token_hex(4)}"


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return key


def _write_private(folder: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=".keys-", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
