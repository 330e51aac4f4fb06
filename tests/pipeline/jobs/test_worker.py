"""Workers with real children that crash, hang and eat memory: the call suffers, nothing else."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from configs.settings import Settings
from pipeline.jobs import EmbeddedWorker, Jobs, Worker
from pipeline.jobs.messages import memory_file
from pipeline.jobs.workshop import StageError, Workshop
from pipeline.store import SYSTEM, CallMetadata
from tests.pipeline.store.calls import application, transcript

FAKE = "tests.support.fake_stages:FakeStages"
TOGETHER = (("gpu", "cpu"),)


def settings(**more: object) -> Settings:
    return Settings(**{"job_seconds": 30, "job_memory_mb": 512, "stop_seconds": 5, "job_attempts": 3, **more})  # type: ignore[arg-type]


@contextmanager
def working(jobs: Jobs, **more: object) -> Iterator[Worker]:
    worker = Worker(jobs, settings(**more), TOGETHER, stages=FAKE)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def call(jobs: Jobs, content: bytes, name: str | None = None) -> str:
    return jobs.store.put_recording(content, CallMetadata(call_id=name), by=SYSTEM, then=jobs.enqueue).call_id


def state(jobs: Jobs, call_id: str) -> tuple[str, str | None]:
    record = jobs.store.call(call_id, by=SYSTEM)
    return record.status, record.status_reason


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_calls_good_and_bad_end_each_in_its_way(jobs: Jobs) -> None:
    good = [call(jobs, b"good %d" % number) for number in range(2)]
    bad = {
        call(jobs, b"silent call"): ("failed", "no_speech"),
        call(jobs, b"crash call"): ("quarantined", "process_crashed"),
        call(jobs, b"trip call"): ("quarantined", "internal"),
    }
    with working(jobs):
        wait_for(lambda: all(state(jobs, name)[0] not in ("queued", "running") for name in (*good, *bad)))
    assert {name: state(jobs, name) for name in (*good, *bad)} == {**dict.fromkeys(good, ("done", None)), **bad}
    report = jobs.store.report(good[0], by=SYSTEM)
    assert (report.versions.asr, report.notes) == ("fake", ["income None"])
    assert jobs.store.versions(good[0], "transcript", by=SYSTEM)[0].made_from["notes"] == ["fake"]


def test_a_recording_that_the_worker_cannot_see_is_tried_again_and_set_aside(jobs: Jobs) -> None:
    name = call(jobs, b"good")
    ((blob, _),) = list(jobs.store.blobs.names())
    jobs.store.blobs.delete(blob)
    with working(jobs):
        wait_for(lambda: state(jobs, name)[0] not in ("queued", "running"))
    assert state(jobs, name) == ("quarantined", "blob_missing")


def test_the_child_is_not_told_where_the_database_is(jobs: Jobs) -> None:
    name = call(jobs, b"good")
    with working(jobs, database="postgresql://callproof:secret@db/callproof"):
        wait_for(lambda: state(jobs, name)[0] == "done")


def test_a_corrected_application_is_analysed_and_the_sound_left_alone(jobs: Jobs) -> None:
    name = call(jobs, b"good")
    with working(jobs):
        wait_for(lambda: state(jobs, name)[0] == "done")
        for monthly in (9500, 6500):
            paper = application(income={"monthly": monthly})
            jobs.store.set_application(name, paper, by=SYSTEM, then=jobs.enqueue)
            wait_for(lambda: state(jobs, name)[0] == "done")
            assert jobs.store.report(name, by=SYSTEM).notes == [f"income {monthly}"]
    record = jobs.store.call(name, by=SYSTEM)
    assert (record.transcript_version, record.report_version) == (1, 3)
    made_from = jobs.store.versions(name, "report", by=SYSTEM)[-1].made_from
    assert (made_from["application"], made_from["transcript"]) == (2, 1)


def test_a_replay_does_no_stage_again_whose_input_is_the_same(jobs: Jobs) -> None:
    name = call(jobs, b"good")
    with working(jobs):
        wait_for(lambda: state(jobs, name)[0] == "done")
        assert jobs.replay(name, by=SYSTEM)
        wait_for(lambda: state(jobs, name)[0] == "done")
    record = jobs.store.call(name, by=SYSTEM)
    assert (record.transcript_version, record.report_version) == (1, 1)
    reads = [entry.action for entry in jobs.store.ledger.entries() if entry.action == "audio.read"]
    assert len(reads) == 1
    with working(jobs, window_seconds=20.0):
        assert jobs.replay(name, by=SYSTEM)
        wait_for(lambda: state(jobs, name)[0] == "done")
    assert jobs.store.call(name, by=SYSTEM).transcript_version == 2, "other settings of hearing, so heard again"


def test_a_call_without_sound_is_analysed(jobs: Jobs) -> None:
    stored = jobs.store.put_transcript_call(
        transcript(("customer", "你好")), None, CallMetadata(), by=SYSTEM, then=jobs.enqueue
    )
    with working(jobs):
        wait_for(lambda: state(jobs, stored.call_id)[0] == "done")


def test_a_call_erased_while_it_waits_ends_its_job(jobs: Jobs) -> None:
    name = call(jobs, b"good")
    after = call(jobs, b"after")
    with jobs.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE calls SET erased_at = received_at WHERE call_id = '" + name + "'")
    with working(jobs):
        wait_for(lambda: state(jobs, after)[0] == "done")
    assert jobs.depth() == {"gpu": 0, "cpu": 0}


@pytest.mark.parametrize("stop_seconds", [5, 0])
def test_a_worker_told_to_stop_finishes_its_call_or_gives_it_back(jobs: Jobs, stop_seconds: float) -> None:
    name = call(jobs, b"good")
    with working(jobs, vocabulary_prompt="0.8", stop_seconds=stop_seconds):
        wait_for(lambda: "started" in [event.kind for event in jobs.events(call_id=name)])
    kinds = [event.kind for event in jobs.events(call_id=name)]
    assert kinds[-1] == ("stage_done" if stop_seconds else "released")
    with working(jobs):
        wait_for(lambda: state(jobs, name)[0] == "done")


def test_a_worker_without_weights_takes_nothing(jobs: Jobs) -> None:
    name = call(jobs, b"good")
    with working(jobs, vocabulary_prompt="-1") as worker:
        wait_for(lambda: worker.failure is not None)
    assert worker.failure is not None
    assert worker.failure.code == "weights_missing"
    assert [event.kind for event in jobs.events(call_id=name)] == ["queued"]


# --- the child alone ---


def make(workshop: Workshop, content: bytes) -> bytes:
    message = {"do": "transcribe", "call_id": "C1", "recorded_at": None}
    with memory_file(content) as file:
        made = workshop.run(message, file, progress=lambda *step: None, must_stop=lambda: False)
    return made.document


@pytest.mark.parametrize(
    ("content", "code", "limits"),
    [
        (b"crash", "process_crashed", {}),
        (b"hang", "time_limit", {"job_seconds": 1}),
        (b"hog", "memory_limit", {"job_memory_mb": 256}),
        (b"trip", "internal", {}),
        (b"silent", "no_speech", {}),
    ],
)
def test_a_poisonous_call_costs_a_child_at_most(content: bytes, code: str, limits: dict[str, object]) -> None:
    workshop = Workshop(settings(**limits), prepare=True, stages=FAKE)
    try:
        with pytest.raises(StageError) as caught:
            make(workshop, content)
        assert (caught.value.code, caught.value.final) == (code, code == "no_speech")
        assert b'"C1"' in make(workshop, b"good")
    finally:
        workshop.kill()


def test_engines_are_loaded_once_for_many_calls() -> None:
    workshop = Workshop(settings(), prepare=True, stages=FAKE)
    try:
        make(workshop, b"one")
        first = workshop._process
        make(workshop, b"two")
        assert workshop._process is first
    finally:
        workshop.kill()


def test_the_child_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLPROOF_KEYS", "secret")
    monkeypatch.setenv("CALLPROOF_DATABASE", "postgresql://user:secret@host/db")
    workshop = Workshop(settings(), prepare=False, stages=FAKE)
    try:
        workshop.start()
        assert workshop._process is not None
        seen = Path(f"/proc/{workshop._process.pid}/environ").read_bytes()
        assert b"secret" not in seen
    finally:
        workshop.kill()


@pytest.mark.audio
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_real_recording_goes_through_the_embedded_worker(jobs: Jobs, samples: Path) -> None:
    worker = EmbeddedWorker(jobs.store, settings(job_seconds=280, job_memory_mb=4096))
    recording = io.BytesIO((samples / "clean.opus").read_bytes())
    name = jobs.store.put_recording(recording, CallMetadata(), by=SYSTEM, then=worker.enqueue).call_id
    worker.start()
    try:
        wait_for(lambda: state(jobs, name)[0] == "done", 280)
    finally:
        worker.stop()
    report = jobs.store.report(name, by=SYSTEM)
    assert report.versions.asr
    assert report.versions.rules
    assert jobs.store.transcript(name, by=SYSTEM).turns
