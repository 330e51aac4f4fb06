"""The faster-whisper engine: a checkpoint converted to CTranslate2, decoded by its library in batches.

Windows, prompt, filters, fallback and word times are those of the openai-whisper engine, so that the same weights give
the same text; only the arithmetic is another, and may be int8 or bfloat16 where the processor has it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from whisper.audio import HOP_LENGTH, N_FRAMES, N_SAMPLES, SAMPLE_RATE, log_mel_spectrogram, pad_or_trim
from whisper.tokenizer import get_tokenizer

from models.hear.conversion import FACTS_FILE, convert, suppressed
from models.hear.hallucination import flags_of
from models.hear.openai_whisper import FALLBACK_TEMPERATURES, TOKENS_PER_SECOND
from models.hear.options import RecogniserOptions
from models.hear.script import simplified, simplified_words
from models.hear.words import SECONDS_PER_TOKEN_FRAME, TokenTimer, WordCalibration, whole_characters
from models.weights import verified, weights_file
from pipeline.errors import EngineError, ModelError
from pipeline.types import Utterance, Window, Word

LONGEST_TEXT = 224
CACHE = Path.home() / ".cache" / "callproof"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of one window and how likely the decoder holds it and silence."""

    tokens: tuple[int, ...]
    text: str
    mean_log_probability: float
    no_speech: float

    @property
    def flags(self) -> tuple[str, ...]:
        return flags_of(self.text.strip(), self.mean_log_probability, self.no_speech)

    @property
    def failed(self) -> bool:
        return bool({"loop", "low_probability"} & set(self.flags))


