"""Where somebody lives: 五华区学府路, 锦城路十二号,滨湖世纪城; or whatever follows 住在, 搬到, 家在."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.language.phrases import PhraseBook
from pipeline.language.place_chains import PlaceChains
from pipeline.language.resources import labelled, table, word_list
from pipeline.language.sections import read_section
from pipeline.types import Mention

FILE = "language/addresses.yaml"
CLAUSE = re.compile(r"[\u3400-\u9fffa-z0-9]+")
HAN = re.compile(r"[\u3400-\u9fff]+")
BETWEEN = re.compile(r"[,、 ]{1,2}")
SHORTEST, LONGEST, LONGEST_OPEN = 2, 24, 8
# A bare suffix is the end of no name: the words before it must be more than this.
STEM = 1
CLOSED_WITHIN = 5
LONGEST_REST = 3
SETTLED = ("住", "搬")
# Nobody lives there: 没记住名字, 遭不住也要遭.
HELD = re.compile("[记站留稳忍顶扛守靠拦堵遭受打熬耐绷憋挺撑拿抓保挡沉藏瞒镇困围扣盯抱咬问难][得不]?住$")
# No place holds it: 住城东厂在城北 runs two clauses together.
GOES_ON = "在"
COUNTED = re.compile(
    r"[零〇一幺二两三四五六七八九十百]+(?=号|栋|幢|单元|座|室(?![一二两三四0-9]厅)|楼|层|期|组|队|团|连)|[零〇幺一二三四五六七八九]{2,}(?=弄)"
)
READ_OUT = str.maketrans("零〇幺一二两三四五六七八九", "0011223456789")
NUMERALS = frozenset("零〇一幺二两三四五六七八九十百0123456789abcdef")
# The kinds of parts from the widest to the narrowest; those of one rank stand in any order.
RANKS: Mapping[str, int] = {
    "province": 0,
    "city": 1,
    "district": 2,
    "town": 3,
    "village": 4,
    "road": 4,
    "compound": 4,
    "number": 4,
    "phase": 4,
    "building": 5,
}
# Numbers that count other things as well (三十六期, 隔着一座桥) are no address by themselves.
NUMBERED = frozenset({"phase", "building", "number"})
# A place that no ending shows is mostly a quarter.
UNKNOWN = "town"
EDGES = ("上", "边", "口", "旁", "头")
ONCE = frozenset({"province", "city", "district", "town", "road", "number"})
PLACES: Mapping[str, str] = {
    "provinces": "province",
    "cities": "city",
    "districts": "district",
    "roads": "road",
    "compounds": "compound",
    "counties_and_towns": "town",
}


@dataclass(frozen=True, slots=True)
class _Piece:
    """An address in one clause (`first:last`): its parts' kinds in their order, and whether it closes the clause."""

    mention: Mention
    kinds: tuple[str, ...]
    first: int
    last: int
    opens: bool
    closes: bool
    belongs: bool = False


