"""What sounds much like the paper and was not heard surely is no mismatch."""

from __future__ import annotations

import pytest

from models.read import open_reading_models
from pipeline.dialogue.tools import tools
from pipeline.language import Reader
from pipeline.reconcile import SecondLook, load_field_rules, reconcile
from pipeline.reconcile.called import is_called_like
from pipeline.types import Evidence, Fact, Polarity, Stated, Turn, Word

RULES = load_field_rules()
READER = Reader()
TOOLS = tools(open_reading_models())
EMPLOYER, NAME, MODEL = "employment.employer", "identity.name", "vehicle.model"
ASKS = {EMPLOYER: "你在哪个公司上班?", NAME: "您怎么称呼?", MODEL: "买的什么车?"}


def outcome(field: str, said: str, paper: str, sure: list[float] | None, polarity: Polarity = "stated") -> str:
    """What comes of a value that was heard with such certainty of each character."""
    words = tuple(Word(each, at, at + 0.2, p) for at, (each, p) in enumerate(zip(said, sure or [], strict=bool(sure))))
    turns = [Turn(0, "agent", 0, 2, ASKS[field]), Turn(1, "customer", 2, 9, said, words)]
    fact = Fact(field, "settled", Stated(said, said, polarity=polarity), (), (Evidence(1, 2, 9, "customer", said),))
    look = SecondLook(turns, READER, TOOLS, RULES)
    (found,) = (one for one in reconcile([fact], {field: paper}, RULES, look) if one.field == field)
    return found.outcome


@pytest.mark.parametrize(
    ("field", "said", "paper", "sure", "expected"),
    [
        (EMPLOYER, "侵略劳务", "西安秦岳建筑劳务有限公司", [0.87, 0.63, 0.92, 0.98], "match"),
        (EMPLOYER, "海拔挂境", "杭州海蓝跨境电商有限公司", [0.99, 0.6, 0.7, 0.95], "match"),
        # said clearly, or in a transcript that tells nothing of certainty
        (EMPLOYER, "钢源金属", "包头市钢联金属制品有限公司", [0.99, 0.99, 0.99, 0.99], "mismatch"),
        (EMPLOYER, "钢源金属", "包头市钢联金属制品有限公司", None, "mismatch"),
        # not sure, and nothing like it
        (EMPLOYER, "宏泰五金", "东莞恒塑电子有限公司", [0.91, 0.97, 0.88, 0.95], "mismatch"),
        (EMPLOYER, "顺达快递", "郑州裕盛电子科技有限公司", [0.6, 0.6, 0.9, 0.9], "mismatch"),
        (MODEL, "ModelS", "Model Y", [0.99, 0.99, 0.99, 0.99, 0.99, 0.6], "unclear"),
        (MODEL, "ModelS", "Model Y", [0.99, 0.99, 0.99, 0.99, 0.99, 0.99], "mismatch"),
        (MODEL, "海豚", "海鸥", [0.99, 0.99], "mismatch"),
    ],
)
def test_near_sounds(field: str, said: str, paper: str, sure: list[float] | None, expected: str) -> None:
    assert outcome(field, said, paper, sure) == expected


def test_a_digit_said_twice_is_unclear() -> None:
    field = "identity.id_number"
    for said, expected in (("七七三三三", "unclear"), ("七七三四三", "mismatch")):
        turns = [Turn(0, "agent", 0, 2, "身份证后四位?"), Turn(1, "customer", 2, 4, said)]
        value = {"七七三三三": "7333", "七七三四三": "7343"}[said]
        fact = Fact(field, "settled", Stated(value, said), (), (Evidence(1, 2, 4, "customer", said),))
        look = SecondLook(turns, READER, TOOLS, RULES)
        found = reconcile([fact], {field: "420106199402187733"}, RULES, look)
        assert next(one for one in found if one.field == field).outcome == expected


@pytest.mark.parametrize(
    ("text", "attitude"),
    [
        ("是我正上客呢,你得多长时间?", "agree"),
        ("哦,就是这会儿刚好歇火,你问嘛。", "agree"),
        ("就是啦,等一下,机器太吵", "agree"),
        ("是我老婆", "none"),
        ("就是我开", "none"),
        ("等一下我看看", "unsure"),
        ("一万二,我哪有那么高嘛,九千", "less"),
    ],
)
def test_who_agrees_without_a_stop_behind_it(text: str, attitude: str) -> None:
    assert TOOLS.acts.stance(text).attitude == attitude


def test_a_clause_that_only_says_it_is_he() -> None:
    assert TOOLS.acts.says_himself("实力,我就是。你大点声") is not None
    assert TOOLS.acts.says_himself("实力,我就是他弟弟。") is None


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("您好郭姐郭芳是您吧", True),
        ("请问是郭书芳女士吗", True),
        ("喂您好张丽华女士在不在", False),
        ("您好这里是安达汽车金融", False),
    ],
)
def test_who_is_called_by_what_sounds_like_the_name(text: str, called: bool) -> None:
    assert is_called_like("郭素芳", text) is called
