"""Characters written by their sound alone are put right for reading; quotes stay as they were heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.read import open_reading_models
from pipeline.analysis import Analyst
from pipeline.contract import Application, Report, Transcript
from pipeline.errors import SettingsError
from pipeline.language import Reader
from pipeline.language.misheard import Misheard, sentences
from pipeline.types import Turn

NOISY = (
    "请问首付教了朵少",
    "首付七完二,贷十万,分散年",
    "月供一千七百儿对吧",
    "队",
    "联系人是沃爸",
    "是得,我子己开",
)
CLEAN = (
    "请问首付交了多少?",
    "首付七万二,贷十万,分三年。",
    "您家住哪里?",
    "住紫洞路轩逸花园,两碗面钱都不够,哈哈。",
    "联系人竺海波是您什么人?",
    "是我哥,他名字里那个波,三点水的波。",
)


@pytest.fixture(scope="module")
def misheard() -> Misheard:
    return Misheard(open_reading_models().characters)


def turns(*texts: str) -> list[Turn]:
    return [
        Turn(number, "agent" if number % 2 == 0 else "customer", 3.0 * number, 3.0 * number + 2, text)
        for number, text in enumerate(texts)
    ]


def test_numerals_kin_and_answers_are_put_right(misheard: Misheard) -> None:
    read = [turn.text for turn in misheard.put_right(turns(*NOISY))]
    assert read == [
        "请问首付交了多少",
        "首付七万二,贷十万,分三年",
        "月供一千七百二对吧",
        "对",
        "联系人是我爸",
        "是的,我自己开",
    ]


def test_what_was_heard_is_kept_for_quotes(misheard: Misheard) -> None:
    for before, after in zip(turns(*NOISY), misheard.put_right(turns(*NOISY)), strict=True):
        assert after.as_heard == before.text
        assert len(after.text) == len(after.as_heard)


def test_a_call_that_was_heard_well_stays_as_it_is(misheard: Misheard) -> None:
    before = turns(*CLEAN)
    assert misheard.put_right(before) == tuple(before)


@pytest.mark.parametrize("name", ["竺海波", "纳建军", "冶成林", "栾凤岐"])
def test_names_are_never_made_commoner(misheard: Misheard, name: str) -> None:
    before = turns(f"您好请问是{name}先生本人吗", "我是")
    assert misheard.put_right(before)[0].text == before[0].text


@pytest.mark.parametrize("name", ["郑学文", "薛玉珍", "叶小军", "刘兴旺", "梁天佑"])
def test_a_name_that_is_told_stays(misheard: Misheard, name: str) -> None:
    said = turns(f"您好,请问是{name}先生吗?", f"我叫{name}。", "紧急联系人叫什么?", f"我老婆{name}。")
    assert [turn.text for turn in misheard.put_right(said, Reader().names)] == [turn.text for turn in said]


def test_nothing_said_is_nothing_to_put_right(misheard: Misheard) -> None:
    assert misheard.put_right([]) == ()
    assert misheard.put_right(turns("", "……", "???")) == tuple(turns("", "……", "???"))


def test_sentences_end_at_full_stops_not_at_commas() -> None:
    assert list(sentences("三年,对。好")) == [[0, 1, 3], [5]]


def test_a_very_long_turn_is_read_through(misheard: Misheard) -> None:
    (read,) = misheard.put_right(turns("首付七完二贷十万分散年" * 9_000))
    assert "散年" not in read.text


def test_evidence_and_value_of_a_misheard_answer() -> None:
    said = [*NOISY[:2], "好的再见"]
    transcript = Transcript.model_validate(
        {
            "schema": "callproof.transcript/1",
            "call_id": "noisy",
            "duration": 12.0,
            "turns": [
                {"id": turn.id, "speaker": turn.speaker, "start": turn.start, "end": turn.end, "text": turn.text}
                for turn in turns(*said)
            ],
        }
    )
    application = Application.model_validate(
        {
            "schema": "callproof.application/1",
            "application_id": "A1",
            "loan": {"down_payment": 72000, "amount": 100000, "term_months": 36},
        }
    )
    report = Analyst().analyse(transcript, application)
    for path, value, heard in (("loan.down_payment", 72000, "七完二"), ("loan.term_months", 36, "散年")):
        field = _field(report, path)
        assert (field.outcome, field.stated and field.stated.value) == ("match", value)
        assert field.stated is not None
        assert field.stated.text == heard
        assert all(item.quote in said[item.turn] for item in field.evidence)


def _field(report: Report, path: str):  # type: ignore[no-untyped-def]
    return next(field for field in report.fields if field.field == path)


def test_a_lenders_own_rules(tmp_path: Path) -> None:
    model = open_reading_models().characters
    nothing = _own_rules(tmp_path / "nothing", "commonest: 0\nleast: 0.0001\nmost: 0.06\nsure: 5\n")
    assert Misheard(model, nothing).put_right(turns(*NOISY)) == tuple(turns(*NOISY))
    with pytest.raises(SettingsError, match="least"):
        Misheard(model, _own_rules(tmp_path / "half", "commonest: 400\n"))
    with pytest.raises(SettingsError, match="between 0 and 1"):
        Misheard(model, _own_rules(tmp_path / "none", "commonest: 400\nleast: 0\nmost: 0.06\nsure: 5\n"))


def _own_rules(folder: Path, text: str) -> Path:
    (folder / "language").mkdir(parents=True)
    (folder / "language" / "misheard.yaml").write_text(text, encoding="utf-8")
    return folder
