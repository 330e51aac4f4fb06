"""Commands that start from a transcript: one call, or many as JSON lines."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from api.cli import console
from api.cli.console import State
from api.cli.render import print_report
from pipeline.analysis import Analyst
from pipeline.contract import Report, to_json
from pipeline.documents import application_from, parse_json, read_application, read_transcript, transcript_from
from pipeline.errors import CallproofError, InputError, TranscriptError

STANDARD_INPUT = Path("-")
LINES_A_TASK = 16
TASKS_A_BLOCK = 8


def analyze_one(state: State, transcript: Path, application: Path | None, output: Path | None, as_json: bool) -> None:
    """Transcript to report."""
    if transcript == STANDARD_INPUT:
        read = transcript_from(parse_json(sys.stdin.buffer.read(), "standard input", TranscriptError))
    else:
        read = read_transcript(transcript)
    paper = read_application(application) if application else None
    with console.whole_file(output) as file:
        report = Analyst(state.settings.configs).analyse(read, paper)
        if file is not None:
            file.write_text(json.dumps(to_json(report), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if as_json:
        console.print_json(to_json(report))
    else:
        print_report(report, read, language=state.language, own=state.settings.configs)


def analyze_lines(state: State, source: Path, output: Path | None, workers: int) -> int:
    """JSON lines in, reports out in the same order; how many lines were bad. Bad lines give an error line."""
    bad = 0
    with _opened(source) as lines, console.whole_file(output) as file:
        sink = file.open("wb") if file else sys.stdout.buffer
        try:
            for ok, line in _analysed(enumerate(lines, start=1), state.settings.configs, workers):
                bad += not ok
                sink.write(line + b"\n")
            sink.flush()
        finally:
            if file:
                sink.close()
    return bad


@contextmanager
def _opened(source: Path) -> Iterator[BinaryIO]:
    if source == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    try:
        file = source.open("rb")
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror})", code="file_unreadable") from error
    with file:
        yield file


def _analysed(lines: Iterable[tuple[int, bytes]], own: Path | None, workers: int) -> Iterator[tuple[bool, bytes]]:
    filled = ((number, line) for number, line in lines if line.strip())
    _prepare(own)
    if workers == 1:
        yield from map(_analyse_line, filled)
        return
    with multiprocessing.get_context("spawn").Pool(workers, _prepare, (own,)) as pool:
        # The pool would read its input to the end at once: a block at a time keeps memory flat.
        while block := list(islice(filled, workers * LINES_A_TASK * TASKS_A_BLOCK)):
            yield from pool.imap(_analyse_line, block, chunksize=LINES_A_TASK)


_analyst: Analyst | None = None


def _prepare(own: Path | None) -> None:
    global _analyst
    _analyst = Analyst(own)


def _analyse_line(numbered: tuple[int, bytes]) -> tuple[bool, bytes]:
    number, line = numbered
    assert _analyst is not None
    try:
        report = to_json(_report_on(line, _analyst))
        return True, json.dumps(report, ensure_ascii=False).encode("utf-8", "replace")
    except CallproofError as error:
        return False, _error_line(number, error.code, error.message)
    except Exception as error:  # one call that trips the program must not lose the others
        return False, _error_line(number, "internal", f"the program failed on this call ({type(error).__name__})")


def _error_line(number: int, code: str, message: str) -> bytes:
    problem = {"error": {"line": number, "code": code, "message": message}}
    return json.dumps(problem, ensure_ascii=False).encode("utf-8", "replace")


def _report_on(line: bytes, analyst: Analyst) -> Report:
    value = parse_json(line, "line", TranscriptError)
    if not isinstance(value, dict) or "transcript" not in value:
        raise TranscriptError('a line must be {"transcript": {…}, "application": {…}}', code="wrong_shape")
    unknown = sorted(set(value) - {"transcript", "application"})
    if unknown:
        raise TranscriptError(f"a line has keys that are not known: {', '.join(unknown)[:200]}", code="wrong_shape")
    paper = value.get("application")
    return analyst.analyse(transcript_from(value["transcript"]), application_from(paper) if paper is not None else None)
