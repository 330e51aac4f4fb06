"""Decoding with a language model beside the decoder's own: shallow fusion (Gulcehre et al. 2015) in a beam search.

A recogniser that has heard little knows sounds better than words and writes another character of the same sound. The
language model of the trade tells them apart. It knows no names, numbers or values of the call in hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor
from whisper.decoding import DecodingResult, Inference, TokenDecoder
from whisper.tokenizer import Tokenizer

import configs
from models.hear.alike import AlikeRules
from models.read.language_model import END, LanguageModel
from models.weights import verified
from pipeline.errors import ModelError, SettingsError

RULES_FILE = "fusion.yaml"
_FAR = 8.0  # a token so much less likely (nats) than the likeliest is not tried
_TRIED = 12
_SURE_LEAD = 6.0  # an unfinished text so far behind a finished one (nats) is given up


class FusionRules(BaseModel):
    """`fusion.yaml`: how the language model counts.

    `weight` times its log probability, and `bonus` nats a character, since it makes every further character dearer;
    `beam` texts are followed. A text that the decoder alone gives at least the probability `sure` is left as it is.
    Characters of `fixed` stay as the decoder alone wrote them: a number is never written by what is likely. `alike` is
    how each other character is then chosen among those of its sound.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(ge=0, le=5)
    bonus: float = Field(ge=0, le=10)
    beam: int = Field(ge=1, le=64)
    sure: float = Field(gt=0, le=1)
    fixed: str = ""
    alike: AlikeRules | None = None


@dataclass(frozen=True)
class HelpedResult(DecodingResult):  # type: ignore[misc] # whisper has no types
    """A text that the decoder alone would not have written."""


@dataclass(frozen=True, slots=True)
class Fusion:
    """A language model and how it counts."""

    model: LanguageModel
    rules: FusionRules

    def is_sure(self, result: DecodingResult) -> bool:
        """Whether the decoder alone is sure of a result."""
        return bool(result.avg_logprob * (len(result.tokens) + 1) >= math.log(self.rules.sure))

    def kept(self, text: str) -> str:
        """The characters of `text` that stay, in their order."""
        return "".join(character for character in text if character in self.rules.fixed)

    def better(self, first: DecodingResult, again: DecodingResult) -> DecodingResult:
        """What was found with the language model's help, unless it is the same or changes what must stay."""
        if again.text == first.text or self.kept(again.text) != self.kept(first.text):
            return first
        return HelpedResult(**vars(again))


def open_fusion(language_model: str, *, trained_here: bool, own: Path | None = None) -> Fusion | None:
    """The fusion that `RecogniserOptions.language_model` asks for, by the rules of `fusion.yaml`; None for none.

    Raises `ModelError` for a file that is missing, damaged or no language model, `SettingsError` for rules that do not
    fit.
    """
    if language_model == "none" or (language_model == "auto" and not trained_here):
        return None
    path = verified("language_model") if language_model == "auto" else Path(language_model)
    if not path.is_file():
        raise ModelError(f"language model {path}: no such file; `auto` and `none` need none", code="weights_missing")
    return Fusion(LanguageModel.load(path), _rules(own))


def _rules(own: Path | None) -> FusionRules:
    try:
        return FusionRules.model_validate(configs.read_yaml(RULES_FILE, own))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise SettingsError(f"{configs.path_of(RULES_FILE, own)}: {where}: {first['msg'].lower()}") from error


class _Text(NamedTuple):
    """One text of the beam: whole characters, bytes of one begun, what decoder and language model give it (nats).

    `kept` is how many of the window's characters that stay it has written.
    """

    written: str = ""
    begun: bytes = b""
    kept: int = 0
    heard: float = 0.0
    language: float = 0.0


class _Step(NamedTuple):
    text: _Text
    row: int
    token: int
    score: float


class _Finished(NamedTuple):
    score: float
    tokens: Tensor
    heard: float


