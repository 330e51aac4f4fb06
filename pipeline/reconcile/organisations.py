"""Employers and dealers: short forms count, place, trade and legal form alone say nothing."""

from __future__ import annotations

import re

from pipeline.language.per_call import Memory
from pipeline.reconcile.comparison import Comparison, Held
from pipeline.reconcile.rules import Level
from pipeline.reconcile.sounds import sounding_characters, sounds_of

_Key = tuple[int, int, bool, str]
_CORES: Memory[_Key, str] = Memory(20_000)
_GENERIC: Memory[_Key, bool] = Memory(20_000)
_SHORTEST_NAME = 2
DEALER = "vehicle.dealer"
# 三车队, 二车间: which part of a firm, not which firm.
A_PART = re.compile(
    "第?[一二三四五六七八九十0-9]{1,3}(?:号)?(?:车队|车间|分厂|工段|中队|大队|班组?|组|项目部|片区|队|线|分店)"
)
NUMBER = re.compile("[一二三四五六七八九十]{1,2}")


def short_organisation(comparison: Comparison, level: Level) -> Held | None:
    """What is left of one name without place and form stands in the other (京东方, 合肥恒信)."""
    said, applied = core(comparison.said, comparison), core(str(comparison.applied), comparison)
    shorter, longer = sorted((said, applied), key=len)
    says_nothing = is_generic(comparison.said, comparison) and not is_generic(str(comparison.applied), comparison)
    if len(shorter) < 2 or says_nothing or _are_distinct(said, applied, comparison):
        return None
    whole = (sounding_characters(comparison.said), sounding_characters(str(comparison.applied)))
    initials = _initials_of(*whole) or _initials_of(said, applied)
    initials = initials or any(_place_and_trade(short, whole[1], comparison) for short in (whole[0], said))
    initials = initials or _initials_of(whole[0], _without_city(whole[1], comparison))
    initials = initials or _numbered(*whole)
    initials = initials or (comparison.rule.field == DEALER and _is_named_in(whole[1], comparison))
    return Held(comparison.applied) if shorter in longer or initials else None


def _is_named_in(applied: str, comparison: Comparison) -> bool:
    """Whether the name of a shop without makes and forms stands in the applied one: 恒泰日产 for 东风日产恒泰4S店."""
    name = distinctive(comparison.said, comparison)
    return len(name) >= _SHORTEST_NAME and not is_generic(name, comparison) and name in applied


def sounding_organisation(comparison: Comparison, level: Level) -> Held | None:
    """The distinctive part sounds the same, whole or within the other (致远电子 for 智远电子)."""
    sounds = sounds_of(comparison.rules.sounds)
    if is_generic(comparison.said, comparison):
        return None
    said, applied = core(comparison.said, comparison), core(str(comparison.applied), comparison)
    shorter, longer = sorted((said, applied), key=len)
    if len(shorter) < 2 or _are_distinct(said, applied, comparison):
        return None
    return Held(comparison.applied) if sounds.contains(longer, shorter) else None


def generic_organisation(comparison: Comparison, level: Level) -> Held | None:
    """Only place, trade or form was said, and the applied name does not speak against it (一家电子厂)."""
    if not is_generic(comparison.said, comparison):
        return None
    if comparison.rule.field == DEALER and are_of_two_makes(comparison.said, str(comparison.applied), comparison):
        return None
    trades = [trade for trade in comparison.lexicon.trades if trade in comparison.said]
    applied = str(comparison.applied)
    agrees = all(trade in applied for trade in trades) or not _trades_of(applied, comparison)
    return Held(comparison.stated.value) if agrees else None


def core(name: str, comparison: Comparison) -> str:
    """`name` without the place in front, fillers, and the legal form behind: 智远电子."""
    key = _key(name, comparison)
    found = _CORES.get(key)
    if found is None:
        found = _CORES[key] = _core(name, comparison)
    return found


def _key(name: str, comparison: Comparison) -> _Key:
    """A name under the lists and rules of a comparison."""
    return id(comparison.lexicon), id(comparison.rules.generic), comparison.rule.field == DEALER, name


def _core(name: str, comparison: Comparison) -> str:
    generic = comparison.rules.generic
    text = sounding_characters(name)
    for filler in generic.organisation_fillers:
        if text.startswith(filler.upper()) and len(text) > len(filler) + 1:
            text = text[len(filler) :]
    text = _without_place(text, comparison)
    trimmed = True
    while trimmed:
        trimmed = False
        for form in generic.endings:
            if text.endswith(form) and len(text) >= len(form) + 2:
                text, trimmed = text[: -len(form)], True
    return text


