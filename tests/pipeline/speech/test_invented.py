"""What is dropped as made up, what is flagged, and what must survive."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.speech.invented import load_invented_rules, sift, vocabulary_prompt
from pipeline.types import SpeechRegion, Utterance, Word

RULES = load_invented_rules()
PROMPT = vocabulary_prompt(RULES)


def heard(text: str, *flags: str, seconds: float = 6.0) -> Utterance:
    step = seconds / max(1, len(text))
    words = tuple(Word(one, at * step, (at + 1) * step, 0.9) for at, one in enumerate(text))
    return Utterance(SpeechRegion(0.0, seconds), text, text, words, flags)


@pytest.mark.parametrize(
    ("text", "flags", "reason"),
    [
        ("请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", (), "subtitle_artefact"),
        ("感谢观看!", (), "subtitle_artefact"),
        ("感谢观看下期再见", (), "subtitle_artefact"),
        ("字幕由Amara.org社区提供", (), "subtitle_artefact"),
        ("首付、月供、尾款、征信", (), "prompt_echo"),
        ("今天天气很好我们去", ("no_speech", "low_probability"), "over_nothing"),
    ],
)
def test_dropped_and_reported(text: str, flags: tuple[str, ...], reason: str) -> None:
    sifted = sift([heard(text, *flags)], RULES, prompt=PROMPT)
    assert sifted.utterances == ()
    assert [one.reason for one in sifted.dropped] == [reason]
    assert sifted.notes == (f"not transcribed, made up by the recogniser ({reason}): 0.0-6.0 s",)


@pytest.mark.parametrize(
    ("text", "flags"),
    [(answer, ("no_speech", "low_probability")) for answer in ("嗯", "好", "对", "是的", "对对", "没有", "嗯。")]
    + [
        ("首付", ()),
        ("月供", ()),
        ("首付六万月供三千八", ()),
        ("对对对对对", ()),
        ("尾号八八八八八八八八", ()),
        ("八八八八八八八八八八八八", ()),
        ("对对对对对对对对对对对对", ()),
        ("幺三八八八八八八八八八", ()),
        ("是的是的是的", ()),
        ("谢谢", ()),
        ("今天先这样", ("low_probability",)),
        ("今天先这样", ("no_speech",)),
    ],
)
def test_true_words_survive_whole(text: str, flags: tuple[str, ...]) -> None:
    sifted = sift([heard(text, *flags)], RULES, prompt=PROMPT)
    assert [one.text for one in sifted.utterances] == [text]
    assert sifted.utterances[0].flags == flags
    assert sifted.dropped == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("我每月到手一个月一个月一个月一个月一个月六千", "我每月到手一个月一个月六千"),
        ("好的好的好的好的好的好的好的", "好的好的"),
        ("啊" * 40, "啊啊"),
        ("您好" + "请稍等" * 30 + "再见", "您好请稍等请稍等再见"),
    ],
)
def test_a_loop_is_cut_to_two_rounds(text: str, left: str) -> None:
    (utterance,) = sift([heard(text, seconds=30.0)], RULES).utterances
    assert utterance.text == left == "".join(word.text for word in utterance.words)
    assert utterance.raw_text == text
    assert "loop" in utterance.flags
    assert utterance.words[-1].end <= 30.0


def test_doubtful_text_is_flagged_and_kept() -> None:
    among = heard("我贷款十二万感谢观看")
    fast = heard("我贷款十二万分三年还月供三千八", seconds=0.5)
    sifted = sift([among, fast], RULES)
    assert [one.flags for one in sifted.utterances] == [("subtitle_artefact",), ("dense",)]
    assert [one.text for one in sifted.utterances] == [among.text, fast.text]


def test_the_vocabulary_names_nothing_that_a_call_verifies() -> None:
    assert not any(character.isdigit() or character in "一二三四五六七八九十百千万亿零幺" for character in PROMPT)


def test_a_lenders_own_rules(tmp_path: Path) -> None:
    (tmp_path / "recogniser.yaml").write_text("artefacts: [本台记者报道]\nshort_answers: []\nvocabulary: [宝来贷]\n")
    rules = load_invented_rules(tmp_path)
    assert sift([heard("本台记者报道")], rules).utterances == ()
    assert vocabulary_prompt(rules) == "宝来贷"


def test_broken_rules_are_named(tmp_path: Path) -> None:
    (tmp_path / "recogniser.yaml").write_text("artefacts: 3\nshort_answers: []\n")
    with pytest.raises(SettingsError, match="artefacts"):
        load_invented_rules(tmp_path)
