import numpy as np
import pytest

from models.training.recogniser.channel import Samples
from models.training.recogniser.clips import Clip
from models.training.recogniser.evaluate import Decoded, kind_of, score, score_by
from models.training.recogniser.voices import Unit

SILENCE: Samples = np.zeros(10, np.float32)


def decoded(said: str, heard: str, *, kind: str = "sentences", no_speech: float = 0.0) -> Decoded:
    return Decoded(kind, "base", said, heard, no_speech)


def test_errors_are_counted_over_all_characters() -> None:
    result = score([decoded("三千五", "三千五"), decoded("是我", "是我我", no_speech=0.9)])
    assert result.clips == 2
    assert result.character_errors == pytest.approx(1 / 5)
    assert result.exact == 0.5
    assert result.no_speech == 0.5


def test_what_sounds_alike_is_a_right_syllable() -> None:
    result = score([decoded("张建国", "章建果")])
    assert result.character_errors == pytest.approx(2 / 3)
    assert result.syllable_errors == 0


def test_an_empty_set_has_no_errors() -> None:
    assert score([]).character_errors == 0


def test_scores_of_groups() -> None:
    results = score_by([decoded("好", "好", kind="short"), decoded("对", "的", kind="free")], lambda item: item.kind)
    assert list(results) == ["free", "short"]
    assert results["free"].character_errors == 1


@pytest.mark.parametrize(
    ("target", "kind", "expected"),
    [
        ("月供三千八", "customer", "amounts"),
        ("后四位幺九六幺", "customer", "digits"),
        ("自己开", "customer", "sentences"),
        ("三千", "short", "short"),
        ("", "empty", "empty"),
    ],
)
def test_kinds(target: str, kind: str, expected: str) -> None:
    units = tuple(Unit(character, 0.0, 0.1) for character in target)
    assert kind_of(Clip(SILENCE, units, "base", kind)) == expected
