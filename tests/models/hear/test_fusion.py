"""A beam search with a language model beside the decoder: which of two like sounds was said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor
from whisper.decoding import DecodingResult, Inference
from whisper.tokenizer import get_tokenizer

from models.hear.fusion import Fusion, FusionDecoder, FusionRules, HelpedResult, open_fusion
from models.read.language_model import LanguageModel
from pipeline.errors import ModelError, SettingsError

TOKENIZER = get_tokenizer(True, language="zh", task="transcribe")
MODEL = LanguageModel.count(["她在家", "她上班", "是猴"] * 5, least=1)


class Still(Inference):
    """Remembers how rows are moved; decoders are played by the tests."""

    def __init__(self) -> None:
        self.moves: list[list[int]] = []

    def rearrange_kv_cache(self, source_indices: Sequence[int]) -> None:
        self.moves.append(list(source_indices))


def heard(chances: Sequence[dict[bytes, float]], fusion: Fusion, windows: int = 1, kept: str = "") -> list[str]:
    """Texts found where the decoder gives the next piece of text `chances`, wherever it stands."""
    decoder = FusionDecoder(TOKENIZER, Still(), fusion, [kept] * windows)
    pieces = {TOKENIZER.encoding.decode_single_token_bytes(token): token for token in range(TOKENIZER.eot)}
    tokens = torch.full((windows * fusion.rules.beam, 1), TOKENIZER.sot)
    sums = torch.zeros(len(tokens))
    for step in chances:
        logits = torch.full((len(tokens), TOKENIZER.eot + 1), -30.0)
        for piece, chance in step.items():
            logits[:, pieces[piece] if piece else TOKENIZER.eot] = math.log(chance)
        tokens, done = decoder.update(tokens, logits, sums)
        if done:
            break
    found, _ = decoder.finalize(
        tokens.reshape(windows, fusion.rules.beam, -1), sums.reshape(windows, fusion.rules.beam)
    )
    return [TOKENIZER.decode([token for token in one[0].tolist() if token < TOKENIZER.eot]) for one in found]


def said(text: str) -> bytes:
    return text.encode()


LIKE_SOUNDS = [{said("他"): 0.55, said("她"): 0.4}, {said("在"): 1.0}, {said("家"): 1.0}, {b"": 1.0}]


def fusion(weight: float, beam: int = 3) -> Fusion:
    return Fusion(MODEL, FusionRules(weight=weight, bonus=1.0, beam=beam, sure=0.7, fixed="一二三十万"))


def test_the_language_model_tells_like_sounds_apart() -> None:
    assert heard(LIKE_SOUNDS, fusion(0.0)) == ["他在家"]
    assert heard(LIKE_SOUNDS, fusion(0.4)) == ["她在家"]


def test_what_is_clearly_heard_stays_though_the_language_model_knows_better() -> None:
    clear = [{said("他"): 0.9999, said("她"): 0.00001}, *LIKE_SOUNDS[1:]]
    assert heard(clear, fusion(0.4)) == ["他在家"]


def test_every_window_has_its_own_beam() -> None:
    assert heard(LIKE_SOUNDS, fusion(0.4), windows=3) == ["她在家"] * 3


def test_a_character_in_several_pieces_counts_when_it_is_whole() -> None:
    monkey = [TOKENIZER.encoding.decode_single_token_bytes(token) for token in TOKENIZER.encode("猴")]
    assert len(monkey) > 1
    steps = [{said("是"): 1.0}, *({piece: 1.0} for piece in monkey), {b"": 1.0}]
    assert heard(steps, fusion(0.4)) == ["是猴"]


def test_a_character_begun_is_priced_before_it_is_whole() -> None:
    """With room for one text, a beginning must not push out a better character because its price is still unknown."""
    begun = TOKENIZER.encoding.decode_single_token_bytes(TOKENIZER.encode("猴")[0])
    steps: list[dict[bytes, float]] = [{said("她"): 1.0}, {begun: 0.5, said("在"): 0.45}, {said("家"): 1.0}, {b"": 1.0}]
    assert heard(steps, fusion(3.0, beam=1)) == ["她在家"]


def test_a_text_never_ends_within_a_character() -> None:
    first = TOKENIZER.encoding.decode_single_token_bytes(TOKENIZER.encode("猴")[0])
    steps: list[dict[bytes, float]] = [{said("是"): 1.0}, {first: 0.6, said("他"): 0.3}, {b"": 1.0}]
    assert heard(steps, fusion(0.0)) == ["是他"]


def test_a_text_that_never_ended_is_given_as_far_as_it_got() -> None:
    assert heard(LIKE_SOUNDS[:2], fusion(0.4)) == ["她在"]


@pytest.mark.parametrize(("mean", "tokens", "sure"), [(-0.01, 5, True), (-0.01, 60, False), (-0.2, 4, False)])
def test_a_result_is_sure_by_the_probability_of_all_of_it(mean: float, tokens: int, sure: bool) -> None:
    features: Tensor = torch.zeros(1)
    result = DecodingResult(audio_features=features, language="zh", tokens=[1] * tokens, avg_logprob=mean)
    assert fusion(0.4).is_sure(result) is sure


@pytest.mark.parametrize(
    ("first", "again", "kept"),
    [
        ("亚格车价十七万", "雅阁车价是七万", "亚格车价十七万"),
        ("车价十七万", "车价十七万万", "车价十七万"),
        ("亚格车价十七万", "雅阁车价十七万", "雅阁车价十七万"),
        ("他在家", "她在家", "她在家"),
    ],
)
def test_a_number_is_never_written_by_what_is_likely(first: str, again: str, kept: str) -> None:
    heard_first, heard_again = (
        DecodingResult(audio_features=torch.zeros(1), language="zh", text=text) for text in (first, again)
    )
    better = fusion(0.4).better(heard_first, heard_again)
    assert better.text == kept
    assert isinstance(better, HelpedResult) == (kept != first)


@pytest.mark.parametrize("kept", ["十", "一"])
def test_words_beside_a_number_are_helped_and_the_number_stays(kept: str) -> None:
    steps: list[dict[bytes, float]] = [
        {said("他"): 0.55, said("她"): 0.4},
        {said("一"): 0.65, said("十"): 0.3},
        {said("家"): 1.0},
        {b"": 1.0},
    ]
    assert heard(steps, fusion(0.4), kept=kept) == [f"她{kept}家"]


def test_a_text_does_not_end_before_its_numbers_are_said() -> None:
    steps: list[dict[bytes, float]] = [
        {said("她"): 1.0},
        {b"": 0.9, said("十"): 0.1},
        {said("万"): 0.4, b"": 0.6},
        {b"": 1.0},
    ]
    assert heard(steps, fusion(0.4), kept="十万") == ["她十万"]


@pytest.mark.parametrize("content", ["weight: 1\n", "weight: -1\nbonus: 1\nbeam: 4\nsure: 0.5\n"])
def test_rules_of_a_lender_that_do_not_fit_are_one_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "fusion.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"fusion\.yaml: (bonus|weight): "):
        open_fusion("auto", trained_here=True, own=tmp_path)


def test_checkpoints_of_others_get_no_language_model_unasked() -> None:
    assert open_fusion("auto", trained_here=False) is None
    assert open_fusion("none", trained_here=True) is None
    assert open_fusion("auto", trained_here=True) is not None


def test_a_missing_language_model_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        open_fusion(str(tmp_path / "missing.npz"), trained_here=False)
