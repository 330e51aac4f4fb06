"""Cars of the catalogue in a text: by name, alias, mixed script or sound (雅格, 秦普拉斯, 毛豆歪)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import add
from pathlib import Path
from typing import Any

from pipeline.language import sounds
from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import fold, is_digit, is_han, is_latin
from pipeline.language.vehicle_names import CarNames, Form, compacted, plain
from pipeline.types import Mention

TRIMS = ("ev", "dm", "plus", "pro", "max", "款", "冠军", "荣耀")
AMOUNTS = ("万", "千", "百", "块", "元")
TRIM = "版"
SHORT_ANSWER = 5
# What may stand within a name: 荣光,V那个; 荣光,带V的.
PAUSE = re.compile("(?:[,。、]|后面|那个|这个|就是|的|是|带|加|个){1,4}")
# What a name that is only heard may end before.
BEHIND_A_NAME = (*",。!?、的啊吧嘛呀呗款型版那这", "系列")
TAIL = 10
PLAIN_ONE = re.compile("[不没无]带|普通|老款|旧款|基础|[不没]是")
COUNTED = tuple("0123456789十百千万亿年个月台辆点块成期次天号手家口")
BRAND_GAP = ("", "的", "牌", "汽车", "那个", "牌的", "这个", "是", "家的")


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    forms: tuple[Form, ...]
    by_sound: bool
    strictly: bool = True


class VehicleReader:
    """Finds cars. `match` says how (exact, alias, sound); `weak` marks what only counts where a car is spoken of."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table("language/vehicles.yaml", own)
        self._not_behind = frozenset(first + second for first, second in words["not_behind"].items())
        self._everyday = frozenset(word_list(words["everyday"]))
        self._organisations = PhraseBook((word, "") for word in word_list(words["organisations"]))
        self._names = CarNames(words, own)

    def read(self, text: str) -> list[Mention]:
        """Vehicle mentions of a folded text: `value` is the model, or the brand where no model is named."""
        compact, places = compacted(text)
        found = self._find(compact)
        mentions: list[Mention] = []
        index = 0
        while index < len(found):
            first = found[index]
            brand = next((form.brand for form in first.forms if not form.model), "")
            index += 1
            if _is_torn(compact, places, first) or compact[first.start - 1 : first.start + 1] in self._not_behind:
                continue
            if brand:
                second = found[index] if index < len(found) else None
                if (own := self._of_make(compact, first.end, brand, second)) is not None:
                    second = own
                gap = compact[first.end : second.start] if second is not None else ""
                if second is not None and _counts(compact, second):
                    second = None  # 特斯拉三十万
                if second is not None and (gap in BRAND_GAP or (gap == "," and _ends_clause(compact, second.end))):
                    models = [form for form in second.forms if form.model and (gap != "," or form.brand == brand)]
                    form = next((form for form in models if form.brand == brand), None) or (
                        next((form for form in models if not form.weak), None)
                    )
                    if form is not None:
                        whole = self._to_its_end(compact, second, form)
                        end, (form, *_), by_sound = whole.end, whole.forms, whole.by_sound
                        mentions.append(self._mention(text, places, first.start, end, form, by_sound, weak=False))
                        index = _after(found, index, end)
                        continue
                if self._organisations.match(compact, first.end) is not None:
                    continue
            form = next((form for form in first.forms if not form.model), first.forms[0])
            if (form.weak or first.by_sound) and mentions and compact.startswith(TRIM, first.end):
                continue  # 超越 of 速腾,超越版
            if first.by_sound and compact[first.end - 1].isdigit() and compact.startswith(AMOUNTS, first.end):
                continue  # 还了一笔10万 is no B10
            if first.by_sound and _ends_with_a_model(mentions, places[first.start]):
                continue  # 悦享 of 轩逸悦享版
            if form.model and (whole := self._to_its_end(compact, first, form)).forms != (form,):
                first, (form, *_) = whole, whole.forms
                index = _after(found, index, first.end)
            weak = form.weak or (first.by_sound and first.end - first.start <= 2)
            if form.model and self._brand_before(mentions, form):
                weak = False
            elif first.by_sound and self._is_everyday(compact[first.start : first.end], form):
                continue
            if weak and _needs_company(compact, first) and not _stands_alone(compact, first):
                continue
            found_here = self._mention(text, places, first.start, first.end, form, first.by_sound, weak=weak)
            mentions.append(_with_namesakes(found_here, form, first.forms))
        return mentions

    def _of_make(self, compact: str, start: int, brand: str, second: _Found | None) -> _Found | None:
        """The model of `brand` that is heard right behind it, where none of its models was found there: 理想挨六."""
        behind = second is not None and compact[start : second.start] in BRAND_GAP
        if second is not None and behind and any(form.brand == brand for form in second.forms):
            return None
        for gap in BRAND_GAP:
            begin = start + len(gap)
            if not compact.startswith(gap, start):
                continue
            rest = compact[begin : begin + TAIL]
            syllables = sounds.syllable_codes(rest)
            for length in range(len(rest), 1, -1):
                forms = tuple(
                    form
                    for form in self._names.strict.get(syllables[:length], ())
                    if form.brand == brand and form.model and _digits(form.written) == _digits(rest[:length])
                )
                found = _Found(begin, begin + length, forms, by_sound=True)
                if forms and any(map(is_digit, rest[:length])) and not _counts_on(compact, found.end):
                    return found
        return None

    def _to_its_end(self, compact: str, found: _Found, form: Form) -> _Found:
        """What was found, with the rest of a longer name of the make that follows after a pause: 荣光,V那个."""
        pause = PAUSE.match(compact, found.end)
        chosen = replace(found, forms=(form,))
        if pause is None or not compact[pause.end() : pause.end() + 1]:
            return chosen
        base = form.written
        joined = base + compact[pause.end() : pause.end() + TAIL]
        syllables = sounds.syllable_codes(joined)
        for length in range(len(joined), len(base), -1):
            end = pause.end() + length - len(base)
            forms = tuple(
                each
                for each in self._names.strict.get(syllables[:length], ())
                if _goes_on(each, form) and _digits(each.written) == _digits(joined[:length])
            )
            if forms and not _cuts_latin(compact, pause.end(), end) and _closes(compact, end):
                return _Found(
                    found.start, end, forms[:1], by_sound=found.by_sound or forms[0].written != joined[:length]
                )
        return chosen

    def _is_everyday(self, heard: str, form: Form) -> bool:
        """Whether two syllables that only sound like a car are everyday words: 一个 is no 奕歌, 雅格 is 雅阁."""
        if len(heard) > 2:
            return False
        kept = any(is_han(each) and each in form.written for each in heard)
        return heard in self._everyday or not kept or any(is_digit(each) for each in form.written)

    @staticmethod
    def _brand_before(mentions: Sequence[Mention], form: Form) -> bool:
        return bool(mentions) and mentions[-1].attributes["brand"] == form.brand

    @staticmethod
    def _mention(
        text: str, places: Sequence[int], start: int, end: int, form: Form, by_sound: bool, *, weak: bool
    ) -> Mention:
        attributes = {"brand": form.brand, "match": "sound" if by_sound else "alias" if form.alias else "exact"}
        if form.model:
            attributes["model"] = form.model
        if weak:
            attributes["weak"] = "yes"
        first, last = places[start], places[end - 1] + 1
        return Mention("vehicle", first, last, text[first:last], None, form.model or form.brand, attributes)

    def _find(self, compact: str) -> list[_Found]:
        syllables, keys = sounds.syllable_codes(compact), sounds.key_codes(compact)
        found: list[_Found] = []
        floor = 0
        pairs, key_pairs = map(add, syllables, syllables[1:] + " "), map(add, keys, keys[1:] + " ")
        for start, lengths in enumerate(map(self._names.lengths.__getitem__, map(add, pairs, key_pairs))):
            if not lengths or start < floor:
                continue
            best = self._at(compact, syllables, keys, start, lengths)
            if best is not None and best.by_sound and self._is_written_within(compact, syllables, keys, best):
                continue  # 瑞虎8 of 那个瑞虎8, no 哥瑞
            if best is not None:
                found.append(best)
                floor = best.end
        return found

    def _is_written_within(self, compact: str, syllables: str, keys: str, heard: _Found) -> bool:
        """Whether a longer name is written from inside of one that is only heard."""
        for start in range(heard.start + 1, heard.end):
            lengths = self._names.lengths[syllables[start : start + 2] + keys[start : start + 2]]
            found = self._at(compact, syllables, keys, start, lengths) if lengths else None
            if found is not None and not found.by_sound and found.end - found.start > heard.end - heard.start:
                return True
        return False

    def _at(self, compact: str, syllables: str, keys: str, start: int, lengths: Sequence[int]) -> _Found | None:
        """The longest name written at `start`, else the longest that is heard there; `lengths` from the longest."""
        heard: _Found | None = None
        for length in lengths:
            end = start + length
            if end > len(compact) or _cuts_latin(compact, start, end):
                continue
            forms = self._names.strict.get(syllables[start:end], [])
            written = compact[start:end]
            exact = tuple(form for form in forms if form.written == written)
            if exact:
                longer = heard and self._in_place_of(compact, heard, exact)
                return longer or _Found(start, end, exact, by_sound=False)
            if heard is None and length >= 2:
                near = forms or (self._names.loose.get(keys[start:end], []) if length >= 3 else [])
                near = [form for form in near if not (form.weak and length < 3)]
                if near and not written.isascii():
                    heard = _Found(start, end, tuple(near), by_sound=True, strictly=bool(forms))
        return heard

    @staticmethod
    def _in_place_of(compact: str, heard: _Found, exact: Sequence[Form]) -> _Found | None:
        """The longer name that is heard, where what is written of it is only its beginning (宏光爱斯), or one
        character that is hardly a car by itself (星月L)."""
        on = tuple(form for form in heard.forms if any(_goes_on(form, each) for each in exact))
        if on and (heard.end - heard.start > len(exact[0].written) + 1 or _closes(compact, heard.end)):
            return replace(heard, forms=on)
        alone = len(exact[0].written) == 1 and all(form.weak for form in exact)
        strong = tuple(form for form in heard.forms if not form.weak)
        return replace(heard, forms=strong) if alone and strong and heard.strictly else None


