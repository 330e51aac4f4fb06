"""The openai-whisper engine: any named size, any checkpoint in its format, or the embedded one.

Windows of both channels are decoded together in batches by the stock `decode`. Windows that it is unsure of are decoded
again with a language model's help, where there is one; those that fail (loops, low probability) alone at rising
temperatures. A last pass of the decoder over the batch, with the text known, gives word times and probabilities.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import whisper
from torch import Tensor
from whisper.audio import N_SAMPLES, SAMPLE_RATE, log_mel_spectrogram, pad_or_trim
from whisper.decoding import DecodingOptions, DecodingResult
from whisper.model import Whisper
from whisper.tokenizer import Tokenizer, get_tokenizer

from models.hear.decoding import EncodedBatch, TrainedTokens, decode
from models.hear.fusion import Fusion, open_fusion
from models.hear.hallucination import flags_of
from models.hear.help import LanguageHelp
from models.hear.options import RecogniserOptions
from models.hear.padding import Folding, encode_short, folding
from models.hear.script import simplified, simplified_words
from models.hear.words import SECONDS_PER_TOKEN_FRAME, WordCalibration, WordReader, whole_characters
from models.weights import verified, weights_file
from pipeline.errors import EngineError, ModelError
from pipeline.types import Utterance, Window, Word

TOKENS_PER_SECOND = 24
SILENT_FRAMES = 8
FALLBACK_TEMPERATURES = (0.2, 0.4, 0.6)


class WhisperRecogniser:
    """A loaded model of the Whisper architecture. Build one with `open`; use it from one thread."""

    def __init__(
        self,
        model: Whisper,
        *,
        name: str,
        batch: int = 8,
        prompt: str | None = None,
        padding_samples: int = 0,
        knows_silence: bool = False,
        calibration: WordCalibration | None = None,
        no_speech_above: float = 1.0,
        fusion: Fusion | None = None,
    ) -> None:
        self.name = name
        self._padding_samples = padding_samples
        self._knows_silence = knows_silence
        self._model = model
        self._batch = batch
        self._tokenizer: Tokenizer = get_tokenizer(
            model.is_multilingual, num_languages=model.num_languages, language="zh", task="transcribe"
        )
        self._words = self.reader(calibration or WordCalibration())
        self._no_speech_above = no_speech_above
        self._prompt = prompt
        self._trained = TrainedTokens.of(model)
        self._help = LanguageHelp(model, self._tokenizer, fusion, self._trained) if fusion else None
        self._half = model.device.type == "cuda"

    @classmethod
    def open(cls, options: RecogniserOptions) -> WhisperRecogniser:
        """Load the model that `options` name. Raises `ModelError` where it is unknown, missing or damaged."""
        if options.threads > 0:
            torch.set_num_threads(options.threads)
        device = options.device if options.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise ModelError(f"device {device}: this machine or this PyTorch build has no CUDA", code="no_device")
        source, name = _source_of(options)
        try:
            model = whisper.load_model(source, device=device, download_root=_download_root(options))
        except (RuntimeError, OSError, KeyError, TypeError, EOFError, ValueError, _unpickling_error()) as error:
            raise ModelError(
                f"model {options.model}: not a checkpoint that openai-whisper can load ({type(error).__name__})",
                code="weights_damaged",
            ) from error
        extras = _extras_of(source)
        _set_alignment_heads(model, extras.get("alignment_heads", ()))
        trained_here = extras.get("callproof", {})
        return cls(
            model.eval(),
            name=name,
            batch=options.batch,
            prompt=options.prompt,
            padding_samples=int(trained_here.get("padding_samples", 0)),
            knows_silence=bool(trained_here),
            calibration=WordCalibration.of(trained_here.get("words")),
            no_speech_above=float(trained_here.get("no_speech_above", 1.0)),
            fusion=open_fusion(options.language_model, trained_here=bool(trained_here), own=options.configs),
        )

    def recognise(self, windows: Sequence[Window]) -> Iterator[Utterance]:
        """One utterance a window, in order. A window is at most 30 s; longer ones raise `EngineError`."""
        for first in range(0, len(windows), self._batch):
            yield from self._recognise_batch(windows[first : first + self._batch])

    @torch.inference_mode()
    def _recognise_batch(self, windows: Sequence[Window]) -> list[Utterance]:
        results = [self._or_nothing(result) for result in self.decode(windows)]
        words = self._words.words(windows, results)
        return [
            self._utterance(window, result, own) for window, result, own in zip(windows, results, words, strict=True)
        ]

    def reader(self, calibration: WordCalibration) -> WordReader:
        """What reads words off this model under another `calibration`."""
        return WordReader(self._model, self._tokenizer, calibration)

    @property
    def all_heads(self) -> list[list[int]]:
        """[layer, head] of every cross-attention head."""
        dims = self._model.dims
        return [[layer, head] for layer in range(dims.n_text_layer) for head in range(dims.n_text_head)]

    def _or_nothing(self, result: DecodingResult) -> DecodingResult:
        """Nothing in place of text where a checkpoint that was taught what silence is says that nobody speaks."""
        if result.no_speech_prob > self._no_speech_above:
            return replace(result, text="", tokens=[])
        return result

    def decode(self, windows: Sequence[Window]) -> list[DecodingResult]:
        """What stock whisper makes of one batch, unsure and failed windows decoded again."""
        longest = max(len(window.samples) for window in windows) / SAMPLE_RATE
        limit = min(self._model.dims.n_text_ctx // 2, 8 + math.ceil(longest * TOKENS_PER_SECOND))
        frames = math.ceil(longest / SECONDS_PER_TOKEN_FRAME) + SILENT_FRAMES
        features = self._encode(torch.stack([self._mel(window) for window in windows]), frames)
        decoding = EncodedBatch(features, limit, self._folding(frames))
        results = self._decode(decoding)
        if self._help:
            self._help.put_right(results, decoding, self._options(0.0, decoding.limit))
        for index, result in enumerate(results):
            if self._failed(result):
                results[index] = self._decode_alone(result, decoding)
        return results

    def _encode(self, mel: Tensor, frames: int) -> Tensor:
        features: Tensor
        if self._padding_samples:
            features = encode_short(self._model.encoder, mel, frames, self._padding_samples)
        else:
            features = self._model.encoder(mel)
        return features

    def _folding(self, frames: int) -> Folding | None:
        if not self._padding_samples:
            return None
        return folding(self._model.dims.n_audio_ctx, frames, self._padding_samples)

    def _decode(self, decoding: EncodedBatch, temperature: float = 0.0) -> list[DecodingResult]:
        return decode(
            self._model,
            decoding.features,
            self._options(temperature, decoding.limit),
            folding=decoding.folding,
            trained=self._trained,
        )

    def _decode_alone(self, first: DecodingResult, decoding: EncodedBatch) -> DecodingResult:
        best = first
        torch.manual_seed(0)
        alone = replace(decoding, features=first.audio_features.unsqueeze(0))
        for temperature in FALLBACK_TEMPERATURES:
            again = self._decode(alone, temperature)[0]
            if not self._failed(again):
                return again
            if again.avg_logprob > best.avg_logprob and "loop" not in _flags(again):
                best = again
        return best

    def _options(self, temperature: float, limit: int) -> DecodingOptions:
        return DecodingOptions(
            language="zh",
            without_timestamps=True,
            temperature=temperature,
            sample_len=limit,
            # Our own training teaches the empty text for silence; the stock filter would forbid it.
            suppress_blank=not self._knows_silence,
            length_penalty=0.0,  # without one the stock ranker divides by the length of an empty text
            prompt=self._prompt,
            fp16=self._half,
        )

    @staticmethod
    def _failed(result: DecodingResult) -> bool:
        return bool({"loop", "low_probability"} & set(_flags(result)))

    def _mel(self, window: Window) -> Tensor:
        if len(window.samples) > N_SAMPLES:
            raise EngineError(f"a window of {len(window.samples) / SAMPLE_RATE:.1f} s; at most 30 s fit the model")
        sound = torch.from_numpy(np.ascontiguousarray(window.samples, dtype=np.float32)).to(self._model.device)
        mel: Tensor = log_mel_spectrogram(pad_or_trim(sound), self._model.dims.n_mels)
        return mel.half() if self._half else mel

    def _utterance(self, window: Window, result: DecodingResult, words: tuple[Word, ...]) -> Utterance:
        raw = result.text.strip()
        return Utterance(window.region, simplified(whole_characters(raw)), raw, simplified_words(words), _flags(result))


def _flags(result: DecodingResult) -> tuple[str, ...]:
    return flags_of(result.text.strip(), result.avg_logprob, result.no_speech_prob)


def _source_of(options: RecogniserOptions) -> tuple[str, str]:
    """What `whisper.load_model` is given, and the engine's name for the report."""
    if options.model == "embedded":
        return str(verified("recogniser")), f"openai-whisper:embedded@{weights_file('recogniser').sha256[:12]}"
    if options.model in whisper.available_models():
        path = Path(_download_root(options)) / Path(whisper._MODELS[options.model]).name
        if not path.is_file() and not options.fetch:
            raise ModelError(
                f"model {options.model}: its weights are not in {path.parent}; put {path.name} there, "
                "or give the path of a checkpoint",
                code="weights_missing",
            )
        return options.model, f"openai-whisper:{options.model}"
    path = Path(options.model)
    if path.is_file():
        return str(path), f"openai-whisper:{path.name}@{_digest(path)}"
    raise ModelError(
        f"model {options.model!r}: neither `embedded`, a checkpoint file, nor one of "
        f"{', '.join(whisper.available_models())}",
        code="unknown_model",
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _download_root(options: RecogniserOptions) -> str:
    return str(options.folder or Path.home() / ".cache" / "whisper")


def _unpickling_error() -> type[Exception]:
    import pickle

    return pickle.UnpicklingError


def _extras_of(source: str) -> dict[str, Any]:
    """What a checkpoint file holds beside the model: `alignment_heads`, `callproof`."""
    if not Path(source).is_file():
        return {}
    checkpoint = torch.load(source, map_location="cpu", weights_only=True, mmap=True)
    return {name: value for name, value in checkpoint.items() if name not in {"dims", "model_state_dict"}}


def _set_alignment_heads(model: Whisper, heads: Sequence[tuple[int, int]]) -> None:
    """Take word times from `heads` (pairs of layer, head) where there are any, else from whisper's own choice."""
    if heads:
        mask = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
        for layer, head in heads:
            mask[layer, head] = True
        model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)
