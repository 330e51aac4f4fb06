"""From a file to samples, by FFmpeg in a child process that can do nothing else.

The file is opened and recognised here; the child (`worker.py`) inherits it as its standard input and writes the samples
into memory that has no name (`memfd_create`), so no voice is left behind on a disk and nothing large is pickled.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from pipeline.audio.containers import Container, breaks_off, identify
from pipeline.errors import RecordingError
from pipeline.types import Samples

ACCEPTED = "WAV, MP3, M4A/AAC, AMR, Ogg/Opus, FLAC, WebM or GSM"
WORKER = Path(__file__).with_name("worker.py")

MESSAGES: Mapping[str, str] = {
    "file_missing": "no such file; check the path",
    "file_is_directory": "is a folder, not a recording; give the path of one file",
    "file_unreadable": "cannot be read; check the file's permissions",
    "file_irregular": "is a device or a pipe, not a file; save the recording to a file first",
    "file_empty": "is empty (0 bytes); fetch the recording again",
    "not_audio": "is {label}, not a recording whatever its name says; give a file in " + ACCEPTED,
    "playlist": "is a playlist ({label}) that points to other files; give the recording itself",
    "video": "holds video; extract the sound first, for example ffmpeg -i VIDEO -vn SOUND.wav",
    "no_audio": "holds no audio stream; give a file in " + ACCEPTED,
    "unsupported_codec": "holds a codec that is not accepted; convert it to WAV, for example ffmpeg -i FILE OUT.wav",
    "damaged": "is damaged: {label} that cannot be decoded{at}; fetch the recording again or convert it to WAV",
    "truncated": "is cut short: the {label} breaks off at {second:.1f} s, before its end; fetch the whole file again",
    "too_short": "lasts {second:.2f} s, less than {minimum:g} s; give the whole call",
    "too_long": "lasts longer than {hours:g} h; split it into calls",
    "too_many_channels": "has {channels:.0f} channels; a call has one or two, so mix it down to them",
    "sample_rate_too_low": "has a sample rate of {rate:.0f} Hz, below {minimum} Hz; give the original recording",
    "invalid_samples": "holds samples that are no sound (not finite, or far above full scale) at {second:.1f} s; "
    "export it again as 16-bit PCM",
    "too_demanding": "takes more time or memory to decode than a call may; convert it to WAV",
    "decoder_failed": "made the decoder fail; convert it to WAV and try again",
}
"""Every code that a refused recording can carry, and its message after the file's name."""


