from pathlib import Path
from random import Random

import pytest

from models.training.called_texts import called_texts
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.slots import SlotFiller
from models.training.recogniser.spoken_texts import training_texts
from models.training.recogniser.texts import HeldOut, Sentence, TextSource, excluded_sentences, spoken_form


@pytest.fixture(scope="module")
def source() -> TextSource:
    return TextSource(load_lexicon(), load_templates())


def test_every_template_can_be_filled() -> None:
    filler, rng = SlotFiller(load_lexicon()), Random(1)
    templates = load_templates()
    for template in (*templates.agent, *templates.customer):
        assert "{" not in filler.fill(template, rng)


def test_no_text_has_arabic_digits_or_is_empty(source: TextSource) -> None:
    rng = Random(2)
    for _ in range(2000):
        target = source.draw(rng).target
        assert target
        assert not any(character.isdigit() and character.isascii() for character in target), target


def test_a_third_is_free_text(source: TextSource) -> None:
    rng = Random(3)
    kinds = [source.draw(rng).kind for _ in range(3000)]
    assert 0.27 < kinds.count("free") / len(kinds) < 0.33


@pytest.mark.parametrize(
    ("written", "said"),
    [("您好,请问是本人吗?", "您好请问是本人吗"), ("特斯拉Model Y，白色。", "特斯拉ModelY白色"), ("、。", "")],
)
def test_spoken_form(written: str, said: str) -> None:
    assert spoken_form(written) == said


def test_the_text_alone_decides_what_is_held_out(source: TextSource) -> None:
    rng, held_out = Random(4), HeldOut()
    sentences = [source.draw_kind("customer", rng) for _ in range(4000)]
    tested = {sentence.target for sentence in sentences if held_out.side(sentence) == "test"}
    trained = {sentence.target for sentence in sentences if held_out.side(sentence) == "train"}
    assert tested
    assert not tested & trained
    assert 0.005 < len(tested) / len(tested | trained) < 0.04
    assert all(len(target) >= 8 for target in tested)


def test_sentences_of_the_sample_calls_are_kept_out(tmp_path: Path) -> None:
    (tmp_path / "a.script.yaml").write_text(
        "turns:\n- {speaker: agent, text: 您好。这里是安达汽车金融。}\n- {speaker: customer, text: 是我。}\n",
        encoding="utf-8",
    )
    excluded = excluded_sentences(tmp_path)
    assert excluded == {"您好这里是安达汽车金融", "这里是安达汽车金融"}
    held_out = HeldOut(excluded)
    assert held_out.side(Sentence("这里是，安达汽车金融", "agent")) == "neither"
    assert held_out.side(Sentence("是我", "short")) == "train"
    assert held_out.occurs_in("喂这里是安达汽车金融的")
    assert not held_out.occurs_in("喂是我")


def test_the_language_model_never_counts_what_tests(source: TextSource, tmp_path: Path) -> None:
    held_out, rng = HeldOut(), Random(5)  # the seed of the language model's texts
    drawn = [source.draw(rng) for _ in range(1500)]
    assert any(held_out.side(sentence) == "test" for sentence in drawn)
    counted = list(training_texts(1000, tmp_path))
    assert counted == [one.target for one in drawn if one.target and held_out.side(one) != "test"][:1000]


def test_turns_of_the_labelled_calls_are_spoken_clause_by_clause(source: TextSource, tmp_path: Path) -> None:
    rng = Random(1)
    said = {spoken_form(text) for text in called_texts()}
    drawn = [source.draw_kind("calls", rng).target for _ in range(200)]
    assert all(drawn)
    assert all(any(text in whole for whole in said) for text in drawn)
    assert list(called_texts([tmp_path])) == []


def test_no_samples_exclude_nothing(tmp_path: Path) -> None:
    assert excluded_sentences(tmp_path) == frozenset()
