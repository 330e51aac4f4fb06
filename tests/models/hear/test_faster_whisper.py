"""The same checkpoint in CTranslate2: text, word times and probabilities like openai-whisper's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pytest
import torch

from models.hear import RecogniserOptions, open_recogniser
from models.hear.conversion import FACTS_FILE, convert
from models.weights import verified
from pipeline.audio import normalise_level, read_recording, recognition_windows, speech_regions
from pipeline.errors import ModelError
from pipeline.speech.transcribe import cut_windows
from pipeline.types import SpeechRegion, Window

pytest.importorskip("ctranslate2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return convert(verified("recogniser"), tmp_path_factory.mktemp("converted") / "recogniser")


@pytest.fixture(scope="module")
def windows(samples: Path) -> list[Window]:
    recording = read_recording(samples / "clean.opus")
    regions = speech_regions(recording)
    levelled = replace(recording, channels=tuple(normalise_level(one, regions) for one in recording.channels))
    return cut_windows(levelled, recognition_windows(levelled, regions, max_seconds=8))[:8]


@pytest.mark.audio
def test_both_engines_hear_the_same(folder: Path, windows: list[Window]) -> None:
    stock = list(open_recogniser("openai-whisper", RecogniserOptions()).recognise(windows))
    fast = list(open_recogniser("faster-whisper", RecogniserOptions(model=str(folder))).recognise(windows))
    assert sum(len(one.text) for one in stock) > 60
    same = [(one, two) for one, two in zip(stock, fast, strict=True) if one.text == two.text]
    assert len(same) >= len(windows) - 1
    words = [pair for one, two in same for pair in zip(one.words, two.words, strict=True)]
    assert median(abs(one.start - two.start) for one, two in words) <= 0.05
    assert median(abs(one.probability - two.probability) for one, two in words) <= 0.02


@pytest.mark.audio
def test_silence_is_heard_as_nothing(folder: Path) -> None:
    recogniser = open_recogniser("faster-whisper", RecogniserOptions(model=str(folder)))
    (found,) = recogniser.recognise([Window(np.zeros(32000, np.float32), SpeechRegion(0.0, 2.0))])
    assert (found.text, found.words) == ("", ())


def test_a_converted_folder_is_complete_and_never_overwritten(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert {"model.bin", "config.json", "vocabulary.json", "tokenizer.json", FACTS_FILE} <= names
    with pytest.raises(ModelError, match="is there already"):
        convert(verified("recogniser"), folder)


def test_the_tokenizer_of_the_folder_is_whispers(folder: Path) -> None:
    from tokenizers import Tokenizer
    from whisper.tokenizer import get_tokenizer

    stock = get_tokenizer(True, num_languages=99, language="zh", task="transcribe")
    other = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for text in (
        "您好,请问是王建国先生吗?",
        "月供三千八百九,秦PLUS DM-i",
        " Hello, 4S店  买的",
        "车架号LSVAA4182E2123456",
    ):
        assert other.encode(text, add_special_tokens=False).ids == stock.encode(text)
    assert other.token_to_id("<|notimestamps|>") == stock.no_timestamps


def test_what_is_no_checkpoint_is_said(tmp_path: Path) -> None:
    text = tmp_path / "model.pt"
    text.write_text("no weights")
    with pytest.raises(ModelError, match=r"model\.pt: not an openai-whisper checkpoint"):
        convert(text, tmp_path / "one")
    torch.save({"state_dict": {}}, tmp_path / "other.pt")
    with pytest.raises(ModelError, match="not an openai-whisper checkpoint"):
        convert(tmp_path / "other.pt", tmp_path / "two")
    with pytest.raises(ModelError, match="no such file"):
        convert(tmp_path / "none.pt", tmp_path / "three")
    with pytest.raises(ModelError, match="convert it once"):
        open_recogniser("faster-whisper", RecogniserOptions(model=str(text)))
    with pytest.raises(ModelError, match="neither `embedded`"):
        open_recogniser("faster-whisper", RecogniserOptions(model="enormous"))
    assert not list(tmp_path.glob(".converting-*"))
