"""The comparison rules of every field, read from `configs/fields.yaml` and validated."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from configs import path_of, read_yaml
from pipeline.contract import Severity, field_paths
from pipeline.errors import SettingsError
from pipeline.reconcile.look_rules import OpenLookRules, SecondLookRules
from pipeline.reconcile.sentences import Sentences, load_sentences
from pipeline.reconcile.shapes import Label, Settings, Share, Word, describe

FIELDS_FILE = "fields.yaml"

FieldType = Literal[
    "name",
    "digits",
    "choice",
    "yes_no",
    "text",
    "address",
    "organisation",
    "brand",
    "model",
    "money",
    "months",
    "years",
]
LevelName = Literal[
    "exact",
    "near",
    "alias",
    "short_form",
    "same_sound",
    "name_sound",
    "given_name",
    "surname_only",
    "full_number",
    "last_digits",
    "first_digits",
    "inner_digits",
    "few_digits",
    "lost_digit",
    "address_parts",
    "address_sound",
    "vague_place",
    "generic_name",
    "untold_job",
    "near_sound",
    "tolerance",
    "range",
    "else",
]


class Level(Settings):
    """One rung of a ladder. `ratio` is part of the applied value, `margin` is in the field's unit, `unlike` how unlike
    two words may sound, a syllable."""

    name: LevelName
    outcome: Literal["match", "unclear", "mismatch"] = "match"
    confidence: Share = 1.0
    ratio: Share | None = None
    margin: Annotated[float, Field(ge=0)] | None = None
    minimum: Annotated[int, Field(ge=1)] | None = None
    unlike: Share | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, written: Any) -> Any:
        """A level is written as its name, or as `{name: settings}`."""
        if isinstance(written, Mapping) and "name" not in written:
            if len(written) != 1:
                raise ValueError("a level is written as its name, or as name: {settings}")
            ((name, settings),) = written.items()
            written = {"name": name, **(settings or {})}
        elif isinstance(written, str):
            written = {"name": written}
        if isinstance(written, Mapping) and written.get("name") == "else":
            return {"outcome": "mismatch", **written}
        return written


class FieldRule(Settings):
    """How one field is compared and how much it matters. `length` is the digits of a whole number."""

    field: str
    type: FieldType
    label: Label
    severity: Severity
    required: bool = False
    ladder: tuple[Level, ...]
    length: int | None = None
    period: Literal["month"] | None = None
    words: str | None = None

    @model_validator(mode="after")
    def _else_closes(self) -> FieldRule:
        if not self.ladder or self.ladder[-1].name != "else":
            raise ValueError(f"the ladder of {self.field} must end with else")
        return self


class SoundRules(Settings):
    """Which sounds count as one, and how characters read as surnames."""

    initials: tuple[tuple[str, str], ...] = ()
    finals: tuple[tuple[str, str], ...] = ()
    surnames: dict[str, str] = Field(default_factory=dict)
    compound_surnames: tuple[str, ...] = ()
    doubted: tuple[tuple[Share, Share], ...] = ()

    def doubt(self, sureness: float) -> float:
        """How far a sound counts of which the recogniser was so sure: 1 where nothing is doubted."""
        return next((weight for below, weight in self.doubted if sureness < below), 1.0)


class Generic(Settings):
    """Words that do not tell one thing from another."""

    organisation_forms: tuple[str, ...] = ()
    organisation_fillers: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    places_also: tuple[str, ...] = ()
    distinct_organisations: tuple[tuple[str, str], ...] = ()

    @cached_property
    def endings(self) -> tuple[str, ...]:
        """What is cut off behind an organisation's name, in capitals, the longest first."""
        words = sorted((*self.organisation_forms, *self.organisation_fillers), key=len, reverse=True)
        return tuple(word.upper() for word in words)


class FieldRules(Settings):
    """All of `fields.yaml`: the fields in the order of the report, and what their ladders draw on.

    `own` is the lender's folder, where lexicons may be replaced too; `sentences` are those of `messages.yaml`.
    """

    fields: tuple[FieldRule, ...]
    words: dict[str, dict[str, Word]] = Field(default_factory=dict)
    levels: dict[str, Label] = Field(default_factory=dict)
    sounds: SoundRules = SoundRules()
    near: dict[str, tuple[tuple[str, ...], ...]] = Field(default_factory=dict)
    loosely: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    aliases: dict[str, tuple[tuple[str, ...], ...]] = Field(default_factory=dict)
    generic: Generic = Generic()
    second_look: SecondLookRules = SecondLookRules()
    open_look: OpenLookRules = OpenLookRules()
    own: Path | None = None
    sentences: Sentences

    def rule(self, field: str) -> FieldRule:
        """The rule of `field`. Raises `KeyError` for a field that the contract does not have."""
        for rule in self.fields:
            if rule.field == field:
                return rule
        raise KeyError(field)

    def takes(self, field: str, value: str | bool | int | float) -> bool:
        """Whether `value` is one that `field` can have: a number, yes or no, one of its choices, or words."""
        rule = self.rule(field)
        if rule.type in ("money", "months", "years"):
            return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if rule.type == "yes_no":
            return isinstance(value, bool)
        if not isinstance(value, str):
            return False
        return value in self.words[rule.words] if rule.words is not None else bool(value.strip())

    @property
    def required(self) -> tuple[str, ...]:
        """Paths of the required fields, in order."""
        return tuple(rule.field for rule in self.fields if rule.required)


def load_field_rules(own: Path | None = None) -> FieldRules:
    """Rules of all fields, from the lender's folder `own` or the embedded defaults.

    Raises `SettingsError` saying which file, which key and how to mend it.
    """
    written = read_yaml(FIELDS_FILE, own)
    where = path_of(FIELDS_FILE, own)
    try:
        rules = FieldRules(**_with_type_ladders(written), own=own, sentences=load_sentences(own))
    except (ValidationError, TypeError) as error:
        raise SettingsError(f"config file {where}: {describe(error)}") from error
    paths = [f"{section}.{name}" for section, name in field_paths()]
    named = [rule.field for rule in rules.fields]
    if sorted(named) != sorted(paths):
        wrong = sorted(set(named) ^ set(paths)) or sorted({name for name in named if named.count(name) > 1})
        raise SettingsError(
            f"config file {where}: fields must name every field of the contract once; look at {', '.join(wrong)}"
        )
    for rule in rules.fields:
        if rule.words is not None and rule.words not in rules.words:
            raise SettingsError(f"config file {where}: {rule.field}: words {rule.words} is not listed under words")
    return rules


def _with_type_ladders(written: Any) -> dict[str, Any]:
    """The file's mapping, with each field's ladder filled in from its type where it has none of its own."""
    if not isinstance(written, Mapping):
        raise TypeError
    types = written.get("types") or {}
    fields = []
    for entry in written.get("fields") or ():
        ladder = types.get(entry.get("type"), {}).get("ladder") if isinstance(entry, Mapping) else None
        fields.append({"ladder": ladder, **entry} if ladder is not None else entry)
    return {**{key: value for key, value in written.items() if key != "types"}, "fields": fields}
