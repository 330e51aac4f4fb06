"""Fillers are told from names of firms and jobs."""

from __future__ import annotations

import pytest

from pipeline.language import Reader
from pipeline.language.no_names import NoNames
from pipeline.types import Mention, MentionKind

NO_NAMES = NoNames()


def called(kind: MentionKind, words: str) -> Mention:
    return Mention(kind, 0, len(words), words, None, words, {"open": "yes"})


@pytest.mark.parametrize(
    "words",
    [
        "这个",
        "画那个",
        "单位是",
        "收了俺三千",
        "大家都喊老顺坦",
        "写文化",
        "道外",
        "雨花台",
        "天天",
        "就那样",
        "怎么说呢",
    ],
)
def test_no_firm(words: str) -> None:
    assert NO_NAMES.hold(called("organisation", words))


@pytest.mark.parametrize(
    "words",
    [
        "鑫源",
        "康宁医院",
        "佳和",
        "自在茶室",
        "大家乐",
        "写意花艺",
        "长安",
        "交运集团",
        "太平洋保险",
        "安达网吧",
        "成都银行",
    ],
)
def test_firms(words: str) -> None:
    assert not NO_NAMES.hold(called("organisation", words))


@pytest.mark.parametrize("words", ["职务", "线上", "工地", "什么都干", "他们叫的", "也是"])
def test_no_job(words: str) -> None:
    assert NO_NAMES.hold(called("position", words))


@pytest.mark.parametrize("words", ["抛光", "线上客服", "工地资料员", "检票的活", "采棉机驾驶员"])
def test_jobs(words: str) -> None:
    assert not NO_NAMES.hold(called("position", words))


@pytest.mark.parametrize(
    ("text", "firm"),
    [
        ("睢宁县鼎盛装饰工程有限公司,担任水电工", "睢宁县鼎盛装饰工程有限公司"),
        ("就职于庆阳长源餐饮管理有限公司", "庆阳长源餐饮管理有限公司"),
        ("我在宏远物流仓储服务有限公司上班", "宏远物流仓储服务有限公司"),
        ("单位是中天建筑劳务分包有限责任公司", "中天建筑劳务分包有限责任公司"),
        ("那要喊顺通车行改过来", "顺通车行"),
        ("我在顺达物流开车,公司包吃", "顺达物流"),
    ],
)
def test_whole_firm(text: str, firm: str) -> None:
    found = [m.text for m in Reader().read_text(text) if m.kind == "organisation" and "general" not in m.attributes]
    assert found == [firm]
