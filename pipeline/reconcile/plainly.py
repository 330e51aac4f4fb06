"""Whether a value in a customer's turn is said as it is: 我在中建三局上班, and not 以前在中建三局."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.dialogue.alternatives import is_alternative, term_of
from pipeline.dialogue.asked_back import is_asked_back
from pipeline.dialogue.asking import OF_THE_DEAL, PRICE
from pipeline.dialogue.told_of import next_value
from pipeline.dialogue.tools import Tools
from pipeline.language import Reader
from pipeline.reconcile.look_rules import SecondLookRules
from pipeline.reconcile.rules import FieldRule
from pipeline.reconcile.sayings import MEASURED, POSITION

YEARS, EMPLOYER, INCOME = "employment.years", "employment.employer", "income.monthly"
# 三年还是四年来着
OR, DEAL_KINDS = "还是", frozenset({"money", "duration"})
RESIDENCE, DEALER = "identity.residence", "vehicle.dealer"
CAR = frozenset({"vehicle.brand", "vehicle.model"})
_CLAUSE = re.compile(r"[^,。!?;、…\s]*$")
_REST = re.compile(r"[^,。!?;、\s]*")


class Plainly:
    """Tells what is said as it is, by the words of `second_look` in `fields.yaml`."""

    def __init__(self, reader: Reader, tools: Tools, rules: SecondLookRules) -> None:
        self._reader = reader
        self._tools = tools
        self._rules = rules

    def is_said(self, text: str, start: int, end: int, rule: FieldRule) -> bool:
        """Whether what stands at `start:end` is said as it is: of no other time, of nobody else, not refused, not
        explained away."""
        relevance = self._tools.relevance
        if rule.type in MEASURED and (
            self._tools.explained.find(text, [end])[0]
            or relevance.is_refused_behind(text, end)
            or relevance.is_refused_before(text, start)
        ):
            return False
        if rule.field == YEARS and (
            relevance.is_anothers_time(text, start)
            or relevance.is_anothers_behind(text, end)
            or relevance.is_of_another_job(text, start)
            or relevance.is_difference_of_years(text, start)
            or text.startswith("?", end)
        ):
            return False
        if rule.field == EMPLOYER and (
            relevance.is_where_another_is(text, start)
            or self._is_left(text, end)
            or self._tools.belonging.is_told_apart(text, start, end)
            or self._tools.other_firms.is_another(text, start, end)
        ):
            return False
        if rule.type in ("money", "months") and (self._tools.amounts.is_option(text, end) or text.startswith(OR, end)):
            return False
        if rule.field in OF_THE_DEAL and self._rules.says_again.match(text, end):
            return False
        if rule.field in OF_THE_DEAL and self._is_only_possible(text, start, rule.field):
            return False
        if rule.field in OF_THE_DEAL and self._is_told_of_else(text, start, end, rule.field):
            return False
        if rule.type == "money" and self._is_no_sum_of_his(text, start, rule.field):
            return False
        if rule.field in CAR and self._is_another_taken(text, start, end):
            return False
        before, after = _clause_before(text, start), _REST.match(text, end)
        if rule.type == "name" and self._is_no_name_of_his(text, before):
            return False
        if any(word in text[start - len(before) :] for word in self._rules.not_with):
            return False
        behind = after[0] if after else ""
        others = () if rule.field.startswith("contact.") else self._rules.others  # 找俺媳妇徐凤
        written = rule.type == "name" and self._rules.writes_down.search(text, 0, start) is not None
        if not written and any(word in before for word in (*self._rules.not_after, *others)):
            return False
        if rule.field == POSITION and self.is_no_title_of_his(text, start, end):
            return False
        if rule.field == DEALER and self._is_only_looked_at(text, start, end):
            return False
        if rule.field == RESIDENCE and self._reader.is_home_of_others(text[end:]):
            return False
        if rule.field == INCOME and _is_a_part(before, self._rules.parts_of_income):
            return False
        return not any(word in behind for word in self._rules.not_before)

    def _is_only_possible(self, text: str, start: int, field: str) -> bool:
        """Whether a value of the deal is only what might have been (他们让我付三万二), or what the price came down from
        (二十万的车,优惠到十六万).
        """
        said = [m for m in self._reader.read_text(text) if m.kind in DEAL_KINDS]
        own = next((m for m in said if m.start <= start < m.end), None)
        if own is None:
            return False
        if len(said) > 1 and self._tools.amounts.is_only_possible(own, text):
            return True
        if field != PRICE:
            return False
        if len(said) > 1 and self._tools.amounts.is_asking_price(own, text):
            return True
        return "basis" not in own.attributes and any(m.attributes.get("basis") == "net_price" for m in said)

    def _is_told_of_else(self, text: str, start: int, end: int, field: str) -> bool:
        """Whether a value of the deal is told of another car, or named as another sum of the deal; whether it is one
        that was not taken, or a part of the sum.
        """
        read = self._reader.read_text(text)
        said = [m.start for m in read if m.kind in DEAL_KINDS]
        for item in self._tools.topics.bind(text, read):
            here = item.mention.start <= start < item.mention.end
            named = item.field in OF_THE_DEAL and item.field != field and bool(item.cue)
            if here and named and text.endswith(item.cue, 0, item.mention.start):
                return True  # 首付八万,贷款四万
        return bool(self._tools.told_of.beside_the_deal(text, start, end, field, next_value(said, end, text)))

    def _is_no_sum_of_his(self, text: str, start: int, field: str) -> bool:
        """Whether the sum at `start` is somebody else's, is only asked back, is the instalment of a term that was not
        taken, or what he earned before he had what he has now.
        """
        said = self._reader.read_text(text)
        sums = [m for m in said if m.kind == "money" and m.start <= start < m.end]
        later = [m for m in said if m.kind == "money" and m.start > start] if field == INCOME else []
        if any(is_asked_back(each, said, text) for each in sums):
            return True
        then = self._tools.relevance.sets_now_against_then
        if any(then(text, each, other) for each in sums for other in later):
            return True
        amounts = self._tools.amounts
        if any(amounts.is_not_all_his(each, text) or amounts.is_anothers(each, text) for each in sums):
            return True
        if field == INCOME and any(amounts.is_household(each, text) for each in sums):
            return True
        terms = [term for each in sums if (term := term_of(said, each, text)) is not None]
        return any(is_alternative(amounts, text, term, said) for term in terms)

    def is_no_title_of_his(self, text: str, start: int, end: int) -> bool:
        """Whether the title at `start:end` is denied, or somebody else's: 我不是店长,店长是我表嫂; 主管给别人当了."""
        if self._reader.is_title_denied(text, start, end) or self._rules.no_title.search(_clause_before(text, start)):
            return True
        after = _REST.match(text, end)
        return self._tools.belonging.is_anothers(after[0] if after else "", 0)

    def _is_left(self, text: str, end: int) -> bool:
        """Whether a firm named up to `end` is said to be left: 顺联啊,上个月辞了."""
        left = self._tools.belonging.has_left(text)
        return left is not None and left[1] > end

    def is_left_for_good(self, text: str, end: int) -> bool:
        """Whether the clause that goes on at `end` behind a firm says that he has left it: 启航我已经不在了."""
        rest = _REST.match(text, end)
        return rest is not None and self._tools.belonging.has_left(rest[0]) is not None

    def _is_only_looked_at(self, text: str, start: int, end: int) -> bool:
        """Whether a dealer is one where he has asked for the price and not bought, or that he does not know, or where
        another one is said to have sold it: 先看的冠通,没谈拢; 龙腾是哪家?; 跟天和谈了两次,在鸿业买的.
        """
        behind = _REST.match(text, end)
        if self._rules.unknown.match(text, end) is not None:
            return True
        if behind is not None and any(word in behind[0] for word in self._rules.bought):
            return False
        if any(
            m.kind == "organisation" and m.attributes.get("about") == "purchase" and text[start:end] not in m.text
            for m in self._reader.read_text(text)
            if m.end <= start or end <= m.start
        ):
            return True
        first = max(text.rfind(stop, 0, start) for stop in "。!?;") + 1
        last = min((place for stop in "。!?;" if (place := text.find(stop, end)) >= 0), default=len(text))
        return any(word in text[first:last] for word in self._rules.tried)

    def _is_no_name_of_his(self, text: str, before: str) -> bool:
        """Whether a name is a nickname (都喊我小敏), or that of somebody whom he does not know (什么卢志强,不认得)."""
        return any(word in before for word in self._rules.not_called) or any(
            word in text for word in self._rules.nobody
        )

    def _is_another_taken(self, text: str, start: int, end: int) -> bool:
        """Whether the car at `start:end` was given up, or another one of the turn is rather said to be bought."""
        weigh = self._tools.cars.weight
        own = weigh(text, start, end)
        cars = [m for m in self._reader.read_text(text) if m.kind == "vehicle"]
        others = [m for m in cars if m.end <= start or end <= m.start]
        this = [m for m in cars if self._tools.cars.is_this(m, text, active=True)]
        if len(others) < len(cars) and this and all(m in others for m in this):
            return True  # 卡罗拉,家里还有个轩逸
        return own < 0 or any(weigh(text, m.start, m.end) > own for m in others)


def _clause_before(text: str, start: int) -> str:
    found = _CLAUSE.search(text[:start])
    return found[0] if found else ""


def _is_a_part(before: str, parts: Sequence[str]) -> bool:
    """Whether the sum behind `before` is one part of a wage (底薪三千); 加上提成五千五 is the whole."""
    return any(word in before for word in parts) and "加" not in before
