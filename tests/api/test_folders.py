"""Calls that arrive as files: `ingest` and `watch`."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.cli.arrivals import sidecar_of
from api.cli.watch import Patience, Watcher
from pipeline.errors import InputError, QueueFullError
from pipeline.jobs import JobLimits, Jobs
from pipeline.store import SYSTEM, CallFilters, Store
from tests.conftest import Command

AT_ONCE = Patience(look=0.01, settle=0.0, sidecar=0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "drop"
    place.mkdir()
    return place


@pytest.fixture
def jobs(tmp_path: Path, open_embedded: Callable[[Path], Store]) -> Iterator[Jobs]:
    with open_embedded(tmp_path / "data") as store:
        yield Jobs(store, JobLimits(capacity=3))


@pytest.fixture
def sound(samples: Path) -> Callable[[Path, int], Path]:
    """Writes a recording that is no other's: the sample, with a number after its end."""

    def write(path: Path, number: int = 0) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((samples / "clean.opus").read_bytes() + b"%d" % number)
        return path

    return write


def looks(jobs: Jobs, folder: Path, patience: Patience = AT_ONCE, times: int = 2) -> Watcher:
    watcher = Watcher(folder, jobs, patience)
    with watcher.held():
        for _ in range(times):
            watcher.look()
    return watcher


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def moved(folder: Path, to: str) -> list[str]:
    return sorted(path.name for path in (folder / to).rglob("*") if path.is_file())


def calls(jobs: Jobs) -> dict[str, Any]:
    return {record.call_id: record for record in jobs.store.calls(CallFilters(), by=SYSTEM).items}


def test_a_recording_with_its_sidecar_becomes_a_queued_call(
    jobs: Jobs, folder: Path, sound: Any, samples: Path
) -> None:
    sound(folder / "a.opus")
    application = json.loads((samples / "clean.application.json").read_text())
    metadata = {"call_id": "D-1", "agent_id": "1036", "recorded_at": "2026-11-20T10:02:11+08:00"}
    (folder / "a.json").write_text(json.dumps({"metadata": metadata, "application": application}))
    looks(jobs, folder)
    (record,) = calls(jobs).values()
    assert (record.call_id, record.agent_id, record.status) == ("D-1", "1036", "queued")
    assert record.application_id == application["application_id"]
    assert jobs.depth()["gpu"] == 1
    assert left(folder) == []
    assert moved(folder, "processed") == ["a.json", "a.opus"]


@pytest.mark.parametrize(
    "name", ["a.opus.part", ".a.opus", "a.opus.tmp", "~a.opus", ".hidden/a.opus", "a.opus.filepart"]
)
def test_unfinished_and_hidden_files_are_left_alone(jobs: Jobs, folder: Path, sound: Any, name: str) -> None:
    sound(folder / name)
    looks(jobs, folder)
    assert calls(jobs) == {}
    assert (folder / name).exists()


def test_a_file_that_still_grows_is_waited_for(jobs: Jobs, folder: Path, sound: Any) -> None:
    path = sound(folder / "a.opus")
    watcher = Watcher(folder, jobs, AT_ONCE)
    with watcher.held():
        for number in range(3):
            with path.open("ab") as file:
                file.write(b"%d" % number)
            assert watcher.look() == 0
        assert watcher.look() == 1


def test_a_rename_into_the_folder_waits_the_settling_time_alone(jobs: Jobs, folder: Path, sound: Any) -> None:
    sound(folder / "a.opus.part").rename(folder / "a.opus")
    looks(jobs, folder, Patience(settle=30, sidecar=0))
    assert calls(jobs) == {}
    looks(jobs, folder)
    assert len(calls(jobs)) == 1


def test_where_the_sidecar_is_required_nothing_comes_without_it(jobs: Jobs, folder: Path, sound: Any) -> None:
    path = sound(folder / "a.opus")
    patience = Patience(look=0.01, settle=0.0, sidecar=None)
    watcher = looks(jobs, folder, patience)
    assert calls(jobs) == {}
    assert not watcher.waits()
    (folder / "a.json").write_text("{}")
    looks(jobs, folder, patience)
    assert not path.exists()
    assert len(calls(jobs)) == 1


@pytest.mark.parametrize(
    ("content", "sidecar", "code"),
    [
        (b"no sound at all, just words", None, "not_audio"),
        (b"", None, "file_empty"),
        (None, "{", "bad_json"),
        (None, '{"colour": 1}', "bad_sidecar"),
        (None, '{"metadata": {"channels": 7}}', "bad_metadata"),
        (None, '{"metadata": {"call_id": "../../etc"}}', "bad_metadata"),
        (None, '{"application": {"schema": "other"}}', None),
    ],
)
def test_what_cannot_be_used_is_set_aside_with_the_reason(
    jobs: Jobs, folder: Path, sound: Any, content: bytes | None, sidecar: str | None, code: str | None
) -> None:
    path = sound(folder / "a.opus")
    if content is not None:
        path.write_bytes(content)
    if sidecar is not None:
        (folder / "a.json").write_text(sidecar)
    looks(jobs, folder)
    assert calls(jobs) == {}
    assert left(folder) == []
    names = moved(folder, "refused")
    assert "a.opus" in names
    assert "a.opus.reason.json" in names
    (reason,) = (folder / "refused").rglob("*.reason.json")
    assert json.loads(reason.read_text())["code"] == code or code in (None, "bad_json")


