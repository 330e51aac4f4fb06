"""Evidence bundles: a call as a ZIP file that proves itself without the server it came from.

`manifest.json` names every file with its SHA-256 and is signed (Ed25519) with the key that signs the ledger. The rows
of the ledger about the call are inside, each signed: `call.create` carries the recording's SHA-256, `transcript.save`,
`report.save` and `application.save` those of the documents.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pipeline.errors import InputError
from pipeline.store import Entry, proves_itself
from pipeline.store.core import canonical, content_hash

SCHEMA: Final = "callproof.bundle/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
LEDGER: Final = "ledger.json"
AUDIO: Final = "recording"
DOCUMENTS: Final = ("transcript", "report", "application")
MOST_FILES: Final = 16
LARGEST_BUNDLE: Final = 4 << 30
LARGEST_DOCUMENT: Final = 64 << 20
_CHUNK: Final = 1 << 20
_DAMAGED: Final = (
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError),  # RuntimeError: encrypted, nested too deep
    *(AttributeError, LookupError, TypeError, ValueError),
)


@dataclass(frozen=True, slots=True)
class BundleVerdict:
    """What a bundle proves; where `faults` is empty, all of it."""

    call_id: str
    public_key: str
    files: int
    rows: int
    audio_sha256: str | None
    faults: tuple[str, ...]


def write_bundle(
    file: BinaryIO,
    *,
    call_id: str,
    created_at: str,
    documents: Mapping[str, tuple[int, dict[str, Any]]],
    reviews: list[dict[str, Any]],
    entries: list[Entry],
    audio: Iterator[bytes] | None,
    public_key: bytes,
    sign: Callable[[bytes], bytes],
) -> None:
    """Write the bundle of a call. `documents` are (version, JSON) by kind; `sign` signs with the ledger's key."""
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:

        def put(name: str, value: object) -> None:
            data = json.dumps(value, ensure_ascii=False, indent=1).encode()
            hashes[name] = hashlib.sha256(data).hexdigest()
            bundle.writestr(name, data)

        for kind, (_, value) in documents.items():
            put(f"{kind}.json", value)
        put("reviews.json", reviews)
        put(LEDGER, [entry.as_json() | {"details": entry.details} for entry in entries])
        if audio is not None:
            digest = hashlib.sha256()
            with bundle.open(zipfile.ZipInfo(AUDIO), "w", force_zip64=True) as target:
                for chunk in audio:
                    digest.update(chunk)
                    target.write(chunk)
            hashes[AUDIO] = digest.hexdigest()
        manifest = {
            "schema": SCHEMA,
            "call_id": call_id,
            "created_at": created_at,
            "versions": {kind: version for kind, (version, _) in documents.items()},
            "files": hashes,
            "public_key": public_key.hex(),
        }
        data = canonical(manifest)
        bundle.writestr(MANIFEST, data)
        bundle.writestr(SIGNATURE, sign(data).hex())


def verify_bundle(path: Path, public_key: str | None = None) -> BundleVerdict:
    """Whether a bundle is whole and as it was signed; `public_key` (hex) is the one to trust, else the bundle's own.

    Raises `InputError` where the file is no bundle.
    """
    try:
        with zipfile.ZipFile(path) as bundle:
            return _verify(bundle, path, public_key)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file", code="file_missing") from None
    except _DAMAGED as error:
        raise InputError(
            f"{path}: no evidence bundle, or damaged ({type(error).__name__})", code="bad_bundle"
        ) from None


def _verify(bundle: zipfile.ZipFile, path: Path, trusted: str | None) -> BundleVerdict:
    names = bundle.namelist()
    if sum(part.file_size for part in bundle.infolist()) > LARGEST_BUNDLE:
        raise InputError(f"{path}: unpacks to more than {LARGEST_BUNDLE >> 20} MB", code="bad_bundle")
    if len(names) > MOST_FILES or len(set(names)) != len(names) or MANIFEST not in names:
        raise InputError(f"{path}: no evidence bundle", code="bad_bundle")
    data = _read(bundle, MANIFEST)
    manifest = json.loads(data)
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise InputError(f"{path}: no evidence bundle of {SCHEMA}", code="bad_bundle")
    key, files = str(manifest["public_key"]), dict(manifest["files"])
    faults = []
    if trusted is not None and key != trusted.strip().lower():
        faults.append("signed with another key than the one given")
    if not _signed(data, _read(bundle, SIGNATURE).decode("ascii"), key):
        faults.append(f"{MANIFEST}: not as it was signed")
    if unlisted := set(names) - files.keys() - {MANIFEST, SIGNATURE}:
        faults.append(f"{len(unlisted)} files are not in the manifest")
    altered = set()
    for name, digest in files.items():
        if name not in names:
            faults.append(f"{name}: missing")
            altered.add(name)
        elif _hash(bundle, name) != digest:
            faults.append(f"{name}: not as it was written")
            altered.add(name)
    rows = [] if LEDGER in altered else [Entry(**row) for row in json.loads(_read(bundle, LEDGER))]
    if LEDGER not in altered:
        faults += _ledger_faults(rows, manifest, bundle, bytes.fromhex(key), altered)
    created: dict[str, Any] = next((json.loads(row.details) for row in rows if row.action == "call.create"), {})
    return BundleVerdict(str(manifest["call_id"]), key, len(files), len(rows), created.get("sha256"), tuple(faults))


def _ledger_faults(
    rows: list[Entry], manifest: dict[str, Any], bundle: zipfile.ZipFile, key: bytes, altered: set[str]
) -> Iterator[str]:
    """What the ledger's rows do not bear out; of files `altered` since, nothing more is asked."""
    call_id = manifest["call_id"]
    for row in rows:
        if not proves_itself(row, key):
            yield f"{LEDGER}: row {row.seq} is not as it was signed"
        if row.subject != call_id:
            yield f"{LEDGER}: row {row.seq} is about something else"
    told = [(row.action, json.loads(row.details)) for row in rows]
    for kind, version in manifest["versions"].items():
        if kind not in DOCUMENTS:
            yield f"{kind}: not a kind of document"
            continue
        if f"{kind}.json" in altered:
            continue
        saved = {
            details.get("sha256")
            for action, details in told
            if (action, details.get("version")) == (f"{kind}.save", version)
        }
        if content_hash(json.loads(_read(bundle, f"{kind}.json"))) not in saved:
            yield f"{kind}.json: not what the ledger says was stored as version {version}"
    if AUDIO in manifest["files"]:
        stored = {details.get("sha256") for action, details in told if action == "call.create"}
        if manifest["files"][AUDIO] not in stored:
            yield f"{AUDIO}: not what the ledger says was uploaded"


def _read(bundle: zipfile.ZipFile, name: str) -> bytes:
    with bundle.open(name) as file:
        data = file.read(LARGEST_DOCUMENT + 1)
    if len(data) > LARGEST_DOCUMENT:
        raise ValueError(name)
    return data


def _hash(bundle: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with bundle.open(name) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _signed(data: bytes, signature: str, key: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True
