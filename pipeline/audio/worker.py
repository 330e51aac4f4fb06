"""The child process that lets FFmpeg near a stranger's file. Run by path: `python -P worker.py REQUEST`.

It imports nothing of callproof, so it starts in a fraction of a second, and holds no secrets. Descriptors: 0 is the
recording, 1 takes one line of JSON, 3 takes the samples. All four descriptors are in use and no fifth is allowed, so
neither a file nor a socket can be opened, whatever the recording asks for.

Samples are float32, channel c at byte `c * stride` of descriptor 3.
"""

from __future__ import annotations

import io
import json
import os
import resource
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.subtitles.codeccontext
import av.subtitles.stream
import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.float32]

RECORDING, REPLY, SAMPLES = 0, 1, 3
LAYOUTS = {1: "mono", 2: "stereo"}
GAP_SECONDS = 0.05
LENGTH_TOLERANCE = 0.5
BLOCK_SECONDS = 1.0
CLIPPED_LEVEL = 0.975
"""A-law ends at 0.984 and mu-law at 0.980 of full scale; the rest is room for a lossy codec's ripple."""
ABSURD_LEVEL = 8.0
DAMAGED_SHARE = 0.05
WAVE_CODECS = ("pcm_", "adpcm_", "gsm", "g722", "g726")
FRAME_CODECS = ("mp2", "mp3", "aac", "alac", "amr", "opus", "vorbis", "speex", "flac")
"""How the names of the codecs begin that calls are recorded in."""


