"""The pyannote.audio engine: any pipeline folder that `Pipeline.from_pretrained` loads, by default from this machine.

Sound is passed in memory (reading files would need torchcodec), in fp32 (half precision costs accuracy), with the
number of speakers given. Words belong to its exclusive diarization, in which nobody overlaps.
"""

from __future__ import annotations

import itertools
import os
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from models.diarize.environment import prepare
from models.diarize.options import DiarizerOptions
from pipeline.errors import EngineError, ModelError
from pipeline.types import Diarization, SpeechRegion, Waveform

SAMPLE_RATE = 16_000
JOIN_GAP = 0.3
SHORTEST = 0.05
CONFIG = "config.yaml"
TOKEN = "HF_TOKEN"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Somebody speaks from `start` to `end` (s); labels are the pipeline's own."""

    start: float
    end: float
    label: str


class PyannoteDiarizer:
    """A loaded pipeline. Build one with `open`; use it from one thread."""

    def __init__(self, pipeline: Any, *, name: str) -> None:
        self.name = name
        self._pipeline = pipeline

    @classmethod
    def open(cls, options: DiarizerOptions) -> PyannoteDiarizer:
        """Load the pipeline that `options` name.

        Raises `ModelError` where pyannote.audio is not installed, or the pipeline is not there or does not load.
        """
        prepare()
        source = _source_of(options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torchcodec is not needed: sound is passed in memory
            from pyannote.audio import Pipeline

            try:
                pipeline = Pipeline.from_pretrained(source, token=os.environ.get(TOKEN) if options.fetch else None)
            except Exception as error:
                raise ModelError(_unusable(options.model, error), code="weights_damaged") from error
        if pipeline is None:
            raise ModelError(_missing(options.model), code="weights_missing")
        device = options.device if options.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
        pipeline.to(torch.device(device))
        return cls(pipeline, name=f"pyannote:{Path(options.model).name}")

    def diarize(self, waveform: Waveform, regions: Sequence[SpeechRegion], *, speakers: int) -> Diarization:
        """The regions cut where the speaker changes, labels `S0`, `S1`, … by first appearance.

        What the pipeline calls silence inside a region goes to the nearest speaker, so that no word is lost.
        """
        if not regions:
            return Diarization(())
        sound = torch.from_numpy(waveform.samples).unsqueeze(0)
        try:
            with torch.inference_mode(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = self._pipeline(
                    {"waveform": sound, "sample_rate": waveform.sample_rate, "uri": "call"}, num_speakers=speakers
                )
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"pyannote.audio failed on a channel of {waveform.duration:.0f} s: {error}") from error
        exclusive = _stretches(getattr(found, "exclusive_speaker_diarization", found))
        return assign(regions, exclusive, _stretches(getattr(found, "speaker_diarization", found)))


def assign(
    regions: Sequence[SpeechRegion], stretches: Sequence[Stretch], everything: Sequence[Stretch] = ()
) -> Diarization:
    """`regions` cut and labelled by `stretches`, which do not overlap and are in order.

    Each moment of a region belongs to the stretch that holds it, else to the nearest; neighbours of one speaker at most
    0.3 s apart are joined. Without any stretch all is one speaker's. What `everything` has beyond `stretches`, inside
    regions, are overlaps.
    """
    pieces: list[SpeechRegion] = []
    for region in sorted(regions, key=lambda one: (one.start, one.end)):
        cuts = [region.start, *_changes(region, stretches), region.end]
        for start, end in itertools.pairwise(cuts):
            label = _label_at((start + end) / 2, stretches)
            if end - start < SHORTEST and pieces and pieces[-1].end == start:
                pieces[-1] = replace(pieces[-1], end=end)
                continue
            pieces.append(replace(region, start=start, end=end, speaker=label))
    order = {label: f"S{at}" for at, label in enumerate(dict.fromkeys(piece.speaker for piece in pieces))}
    return Diarization(
        tuple(_joined(replace(piece, speaker=order[piece.speaker]) for piece in pieces)),
        tuple(_overlaps(regions, stretches, [one for one in everything if one.label in order], order)),
    )


def _overlaps(
    regions: Sequence[SpeechRegion],
    stretches: Sequence[Stretch],
    everything: Sequence[Stretch],
    names: Mapping[str | None, str],
) -> Iterator[SpeechRegion]:
    """Where somebody speaks inside another one's stretch."""
    for also in sorted(everything, key=lambda one: (one.start, one.end)):
        for holder in stretches:
            if holder.label == also.label:
                continue
            for region in regions:
                start = max(also.start, holder.start, region.start)
                end = min(also.end, holder.end, region.end)
                if end - start >= SHORTEST:
                    yield replace(region, start=start, end=end, speaker=names[also.label])


def _changes(region: SpeechRegion, stretches: Sequence[Stretch]) -> list[float]:
    """Where the speaker changes inside a region: in the middle of the gap between two stretches of different people."""
    middles = [
        (before.end + after.start) / 2 for before, after in itertools.pairwise(stretches) if before.label != after.label
    ]
    return [middle for middle in middles if region.start < middle < region.end]


def _label_at(second: float, stretches: Sequence[Stretch]) -> str:
    if not stretches:
        return ""
    at = bisect_right([one.start for one in stretches], second)
    near = stretches[max(0, at - 1) : at + 1]
    return min(near, key=lambda one: max(one.start - second, second - one.end, 0.0)).label


def _joined(pieces: Iterable[SpeechRegion]) -> list[SpeechRegion]:
    joined: list[SpeechRegion] = []
    for piece in pieces:
        if joined and joined[-1].speaker == piece.speaker and piece.start - joined[-1].end <= JOIN_GAP:
            joined[-1] = replace(joined[-1], end=max(joined[-1].end, piece.end))
        else:
            joined.append(piece)
    return joined


def _stretches(annotation: Any) -> list[Stretch]:
    found = [
        Stretch(float(segment.start), float(segment.end), str(label))
        for segment, _, label in annotation.itertracks(yield_label=True)
    ]
    return sorted(found, key=lambda one: (one.start, one.end))


def _source_of(options: DiarizerOptions) -> str:
    """A folder on this machine, or a name of the hub (its cache alone unless fetching is allowed)."""
    if not options.model:
        raise ModelError(
            "diarizer `pyannote`: set `diarizer_model` to the folder of a pyannote.audio pipeline, or to its name on "
            "the hub when it is in the hub's cache",
            code="weights_missing",
        )
    path = Path(options.model).expanduser()
    if path.is_dir():
        if not (path / CONFIG).is_file():
            raise ModelError(f"diarizer pipeline {path}: the folder has no {CONFIG}", code="weights_missing")
        return str(path)
    if path.is_absolute() or options.model.count("/") != 1:
        raise ModelError(_missing(options.model), code="weights_missing")
    if options.fetch:
        os.environ["HF_HUB_OFFLINE"] = "0"
    return options.model


def _missing(model: str) -> str:
    return (
        f"diarizer pipeline {model}: neither a folder on this machine nor in the hub's cache; put the pipeline's "
        f"folder there and name it, or allow fetching (CALLPROOF_FETCH_MODELS=1, {TOKEN} for gated ones)"
    )


def _unusable(model: str, error: Exception) -> str:
    return (
        f"diarizer pipeline {model}: pyannote.audio cannot load it ({type(error).__name__}); it needs a complete "
        f"folder: {CONFIG}, segmentation, embedding and plda, all on this machine"
    )
