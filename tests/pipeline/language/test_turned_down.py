"""What others wanted of the customer in vain."""

from __future__ import annotations

import pytest

from pipeline.language.turned_down import TurnedDown

TURNED_DOWN = TurnedDown()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("我姐夫想用我名字贷一台车,被我一口回绝了", "名字"),
        ("有个跑单的加我微信说可以套现,我理都没理", "套现"),
        ("婚庆公司找过我想租我这车当婚车,我才不租", "婚车"),
        ("单位一个同事问我要不要一起注册滴滴,我说我不缺那点钱", "滴滴"),
        ("有个人打过我电话。说包过要两个点,我没睬他", "两个点"),
        ("老有人喊我拼车收点油钱,我都不拉,麻烦", "拼车"),
        ("我同学让我提了车就卖给他赚差价,我没敢干", "差价"),
    ],
)
def test_turned_down(text: str, word: str) -> None:
    start = text.index(word)
    assert TURNED_DOWN.holds(text, start, start + len(word))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("朋友让我帮他贷一台,我没答应,后来磨不过还是签了", "贷一台"),
        ("我表哥让我帮他买的,他征信不好", "帮他买"),
        ("他求我帮他贷,我不好不答应", "帮他贷"),
        ("老板叫我跑货拉拉,我没办法,只好买个车跑", "货拉拉"),
        ("他让我用我名字贷的,我没敢跟我媳妇说", "名字"),
        ("我要拉货,老婆没意见", "拉货"),
    ],
)
def test_done_all_the_same(text: str, word: str) -> None:
    start = text.index(word)
    assert not TURNED_DOWN.holds(text, start, start + len(word))
