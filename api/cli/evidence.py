"""`callproof verify`: an evidence bundle checked offline."""

from __future__ import annotations

from pathlib import Path

from api.bundle import verify_bundle
from api.cli import console
from api.cli.console import State


def check_bundle(state: State, path: Path, public_key: str | None, as_json: bool) -> bool:
    """Print what a bundle proves; whether all of it holds."""
    verdict = verify_bundle(path, public_key)
    whole = not verdict.faults
    if as_json:
        value = {name: getattr(verdict, name) for name in verdict.__dataclass_fields__}
        console.print_json({"whole": whole, **value, "faults": list(verdict.faults)})
        return whole
    key = "bundle_whole" if whole else "bundle_broken"
    console.write_line(console.text(key, state.language, call=verdict.call_id, files=verdict.files, rows=verdict.rows))
    console.write_line(console.text("bundle_audio", state.language, sha256=verdict.audio_sha256 or "-"))
    trusted = "bundle_key_given" if public_key else "bundle_key_own"
    console.write_line(console.text(trusted, state.language, public=verdict.public_key))
    for fault in verdict.faults:
        console.write_line(f"  {fault}")
    return whole