class FasterWhisperRecogniser:
    """A loaded CTranslate2 model. Build one with `open`; use it from one thread."""

    def __init__(self, model: Any, facts: dict[str, Any], *, name: str, batch: int, prompt: str | None) -> None:
        self.name = name
        self._model = model
        self._batch = batch
        self._mels = int(facts.get("dims", {}).get("n_mels", getattr(model, "n_mels", 80)))
        self._tokenizer = get_tokenizer(
            model.is_multilingual, num_languages=model.num_languages, language="zh", task="transcribe"
        )
        trained_here = facts.get("callproof") or {}
        self._knows_silence = bool(trained_here)
        self._no_speech_above = float(trained_here.get("no_speech_above", 1.0))
        self._timer = TokenTimer(self._tokenizer, WordCalibration.of(trained_here.get("words")))
        before = [self._tokenizer.sot_prev, *self._tokenizer.encode(" " + prompt.strip())] if prompt else []
        self._start = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        self._prompt = before + self._start
        self._suppressed = list(suppressed(self._tokenizer))

    @classmethod
    def open(cls, options: RecogniserOptions) -> FasterWhisperRecogniser:
        """Load the model that `options` name: `embedded`, a folder, or a checkpoint (which is converted once).

        Raises `ModelError` where the extra `fast` is not installed, or the model is unknown, missing or damaged.
        """
        try:
            import ctranslate2
        except ModuleNotFoundError as error:
            raise ModelError(
                "engine `faster-whisper`: CTranslate2 is not installed; install callproof with its extra `fast`, or "
                "set `engine` to `openai-whisper`",
                code="extra_missing",
            ) from error
        folder, name = _folder_of(options)
        device = options.device if options.device != "auto" else _best_device(ctranslate2)
        try:
            model = ctranslate2.models.Whisper(
                str(folder),
                device=device.partition(":")[0],
                compute_type=options.compute_type,
                intra_threads=options.threads,
            )
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"model {options.model}: CTranslate2 cannot load it as {options.compute_type} on {device} ({error})",
                code="weights_damaged",
            ) from error
        facts = folder / FACTS_FILE
        known = json.loads(facts.read_text(encoding="utf-8")) if facts.is_file() else {}
        return cls(model, known, name=name, batch=options.batch, prompt=options.prompt)

    def recognise(self, windows: Sequence[Window]) -> Iterator[Utterance]:
        """One utterance a window, in order. A window is at most 30 s; longer ones raise `EngineError`."""
        for first in range(0, len(windows), self._batch):
            yield from self._recognise_batch(windows[first : first + self._batch])

    def _recognise_batch(self, windows: Sequence[Window]) -> list[Utterance]:
        features = self._encode(windows)
        longest = max(len(window.samples) for window in windows) / SAMPLE_RATE
        limit = min(LONGEST_TEXT, 8 + math.ceil(longest * TOKENS_PER_SECOND))
        results = self._decode(features, len(windows), limit, 0.0)
        for at, result in enumerate(results):
            if result.failed:
                results[at] = self._decode_alone(windows[at], result, limit)
        results = [self._or_nothing(result) for result in results]
        words = self._words(windows, features, results)
        return [
            self._utterance(window, result, own) for window, result, own in zip(windows, results, words, strict=True)
        ]

    def _encode(self, windows: Sequence[Window]) -> Any:
        import ctranslate2

        mels = np.stack([self._mel(window) for window in windows])
        return self._model.encode(ctranslate2.StorageView.from_array(mels))

    def _decode(self, features: Any, count: int, limit: int, temperature: float) -> list[Decoded]:
        sampling: dict[str, Any] = {"sampling_topk": 0, "sampling_temperature": temperature} if temperature else {}
        found = self._model.generate(
            features,
            [self._prompt] * count,
            beam_size=1,
            length_penalty=0,
            max_length=limit + len(self._prompt),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=not self._knows_silence,
            suppress_tokens=self._suppressed,
            **sampling,
        )
        return [self._decoded(one) for one in found]

    def _decoded(self, found: Any) -> Decoded:
        tokens = tuple(token for token in found.sequences_ids[0] if token < self._tokenizer.eot)
        mean = found.scores[0] / (len(tokens) + 1)
        return Decoded(tokens, self._tokenizer.decode(list(tokens)), mean, found.no_speech_prob)

    def _decode_alone(self, window: Window, first: Decoded, limit: int) -> Decoded:
        best, features = first, self._encode([window])
        for temperature in FALLBACK_TEMPERATURES:
            (again,) = self._decode(features, 1, limit, temperature)
            if not again.failed:
                return again
            if again.mean_log_probability > best.mean_log_probability and "loop" not in again.flags:
                best = again
        return best

    def _or_nothing(self, result: Decoded) -> Decoded:
        """Nothing in place of text where a checkpoint that was taught what silence is says that nobody speaks."""
        if result.no_speech > self._no_speech_above:
            return Decoded((), "", result.mean_log_probability, result.no_speech)
        return result

    def _words(self, windows: Sequence[Window], features: Any, results: Sequence[Decoded]) -> list[tuple[Word, ...]]:
        frames = [max(1, min(N_FRAMES // 2, round(len(window.samples) / (2 * HOP_LENGTH)))) for window in windows]
        aligned = self._model.align(
            features, self._start, [list(one.tokens) for one in results], [2 * count for count in frames]
        )
        return [
            self._timer.timed(list(one.tokens), _spans(found.alignments, len(one.tokens), count), likely, window)
            if one.tokens
            else ()
            for window, one, found, count in zip(windows, results, aligned, frames, strict=True)
            for likely in [list(found.text_token_probs)]
        ]

    def _mel(self, window: Window) -> NDArray[np.float32]:
        if len(window.samples) > N_SAMPLES:
            raise EngineError(f"a window of {len(window.samples) / SAMPLE_RATE:.1f} s; at most 30 s fit the model")
        sound = torch.from_numpy(np.ascontiguousarray(window.samples, dtype=np.float32))
        mel: NDArray[np.float32] = log_mel_spectrogram(pad_or_trim(sound), self._mels).numpy()
        return mel

    def _utterance(self, window: Window, result: Decoded, words: tuple[Word, ...]) -> Utterance:
        raw = result.text.strip()
        return Utterance(window.region, simplified(whole_characters(raw)), raw, simplified_words(words), result.flags)


def _spans(path: Sequence[tuple[int, int]], tokens: int, frames: int) -> NDArray[np.float64]:
    """Start and end (s) of each token on a path of (token, frame); shape (tokens, 2)."""
    starts = np.full(tokens + 1, frames, np.int64)
    for token, frame in reversed(path):
        if token < tokens:
            starts[token] = frame
    starts = np.minimum.accumulate(starts[::-1])[::-1]
    spans: NDArray[np.float64] = np.stack([starts[:-1], starts[1:]], axis=1) * SECONDS_PER_TOKEN_FRAME
    return spans


def _best_device(library: Any) -> str:
    return "cuda" if library.get_cuda_device_count() else "cpu"


def _folder_of(options: RecogniserOptions) -> tuple[Path, str]:
    """The CTranslate2 folder, and the engine's name for the report."""
    if options.model == "embedded":
        digest = weights_file("recogniser").sha256[:12]
        folder = _converted(verified("recogniser"), options, digest)
        return folder, f"faster-whisper:embedded@{digest}"
    path = Path(options.model).expanduser()
    if not path.exists() and options.folder:
        path = options.folder / options.model
    if (path / "model.bin").is_file():
        return path, f"faster-whisper:{path.name}"
    if path.is_file():
        raise ModelError(
            f"model {options.model}: an openai-whisper checkpoint; convert it once: "
            f"callproof weights convert {options.model} --output FOLDER, then name the folder",
            code="weights_missing",
        )
    raise ModelError(
        f"model {options.model!r}: neither `embedded` nor a CTranslate2 folder (callproof weights convert makes one)",
        code="unknown_model",
    )


def _converted(checkpoint: Path, options: RecogniserOptions, digest: str) -> Path:
    folder = (options.folder or CACHE) / f"recogniser-{digest}-ct2"
    return folder if (folder / "model.bin").is_file() else convert(checkpoint, folder)
