"""The Whisper architecture with what training adds: whitened input, sound labels, guided attention, cheap padding.

Whisper: Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022), openai-whisper (MIT).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from whisper.model import ModelDimensions, MultiHeadAttention, Whisper, sinusoids

from models.training.recogniser.settings import Recipe

ENCODER_POSITIONS = 1500
TEXT_POSITIONS = 448
MELS = 80
STOCK_VOCABULARY = 51865
PLACES = 4  # of a frame within its unit: none, first, middle, last third
GUIDED_HEADS = 2
# Layer 0 is left alone, layer 1 looks at the character just written, later layers at the next one.
_LOOKS_BACK = 1
_SHIFTS = ((-7, -3, 3, 7), (-10, -2, 2, 10), (-4, -1, 1, 4), (-8, -2, 2, 8), (-5, -1, 1, 5), (-12, -3, 3, 12))


@dataclass(frozen=True)
class Heard:
    """What the network makes of a batch.

    `logits` [batch, tokens, vocabulary], `sounds` [batch, frames, classes], `attention` one a decoder layer
    [batch, heads, tokens, frames + padding samples].
    """

    logits: Tensor
    sounds: Tensor
    attention: list[Tensor]


@dataclass(frozen=True)
class Padding:
    """Whisper's 30 s of padding, imitated by a few sampled silent positions that stand for all of them.

    `positions` int [samples] lie behind the clip's frames; `bias` [1, 1, 1, frames + samples] makes each sample weigh
    as much as the share of the padding that it stands for.
    """

    positions: Tensor
    bias: Tensor

    def to(self, device: str) -> "Padding":
        """The same on `device`."""
        return Padding(self.positions.to(device), self.bias.to(device))


def sample_padding(frames: int, samples: int, draws: Tensor) -> Padding:
    """Padding behind `frames` of speech; `draws` in 0..1 [samples] place one position in each equal stretch."""
    edges = torch.linspace(frames, ENCODER_POSITIONS, samples + 1)
    positions = (edges[:-1] + draws * (edges[1:] - edges[:-1])).long().clamp(frames, ENCODER_POSITIONS - 1)
    bias = torch.zeros(1, 1, 1, frames + samples)
    bias[..., frames:] = math.log((ENCODER_POSITIONS - frames) / samples)
    return Padding(positions, bias)


class TrainingNetwork(nn.Module):
    """Whisper over the trained part of the vocabulary, with a linear head for the sound of each frame.

    One dimension of the width is reserved: the decoder's output is always 1 there, so that a token's weight in it is
    its bias. At export each untrained token gets a bias of -60 and nothing else, and is never picked.
    """

    whitening: Tensor
    mel_mean: Tensor

    def __init__(self, recipe: Recipe, vocabulary_size: int, sound_classes: tuple[int, int, int]) -> None:
        super().__init__()
        dims = ModelDimensions(
            n_mels=MELS,
            n_audio_ctx=ENCODER_POSITIONS,
            n_audio_state=recipe.width,
            n_audio_head=recipe.heads,
            n_audio_layer=recipe.encoder_layers,
            n_vocab=vocabulary_size,
            n_text_ctx=TEXT_POSITIONS,
            n_text_state=recipe.width,
            n_text_head=recipe.heads,
            n_text_layer=recipe.decoder_layers,
        )
        self.whisper = Whisper(dims)
        self.sound_classes = (*sound_classes, PLACES)
        self.sound_head = nn.Linear(recipe.width, sum(self.sound_classes))
        self.register_buffer("whitening", torch.eye(MELS))
        self.register_buffer("mel_mean", torch.zeros(MELS))
        self._initialise(recipe)

    @property
    def reserved(self) -> int:
        """The reserved dimension."""
        return int(self.whisper.dims.n_text_state) - 1

    @torch.no_grad()
    def _initialise(self, recipe: Recipe) -> None:
        for name, parameter in self.whisper.named_parameters():
            if "blocks" in name and parameter.ndim == 2:
                writes_residual = name.endswith(("out.weight", "mlp.2.weight"))
                nn.init.normal_(parameter, 0, (0.3 if writes_residual else 0.7) / math.sqrt(parameter.shape[1]))
            if name.endswith("bias") and "ln" not in name:
                parameter.zero_()
        self.whisper.encoder.conv2.weight.mul_(3)
        decoder = self.whisper.decoder
        nn.init.normal_(decoder.token_embedding.weight, 0, 0.04)
        decoder.positional_embedding.copy_(sinusoids(TEXT_POSITIONS, recipe.width) * 0.05)
        self.reserve_dimension()
        for layer, block in enumerate(self.whisper.encoder.blocks):
            _start_local(block.attn, _SHIFTS[layer % len(_SHIFTS)])

    @torch.no_grad()
    def reserve_dimension(self) -> None:
        """Set the reserved dimension to its fixed values."""
        decoder, kept = self.whisper.decoder, self.reserved
        decoder.token_embedding.weight[:, kept] = 0
        decoder.positional_embedding[:, kept] = 0
        decoder.ln.weight[kept] = 0
        decoder.ln.bias[kept] = 1

    def release_reserved_gradient(self) -> None:
        """Keep the optimiser from moving the reserved dimension of the output."""
        normalisation = self.whisper.decoder.ln
        if normalisation.weight.grad is not None and normalisation.bias.grad is not None:
            normalisation.weight.grad[self.reserved] = 0
            normalisation.bias.grad[self.reserved] = 0

    @torch.no_grad()
    def whiten(self, frames: Tensor, *, smallest: float = 0.003) -> None:
        """Set the input whitening (PCA) from features `frames` [n, 80]. Training starts far faster with it."""
        self.mel_mean.copy_(frames.mean(0))
        values, vectors = torch.linalg.eigh(torch.cov(frames.T.double()))
        scale = values.clamp(min=0).sqrt() + smallest
        self.whitening.copy_((vectors / scale).T.float())

    def folded_conv1(self) -> tuple[Tensor, Tensor]:
        """The first convolution with the whitening folded in: weight [width, 80, 3], bias [width]."""
        weight = torch.einsum("owk,wm->omk", self.whisper.encoder.conv1.weight, self.whitening)
        bias = self.whisper.encoder.conv1.bias
        assert bias is not None
        return weight, bias - torch.einsum("omk,m->o", weight, self.mel_mean)

    def encode(self, mel: Tensor, padding: Padding) -> Tensor:
        """Features [batch, 80, 2 * (frames + 1)] as [batch, frames + padding samples, width]; the last is silence."""
        encoder = self.whisper.encoder
        weight, bias = self.folded_conv1()
        hidden = functional.gelu(functional.conv1d(mel, weight, bias, padding=1))
        hidden = functional.gelu(
            functional.conv1d(hidden, encoder.conv2.weight, encoder.conv2.bias, stride=2, padding=1)
        ).transpose(1, 2)
        frames = hidden.shape[1] - 1
        places = encoder.positional_embedding
        silence = hidden[:, frames - 1 : frames] + places[padding.positions]
        hidden = torch.cat([hidden[:, :frames] + places[:frames], silence], 1).float()
        for block in encoder.blocks:
            hidden = hidden + _attend(block.attn, _normalise(block.attn_ln, hidden), bias=padding.bias)
            hidden = hidden + _feed_forward(block.mlp, _normalise(block.mlp_ln, hidden))
        return _normalise(encoder.ln_post, hidden)

    def decode(self, tokens: Tensor, audio: Tensor, padding: Padding) -> tuple[Tensor, list[Tensor]]:
        """Logits [batch, tokens, vocabulary] and each layer's cross-attention."""
        decoder = self.whisper.decoder
        hidden = decoder.token_embedding(tokens) + decoder.positional_embedding[: tokens.shape[1]]
        looked: list[Tensor] = []
        for block in decoder.blocks:
            hidden = hidden + _attend(block.attn, _normalise(block.attn_ln, hidden), causal=True)
            assert block.cross_attn is not None
            query = _normalise(block.cross_attn_ln, hidden)
            found, weights = _look_at(block.cross_attn, query, audio, padding.bias)
            hidden = hidden + found
            looked.append(weights)
            hidden = hidden + _feed_forward(block.mlp, _normalise(block.mlp_ln, hidden))
        return functional.linear(_normalise(decoder.ln, hidden), decoder.token_embedding.weight), looked

    def forward(self, mel: Tensor, tokens: Tensor, padding: Padding, *, sounds_alone: bool = False) -> Heard:
        """With `sounds_alone` the sounds teach their own head and nothing before it."""
        audio = self.encode(mel, padding)
        logits, attention = self.decode(tokens, audio, padding)
        frames = audio[:, : audio.shape[1] - len(padding.positions)]
        return Heard(logits, self.sound_head(frames.detach() if sounds_alone else frames), attention)


