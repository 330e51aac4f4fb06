"""Speech from espeak-ng through its C library, with the time of every word.

espeak-ng is free software (GPL-3.0-or-later) and is called as an installed program library; only sound comes out of it.
The voice is `cmn-latn-pinyin`: plain `cmn` of espeak-ng 1.51 reads many characters with English phonemes.
"""

import ctypes
import ctypes.util
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError

LANGUAGE_VOICE = "cmn-latn-pinyin"
# The usable ones: an earlier recogniser misses at most a fifth of their syllables on a clean line.
TRAINING_VOICES = (
    *("base", "m1", "m2", "m3", "m4", "m5", "m6", "m8", "f1", "f2", "f3", "f5"),
    *("Alex", "Andy", "Annie", "AnxiousAndy", "Denis", "Diogo", "Gene", "Gene2", "Henrique", "Hugo", "Mario"),
    *("Michael", "Mike", "Mr serious", "Nguyen", "aunty", "belinda", "boris", "ed", "grandma", "grandpa"),
    *("iven", "iven2", "iven3", "iven4", "john", "linda", "max", "michel", "miguel", "norbert", "pablo"),
    *("paul", "pedro", "quincy", "rob", "robert", "sandro", "steph", "steph2", "steph3"),
)
UNSEEN_VOICES = ("m7", "f4")
MISSING_MESSAGE = "the speech synthesiser espeak-ng is not installed: install it, e.g. with `apt install espeak-ng`"

_SYNCHRONOUS_OUTPUT = 2
_WORD_EVENT = 1
_UTF8 = 1
_RATE, _PITCH, _PITCH_RANGE = 1, 3, 4
# A spoken unit: one Chinese character, or one run of Latin letters and digits (said as a whole).
_UNIT = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*|[\u3400-\u9fff]")
# A pause after a character belongs to nobody; longer than this is no single syllable at 150 words a minute.
_LONGEST_SYLLABLE_SECONDS = 0.42


class SynthesiserMissingError(ModelError):
    """espeak-ng's library cannot be loaded."""

    code = "synthesiser_missing"


@dataclass(frozen=True)
class Unit:
    """One spoken unit and its time in seconds from the start of the utterance."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Utterance:
    """Synthetic speech: `samples` is float32 [n] within -1..1."""

    samples: NDArray[np.float32]
    sample_rate: int
    units: tuple[Unit, ...]


class _EventId(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


class Synthesiser:
    """One process's handle on espeak-ng. The library keeps global state: not for threads.

    Raises `SynthesiserMissingError` when the library is not installed.
    """

    def __init__(self) -> None:
        name = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
        try:
            self._library = ctypes.CDLL(name)
        except OSError as error:
            raise SynthesiserMissingError(MISSING_MESSAGE) from error
        self.sample_rate = int(self._library.espeak_Initialize(_SYNCHRONOUS_OUTPUT, 0, None, 0))
        if self.sample_rate <= 0:
            raise SynthesiserMissingError(MISSING_MESSAGE)
        self._chunks: list[NDArray[np.int16]] = []
        self._word_samples: dict[int, int] = {}
        self._voice: str | None = None
        callback_type = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
        )
        self._callback = callback_type(self._receive)  # kept alive as long as the library may call it
        self._library.espeak_SetSynthCallback(self._callback)

    def say(
        self, text: str, *, voice: str = "base", words_per_minute: int = 175, pitch: int = 50, pitch_range: int = 50
    ) -> Utterance:
        """Speak `text` (simplified Chinese, Latin letters allowed). Raises `ValueError` for an unknown voice."""
        self._choose(voice)
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._library.espeak_SetParameter(_PITCH_RANGE, pitch_range, 0)
        self._chunks.clear()
        self._word_samples.clear()
        encoded = text.encode()
        self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None)
        if not self._chunks:
            return Utterance(np.zeros(0, np.float32), self.sample_rate, ())
        samples = np.concatenate(self._chunks).astype(np.float32) / np.float32(32768)
        loud = np.flatnonzero(np.abs(samples) > 1e-3)
        end = min(len(samples), int(loud[-1]) + self.sample_rate // 20) if len(loud) else len(samples)
        return Utterance(samples[:end], self.sample_rate, self._align(text, end))

    def _choose(self, voice: str) -> None:
        if voice == self._voice:
            return
        name = LANGUAGE_VOICE if voice == "base" else f"{LANGUAGE_VOICE}+{voice}"
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice!r}: use base, m1 to m8 or f1 to f5")
        self._voice = voice

    def _receive(self, wave: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]") -> int:
        if count > 0:
            self._chunks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while events[index].type != 0:
            if events[index].type == _WORD_EVENT:
                self._word_samples.setdefault(events[index].text_position, events[index].sample)
            index += 1
        return 0

    def _align(self, text: str, end: int) -> tuple[Unit, ...]:
        matches = list(_UNIT.finditer(text))
        if not matches:
            return ()
        starts = [self._first_event(match.start() + 1, match.end()) for match in matches]
        filled = _interpolate(starts, end)
        longest = int(_LONGEST_SYLLABLE_SECONDS * self.sample_rate)
        units = []
        for index, match in enumerate(matches):
            begin, following = filled[index], filled[index + 1]
            stop = following if len(match[0]) > 1 else min(following, begin + longest)
            units.append(Unit(match[0].replace(" ", ""), begin / self.sample_rate, stop / self.sample_rate))
        return tuple(units)

    def _first_event(self, first: int, last: int) -> int | None:
        found = [self._word_samples[place] for place in range(first, last + 1) if place in self._word_samples]
        return min(found) if found else None


def _interpolate(starts: list[int | None], end: int) -> list[int]:
    """Starts with the unknown ones spread evenly between their neighbours, and `end` appended."""
    known = [(0, 0)] if starts[0] is None else []
    known += [(index, start) for index, start in enumerate(starts) if start is not None]
    known.append((len(starts), end))
    places, times = zip(*known, strict=True)
    return [int(value) for value in np.interp(np.arange(len(starts) + 1), places, times)]


@cache
def synthesiser() -> Synthesiser:
    """This process's synthesiser."""
    return Synthesiser()
