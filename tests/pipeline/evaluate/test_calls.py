"""Figures of whole calls, against written-out examples."""

from __future__ import annotations

import pytest

from pipeline.contract import TRANSCRIPT_SCHEMA, Transcript
from pipeline.evaluate.calls import (
    best_names,
    characters_of,
    diarization_error,
    measure_call,
    permutation_error_rate,
    silent_stretches,
    stretches_of,
)
from pipeline.types import Diarization, SpeechRegion


def transcript(*turns: tuple[str, str, float], step: float = 0.2, duration: float = 10.0) -> Transcript:
    """Turns of (speaker, text, start), a character every `step` seconds."""
    return Transcript.model_validate(
        {
            "schema": TRANSCRIPT_SCHEMA,
            "call_id": "c",
            "duration": duration,
            "turns": [
                {
                    "id": number,
                    "speaker": speaker,
                    "start": start,
                    "end": start + step * len(text),
                    "text": text,
                    "words": [
                        {"text": one, "start": start + step * at, "end": start + step * (at + 1)}
                        for at, one in enumerate(text)
                    ],
                }
                for number, (speaker, text, start) in enumerate(turns)
            ],
        }
    )


@pytest.mark.parametrize(
    ("truth", "heard", "edits", "said"),
    [
        ({"a": "你好王先生", "b": "我是"}, {"x": "我是", "y": "你好王先生"}, 0, 7),
        # one character wrong, one lost: 2 of 7
        ({"a": "你好王先生", "b": "我是"}, {"x": "我", "y": "你好张先生"}, 2, 7),
        # 先生 given to the other: lost from a (2), too much for b (2)
        ({"a": "你好王先生", "b": "我是"}, {"x": "先生我是", "y": "你好王"}, 4, 7),
        # all in one label: b's text is lost (2), and stands in a's (2)
        ({"a": "你好王先生", "b": "我是"}, {"x": "你好王先生我是"}, 4, 7),
        # a third label in the hypothesis counts whole
        ({"a": "你好王先生", "b": "我是"}, {"x": "你好王先生", "y": "我是", "z": "嗯嗯嗯"}, 3, 7),
        # the pairing with the fewest edits, not the first that fits
        ({"a": "一二三四", "b": "一二三五"}, {"x": "一二三五", "y": "一二三四"}, 0, 8),
        ({"a": "你好"}, {}, 2, 2),
        ({}, {"x": "你好"}, 2, 0),
    ],
)
def test_each_speaker_is_held_against_whom_he_fits(truth, heard, edits, said) -> None:
    rate = permutation_error_rate(truth, heard)
    assert (rate.hits, rate.of) == (edits, said)


def test_many_labels_are_paired_too() -> None:
    truth = {f"t{number}": f"第{number}个人说话" for number in range(9)}
    heard = {f"h{number}": text for number, text in enumerate(reversed(truth.values()))}
    assert best_names(truth, heard) == {f"h{8 - number}": f"t{number}" for number in range(9)}


def test_one_call() -> None:
    truth = transcript(("agent", "你好王先生", 1.0), ("customer", "我是", 2.5))
    heard = transcript(("agent", "你好王先", 1.0), ("customer", "生我是", 1.9), ("customer", "嗯", 7.0))
    speakers = Diarization((SpeechRegion(1.0, 1.8, 0, "S0"), SpeechRegion(1.8, 2.9, 0, "S1")))
    figures = measure_call("c", truth, heard, speakers)
    assert (figures.characters.hits, figures.characters.of) == (1, 7)
    assert (figures.by_speaker.hits, figures.by_speaker.of) == (3, 7)
    assert (figures.speaker_errors.hits, figures.speaker_errors.of) == (1, 7)
    # 嗯 at 7.1 s is invented; nobody speaks before 0.7 s, between 2.3 and 2.2 s not at all, and from 3.2 s to 10 s
    assert figures.invented == 1
    assert figures.silent_seconds == pytest.approx(0.7 + 6.8)
    assert len(figures.word_times) == 14
    assert max(figures.word_times) == pytest.approx(0.4)


def test_diarization_error_in_seconds() -> None:
    truth = transcript(("agent", "你好王先生", 1.0), ("customer", "我是", 2.5))
    # agent 1.0-2.0, customer 2.5-2.9; the last 0.2 s of the agent are given to the customer, 0.1 s is spoken by nobody
    found = Diarization(
        (SpeechRegion(1.0, 1.8, 0, "S0"), SpeechRegion(1.8, 2.1, 0, "S1"), SpeechRegion(2.5, 2.9, 0, "S1"))
    )
    rates = diarization_error(stretches_of(truth), found)
    assert rates is not None
    assert rates[0.0].hits == pytest.approx(0.3)
    assert rates[0.0].of == pytest.approx(1.4)
    # within 0.25 s of 1.0, 2.0, 2.5 and 2.9 nothing counts: 0.5 s are left, all right
    assert rates[0.25].hits == pytest.approx(0)
    assert rates[0.25].of == pytest.approx(0.5)


def test_overlapping_words_stand_in_order_of_time() -> None:
    both = transcript(("agent", "一二三", 1.0), ("customer", "好", 1.25))
    assert "".join(one.text for one in characters_of(both)) == "一二好三"
    assert stretches_of(both) == [(1.0, pytest.approx(1.6), "agent"), (1.25, pytest.approx(1.45), "customer")]


def test_nobody_speaks_at_all() -> None:
    assert silent_stretches([], 5.0) == [(0.0, 5.0)]
