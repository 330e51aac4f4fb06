"""A long turn takes work in proportion to its length, whatever is in it."""

from __future__ import annotations

import sys
import time
from itertools import count
from pathlib import Path

import pytest

from pipeline.language import Reader

SHORT, TIMES = 1_500, 4
LONGEST = 100_000
PIECES = (Path(__file__).parents[2] / "cases" / "language" / "repeated.txt").read_text(encoding="utf-8").split()


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def work(reader: Reader, text: str) -> int:
    """How many calls, of Python and of C, it takes to read `text`."""
    calls = count()
    sys.setprofile(lambda frame, event, argument: next(calls) if event in ("call", "c_call") else None)
    try:
        reader.read_text(text)
    finally:
        sys.setprofile(None)
    return next(calls)


@pytest.mark.parametrize("piece", PIECES)
def test_work_grows_with_the_length_alone(piece: str, reader: Reader) -> None:
    repeated = SHORT // len(piece)
    reader.read_text(piece * (repeated - 1))
    short, long = work(reader, piece * repeated), work(reader, piece * repeated * TIMES)
    assert long < 1.15 * TIMES * short


@pytest.mark.parametrize("piece", ["一", "8", "万", "王强", " ", "😀", "\x00", "國", "八千五百块一个月"])
def test_a_turn_of_100000_characters_is_read_in_seconds(piece: str, reader: Reader) -> None:
    text = piece * (LONGEST // len(piece))
    began = time.process_time()
    mentions = reader.read_text(text)
    assert time.process_time() - began < 20
    assert all(mention.text == text[mention.start : mention.end] for mention in mentions)
