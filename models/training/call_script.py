"""What is said in a synthetic call: `callproof.script/1`, a YAML file.

    schema: callproof.script/1
    call_id: sample-clean
    recorded_at: "2026-11-20T10:02:11+08:00"      # optional
    seed: 11                                       # optional; the same script always sounds the same
    layout: stereo                                 # stereo (one side a channel) or mixed (one channel)
    first_channel: agent                           # stereo only: whose channel comes first
    voices: {agent: f2, customer: m1, third_party: m5}
    channel: {codec: a-law, snr_db: 30, peak_db: -6}
    turns:
    - {speaker: agent, text: "您好，请问是王建国先生吗？", pause: 0.5, rate: 175}

`pause` is the time in seconds since the end of the turn before (negative: the speakers overlap), `rate` the words a
minute. A third party is heard on the customer's channel. Numbers are written as they are said (九千五, 幺零三六).
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import ScriptError

SCHEMA = "callproof.script/1"
Speaker = Literal["agent", "customer", "third_party"]
_VOICE = re.compile(r"base|m[1-8]|f[1-5]")
_SPEAKABLE = re.compile(r"[A-Za-z\u3400-\u9fff]")


def _known_voice(value: str) -> str:
    if not _VOICE.fullmatch(value):
        raise ValueError("must be base, m1 to m8 or f1 to f5")
    return value


def _as_said(value: str) -> str:
    if re.search(r"\d", value):
        raise ValueError("write numbers as they are said, in characters (九千五, 幺零三六)")
    if not _SPEAKABLE.search(value):
        raise ValueError("has nothing that can be said")
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Strict):
    """The telephone line of both sides; decibels."""

    codec: Literal["a-law", "mu-law", "none"] = "a-law"
    snr_db: Annotated[float, Field(ge=0, le=80)] = 30.0
    peak_db: Annotated[float, Field(ge=-60, le=0)] = -6.0


class ScriptTurn(_Strict):
    """One turn: who says what, how long after the turn before (s), how fast (words a minute)."""

    speaker: Speaker
    text: Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_as_said)]
    pause: Annotated[float, Field(ge=-5, le=30)] = 0.4
    rate: Annotated[int, Field(ge=80, le=400)] = 175


class CallScript(_Strict):
    """A whole call."""

    schema_name: Annotated[Literal["callproof.script/1"], Field(alias="schema")]
    call_id: Annotated[str, Field(min_length=1, max_length=200)]
    recorded_at: datetime | None = None
    seed: int = 1
    layout: Literal["stereo", "mixed"] = "stereo"
    first_channel: Literal["agent", "customer"] = "agent"
    voices: dict[Speaker, Annotated[str, AfterValidator(_known_voice)]]
    channel: Line = Line()
    turns: Annotated[tuple[ScriptTurn, ...], Field(min_length=1, max_length=2000)]

    @model_validator(mode="after")
    def _every_speaker_has_a_voice(self) -> Self:
        silent = sorted({turn.speaker for turn in self.turns} - set(self.voices))
        if silent:
            raise ValueError(f"voices: no voice for {', '.join(silent)}")
        return self


def parse_script(content: Any, *, origin: str = "script") -> CallScript:
    """The script in a mapping. Raises `ScriptError` that names each place and what is wrong there."""
    if not isinstance(content, dict):
        raise ScriptError(f"{origin}: not a mapping; expected the keys of {SCHEMA}")
    try:
        return CallScript.model_validate(content)
    except ValidationError as error:
        complaints = "; ".join(_complaint(detail["loc"], detail["msg"]) for detail in error.errors())
        raise ScriptError(f"{origin}: {complaints}") from error


def read_script(path: Path) -> CallScript:
    """The script in a file. Raises `ScriptError`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScriptError(f"{path.name}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScriptError(f"{path.name}: not YAML in UTF-8: {error}") from error
    return parse_script(content, origin=path.name)


def _complaint(place: tuple[str | int, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{'.'.join(map(str, place))}: {text}" if place else text
