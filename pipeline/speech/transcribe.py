"""Windows of sound in, utterances out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.audio import normalise_level, recognition_windows
from pipeline.speech.attribute import unbroken
from pipeline.types import (
    Diarization,
    Recogniser,
    Recording,
    SpeechRegion,
    Utterance,
    Waveform,
    Window,
    Word,
)

Progress = Callable[[int, int], None]

APART = "apart"
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


def speech_windows(recording: Recording, regions: Sequence[SpeechRegion], *, max_seconds: float) -> list[Window]:
    """The recording's speech at one level, in windows of at most `max_seconds`."""
    levelled = replace(recording, channels=tuple(normalise_level(one, regions) for one in recording.channels))
    return cut_windows(levelled, recognition_windows(levelled, regions, max_seconds=max_seconds))


def mixed_windows(
    recording: Recording, speakers: Diarization, *, max_seconds: float
) -> tuple[list[Window], tuple[SpeechRegion, ...]]:
    """Windows of one mixed channel, and the speech that they cover: what was heard apart lies on channels of its own,
    one a speaker, behind the mixed one's."""
    apart = [SpeechRegion(one.start, one.end, 0, APART) for one in speakers.stretches]
    rest = [one for one in speakers.regions if not any(_within(one, stretch) for stretch in apart)]
    regions = sorted((*unbroken(rest), *apart), key=lambda one: one.start)
    windows = speech_windows(recording, regions, max_seconds=max_seconds)
    windows = [one for one in windows if one.region.speaker != APART]
    covered = [one for one in regions if one.speaker != APART]
    rate = recording.channels[0].sample_rate
    for stretch in speakers.stretches:
        tracks = tuple(Waveform(track, rate, at) for at, track in enumerate(stretch.tracks))
        local = replace(recording, channels=tracks, duration=stretch.end - stretch.start)
        own = [_moved(one, -stretch.start, 0) for one in stretch.regions]
        for window in speech_windows(local, own, max_seconds=max_seconds):
            windows.append(replace(window, region=_moved(window.region, stretch.start, 1)))
        covered += [_moved(one, 0.0, 1) for one in stretch.regions]
    return windows, tuple(covered)


def on_one_channel(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Utterances of a mixed channel, also those that were heard apart, as the one channel's."""
    return [replace(one, region=replace(one.region, channel=0)) for one in utterances]


def _moved(region: SpeechRegion, seconds: float, channels: int) -> SpeechRegion:
    return replace(region, start=region.start + seconds, end=region.end + seconds, channel=region.channel + channels)


def _within(region: SpeechRegion, stretch: SpeechRegion) -> bool:
    return region.start >= stretch.start and region.end <= stretch.end


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