REPLY_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "channels": int,
    "samples": int,
    "source_rate": int,
    "seconds": float,
    "codec": str,
    "clipped": lambda ratios: tuple(float(ratio) for ratio in ratios),
    "cut": bool,
    "failed_packets": int,
    "streams": int,
}
REFUSAL_DETAILS = ("second", "rate", "channels")
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "LANG", "LC_ALL")
"""What the worker gets to see of the environment: keys and addresses stay here."""


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What a recording may be, and what decoding it may cost. Seconds are of sound, except where named otherwise."""

    min_seconds: float = 1.0
    max_seconds: float = 4 * 3600.0
    max_channels: int = 2
    min_rate: int = 8000
    cpu_seconds: int = 240
    wall_seconds: float = 600.0
    memory_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Decoded:
    """Sound as it came out of the file: `samples` is float32 in [-1, 1], shape (channels, n), at `sample_rate`.

    `source_rate` is the decoder's rate (Opus always decodes at 48000). `clipped_ratios` has one share per channel,
    counted at the source's rate because resampling rounds clipped tops off. `failed_packets` were replaced by silence
    or left out.
    """

    samples: Samples
    sample_rate: int
    source_rate: int
    codec: str
    duration: float
    clipped_ratios: tuple[float, ...]
    failed_packets: int = 0
    streams: int = 1


DEFAULT_LIMITS = DecodeLimits()


def decode(path: Path, *, limits: DecodeLimits = DEFAULT_LIMITS, sample_rate: int = 16_000) -> Decoded:
    """Decode the recording at `path` and resample it to `sample_rate` Hz.

    Channels stay apart and levels stay as they are. Pauses that a container only marks by its clock (DTX) become
    silence, so that seconds are the seconds a player shows.

    Raises:
        RecordingError: the file is missing, unreadable, no accepted audio, cut short, outside `limits`, or broke the
            decoder; `code` is a key of `MESSAGES` and the message one line.
    """
    with _opened(path) as file:
        container = identify(file)
        _require_audio(path, container)
        cut = breaks_off(file, container)
        with _unnamed_memory() as memory:
            reply = _ask_worker(path, file, memory, container, limits, sample_rate)
            if "refused" in reply:
                code, details = reply["refused"], reply["details"]
                if cut and code == "damaged":
                    code = "truncated"
                raise _refusal(path, code, container=container, limits=limits, **details)
            if cut or reply["cut"]:
                raise _refusal(path, "truncated", container=container, limits=limits, second=reply["seconds"])
            if reply["seconds"] < limits.min_seconds:
                raise _refusal(path, "too_short", container=container, limits=limits, second=reply["seconds"])
            samples = _samples(memory, reply["channels"], reply["samples"], _stride(limits, sample_rate))
    return Decoded(
        samples=samples,
        sample_rate=sample_rate,
        source_rate=reply["source_rate"],
        codec=reply["codec"],
        duration=samples.shape[1] / sample_rate,
        clipped_ratios=reply["clipped"],
        failed_packets=reply["failed_packets"],
        streams=reply["streams"],
    )


def require_audio(file: BinaryIO, name: Path) -> None:
    """Raises `RecordingError` where the content of `file` (seekable) is empty or no accepted kind of recording.

    A look at the first bytes only, before anything is decoded.
    """
    if file.seek(0, os.SEEK_END) == 0:
        raise _refusal(name, "file_empty")
    _require_audio(name, identify(file))
    file.seek(0)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open for reading without waiting for a pipe's writer; refuse what is no ordinary file with something in it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise _refusal(path, "file_missing") from None
    except OSError:
        raise _refusal(path, "file_unreadable") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
        os.close(descriptor)
        raise _refusal(path, _not_a_recording(status.st_mode))
    with os.fdopen(descriptor, "rb") as file:
        yield file


def _not_a_recording(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "file_is_directory"
    return "file_empty" if stat.S_ISREG(mode) else "file_irregular"


def _require_audio(path: Path, container: Container) -> None:
    if container.kind in ("playlist", "video"):
        raise _refusal(path, container.kind, container=container)
    if container.kind != "audio":
        raise _refusal(path, "not_audio", container=container)


@contextmanager
def _unnamed_memory() -> Iterator[int]:
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryFile() as file:
            yield file.fileno()
        return
    descriptor = os.memfd_create("samples", os.MFD_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _stride(limits: DecodeLimits, sample_rate: int) -> int:
    """Bytes set aside for one channel, in whole pages; pages that are never written take no memory."""
    return (int((limits.max_seconds + 2) * sample_rate) * 4 // 65_536 + 1) * 65_536


def _ask_worker(
    path: Path, file: BinaryIO, memory: int, container: Container, limits: DecodeLimits, sample_rate: int
) -> dict[str, Any]:
    request = {
        "demuxer": container.demuxer,
        "states_length": container.states_length,
        "stated_seconds": container.stated_seconds,
        "descriptor": memory,
        "sample_rate": sample_rate,
        "stride": _stride(limits, sample_rate),
        "max_seconds": limits.max_seconds,
        "max_channels": limits.max_channels,
        "min_rate": limits.min_rate,
        "cpu_seconds": limits.cpu_seconds,
        "memory_bytes": limits.memory_bytes,
    }
    command = [sys.executable, "-P", str(WORKER), json.dumps(request)]
    try:
        done = subprocess.run(
            command,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(memory,),
            timeout=limits.wall_seconds,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _refusal(path, "too_demanding") from None
    if done.returncode == 0 and (reply := _understood(done.stdout, limits, sample_rate)):
        return reply
    exhausted = -done.returncode in (signal.SIGXCPU, signal.SIGKILL, signal.SIGXFSZ)
    raise _refusal(path, "too_demanding" if exhausted else "decoder_failed")


def _understood(output: bytes, limits: DecodeLimits, sample_rate: int) -> dict[str, Any] | None:
    """The worker's reply, if it is one: a recording that has taken the worker over must not get any further."""
    try:
        reply = json.loads(output)
        if "refused" in reply:
            details = {name: float(reply["details"][name]) for name in REFUSAL_DETAILS if name in reply["details"]}
            return {"refused": reply["refused"], "details": details} if reply["refused"] in MESSAGES else None
        known = {name: kind(reply[name]) for name, kind in REPLY_FIELDS.items()}
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    fits = 1 <= known["channels"] <= limits.max_channels and len(known["clipped"]) == known["channels"]
    return known if fits and 0 <= known["samples"] <= (limits.max_seconds + 2) * sample_rate else None


def _samples(memory: int, channels: int, count: int, stride: int) -> Samples:
    """Map the worker's samples; the memory goes with the last array that looks at it."""
    if count == 0:
        return np.zeros((channels, 0), np.float32)
    with os.fdopen(os.dup(memory), "r+b") as file:
        table = np.memmap(file, dtype="<f4", mode="r+", shape=(channels, stride // 4))
    return np.asarray(table)[:, :count]


def _refusal(
    path: Path,
    code: str,
    *,
    container: Container | None = None,
    limits: DecodeLimits = DEFAULT_LIMITS,
    **details: Any,
) -> RecordingError:
    facts: dict[str, Any] = {
        "label": container.label if container else "a file",
        "second": 0.0,
        "at": f" from {details['second']:.1f} s on" if details.get("second") else "",
        "minimum": limits.min_rate if code == "sample_rate_too_low" else limits.min_seconds,
        "hours": limits.max_seconds / 3600,
    }
    name = "".join(letter if letter.isprintable() else "?" for letter in path.name or str(path))
    return RecordingError(f"{name}: {MESSAGES[code].format(**(facts | details))}", code=code)
