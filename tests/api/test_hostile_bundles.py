"""`callproof verify` on files that are no bundles, or worse: one line, quickly, in little memory."""

from __future__ import annotations

import json
import struct
import sys
import zipfile
from pathlib import Path

import pytest

from api import bundle
from api.bundle import MANIFEST, SCHEMA, SIGNATURE, verify_bundle
from api.cli import main
from pipeline.errors import InputError


def packed(path: Path, **parts: bytes) -> Path:
    """A ZIP file of these parts: `manifest_json` is manifest.json."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name.replace("_", "."), content)
    return path


def manifest(**more: object) -> bytes:
    value = {"schema": SCHEMA, "call_id": "C1", "versions": {}, "files": {}, "public_key": "00" * 32}
    return json.dumps({**value, **more}).encode()


DEEP = b"[" * 200_000
BROKEN = {
    "text": b"not a zip",
    "empty": b"",
    "cut zip": b"PK\x03\x04" + b"\x00" * 40,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(InputError) as caught:
        verify_bundle(tmp_path / "x.zip")
    assert caught.value.code == "bad_bundle"


@pytest.mark.parametrize(
    "parts",
    [
        {"manifest_json": DEEP},
        {"manifest_json": b"\xff\xfe"},
        {"manifest_json": b"[1]"},
        {"manifest_json": manifest(), "manifest_sig": b"zz", "ledger_json": DEEP},
        {"manifest_json": manifest(files=3), "manifest_sig": b"00", "ledger_json": b"[]"},
        {"manifest_json": manifest(), "manifest_sig": b"00", "ledger_json": b'[{"seq": 1}]'},
        {"manifest_json": manifest(), "manifest_sig": b"00", "ledger_json": b"7"},
        {"manifest_json": manifest(versions={"report": 1}), "manifest_sig": b"00", "ledger_json": b"[]"},
        {"manifest_json": manifest(), "ledger_json": b"[]"},
        {f"part{number}": b"" for number in range(40)},
    ],
)
def test_a_bundle_of_nonsense_is_one_line(tmp_path: Path, parts: dict[str, bytes]) -> None:
    with pytest.raises(InputError) as caught:
        verify_bundle(packed(tmp_path / "x.zip", **parts))
    assert caught.value.code == "bad_bundle"
    assert len(caught.value.message.splitlines()) == 1


def test_a_bomb_is_refused_by_what_it_would_unpack_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed(tmp_path / "bomb.zip", manifest_json=manifest(), recording=b"0" * 30_000_000)
    assert bomb.stat().st_size < 40_000
    monkeypatch.setattr(bundle, "LARGEST_BUNDLE", 20_000_000)
    with pytest.raises(InputError, match="unpacks to more than"):
        verify_bundle(bomb)


def test_a_bomb_that_lies_about_its_size_gives_no_more_than_it_said(tmp_path: Path) -> None:
    """The central directory says a few bytes, the stream holds 30 MB: reading stops at what was said."""
    path = packed(tmp_path / "liar.zip", manifest_json=manifest(call_id="x" * 30_000_000))
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 50)
    path.write_bytes(bytes(data))
    with pytest.raises(InputError) as caught:
        verify_bundle(path)
    assert caught.value.code == "bad_bundle"


def test_a_document_without_end_is_not_read_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "LARGEST_DOCUMENT", 1000)
    parts = {MANIFEST: manifest(), SIGNATURE: b"00", "ledger.json": b"[" + b" " * 2000 + b"]"}
    with pytest.raises(InputError) as caught:
        verify_bundle(packed(tmp_path / "x.zip", **parts))
    assert caught.value.code == "bad_bundle"


def test_names_within_a_bundle_are_never_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    parts = {"../escaped": b"x", "/escaped": b"x", MANIFEST: manifest(), SIGNATURE: b"00", "ledger.json": b"[]"}
    path = packed(tmp_path / "x.zip", **parts)
    monkeypatch.setattr(sys, "argv", ["callproof", "verify", str(path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["x.zip"]
    assert not (tmp_path.parent / "escaped").exists()
