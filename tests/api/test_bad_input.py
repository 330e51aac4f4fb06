"""Every kind of bad input: one clear line on standard error, exit 2, no traceback, no partial file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from tests.conftest import Command

SCHEMA = "callproof.application/1"


def silence(path: Path, seconds: float = 3.0) -> None:
    sound(path, np.zeros(round(seconds * 8000), dtype=np.int16))


def sound(path: Path, samples: np.ndarray) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def video(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(20):
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))


def truncated_opus(path: Path) -> None:
    whole = (Path(__file__).parents[2] / "samples" / "clean.opus").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


RECORDINGS: dict[str, Callable[[Path], object]] = {
    "missing.wav": lambda path: None,
    "folder.wav": lambda path: path.mkdir(),
    "empty.wav": lambda path: path.write_bytes(b""),
    "text.wav": lambda path: path.write_text("这不是录音\n" * 100, encoding="utf-8"),
    "truncated.opus": truncated_opus,
    "silence.wav": silence,
    "short.wav": lambda path: silence(path, 0.2),
    "film.mp4": video,
    "playlist.m3u8": lambda path: path.write_text("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/x.ts\n"),
}


def one_clear_line(stderr: str, *named: str) -> None:
    assert "Traceback" not in stderr
    lines = [line for line in stderr.splitlines() if line.strip()]
    assert len(lines) == 1, stderr
    assert lines[0].startswith("callproof: ")
    for name in named:
        assert name in lines[0]


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_bad_recording(name: str, callproof: Command, tmp_path: Path) -> None:
    RECORDINGS[name](tmp_path / name)
    before = set(tmp_path.iterdir())
    done = callproof("run", tmp_path / name, "--output", tmp_path / "report.json", "--transcript", tmp_path / "t.json")
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    one_clear_line(done.stderr, name)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", ["transcribe", "diarize"])
def test_the_other_commands_refuse_alike(command: str, callproof: Command, tmp_path: Path) -> None:
    done = callproof(command, tmp_path / "missing.wav")
    assert done.returncode == 2
    one_clear_line(done.stderr, "missing.wav")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "empty"),
        ("{", "JSON"),
        ("[]", "object"),
        (json.dumps({"schema": "callproof.application/9"}), "schema"),
        (json.dumps({"schema": SCHEMA, "incme": {}}), "incme"),
        (json.dumps({"schema": SCHEMA, "income": {"monthly": "viel"}}), "income.monthly"),
    ],
)
def test_a_bad_application_is_refused_before_any_work(
    content: str, named: str, callproof: Command, samples: Path, tmp_path: Path
) -> None:
    path = tmp_path / "application.json"
    path.write_text(content)
    done = callproof("run", samples / "clean.opus", "--application", path)
    assert done.returncode == 2
    one_clear_line(done.stderr, "application.json", named)


def test_an_unknown_model_is_named_with_what_there_is(callproof: Command, samples: Path) -> None:
    done = callproof("run", samples / "clean.opus", "--model", "enormous")
    assert done.returncode == 2
    one_clear_line(done.stderr, "enormous", "large-v3")


def test_missing_weights_say_where_to_put_them(callproof: Command, samples: Path, tmp_path: Path) -> None:
    done = callproof("transcribe", samples / "clean.opus", "--model", "base", CALLPROOF_MODEL_FOLDER=str(tmp_path))
    assert done.returncode == 2
    one_clear_line(done.stderr, "base.pt", str(tmp_path))


def test_a_file_that_is_no_checkpoint(callproof: Command, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"not a checkpoint" * 1000)
    done = callproof("transcribe", samples / "clean.opus", "--model", tmp_path / "model.pt")
    assert done.returncode == 2
    one_clear_line(done.stderr, "model.pt")


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["run"],
        ["run", "a.wav", "--no-such-option"],
        ["analyze", "a.json", "--workers", "0"],
        ["schema", "invoice"],
        ["--lang", "fr", "config"],
        ["--settings", "nowhere.toml", "config"],
        ["--configs", "nowhere", "analyze", "nothing.json"],
        ["synth", "nowhere.yaml", "-o", "a.wav"],
    ],
)
def test_wrong_usage(arguments: list[str], callproof: Command) -> None:
    done = callproof(*arguments)
    assert done.returncode == 2
    one_clear_line(done.stderr)


def test_an_output_that_cannot_be_written_is_refused_before_any_work(
    callproof: Command, samples: Path, tmp_path: Path
) -> None:
    done = callproof("run", samples / "clean.opus", "--output", tmp_path / "no" / "such" / "folder.json")
    assert done.returncode == 2
    one_clear_line(done.stderr, "folder.json")


def test_messages_are_chinese_first_with_an_english_switch(callproof: Command, tmp_path: Path) -> None:
    chinese = callproof("run", tmp_path / "missing.wav").stderr
    assert "找不到文件" in chinese
    assert "no such file" in chinese
    assert "找不到文件" not in callproof("--lang", "en", "run", tmp_path / "missing.wav").stderr
    assert "找不到文件" not in callproof("run", tmp_path / "missing.wav", CALLPROOF_LANGUAGE="en").stderr
