"""Round trips through real speech coders: what a gateway or a recorder has done to a call before it is heard.

The coders are FFmpeg's as they come inside PyAV's wheel. Adaptive multi-rate at 12.2 kbit/s is GSM's enhanced full
rate coder (3GPP TS 26.071): that is what `gsm` means here.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

Samples = NDArray[np.float32]
PacketCodec = Literal["amr", "gsm", "opus", "mp3"]
PACKET_CODECS: tuple[PacketCodec, ...] = ("amr", "gsm", "opus", "mp3")
AMR_BIT_RATES = (4750, 5900, 7400, 7950, 10200, 12200)
OPUS_BIT_RATES = (8000, 12000, 16000, 24000)

_RATE = 8000


@dataclass(frozen=True)
class _Coder:
    encoder: str
    decoder: str
    frame: int
    sample_format: str = "s16"
    decoded_rate: int = _RATE
    options: tuple[tuple[str, str], ...] = ()


_CODERS: dict[PacketCodec, _Coder] = {
    "amr": _Coder("libopencore_amrnb", "amrnb", 160),
    "gsm": _Coder("libopencore_amrnb", "amrnb", 160),
    "opus": _Coder(
        "libopus", "libopus", 160, decoded_rate=48000, options=(("application", "voip"), ("compression_level", "1"))
    ),
    "mp3": _Coder("libmp3lame", "mp3float", 576, sample_format="s16p", options=(("compression_level", "9"),)),
}
_DEFAULT_BIT_RATES: dict[PacketCodec, int] = {"amr": 7950, "gsm": 12200, "opus": 16000, "mp3": 16000}


def round_trip(samples: Samples, codec: PacketCodec, *, bit_rate: int = 0) -> Samples:
    """`samples` float32 [n] at 8 kHz after the coder and its decoder, [n] at 8 kHz, in time with the original.

    `bit_rate` 0 is the codec's usual one; one that a codec does not have gives its nearest.
    """
    if not len(samples):
        return samples
    rate = bit_rate or _DEFAULT_BIT_RATES[codec]
    delay = _delay(codec)
    decoded = _pass(np.concatenate([samples, np.zeros(delay + 4 * _CODERS[codec].frame, np.float32)]), codec, rate)
    decoded = decoded[delay : delay + len(samples)]
    return np.pad(decoded, (0, len(samples) - len(decoded)))


@cache
def _delay(codec: PacketCodec) -> int:
    """The coder's delay in samples, measured once on a burst of noise."""
    burst = np.zeros(8000, np.float32)
    burst[2000:4000] = np.random.default_rng(0).standard_normal(2000).astype(np.float32) * np.float32(0.1)
    heard = _pass(burst, codec, _DEFAULT_BIT_RATES[codec])
    heard = np.pad(heard, (0, max(0, 12000 - len(heard))))[:12000]
    likeness = np.correlate(heard, burst, "valid")
    return int(likeness[:2000].argmax())


def _pass(samples: Samples, codec: PacketCodec, bit_rate: int) -> Samples:
    coder = _CODERS[codec]
    encoder = _context(coder.encoder, "w")
    encoder.sample_rate, encoder.layout, encoder.format = _RATE, "mono", coder.sample_format
    encoder.bit_rate = bit_rate
    encoder.options = dict(coder.options)
    decoder = _context(coder.decoder, "r")
    decoder.sample_rate, decoder.layout = coder.decoded_rate, "mono"
    if encoder.extradata:
        decoder.extradata = encoder.extradata
    whole = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
    chunks: list[Samples] = []
    for first in [*range(0, len(whole), coder.frame), None]:
        for packet in encoder.encode(None if first is None else _frame(whole[first : first + coder.frame], coder)):
            for frame in decoder.decode(packet):
                chunks.append(_floats(frame.to_ndarray()[0]))
    decoded = np.concatenate(chunks) if chunks else np.zeros(0, np.float32)
    return decoded[:: coder.decoded_rate // _RATE] if coder.decoded_rate != _RATE else decoded


def _context(name: str, mode: Literal["r", "w"]) -> AudioCodecContext:
    context = av.CodecContext.create(name, mode)
    assert isinstance(context, AudioCodecContext)
    return context


def _frame(samples: NDArray[np.int16], coder: _Coder) -> av.AudioFrame:
    padded = np.pad(samples, (0, coder.frame - len(samples)))
    frame = av.AudioFrame.from_ndarray(padded[None], format=coder.sample_format, layout="mono")
    frame.sample_rate = _RATE
    return frame


def _floats(decoded: NDArray[np.generic]) -> Samples:
    if decoded.dtype == np.int16:
        return decoded.astype(np.float32) / np.float32(32768)
    return decoded.astype(np.float32)