def _with_namesakes(mention: Mention, chosen: Form, forms: Sequence[Form]) -> Mention:
    """The mention with the other brands' models that are called the same (`namesakes`: 比亚迪 G6, 小鹏 G6)."""
    others = {form.brand: form.model for form in forms if form.model and form.brand != chosen.brand}
    if not others or not chosen.model:
        return mention
    namesakes = ";".join(f"{brand}={model}" for brand, model in others.items())
    return replace(mention, attributes={**mention.attributes, "namesakes": namesakes})


def of_brand(mention: Mention, brand: str) -> Mention:
    """A car that is called by its model alone as the one of `brand`, where that brand has a model of this name."""
    for namesake in mention.attributes.get("namesakes", "").split(";"):
        owner, _, model = namesake.partition("=")
        if owner and owner == brand:
            return replace(mention, value=model, attributes={**mention.attributes, "brand": brand, "model": model})
    return mention


def is_short_for(mention: Mention, car: Mention, text: str) -> bool:
    """Whether a car named in a folded text may be `car`, called for short, or told by its sound and figures; not where
    the rest of its name is denied (荣光,不带V的).
    """
    said, whole = (plain(each.attributes.get("model", "")) for each in (mention, car))
    heard = mention.attributes["match"] == "sound" or not any(map(is_latin, fold(mention.text)))
    brands = f"{mention.attributes['brand']}={mention.attributes.get('namesakes', '')}"
    ours = f"{car.attributes['brand']}=" in brands
    if not said or not (ours or (heard and mention.attributes["brand"] not in mention.text)) or said == whole:
        return False
    if ours and whole.startswith(said) and is_latin(whole[len(said)]):
        return PLAIN_ONE.search(text) is None and whole[len(said) :] not in plain(text)
    return heard and bool(_digits(whole)) and _digits(said) == _digits(whole)