def guide_loss(attention: list[Tensor], wanted: Tensor) -> Tensor:
    """How far the guided heads look from where they should.

    `wanted` bool [batch, tokens, frames + samples] marks the frames of the token that each position predicts; rows
    without a mark do not count. Layer 1 is led to the previous token's frames, the later layers to the next one's.
    """
    mark = wanted.float()
    previous = functional.pad(mark, (0, 0, 1, 0))[:, :-1]
    losses = []
    for layer in range(min(1, len(attention) - 1), len(attention)):
        aim = previous if layer == _LOOKS_BACK and len(attention) > 2 else mark
        counts = (aim.sum(-1) > 0).float()
        mass = (attention[layer][:, :GUIDED_HEADS].float().mean(1) * aim).sum(-1)
        losses.append(-((mass + 1e-4).log() * counts).sum() / counts.sum().clamp(min=1))
    return torch.stack(losses).mean()


def alignment_heads(decoder_layers: int) -> list[list[int]]:
    """[layer, head] pairs whose attention marks the time of the token being predicted."""
    first = 2 if decoder_layers > 2 else min(1, decoder_layers - 1)
    return [[layer, head] for layer in range(first, decoder_layers) for head in range(GUIDED_HEADS)]


def _split(projected: Tensor, heads: int) -> Tensor:
    batch, length, _ = projected.shape
    return projected.view(batch, length, heads, -1).transpose(1, 2)


