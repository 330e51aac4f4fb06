"""The commands over a store, as an operator runs them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from api.cli import main
from pipeline.jobs import QUEUES, JobLimits, Jobs
from pipeline.store import SYSTEM, CallFilters, CallMetadata, Store
from pipeline.store.core import now
from tests.pipeline.store.calls import application, transcript


class Done(NamedTuple):
    """How a command ended and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Done]


@pytest.fixture
def callproof(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> Command:
    """The command line in this process: a start of the interpreter for each command would take the most time."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["callproof", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        written = capfdbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, written.out.decode(), written.err.decode())

    return run


@pytest.fixture
def data(tmp_path: Path, open_embedded: Callable[[Path], Store]) -> Path:
    folder = tmp_path / "data"
    with open_embedded(folder) as store:
        said = transcript(("agent", "您好"), ("customer", "平时跑网约车，手机13856781234"))
        store.put_transcript_call(said, application(), CallMetadata("C1", "036"), by=SYSTEM)
        store.put_recording(b"sound" * 1000, CallMetadata("R1"), by=SYSTEM)
    return folder


def test_search_shows_turn_second_and_words(callproof: Command, data: Path) -> None:
    done = callproof("search", "网约车", "--data", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert "C1  #1 00:05  客户: 平时跑【网约车】，手机***********" in done.stdout


def test_search_as_json(callproof: Command, data: Path) -> None:
    answer = json.loads(callproof("search", "~wangyueche", "--data", data, "--json").stdout)
    hit = answer["hits"][0]
    assert (hit["call_id"], hit["turn"], hit["start"], hit["speaker"]) == ("C1", 1, 5.0, "customer")
    assert answer["next"] is None


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["search", "滴滴"], "没有找到。"),
        (["--lang", "en", "search", "滴滴"], "Nothing found."),
        (["search", "网约车", "--speaker", "agent"], "没有找到。"),
        (["search", "网约车", "--until", "2026-11-20"], "没有找到。"),
        (["search", "网约车", "--agent", "036"], "【网约车】"),
        (["ledger", "verify"], "账本完整，共 4 行。"),
        (["store", "check"], "通话 2，文档 2，录音 1，问题 0。"),
        (["store", "reindex"], "索引已重建，共 1 通。"),
        (["store", "migrate"], "数据库已在版本"),
        (["store", "rotate-keys"], "已重新加密 5 个数据密钥"),
        (["store", "retention", "--at", "2126-01-01"], "到期：通话 2，录音 0"),
        (["ledger", "list", "--subject", "R1"], "call.create"),
    ],
)
def test_what_each_command_says(callproof: Command, data: Path, arguments: list[str], line: str) -> None:
    done = callproof(*arguments, "--data", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert line in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["search", "~123"], "bad_query"),
        (["search", "13856781234"], "bad_query"),
        (["search", "网约车", "--within", "day"], "usage"),
        (["store", "erase", "C9", "--reason", "r"], "call_not_found"),
        (["store", "hold", "C1"], "usage"),
        (["store", "restore", "nowhere"], "not_a_backup"),
        (["ledger", "verify", "--head", "nowhere"], "bad_head"),
    ],
)
def test_refusals_are_one_clear_line(callproof: Command, data: Path, arguments: list[str], code: str) -> None:
    done = callproof(*arguments, "--data", data)
    assert done.returncode == 2
    assert done.stderr.rstrip().endswith(f"[{code}]")
    assert done.stderr.count("\n") == 1


def test_where_there_is_no_store_none_is_made(callproof: Command, tmp_path: Path) -> None:
    done = callproof("search", "网约车", "--data", tmp_path / "nothing")
    assert done.returncode == 2
    assert "no_store" in done.stderr
    assert not (tmp_path / "nothing").exists()


def test_a_store_without_its_keys_says_so_and_makes_none(callproof: Command, data: Path) -> None:
    (data / "keys.json").unlink()
    done = callproof("search", "网约车", "--data", data)
    assert done.returncode == 2
    assert "bad_keys" in done.stderr
    assert not (data / "keys.json").exists()


def test_verify_names_the_broken_row_and_fails(callproof: Command, data: Path) -> None:
    with sqlite3.connect(data / "callproof.db") as connection:
        connection.execute("UPDATE ledger SET actor = 'nobody' WHERE seq = 2")
    done = callproof("ledger", "verify", "--data", data)
    assert done.returncode == 1
    assert "第 2 行" in done.stdout
    verdict = json.loads(callproof("ledger", "verify", "--data", data, "--json").stdout)
    assert (verdict["whole"], verdict["broken_at"]) == (False, 2)


def test_a_kept_head_finds_a_ledger_cut_short(callproof: Command, data: Path, tmp_path: Path) -> None:
    head = tmp_path / "head.json"
    head.write_text(callproof("ledger", "head", "--data", data).stdout)
    assert callproof("ledger", "verify", "--data", data, "--head", head).returncode == 0
    with sqlite3.connect(data / "callproof.db") as connection:
        connection.execute("DELETE FROM ledger")
        connection.execute("DELETE FROM ledger_head")
        genesis = "ac5a4cd0"
        connection.execute("INSERT INTO ledger_head VALUES (1, 0, ?)", [genesis])
    assert callproof("ledger", "verify", "--data", data, "--head", head).returncode == 1


def test_erasing_prints_the_certificate(callproof: Command, data: Path) -> None:
    certificate = json.loads(callproof("store", "erase", "R1", "--reason", "request 7", "--data", data).stdout)
    assert certificate["call_id"] == "R1"
    assert set(certificate["keys"]) == {"audio", "text"}
    assert callproof("store", "hold", "C1", "--reason", "case 4", "--data", data).returncode == 0
    refused = callproof("store", "erase", "C1", "--reason", "request 8", "--data", data)
    assert (refused.returncode, "legal_hold" in refused.stderr) == (2, True)


def test_backup_and_restore_drill(callproof: Command, data: Path, tmp_path: Path) -> None:
    backup, restored = tmp_path / "backup", tmp_path / "restored"
    assert callproof("store", "backup", backup, "--data", data).returncode == 0
    assert not (backup / "keys.json").exists()
    assert callproof("store", "restore", backup, "--data", restored).returncode == 0
    shutil.copy(data / "keys.json", restored / "keys.json")
    assert callproof("store", "migrate", "--data", restored).returncode == 0
    checked = callproof("store", "check", "--backup", backup, "--data", restored)
    assert (checked.returncode, "问题 0" in checked.stdout) == (0, True)
    assert "【网约车】" in callproof("search", "网约车", "--data", restored).stdout
    assert callproof("store", "restore", backup, "--data", restored).returncode == 2
    (blob,) = (path for path in (restored / "blobs").rglob("*") if path.is_file())
    blob.unlink()
    assert callproof("store", "check", "--data", restored).returncode == 1


def quarantined(data: Path, *call_ids: str) -> None:
    with Store.open(data) as store:
        jobs = Jobs(store, JobLimits(attempts=1))
        for call_id in call_ids:
            store.put_recording(call_id.encode(), CallMetadata(call_id), by=SYSTEM, then=jobs.enqueue)
            job = jobs.take(jobs.queue.join(), QUEUES)
            assert job is not None
            jobs.fail(job, "memory_limit" if call_id == "Q1" else "no_speech", final=call_id != "Q1")


def test_quarantine_says_why_and_replays(callproof: Command, data: Path) -> None:
    quarantined(data, "Q1", "F1")
    listed = callproof("quarantine", "list", "--data", data).stdout
    assert "Q1  quarantined  memory_limit  超过单个任务的内存" in listed
    assert "F1" not in listed
    failed = json.loads(callproof("quarantine", "list", "--status", "failed", "--json", "--data", data).stdout)
    assert [(call["call_id"], call["reason"]) for call in failed["calls"]] == [("F1", "no_speech")]
    shown = json.loads(callproof("quarantine", "show", "Q1", "--json", "--data", data).stdout)
    assert [event["kind"] for event in shown["events"]] == ["queued", "started", "quarantined"]
    assert "started  transcribe" in callproof("quarantine", "show", "Q1", "--data", data).stdout
    assert callproof("quarantine", "replay", "--all", "--reason", "time_limit", "--data", data).stdout.count("0") == 1
    assert callproof("quarantine", "replay", "Q1", "--data", data).returncode == 0
    assert callproof("quarantine", "replay", "Q1", "--data", data).returncode == 2
    assert callproof("quarantine", "replay", "--all", "--status", "failed", "--data", data).returncode == 0
    with Store.open(data) as store:
        assert {call.call_id for call in store.calls(CallFilters(status="queued"), by=SYSTEM).items} >= {"Q1", "F1"}
        assert [row.subject for row in store.ledger.entries(action="call.replay")] == ["Q1", "F1"]
        assert store.calls(CallFilters(status="failed"), by=SYSTEM).items == ()


@pytest.mark.parametrize("arguments", [(), ("Q1", "--all"), ("Q1", "--reason", "x"), ("--all", "--status", "done")])
def test_a_replay_of_nothing_certain_is_refused(callproof: Command, data: Path, arguments: tuple[str, ...]) -> None:
    done = callproof("quarantine", "replay", *arguments, "--data", data)
    assert done.returncode == 2
    assert "[usage]" in done.stderr


def test_what_never_arrived_is_seen_and_sent_again(callproof: Command, data: Path) -> None:
    with Store.open(data) as store:
        hook = store.webhooks.add("https://example.com/hook", ["call.done"], "whsec_x", by=SYSTEM)
        with store.database.write() as connection:
            store.webhooks.announce(connection, "call.done", {"call_id": "C1"}, "default")
        (delivery,) = store.webhooks.due(now() + timedelta(minutes=2))
        store.webhooks.settle(delivery.id, "failed", "503")
    assert f"{delivery.id}  call.done  C1  503  ×1" in callproof("webhooks", "failed", "--data", data).stdout
    assert callproof("webhooks", "replay", hook.id, "msg_other", "--data", data).returncode == 2
    assert callproof("webhooks", "replay", hook.id, delivery.id, "--data", data).returncode == 0
    assert json.loads(callproof("webhooks", "failed", "--json", "--data", data).stdout) == {"deliveries": []}
    with Store.open(data) as store:
        assert [one.attempts for one in store.webhooks.due(now() + timedelta(minutes=2))] == [1]