def _is_torn(compact: str, places: Sequence[int], found: _Found) -> bool:
    """Whether a blank inside what was found sets it apart: s 五 is no S5, 嘛 二 no 马2; Model Y is one name."""
    length = found.end - found.start
    if places[found.end - 1] - places[found.start] == length - 1:
        return False
    return length <= 2 or (found.by_sound and not any(map(is_latin, compact[found.start : found.end])))


def _ends_with_a_model(mentions: Sequence[Mention], place: int) -> bool:
    """Whether the last car named ends at `place`, so that its trim may follow."""
    return bool(mentions) and "model" in mentions[-1].attributes and mentions[-1].end == place


def _counts(compact: str, found: _Found) -> bool:
    """Whether a figure that may be a model counts what follows it: 特斯拉三年, 观致三万."""
    if not is_digit(compact[found.start]) or found.end - found.start > 1:
        return False
    return _counts_on(compact, found.end)


def _ends_clause(compact: str, end: int) -> bool:
    """Whether a name ends what is said of it, but for a trim: 比亚迪,汉; 比亚迪,汉DM."""
    rest = compact[end : end + 1]
    return not rest or rest in ",。?!的啊吧嘛呀" or compact.startswith(TRIMS, end)


def _goes_on(form: Form, base: Form) -> bool:
    """Whether a model is called as another one of its make, and by letters more: 荣光V, 荣光."""
    rest = form.written.removeprefix(base.written)
    return form.brand == base.brand and bool(form.model) and rest not in ("", form.written) and is_latin(rest[0])


