"""What is flagged as invented, and what is an answer."""

from __future__ import annotations

import pytest

from models.hear.hallucination import flags_of, is_loop


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("请不吝点赞订阅转发" * 6, True),
        ("谢谢谢谢谢谢谢谢谢谢", True),
        ("一个月一个月一个月一个月", True),
        ("对对对对", False),
        ("嗯嗯嗯", False),
        ("八八八八", False),
        ("尾号是六六六六", False),
        ("好的好的好的", False),
        ("是的是的", False),
        ("我一个月到手六七千左右", False),
        ("", False),
    ],
)
def test_loops(text: str, loop: bool) -> None:
    assert is_loop(text) is loop


@pytest.mark.parametrize(
    ("text", "log_probability", "no_speech", "flags"),
    [
        ("嗯", -0.2, 0.9, ()),
        ("对对", -0.4, 0.95, ()),
        ("感谢观看本期节目", -0.3, 0.9, ("no_speech",)),
        ("感谢观看本期节目", -1.4, 0.1, ("low_probability",)),
        ("嗯", -1.4, 0.9, ("low_probability", "no_speech")),
        ("", -3.0, 0.99, ()),
    ],
)
def test_flags(text: str, log_probability: float, no_speech: float, flags: tuple[str, ...]) -> None:
    assert flags_of(text, log_probability, no_speech) == flags


def test_a_long_text_is_judged_quickly() -> None:
    assert not is_loop("".join(chr(0x4E00 + (index * 7919) % 20000) for index in range(100_000)))