class AddressReader:
    """Finds addresses by `configs/language/addresses.yaml` and the places of `configs/lexicon/places.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        places: Mapping[str, Any] = table("lexicon/places.yaml", own)
        self._ends = PhraseBook(
            [*labelled(content["endings"])]
            + [(word, "not") for word in word_list(content["not_endings"])]
            + [(word, "along") for word in word_list(content["along"])]
            + [(word, kind) for name, kind in PLACES.items() for word in word_list(places.get(name)) if len(word) > 2]
        )
        self._whole = frozenset(word for name in PLACES for word in word_list(places.get(name)))
        self._not_along = word_list(content["not_along"])
        self._counted = frozenset(word_list(content["counted"]))
        self._lives = PhraseBook(
            [(word, "") for word in word_list(content["lives"])]
            + [(word, "in") for word in word_list(content["is_in"])]
        )
        self._openers = PhraseBook((word, "") for word in word_list(content["openers"]))
        self._leads = PhraseBook(
            [(word, "") for word in word_list(content["leads"])]
            + [(word, "other") for word in word_list(content["leads_elsewhere"])]
        )
        self._closers = word_list(content["closers"])
        self._chains = PlaceChains(places, self._closers)
        self._kinds = frozenset(word for word, _ in labelled(content["endings"]))
        self._never = word_list(content["never"])
        self._never_first = word_list(content["never_first"])
        self._never_open = frozenset("".join(word_list(content["never_open"])))
        self._never_bare = re.compile(content["never_bare"])
        self._past, self._back_then = word_list(content["past"]), re.compile(content["back_then"])
        self._others = word_list(content["others"])
        self._of_others = re.compile(content["of_others"])

    def read(self, text: str) -> list[Mention]:
        """Address mentions of a folded text; what goes on over several clauses (蜀山区,望江西路,九十九号) is one, its
        `value` without the pauses. `frame` is `lives` where words say that somebody lives or has moved there; `past`:
        he did before; `other`: another person does, or something else is there. `parts`: the kinds of its parts.
        """
        clauses = [clause.span() for clause in CLAUSE.finditer(text)]
        joined: list[_Piece] = []
        before: int | None = None
        for place, (start, end) in enumerate(clauses):
            piece = self._in_clause(text, start, end)
            if piece is None:
                continue
            between = clauses[before + 1 : place] if before is not None else []
            if joined and (longer := self._with(text, joined[-1], piece, between)) is not None:
                joined[-1] = longer
            else:
                goes_on = bool(joined) and before == place - 1 and "frame" not in piece.mention.attributes
                if goes_on and "elsewhere" in joined[-1].mention.attributes:  # 寄到龙湾,罗东大街三百二十号
                    piece = replace(piece, mention=_elsewhere(piece.mention))
                joined.append(piece)
            before = place
        return [_ranked(piece) for piece in joined if set(piece.kinds) != {"phase"}]

    def with_open_end(self, text: str, mention: Mention) -> Mention:
        """An address with the clause behind it that can only be a part of it: 金山大道,榕心映月."""
        behind = BETWEEN.match(text, mention.end)
        clause = CLAUSE.match(text, behind.end()) if behind is not None else None
        if clause is None or not self._is_open(clause[0]):
            return mention
        value = f"{mention.value}{in_figures(clause[0])}"
        return replace(mention, end=clause.end(), text=text[mention.start : clause.end()], value=value)

    def is_of_others(self, behind: str) -> bool:
        """Whether what stands behind an address says that it is no home of the speaker's: 胡家湾是我外婆那边."""
        return self._of_others.match(behind) is not None

    def _with(self, text: str, one: _Piece, other: _Piece, between: Sequence[tuple[int, int]]) -> _Piece | None:
        """Two pieces of one address; None where they are of two."""
        if not (one.closes and other.opens) or len(between) > 1:
            return None
        if "frame" in other.mention.attributes or not {"past", "other"}.isdisjoint(other.mention.attributes):
            return None
        edges = [one.last, *(edge for clause in between for edge in clause), other.first]
        gaps = zip(edges[::2], edges[1::2], strict=True)
        if not all(BETWEEN.fullmatch(text, start, end) for start, end in gaps):
            return None
        open_words = "".join(text[start:end] for start, end in between)
        if between and not self._is_open(open_words):
            return None
        narrows = RANKS[other.kinds[0]] >= RANKS[one.kinds[-1]]
        if ONCE.intersection(one.kinds).intersection(other.kinds) or not (narrows or (other.belongs and not between)):
            return None
        parts = (one.mention.value, open_words, other.mention.value)
        value = "".join(map(str, parts if narrows else parts[::-1]))
        start, end = one.mention.start, other.mention.end
        mention = replace(one.mention, end=end, text=text[start:end], value=value)
        kinds = (*one.kinds, *other.kinds) if narrows else (*other.kinds, *one.kinds)
        return _Piece(mention, kinds, one.first, other.last, one.opens, other.closes)

    def _is_open(self, words: str) -> bool:
        """Whether a clause that no ending shows may be a part of an address: 榕心映月."""
        if HAN.fullmatch(words) is None or not SHORTEST < len(words) <= LONGEST_OPEN:
            return False
        return self._never_open.isdisjoint(words) and self._is_place(words)

    def _in_clause(self, text: str, start: int, end: int) -> _Piece | None:
        settled = any(word in text for word in SETTLED)
        framed = [hit for hit in self._lives.find(text[start:end]) if settled or not hit.label]
        framed = [hit for hit in framed if not HELD.search(text, start, start + hit.start + 1)]
        all_ends = list(self._place_ends(text, start, end))
        if not framed and not all_ends:
            return self._chained(text, start, end)
        attributes: dict[str, str] = {}
        # 住和平小区是不是
        framed = [hit for hit in framed if not text.startswith(self._closers, start + hit.end, end)] or framed[:1]
        for hit in framed[-1:]:
            begin = self._after_openers(text, start + hit.end, end)
            ends = [each for each in all_ends if each[0] > begin + STEM and GOES_ON not in text[begin : each[0]]]
            closed = self._closed(text, begin, end)
            stop = ends[-1][0] if ends else closed
            if ends and 0 < closed - stop <= LONGEST_REST and self._never_open.isdisjoint(text[stop:closed]):
                stop = closed  # 高塘石 is no 高塘
            name = text[begin:stop]
            if self._is_place(name) and (ends or (not hit.label and self._is_bare_place(name))):
                attributes["frame"] = "lives"
                break
        if not attributes:
            begin = self._after_openers(text, start, end)
            ends = [each for each in all_ends if each[0] > begin + STEM and GOES_ON not in text[begin + 1 : each[0]]]
            if not ends:
                return None
            stop = ends[-1][0]
            rest = text[stop:end]
            if 0 < len(rest) < LONGEST_REST and begin == start and self._never_open.isdisjoint(rest):
                stop = stop if rest.startswith((*self._closers, *EDGES)) else end  # 望城坡 is no 望城
            begin, elsewhere = self._after_leads(text, begin, ends[0][0])
            if elsewhere:
                attributes |= {"other": "yes", "elsewhere": "yes"}
            if not self._is_place(text[begin:stop]):
                return None
        kinds = tuple(kind for _, kind in ends) or ("village",)
        stem = re.split(r"[0-9]", in_figures(text[begin:stop]), maxsplit=1)[0]
        if NUMBERED.issuperset(kinds) and not self._never_open.isdisjoint(stem):
            return None
        before, behind = text[start:begin], text[stop:end]
        if any(word in before for word in self._past) or self._back_then.match(behind):
            attributes["past"] = "yes"
        if any(word in before for word in self._others) or self.is_of_others(behind):
            attributes["other"] = "yes"
        name = text[begin:stop]
        closes = not behind or (len(behind) <= CLOSED_WITHIN and behind.startswith((*self._closers, *EDGES)))
        opens = begin == self._after_openers(text, start, end)
        mention = Mention("address", begin, stop, name, None, in_figures(name), attributes)
        return _Piece(mention, kinds, start, end, opens, closes, behind.startswith("的"))

    def _chained(self, text: str, start: int, end: int) -> _Piece | None:
        """A clause of known places alone: 安徽合肥."""
        begin = self._after_openers(text, start, end)
        chain = self._chains.read(text[begin:end])
        if chain is None:
            return None
        length, kinds, rest = chain
        if rest and not (self._never_open.isdisjoint(rest) and self._is_place(rest)):
            return None
        stop = begin + length
        name = text[begin:stop]
        mention = Mention("address", begin, stop, name, None, name, {})
        return _Piece(mention, kinds, start, end, True, True)

    def _place_ends(self, text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
        """Where a part of an address ends, and its kind."""
        clause = text[start:end]
        for hit in self._ends.find(clause):
            counted = hit.phrase in self._counted and text[start + hit.start - 1] not in NUMERALS
            if hit.label == "not" or counted or not (hit.start or hit.phrase in self._whole):
                continue
            if hit.label == "along":
                stem = clause[self._after_openers(clause, 0, hit.start) : hit.start]
                if len(stem) <= STEM or stem.endswith(self._not_along):
                    continue
                yield start + hit.end - (hit.phrase[-1] != "路"), "road"
            else:
                yield start + hit.end, hit.label

    def _after_openers(self, text: str, start: int, end: int) -> int:
        while (hit := self._openers.match(text, start)) is not None and hit.end < end:
            start = hit.end
        return start

    def _after_leads(self, text: str, begin: int, end: int) -> tuple[int, bool]:
        """Where an address begins behind words that lead to it (屋里是胡家湾), and whether they lead elsewhere."""
        for hit in reversed(self._leads.find(text[begin:end])):
            place = begin + hit.end
            if end - place > STEM and self._is_place(text[place:end]):
                return place, hit.label == "other"
        return begin, False

    def _closed(self, text: str, start: int, end: int) -> int:
        """Where a place that no ending shows ends: before the words that go on."""
        clause = text[start:end]
        return start + min((place for word in self._closers if (place := clause.find(word)) > 0), default=len(clause))

    def _is_bare_place(self, name: str) -> bool:
        """Whether what only stands behind 住 may be a place: 杏林, and not 四回 or 俺丈母娘家."""
        return len(name) <= LONGEST_OPEN and self._never_bare.search(name) is None

    def _is_place(self, name: str) -> bool:
        if name in self._kinds or name.isdigit() or name.startswith(self._never_first):
            return False
        if not SHORTEST <= len(name) <= LONGEST:
            return False
        return not any(word in name for word in self._never)


def _ranked(piece: _Piece) -> Mention:
    return replace(piece.mention, attributes={**piece.mention.attributes, "parts": " ".join(piece.kinds)})


def goes_on(before: Mention, mention: Mention) -> bool:
    """Whether an address goes on where the one `before` left off: 西青 - 中北镇 - 卉锦道 - 星河雅园."""
    told, parts = (each.attributes.get("parts", UNKNOWN).split() for each in (before, mention))
    narrower = min(RANKS[part] for part in parts) - max(RANKS[part] for part in told)
    return narrower > 0 or (not narrower and set(told).isdisjoint(parts))


def in_figures(name: str) -> str:
    """An address with its numbers as on paper: 台东一路66号, 5单元."""
    return COUNTED.sub(lambda found: _number(found[0]), name)


def _number(numeral: str) -> str:
    section = read_section(numeral, 0)
    if section is not None and section.end == len(numeral) and section.low == section.high:
        return str(int(section.low))
    one_by_one = numeral.translate(READ_OUT)
    return one_by_one if one_by_one.isascii() else numeral


def _elsewhere(mention: Mention) -> Mention:
    return replace(mention, attributes={**mention.attributes, "other": "yes", "elsewhere": "yes"})