def is_generic(name: str, comparison: Comparison) -> bool:
    """Whether nothing distinctive is left once place, trades and forms are taken away."""
    key = _key(name, comparison)
    found = _GENERIC.get(key)
    if found is None:
        found = _GENERIC[key] = A_PART.fullmatch(name) is not None or _says_nothing(core(name, comparison), comparison)
    return found


def _says_nothing(left: str, comparison: Comparison) -> bool:
    generic, lexicon = comparison.rules.generic, comparison.lexicon
    makes = (*lexicon.brands, *generic.makers) if comparison.rule.field == DEALER else ()  # 日产4S店
    for word in (*lexicon.trades, *generic.organisation_forms, *makes):
        if len(left) < 2:
            return True
        left = left.replace(word.upper(), "")
    return len(left) < 2


def distinctive(name: str, comparison: Comparison) -> str:
    """What is left of a name's core without trades and makes of cars, where two characters or more are."""
    left = core(name, comparison)
    for word in (*comparison.lexicon.trades, *comparison.rules.generic.organisation_forms, *comparison.lexicon.brands):
        rest = left.replace(word.upper(), "")
        left = rest if len(rest) >= _SHORTEST_NAME else left
    return left


def _without_place(text: str, comparison: Comparison) -> str:
    lexicon = comparison.lexicon
    for _ in range(3):
        for place in (*lexicon.places_by_first.get(text[:1], ()), *comparison.rules.generic.places_also):
            if text.startswith(place) and len(text) - len(place) >= 2:
                text = text[len(place) :]
                break
    return text


def _without_city(text: str, comparison: Comparison) -> str:
    """市第二医院 for 哈尔滨市第二医院: people leave the city's name out and keep what follows."""
    return next((text[len(city) :] for city in comparison.lexicon.cities if text.startswith(city)), text)


def _are_distinct(said: str, applied: str, comparison: Comparison) -> bool:
    """Whether two names are known to be two organisations: 京东, 京东方; or of two makes of car: 恒信丰田, 恒信本田."""
    if are_of_two_makes(said, applied, comparison):
        return True
    for short, long in comparison.rules.generic.distinct_organisations:
        for one, other in ((said, applied), (applied, said)):
            if one.startswith(short) and not one.startswith(long) and other.startswith(long):
                return True
    return False


def are_of_two_makes(said: str, applied: str, comparison: Comparison) -> bool:
    """Whether each of two names holds a make of car and they share none: 恒信丰田, 恒信本田."""
    makes = [
        {brand for brand in comparison.lexicon.brands if brand.upper() in name.upper()} for name in (said, applied)
    ]
    return all(makes) and makes[0].isdisjoint(makes[1])


def _trades_of(name: str, comparison: Comparison) -> list[str]:
    return [trade for trade in comparison.lexicon.trades if trade in name]


def _place_and_trade(short: str, long: str, comparison: Comparison) -> bool:
    """邯钢 for 邯郸钢铁, 安建 for 安徽建工: the first character of the place and the first of what follows it."""
    if len(short) != 2:
        return False
    known = (place.removesuffix("省") for place in comparison.lexicon.places_by_first.get(short[:1], ()))
    places = (place for place in known if len(place) > 1 and long.startswith(place))
    return any(long[len(place) :].removeprefix("市").startswith(short[1]) for place in places)


def _numbered(short: str, long: str) -> bool:
    """中建二局 for 中国建筑第二工程局: one number, and the other characters in their order."""
    number = NUMBER.search(short)
    if number is None or f"第{number[0]}" not in long or len(short) >= len(long):
        return False
    rest = iter(long)
    return all(character in rest for character in short.replace("第", ""))


def _initials_of(short: str, long: str) -> bool:
    """Characters picked from `long` in order: three that begin alike (合工大 for 合肥工业大学), or more of which the
    first two stand together (红豆电商 for 义乌红豆电子商务).
    """
    if len(short) < 3 or len(short) >= len(long):
        return False
    start = long.find(short[:2]) if len(short) > 3 else 0
    if start < 0 or long[start] != short[0]:
        return False
    rest = iter(long[start:])
    return all(character in rest for character in short)