def test_a_crash_before_the_move_makes_no_second_call(jobs: Jobs, folder: Path, sound: Any, tmp_path: Path) -> None:
    path = sound(folder / "a.opus")
    kept = shutil.copy2(path, tmp_path / "kept.opus")
    looks(jobs, folder)
    shutil.copy2(kept, path)
    looks(jobs, folder)
    assert len(calls(jobs)) == 1
    assert moved(folder, "processed") == ["a-1.opus", "a.opus"]


def test_a_full_queue_leaves_the_files_where_they_are(jobs: Jobs, folder: Path, sound: Any) -> None:
    for number in range(5):
        sound(folder / f"{number}.opus", number)
    with pytest.raises(QueueFullError):
        looks(jobs, folder)
    assert len(calls(jobs)) == 3
    assert left(folder) == ["3.opus", "4.opus"]


def test_one_watcher_has_a_folder(jobs: Jobs, folder: Path) -> None:
    with Watcher(folder, jobs, AT_ONCE).held(), pytest.raises(InputError, match="another watcher"):
        looks(jobs, folder)


def test_a_number_in_a_files_name_is_not_logged(
    jobs: Jobs, folder: Path, sound: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    sound(folder / "036_13856781234.opus")
    (folder / "13856781234.wav").write_text("no recording")
    looks(jobs, folder)
    said = caplog.text
    assert "***_***********.opus: call" in said
    assert "***********.wav: refused (not_audio)" in said
    assert "13856781234" not in said


def test_links_and_pipes_are_not_followed(jobs: Jobs, folder: Path, sound: Any, tmp_path: Path) -> None:
    (folder / "link.opus").symlink_to(sound(tmp_path / "outside.opus"))
    os.mkfifo(folder / "pipe.opus")
    worker = threading.Thread(target=looks, args=(jobs, folder), daemon=True)
    worker.start()
    worker.join(20)
    assert not worker.is_alive()
    assert calls(jobs) == {}


@pytest.mark.parametrize("name", ["a.opus.json", "a.json", "a.application.json"])
def test_a_sidecar_is_found_under_each_of_its_names(folder: Path, name: str) -> None:
    (folder / name).write_text("{}")
    assert sidecar_of(folder / "a.opus") == folder / name


# --- ingest, as a user runs it ---


def test_a_folder_is_ingested_and_the_second_run_reads_nothing_again(
    callproof: Command, folder: Path, sound: Any
) -> None:
    sound(folder / "a.opus", 1)
    sound(folder / "north" / "b.opus", 2)
    (folder / "notes.txt").write_text("no recording")
    first = callproof("ingest", folder, "--data", "data", "--json")
    assert first.returncode == 2, first.stderr
    summary = json.loads(first.stdout)
    assert (summary["stored"], summary["known"], summary["skipped"]) == (2, 0, 0)
    assert [(one["file"], one["code"]) for one in summary["refused"]] == [("notes.txt", "not_audio")]
    (folder / "notes.txt").unlink()
    sound(folder / "copy.opus", 1)
    second = callproof("ingest", folder, "--data", "data", "--json")
    assert second.returncode == 0, second.stderr
    summary = json.loads(second.stdout)
    assert (summary["stored"], summary["known"], summary["skipped"]) == (0, 1, 2)


def test_a_manifest_is_ingested_line_by_line(callproof: Command, folder: Path, sound: Any, samples: Path) -> None:
    sound(folder / "a.opus")
    truth = json.loads((samples / "clean.truth.json").read_text())
    transcript = truth.get("transcript", truth)
    lines: list[Any] = [
        {"recording": "a.opus", "application": str(samples / "clean.application.json"), "metadata": {"call_id": "M1"}},
        {"recording": "missing.opus"},
        {"colour": "red"},
    ]
    if transcript.get("schema") == "callproof.transcript/1":
        lines.append({"transcript": transcript, "metadata": {"call_id": "M2"}})
    manifest = folder / "calls.jsonl"
    manifest.write_text("\n".join(map(json.dumps, lines)) + "\nno json\n")
    done = callproof("ingest", manifest, "--data", "data", "--json")
    assert done.returncode == 2, done.stderr
    summary = json.loads(done.stdout)
    assert summary["stored"] == len(lines) - 2
    assert [one["file"] for one in summary["refused"]] == [
        "calls.jsonl:2",
        "calls.jsonl:3",
        f"calls.jsonl:{len(lines) + 1}",
    ]


def test_a_source_that_is_not_there_is_refused(callproof: Command) -> None:
    done = callproof("ingest", "nowhere", "--data", "data")
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_watch_takes_what_is_there_and_ends_when_asked_to(callproof: Command, folder: Path, sound: Any) -> None:
    sound(folder / "a.opus")
    done = callproof("watch", folder, "--data", "data", "--once", "--settle", "0", "--sidecar-wait", "0")
    assert done.returncode == 0, done.stderr
    assert moved(folder, "processed") == ["a.opus"]


def test_a_worker_refuses_a_queue_that_is_not_there(callproof: Command) -> None:
    done = callproof("worker", "--queue", "tpu", "--data", "data")
    assert done.returncode == 2
    assert "tpu" in done.stderr
