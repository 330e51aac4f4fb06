"""Numbers that identify somebody are masked before a turn is indexed or shown as a snippet.

Masked are runs of digits, grouped or not, as figures or spoken in Chinese digits: identity cards, mobiles, account and
card numbers. Amounts stay, for spoken amounts have units (一万二) and written ones are shorter. A number said in parts
over several turns (三四零幺零二 … 一九八八) is masked as one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

MASK: Final = "*"
LONG_FIGURES: Final = 8
LONG_SPOKEN: Final = 6
_DIGIT: Final = "0-9０-９零〇○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
_SEPARATOR: Final = r"[\s,，、.。\-－—_·]{0,3}"
_RUN: Final = re.compile(rf"[{_DIGIT}](?:{_SEPARATOR}[{_DIGIT}])+(?:{_SEPARATOR}[xXＸ叉])?")
_DIGITS: Final = re.compile(f"[{_DIGIT}xXＸ叉]")
_FIGURE: Final = re.compile("[0-9０-９]")
_ONLY_DIGITS: Final = re.compile(rf"(?:嗯|啊|是|对|哎|那个|就是|呃|{_SEPARATOR}[{_DIGIT}xXＸ叉]|[\s,，、.。!！?？])+")
_SHORT_REPLY: Final = 4
_PART: Final = 2


class Said(NamedTuple):
    """A turn's speaker and text."""

    speaker: str
    text: str


def mask_text(text: str) -> str:
    """`text` with the digits of long numbers replaced one for one, so that offsets hold."""
    return _RUN.sub(lambda run: _masked(run[0]) if _is_long(run[0]) else run[0], text)


def mask_turns(turns: Sequence[Said]) -> list[str]:
    """The texts of a call's turns, masked; also where a number is spread over turns of one speaker."""
    texts = [mask_text(turn.text) for turn in turns]
    for part in _spread_numbers(turns):
        for index in part:
            texts[index] = _masked(turns[index].text)
    return texts


def _spread_numbers(turns: Sequence[Said]) -> list[list[int]]:
    """Groups of turns that together say one number: digits only, by one speaker, nothing but short replies between."""
    found: list[list[int]] = []
    open_groups: dict[str, list[int]] = {}
    for index, turn in enumerate(turns):
        digits = len(_DIGITS.findall(turn.text))
        if digits >= _PART and _ONLY_DIGITS.fullmatch(turn.text):
            open_groups.setdefault(turn.speaker, []).append(index)
            continue
        if len(turn.text) > _SHORT_REPLY:
            found += open_groups.values()
            open_groups = {}
    found += open_groups.values()
    return [group for group in found if sum(len(_DIGITS.findall(turns[index].text)) for index in group) >= LONG_FIGURES]


def _is_long(run: str) -> bool:
    figures = len(_FIGURE.findall(run))
    spoken = len(_DIGITS.findall(run)) - figures
    return figures + spoken >= LONG_FIGURES or spoken >= LONG_SPOKEN


def _masked(text: str) -> str:
    return _DIGITS.sub(MASK, text)
