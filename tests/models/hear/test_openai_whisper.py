"""The openai-whisper engine with the embedded weights, on a sample call."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import whisper

from models.hear import RecogniserOptions, open_recogniser
from models.hear.openai_whisper import WhisperRecogniser
from models.weights import verified, weights_file
from pipeline.audio import normalise_level, read_recording
from pipeline.errors import EngineError, ModelError
from pipeline.speech.transcribe import cut_windows
from pipeline.types import Recogniser, Recording, SpeechRegion, Utterance, Window

pytestmark = pytest.mark.audio


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return open_recogniser("openai-whisper", RecogniserOptions(device="cpu", batch=4))


@pytest.fixture(scope="module")
def spoken(samples: Path) -> list[tuple[str, Window]]:
    """Turns of the clean sample with the words that were said, each cut out by its true times."""
    recording = read_recording(samples / "clean.opus")
    levelled = Recording(
        tuple(normalise_level(one) for one in recording.channels), recording.layout, recording.duration, 8000, "opus"
    )
    turns = json.loads((samples / "clean.truth.json").read_text("utf-8"))["turns"]
    channel = {"agent": 0, "customer": 1}
    regions = [
        SpeechRegion(max(0.0, turn["start"] - 0.15), turn["end"] + 0.15, channel[turn["speaker"]]) for turn in turns
    ]
    windows = cut_windows(levelled, regions)
    return [
        (turn["text"], window) for turn, window in zip(turns, windows, strict=True) if turn["end"] - turn["start"] < 9
    ]


@pytest.fixture(scope="module")
def heard(recogniser: Recogniser, spoken: list[tuple[str, Window]]) -> list[Utterance]:
    return list(recogniser.recognise([window for _, window in spoken]))


def test_words_join_to_the_text_and_lie_in_their_window(heard: list[Utterance]) -> None:
    for utterance in heard:
        assert "".join(word.text for word in utterance.words) == utterance.text.replace(" ", "")
        for word in utterance.words:
            assert utterance.region.start - 1e-3 <= word.start <= word.end <= utterance.region.end + 1e-3
            assert 0 < word.probability <= 1
        starts = [word.start for word in utterance.words]
        assert starts == sorted(starts)


def test_batches_do_not_change_what_is_heard(
    recogniser: Recogniser, spoken: list[tuple[str, Window]], heard: list[Utterance]
) -> None:
    alone = [next(iter(recogniser.recognise([window]))) for _, window in spoken[:3]]
    assert [one.text for one in alone] == [one.text for one in heard[:3]]


def test_cheap_padding_does_not_change_what_is_heard(
    recogniser: Recogniser, spoken: list[tuple[str, Window]], heard: list[Utterance], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(recogniser, WhisperRecogniser)
    assert recogniser._padding_samples > 0
    monkeypatch.setattr(recogniser, "_padding_samples", 0)
    in_full = [utterance.text for utterance in recogniser.recognise([window for _, window in spoken])]
    same = sum(one == utterance.text for one, utterance in zip(in_full, heard, strict=True))
    assert same >= len(heard) - 1


def test_word_times_are_near_the_truth(samples: Path, spoken: list[tuple[str, Window]], heard: list[Utterance]) -> None:
    turns = {turn["text"]: turn for turn in json.loads((samples / "clean.truth.json").read_text("utf-8"))["turns"]}
    errors: list[float] = []
    for (text, _), utterance in zip(spoken, heard, strict=True):
        true = [word for word in turns[text]["words"] if word["text"].isalnum()]
        if "".join(word["text"] for word in true) == utterance.text:
            errors += [abs(word.start - right["start"]) for word, right in zip(utterance.words, true, strict=True)]
    assert len(errors) >= 30
    assert float(np.median(errors)) <= 0.2


def test_silence_says_nothing(recogniser: Recogniser) -> None:
    windows = [Window(np.zeros(16000 * seconds, dtype=np.float32), SpeechRegion(0, seconds)) for seconds in (1, 3, 8)]
    assert [utterance.text for utterance in recogniser.recognise(windows)] == ["", "", ""]


def test_a_window_beyond_thirty_seconds_is_refused(recogniser: Recogniser) -> None:
    with pytest.raises(EngineError, match="30 s"):
        list(recogniser.recognise([Window(np.zeros(16000 * 31, dtype=np.float32), SpeechRegion(0, 31))]))


def test_the_embedded_weights_load_in_the_stock_package() -> None:
    model = whisper.load_model(str(verified("recogniser")), device="cpu")
    assert model.is_multilingual
    assert weights_file("recogniser").size == verified("recogniser").stat().st_size <= 45_000_000


def test_the_heads_that_the_checkpoint_names_are_used(recogniser: Recogniser) -> None:
    assert isinstance(recogniser, WhisperRecogniser)
    named = torch.load(verified("recogniser"), weights_only=True)["alignment_heads"]
    assert recogniser._model.alignment_heads.indices().T.tolist() == sorted(map(list, named))


def test_damaged_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import models.weights as listing

    damaged = bytearray(verified("recogniser").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / weights_file("recogniser").path.name).write_bytes(damaged)
    monkeypatch.setattr(listing, "FOLDER", tmp_path)
    with pytest.raises(ModelError) as caught:
        open_recogniser("openai-whisper", RecogniserOptions(device="cpu"))
    assert caught.value.code == "weights_damaged"


def test_cuda_where_there_is_none_is_refused() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(ModelError, match="CUDA"):
        open_recogniser("openai-whisper", RecogniserOptions(device="cuda"))
