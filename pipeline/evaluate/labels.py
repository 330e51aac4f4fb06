"""Labelled calls read from YAML: what was said, what was applied for, and what the report must come to.

Messages name file and key, never what stands there: a labelled call may be a real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from pipeline.contract import (
    APPLICATION_SCHEMA,
    Application,
    ComplianceItem,
    Disposition,
    Moment,
    Number,
    Outcome,
    Role,
    Scalar,
    Shape,
    SignalCode,
    StatedItem,
    Transcript,
    field_paths,
)
from pipeline.errors import InputError
from pipeline.evaluate.staging import Line, staged

ROLES: dict[str, Role] = {"A": "agent", "C": "customer", "T": "third_party"}
PATHS = frozenset(f"{section}.{name}" for section, name in field_paths())
DIGIT_FIELDS = frozenset({"identity.id_number", "identity.mobile"})
SAID = frozenset({"match", "mismatch", "contradicted", "not_applied"})


def _history(written: object) -> object:
    """Earlier values are written as the value alone, or as `{value, low, high}`."""
    if not isinstance(written, list):
        return written
    return [item if isinstance(item, dict) else {"value": item} for item in written]


def has_value(said: SaidValue | StatedItem) -> bool:
    """A value, or a range with both its ends; one bound alone is what a denial leaves (没付那么多)."""
    return said.value is not None or (said.low is not None and said.high is not None)


class SaidValue(Shape):
    """A value in its canonical form, a range, or both."""

    value: Scalar = None
    low: Number | None = None
    high: Number | None = None

    @property
    def known(self) -> bool:
        return has_value(self)


class ExpectedField(SaidValue):
    """What the report must say about one field. `turn` is the index of the customer's turn that proves the value."""

    outcome: Outcome
    polarity: Literal["stated", "confirmed"] | None = None
    turn: Annotated[int, Field(ge=0)] | None = None
    history: Annotated[list[SaidValue], BeforeValidator(_history)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _value_where_said(self) -> ExpectedField:
        if self.outcome in ("contradicted", "not_applied") and not self.known:
            raise ValueError(f"outcome {self.outcome} needs a value, or low and high")
        if self.outcome in ("not_stated", "unclear") and (self.value, self.low, self.high) != (None, None, None):
            raise ValueError(f"outcome {self.outcome} has no value; leave value, low and high out")
        return self


class ExpectedCompliance(Shape):
    """The agent's lapses; an item that is not listed is done."""

    missing: list[ComplianceItem] = Field(default_factory=list)
    violated: list[ComplianceItem] = Field(default_factory=list)

    @model_validator(mode="after")
    def _duties_and_prohibitions(self) -> ExpectedCompliance:
        if any(item.startswith("no_") for item in self.missing):
            raise ValueError("missing lists duties; a prohibition (no_…) belongs under violated")
        if any(not item.startswith("no_") for item in self.violated):
            raise ValueError("violated lists prohibitions (no_…); a duty belongs under missing")
        return self


class Expected(Shape):
    """What the report must come to; a field that is not listed is `not_stated`. An excerpt has no disposition."""

    disposition: Disposition | None = None
    fields: dict[str, ExpectedField] = Field(default_factory=dict)
    signals: list[SignalCode] = Field(default_factory=list)
    compliance: ExpectedCompliance = Field(default_factory=ExpectedCompliance)

    @field_validator("fields", mode="after")
    @classmethod
    def _of_the_contract(cls, fields: dict[str, ExpectedField]) -> dict[str, ExpectedField]:
        for path, expected in fields.items():
            if path not in PATHS:
                raise ValueError(f"{path[:60]}: no field of the contract; write its path, such as income.monthly")
            for said in (expected, *expected.history):
                _check_value(path, said.value)
        return fields


class _CallFile(Shape):
    about: str = ""
    excerpt: bool = False
    recorded_at: Moment | None = None
    application: dict[str, Any] | None = None
    turns: Annotated[list[dict[str, str]], Field(min_length=1)]
    expect: Expected

    @field_validator("turns", mode="after")
    @classmethod
    def _one_speaker_a_turn(cls, turns: list[dict[str, str]]) -> list[dict[str, str]]:
        for index, turn in enumerate(turns):
            if len(turn) != 1 or set(turn) - set(ROLES):
                raise ValueError(f"turn {index} must be one of `A: text`, `C: text`, `T: text`")
        return turns

    @model_validator(mode="after")
    def _whole_or_excerpt(self) -> _CallFile:
        if self.excerpt and {"disposition", "compliance"} & self.expect.model_fields_set:
            raise ValueError("expect: an excerpt has no disposition and no compliance; leave them out")
        if not self.excerpt and self.expect.disposition is None:
            raise ValueError("expect.disposition: is missing; add it, or write `excerpt: true`")
        return self

    @model_validator(mode="after")
    def _proof_is_the_customers(self) -> _CallFile:
        for path, expected in self.expect.fields.items():
            if expected.turn is None:
                continue
            if expected.turn >= len(self.turns):
                raise ValueError(f"expect.fields.{path}.turn: the last turn is {len(self.turns) - 1} (counted from 0)")
            if "A" in self.turns[expected.turn]:
                raise ValueError(f"expect.fields.{path}.turn: turn {expected.turn} is the agent's (counted from 0)")
        return self


@dataclass(frozen=True)
class LabelledCall:
    """One labelled call. `lines` keep the true roles; `transcript` has anonymous labels in order of appearance.

    An excerpt is a few turns about some fields: nobody could tell from it who is who, so its speakers are named, and
    it counts in no figure of a whole call (disposition, duties, roles, coverage).
    """

    name: str
    lines: tuple[Line, ...]
    transcript: Transcript
    application: Application | None
    expected: Expected
    excerpt: bool = False

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The true role of every speaker label of the transcript."""
        return {turn.speaker: line.role for turn, line in zip(self.transcript.turns, self.lines, strict=True)}


def read_calls(folder: Path) -> tuple[LabelledCall, ...]:
    """Every labelled call under `folder` (`**/*.yaml`), or those in a file, in the order of their names.

    A file may hold several, parted by lines of `---`; the second is then named `FILE#2`.

    Raises `InputError` naming file and key for the first that cannot be used, and where there is none.
    """
    if folder.is_file():
        return _read_file(folder, name=folder.name)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; name a folder of labelled calls (*.yaml)", code="file_missing")
    files = sorted(file for file in folder.rglob("*.yaml") if file.is_file())
    if not files:
        raise InputError(f"{folder}: no labelled calls in it; they are files named *.yaml", code="no_calls")
    return tuple(call for file in files for call in _read_file(file, name=file.relative_to(folder).as_posix()))


def _read_file(path: Path, *, name: str) -> tuple[LabelledCall, ...]:
    calls = []
    for number, written in enumerate(_read_yaml(path), start=1):
        suffix = f"#{number}" if number > 1 else ""
        calls.append(_labelled(written, name=name + suffix, where=f"{path}{suffix}"))
    return tuple(calls)


def _labelled(written: object, *, name: str, where: str) -> LabelledCall:
    if not isinstance(written, dict):
        raise InputError(f"{where}: a mapping with turns and expect is needed", code="wrong_shape")
    try:
        call = _CallFile.model_validate(written)
        application = _application(call.application)
    except ValidationError as error:
        raise InputError(f"{where}: {_fault(error)}", code="wrong_shape") from error
    lines = tuple(Line(ROLES[letter], text) for turn in call.turns for letter, text in turn.items())
    transcript = staged(lines, call_id=name, recorded_at=call.recorded_at, named=call.excerpt)
    return LabelledCall(name, lines, transcript, application, call.expect, call.excerpt)


def _application(written: dict[str, Any] | None) -> Application | None:
    return None if written is None else Application.model_validate({"schema": APPLICATION_SCHEMA, **written})


def _check_value(path: str, value: Scalar) -> None:
    """An expected value must be one that the application could hold: a misspelt word would count as an error."""
    if value is None:
        return
    if path in DIGIT_FIELDS and not isinstance(value, str):
        raise ValueError(f"{path}: write the digits in quotes")
    section, name = path.split(".")
    try:
        Application.model_validate({"schema": APPLICATION_SCHEMA, section: {name: value}})
    except ValidationError as error:
        raise ValueError(f"{path}: {error.errors(include_input=False, include_url=False)[0]['msg']}") from error


def _read_yaml(path: Path) -> list[Any]:
    """The file's documents; turns are taken as they are spelt: `C: 0217` is four digits, `C: no` a word."""
    try:
        text = path.read_text(encoding="utf-8")
        documents = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        spelt = yaml.load_all(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        for written, as_spelt in zip(documents, spelt, strict=True):
            if isinstance(written, dict) and "turns" in written:
                written["turns"] = as_spelt["turns"]
        return documents or [None]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})", code="file_unreadable") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text at byte {error.start}; save it as UTF-8", code="not_utf8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}: not valid YAML{where}; put text with : or # in quotes", code="not_yaml") from error


def _fault(error: ValidationError) -> str:
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    first = faults[0]
    key = ".".join(str(part) for part in first["loc"])
    messages = {
        "extra_forbidden": "unknown key; mend its spelling or leave it out",
        "missing": "is missing; add it",
        "string_type": "must be text; put it in quotes",
    }
    message = messages.get(first["type"], first["msg"].removeprefix("Value error, "))
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{key}: {message}{more}" if key else f"{message}{more}"
