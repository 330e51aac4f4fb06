"""Number plates and chassis numbers (VIN): 皖A12345, 皖A·D一二三四五, LSVAA4187E2184847."""

from __future__ import annotations

import re

from pipeline.types import Mention

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SPOKEN = str.maketrans("零〇洞幺一二两三四五六拐七八九", "000112234567789")
_PLATE = re.compile(f"[{_PROVINCES}]([a-z])[ ·.-]?((?:[a-z0-9零〇洞幺一二两三四五六拐七八九][ -]?){{5,6}})(?![a-z0-9])")
_VIN = re.compile("(?<![a-z0-9])[a-hj-npr-z0-9]{17}(?![a-z0-9])")
_WORTH = dict(zip("abcdefghjklmnprstuvwxyz", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECK_AT = 8


def read_registrations(text: str) -> list[Mention]:
    """Mentions of a folded text of the kinds plate and vin; `value` is in capitals without separators.

    A chassis number is `valid` (yes, no) by the check character of GB 16735 / ISO 3779.
    """
    mentions = []
    for found in _PLATE.finditer(text):
        whole = re.sub("[ ·.-]", "", found[0]).translate(_SPOKEN).upper()
        mentions.append(Mention("plate", found.start(), found.end(), found[0], None, whole))
    for found in _VIN.finditer(text):
        if found[0].isdigit() or found[0].isalpha():
            continue
        valid = "yes" if vin_is_valid(found[0]) else "no"
        mentions.append(Mention("vin", found.start(), found.end(), found[0], None, found[0].upper(), {"valid": valid}))
    return mentions


def vin_is_valid(vin: str) -> bool:
    """Whether the ninth character of a 17-character chassis number in small letters is its check character."""
    total = sum(
        weight * (_WORTH[character] if character in _WORTH else int(character))
        for weight, character in zip(_WEIGHTS, vin, strict=True)
    )
    check = total % 11
    return vin[_CHECK_AT] == ("x" if check == 10 else str(check))
