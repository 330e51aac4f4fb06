"""Utterances joined into turns, and words kept out of pauses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from pipeline.speech.transcribe import cut_windows, transcribe
from pipeline.speech.turns import build_turns
from pipeline.types import Recording, SpeechRegion, Utterance, Waveform, Window, Word


def said(
    text: str, start: float, end: float, channel: int = 0, *, speaker: str | None = None, probability: float = 0.9
) -> Utterance:
    step = (end - start) / len(text)
    words = tuple(
        Word(one, start + step * index, start + step * (index + 1), probability) for index, one in enumerate(text)
    )
    return Utterance(SpeechRegion(start, end, channel, speaker), text, text, words)


def test_each_channel_is_a_speaker_and_turns_follow_time() -> None:
    turns = build_turns([said("是我", 3, 3.5, 1), said("请问是王先生吗", 0, 2, 0), said("好的", 4, 4.5, 0)])
    assert [(turn.speaker, turn.text) for turn in turns] == [("S0", "请问是王先生吗"), ("S1", "是我"), ("S0", "好的")]
    assert [turn.id for turn in turns] == [0, 1, 2]


def test_a_pause_of_half_a_second_is_a_comma_in_text_and_words() -> None:
    (turn,) = build_turns([said("后四位", 0, 1), said("三六二幺", 1.6, 2.6)])
    assert turn.text == "后四位\N{FULLWIDTH COMMA}三六二幺"
    assert "".join(word.text for word in turn.words) == turn.text
    assert (turn.start, turn.end) == (0, 2.6)


def test_a_shorter_pause_is_none() -> None:
    (turn,) = build_turns([said("后四位", 0, 1), said("三六二幺", 1.3, 2.6)])
    assert turn.text == "后四位三六二幺"


@pytest.mark.parametrize("between", [[said("嗯", 1.2, 1.4, 1)], []])
def test_somebody_else_or_a_long_pause_ends_a_turn(between: list[Utterance]) -> None:
    late = 1.6 if between else 3.2
    turns = build_turns([said("我一个月", 0, 1), *between, said("八千", late, late + 0.5)])
    assert len(turns) == 2 + len(between)


def test_a_diarizer_s_label_counts_before_the_channel() -> None:
    turns = build_turns([said("您好", 0, 1, speaker="S1"), said("你好", 1.2, 2, speaker="S0")])
    assert [turn.speaker for turn in turns] == ["S1", "S0"]


def test_confidence_is_the_geometric_mean() -> None:
    (turn,) = build_turns([said("好", 0, 1, probability=0.25), said("的", 1.1, 2, probability=1.0)])
    assert turn.confidence == pytest.approx(0.5)


class Echo:
    """A recogniser that says how long each window is."""

    name = "echo"

    def recognise(self, windows: Sequence[Window]) -> Iterator[Utterance]:
        for window in windows:
            region = window.region
            text = "" if not window.samples.any() else "长"
            yield Utterance(region, text, text, (Word(text, region.start, region.end, 0.9),) if text else ())


def recording(seconds: float = 10.0) -> Recording:
    sound = np.full(round(seconds * 16000), 0.1, dtype=np.float32)
    sound[: 2 * 16000] = 0
    return Recording((Waveform(sound, 16000),), "mono", seconds, 8000, "pcm_alaw")


def test_windows_hold_the_sound_of_their_region() -> None:
    (window,) = cut_windows(recording(), [SpeechRegion(1.5, 4.0)])
    assert len(window.samples) == 40000
    assert window.samples[:8000].max() == 0
    assert window.samples[8000:].min() > 0


def test_empty_windows_fall_out_and_the_rest_is_in_order() -> None:
    regions = [SpeechRegion(0, 2), SpeechRegion(3, 8), SpeechRegion(8.2, 9)]
    calls: list[tuple[int, int]] = []
    heard = transcribe(cut_windows(recording(), regions), regions, Echo(), progress=lambda *step: calls.append(step))
    assert [utterance.region.start for utterance in heard] == [3, 8.2]
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_a_word_does_not_reach_into_a_pause() -> None:
    window = SpeechRegion(2.0, 6.0)
    speech = [SpeechRegion(2.1, 2.5), SpeechRegion(5.0, 5.9)]
    (utterance,) = transcribe(cut_windows(recording(), [window]), speech, Echo())
    (word,) = utterance.words
    assert 5.0 <= word.start < word.end <= 5.9
