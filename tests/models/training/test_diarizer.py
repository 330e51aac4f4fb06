"""Training of a diarization pipeline: mixtures and losses by example, then the whole way to a folder that runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.diarize import DiarizerOptions, open_diarizer, open_separator
from models.training.diarizer.apart import ApartTraining, release_apart
from models.training.diarizer.bank import Bank
from models.training.diarizer.mixtures import MOST_SPEAKERS, Mixer, activity
from models.training.diarizer.recipe import read_recipe
from models.training.diarizer.running import run
from models.training.diarizer.voices import equal_error
from models.weights.fetching import check_sums
from pipeline.errors import SettingsError
from pipeline.types import SpeechRegion, Waveform

RATE = 8000


@pytest.fixture(scope="module")
def bank() -> Bank:
    """Six buzzing speakers, each of his own pitch, eight stretches of 0.3 to 1.5 s."""
    rng = np.random.default_rng(0)
    sounds, owners = [], []
    for speaker in range(6):
        for _ in range(8):
            time = np.arange(int(rng.uniform(0.3, 1.5) * RATE)) / RATE
            buzz = np.sign(np.sin(2 * np.pi * (90 + 40 * speaker) * time)) * 0.06
            sounds.append((buzz * 32767).astype(np.int16))
            owners.append(speaker)
    starts = np.concatenate([[0], np.cumsum([len(one) for one in sounds])])
    return Bank(np.concatenate(sounds), starts, np.asarray(owners))


def test_a_bank_is_stored_and_read(bank: Bank, tmp_path: Path) -> None:
    bank.save(tmp_path / "folder" / "bank.npz")
    again = Bank.load(tmp_path / "folder" / "bank.npz")
    assert again.count == 6
    assert list(again.of(2)) == list(range(16, 24))
    assert np.array_equal(again.stretch(17), bank.stretch(17))


def test_who_speaks_is_read_off_a_clean_track() -> None:
    track = np.zeros(2 * RATE, np.float32)
    track[4000:6000] = track[7000:8000] = 0.06  # a pause of 0.125 s within his words
    track[12000:13000] = 0.06
    active = activity(track)
    assert len(active) == 200
    assert active[50:100].all()
    assert active[150:162].all()
    assert active.sum() == 50 + 13


def test_mixtures_are_of_one_length_and_repeat(bank: Bank) -> None:
    first, second = Mixer(bank, seed=3), Mixer(bank, seed=3)
    mixtures = [first.mixture(4.0) for _ in range(12)]
    for mixture in mixtures:
        assert mixture.samples.shape == (64_000,)
        assert mixture.active.shape == (400, MOST_SPEAKERS)
        assert np.isfinite(mixture.samples).all()
    assert np.array_equal(second.mixture(4.0).samples, mixtures[0].samples)
    assert any((mixture.active.sum(axis=1) == 2).any() for mixture in mixtures)
    assert any(mixture.active.any(axis=0).sum() == 2 for mixture in mixtures)


@pytest.mark.parametrize(
    ("same", "different", "expected"),
    [([0.9, 0.8], [0.1, 0.2], 0.0), ([0.9, 0.1], [0.8, 0.2], 0.5), ([0.1, 0.2], [0.8, 0.9], 1.0)],
)
def test_equal_error(same: list[float], different: list[float], expected: float) -> None:
    assert equal_error(np.array(same), np.array(different)) == pytest.approx(expected)


def test_the_loss_does_not_mind_who_is_called_first() -> None:
    from models.training.diarizer.segmentation import affinity_loss, powerset_loss

    active = torch.zeros(1, 10, 3)
    active[0, :4, 0] = 1
    active[0, 3:8, 1] = 1
    classes = torch.tensor([2, 2, 2, 4, 1, 1, 1, 1, 0, 0])  # the other way round: B, B, B, AB, A, …, nobody
    scores = torch.full((1, 10, 7), -20.0)
    scores[0, torch.arange(10), classes] = 0.0
    assert powerset_loss(scores, active).item() == pytest.approx(0.0, abs=1e-4)
    scores[0, 8] = torch.full((7,), -20.0)
    scores[0, 8, 1] = 0.0
    assert powerset_loss(scores, active).item() == pytest.approx(2.0, abs=1e-3)
    apart = torch.zeros(1, 10, 2)
    apart[0, :5, 0] = 1
    apart[0, 5:, 1] = -1
    assert affinity_loss(apart, active) < affinity_loss(torch.ones(1, 10, 2), active)


def test_an_unknown_key_of_a_recipe_is_said(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("speekers: 3\n")
    with pytest.raises(SettingsError, match="speekers"):
        read_recipe(path)


@pytest.mark.slow
def test_from_a_bank_to_a_pipeline_that_runs(bank: Bank, tmp_path: Path) -> None:
    from models.training.diarizer.release import release
    from models.training.diarizer.running import run
    from models.training.diarizer.segmentation import SegmentationTraining
    from models.training.diarizer.voices import VoiceTraining

    recipe = read_recipe(
        minutes=0.02,
        seconds=3.0,
        voice_seconds=2.0,
        segmentation_width=8,
        voice_width=8,
        voice_dimension=8,
        batch=2,
        fresh=1,
        voice_batch=4,
        checks=2,
    )
    said: list[str] = []
    bank.save(tmp_path / "bank.npz")
    for training in (SegmentationTraining(recipe, bank, bank), VoiceTraining(recipe, bank, bank)):
        run(training, tmp_path / f"{training.name}.pt", say=said.append)
        stored = torch.load(tmp_path / f"{training.name}.pt", weights_only=True)
        assert stored["facts"]["steps"] >= 1
        assert all(torch.isfinite(weight).all() for weight in stored["weights"].values())
    release(tmp_path, tmp_path / "pipeline")
    assert set(check_sums(tmp_path / "pipeline").values()) == {"ok"}
    diarizer = open_diarizer("pyannote", DiarizerOptions(str(tmp_path / "pipeline"), device="cpu"))
    sound = np.random.default_rng(0).normal(0, 0.1, 8 * 16_000).astype(np.float32)
    regions = (SpeechRegion(0.5, 3.5), SpeechRegion(4.0, 7.5))
    found = diarizer.diarize(Waveform(sound, 16_000), regions, speakers=2).regions
    assert (found[0].start, found[-1].end) == (0.5, 7.5)
    assert {one.speaker for one in found} <= {"S0", "S1"}


def test_an_interrupted_conversation_begins_with_each_one_alone(bank: Bank) -> None:
    tracks = Mixer(bank, seed=5).interrupted(1.0, 4.0)
    assert tracks.shape == (2, 6 * RATE)
    first, second = (np.abs(tracks[:, at : at + RATE]).mean(axis=1) for at in (0, RATE))
    assert first[0] > 4 * first[1]
    assert second[1] > 4 * second[0]


def test_what_hears_voices_apart_learns_goes_on_and_is_released(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"apart_width": 8, "apart_batch": 2, "apart_fresh": 2, "alone_seconds": 1.0, "apart_seconds": 2.0}
    recipe = read_recipe(**small, checks=4, minutes=0.02, threads=1)
    training = ApartTraining(recipe, bank, bank)
    with monkeypatch.context() as patch:
        batch = training._batch()
        patch.setattr(training, "_batch", lambda: batch)
        losses = [training.step() for _ in range(20)]
    assert losses[-1] < 0.95 * losses[0]
    run(training, tmp_path / "apart.pt", say=lambda line: None)
    again = ApartTraining(recipe, bank, bank, start=tmp_path / "apart.pt")
    assert again.steps == training.steps
    assert {"before_db", "after_db"} <= set(again.facts())
    release_apart(tmp_path / "apart.pt", tmp_path / "voices-apart.pt")
    separator = open_separator(tmp_path / "voices-apart.pt")
    sound = bank.stretch(0).repeat(4)
    prints = [separator.prints([np.tile(sound, 8)]) for _ in range(2)]
    assert separator.tracks(sound, [[], []], prints).shape == (2, len(sound))
