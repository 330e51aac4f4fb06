import numpy as np
import pytest

from models.training.recogniser.codecs import AMR_BIT_RATES, PACKET_CODECS, PacketCodec, round_trip


def speechlike(seconds: float = 1.5) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A gliding tone in syllables, which coders made for speech carry well."""
    time = np.arange(int(8000 * seconds)) / 8000
    tone = sum(np.sin(2 * np.pi * 140 * harmonic * time) / harmonic for harmonic in range(1, 12))
    return (0.2 * tone * (np.sin(2 * np.pi * 3 * time) > -0.2)).astype(np.float32)


@pytest.mark.parametrize("codec", PACKET_CODECS)
def test_a_round_trip_keeps_length_time_and_level(codec: PacketCodec) -> None:
    sent = speechlike()
    heard = round_trip(sent, codec)
    assert heard.dtype == np.float32
    assert len(heard) == len(sent)
    assert not np.array_equal(heard, sent)
    assert np.std(heard) == pytest.approx(np.std(sent), rel=0.4)
    envelopes = [np.abs(sound).reshape(-1, 80).max(1) for sound in (sent, heard)]
    likeness = [np.corrcoef(np.roll(envelopes[1], shift), envelopes[0])[0, 1] for shift in range(-4, 5)]
    assert int(np.argmax(likeness)) - 4 in (-1, 0, 1)
    assert max(likeness) > 0.9


def test_lower_rates_lose_more() -> None:
    sent = speechlike()
    losses = [float(np.abs(round_trip(sent, "amr", bit_rate=rate) - sent).mean()) for rate in AMR_BIT_RATES[::5]]
    assert losses[0] > losses[1]


def test_nothing_stays_nothing() -> None:
    assert len(round_trip(np.zeros(0, np.float32), "opus")) == 0
