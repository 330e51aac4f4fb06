"""A stock whisper checkpoint from a trained network."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.training.recogniser.files import write_whole
from models.training.recogniser.network import STOCK_VOCABULARY, TrainingNetwork, alignment_heads
from models.training.recogniser.settings import Recipe
from models.training.recogniser.vocabulary import Vocabulary

UNTRAINED_LOGIT = -60.0


@torch.no_grad()
def export(network: TrainingNetwork, vocabulary: Vocabulary, path: Path, facts: dict[str, Any]) -> None:
    """Write a checkpoint that `whisper.load_model(path)` loads, in half precision.

    `alignment_heads` holds the [layer, head] pairs whose attention gives word times; `callproof` holds `facts`;
    `sound_head` is used in training alone, so that a later one goes on where this one ended.
    """
    state: dict[str, Tensor] = {name: value.detach().clone() for name, value in network.whisper.state_dict().items()}
    state["encoder.conv1.weight"], state["encoder.conv1.bias"] = network.folded_conv1()
    embedding = torch.zeros(STOCK_VOCABULARY, network.whisper.dims.n_text_state)
    embedding[:, network.reserved] = UNTRAINED_LOGIT
    embedding[torch.tensor(vocabulary.stock_ids)] = state["decoder.token_embedding.weight"].float()
    state["decoder.token_embedding.weight"] = embedding
    dims = {**network.whisper.dims.__dict__, "n_vocab": STOCK_VOCABULARY}
    checkpoint = {
        "dims": dims,
        "model_state_dict": {name: value.half() for name, value in state.items()},
        "alignment_heads": alignment_heads(network.whisper.dims.n_text_layer),
        "callproof": facts,
        "sound_head": {name: value.detach().half() for name, value in network.sound_head.state_dict().items()},
    }
    save_whole(checkpoint, path)


def export_training(checkpoint: Path, path: Path) -> None:
    """Export the averaged weights of a training checkpoint to `path`."""
    stored: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    vocabulary = Vocabulary(stored["characters"])
    recipe = Recipe(**stored["recipe"])
    network = TrainingNetwork(recipe, len(vocabulary), vocabulary.sound_classes)
    network.load_state_dict({**stored["network"], **stored["average"]})
    facts = facts_of(stored["progress"], stored["started_from_weights"], recipe.padding_samples)
    export(network, vocabulary, path, facts)


def facts_of(progress: dict[str, Any], started_from_weights: bool, padding_samples: int) -> dict[str, Any]:
    """What a checkpoint says about its training; `padding_samples` lets an engine encode short windows cheaply."""
    return {
        "padding_samples": padding_samples,
        "step": progress["step"],
        "presentations": progress["presentations"],
        "audio_hours": round(progress["audio_seconds"] / 3600, 2),
        "training_minutes": round(progress["trained_seconds"] / 60, 1),
        "started_from_weights": started_from_weights,
        "speech": "synthetic (espeak-ng)",
    }


def save_whole(content: dict[str, Any], path: Path) -> None:
    """`torch.save` that leaves either the old file or the new one. Raises `DiskFullError` where there is no room."""
    write_whole(path, lambda file: torch.save(content, file))
