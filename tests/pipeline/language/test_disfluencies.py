"""What was only begun or only gained time is left out for reading, and quotes stay what was heard."""

from __future__ import annotations

import pytest

from pipeline.language.disfluencies import Disfluencies
from pipeline.types import Turn


@pytest.fixture(scope="module")
def disfluencies() -> Disfluencies:
    return Disfluencies()


def read(disfluencies: Disfluencies, text: str) -> Turn:
    (turn,) = disfluencies.left_out([Turn(0, "customer", 0.0, 1.0, text)])
    return turn


@pytest.mark.parametrize(
    ("heard", "as_read"),
    [
        ("我,我姐开", "我姐开"),
        ("我我我姐开", "我姐开"),
        ("呃,首,首付是,那个,五万八", "首付是,五万八"),
        ("呃三零四五", "三零四五"),
        ("怎么说呢,还有一点没还完", "还有一点没还完"),
        ("不,不太清楚", "不太清楚"),
        ("新亚 新亚二手车行", "新亚二手车行"),
        ("两千左右,两千左右", "两千左右"),
        ("杨,杨柳的杨", "杨,杨柳的杨"),
        ("有,有时候加班", "有,有时候加班"),
        ("不,不过也行", "不,不过也行"),
        ("五,五千", "五,五千"),
        ("一个两千,一个两千", "一个两千,一个两千"),
        ("88,88", "88,88"),
        ("发给他他帮我传", "发给他他帮我传"),
        ("师傅,您买的哪款?", "您买的哪款?"),
        ("我跟你说啊,没错", "没错"),
        ("嗯……还没有", "还没有"),
        ("嗯,没有", "嗯,没有"),
        ("哦,一万八", "一万八"),
        ("领导,没有", "没有"),
        ("妹子,对", "对"),
        ("妹子,在长沙", "妹子,在长沙"),
        ("老板,开了个小店", "老板,开了个小店"),
        ("那个", "那个"),
        ("呃……", "呃……"),
    ],
)
def test_what_is_left_out(disfluencies: Disfluencies, heard: str, as_read: str) -> None:
    assert read(disfluencies, heard).text == as_read


def test_every_part_leads_to_what_was_heard(disfluencies: Disfluencies) -> None:
    turn = read(disfluencies, "呃,我,我姐开,那个,她刚拿驾照")
    assert turn.text == "我姐开,她刚拿驾照"
    assert turn.as_heard == "呃,我,我姐开,那个,她刚拿驾照"
    assert turn.part_heard(0, 3) == "我姐开"
    assert turn.part_heard(4, 9) == "她刚拿驾照"
    assert turn.part_heard(0, 9) == "我姐开,那个,她刚拿驾照"


def test_a_turn_without_any_is_the_same(disfluencies: Disfluencies) -> None:
    turn = Turn(0, "customer", 0.0, 1.0, "我姐开")
    assert disfluencies.left_out([turn])[0] is turn


def test_a_very_long_turn_is_read_at_once(disfluencies: Disfluencies) -> None:
    assert len(read(disfluencies, "我,我" * 20_000).text) < 60_000
    assert read(disfluencies, "五千块" * 20_000).text == "五千块" * 20_000


@pytest.mark.parametrize(
    ("heard", "as_read"),
    [("行,首付呢?", "首付呢?"), ("好的,嗯,大哥,贷了几年?", "贷了几年?"), ("好。", "好。"), ("好啊", "好啊")],
)
def test_what_an_agent_acknowledges_is_left_out_and_a_customers_is_not(
    disfluencies: Disfluencies, heard: str, as_read: str
) -> None:
    turns = [Turn(0, "agent", 0.0, 1.0, heard), Turn(1, "customer", 1.0, 2.0, heard)]
    asked, answered = disfluencies.asked(turns)
    assert (asked.text, asked.as_heard, answered.text) == (as_read, heard, heard)
