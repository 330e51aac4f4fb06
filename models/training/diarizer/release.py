"""Writes the pipeline's folder, as `pyannote.audio.Pipeline.from_pretrained` loads it, and the hashes of its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.training.diarizer.bank import Bank
from models.training.diarizer.mixtures import Mixer
from models.training.diarizer.recipe import Recipe
from models.training.diarizer.segmentation import segmentation_specifications
from models.training.diarizer.voices import voice_specifications
from models.weights.fetching import write_sums

PIPELINE = """\
# A diarization pipeline, trained by models/training/diarizer on synthetic voices alone.
dependencies:
  pyannote.audio: 4.0.7
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    segmentation: $model/segmentation
    embedding: $model/embedding
    plda: $model/plda
    clustering: KMeansClustering
    segmentation_step: 0.2
    segmentation_batch_size: 16
    embedding_batch_size: 16
    embedding_exclude_overlap: true
params:
  segmentation:
    min_duration_off: 0.0
"""
CALLS_A_SPEAKER = 6
SMALLEST_VARIANCE = 1e-4


def release(training: Path, output: Path) -> None:
    """Write the folder `output` from what lies in `training`, and the hashes of its files."""
    from models.diarize.networks import SegmentationNet, VoiceNet

    stored = {
        name: torch.load(training / f"{name}.pt", map_location="cpu", weights_only=True)
        for name in ("segmentation", "voice")
    }
    recipes = {name: Recipe(**one["recipe"]) for name, one in stored.items()}
    segmentation: Any = SegmentationNet(width=recipes["segmentation"].segmentation_width)
    segmentation.specifications = segmentation_specifications(recipes["segmentation"].seconds)
    voice: Any = VoiceNet(width=recipes["voice"].voice_width, dimension=recipes["voice"].voice_dimension)
    voice.specifications = voice_specifications(recipes["voice"].voice_seconds)
    for name, model, part in (("segmentation", segmentation, "segmentation"), ("embedding", voice, "voice")):
        model.build()
        model.load_state_dict(stored[part]["weights"])
        _write_model(output / name / "pytorch_model.bin", model.eval())
    _write_plda(output / "plda", voice, Bank.load(training / "bank.npz"), recipes["voice"])
    (output / "config.yaml").write_text(PIPELINE, encoding="utf-8")
    write_sums(output)


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
