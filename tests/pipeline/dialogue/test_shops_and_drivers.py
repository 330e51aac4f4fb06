"""Where the car is bought and who drives it, told in passing; a car that is new or used beside its name."""

from __future__ import annotations

import pytest

from pipeline.analysis import Analyst
from pipeline.contract import Application, Transcript

APPLICATION = {
    "schema": "callproof.application/1",
    "application_id": "A1",
    "vehicle": {
        "brand": "吉利",
        "model": "星越L",
        "condition": "new",
        "actual_user": "self",
        "dealer": "宜春众翔吉利4S店",
    },
}


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst()


def _outcome(analyst: Analyst, field: str, *texts: str) -> tuple[str, object]:
    turns = [
        {
            "id": place,
            "speaker": "customer" if place % 2 else "agent",
            "start": 5.0 * place,
            "end": 5.0 * place + 4,
            "text": text,
        }
        for place, text in enumerate(texts)
    ]
    transcript = {
        "schema": "callproof.transcript/1",
        "call_id": "C1",
        "language": "zh",
        "duration": 60.0,
        "turns": turns,
    }
    report = analyst.analyse(Transcript.model_validate(transcript), Application.model_validate(APPLICATION))
    found = next(item for item in report.fields if item.field == field)
    return found.outcome, found.stated.value if found.stated else None


@pytest.mark.parametrize(
    ("asked", "said", "outcome", "value"),
    [
        ("众翔那边是你自己找过去的?", "不是众翔,我在赣驰提的车。", "mismatch", "赣驰"),
        ("车在零跑直营店买的吗?", "不是直营,是镇上蓝途那家店。", "mismatch", "蓝途"),
        ("车在众翔买的吗?", "是街上众翔那个店,没错。", "match", "宜春众翔吉利4S店"),
        ("是在众翔吉利买的吧?", "哪个众翔?最后是在枣阳宏泰吉利交的钱。", "mismatch", "枣阳宏泰吉利"),
        ("您还有别的贷款吗?", "有,在招商银行办的,一个月八百。", "not_stated", None),
        ("是展车还是新订的?", "新车,厂里刚发过来。", "not_stated", None),
    ],
)
def test_dealer(analyst: Analyst, asked: str, said: str, outcome: str, value: str | None) -> None:
    assert _outcome(analyst, "vehicle.dealer", asked, said) == (outcome, value)


@pytest.mark.parametrize("asked", ["洗车店叫啥名字?", "店是您自己的吧,叫什么名?", "您是自己开店哈,什么店?"])
def test_own_shop_is_no_dealer(analyst: Analyst, asked: str) -> None:
    assert _outcome(analyst, "vehicle.dealer", "您是什么车?", "吉利星越L。", asked, "秀记茶行。") == (
        "not_stated",
        None,
    )


@pytest.mark.parametrize(
    ("said", "driver"),
    [
        ("我老公开。我有本本,不敢开。", "spouse"),
        ("我开,小工连驾照都没得。", "self"),
        ("我开,我老公驾照还在考。", "self"),
        ("俺家那位开呗,我没本儿。", "spouse"),
        ("我有驾照,我开。", "self"),
    ],
)
def test_who_cannot_drive_does_not(analyst: Analyst, said: str, driver: str) -> None:
    assert _outcome(analyst, "vehicle.actual_user", "谁开这个车?", said)[1] == driver


@pytest.mark.parametrize(
    ("said", "condition"),
    [
        ("租车老不划算了,买个吉利星越L,纯油的,全新的。", "new"),
        ("有一台卡罗拉,二手的,开了六年。", None),
    ],
)
def test_condition_beside_the_car(analyst: Analyst, said: str, condition: str | None) -> None:
    assert _outcome(analyst, "vehicle.condition", "这回是不租了?", said)[1] == condition
