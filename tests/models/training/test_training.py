import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
import whisper

from models.training.recogniser.batches import IGNORED, Rounds, collate
from models.training.recogniser.export import export_training
from models.training.recogniser.network import TrainingNetwork, alignment_heads, guide_loss, sample_padding
from models.training.recogniser.release import read_figures, release
from models.training.recogniser.settings import Recipe, read_recipe
from models.training.recogniser.start import start_from
from models.training.recogniser.texts import HeldOut
from models.training.recogniser.threads import ThreadChooser
from models.training.recogniser.train import Places, Trainer, stored_characters
from models.training.recogniser.vocabulary import Vocabulary
from pipeline.errors import InputError

CHARACTERS = "一二三万千好是对车Y"
RECIPE = Recipe(
    width=32,
    heads=2,
    encoder_layers=1,
    decoder_layers=3,
    warm_up_steps=2,
    frames_per_step=500,
    short_first_clips=0,
    shards_per_round=2,
    presentations=100,
    threads=1,
)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(CHARACTERS)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards of noise with invented words, and one clip in which nobody speaks."""
    folder = tmp_path_factory.mktemp("clips")
    rng, noise = Random(1), np.random.default_rng(1)
    for shard in range(2):
        arrays, entries, offset = [], [], 0
        for index in range(20):
            units = rng.choices(CHARACTERS, k=0 if index == 0 else rng.randint(1, 8))
            frames = 40 + 24 * len(units)
            arrays.append(noise.integers(0, 256, (frames, 80)).astype(np.uint8))
            starts = [5 + 12 * place for place in range(len(units))]
            entries.append(
                {
                    "offset": offset,
                    "frames": frames,
                    "floor": -1.2,
                    "units": units,
                    "starts": starts,
                    "ends": [start + 10 for start in starts],
                    "voice": "base",
                    "kind": "short",
                }
            )
            offset += frames
        np.save(folder / f"{shard:05d}.npy", np.concatenate(arrays))
        (folder / f"{shard:05d}.json").write_text(json.dumps(entries), encoding="utf-8")
    return folder


def trainer(clips: Path, folder: Path, vocabulary: Vocabulary, **options: Any) -> Trainer:
    return Trainer(RECIPE, vocabulary, Places(clips, folder), device="cpu", **options)


@pytest.fixture(scope="module")
def trained(clips: Path, vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    done = trainer(clips, tmp_path_factory.mktemp("run"), vocabulary)
    done.run()
    return done


def test_a_resumed_run_gives_the_same_weights(clips: Path, vocabulary: Vocabulary, tmp_path: Path) -> None:
    whole = trainer(clips, tmp_path / "whole", vocabulary)
    whole.run(stop_after=9)
    first = trainer(clips, tmp_path / "halves", vocabulary)
    first.run(stop_after=4)
    torch.manual_seed(99)
    second = trainer(clips, tmp_path / "halves", vocabulary)
    assert second.progress.step == 4
    second.run(stop_after=5)
    for (name, expected), value in zip(
        whole.network.state_dict().items(), second.network.state_dict().values(), strict=True
    ):
        assert torch.equal(expected, value), name
    assert all(torch.equal(value, second.average[name]) for name, value in whole.average.items())


def test_training_ends_with_its_presentations_and_a_rate_of_nothing(trained: Trainer) -> None:
    assert trained.progress.presentations >= RECIPE.presentations
    assert trained.rate() == 0
    assert trained.progress.round >= 2


def test_the_export_loads_in_stock_whisper_and_never_says_an_untrained_token(
    trained: Trainer, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    path = tmp_path / "model.pt"
    trained.export(path)
    model = whisper.load_model(str(path), device="cpu")
    stored = torch.load(path, weights_only=True)
    assert stored["alignment_heads"] == [[2, 0], [2, 1]]
    assert stored["callproof"]["presentations"] == trained.progress.presentations
    tokens = torch.tensor([[vocabulary.stock_ids[token] for token in vocabulary.start]])
    mel = torch.zeros(1, 80, 3000)
    with torch.inference_mode():
        logits = model.logits(tokens, model.embed_audio(mel))[0, -1]
    untrained = torch.ones(len(logits), dtype=torch.bool)
    untrained[vocabulary.stock_ids] = False
    assert torch.allclose(logits[untrained], torch.tensor(-60.0))
    assert int(logits.argmax()) in vocabulary.stock_ids


def test_the_checkpoint_exports_as_the_trainer_does(trained: Trainer, tmp_path: Path) -> None:
    trained.export(tmp_path / "a.pt")
    export_training(trained.places.checkpoint, tmp_path / "b.pt")
    first, second = (torch.load(tmp_path / name, weights_only=True) for name in ("a.pt", "b.pt"))
    for name, value in first["model_state_dict"].items():
        assert torch.equal(value, second["model_state_dict"][name]), name


def test_the_folded_network_hears_what_the_whitened_one_does(trained: Trainer, tmp_path: Path) -> None:
    """With every padding position present, the imitation of the padding is no approximation."""
    path = tmp_path / "model.pt"
    trained.export(path)
    network = TrainingNetwork(RECIPE, len(trained.vocabulary), trained.vocabulary.sound_classes)
    network.load_state_dict({**trained.network.state_dict(), **trained.average})
    frames = 40
    mel = torch.full((1, 80, 3000), -1.2)
    mel[:, :, : 2 * frames - 20] = torch.rand(1, 80, 2 * frames - 20)
    padding = sample_padding(frames, 1500 - frames, torch.full((1500 - frames,), 0.5))
    with torch.inference_mode():
        cheap = network.encode(mel[:, :, : 2 * frames + 2], padding)
        stock = whisper.load_model(str(path), device="cpu").embed_audio(mel)
    assert torch.allclose(cheap[:, :frames], stock[:, :frames], atol=0.03)


def test_starting_from_an_export_gives_the_same_network(
    trained: Trainer, clips: Path, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    trained.export(tmp_path / "first.pt")
    adapted = trainer(clips, tmp_path / "adapted", vocabulary, first_weights=tmp_path / "first.pt")
    adapted.export(tmp_path / "second.pt")
    first, second = (torch.load(tmp_path / f"{name}.pt", weights_only=True) for name in ("first", "second"))
    for name, value in first["model_state_dict"].items():
        assert torch.allclose(value.float(), second["model_state_dict"][name].float(), atol=5e-3), name


def test_starting_from_another_size_is_refused(trained: Trainer, vocabulary: Vocabulary, tmp_path: Path) -> None:
    trained.export(tmp_path / "small.pt")
    larger = TrainingNetwork(Recipe(width=64, heads=2, presentations=1), len(vocabulary), vocabulary.sound_classes)
    with pytest.raises(ValueError, match="width 32"):
        start_from(larger, vocabulary, tmp_path / "small.pt")


def test_the_curve_is_written(clips: Path, vocabulary: Vocabulary, tmp_path: Path) -> None:
    run = trainer(clips, tmp_path, vocabulary)
    run.run(stop_after=3)
    lines = (tmp_path / "curve.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("step,presentations,minutes,rate,text_loss")
    assert lines[1].startswith("3,")


def test_silence_is_trained_as_no_speech(clips: Path, vocabulary: Vocabulary) -> None:
    rounds = Rounds(clips, RECIPE, vocabulary, HeldOut())
    examples = [example for batch in rounds.batches(0, ["00000"]) for example in batch]
    silent = [example for example in examples if not example.tokens]
    batch = collate([*silent[:1], *examples[:3]], RECIPE, vocabulary, np.random.default_rng(1))
    start = len(vocabulary.start)
    assert batch.targets[0, 0] == vocabulary.no_speech
    assert batch.targets[0, start - 1] == vocabulary.end
    assert (batch.targets[0, start:] == IGNORED).all()
    assert not batch.guide[0].any()
    assert not batch.labels[0].any()
    assert batch.targets[1, 0] in (vocabulary.start[1], vocabulary.no_speech)


def test_excluded_sentences_are_not_trained_on(clips: Path, vocabulary: Vocabulary) -> None:
    every = Rounds(clips, RECIPE, vocabulary, HeldOut()).batches(0, ["00000"])
    longest = max(("".join(example.clip.units) for batch in every for example in batch), key=len)
    kept = Rounds(clips, RECIPE, vocabulary, HeldOut(frozenset({longest[:7]}))).batches(0, ["00000"])
    texts = ["".join(example.clip.units) for batch in kept for example in batch]
    assert len(texts) < sum(map(len, every))
    assert not any(longest[:7] in text for text in texts)


def test_no_clips_is_said_plainly(tmp_path: Path, vocabulary: Vocabulary) -> None:
    with pytest.raises(InputError, match="`clips` command"):
        trainer(tmp_path, tmp_path, vocabulary)


def test_another_vocabulary_cannot_resume(clips: Path, trained: Trainer, tmp_path: Path) -> None:
    assert stored_characters(trained.places.checkpoint) == CHARACTERS
    with pytest.raises(InputError, match="another vocabulary"):
        Trainer(RECIPE, Vocabulary("一二"), trained.places, device="cpu")


def test_guides_count_only_what_they_mark() -> None:
    attention = [torch.full((1, 2, 3, 4), 0.25) for _ in range(3)]
    wanted = torch.zeros(1, 3, 4, dtype=torch.bool)
    wanted[0, 1, 2] = True
    assert float(guide_loss(attention, wanted)) == pytest.approx(-np.log(0.2501), abs=1e-4)


@pytest.mark.parametrize(("layers", "heads"), [(4, [[2, 0], [2, 1], [3, 0], [3, 1]]), (2, [[1, 0], [1, 1]])])
def test_alignment_heads(layers: int, heads: list[list[int]]) -> None:
    assert alignment_heads(layers) == heads


def test_sounds_are_read_in_context() -> None:
    vocabulary = Vocabulary("银行走长大")
    first = dict(zip("银行", vocabulary.sounds("银行"), strict=True))
    second = dict(zip("行走", vocabulary.sounds("行走"), strict=True))
    assert first["行"] != second["行"]
    assert len(vocabulary.sounds(["长", "ModelY", "大"])) == 3


def test_an_unknown_recipe_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("widht: 3\nminutes: 5\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unknown widht"):
        read_recipe(path)


@pytest.mark.parametrize("budget", [{}, {"minutes": 3, "presentations": 5}])
def test_a_recipe_has_one_budget(budget: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either `presentations` or `minutes`"):
        Recipe(**budget)


def test_the_projects_recipe_is_valid() -> None:
    assert read_recipe().minutes > 0


def test_the_faster_number_of_threads_is_kept() -> None:
    before = torch.get_num_threads()
    chooser = ThreadChooser(2)
    try:
        for _ in range(30):
            chooser.before_step()
            chooser.after_step(1.0 if chooser.chosen == 1 else 3.0, 100)
        assert chooser.chosen == 1
    finally:
        torch.set_num_threads(before)


def test_a_release_is_listed_with_its_hash(trained: Trainer, tmp_path: Path) -> None:
    trained.export(tmp_path / "final.pt")
    listing = tmp_path / "weights.yaml"
    listing.write_text("weights:\n  other: {file: x.pt}\n", encoding="utf-8")
    entry = release(tmp_path / "final.pt", tmp_path / "out" / "recogniser.pt", listing, {"cer": 1.0})
    text = listing.read_text(encoding="utf-8")
    assert entry["sha256"] in text
    assert entry["file"] == "recogniser.pt"
    assert "other:" in text
    assert json.loads((tmp_path / "out" / entry["figures"]).read_text(encoding="utf-8")) == {"cer": 1.0}


def test_figures_are_those_of_the_evaluation(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text('{"recognition": {"sets": {}}}', encoding="utf-8")
    assert read_figures(path) == {"recognition": {"sets": {}}}
    path.write_text('{"cer": 1}', encoding="utf-8")
    with pytest.raises(InputError, match="callproof evaluate --audio --json"):
        read_figures(path)
