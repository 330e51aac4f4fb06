"""What a recogniser invents: loops, and text over nothing. Flags only, so that a short true answer is never lost."""

from __future__ import annotations

import re
import zlib

COMPRESSION_LIMIT = 2.4
LOG_PROBABILITY_LIMIT = -1.0
NO_SPEECH_LIMIT = 0.6
SHORT_ANSWER = 4
_LOOP = re.compile(r"(.{1,12}?)\1{3,}", re.DOTALL)


def is_loop(text: str) -> bool:
    """Whether `text` repeats one run of 1-12 characters four times or more, or compresses like a loop.

    Digits said alike (八八八八) and agreement (对对对对) are speech, so a run of one character counts from eight.
    The limit of the compression ratio is openai-whisper's.
    """
    for match in _LOOP.finditer(text[:2000]):
        unit, whole = match.group(1), match.group(0)
        if len(set(unit)) > 1 or len(whole) >= 8:
            return True
    data = text.encode()
    return len(data) > 60 and len(data) / len(zlib.compress(data)) > COMPRESSION_LIMIT


def flags_of(text: str, mean_log_probability: float, no_speech_probability: float) -> tuple[str, ...]:
    """Flags of one window's text: `loop`, `low_probability`, `no_speech`."""
    if not text:
        return ()
    found = []
    if is_loop(text):
        found.append("loop")
    if mean_log_probability < LOG_PROBABILITY_LIMIT:
        found.append("low_probability")
    if no_speech_probability > NO_SPEECH_LIMIT and (len(text) > SHORT_ANSWER or found):
        found.append("no_speech")
    return tuple(found)
