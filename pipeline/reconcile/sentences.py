"""What explanations of outcomes are made of, in both languages, from `configs/messages.yaml`."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from configs import path_of
from pipeline.errors import SettingsError
from pipeline.language.resources import table
from pipeline.reconcile.shapes import Label, Settings, describe

FILE = "messages.yaml"


class Sentences(Settings):
    """The messages that begin with `explained_`: sentences with values in braces, and ways to say a value."""

    stated: Label
    confirmed: Label
    not_on_paper: Label
    otherwise: Label
    denied: Label
    only: Label
    nothing_else: Label
    contradicted: Label
    both: Label
    unclear: Label
    not_stated: Label
    within_range: Label
    empty: Label
    at_least: Label
    less_than: Label
    quoted: Label
    last_digits: Label
    a_month: Label


def load_sentences(own: Path | None = None) -> Sentences:
    """The sentences of the lender's folder `own` or the embedded ones. Raises `SettingsError`."""
    messages = table(FILE, own)
    try:
        return Sentences(**{name: messages[f"explained_{name}"] for name in Sentences.model_fields})
    except ValidationError as error:
        raise SettingsError(f"config file {path_of(FILE, own)}: explained_{describe(error)}") from error