class FusionDecoder(TokenDecoder):  # type: ignore[misc] # whisper has no types
    """Picks tokens for stock decoding by both models.

    Rows of `tokens` and `logits` are windows times beam, as stock whisper has them. `kept` are the characters of each
    window that stay: texts that write others of their kind are not followed.
    """

    def __init__(self, tokenizer: Tokenizer, inference: Inference, fusion: Fusion, kept: Sequence[str]) -> None:
        self._end = tokenizer.eot
        self._bytes = tokenizer.encoding.decode_single_token_bytes
        self._inference = inference
        self._fusion = fusion
        self._stay = kept
        self._texts: list[_Text | None] = []
        self._finished: list[_Finished | None] = []

    def reset(self) -> None:
        self._texts, self._finished = [], []

    def update(self, tokens: Tensor, logits: Tensor, sum_logprobs: Tensor) -> tuple[Tensor, bool]:
        beam = self._fusion.rules.beam
        if not self._texts:
            # All rows of a window are alike at first: one of them is enough.
            self._texts = [_Text() if row % beam == 0 else None for row in range(len(tokens))]
            self._finished = [None] * (len(tokens) // beam)
        steps = self._steps(logits)
        rows, added = [], []
        for window, candidates in enumerate(steps):
            kept = self._kept(window, candidates, tokens)
            for place in range(beam):
                row = window * beam + place
                step = kept[place] if place < len(kept) else None
                self._texts[row] = step.text if step else None
                rows.append(step.row if step else window * beam)
                added.append(step.token if step else self._end)
        tokens = torch.cat([tokens[rows], torch.tensor(added, device=tokens.device)[:, None]], dim=1)
        self._inference.rearrange_kv_cache(rows)
        for row, text in enumerate(self._texts):
            sum_logprobs[row] = text.heard if text else -torch.inf
        return tokens, all(text is None for text in self._texts)

    def finalize(self, tokens: Tensor, sum_logprobs: Tensor) -> tuple[list[list[Tensor]], list[list[float]]]:
        """The best text of each window; where none came to its end, the likeliest unfinished one."""
        texts, sums = [], []
        end = torch.tensor([self._end], device=tokens.device)
        for window, finished in enumerate(self._finished):
            if finished is None:
                row = self._leader(window)
                finished = _Finished(0.0, torch.cat([tokens[window, row], end]), float(sum_logprobs[window, row]))
            texts.append([finished.tokens])
            sums.append([finished.heard])
        return texts, sums

    def _steps(self, logits: Tensor) -> list[list[_Step]]:
        """The continuations of every window's texts, best first."""
        likely = logits.float().log_softmax(dim=-1).topk(_TRIED, dim=-1)
        values, tokens = likely.values.tolist(), likely.indices.tolist()
        continued: list[tuple[int, int, _Text, str]] = []
        for row, text in enumerate(self._texts):
            if text is None:
                continue
            for value, token in zip(values[row], tokens[row], strict=True):
                if value < values[row][0] - _FAR:
                    break
                grown = self._grown(text, token, value, self._stay[row // self._fusion.rules.beam])
                if grown is not None:
                    continued.append((row, token, *grown))
        language = _language_scores(self._fusion.model, continued)
        steps: list[list[_Step]] = [[] for _ in self._finished]
        for (row, token, text, _), score in zip(continued, language, strict=True):
            text = text._replace(language=text.language + score)
            reached = self._score(text) + self._promise(text)
            steps[row // self._fusion.rules.beam].append(_Step(text, row, token, reached))
        return [sorted(window, key=lambda step: -step.score) for window in steps]

    def _grown(self, text: _Text, token: int, value: float, stay: str) -> tuple[_Text, str] | None:
        """`text` with one more token, and the characters that it completes.

        None where the bytes are no text, or not the characters that `stay`.
        """
        if token == self._end:
            whole = not text.begun and text.kept == len(stay)
            return (text._replace(heard=text.heard + value), END) if whole else None
        pending = text.begun + self._bytes(token)
        try:
            completed, begun = pending.decode(), b""
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                return None
            completed, begun = pending[: error.start].decode(), pending[error.start :]
        added = self._fusion.kept(completed)
        if not stay.startswith(added, text.kept):
            return None
        kept = text.kept + len(added)
        return _Text(text.written + completed, begun, kept, text.heard + value, text.language), completed

    def _kept(self, window: int, steps: Sequence[_Step], tokens: Tensor) -> list[_Step]:
        """The best unfinished continuations; the best finished one is noted, and ends the search once far ahead."""
        kept: list[_Step] = []
        for step in steps:
            if len(kept) == self._fusion.rules.beam:
                break
            if step.token != self._end:
                kept.append(step)
                continue
            best = self._finished[window]
            if best is None or step.score > best.score:
                whole = torch.cat([tokens[step.row], torch.tensor([self._end], device=tokens.device)])
                self._finished[window] = _Finished(step.score, whole, step.text.heard)
        best = self._finished[window]
        return [step for step in kept if best is None or step.score > best.score - _SURE_LEAD]

    def _leader(self, window: int) -> int:
        """Which of a window's unfinished texts is the best."""
        texts = self._texts[window * self._fusion.rules.beam : (window + 1) * self._fusion.rules.beam]
        return max(range(len(texts)), key=lambda row: self._score(one) if (one := texts[row]) else -math.inf)

    def _promise(self, text: _Text) -> float:
        """The most that the character which `text` has begun can add, so that it competes with whole ones as an equal.

        Unpriced until they were whole, beginnings filled the beam and pushed out better texts.
        """
        if not text.begun:
            return 0.0
        ahead = self._fusion.model.best_ahead(text.written, text.begun)
        return self._fusion.rules.weight * ahead + self._fusion.rules.bonus

    def _score(self, text: _Text) -> float:
        return text.heard + self._fusion.rules.weight * text.language + self._fusion.rules.bonus * len(text.written)


def _language_scores(model: LanguageModel, continued: Sequence[tuple[int, int, _Text, str]]) -> list[float]:
    """What the language model gives the characters that each continuation completes, together."""
    asked: list[tuple[str, str]] = []
    owners: list[int] = []
    for number, (_, _, text, completed) in enumerate(continued):
        before = text.written if completed == END else text.written[: len(text.written) - len(completed)]
        for at, character in enumerate(completed):
            asked.append((before + completed[:at], character))
            owners.append(number)
    scores = [0.0] * len(continued)
    for owner, score in zip(owners, model.scores(asked), strict=True):
        scores[owner] += score
    return scores
