"""Texts that the recogniser's language model is counted on: what is spoken in training, never what is held out."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from models.read.language_model import LanguageModel
from models.training.listing import list_weights
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.texts import HeldOut, TextSource, excluded_sentences

FILE = "language_model.npz"
_SEED = 5


def training_texts(count: int, samples: Path) -> Iterator[str]:
    """`count` sentences as a recogniser writes them, without those that test and those of scripts in `samples`."""
    source = TextSource(load_lexicon(), load_templates())
    held_out = HeldOut(excluded_sentences(samples))
    rng = Random(_SEED)
    given = 0
    while given < count:
        sentence = source.draw(rng)
        if sentence.target and held_out.side(sentence) == "train":
            given += 1
            yield sentence.target


def release_language_model(model: LanguageModel, folder: Path, listing: Path, *, texts: int) -> Mapping[str, Any]:
    """Ships `model` in `folder` and enters it in the weights list; gives the entry."""
    path = folder / FILE
    model.save(path)
    return list_weights(
        listing,
        "language_model",
        path,
        purpose="tells characters of the same sound apart where the embedded recogniser is unsure",
        source=f"counted by models/training/recogniser on {texts} texts made from configs/training and configs/lexicon",
        training_data="word lists, words of jieba's dictionary (MIT), turns of invented calls; no recordings",
    )
