"""Digits read out one by one: 幺三八 五六七八, 三个八, with X at the end; what they are by form and checksum."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import labelled, table, word_list
from pipeline.language.sections import DIGITS, counts_one
from pipeline.types import Mention

SEPARATORS = frozenset(" ,、。.-—_·")
NUMBER_UNITS = frozenset("十百千万亿点%成kw")
COUNTRY = "86"
CORRECTION_REACH, BEGUN_ANEW = 12, 2
CHECK_ALONE_WITHIN = 24
LONGEST_GAP = 6
HAN = "\u3400-\u9fff"
ID_LENGTH, MOBILE_LENGTH, TAIL = 18, 11, 4
LACK_THE_CHECK = (3, 5, 17)
WORD_REACH = 16
# 空 is a nought behind so many digits.
NOUGHT_AFTER = 2
# Digits said before are told once more by so many (三五八八,一个三一个五两个八).
TOLD_AGAIN = 3
# 叉车, 叉子, 叉烧, X级: no check characters.
NO_CHECK = ("车", "子", "烧", "级", "系")


# The day behind a month is of a date, whatever number follows it (97年8月11,4436; 三月初五,4172).
_DAY_OF_MONTH = re.compile(
    "(?<=[0-9一二三四五六七八九十冬腊正]月)份?(?:初|廿)?"
    "(?:[0-9]{1,2}|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?![0-9零一二三四五六七八九十百千万个期块年幺洞])"
)
# 二的十二次方 tells something of a number and is no part of it.
_OF = re.compile("的[\u3400-\u9fff]")
# 最后那个不是数,是个叉; 最后一个是字母,X
_LAST = re.compile(
    r"(?:最后|末|尾|后)[^,。!?0-9一二三四五六七八九零幺是不有带x叉]{0,5}(?:还)?(?:有|带|加|跟)?(?:一[个位])?"
    r"(?:不是个?数字?儿?[,、 ]*)?(?:就?是)?"
    r"(?:一?个)?(?:大写|英文|字母)*(?:的|是)?[,、 ]?"
)


@dataclass(frozen=True, slots=True)
class _Group:
    start: int
    end: int
    digits: str
    arabic: bool


class IdentifierReader:
    """Finds digit strings. A string is its groups put together; each mention says what kind it looks like."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table("language/identifiers.yaml", own)
        self._digits = {name: str(value) for name, value in DIGITS.items() if name not in "壹贰叁肆伍陆柒捌玖俩仨"}
        self._digits |= {name: str(value) for name, value in words["digits"].items() if str(value)}
        self._check = PhraseBook((name, "X") for name in words["check"])
        self._repeats: Mapping[str, int] = words["repeats"]
        self._bundles: Mapping[str, int] = words["bundles"]
        self._no_bundles = word_list(words["no_bundles"])
        opening = {*self._digits, *self._repeats, *self._bundles}
        self._opener = re.compile(f"[0-9{''.join(map(re.escape, opening))}]")
        self._nought = re.compile(words["nought"])
        self._fillers = PhraseBook((filler, "") for filler in word_list(words["fillers"]))
        self._last = PhraseBook((word, "") for word in word_list(words["last"]))
        self._corrections = word_list(words["corrections"])
        self._ends_in, self._in_front = re.compile(words["ends_in"]), re.compile(words["in_front"])
        self._replaced = re.compile(words["replaced"])
        figures = f"0-9{''.join(map(re.escape, self._digits))}"
        self._one, one = words["sounds_like_one"], re.escape(words["sounds_like_one"])
        digit, begun = f"[{figures}]", f"(?<![{HAN}{figures}])"
        within = f"(?={digit}{{1,{ID_LENGTH}}}{one}{digit}|{one}{digit}{{0,{ID_LENGTH}}}[{one}幺])"
        run = f"(?:{digit}|{one}(?={digit})){{{TAIL},{ID_LENGTH}}}"
        self._as_one = re.compile(f"{begun}{within}{run}(?![{HAN}])")
        self._tail, self._tail_of = words["tails"]["word"], frozenset(words["tails"]["of"])
        self._words = PhraseBook(labelled(words["words"]), sound=True)

    def read(self, text: str) -> list[Mention]:
        """Digit mentions of a folded text: `form` is id, mobile or digits, `about` what the word before names."""
        heard, text = text, self._with_ones(text)
        groups = self._groups(text)
        mentions: list[Mention] = []
        words = self._words.find(text) if groups else []
        cursor = 0
        index = 0
        while index < len(groups):
            last = index
            while last + 1 < len(groups) and self._joins(text, groups[last], groups[last + 1]):
                last += 1
            run = groups[index : last + 1]
            index = last + 1
            said = "".join(group.digits for group in run)
            digits = _without_country(_once(said, run, text))
            if len(digits) < 2 or (len(digits) == 2 and run[0].arabic):
                continue
            start, end = run[0].start, run[-1].end
            while cursor < len(words) and words[cursor].start < start:
                cursor += 1
            about = self._about(words[:cursor], start)
            attributes = {"form": form_of(digits)}
            if len(run) > 1:
                attributes["groups"] = " ".join(group.digits for group in run)
            if digits != said:
                attributes["joined"] = said
            if about is not None:
                attributes["about"] = about.label
            if len(digits) == ID_LENGTH:
                attributes["valid"] = "yes" if ric_is_valid(digits) else "no"
            whole = self._completed(text, mentions[-1], start, digits) if mentions else ""
            if whole:
                digits, attributes["form"], attributes["completes"] = whole, form_of(whole), "yes"
            mentions.append(Mention("digits", start, end, heard[start:end], None, digits, attributes))
        return mentions or self._check_alone(text)

    def _with_ones(self, text: str) -> str:
        """The text with 幺 where it was written by its sound in a run of digits: 要六要八."""
        if self._one not in text:
            return text
        return self._as_one.sub(lambda run: run[0].replace(self._one, "幺"), text)

    def _about(self, words: Sequence[Hit], start: int) -> Hit | None:
        """The word before a number that names it; 尾号 is of what was named before it (车牌号要尾号六六八八)."""
        if not words or start - words[-1].end > WORD_REACH:
            return None
        if words[-1].phrase == self._tail and len(words) > 1 and words[-1].start - words[-2].end <= WORD_REACH:
            return words[-2] if words[-2].label in self._tail_of else words[-1]
        return words[-1]

    def _check_alone(self, text: str) -> list[Mention]:
        """The check character of a number whose digits were said before: 后头是个叉; `form` is check."""
        if len(text) > CHECK_ALONE_WITHIN:
            return []
        for hit in self._check.find(text):
            before, after = text[hit.start - 1 : hit.start], text[hit.end : hit.end + 1]
            latin = (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())
            if not latin and not text.startswith(NO_CHECK, hit.end):
                return [Mention("digits", hit.start, hit.end, hit.phrase, None, "X", {"form": "check"})]
        return []

    def _groups(self, text: str) -> list[_Group]:
        groups: list[_Group] = []
        position = 0
        apart = (
            {index for found in _DAY_OF_MONTH.finditer(text) for index in range(*found.span())}
            if "月" in text
            else set()
        )
        for found in self._replaced.finditer(text):
            if self._digit(found["wrong"]) and self._digit(found["right"]):
                apart.update(range(*found.span()))
        while (opener := self._opener.search(text, position)) is not None:
            group = self._group(text, opener.start()) if opener.start() not in apart else None
            if group is None:
                position = opener.end()
                continue
            if groups and self._stands_in_front(groups[-1], group, text):
                groups[-1] = replace(
                    groups[-1], end=group.end, digits=group.digits[:1] + groups[-1].digits + group.digits[1:]
                )
            elif groups and self._ends_so(groups[-1], group, text):
                groups[-1] = replace(groups[-1], end=group.end)
            elif groups and _tells(groups[-1], group, text):
                groups[-1] = replace(groups[-1], end=group.end, digits="")
            elif group.digits:
                groups.append(group)
            position = group.end
        return [group for group in groups if group.digits]

    def _stands_in_front(self, said: _Group, group: _Group, text: str) -> bool:
        """Whether a single digit is said to stand before those said first: 两个九,前面一个二 (and X behind them)."""
        single = len(group.digits.removesuffix("X")) == 1 and not said.digits.endswith("X")
        return single and self._in_front.fullmatch(text[said.end : group.start]) is not None

    def _ends_so(self, whole: _Group, group: _Group, text: str) -> bool:
        """Whether a figure only says how the number before it ends: 六六幺九,末尾是九."""
        ends = len(whole.digits) >= TAIL and len(group.digits) == 1 and whole.digits[-1] == group.digits
        return ends and self._ends_in.fullmatch(text[whole.end : group.start]) is not None

    def _group(self, text: str, start: int) -> _Group | None:
        """The longest run of digit words at `start`; a number with units (八千) is none (its digits are empty)."""
        position, digits, arabic = start, "", False
        while position < len(text):
            character = text[position]
            if character in self._repeats and text[position + 1 : position + 2] == "个":
                repeated = self._digit(text[position + 2 : position + 3])
                if repeated is None or text[position + 3 : position + 4] in ("个", "月", "万", "千", "百", "十", "年"):
                    break
                digits += repeated * self._repeats[character]
                position += 3
                continue
            bundled = self._digit(text[position + 1 : position + 2]) if character in self._bundles else None
            if bundled is not None and not text.startswith(self._no_bundles, position):
                digits += bundled * self._bundles[character]
                position += 2
                continue
            if len(digits) >= NOUGHT_AFTER and (nought := self._nought.match(text, position)) is not None:
                digits, position = digits + "0", nought.end()
                continue
            digit = self._digit(character)
            goes_on = position == start and start > 0 and self._digit(text[start - 1]) is not None
            if digit is None or (not goes_on and counts_one(text, position)):
                break
            arabic = arabic or character.isascii()
            digits, position = digits + digit, position + 1
        check = self._check.match(text, position) if digits else None
        if check is not None and self._is_check(text, len(digits), check.end):
            return _Group(start, check.end, digits + "X", arabic)
        if digits and (end := self._said_last(text, position, len(digits))):
            return _Group(start, end, digits + "X", arabic)
        if position == start:
            return None
        if text[position : position + 1] in NUMBER_UNITS:
            while position < len(text) and (text[position] in NUMBER_UNITS or self._digit(text[position]) is not None):
                position += 1
            return _Group(start, position, "", arabic)
        if len(digits) == 1 and _OF.match(text, position) is not None:
            return _Group(start, position, "", arabic)
        if text[position : position + 1] == "年" and len(digits) == 4 and digits[:2] in ("19", "20"):
            return _Group(start, position + 1, "", arabic)
        if text[position : position + 1] in ("个", "年", "期", "块", "元", "月", "天", "号", "岁") and len(digits) <= 2:
            return _Group(start, position + 1, "", arabic)
        return _Group(start, position, digits, arabic)

    def _said_last(self, text: str, position: int, count: int) -> int:
        """Where a check character ends that is said to be the last one (…零八幺,最后是个叉), or stands behind as many
        digits as lack it (五五幺,大写的X); 0 where none does.
        """
        while position < len(text) and text[position] in SEPARATORS:
            position += 1
        last = self._last.match(text, position)
        check = self._check.match(text, last.end) if last is not None else None
        if check is None and (told := _LAST.match(text, position)) is not None:
            check = self._check.match(text, told.end())
        if check is None and count in LACK_THE_CHECK:
            check = self._check.match(text, position)
            check = check if check is not None and self._is_check(text, count, check.end) else None
        return check.end if check is not None else 0

    @staticmethod
    def _is_check(text: str, count: int, end: int) -> bool:
        """Whether X or 叉 after so many digits ends an identity number: X级 and 叉车 do not."""
        following = text[end : end + 1]
        if following in NO_CHECK or (following.isascii() and following.isalnum()):
            return False
        return count in LACK_THE_CHECK or (count < 17 and following in ("", "吧", "。", ",", "啊", " "))

    def _digit(self, character: str) -> str | None:
        if "0" <= character <= "9":
            return character
        return self._digits.get(character)

    def _completed(self, text: str, previous: Mention, start: int, digits: str) -> str:
        """The whole number where only its end is said anew: …幺二三四,不对是幺二三五; "" where that is not so."""
        whole = previous.value or ""
        gap = text[previous.end : start]
        if len(gap) > CORRECTION_REACH or not any(word in gap for word in self._corrections):
            return ""
        if previous.attributes["form"] == "digits":
            return _with_end(whole, digits)
        return whole[: -len(digits)] + digits if len(digits) < len(whole) else ""

    def _joins(self, text: str, first: _Group, second: _Group) -> bool:
        gap = text[first.end : second.start]
        if len(gap) > LONGEST_GAP or first.digits.endswith("X"):
            return False
        if first.arabic and len(first.digits) + len(second.digits) > ID_LENGTH:
            return False
        position = 0
        while position < len(gap):
            if gap[position] in SEPARATORS:
                position += 1
                continue
            filler = self._fillers.match(gap, position)
            if filler is None:
                return False
            position = filler.end
        return True


