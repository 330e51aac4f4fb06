"""Transcripts and applications read from JSON: one clear line for whatever is wrong with them.

Messages name places, never what stands there: an application is personal data.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from pipeline.contract import Application, Shape, Transcript, TranscriptTurn
from pipeline.errors import ApplicationError, InputError, TranscriptError
from pipeline.types import Turn, Word

S = TypeVar("S", bound=Shape)
LARGEST_DOCUMENT = 256 * 1024 * 1024


def read_transcript(path: Path) -> Transcript:
    """The transcript in the file `path`. Raises `TranscriptError`."""
    return transcript_from(read_json(path, TranscriptError), where=str(path))


def read_application(path: Path) -> Application:
    """The application in the file `path`. Raises `ApplicationError`."""
    return application_from(read_json(path, ApplicationError), where=str(path))


def transcript_from(value: object, *, where: str = "transcript") -> Transcript:
    """The transcript in a decoded JSON value. Raises `TranscriptError`."""
    return _validated(Transcript, value, where, TranscriptError)


def application_from(value: object, *, where: str = "application") -> Application:
    """The application in a decoded JSON value. Raises `ApplicationError`."""
    return _validated(Application, value, where, ApplicationError)


def read_json(path: Path, error_type: type[InputError]) -> Any:
    """The JSON value in the file `path`, UTF-8 with or without a byte-order mark."""
    try:
        if path.is_dir():
            raise error_type(f"{path}: is a folder; give a JSON file", code="file_is_directory")
        if path.stat().st_size > LARGEST_DOCUMENT:
            raise error_type(f"{path}: larger than 256 MB; not a single document", code="too_large")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise error_type(f"{path}: no such file", code="file_missing") from error
    except OSError as error:
        raise error_type(f"{path}: cannot be read ({error.strerror})", code="file_unreadable") from error
    return parse_json(data, str(path), error_type)


def parse_json(data: bytes, where: str, error_type: type[InputError]) -> Any:
    """The JSON value in `data`. NaN, infinities and documents nested too deep are refused."""
    if not data.strip():
        raise error_type(f"{where}: is empty; a JSON document is needed", code="file_empty")
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise error_type(f"{where}: not UTF-8 text at byte {error.start}", code="not_utf8") from error
    except json.JSONDecodeError as error:
        raise error_type(
            f"{where}: not valid JSON at line {error.lineno}, column {error.colno} ({error.msg})", code="not_json"
        ) from error
    except RecursionError as error:
        raise error_type(f"{where}: JSON nested too deep", code="not_json") from error
    except ValueError as error:
        raise error_type(f"{where}: not valid JSON (NaN, Infinity or an oversized number)", code="not_json") from error


def turns_of(transcript: Transcript) -> tuple[Turn, ...]:
    """The transcript's turns for the stages, in order of their start (turns that start together keep their order)."""
    return tuple(sorted((_turn(turn) for turn in transcript.turns), key=lambda turn: turn.start))


def _turn(turn: TranscriptTurn) -> Turn:
    words = tuple(
        Word(word.text, word.start, max(word.start, word.end), 1.0 if word.probability is None else word.probability)
        for word in turn.words or ()
    )
    return Turn(
        id=turn.id,
        speaker=turn.speaker,
        start=turn.start,
        end=max(turn.start, turn.end),
        text=turn.text,
        words=words,
        confidence=turn.confidence,
        raw_text=turn.raw_text,
        flags=tuple(turn.flags or ()),
    )


def _validated(shape: type[S], value: object, where: str, error_type: type[InputError]) -> S:
    expected = shape.model_fields["schema_"].annotation
    if not isinstance(value, dict):
        raise error_type(f"{where}: a JSON object is needed, not {_kind(value)}", code="wrong_shape")
    (name,) = expected.__args__  # type: ignore[union-attr]
    if value.get("schema") != name:
        raise error_type(f'{where}: its "schema" must be "{name}"', code="wrong_schema")
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        first = problems[0]
        path = ".".join(str(part) for part in first["loc"]) or "the document"
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        message = "unknown field" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        raise error_type(f"{where}: {path}: {message}{more}", code="wrong_shape") from error


def _kind(value: object) -> str:
    return {list: "a list", str: "a string", type(None): "null", bool: "true or false"}.get(type(value), "a number")


def _refuse_constant(name: str) -> float:
    raise ValueError(name)
