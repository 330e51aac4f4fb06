"""Engines by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from models.hear import RecogniserOptions, open_recogniser, recogniser_names, register_recogniser
from pipeline.errors import ModelError
from pipeline.types import Utterance, Window


class Deaf:
    name = "deaf"

    def recognise(self, windows: Sequence[Window]) -> Iterator[Utterance]:
        for window in windows:
            yield Utterance(window.region, "", "", ())


def test_another_engine_can_be_registered() -> None:
    register_recogniser("deaf", lambda options: Deaf())
    assert "deaf" in recogniser_names()
    assert open_recogniser("deaf", RecogniserOptions()).name == "deaf"


def test_an_unknown_engine_is_named_with_what_there_is() -> None:
    with pytest.raises(ModelError, match="openai-whisper") as caught:
        open_recogniser("telepathy", RecogniserOptions())
    assert caught.value.code == "unknown_engine"
