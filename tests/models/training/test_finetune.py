"""Adapting a whisper checkpoint to recordings with texts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import whisper

from models.training.call_files import write_audio
from models.training.manifest import ManifestEntry, read_manifest
from models.training.recogniser.finetune import FineTuner, FineTuneRecipe
from models.training.recogniser.recordings import read_sound
from models.weights import verified
from pipeline.errors import InputError, ModelError
from tests.support.tiny_whisper import TINY

RECIPE = FineTuneRecipe(steps=6, batch=2, accumulate=2, rate=3e-3, warm_up_steps=1, curve_every=2)


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[ManifestEntry]:
    folder = tmp_path_factory.mktemp("recordings")
    rng = np.random.default_rng(1)
    lines = []
    for index, text in enumerate(("月供三千八", "好的", "后四位幺九六幺", "")):
        write_audio(folder / f"{index}.wav", rng.normal(0, 0.1, (1, 8000)).astype(np.float32), 8000)
        lines.append(json.dumps({"audio": f"{index}.wav", "text": text}, ensure_ascii=False))
    (folder / "list.jsonl").write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return read_manifest(folder / "list.jsonl")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.pt"
    torch.manual_seed(1)
    model = whisper.model.Whisper(TINY)
    torch.nn.init.normal_(model.decoder.positional_embedding, 0, 0.02)  # whisper leaves it as the memory was
    torch.save({"dims": TINY.__dict__, "model_state_dict": model.state_dict()}, path)
    return path


def tuner(model: Path, entries: list[ManifestEntry], folder: Path, **changes: Any) -> FineTuner:
    folder.mkdir(exist_ok=True)
    recipe = FineTuneRecipe(**{**RECIPE.__dict__, **changes})
    return FineTuner(str(model), entries, folder, recipe, held_out=entries[:1], device="cpu")


def test_the_loss_falls_and_the_result_loads_in_the_stock_package(
    tiny: Path, entries: list[ManifestEntry], tmp_path: Path
) -> None:
    run = tuner(tiny, entries, tmp_path)
    before = run.held_out_loss()
    run.run()
    after = run.held_out_loss()
    assert before is not None
    assert after is not None
    assert after < before - 0.3
    assert run.rate() == 0
    whisper.load_model(str(tmp_path / "final.pt"), device="cpu")
    rows = (tmp_path / "curve.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "step,rate,loss,held_out_loss"
    assert len(rows) == 4


def test_a_resumed_run_gives_the_same_weights(tiny: Path, entries: list[ManifestEntry], tmp_path: Path) -> None:
    whole = tuner(tiny, entries, tmp_path / "whole")
    whole.run(stop_after=4)
    tuner(tiny, entries, tmp_path / "halves").run(stop_after=2)
    second = tuner(tiny, entries, tmp_path / "halves")
    assert second.step == 2
    second.run(stop_after=2)
    for (name, one), other in zip(whole.model.state_dict().items(), second.model.state_dict().values(), strict=True):
        assert torch.equal(one, other), name


def test_gathered_batches_equal_one_large_one(tiny: Path, entries: list[ManifestEntry], tmp_path: Path) -> None:
    """Two batches of two texts of one length weigh as one batch of four."""
    alike = [
        ManifestEntry(entry.audio, text) for entry, text in zip(entries, ("三千", "三千", "八万", "八万"), strict=True)
    ]
    gathered = tuner(tiny, alike, tmp_path / "a", batch=2, accumulate=2, precision="float32")
    large = tuner(tiny, alike, tmp_path / "b", batch=4, accumulate=1, precision="float32")
    gathered.train_step()
    large.train_step()
    for one, other in zip(gathered.model.parameters(), large.model.parameters(), strict=True):
        assert torch.allclose(one, other, atol=2e-4)


def test_a_frozen_encoder_stays_as_it_was(tiny: Path, entries: list[ManifestEntry], tmp_path: Path) -> None:
    run = tuner(tiny, entries, tmp_path, freeze_encoder=True)
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    run.run(stop_after=1)
    changed = [name for name, value in run.model.state_dict().items() if not torch.equal(value, before[name])]
    assert changed
    assert not any(name.startswith("encoder.") for name in changed)


def test_the_embedded_recogniser_is_adapted_and_stays_quiet_where_untrained(
    entries: list[ManifestEntry], tmp_path: Path
) -> None:
    run = tuner(verified("recogniser"), entries[:2], tmp_path, steps=1, batch=2, accumulate=1, rate=1e-4)
    run.run()
    stored = torch.load(tmp_path / "final.pt", weights_only=True)
    assert "words" not in stored["callproof"]
    assert stored["callproof"]["padding_samples"] > 0
    model = whisper.load_model(str(tmp_path / "final.pt"), device="cpu")
    tokens = torch.tensor([[50258, 50260, 50359, 50363]])
    with torch.inference_mode():
        logits = model.decoder(tokens, model.encoder(torch.zeros(1, 80, 3000)))[0, -1]
    assert float(logits.median()) == pytest.approx(-60, abs=0.5)


def test_no_model_is_named_plainly(entries: list[ManifestEntry], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="neither a checkpoint file nor one of"):
        FineTuner("enormous", entries, tmp_path, RECIPE)


def test_another_models_checkpoint_is_refused(tiny: Path, entries: list[ManifestEntry], tmp_path: Path) -> None:
    tuner(tiny, entries, tmp_path).save()
    with pytest.raises(InputError, match="another size"):
        FineTuner(str(verified("recogniser")), entries, tmp_path, RECIPE, device="cpu")


@pytest.mark.parametrize("line", ["{", "[]", '{"audio": "a.wav"}', '{"audio": 3, "text": "好"}'])
def test_a_bad_line_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text('{"audio": "a.wav", "text": "好"}\n' + line, encoding="utf-8")
    with pytest.raises(InputError, match=r"list\.jsonl:2: expected"):
        read_manifest(path)


def test_an_empty_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(InputError, match="lists no recordings"):
        read_manifest(tmp_path / "list.jsonl")


def test_what_is_no_recording_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF....WAVE")
    with pytest.raises(InputError, match=r"a\.wav: not a recording"):
        read_sound(tmp_path / "a.wav")
    with pytest.raises(InputError, match=r"b\.wav: not a recording"):
        read_sound(tmp_path / "b.wav")


def test_the_command_says_what_is_wrong_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "models.training.recogniser", "finetune", "--model", "tiny"]
    done = subprocess.run([*command, "--manifest", str(tmp_path / "none.jsonl")], capture_output=True, text=True)
    assert done.returncode == 2
    assert "none.jsonl: cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
