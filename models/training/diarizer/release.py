"""Writes the pipeline's folder, as `pyannote.audio.Pipeline.from_pretrained` loads it, and lists its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import configs
from models.training.diarizer.bank import Bank
from models.training.diarizer.mixtures import Mixer
from models.training.diarizer.recipe import Recipe
from models.training.diarizer.segmentation import segmentation_specifications
from models.training.diarizer.voices import voice_specifications
from models.training.listing import list_weights
from models.weights import DIARIZER_PARTS, FOLDER

PIPELINE = """\
# The embedded diarization pipeline, trained by models/training/diarizer on synthetic voices alone.
dependencies:
  pyannote.audio: 4.0.7
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    segmentation: $model/segmentation
    embedding: $model/embedding
    plda: $model/plda
    clustering: AgglomerativeClustering
    segmentation_step: 0.2
    segmentation_batch_size: 16
    embedding_batch_size: 16
    embedding_exclude_overlap: true
params:
  segmentation:
    min_duration_off: 0.0
  clustering:
    method: average
    min_cluster_size: 1
    threshold: 0.7
"""
CALLS_A_SPEAKER = 6
SMALLEST_VARIANCE = 1e-4
PURPOSE = "who speaks when on one mixed channel, for trying and testing; trained on synthetic voices"


def release(training: Path, output: Path | None) -> None:
    """Write the folder from what lies in `training`; without `output` the shipped one, whose files are listed."""
    from models.diarize.networks import SegmentationNet, VoiceNet

    stored = {
        name: torch.load(training / f"{name}.pt", map_location="cpu", weights_only=True)
        for name in ("segmentation", "voice")
    }
    recipes = {name: Recipe(**one["recipe"]) for name, one in stored.items()}
    folder = output or FOLDER / "diarizer"
    segmentation: Any = SegmentationNet(width=recipes["segmentation"].segmentation_width)
    segmentation.specifications = segmentation_specifications(recipes["segmentation"].seconds)
    voice: Any = VoiceNet(width=recipes["voice"].voice_width, dimension=recipes["voice"].voice_dimension)
    voice.specifications = voice_specifications(recipes["voice"].voice_seconds)
    for name, model, part in (("segmentation", segmentation, "segmentation"), ("embedding", voice, "voice")):
        model.build()
        model.load_state_dict(stored[part]["weights"])
        _write_model(folder / name / "pytorch_model.bin", model.eval())
    _write_plda(folder / "plda", voice, Bank.load(training / "bank.npz"), recipes["voice"])
    (folder / "config.yaml").write_text(PIPELINE, encoding="utf-8")
    if output is None:
        facts = {name: one["facts"] for name, one in stored.items()}
        for part, file in DIARIZER_PARTS.items():
            _list(part, FOLDER / file, facts)


def _write_model(path: Path, model: Any) -> None:
    from pyannote.audio import __version__

    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(
        {
            "pytorch-lightning_version": "2.0.0",
            "state_dict": model.state_dict(),
            "hyper_parameters": dict(model.hparams),
            "pyannote.audio": {
                "versions": {"torch": "2.0.0", "pyannote.audio": __version__},
                "architecture": {"module": type(model).__module__, "class": type(model).__name__},
                "specifications": model.specifications,
            },
        },
        path,
    )


def _write_plda(folder: Path, model: Any, bank: Bank, recipe: Recipe) -> None:
    """A two-covariance model of the prints of the bank's speakers, so that `VBxClustering` can be chosen too."""
    mixer = Mixer(bank, seed=recipe.seed + 2)
    prints = []
    with torch.inference_mode():
        for speaker in range(bank.count):
            sounds = np.stack([mixer.pair(speaker, None, recipe.voice_seconds)[0] for _ in range(CALLS_A_SPEAKER)])
            prints.append(model(torch.from_numpy(sounds).unsqueeze(1)).numpy())
    points = np.stack(prints).astype(np.float64)
    mean = points.mean(axis=(0, 1))
    points = points - mean
    points /= np.linalg.norm(points, axis=-1, keepdims=True)
    scale, between = _two_covariances(points)
    size = points.shape[-1]
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "xvec_transform.npz", mean1=mean, mean2=np.zeros(size), lda=np.eye(size))
    np.savez(folder / "plda.npz", mu=points.mean(axis=(0, 1)), tr=scale, psi=between)


def _two_covariances(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The matrix [d, d] that makes the covariance within speakers one, and the variances [d] between them after it.

    `points` has shape (speakers, prints, d).
    """
    centres = points.mean(axis=1)
    within = np.einsum("spi,spj->ij", points - centres[:, None], points - centres[:, None]) / points[..., 0].size
    values, vectors = np.linalg.eigh(within)
    whitening = (vectors / np.sqrt(np.maximum(values, SMALLEST_VARIANCE))).T
    white = (centres - centres.mean(axis=0)) @ whitening.T
    variances, directions = np.linalg.eigh(white.T @ white / len(white))
    order = np.argsort(variances)[::-1]
    return directions[:, order].T @ whitening, np.maximum(variances[order], SMALLEST_VARIANCE)


def _list(name: str, file: Path, facts: dict[str, Any]) -> None:
    list_weights(
        configs.DEFAULTS / "weights.yaml",
        name,
        file,
        purpose=PURPOSE,
        source="trained from nothing by models/training/diarizer with configs/training/diarizer.yaml",
        training_data="synthetic voices in 21 languages (espeak-ng) over synthetic telephone lines; no recordings",
        training=facts.get(name.removeprefix("diarizer_")),
    )
