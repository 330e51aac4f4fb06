"""Recordings in: decoding, channel layout, quality, speech regions and recognition windows."""

from pipeline.audio.decode import DecodeLimits
from pipeline.audio.level import normalise_level
from pipeline.audio.recording import read_recording, with_speech
from pipeline.audio.regions import RegionOptions, speech_regions
from pipeline.audio.windows import recognition_windows

__all__ = [
    "DecodeLimits",
    "RegionOptions",
    "normalise_level",
    "read_recording",
    "recognition_windows",
    "speech_regions",
    "with_speech",
]
