"""Starting from the weights of an earlier training instead of from nothing."""

from pathlib import Path
from typing import Any

import torch

from models.training.recogniser.network import TrainingNetwork
from models.training.recogniser.vocabulary import Vocabulary


@torch.no_grad()
def start_from(network: TrainingNetwork, vocabulary: Vocabulary, path: Path) -> bool:
    """Take over an exported checkpoint of the same size; call it after `network.whiten`.

    Tokens that were not trained there keep their random start. True when the head for the sounds came along, too.
    Raises `ValueError` when the sizes differ.
    """
    stored: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    weights = {name: value.float() for name, value in stored["model_state_dict"].items()}
    embedding = weights.pop("decoder.token_embedding.weight")
    conv_weight = weights.pop("encoder.conv1.weight")
    conv_bias = weights.pop("encoder.conv1.bias")
    if embedding.shape[1] != network.whisper.dims.n_text_state:
        raise ValueError(f"{path} has width {embedding.shape[1]}, the recipe {network.whisper.dims.n_text_state}")
    network.whisper.load_state_dict(weights, strict=False)
    unfolded = torch.einsum("omk,mw->owk", conv_weight, torch.linalg.inv(network.whitening))
    convolution = network.whisper.encoder.conv1
    convolution.weight.copy_(unfolded)
    assert convolution.bias is not None
    convolution.bias.copy_(conv_bias + torch.einsum("omk,m->o", conv_weight, network.mel_mean))
    rows = embedding[torch.tensor(vocabulary.stock_ids)]
    trained = rows[:, network.reserved] > -50
    network.whisper.decoder.token_embedding.weight[trained] = rows[trained]
    head = stored.get("sound_head", {})
    if {name: value.shape for name, value in head.items()} != {
        name: value.shape for name, value in network.sound_head.state_dict().items()
    }:
        return False
    network.sound_head.load_state_dict({name: value.float() for name, value in head.items()})
    return True
