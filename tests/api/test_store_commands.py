"""The commands over a store, as an operator runs them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from api.cli import main
from pipeline.store import SYSTEM, CallMetadata, Store
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
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    with Store.open(folder) as store:
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
