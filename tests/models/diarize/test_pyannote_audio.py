"""The pyannote.audio engine: how its answer becomes regions, and a real pipeline folder loaded and run, offline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.diarize import DiarizerOptions, open_diarizer
from models.diarize.environment import prepare
from models.diarize.pyannote_audio import Stretch, assign
from pipeline.errors import ModelError
from pipeline.types import SpeechRegion, Waveform

RATE = 16_000


def region(start: float, end: float) -> SpeechRegion:
    return SpeechRegion(start, end)


@pytest.mark.parametrize(
    ("regions", "stretches", "expected"),
    [
        ([(0, 4)], [(0, 4, "B")], [(0, 4, "S0")]),
        ([(0, 4)], [(0, 2, "B"), (2, 4, "A")], [(0, 2, "S0"), (2, 4, "S1")]),
        # a change goes to the middle of the gap
        ([(0, 4)], [(0, 1.8, "A"), (2.2, 4, "B")], [(0, 2, "S0"), (2, 4, "S1")]),
        # a short answer between two stretches of the other
        ([(0, 5)], [(0, 2, "A"), (2, 2.4, "B"), (2.4, 5, "A")], [(0, 2, "S0"), (2, 2.4, "S1"), (2.4, 5, "S0")]),
        # speech that the pipeline missed goes to the nearest
        ([(0, 1), (5, 6)], [(0, 1, "A"), (6.2, 9, "B")], [(0, 1, "S0"), (5, 6, "S1")]),
        # nothing found: one speaker
        ([(0, 1), (5, 6)], [], [(0, 1, "S0"), (5, 6, "S0")]),
        # neighbours of one speaker join
        ([(0, 1), (1.2, 2)], [(0, 2, "A")], [(0, 2, "S0")]),
        # a splinter belongs to what is before it
        ([(0, 4)], [(0, 2, "A"), (2, 2.02, "B"), (2.02, 4, "A")], [(0, 4, "S0")]),
    ],
)
def test_regions_are_cut_where_the_speaker_changes(regions, stretches, expected) -> None:
    found = assign([region(*one) for one in regions], [Stretch(*one) for one in stretches]).regions
    assert [(one.start, one.end, one.speaker) for one in found] == expected


@pytest.mark.parametrize(
    ("model", "code"),
    [("", "weights_missing"), ("/no/such/folder", "weights_missing"), ("somewhere", "weights_missing")],
)
def test_missing_weights_are_named(model: str, code: str) -> None:
    with pytest.raises(ModelError) as caught:
        open_diarizer("pyannote", DiarizerOptions(model))
    assert caught.value.code == code


def test_an_empty_or_broken_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.yaml"):
        open_diarizer("pyannote", DiarizerOptions(str(tmp_path)))
    (tmp_path / "config.yaml").write_text("pipeline: {name: pyannote.audio.pipelines.SpeakerDiarization, params: {}}\n")
    with pytest.raises(ModelError) as caught:
        open_diarizer("pyannote", DiarizerOptions(str(tmp_path)))
    assert caught.value.code == "weights_damaged"


def test_unknown_engine() -> None:
    with pytest.raises(ModelError, match="known: plain, pyannote"):
        open_diarizer("other")


@pytest.fixture(scope="module")
def pipeline_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete pipeline folder in pyannote's form. Its networks are small and untrained: it is for the wiring."""
    import torch

    prepare()
    from pyannote.audio import __version__
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import XVectorSincNet
    from pyannote.audio.models.segmentation import PyanNet

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("pipeline")
    segmentation = PyanNet(
        lstm={"hidden_size": 8, "num_layers": 1}, linear={"hidden_size": 8, "num_layers": 1}, sincnet={"stride": 10}
    )
    segmentation.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=4.0,
        classes=["speaker#1", "speaker#2"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    segmentation.build()
    embedding = XVectorSincNet(dimension=16, sincnet={"stride": 10})
    embedding.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=3.0, classes=["a", "b"]
    )
    embedding.build()
    for name, model in (("segmentation", segmentation), ("embedding", embedding)):
        (folder / name).mkdir()
        checkpoint = {
            "pytorch-lightning_version": "2.0.0",
            "state_dict": model.state_dict(),
            "hyper_parameters": dict(model.hparams),
            "pyannote.audio": {
                "versions": {"torch": "2.0.0", "pyannote.audio": __version__},
                "architecture": {"module": type(model).__module__, "class": type(model).__name__},
                "specifications": model.specifications,
            },
        }
        torch.save(checkpoint, folder / name / "pytorch_model.bin")
    (folder / "plda").mkdir()
    eye, zero = np.eye(16), np.zeros(16)
    np.savez(folder / "plda" / "xvec_transform.npz", mean1=zero, mean2=zero, lda=eye)
    np.savez(folder / "plda" / "plda.npz", mu=zero, tr=eye, psi=np.ones(16))
    (folder / "config.yaml").write_text(
        """
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    segmentation: $model/segmentation
    embedding: $model/embedding
    plda: $model/plda
    clustering: AgglomerativeClustering
    segmentation_step: 0.5
params:
  segmentation: {min_duration_off: 0.0}
  clustering: {method: centroid, min_cluster_size: 1, threshold: 0.7}
"""
    )
    return folder


@pytest.mark.slow
def test_a_pipeline_folder_is_loaded_and_run(pipeline_folder: Path) -> None:
    diarizer = open_diarizer("pyannote", DiarizerOptions(str(pipeline_folder), device="cpu"))
    assert diarizer.name == f"pyannote:{pipeline_folder.name}"
    sound = np.random.default_rng(0).normal(0, 0.1, 6 * RATE).astype(np.float32)
    regions = (region(0.5, 2.5), region(3.0, 5.5))
    found = diarizer.diarize(Waveform(sound, RATE), regions, speakers=2).regions
    assert found[0].start == 0.5
    assert found[-1].end == 5.5
    assert sum(one.end - one.start for one in found) >= 4.5
    assert {one.speaker for one in found} <= {"S0", "S1"}
    assert diarizer.diarize(Waveform(sound, RATE), (), speakers=2).regions == ()
