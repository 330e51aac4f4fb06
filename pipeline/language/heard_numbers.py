"""Numbers written by their sound: 四万散千八 is 四万三千八, 幺八二七尔六 is 幺八二七二六."""

from __future__ import annotations

from pipeline.language.per_call import remembered
from pipeline.language.sections import BIG_UNITS, DIGITS, SMALL_UNITS
from pipeline.language.sounds import syllable

_NUMERALS = {syllable(numeral): numeral for numeral in "零一三四五六七八九百千万二两"}
_READ = frozenset((*DIGITS, *SMALL_UNITS, *BIG_UNITS)) - {"十"}
_TEN = {"十": "十", "时": "十", "石": "十", "实": "十", "什": "十"}
# What stands beside numbers as itself and sounds like a numeral.
_NEVER = frozenset("期起年月日号块元岁有又也没的了是就吧把还啊呀呢嘛而")


_UNITS = frozenset("期年月岁号元块")


@remembered(512)
def as_numbers(text: str, *, boldly: bool = False) -> str:
    """A folded text of the same length in which characters beside a numeral that sound like one are written as one;
    `boldly`, also those that mostly stand there as themselves (是 for 十, 就 for 九).

    It may make numbers of what is none: use it to look for a number that is known, not to read one.
    """
    if _READ.isdisjoint(text):
        return text
    never, tens = (_UNITS, {**_TEN, "是": "十"}) if boldly else (_NEVER, _TEN)
    written = list(text)
    for places in (range(len(written)), reversed(range(len(written)))):
        for place in places:
            if written[place] in _READ or written[place] in never:
                continue
            beside = written[place - 1 : place] + written[place + 1 : place + 2]
            if any(each in _READ for each in beside):
                numeral = tens.get(written[place]) or _NUMERALS.get(syllable(written[place]))
                written[place] = numeral or written[place]
    return "".join(written)


def is_broken(text: str, start: int, end: int) -> bool:
    """Whether a number at `start:end` of a folded text is a piece of one that was not heard whole.

    A unit or a numeral stands right beside it (四万千九), or what sounds like a numeral with a unit behind (散千八).
    """
    before, after = text[start - 1 : start] if start else "", text[end : end + 2]
    if (before and before in "百千万") or (after and after[0] in "百千万"):
        return True
    if after and after[0].isdigit() and text[end - 1 : end] in ("万", "千"):
        return True
    return len(after) == 2 and after[1] in "百千万" and after[0] not in _NEVER and syllable(after[0]) in _NUMERALS