def _project(attention: MultiHeadAttention, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    heads = attention.n_head
    return (
        _split(functional.linear(query, attention.query.weight, attention.query.bias), heads),
        _split(functional.linear(memory, attention.key.weight), heads),
        _split(functional.linear(memory, attention.value.weight, attention.value.bias), heads),
    )


def _attend(
    attention: MultiHeadAttention, hidden: Tensor, *, bias: Tensor | None = None, causal: bool = False
) -> Tensor:
    # Written out: on a processor torch's fused attention in bfloat16 is several times slower backwards.
    query, key, value = _project(attention, hidden, hidden)
    scores = (query / math.sqrt(query.shape[-1])) @ key.transpose(-1, -2)
    if bias is not None:
        scores = scores + bias.to(scores.dtype)
    if causal:
        length = scores.shape[-1]
        later = torch.ones(length, length, dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(later, -math.inf)
    mixed = scores.softmax(-1).to(value.dtype) @ value
    return functional.linear(mixed.transpose(1, 2).flatten(2), attention.out.weight, attention.out.bias)


def _look_at(attention: MultiHeadAttention, hidden: Tensor, audio: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    query, key, value = _project(attention, hidden, audio)
    scores = (query @ key.transpose(-1, -2)).float() / math.sqrt(query.shape[-1]) + bias
    weights = scores.softmax(-1)
    mixed = weights.to(value.dtype) @ value
    return functional.linear(mixed.transpose(1, 2).flatten(2), attention.out.weight, attention.out.bias), weights


def _normalise(layer: nn.LayerNorm, hidden: Tensor) -> Tensor:
    return functional.layer_norm(hidden, layer.normalized_shape, layer.weight, layer.bias)


def _feed_forward(layers: nn.Sequential, hidden: Tensor) -> Tensor:
    first, last = layers[0], layers[2]
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    return functional.linear(
        functional.gelu(functional.linear(hidden, first.weight, first.bias)), last.weight, last.bias
    )


def _start_local(attention: MultiHeadAttention, shifts: tuple[int, ...], *, gain: float = 1.3) -> None:
    """Make every head look at a fixed offset at first, by rotating the sinusoids of the position in its query."""
    width, heads = attention.query.weight.shape[0], attention.n_head
    half, pairs = width // 2, width // heads // 2
    frequencies = torch.exp(-math.log(10_000) / (half - 1) * torch.arange(half))
    fast = int((frequencies - 0.7).abs().argmin())
    slow = int((frequencies - 0.03).abs().argmin())
    used = torch.linspace(fast, slow, pairs).round().long()
    query, key = attention.query.weight, attention.key.weight
    query.mul_(0.15)
    key.mul_(0.15)
    attention.out.weight.mul_(2)
    for head in range(heads):
        angles = frequencies[used] * shifts[head % len(shifts)]
        rows = head * (width // heads) + 2 * torch.arange(pairs)
        query[rows, used] += gain * angles.cos()
        query[rows, half + used] += gain * angles.sin()
        query[rows + 1, half + used] += gain * angles.cos()
        query[rows + 1, used] -= gain * angles.sin()
        key[rows, used] += gain
        key[rows + 1, half + used] += gain


def mixed_precision(device: str) -> torch.autocast:
    """Arithmetic in bfloat16 where the device gains by it: an accelerator, or a processor that multiplies it (AMX or
    AVX-512 BF16).

    Others imitate it, and a step of training takes longer than in float32.
    """
    fast = device != "cpu" or torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device, torch.bfloat16, enabled=fast)