def _with_end(part: str, digits: str) -> str:
    """The whole number that a part of it becomes where digits are said anew from some place on (…五二七幺八,落了一位,
    五二六七幺八); "" where it becomes none.
    """
    for place in range(len(part) - 1, 0, -1):
        again = part[place : place + BEGUN_ANEW] == digits[:BEGUN_ANEW]
        if again and form_of(part[:place] + digits) != "digits":
            return part[:place] + digits
    return ""


def _tells(word: _Group, group: _Group, text: str) -> bool:
    """Whether two groups only tell which digit is meant: 幺二三的幺."""
    told = text[word.end : group.start] in ("的", "的那个", "那个", "里的", "里那个")
    return told and len(group.digits) == 1 and word.digits[:1] != "" and group.digits in word.digits


def _once(said: str, groups: Sequence[_Group], text: str) -> str:
    """The digits without what was said twice: 二四,嗯,二四幺七 begins anew, 幺二零九二八,九二八 repeats its end, and
    幺五五五,一个幺三个五 is told anew.
    """
    if len(said) in (MOBILE_LENGTH, ID_LENGTH) or len(said) > 2 * ID_LENGTH:
        return said
    kept: list[str] = []
    for place, each in enumerate(groups):
        so_far, group = "".join(kept), each.digits
        again = place > 0 and "对" in text[groups[place - 1].end : each.start]
        if len(so_far) >= 2 and len(group) > len(so_far) and group.startswith(so_far):
            kept = [group]
        elif not (len(group) >= (2 if again else 3) and len(so_far) >= 4 and so_far.endswith(group)):
            kept.append(group)
    return _without_telling(kept)


def _without_telling(groups: Sequence[str]) -> str:
    """The digits of groups of which the last ones together are the first ones once more, or their end."""
    digits = "".join(groups)
    length = 0
    for group in groups[:-1]:
        length += len(group)
        head, tail = digits[:length], digits[length:]
        if length >= TAIL and len(tail) >= TOLD_AGAIN and head.endswith(tail):
            return head
    return digits


def _without_country(digits: str) -> str:
    """A mobile number without the 86 of +86."""
    rest = digits.removeprefix(COUNTRY)
    return rest if rest != digits and form_of(rest) == "mobile" else digits


def form_of(digits: str) -> str:
    """What a digit string looks like by its length and first digit: id, mobile or digits."""
    if len(digits) == ID_LENGTH:
        return "id"
    if len(digits) == MOBILE_LENGTH and digits[0] == "1" and digits[1] in "3456789":
        return "mobile"
    return "digits"


def ric_is_valid(digits: str) -> bool:
    """Whether an 18-character identity number is whole by GB 11643 (birth date, place and check character)."""
    try:
        ric.validate(digits)
    except (ValidationError, KeyError):  # a place code of a province without counties
        return False
    return True
