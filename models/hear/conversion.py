"""An openai-whisper checkpoint as a CTranslate2 folder, so that both engines run the same weights.

Beside the weights the folder has what faster-whisper looks for (`config.json`, `vocabulary.json`, `tokenizer.json`) and
`callproof.json`: where the weights came from, and what a checkpoint trained by the project knows of itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from whisper import _ALIGNMENT_HEADS, _MODELS
from whisper.tokenizer import Tokenizer, get_tokenizer

from pipeline.errors import ModelError

FACTS_FILE = "callproof.json"
COMPUTE_TYPES = ("float32", "float16", "bfloat16", "int8", "int8_float32", "int8_float16", "int8_bfloat16")
_PREPROCESSOR = "preprocessor_config.json"

Weights = Mapping[str, Any]


def convert(checkpoint: Path, output: Path, *, compute_type: str = "float32") -> Path:
    """Write `checkpoint` as a CTranslate2 folder `output`, which must not be there yet; whole or not at all.

    Raises `ModelError` where ctranslate2 is not installed, or the file is no openai-whisper checkpoint.
    """
    spec_of_whisper = _whisper_spec()
    if compute_type not in COMPUTE_TYPES:
        raise ModelError(f"compute type {compute_type!r}: not one of {', '.join(COMPUTE_TYPES)}", code="usage")
    if output.exists():
        raise ModelError(f"{output}: is there already; name another folder or remove it", code="folder_exists")
    stored = _read(checkpoint)
    dims, weights = stored["dims"], stored["model_state_dict"]
    spec = spec_of_whisper.WhisperSpec(
        dims["n_audio_layer"], dims["n_audio_head"], dims["n_text_layer"], dims["n_text_head"]
    )
    _fill(spec, weights)
    tokenizer = _tokenizer(dims)
    spec.register_vocabulary(_vocabulary(tokenizer, dims["n_vocab"]))
    spec.config.suppress_ids = list(suppressed(tokenizer))
    spec.config.suppress_ids_begin = [*tokenizer.encode(" "), tokenizer.eot]
    spec.config.lang_ids = list(tokenizer.all_language_tokens) if tokenizer.language else []
    spec.config.alignment_heads = _alignment_heads(stored, dims, checkpoint)
    spec.validate()
    spec.optimize(quantization=None if compute_type == "float32" else compute_type)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".converting-") as partial:
        folder = Path(partial) / "model"
        folder.mkdir()
        spec.save(str(folder))
        _write_tokenizer(folder / "tokenizer.json", tokenizer)
        _write(folder / _PREPROCESSOR, {"feature_size": dims["n_mels"]})
        facts = {"source": checkpoint.name, "sha256": _digest(checkpoint), "compute_type": compute_type}
        _write(folder / FACTS_FILE, {**facts, "dims": dims, "callproof": stored.get("callproof", {})})
        shutil.move(folder, output)
    return output


def suppressed(tokenizer: Tokenizer) -> tuple[int, ...]:
    """Tokens that openai-whisper never writes: annotations of sound, and what only starts a text."""
    starts = (tokenizer.transcribe, tokenizer.translate, tokenizer.sot, tokenizer.sot_prev, tokenizer.sot_lm)
    return tuple(sorted({*tokenizer.non_speech_tokens, *starts, tokenizer.no_speech}))


def _whisper_spec() -> Any:
    try:
        from ctranslate2.specs import whisper_spec
    except ModuleNotFoundError as error:
        raise ModelError(
            "CTranslate2 is not installed; install callproof with its extra `fast`", code="extra_missing"
        ) from error
    return whisper_spec


def _read(checkpoint: Path) -> Any:
    try:
        stored = torch.load(checkpoint, map_location="cpu", weights_only=True)
        if not {"dims", "model_state_dict"} <= set(stored):
            raise KeyError("dims, model_state_dict")
    except FileNotFoundError as error:
        raise ModelError(f"{checkpoint}: no such file", code="weights_missing") from error
    except Exception as error:  # whatever a damaged or foreign file makes torch raise
        raise ModelError(
            f"{checkpoint}: not an openai-whisper checkpoint ({type(error).__name__})", code="weights_damaged"
        ) from error
    return stored


def _tokenizer(dims: Mapping[str, int]) -> Tokenizer:
    multilingual = dims["n_vocab"] >= 51865
    languages = dims["n_vocab"] - 51765 - int(multilingual)
    return get_tokenizer(multilingual, num_languages=languages, language="zh" if multilingual else None)


def _fill(spec: Any, weights: Weights) -> None:
    for side in ("encoder", "decoder"):
        part = getattr(spec, side)
        part.position_encodings.encodings = _array(weights[f"{side}.positional_embedding"])
        for number, layer in enumerate(part.layer):
            _fill_layer(layer, weights, f"{side}.blocks.{number}")
    for name in ("conv1", "conv2"):
        _linear(getattr(spec.encoder, name), weights, f"encoder.{name}")
    _norm(spec.encoder.layer_norm, weights, "encoder.ln_post")
    _norm(spec.decoder.layer_norm, weights, "decoder.ln")
    spec.decoder.embeddings.weight = _array(weights["decoder.token_embedding.weight"])
    spec.decoder.projection.weight = spec.decoder.embeddings.weight


def _fill_layer(layer: Any, weights: Weights, name: str) -> None:
    _attention(layer.self_attention, weights, f"{name}.attn", shared=3)
    _norm(layer.self_attention.layer_norm, weights, f"{name}.attn_ln")
    if f"{name}.cross_attn.query.weight" in weights:
        _attention(layer.attention, weights, f"{name}.cross_attn", shared=1)
        _norm(layer.attention.layer_norm, weights, f"{name}.cross_attn_ln")
    _linear(layer.ffn.linear_0, weights, f"{name}.mlp.0")
    _linear(layer.ffn.linear_1, weights, f"{name}.mlp.2")
    _norm(layer.ffn.layer_norm, weights, f"{name}.mlp_ln")


def _attention(spec: Any, weights: Weights, name: str, *, shared: int) -> None:
    """Query, key and value are one matrix in self-attention (`shared` 3), query alone in cross-attention (1)."""
    parts = ("query", "key", "value")
    matrices = [_array(weights[f"{name}.{part}.weight"]) for part in parts]
    biases = [
        _array(weights[f"{name}.{part}.bias"])
        if f"{name}.{part}.bias" in weights
        else np.zeros(len(matrix), np.float32)
        for part, matrix in zip(parts, matrices, strict=True)
    ]
    for linear, some in zip(spec.linear, (slice(0, shared), slice(shared, 3)), strict=False):
        if matrices[some]:
            linear.weight, linear.bias = np.concatenate(matrices[some]), np.concatenate(biases[some])
    _linear(spec.linear[-1], weights, f"{name}.out")


def _linear(spec: Any, weights: Weights, name: str) -> None:
    spec.weight = _array(weights[f"{name}.weight"])
    spec.bias = _array(weights[f"{name}.bias"])


def _norm(spec: Any, weights: Weights, name: str) -> None:
    spec.gamma = _array(weights[f"{name}.weight"])
    spec.beta = _array(weights[f"{name}.bias"])


def _array(weight: Any) -> Any:
    return weight.float().numpy()


def _alignment_heads(stored: Any, dims: Mapping[str, int], checkpoint: Path) -> list[list[int]]:
    """[layer, head] of the heads that tell the time: the checkpoint's, whisper's for its sizes, or the upper half."""
    own = stored.get("alignment_heads")
    if own:
        return [[int(layer), int(head)] for layer, head in own]
    name = next((name for name, address in _MODELS.items() if Path(address).name == checkpoint.name), None)
    layers, heads = dims["n_text_layer"], dims["n_text_head"]
    if name in _ALIGNMENT_HEADS:
        import base64
        import gzip

        mask = np.frombuffer(gzip.decompress(base64.b85decode(_ALIGNMENT_HEADS[name])), dtype=bool)
        return [[int(layer), int(head)] for layer, head in np.argwhere(mask.reshape(layers, heads))]
    return [[layer, head] for layer in range(layers // 2, layers) for head in range(heads)]


def _vocabulary(tokenizer: Tokenizer, size: int) -> list[str]:
    letters = _letters()
    encoding = tokenizer.encoding
    special = {place: text for text, place in encoding._special_tokens.items()}
    return [
        special[token]
        if token in special
        else "".join(letters[byte] for byte in encoding.decode_single_token_bytes(token))
        for token in range(size)
    ]


def _write_tokenizer(path: Path, tokenizer: Tokenizer) -> None:
    """The tokenizer in the form of the `tokenizers` library; merges are derived from the ranks."""
    from tokenizers import AddedToken, decoders, models, pre_tokenizers
    from tokenizers import Tokenizer as Other

    letters = _letters()
    ranks = tokenizer.encoding._mergeable_ranks

    def text(token: bytes) -> str:
        return "".join(letters[byte] for byte in token)

    merges = [(text(left), text(right)) for left, right in (_parts(token, ranks) for token in ranks if len(token) > 1)]
    other = Other(models.BPE(vocab={text(token): rank for token, rank in ranks.items()}, merges=merges))
    other.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    other.decoder = decoders.ByteLevel()
    special = sorted(tokenizer.encoding._special_tokens.items(), key=lambda one: one[1])
    other.add_special_tokens([AddedToken(name, special=True) for name, _ in special])
    other.save(str(path))


def _parts(token: bytes, ranks: Mapping[bytes, int]) -> tuple[bytes, bytes]:
    """The two tokens that make `token`: merge the best pair below its rank until two are left."""
    parts = [bytes([byte]) for byte in token]
    while len(parts) > 2:
        pairs = [(ranks.get(parts[at] + parts[at + 1], len(ranks)), at) for at in range(len(parts) - 1)]
        _, at = min(pairs)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts[0], parts[1]


def _letters() -> dict[int, str]:
    """The printable letter that stands for each byte in vocabularies of byte-level encodings (GPT-2)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {**{byte: chr(byte) for byte in plain}, **{byte: chr(256 + at) for at, byte in enumerate(others)}}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