class RefusedError(Exception):
    """The recording cannot be used; `code` is one of `pipeline.audio.decode`'s."""

    def __init__(self, code: str, **details: float | str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class Source:
    """The recording as a file object without a name, for FFmpeg's own reading callbacks."""

    def __init__(self, descriptor: int) -> None:
        file = io.FileIO(descriptor, "rb", closefd=False)
        file.seek(0)
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


class Sink:
    """Takes blocks of samples at the source's rate, checks and counts them, and writes them at the wanted rate."""

    def __init__(self, request: dict[str, Any], rate: int, channels: int) -> None:
        self.rate, self.channels = rate, channels
        self.wanted_rate = int(request["sample_rate"])
        self.limit = int(request["max_seconds"] * rate)
        self.stride = int(request["stride"])
        self.waiting: list[Block] = []
        self.waiting_samples = 0
        self.taken = 0
        self.written = 0
        self.clipped = [0] * channels
        self.resampler = None
        if rate != self.wanted_rate:
            self.resampler = av.AudioResampler("fltp", LAYOUTS[channels], self.wanted_rate)

    @property
    def seconds(self) -> float:
        """How much has been taken."""
        return self.taken / self.rate

    def take(self, block: Block) -> None:
        """Add samples, shape (channels, n)."""
        self.taken += block.shape[1]
        if self.taken > self.limit:
            raise RefusedError("too_long")
        self.waiting.append(block)
        self.waiting_samples += block.shape[1]
        if self.waiting_samples >= BLOCK_SECONDS * self.rate:
            self._pass_on()

    def fill(self, samples: int) -> None:
        """Add silence where the container's clock has moved on without sound."""
        if self.taken + samples > self.limit:
            raise RefusedError("too_long")
        while samples > 0:
            step = min(samples, self.rate)
            self.take(np.zeros((self.channels, step), np.float32))
            samples -= step

    def finish(self) -> None:
        """Write what is still on its way."""
        self._pass_on()
        if self.resampler is not None:
            for frame in self.resampler.resample(None):
                self._write(frame.to_ndarray())

    def _pass_on(self) -> None:
        if not self.waiting:
            return
        block = np.ascontiguousarray(np.concatenate(self.waiting, axis=1))
        self.waiting, self.waiting_samples = [], 0
        self._inspect(block)
        if self.resampler is None:
            self._write(block)
            return
        for out in self.resampler.resample(as_frame(block, self.rate, self.taken - block.shape[1])):
            self._write(out.to_ndarray())

    def _inspect(self, block: Block) -> None:
        if not np.isfinite(block).all() or np.abs(block).max() > ABSURD_LEVEL:
            raise RefusedError("invalid_samples", second=self.seconds - block.shape[1] / self.rate)
        run = 3 if self.rate >= 16_000 else 2
        loud = np.abs(block) >= CLIPPED_LEVEL
        if not loud.any():
            return
        for channel, row in enumerate(loud):
            edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
            lengths = edges[1::2] - edges[::2]
            self.clipped[channel] += int(lengths[lengths >= run].sum())

    def _write(self, block: NDArray[Any]) -> None:
        out = np.clip(block, -1.0, 1.0).astype("<f4", copy=False)
        for channel in range(self.channels):
            data = memoryview(out[channel].tobytes())
            offset = channel * self.stride + self.written * 4
            while data:
                sent = os.pwrite(SAMPLES, data, offset)
                data, offset = data[sent:], offset + sent
        self.written += out.shape[1]


def as_float(frame: av.AudioFrame) -> Block:
    """Samples of a decoded frame as float32, shape (channels, n), full scale 1."""
    raw: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if raw.dtype == np.uint8:
        return (raw.astype(np.float32) - 128) / np.float32(128)
    if raw.dtype.kind == "i":
        return raw.astype(np.float32) / np.float32(2 ** (8 * raw.dtype.itemsize - 1))
    return raw.astype(np.float32)


def as_frame(block: Block, rate: int, position: int) -> av.AudioFrame:
    """The opposite of `as_float`; `position` counts samples from the start."""
    frame = av.AudioFrame.from_ndarray(block, "fltp", LAYOUTS[block.shape[0]])
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    frame.pts = position
    return frame


def sound_stream(container: av.container.InputContainer) -> av.AudioStream:
    """The audio stream to decode, after refusing what is no recording of sound."""
    for picture in container.streams.video:
        if not picture.disposition & av.stream.Disposition.attached_pic:
            raise RefusedError("video")
    if not container.streams.audio:
        raise RefusedError("no_audio")
    stream = container.streams.audio[0]
    if stream.codec_context is None or not stream.codec_context.codec.canonical_name.startswith(
        WAVE_CODECS + FRAME_CODECS
    ):
        raise RefusedError("unsupported_codec")
    stream.codec_context.thread_count = 1
    return stream


def stated_seconds(container: av.container.InputContainer, stream: av.AudioStream) -> float | None:
    """How long the header says that the recording is."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / 1_000_000


@dataclass
class Tally:
    """What came of the packets: how many there were, how many failed, and whether the last one did."""

    packets: int = 0
    failed: int = 0
    last_failed: bool = False


def sound(container: av.container.InputContainer, stream: av.AudioStream, tally: Tally) -> Iterator[av.AudioFrame]:
    """Decode `stream`, passing over packets that cannot be decoded."""
    demuxer = container.format.name
    for packet in container.demux(stream):
        tally.packets += 1
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            tally.failed += 1
            tally.last_failed = _is_frame(demuxer, packet)
            continue
        if packet.size:
            tally.last_failed = demuxer == "amr" and packet.is_corrupt
        yield from frames


def decode(request: dict[str, Any]) -> dict[str, Any]:
    """Decode the recording on descriptor 0; returns the reply."""
    options = {"protocol_whitelist": "none"}
    with av.open(
        Source(RECORDING), "r", format=request["demuxer"], options=options, io_open=refuse_to_open
    ) as container:
        stream = sound_stream(container)
        tally = Tally()
        sink: Sink | None = None
        first, end = None, 0.0
        for frame in sound(container, stream, tally):
            block = as_float(frame)
            sink = sink or _sink_for(request, frame.sample_rate, block.shape[0])
            if (frame.sample_rate, block.shape[0]) != (sink.rate, sink.channels):
                raise RefusedError("damaged", second=sink.seconds)
            if frame.time is not None:
                first = frame.time if first is None else first
                gap = frame.time - first - sink.seconds
                if gap > GAP_SECONDS:
                    sink.fill(round(gap * sink.rate))
                end = frame.time + block.shape[1] / sink.rate
            sink.take(block)
        if sink is None:
            raise RefusedError("damaged", second=0.0)
        sink.finish()
        if tally.failed > max(10, DAMAGED_SHARE * tally.packets):
            raise RefusedError("damaged", second=sink.seconds)
        stated = request["stated_seconds"]
        if stated is None and request["states_length"]:
            stated = stated_seconds(container, stream)
        cut = tally.last_failed
        if stated is not None:
            cut = max(end, sink.seconds) < stated - max(LENGTH_TOLERANCE, 0.001 * stated)
        return {
            "channels": sink.channels,
            "samples": sink.written,
            "source_rate": sink.rate,
            "seconds": sink.seconds,
            "codec": stream.codec_context.codec.canonical_name,
            "clipped": [count / sink.taken for count in sink.clipped],
            "cut": cut,
            "failed_packets": tally.failed,
            "streams": len(container.streams.audio),
        }


def refuse_to_open(url: str, flags: int, options: object) -> object:
    """Stands where FFmpeg would open what a file refers to."""
    raise RefusedError("playlist")


def _sink_for(request: dict[str, Any], rate: int, channels: int) -> Sink:
    if channels > request["max_channels"]:
        raise RefusedError("too_many_channels", channels=channels)
    if rate < request["min_rate"]:
        raise RefusedError("sample_rate_too_low", rate=rate)
    return Sink(request, rate, channels)


def _is_frame(demuxer: str, packet: av.Packet[Any]) -> bool:
    if demuxer in ("mp3", "aac"):
        head = bytes(packet)[:2]
        return len(head) == 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    return demuxer in ("amr", "gsm")


def rehearse() -> None:
    """Decode and resample a moment of silence, so that PyAV has loaded whatever it loads on first use."""
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16_000, 2, 16)
    header = struct.pack("<4sI4s4sI16s4sI", b"RIFF", 196, b"WAVE", b"fmt ", 16, form, b"data", 160)
    resampler = av.AudioResampler("fltp", "mono", 16_000)
    with av.open(io.BytesIO(header + bytes(160)), "r", format="wav") as container:
        for frame in container.decode(audio=0):
            resampler.resample(as_frame(as_float(frame), frame.sample_rate, 0))


def limit(request: dict[str, Any]) -> None:
    """Take every right away that decoding does not need; called before the file is touched."""
    cpu = int(request["cpu_seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (request["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (request["stride"] * request["max_channels"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(request["descriptor"], SAMPLES)
    os.closerange(SAMPLES + 1, 1024)
    resource.setrlimit(resource.RLIMIT_NOFILE, (SAMPLES + 1, SAMPLES + 1))


def main() -> None:
    """Serve one request."""
    request = json.loads(sys.argv[1])
    rehearse()
    limit(request)
    reply: dict[str, Any]
    try:
        reply = decode(request)
    except RefusedError as refusal:
        reply = {"refused": refusal.code, "details": refusal.details}
    except MemoryError:
        reply = {"refused": "too_demanding", "details": {}}
    except av.error.FFmpegError as error:
        code = "too_demanding" if isinstance(error, OSError) and error.errno == 12 else "damaged"
        reply = {"refused": code, "details": {}}
    os.write(REPLY, json.dumps(reply).encode())


if __name__ == "__main__":
    main()
