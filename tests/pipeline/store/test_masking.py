"""Which numbers are masked."""

from __future__ import annotations

import pytest

from pipeline.store.search.masking import Said, mask_text, mask_turns


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("身份证340102198805067219", "身份证" + "*" * 18),
        ("34010219880506721X", "*" * 18),
        ("340102 19880506 721x", "****** ******** ****"),
        ("13856781234", "*" * 11),
        ("138-5678-1234", "***-****-****"),
        ("１３８５６７８１２３４", "*" * 11),
        ("三四零幺零二一九八八零五零六七二幺九", "*" * 18),
        ("幺三八，五六七八，幺二三四", "***，****，****"),
        ("卡号六二二八四八", "卡号******"),
        ("6228480402564890018", "*" * 19),
        ("工号幺零三六", "工号幺零三六"),
        ("尾号7219", "尾号7219"),
        ("贷款120000，月供3890", "贷款120000，月供3890"),
        ("一万二千三百四十五块六", "一万二千三百四十五块六"),
        ("二零一九年三月", "二零一九年三月"),
        ("二零二六年十一月二十号", "二零二六年十一月二十号"),
        ("一共一百三十八万五千六百七十八", "一共一百三十八万五千六百七十八"),
        ("", ""),
    ],
)
def test_long_numbers_are_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    ("turns", "masked"),
    [
        (
            [
                ("customer", "三四零幺"),
                ("agent", "嗯"),
                ("customer", "零二"),
                ("agent", "嗯"),
                ("customer", "一九八八"),
            ],
            ["****", "嗯", "**", "嗯", "****"],
        ),
        ([("customer", "嗯，1385"), ("customer", "6781"), ("customer", "234")], ["嗯，****", "****", "***"]),
        (
            [("customer", "七二幺九"), ("agent", "好的，住在哪里呢"), ("customer", "三零二")],
            ["七二幺九", "好的，住在哪里呢", "三零二"],
        ),
        ([("agent", "1385"), ("customer", "6781")], ["1385", "6781"]),
        ([("customer", "九千五"), ("customer", "三年")], ["九千五", "三年"]),
    ],
)
def test_a_number_said_in_parts_is_masked(turns: list[tuple[str, str]], masked: list[str]) -> None:
    assert mask_turns([Said(*turn) for turn in turns]) == masked
