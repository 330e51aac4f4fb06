"""What shapes of config files are made of: their base, shares, words for people, patterns."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Share = Annotated[float, Field(ge=0, le=1)]
Wording = re.Pattern[str]
NEVER = re.compile("(?!)")


class Settings(BaseModel):
    """Base of every shape read from a config file: unknown keys are an error, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(Settings):
    """A word for people, in both languages."""

    zh: str
    en: str

    def of(self, language: Literal["zh", "en"]) -> str:
        """The word in one of them."""
        return self.zh if language == "zh" else self.en


class Word(Label):
    """A vocabulary value's label, and other ways to write the value."""

    also: tuple[str, ...] = ()


def describe(error: ValidationError | TypeError) -> str:
    """The first fault of a config file in words: key, what is wrong. Carries no value."""
    if isinstance(error, TypeError):
        return "must be a mapping of the documented keys"
    fault = error.errors(include_input=False, include_url=False)[0]
    key = ".".join(str(part) for part in fault["loc"]) or "the top level"
    return f"{key}: {fault['msg']}; mend this key or remove the file to use the default"