def _closes(compact: str, end: int) -> bool:
    """Whether a name may end here: 荣光V那个."""
    return end == len(compact) or compact.startswith(BEHIND_A_NAME, end)


def _digits(written: str) -> list[str]:
    return [each for each in written if each.isdigit()]


def _counts_on(compact: str, end: int) -> bool:
    return compact[end : end + 1] in COUNTED


def _after(found: Sequence[_Found], index: int, end: int) -> int:
    """The place of the first of what was found from `index` on that begins at `end` or behind it."""
    while index < len(found) and found[index].start < end:
        index += 1
    return index


def _needs_company(compact: str, found: _Found) -> bool:
    """Whether the words say too little to be a car even where one is asked about: 汉, 03, 三百, 一季."""
    written = compact[found.start : found.end]
    return (
        len(written) == 1
        or all(character.isdigit() or character in "百十" for character in written)
        or (found.by_sound and len(written) <= 2 and any(is_latin(character) for character in found.forms[0].written))
    )


def _stands_alone(compact: str, found: _Found) -> bool:
    """Whether a model of one character can be meant: a short answer (汉的), or a drive or trim said after it (汉EV)."""
    if not is_han(compact[found.start]) or found.end - found.start > 1:
        return False
    return len(compact.rstrip("。,?!")) <= SHORT_ANSWER or compact.startswith(TRIMS, found.end)


def _cuts_latin(compact: str, start: int, end: int) -> bool:
    """Whether the stretch begins or ends inside a Latin word or a written number."""
    before, first = compact[start - 1 : start], compact[start]
    last, after = compact[end - 1], compact[end : end + 1]
    if before and is_latin(before) and is_latin(first):
        return True
    return bool(after) and is_latin(last) and is_latin(after) and not compact.startswith(TRIMS, end)
