"""What the language model puts right in the texts of a batch that the decoder alone is unsure of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from whisper.decoding import DecodingOptions, DecodingResult
from whisper.model import Whisper
from whisper.tokenizer import Tokenizer

from models.hear.alike import Alikes
from models.hear.decoding import EncodedBatch, IncrementalDecoder, TrainedTokens, decode
from models.hear.fusion import Fusion, FusionDecoder, HelpedResult


class LanguageHelp:
    """Decodes unsure texts again with the language model beside the decoder, then chooses characters by their sound."""

    def __init__(self, model: Whisper, tokenizer: Tokenizer, fusion: Fusion, trained: TrainedTokens | None) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._fusion = fusion
        self._trained = trained
        rules = fusion.rules
        self._alikes = Alikes(fusion.model, rules.alike, tokenizer, fixed=rules.fixed) if rules.alike else None

    def put_right(self, results: list[DecodingResult], batch: EncodedBatch, options: DecodingOptions) -> None:
        """Puts what it finds in place of the results that are likely to hold an error; `options` decoded them."""
        unsure = [index for index, result in enumerate(results) if result.tokens and not self._fusion.is_sure(result)]
        if not unsure:
            return
        self._decode_again(results, unsure, batch, options)
        if self._alikes:
            for index, result in zip(unsure, self._chosen(results, unsure, batch, self._alikes), strict=True):
                results[index] = result

    def _decode_again(
        self, results: list[DecodingResult], unsure: Sequence[int], batch: EncodedBatch, options: DecodingOptions
    ) -> None:
        kept = [self._fusion.kept(results[index].text) for index in unsure]
        again = decode(
            self._model,
            batch.features[list(unsure)],
            replace(options, beam_size=self._fusion.rules.beam),
            folding=batch.folding,
            trained=self._trained,
            choose_decoder=lambda inference: FusionDecoder(self._tokenizer, inference, self._fusion, kept),
        )
        for index, result in zip(unsure, again, strict=True):
            results[index] = self._fusion.better(results[index], result)

    def _chosen(
        self, results: Sequence[DecodingResult], unsure: Sequence[int], batch: EncodedBatch, alikes: Alikes
    ) -> Iterator[DecodingResult]:
        """The unsure results with each character chosen among those of its sound."""
        start = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        longest = max(len(results[index].tokens) for index in unsure)
        rows = [
            start + results[index].tokens + [self._tokenizer.eot] * (longest - len(results[index].tokens))
            for index in unsure
        ]
        decoder = IncrementalDecoder(self._model, 1, batch.folding, self._trained)
        tokens = torch.tensor(rows, device=self._model.device)
        logits = decoder.logits(tokens, batch.features[list(unsure)])[:, len(start) - 1 :]
        for index, row in zip(unsure, logits, strict=True):
            chosen = alikes.chosen(results[index].tokens, row)
            if chosen == results[index].tokens:
                yield results[index]
            else:
                text = self._tokenizer.decode(chosen).strip()
                yield HelpedResult(**{**vars(results[index]), "tokens": chosen, "text": text})
