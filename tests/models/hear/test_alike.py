"""Characters chosen among those of their sound, by what is said in calls and what the decoder gives each."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from whisper.tokenizer import get_tokenizer

from models.hear.alike import AlikeRules, Alikes
from models.read.language_model import LanguageModel

TOKENIZER = get_tokenizer(True, language="zh", task="transcribe")
TEXTS = ("我在临沂上班", "买的秦普拉斯舒适版", "书在那里", "亲人是谁", "义气", "首付三万二")
MODEL = LanguageModel.count(TEXTS * 20, least=1)
RULES = AlikeRules(language=0.7, heard=0.4, most=8.0, tone=0.7, sure=0.995, beam=8)


def logits(text: str, chances: dict[str, float], *, spread: bool) -> tuple[list[int], Tensor]:
    """Tokens of `text` and logits that give its characters their `chances`, and the rest to all others or to one."""
    tokens: list[int] = []
    rows: list[Tensor] = []
    for character in text:
        own = TOKENIZER.encode(character)
        chance = chances.get(character, 1 - 1e-6) ** (1 / len(own))
        for token in own:
            row = torch.full((TOKENIZER.eot + 1,), (1 - chance) / TOKENIZER.eot if spread else 1e-12)
            row[TOKENIZER.eot] += 0 if spread else 1 - chance
            row[token] = chance
            rows.append(row.log())
        tokens += own
    return tokens, torch.stack(rows)


def chosen(
    text: str, chances: dict[str, float], *, spread: bool = True, rules: AlikeRules = RULES, fixed: str = ""
) -> str:
    written = Alikes(MODEL, rules, TOKENIZER, fixed=fixed).chosen(*logits(text, chances, spread=spread))
    return str(TOKENIZER.decode(written))


def test_a_word_of_calls_takes_the_place_of_what_only_sounds_like_it() -> None:
    assert chosen("我在临义上班", {"义": 0.6}) == "我在临沂上班"
    assert chosen("秦普拉斯书是版", {"书": 0.6, "是": 0.5}) == "秦普拉斯舒适版"


def test_what_the_decoder_is_sure_of_stays() -> None:
    assert chosen("我在临义上班", {}) == "我在临义上班"


def test_another_sound_is_never_written() -> None:
    assert chosen("我在临朐上班", {"朐": 0.3}) == "我在临朐上班"


def test_numerals_stay_and_none_is_put_in() -> None:
    assert chosen("首付散万二", {"散": 0.3}) == "首付三万二"
    assert chosen("首付散万二", {"散": 0.3}, fixed="三万二") == "首付散万二"
    assert chosen("首付三万而", {"三": 0.3, "而": 0.3}, fixed="三万二") == "首付三万而"


def test_letters_and_characters_in_several_tokens_are_kept() -> None:
    assert len(TOKENIZER.encode("沂")) > 1
    text = "临义上班PLUS"
    assert chosen(text, {"义": 0.6}) == "临沂上班PLUS"
    tokens = [*TOKENIZER.encode("书"), *TOKENIZER.encode("PLUS")]
    row = torch.zeros(len(tokens), TOKENIZER.eot + 1)
    assert TOKENIZER.decode(Alikes(MODEL, RULES, TOKENIZER).chosen(tokens, row)).endswith("PLUS")


def test_a_text_that_breaks_off_within_a_character_stays() -> None:
    tokens = TOKENIZER.encode("沂")[:1]
    assert Alikes(MODEL, RULES, TOKENIZER).chosen(tokens, torch.zeros(1, TOKENIZER.eot + 1)) == tokens


def test_nothing_is_made_of_nothing() -> None:
    assert Alikes(MODEL, RULES, TOKENIZER).chosen([], torch.zeros(0, TOKENIZER.eot + 1)) == []


@pytest.mark.parametrize("most", [1.0, 8.0])
def test_how_far_the_decoder_is_ahead_counts_as_far_as_the_rules_say(most: float) -> None:
    """Where the decoder gives the others next to nothing, only the limit leaves the language model a say."""
    rules = RULES.model_copy(update={"heard": 2.0, "most": most})
    text = chosen("我在临义上班", {"义": 0.9}, spread=False, rules=rules)
    assert text == ("我在临沂上班" if most == 1.0 else "我在临义上班")
