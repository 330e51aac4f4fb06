"""What an amount in a customer's turn is told of: two people's income, a difference, a choice, a discount."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.dialogue.clauses import clause_start
from pipeline.dialogue.relevance import FILE
from pipeline.language.resources import table, word_list
from pipeline.types import Mention

BEHIND_WITHIN = 4
BEFORE_WITHIN = 60
LACKING_WITHIN = 12
SUM_OF_BOTH = re.compile("[^,。?!0-9一二两三四五六七八九]{0,4}[0-9一二两三四五六七八九]{1,2}[0-9十百千万]")
NUMBER = re.compile("[0-9一二三四五六七八九十百千万两]{2}")
SENTENCES = frozenset("。!?")


class Amounts:
    """Tells amounts apart by `configs/dialogue/relevance.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._gross = word_list(words["gross"])
        patterns: Mapping[str, str] = words["amounts"]
        self._household = re.compile(patterns["household"])
        self._household_before = re.compile(patterns["household_before"])
        self._his_own = re.compile(patterns["his_own"])
        self._comes_to = re.compile(patterns["comes_to"])
        self._difference = re.compile(patterns["difference"])
        self._anothers = re.compile(patterns["anothers"])
        self._not_all_his = re.compile(patterns["not_all_his"])
        self._option = re.compile(patterns["option"])
        self._if_so, self._turned_down = re.compile(patterns["if_so"]), re.compile(patterns["turned_down"])
        self._earned = re.compile(patterns["earned"])
        self._hardly, self._bearable = re.compile(patterns["hardly"]), re.compile(patterns["bearable"])
        self._possible = re.compile(patterns["possible"])
        self._discount = re.compile(patterns["discount"])
        self._asking_price = re.compile(patterns["asking_price"])
        self._repaid, self._given = re.compile(patterns["repaid"]), re.compile(patterns["given"])
        self._still_owed = word_list(patterns["still_owed"])
        self._allowance, self._besides, self._counted_in = (
            re.compile(patterns[key]) for key in ("allowance", "besides", "counted_in")
        )
        self._lacking = re.compile(patterns["lacking"])
        self._unpaid = re.compile(patterns["unpaid"])
        self._comes_in = word_list(patterns["comes_in"])
        self._pays, self._paid_by = re.compile(patterns["pays"]), re.compile(patterns["paid_by"])
        self._paid_too, self._not_paid_down = (re.compile(patterns[key]) for key in ("paid_too", "not_paid_down"))
        self._told_off, self._told_off_behind = (re.compile(patterns[key]) for key in ("told_off", "told_off_behind"))
        self._taken, self._kept = word_list(patterns["taken"]), word_list(patterns["kept"])

    def is_household(self, mention: Mention, text: str) -> bool:
        """Whether an income is two people's: 一万五,我和我老公加起来."""
        before, after = text[clause_start(text, mention.start) : mention.start], text[mention.end : mention.end + 16]
        if self._household_before.search(text[max(0, mention.start - BEFORE_WITHIN) : mention.start]) is not None:
            return True
        joint = self._household.search(before)
        if joint is not None and NUMBER.search(before, joint.end()) is None:
            return True
        together = self._household.search(after, 0)
        behind = together is not None and not set(after[: together.start()]) & SENTENCES
        if together is not None and SUM_OF_BOTH.match(text, mention.end + together.end()) is not None:
            behind = False  # 我六千,两口子加一起一万一
        behind = behind and together is not None and together.start() <= BEHIND_WITHIN
        return behind and "我自己" not in text[max(0, mention.start - 8) : mention.start]

    def is_difference(self, mention: Mention, text: str) -> bool:
        """Whether a sum is only how far apart two others are: 贷的比交的多两万."""
        return self._difference.search(text[clause_start(text, mention.start) : mention.start]) is not None

    def is_told_off(self, mention: Mention, text: str) -> bool:
        """Whether a value is only by how much another one was told wrong: 少说了两万,是十二万; 少一年,四年的."""
        if self._told_off_behind.match(text, mention.end) is not None:
            return True
        return self._told_off.search(text[clause_start(text, mention.start) : mention.start]) is not None

    def is_paid_too(self, text: str, end: int, start: int) -> bool:
        """Whether a sum at `start` was paid down beside the one before it that ends at `end`: 头回一万五,二回两万五."""
        return self._paid_too.search(text, end, start) is not None

    def is_paid_down(self, cue: str) -> bool:
        """Whether a sum told with the word `cue` may be a part of the down payment: 定金, and not 保险."""
        return self._not_paid_down.search(cue) is None

    def is_paid(self, mention: Mention, text: str, cue: str) -> bool:
        """Whether a sum is said to be paid, whatever the word `cue` before it names: 提车又给了三万五."""
        before = text[max(0, mention.start - BEFORE_WITHIN) : mention.start]
        between = before[before.rfind(cue) + len(cue) :]
        return self._pays.search(between) is not None or self._paid_by.match(text, mention.end) is not None

    def is_not_all_his(self, mention: Mention, text: str) -> bool:
        """Whether what is said behind a sum denies that all of it is his: 那四十多万哪能都是我的."""
        return self._not_all_his.match(text, mention.end) is not None

    def is_anothers(self, mention: Mention, text: str) -> bool:
        """Whether a sum is somebody else's: 我同学跟我一起买的,她的才是1680."""
        return self._anothers.search(text[max(0, mention.start - BEFORE_WITHIN) : mention.start]) is not None

    def is_option(self, text: str, end: int) -> bool:
        """Whether what is said behind a value tells of it as one of several that may be chosen."""
        return self._option.match(text, end) is not None

    def is_only_supposed(self, text: str, start: int) -> bool:
        """Whether what stands before a term only supposes it: 要是分三年."""
        return self._if_so.search(text[clause_start(text, start) : start]) is not None

    def is_turned_down(self, behind: str) -> bool:
        """Whether what is said behind a sum turns it down: 我一听,拉倒吧."""
        return self._turned_down.search(behind) is not None

    def is_earned(self, mention: Mention, text: str) -> bool:
        """Whether a sum of the month is what he earns, whatever was asked for: 一个月我也就拿八千."""
        clause = text[clause_start(text, mention.start) : mention.end]
        monthly = mention.attributes.get("period") == "month" or "月" in clause
        return monthly and self._earned.search(clause) is not None

    def is_hardly_enough(self, mention: Mention, text: str, asked: str) -> bool:
        """Whether a sum is what he earns by his answer to whether he can bear the instalment: 我一个月也就一万一."""
        clause = text[clause_start(text, mention.start) : mention.start]
        return self._hardly.search(clause) is not None and self._bearable.search(asked) is not None

    def is_of_a_month(self, mention: Mention, text: str) -> bool:
        """Whether a sum is told as what the customer has a month: 我一个月七千."""
        return self._hardly.search(text[clause_start(text, mention.start) : mention.start]) is not None

    def is_only_possible(self, mention: Mention, text: str) -> bool:
        """Whether a value is only what might be, or might have been: 最多能贷八万."""
        return self._possible.search(text[clause_start(text, mention.start) : mention.start]) is not None

    def is_asking_price(self, mention: Mention, text: str) -> bool:
        """Whether a price beside another is what was asked at first, or elsewhere: 墙上标十二万二; 原来报二十一万多."""
        return self._asking_price.search(text[clause_start(text, mention.start) : mention.start]) is not None

    def is_discount(self, mention: Mention, text: str) -> bool:
        """Whether a sum is only what a price came down by: 先抹一万七."""
        return self._discount.search(text[clause_start(text, mention.start) : mention.start]) is not None

    def is_repaid(self, mention: Mention, text: str) -> bool:
        """Whether a sum is what all instalments come to: 全还完要掏十二万七."""
        return self._repaid.search(text[max(0, mention.start - BEFORE_WITHIN) : mention.start]) is not None

    def is_apart(self, mention: Mention, text: str) -> bool:
        """Whether a sum is told as a bonus or allowance beside the wage: 另外有个两千的加班补贴,不算."""
        before = text[clause_start(text, mention.start) : mention.start]
        behind = self._allowance.match(text, mention.end)
        if behind is None or self._counted_in.search(before) is not None:
            return False
        return behind["not_counted"] is not None or self._besides.search(before) is not None

    def is_given(self, mention: Mention, text: str) -> bool:
        """Whether a sum is what somebody gives the customer: 闺女每月还给我打两千."""
        return self._given.search(text[max(0, mention.start - BEFORE_WITHIN) : mention.start]) is not None

    def is_still_owed(self, mention: Mention, text: str) -> bool:
        """Whether a sum is what has not been paid yet: 先交三万,还差两万."""
        return text.endswith(self._still_owed, 0, mention.start)

    def is_unpaid(self, text: str) -> bool:
        """Whether a part of what is told has not been paid yet: 交了两万,还有一万先挂着."""
        return self._unpaid.search(text) is not None

    def is_lacking(self, mention: Mention, text: str) -> bool:
        """Whether a sum is what is lacking of another one: 那差的一万多,他先给垫上."""
        return self._lacking.search(text[max(0, mention.start - LACKING_WITHIN) : mention.start]) is not None

    def is_taken(self, cue: str) -> bool:
        """Whether a lender takes a sum with the word `cue`: 每个月扣我六百多."""
        return cue in self._taken

    def comes_in(self, cue: str) -> bool:
        """Whether `cue` tells of money that the customer is given: 过年有年终奖的,万把块."""
        return cue in self._comes_in

    def is_kept(self, cue: str) -> bool:
        """Whether `cue` tells, of an income, what is left of it: 一年剩个十五万."""
        return cue in self._kept

    def is_gross(self, text: str) -> bool:
        """Whether what is said behind a sum tells that it holds the costs yet: 都是毛的,油钱没扣."""
        return any(word in text for word in self._gross)

    def comes_to(self, text: str, before: Mention, mention: Mention) -> bool:
        """Whether he only comes to the second of two values: 五万……哦六万九."""
        return self._comes_to.fullmatch(text, before.end, mention.start) is not None

    def sets_own_against_another(self, text: str, before: Mention, mention: Mention) -> bool:
        """Whether the second of two values is said to be his own one: 九万五是顶配,我这个八万九."""
        return self._his_own.search(text[before.end : mention.start]) is not None
