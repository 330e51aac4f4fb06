"""Where the customer says the value that stands on the application, in whatever words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pipeline.dialogue.tools import Tools
from pipeline.language import Reader
from pipeline.language.heard_numbers import as_numbers, is_broken
from pipeline.language.occupations import load_acts
from pipeline.language.resources import table, word_list
from pipeline.language.script import fold
from pipeline.language.sieve import compiled
from pipeline.reconcile.comparison import Comparison
from pipeline.reconcile.ladder import decide
from pipeline.reconcile.look_rules import SecondLookRules
from pipeline.reconcile.texts import differs, end_of_number, place_of, ways_to_write, whole_place
from pipeline.types import Scalar, Stated, Turn

# The kinds of mention that tell a value of these types.
MEASURED = {"money": ("money",), "months": ("duration",), "years": ("duration", "date")}
PURPOSE, PRIVATE, POSITION = "loan.purpose", "personal_use", "employment.position"
_FIGURES = 3


class Sayings:
    """Finds values on paper in the turns of one call."""

    def __init__(self, turns: Sequence[Turn], reader: Reader, tools: Tools, rules: SecondLookRules) -> None:
        self._in_order = tuple(turns)
        self._places = {turn.id: place for place, turn in enumerate(turns)}
        self._reader = reader
        self._tools = tools
        self._rules = rules
        self._written: dict[tuple[str, Scalar, bool], tuple[str, ...]] = {}

    def of(self, comparison: Comparison, turn: Turn, text: str) -> Iterator[tuple[int, int, Stated]]:
        """Where the applied value stands in the folded `text` of a turn, and how it is said there."""
        if comparison.rule.type == "choice":
            patterns = self._rules.says.get(comparison.rule.field, {}).get(str(comparison.applied), ())
            found = next((match for pattern in patterns if (match := compiled(pattern).search(text))), None)
            if comparison.rule.field == PURPOSE and comparison.applied != PRIVATE:
                yield from self._trade_sayings(comparison, turn)
            if found is not None:
                heard = turn.text[found.start() : found.end()]
                yield found.start(), found.end(), replace(comparison.stated, value=comparison.applied, text=heard)
            return
        if comparison.rule.type == "digits":
            if (tail := end_of_number(str(comparison.applied), text)) is not None:
                start, end, digits = tail
                yield start, end, replace(comparison.stated, value=digits, text=turn.text[start:end])
            return
        if comparison.rule.type not in MEASURED:
            place = place_of(comparison, self._ways(comparison), text)
            if place is not None and comparison.rule.field == POSITION and self._is_in_a_firm(turn, place):
                place = None  # 公交 of 冀通公交
            if place is not None and self._is_elsewhere(comparison, turn, place):
                place = None  # 联纺路,二棉家属院 is no other home in 联纺路
            if place is not None:
                value = comparison.applied
                if comparison.rule.type == "address":  # an address is told as it is said
                    place = whole_place(str(value), text, place)
                    value = text[place[0] : place[1]].replace(",", "")
                heard = turn.text[place[0] : place[1]]
                yield *place, replace(comparison.stated, value=value, text=heard, low=None, high=None)
            if comparison.rule.field == POSITION:
                yield from self._jobs_told(comparison, turn)
            return
        before = self._in_order[max(0, self._places[turn.id] - 1)].text
        yearly = any(word in text or word in before for word in _yearly(comparison.rules.own))
        mentions = [m for written in _written(text, comparison.applied) for m in self._reader.read_text(written)]
        for mention in mentions:
            if mention.kind not in MEASURED[comparison.rule.type] or is_broken(text, mention.start, mention.end):
                continue
            mention = replace(mention, text=turn.text[mention.start : mention.end])
            for period in ("", "year") if yearly and "period" not in mention.attributes else ("",):
                stated = self._tools.values.read(comparison.rule.field, mention, period=period)
                if stated is not None and self._agrees(comparison, stated):
                    yield mention.start, mention.end, stated

    def _jobs_told(self, comparison: Comparison, turn: Turn) -> Iterator[tuple[int, int, Stated]]:
        """Where the work of the job on paper is told: 养了几头牛 for 养殖户; not by who has a title that one leads."""
        applied, lexicon = str(comparison.applied), comparison.lexicon
        led = [each for each in lexicon.occupations if each.is_led_by(applied, lexicon.ranks)]
        if any(fold(comparison.said) in map(fold, each.names) for each in led):
            return  # 流水线上打螺丝的普工 is no 生产主管
        for start, end, plain in load_acts(comparison.rules.own).find(fold(turn.text)):
            if decide(replace(comparison, stated=Stated(plain, plain))).outcome == "match":
                yield start, end, replace(comparison.stated, value=comparison.applied, text=turn.text[start:end])

    def _trade_sayings(self, comparison: Comparison, turn: Turn) -> Iterator[tuple[int, int, Stated]]:
        """Where the trade on paper is named; beside it, 自己用 only tells who drives. One that is another car's,
        another person's, over, or only asked back is none (店里送货有面包车; 拉货?不拉).
        """
        text, relevance = fold(turn.text), self._tools.relevance
        for mention in self._reader.read(turn):
            named = mention.kind == "purpose" and "negated" not in mention.attributes
            named = named and not relevance.is_elsewhere(mention, text) and not relevance.is_asked_back(text, mention)
            if named and decide(replace(comparison, stated=Stated(mention.value, mention.text))).outcome == "match":
                yield mention.start, mention.end, replace(comparison.stated, value=mention.value, text=mention.text)

    def _is_elsewhere(self, comparison: Comparison, turn: Turn, place: tuple[int, int]) -> bool:
        """Whether a part of the address on paper is told as a part of another one, or its car's name is only the
        beginning of another's (宏光S of 宏光S3)."""
        kind, wholes = comparison.rule.type, [m for m in self._reader.read(turn) if m.start <= place[0] < m.end]
        if kind == "model":
            wholes = [m for m in wholes if m.kind == "vehicle" and place[1] < m.end]
        else:
            wholes = [m for m in wholes if m.kind == kind == "address"]
        sayings = (replace(comparison, stated=Stated(whole.value, whole.text)) for whole in wholes)
        return any(decide(saying).outcome == "mismatch" for saying in sayings)

    def _is_in_a_firm(self, turn: Turn, place: tuple[int, int]) -> bool:
        """Whether what may be a title is only a part of a firm's name."""
        firms = (m for m in self._reader.read(turn) if m.kind == "organisation" and "general" not in m.attributes)
        return any(firm.start <= place[0] and place[1] <= firm.end for firm in firms)

    def _ways(self, comparison: Comparison) -> tuple[str, ...]:
        """`ways_to_write` the value on paper, made up once a call."""
        key = (comparison.rule.field, comparison.applied, differs(comparison))
        if key not in self._written:
            self._written[key] = ways_to_write(comparison)
        return self._written[key]

    def _agrees(self, comparison: Comparison, stated: Stated) -> bool:
        """Whether the number is the applied one, nearly; a wide range agrees with too much."""
        applied = comparison.applied
        if not isinstance(applied, int | float) or decide(replace(comparison, stated=stated)).outcome != "match":
            return False
        if isinstance(stated.value, int | float) and abs(stated.value - applied) <= self._rules.nearly * abs(applied):
            return True
        low, high = stated.low, stated.high
        return low is not None and high is not None and low <= applied <= high and high - low <= 0.35 * abs(applied)


@lru_cache(maxsize=4)
def _yearly(own: Path | None) -> tuple[str, ...]:
    return word_list(table("language/money.yaml", own)["of_a_year"])


def _written(text: str, applied: Scalar) -> list[str]:
    """A text as it stands, and with numbers written by their sound; boldly where chance hardly makes the applied."""
    figures = len(str(int(applied)).strip("0")) if isinstance(applied, int | float) else 0
    every = (text, as_numbers(text), as_numbers(text, boldly=True) if figures >= _FIGURES else text)
    return list(dict.fromkeys(every))
