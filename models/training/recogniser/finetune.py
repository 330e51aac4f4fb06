"""Adapting any checkpoint of the Whisper architecture to recordings with texts, without alignments.

The loss is the decoder's cross-entropy alone (Radford et al. 2022), so nothing but the text of each recording is
needed. Weights stay in single precision, arithmetic is mixed; a step may gather several batches. Interrupted, the same
command continues exactly where the last checkpoint was written.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

import torch
import whisper
from torch import Tensor, nn
from torch.nn import functional
from whisper.audio import SAMPLE_RATE, log_mel_spectrogram, pad_or_trim
from whisper.model import Whisper
from whisper.tokenizer import Tokenizer, get_tokenizer

from models.training.manifest import ManifestEntry
from models.training.recogniser.export import save_whole
from models.training.recogniser.files import load_checkpoint
from models.training.recogniser.network import mixed_precision
from models.training.recogniser.recordings import read_sound
from pipeline.errors import InputError, ModelError

CURVE_FIELDS = ("step", "rate", "loss", "held_out_loss")
LONGEST_SECONDS = 30
_IGNORED = -100

Precision = Literal["auto", "bfloat16", "float16", "float32"]


@dataclass(frozen=True)
class FineTuneRecipe:
    """How long and how hard. A step sees `batch` times `accumulate` recordings; `rate` falls linearly to 0."""

    steps: int = 1000
    batch: int = 8
    accumulate: int = 2
    rate: float = 1e-5
    warm_up_steps: int = 50
    weight_decay: float = 0.01
    gradient_limit: float = 1.0
    precision: Precision = "auto"
    freeze_encoder: bool = False
    checkpoint_seconds: float = 300
    curve_every: int = 20
    seed: int = 1

    def __post_init__(self) -> None:
        if min(self.steps, self.batch, self.accumulate, self.curve_every) < 1:
            raise InputError("fine-tuning: steps, batch and accumulate must be at least 1")


class FineTuner:
    """One adaptation in `folder`: `finetune.pt` (to continue), `curve.csv`, and at the end `final.pt` (to use).

    Raises `ModelError` where `model` is no checkpoint, `InputError` for recordings or checkpoints that cannot be used.
    """

    def __init__(
        self,
        model: str,
        entries: Sequence[ManifestEntry],
        folder: Path,
        recipe: FineTuneRecipe,
        *,
        held_out: Sequence[ManifestEntry] = (),
        device: str | None = None,
        download_root: Path | None = None,
    ) -> None:
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.recipe = recipe
        self.folder = folder
        self.step = 0
        self._entries = list(entries)
        self._held_out = list(held_out)
        self.model, self._extras = _load(model, self.device, download_root)
        self._tokenizer: Tokenizer = get_tokenizer(
            self.model.is_multilingual, num_languages=self.model.num_languages, language="zh", task="transcribe"
        )
        self._optimiser = self._build_optimiser()
        self._scaler = torch.amp.GradScaler(self.device, enabled=recipe.precision == "float16")
        self._stopping = False
        self._resume()

    @property
    def checkpoint(self) -> Path:
        return self.folder / "finetune.pt"

    def run(self, *, stop_after: int | None = None) -> None:
        """Train to the last step, or for `stop_after` more; writes checkpoints, curve and, at the end, the result."""
        last = self.recipe.steps if stop_after is None else min(self.recipe.steps, self.step + stop_after)
        saved = time.monotonic()
        self.model.train()
        while self.step < last and not self._stopping:
            loss = self.train_step()
            if self.step % self.recipe.curve_every == 0 or self.step == self.recipe.steps:
                self._write_curve(loss)
            if time.monotonic() - saved > self.recipe.checkpoint_seconds:
                self.save()
                saved = time.monotonic()
        self.save()
        if self.step >= self.recipe.steps:
            self.export(self.folder / "final.pt")

    def stop(self) -> None:
        """End `run` after the present step, with everything written."""
        self._stopping = True

    def train_step(self) -> float:
        """One step of the optimiser; gives its mean loss (nats a token)."""
        self._optimiser.zero_grad(set_to_none=True)
        total = 0.0
        for part in range(self.recipe.accumulate):
            loss = self._loss(self._drawn(self.step * self.recipe.accumulate + part)) / self.recipe.accumulate
            self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        self._scaler.unscale_(self._optimiser)
        self._keep_reserved_dimension()
        nn.utils.clip_grad_norm_(self._trained(), self.recipe.gradient_limit)
        for group in self._optimiser.param_groups:
            group["lr"] = self.rate()
        self._scaler.step(self._optimiser)
        self._scaler.update()
        self.step += 1
        return total

    def rate(self) -> float:
        """The learning rate of the coming step."""
        warm_up = min(1.0, (self.step + 1) / max(1, self.recipe.warm_up_steps))
        return self.recipe.rate * warm_up * (1 - self.step / self.recipe.steps)

    @torch.inference_mode()
    def held_out_loss(self) -> float | None:
        """Mean loss over the held-out recordings; None without any."""
        if not self._held_out:
            return None
        self.model.eval()
        groups = [
            self._held_out[first : first + self.recipe.batch]
            for first in range(0, len(self._held_out), self.recipe.batch)
        ]
        losses = [float(self._loss(group)) * len(group) for group in groups]
        self.model.train()
        return sum(losses) / len(self._held_out)

    def save(self) -> None:
        """Write what is needed to continue."""
        save_whole(
            {
                "model": self.model.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "scaler": self._scaler.state_dict(),
                "step": self.step,
                "recipe": asdict(self.recipe),
                "dims": self.model.dims.__dict__,
            },
            self.checkpoint,
        )

    def export(self, path: Path) -> None:
        """Write a checkpoint that `whisper.load_model(path)` loads, in half precision.

        What the old weights had learnt about their own words no longer holds and is left out: `calibrate` fits it anew.
        """
        callproof = {
            key: value
            for key, value in self._extras.get("callproof", {}).items()
            if key not in ("words", "no_speech_above")
        }
        heads = self.model.alignment_heads.indices().T.tolist()
        save_whole(
            {
                "dims": self.model.dims.__dict__,
                "model_state_dict": {name: value.half().cpu() for name, value in self.model.state_dict().items()},
                "alignment_heads": heads,
                **({"callproof": callproof} if callproof else {}),
            },
            path,
        )

    def _loss(self, entries: Sequence[ManifestEntry]) -> Tensor:
        mel = torch.stack([self._mel(entry) for entry in entries]).to(self.device)
        tokens, targets = self._texts(entries)
        with self._arithmetic():
            with torch.set_grad_enabled(torch.is_grad_enabled() and not self.recipe.freeze_encoder):
                audio = self.model.encoder(mel)
            logits = self.model.decoder(tokens, audio)
        loss: Tensor = functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=_IGNORED)
        return loss

    def _arithmetic(self) -> AbstractContextManager[object]:
        precision = self.recipe.precision
        if precision == "auto":
            return mixed_precision(self.device)
        if precision == "float32":
            return nullcontext()
        return torch.autocast(self.device, getattr(torch, precision))

    def _mel(self, entry: ManifestEntry) -> Tensor:
        sound = read_sound(entry.audio)
        if len(sound) > LONGEST_SECONDS * SAMPLE_RATE:
            raise InputError(f"{entry.audio}: longer than {LONGEST_SECONDS} s; cut it into turns", code="bad_recording")
        mel: Tensor = log_mel_spectrogram(pad_or_trim(torch.from_numpy(sound)), self.model.dims.n_mels)
        return mel

    def _texts(self, entries: Sequence[ManifestEntry]) -> tuple[Tensor, Tensor]:
        start = list(self._tokenizer.sot_sequence_including_notimestamps)
        rows = [[*start, *self._encoded(entry.text), self._tokenizer.eot] for entry in entries]
        longest = max(map(len, rows))
        if longest > self.model.dims.n_text_ctx:
            raise InputError(
                f"a text of {longest} tokens; {self.model.dims.n_text_ctx} fit the model: cut it into turns"
            )
        tokens = torch.tensor([row + [self._tokenizer.eot] * (longest - len(row)) for row in rows])
        targets = torch.full_like(tokens, _IGNORED)
        for index, row in enumerate(rows):
            targets[index, len(start) - 1 : len(row) - 1] = torch.tensor(row[len(start) :])
        return tokens.to(self.device), targets.to(self.device)

    def _encoded(self, text: str) -> list[int]:
        if "callproof" in self._extras:  # the embedded recogniser writes character by character
            return [token for character in text for token in self._tokenizer.encode(character)]
        return list(self._tokenizer.encode(text))

    def _drawn(self, number: int) -> list[ManifestEntry]:
        """Batch `number` of an endless row of shuffled passes over the recordings; the same in every run."""
        first = number * self.recipe.batch
        chosen = []
        for place in range(first, first + self.recipe.batch):
            turn, at = divmod(place, len(self._entries))
            chosen.append(self._entries[self._order(turn)[at]])
        return chosen

    def _order(self, turn: int) -> list[int]:
        if turn != getattr(self, "_turn", None):
            self._turn = turn
            self._shuffled = list(range(len(self._entries)))
            Random(self.recipe.seed * 1_000_003 + turn).shuffle(self._shuffled)
        return self._shuffled

    def _trained(self) -> list[nn.Parameter]:
        own = self.model.decoder if self.recipe.freeze_encoder else self.model
        return [value for value in own.parameters() if value.requires_grad]

    def _build_optimiser(self) -> torch.optim.Optimizer:
        embedding = self.model.decoder.token_embedding.weight
        trained = self._trained()
        decayed = [value for value in trained if value.ndim > 1 and value is not embedding]
        plain = [value for value in trained if value.ndim <= 1 or value is embedding]
        groups = [
            {"params": decayed, "weight_decay": self.recipe.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.recipe.rate, betas=(0.9, 0.98))

    def _keep_reserved_dimension(self) -> None:
        """The embedded recogniser keeps its untrained tokens silent by one dimension of the decoder's output."""
        normalisation = self.model.decoder.ln
        if "callproof" in self._extras and normalisation.weight.grad is not None:
            normalisation.weight.grad[-1] = 0
            normalisation.bias.grad[-1] = 0

    def _resume(self) -> None:
        if not self.checkpoint.exists():
            return
        stored = load_checkpoint(self.checkpoint, "step")
        if stored["dims"] != self.model.dims.__dict__:
            raise InputError(f"{self.checkpoint} adapts a model of another size: name another folder")
        self.model.load_state_dict(stored["model"])
        self._optimiser.load_state_dict(stored["optimiser"])
        self._scaler.load_state_dict(stored["scaler"])
        self.step = int(stored["step"])

    def _write_curve(self, loss: float) -> None:
        path = self.folder / "curve.csv"
        fresh = not path.exists()
        held_out = self.held_out_loss()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(CURVE_FIELDS)
            shown = "" if held_out is None else f"{held_out:.4f}"
            writer.writerow([self.step, f"{self.rate():.2e}", f"{loss:.4f}", shown])


def _load(model: str, device: str, download_root: Path | None) -> tuple[Whisper, dict[str, Any]]:
    path = Path(model)
    if not path.is_file() and model not in whisper.available_models():
        raise ModelError(
            f"model {model!r}: neither a checkpoint file nor one of {', '.join(whisper.available_models())}"
        )
    extras: dict[str, Any] = {}
    if path.is_file():
        extras = load_checkpoint(path, "model_state_dict")
        extras = {key: value for key, value in extras.items() if key not in ("model_state_dict", "dims")}
    loaded = whisper.load_model(model, device=device, download_root=str(download_root) if download_root else None)
    heads = extras.get("alignment_heads")
    if heads:
        mask = torch.zeros(loaded.dims.n_text_layer, loaded.dims.n_text_head, dtype=torch.bool)
        for layer, head in heads:
            mask[layer, head] = True
        loaded.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)
    return loaded.float(), extras
