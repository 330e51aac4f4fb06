"""`analyze`: one transcript, or many as JSON lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.contract import Report
from tests.conftest import Command


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def line(samples: Path) -> str:
    call = {"transcript": load(samples / "clean.truth.json"), "application": load(samples / "clean.application.json")}
    return json.dumps(call, ensure_ascii=False)


def test_the_report_is_the_contract_s(callproof: Command, samples: Path) -> None:
    done = callproof("analyze", samples / "clean.truth.json", "-a", samples / "clean.application.json", "--json")
    assert done.returncode == 0, done.stderr
    report = Report.model_validate(json.loads(done.stdout))
    assert report.application_id == load(samples / "clean.application.json")["application_id"]
    assert len(report.fields) == 25


def test_the_summary_is_chinese_first_with_an_english_switch(callproof: Command, samples: Path) -> None:
    call = ("analyze", samples / "mismatch.truth.json", "-a", samples / "mismatch.application.json")
    assert "不一致" in callproof(*call).stdout
    english = callproof("--lang", "en", *call).stdout
    assert "mismatch" in english
    assert "不一致" not in english.split("Next steps")[0]


def test_a_piped_summary_has_no_colours(callproof: Command, samples: Path) -> None:
    done = callproof("analyze", samples / "clean.truth.json", "-a", samples / "clean.application.json")
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("workers", ["1", "2"])
def test_bad_lines_stand_in_their_place_and_the_rest_is_done(callproof: Command, line: str, workers: str) -> None:
    lines = [line, "{", line, '{"application": {}}', '{"transcript": {"schema": "callproof.transcript/1"}}', line]
    done = callproof("analyze", "-", "--jsonl", "--workers", workers, input="\n".join(lines) + "\n")
    assert done.returncode == 2
    written = [json.loads(one) for one in done.stdout.splitlines()]
    assert ["error" in one for one in written] == [False, True, False, True, True, False]
    assert [one["error"]["line"] for one in written if "error" in one] == [2, 4, 5]
    assert all(one["error"]["code"] and one["error"]["message"] for one in written if "error" in one)
    assert done.stderr == ""


def test_good_lines_alone_end_well_and_without_application_too(callproof: Command, line: str, samples: Path) -> None:
    bare = json.dumps({"transcript": load(samples / "straw.truth.json")})
    done = callproof("analyze", "-", "--jsonl", input=f"{line}\n\n{bare}")
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(one) for one in done.stdout.splitlines())
    assert first["application_id"]
    assert second["application_id"] is None
    assert {field["outcome"] for field in second["fields"]} <= {"not_applied", "not_stated", "unclear", "contradicted"}


def test_output_is_written_whole(callproof: Command, line: str, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_text(f"{line}\n{line}\n", encoding="utf-8")
    done = callproof("analyze", tmp_path / "calls.jsonl", "--jsonl", "--output", tmp_path / "reports.jsonl")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "reports.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_analysis_loads_no_torch(samples: Path) -> None:
    import subprocess

    code = (
        "import sys, json; sys.argv = ['callproof', 'analyze', sys.argv[1], '--json']\n"
        "from api.cli.ending import _status\n"
        "status = _status(); print(status, sorted({'torch', 'whisper', 'av'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(samples / "clean.truth.json")],
        cwd=samples.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr.strip() == "0 []"


def test_evidence_quotes_stand_in_their_turn(callproof: Command, samples: Path) -> None:
    for name in ("clean", "mismatch", "straw"):
        transcript = load(samples / f"{name}.truth.json")
        texts = {turn["id"]: turn["text"] for turn in transcript["turns"]}
        done = callproof(
            "analyze", samples / f"{name}.truth.json", "-a", samples / f"{name}.application.json", "--json"
        )
        report = json.loads(done.stdout)
        proofs = [
            proof for part in ("fields", "signals", "compliance") for one in report[part] for proof in one["evidence"]
        ]
        assert proofs
        for proof in proofs:
            assert proof["quote"] in texts[proof["turn"]]


def test_config_tells_values_and_sources(callproof: Command) -> None:
    done = callproof("config", "--json", CALLPROOF_BATCH="4")
    values = json.loads(done.stdout)
    assert values["batch"] == {"value": 4, "source": "CALLPROOF_BATCH"}
    assert values["model"] == {"value": "embedded", "source": "default"}


def test_help_lists_every_command(callproof: Command) -> None:
    shown = callproof("--help").stdout
    for command in ("run", "transcribe", "diarize", "analyze", "synth", "schema", "config"):
        assert command in shown


def test_a_call_that_trips_the_program_does_not_lose_the_others(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.cli import analysis

    monkeypatch.setattr(analysis, "_report_on", lambda line, analyst: 1 / 0)
    analysis._prepare(None)
    ok, written = analysis._analyse_line((7, line.encode()))
    assert not ok
    assert json.loads(written)["error"] == {
        "line": 7,
        "code": "internal",
        "message": "the program failed on this call (ZeroDivisionError)",
    }


def test_more_lines_than_one_block_stay_in_order(callproof: Command, line: str) -> None:
    lines = [line if number % 50 else "{" for number in range(1, 301)]
    done = callproof("analyze", "-", "--jsonl", "--workers", "2", input="\n".join(lines))
    written = [json.loads(one) for one in done.stdout.splitlines()]
    assert [number for number, one in enumerate(written, start=1) if "error" in one] == list(range(50, 301, 50))
