"""From a file to a `Recording`: decoded, its layout known, its quality measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.audio.channels import arrange
from pipeline.audio.decode import DEFAULT_LIMITS, Decoded, DecodeLimits, decode
from pipeline.audio.quality import measure_channel, quality_notes
from pipeline.types import ChannelQuality, Recording, SpeechRegion, Waveform


def read_recording(path: Path, *, sample_rate: int = 16_000, limits: DecodeLimits = DEFAULT_LIMITS) -> Recording:
    """Read the recording at `path` as float32 channels at `sample_rate` Hz, at the level they were recorded at.

    `channels[i].channel` is i: two for `stereo`, in the file's order, else one. `duration` is in seconds;
    `source_rate` is the decoder's rate. Quality is measured without knowing where speech is; see `with_speech`.

    Raises:
        RecordingError: the file cannot be used; see `pipeline.audio.decode.MESSAGES` for the codes.
    """
    decoded = decode(path, limits=limits, sample_rate=sample_rate)
    arrangement = arrange(decoded.samples, sample_rate)
    channels = tuple(Waveform(samples, sample_rate, channel) for channel, samples in enumerate(arrangement.samples))
    clipped = [max(decoded.clipped_ratios[source] for source in sources) for sources in arrangement.sources]
    quality = tuple(
        measure_channel(channel, clipped_ratio=ratio) for channel, ratio in zip(channels, clipped, strict=True)
    )
    return Recording(
        channels=channels,
        layout=arrangement.layout,
        duration=decoded.duration,
        source_rate=decoded.source_rate,
        codec=decoded.codec,
        quality=quality,
        notes=_decoding_notes(decoded) + arrangement.notes + _quality_notes(channels, quality),
    )


def with_speech(recording: Recording, regions: Sequence[SpeechRegion]) -> Recording:
    """`recording` with its quality measured again, now that its speech regions are known: SNR and speech ratio too."""
    quality = tuple(
        measure_channel(channel, regions, clipped_ratio=old.clipped_ratio)
        for channel, old in zip(recording.channels, recording.quality, strict=True)
    )
    known = set(_quality_notes(recording.channels, recording.quality))
    notes = tuple(note for note in recording.notes if note not in known)
    return replace(recording, quality=quality, notes=notes + _quality_notes(recording.channels, quality))


def _decoding_notes(decoded: Decoded) -> tuple[str, ...]:
    notes = []
    if decoded.failed_packets:
        notes.append(f"damaged: {decoded.failed_packets} packets could not be decoded")
    if decoded.streams > 1:
        notes.append(f"several streams: the first of {decoded.streams} is used")
    return tuple(notes)


def _quality_notes(channels: Sequence[Waveform], quality: Sequence[ChannelQuality]) -> tuple[str, ...]:
    return tuple(note for pair in zip(channels, quality, strict=True) for note in quality_notes(*pair))
