"""Windows of sound in, utterances out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.types import Recogniser, Recording, SpeechRegion, Utterance, Window, Word

Progress = Callable[[int, int], None]

LONGEST_CHARACTER = 0.6
SHORTEST_WORD = 0.02


def cut_windows(recording: Recording, regions: Sequence[SpeechRegion]) -> list[Window]:
    """The recording's sound at each of `regions`, which are recognition windows (padding included, s)."""
    channels = {waveform.channel: waveform for waveform in recording.channels}
    windows = []
    for region in regions:
        waveform = channels[region.channel]
        first, last = round(region.start * waveform.sample_rate), round(region.end * waveform.sample_rate)
        windows.append(Window(waveform.samples[first:last], region))
    return windows


def transcribe(
    windows: Sequence[Window],
    regions: Sequence[SpeechRegion],
    recogniser: Recogniser,
    *,
    progress: Progress | None = None,
) -> list[Utterance]:
    """What was said in each window that holds any words, in order of time.

    Windows are decoded shortest first, so that those of one batch are alike in length. Word times are trimmed to
    `regions`, the speech regions of the recording. `progress` is called with windows done and windows in all.
    """
    order = sorted(range(len(windows)), key=lambda index: len(windows[index].samples))
    heard: list[Utterance] = []
    for done, utterance in enumerate(recogniser.recognise([windows[index] for index in order]), start=1):
        if utterance.text:
            heard.append(_trimmed(utterance, regions))
        if progress is not None:
            progress(done, len(windows))
    return sorted(heard, key=lambda utterance: (utterance.region.start, utterance.region.channel))


def _trimmed(utterance: Utterance, regions: Sequence[SpeechRegion]) -> Utterance:
    """The utterance with words that do not reach into pauses: attention alone cannot place a pause."""
    own = [
        (region.start, region.end)
        for region in regions
        if region.channel == utterance.region.channel
        and region.end > utterance.region.start
        and region.start < utterance.region.end
    ]
    return replace(utterance, words=tuple(_trimmed_word(word, own) for word in utterance.words))


def _trimmed_word(word: Word, speech: Sequence[tuple[float, float]]) -> Word:
    start, end = word.start, word.end
    inside = [(max(start, first), min(end, last)) for first, last in speech if first < end and last > start]
    inside = [(first, last) for first, last in inside if last - first >= SHORTEST_WORD]
    if inside:
        start, end = max(inside, key=lambda part: part[1] - part[0]) if len(inside) > 1 else inside[0]
    end = min(end, start + LONGEST_CHARACTER * max(1, len(word.text)))
    return replace(word, start=round(start, 3), end=round(max(end, start), 3))
