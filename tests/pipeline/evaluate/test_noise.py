"""Sound-alike errors: the same seed gives the same, sounds stay, labels and times stay."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from rapidfuzz.distance import Levenshtein

from pipeline.evaluate import SoundAlikes, read_calls, with_noise
from pipeline.evaluate.noise import noisy_text
from pipeline.language.sounds import syllable

CALLS = Path(__file__).parents[2] / "cases" / "evaluate"


@pytest.fixture(scope="module")
def alikes() -> SoundAlikes:
    return SoundAlikes(["是事市十时师", "张章"])


def texts(rate: float, seed: int) -> list[str]:
    return [turn.text for call in with_noise(read_calls(CALLS), rate=rate, seed=seed) for turn in call.transcript.turns]


def test_the_same_seed_gives_the_same_errors() -> None:
    assert texts(0.1, 7) == texts(0.1, 7)
    assert texts(0.1, 7) != texts(0.1, 8)


def test_labels_times_and_speakers_stay() -> None:
    clean = read_calls(CALLS)
    for before, after in zip(clean, with_noise(clean, rate=0.3, seed=1), strict=True):
        assert after.expected == before.expected
        assert after.roles == before.roles
        assert after.transcript.duration == before.transcript.duration
        placed = [(turn.id, turn.speaker, turn.start, turn.end) for turn in before.transcript.turns]
        assert [(turn.id, turn.speaker, turn.start, turn.end) for turn in after.transcript.turns] == placed


def test_more_noise_more_errors() -> None:
    clean = [turn.text for call in read_calls(CALLS) for turn in call.transcript.turns]
    none, little, much = (sum(map(Levenshtein.distance, clean, texts(rate, 3))) for rate in (0.0, 0.02, 0.3))
    assert none == 0 < little < much


def test_another_character_of_the_same_sound(alikes: SoundAlikes) -> None:
    chance = Random(1)
    drawn = {alikes.draw("张", chance) for _ in range(1000)}
    assert "章" in drawn
    assert "张" not in drawn
    assert {syllable(character) for character in drawn} == {"zhang"}


def test_a_sound_of_its_own_stays(alikes: SoundAlikes) -> None:
    assert alikes.draw("嗯", Random(1)) == "嗯" or syllable(alikes.draw("嗯", Random(1))) == syllable("嗯")


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("收入六千五", "收入6500"),
        ("贷了八万", "贷了8万"),
        ("十万零九千八", "109800"),
        ("十二万八", "12.8万"),
        ("后四位三六五六", "后四位3656"),
        ("工号幺零三六", "工号1036"),
        ("一个月六七千", "一个月六七千"),
        ("一般三千多", "一般三千多"),
    ],
)
def test_exact_numbers_turn_into_figures_now_and_then(alikes: SoundAlikes, text: str, figures: str) -> None:
    seen = {noisy_text(text, alikes, rate=1e-9, chance=_Always()) for _ in range(3)}
    assert seen == {figures}


class _Always(Random):
    """Whatever may happen happens, except what is all but impossible."""

    def random(self) -> float:
        return 1e-9


def test_stops_are_lost(alikes: SoundAlikes) -> None:
    assert noisy_text("对,是我。", alikes, rate=1e-9, chance=_Always()) == "对是我"
