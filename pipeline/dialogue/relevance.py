"""Whether a mention in a customer's turn is about this application at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.dialogue.acts import Acts
from pipeline.dialogue.cars import Cars
from pipeline.dialogue.clauses import CLAUSE_REACH, clause_end, clause_start
from pipeline.dialogue.doers import OTHER, Doers
from pipeline.dialogue.trades import Trades
from pipeline.language.phrases import PhraseBook, Words
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END
from pipeline.types import Mention

FILE = "dialogue/relevance.yaml"
ACQUAINTANCE = "acquaintance"
OTHERS = frozenset({"other", ACQUAINTANCE})
SHORT_QUESTION = 14
AROUND = " ,。!的呗嘛呀啊吧咯噻呢了"
# 前年好 落了十六万: the time may stand in a short clause before.
BEFORE_CLAUSE = 5
SURELY = frozenset({"money", "duration", "ratio"})
WONDERED = frozenset({"money", "duration", "condition", "residence_type", "vehicle"})
OF_WORK = ("employment.employer", "employment.position", "employment.years", "income.monthly")
# In 八千没有六千多 the 没有 takes back what stands before it.
VALUE_ENDS = frozenset("一二三四五六七八九十百千万块元期年月多0123456789")


def _says_so(text: str, mention: Mention) -> bool:
    """自己开 says who drives, 自己用 only what for; 我自己用 says both."""
    return (
        mention.text.endswith("开")
        or "我" in text[max(0, mention.start - 2) : mention.end]
        or text.startswith("开", mention.end)
    )


class Relevance:
    """Keeps out asides, other cars, other people and the customer's own questions, by its list in `configs/`."""

    def __init__(self, acts: Acts, cars: Cars, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._acts, self._cars = acts, cars
        self._refusals = PhraseBook((word, "") for word in word_list(words["refusals"]))
        self._refused_after = word_list(words["refused_after"])
        self._would_not = re.compile(words["would_not"])
        self._purchase = word_list(words["purchase"])
        self._of_any_time = frozenset(word_list(words["purchase_of_any_time"]))
        self._driving = word_list(words["driving"])
        self._others = word_list(words["others"])
        self._repeat = Words(word_list(words["repeat"]))
        self._past = PhraseBook((word, "") for word in word_list(words["past"]))
        self.undecided = word_list(words["undecided"])
        self._at_present = word_list(words["at_present"])
        self._now = PhraseBook((word, "") for word in word_list(words["now"]))
        self._changed, self._hearsay = re.compile(words["changed"]), re.compile(words["hearsay"])
        self._other_times = word_list(words["other_times"])
        self._before = word_list(words["before"])
        self._years_here = re.compile(words["years_here"])
        self._years_elsewhere = re.compile(words["years_elsewhere"])
        self._doers = Doers(own)
        self._years_turn, self._apart, self._dated_by, self._dates, self._told_of_him, self._is_of, self._ends = (
            re.compile(words[name])
            for name in ("years_turn", "years_apart", "dated_by", "dates", "told_of_him", "is_of", "of_him")
        )
        self._ago = re.compile(words["ago"])
        self._surely = re.compile(words["surely"]["before"]), re.compile(words["surely"]["behind"])
        self._asked_back = word_list(words["asked_back"]["right_behind"])
        self._asks_at_the_end = word_list(words["asked_back"]["clause_ends"])
        self._told, self._done = word_list(words["told"]), word_list(words["done"])
        self._wonders, self._somebodys, self._with = (
            re.compile(words[name]) for name in ("wonders", "somebodys", "with")
        )
        self._old_car = word_list(words["old_car"])
        self._is_at = re.compile(words["is_at"])
        alone = words["alone"]
        self._alone_before, self._alone_after = re.compile(alone["before"]), re.compile(alone["after"])
        self._opens_driving = word_list(alone["opens"])
        subjects = [(word, who) for who in ("self", "other") for word in word_list(words["subjects"][who])]
        self._subjects = PhraseBook(subjects)
        self._people = PhraseBook([*subjects, *((word, "other") for word in word_list(words["family"]))])
        known = [(word, ACQUAINTANCE) for word in word_list(words["acquaintances"])]
        self._whose = PhraseBook([*known, *subjects, *((word, "other") for word in word_list(words["family"]))])
        self.trades = Trades(words, self._past, self._now, own)
        self._titles, self._of_his_own = re.compile(words["titles"]), re.compile(words["of_his_own"])
        self._of_his_trade = re.compile(words["of_his_trade"])
        self._with_his_help = word_list(words["with_his_help"])

    def counts(self, field: str, mention: Mention, text: str, *, active: bool, asked: Callable[[str], bool]) -> bool:
        """Whether the mention is a statement about `field`; `active`: that field is being asked or read out."""
        if self.is_asked_back(text, mention):
            return False
        if mention.kind == "vehicle":
            return self._cars.is_this(mention, text, active=active or asked("vehicle.brand"))
        if mention.kind == "condition":
            weight = self._cars.kind_weight(text, mention.start, mention.end)
            return weight > 0 or (active and not weight)
        if mention.kind == "purpose":
            if self.is_elsewhere(mention, text):
                return False
            if active or self.trades.is_told_unasked(mention, text, at_work=any(map(asked, OF_WORK))):
                return True
            driver = mention.text.startswith(("自己", "本人", "自个"))
            at_work = any(map(asked, OF_WORK)) and not asked("loan.purpose")
            near = [word for word in self._purchase if not (at_work and word in self._of_any_time)]
            return (asked("vehicle.actual_user") and not driver) or self._near(text, mention, tuple(near))
        if field == "employment.years" and (
            self._ago.match(text, mention.end)
            or self.is_difference_of_years(text, mention.start)
            or self._is_of_earlier_job(mention, text)
            or self.is_anothers_time(text, mention.start)
            or (not active and self.is_of_another_job(text, mention.start))
        ):
            return False
        if field.startswith("contact."):
            return True
        if mention.kind == "relation":
            at_work = any(map(asked, OF_WORK))
            return self._is_driver(mention, text, active=active, purpose=asked("loan.purpose"), at_work=at_work)
        if mention.kind == "organisation":
            return (active or "frame" in mention.attributes) and mention.attributes.get("general") != "yes"
        if mention.kind == "name":
            return self._is_own_name(mention, text, active=active)
        return mention.kind != "digits" or active or mention.attributes.get("about") in ("id", "mobile")

    def is_surely(self, text: str, mention: Mention) -> bool:
        """Whether who asks whether it is not so says that it is: 不是三千三吗."""
        before, behind = self._surely
        if mention.kind not in SURELY or behind.match(text, mention.end) is None:
            return False
        return before.search(text[clause_start(text, mention.start) : mention.start]) is not None

    def is_refused(self, text: str, mention: Mention) -> bool:
        """Whether the mention is taken back where it stands (没有八千, 八千没有)."""
        if self.is_surely(text, mention):
            return False
        if mention.kind in WONDERED and self._is_wondered_at(text, mention.start):
            return True
        if mention.kind not in ("money", "duration", "vehicle", "digits", "name", "organisation", "position"):
            return False
        if mention.kind == "duration" and self.is_anothers_behind(text, mention.end):
            return True
        return self._is_refused_before(text, mention.start) or self.is_refused_behind(text, mention.end)

    def is_refused_before(self, text: str, start: int) -> bool:
        """Whether words right before what begins at `start` take it back, or wonder at it (没有八千, 哪有9000哦)."""
        return self._is_wondered_at(text, start) or self._is_refused_before(text, start)

    def _is_wondered_at(self, text: str, start: int) -> bool:
        return self._wonders.search(text[clause_start(text, start) : start]) is not None

    def _is_refused_before(self, text: str, start: int) -> bool:
        hit = self._refusals.match_before(text, start)
        return hit is not None and text[hit.start - 1 : hit.start] not in VALUE_ENDS

    def is_refused_behind(self, text: str, end: int) -> bool:
        """Whether what ends at `end` is taken back right behind it (五年可不止), or would only be (三千我就不买了)."""
        return text.startswith(self._refused_after, end) or self._would_not.match(text, end) is not None

    def asks_back(self, text: str) -> bool:
        """Whether a short turn only asks to hear the question again, or asks something itself."""
        return len(text) <= SHORT_QUESTION and self._repeat.stand_in(text)

    def is_asked_back(self, text: str, mention: Mention) -> bool:
        """Whether a value is only said again with a question (八千啊?)."""
        if self.is_surely(text, mention):
            return False
        end = mention.end
        if text.startswith(("?", *self._asked_back), end):
            return True
        while end < len(text) and text[end] not in CLAUSE_END and end - mention.end < 6:
            end += 1
        tail = text[mention.end : end + 1].rstrip("?。,!")
        return tail.endswith(self._asks_at_the_end)

    def _is_of_earlier_job(self, mention: Mention, text: str) -> bool:
        """Whether a length of time beside another one is of a job that is over (前面在别家干过半年)."""
        start = clause_start(text, mention.start)
        return start > 0 and any(word in text[start : mention.start] for word in self._before)

    def is_of_another_job(self, text: str, place: int) -> bool:
        """Whether a length of time at `place` is of a job that is over, or of no job: 部队待了十二年; 干过两年."""
        clause = self._own_clause(text, place, place)
        if self._years_here.search(clause):
            return False
        return any(word in clause for word in self._before) or self._years_elsewhere.search(clause) is not None

    def is_where_another_is(self, text: str, place: int) -> bool:
        """Whether what stands at `place` is where another person works: 我老婆在天虹,我自己跑运输."""
        before = text[clause_start(text, place) : place]
        who = self._people.find(before)
        if not who or who[-1].label != "other" or self._is_at.fullmatch(before[who[-1].end :]) is None:
            return False
        # 我跟我老公都在智远
        own = all(each.label == "self" for each in who[:-1])
        return not own or self._with.search(before[: who[-1].start]) is None

    def is_anothers_time(self, text: str, place: int) -> bool:
        """Whether a length of time at `place` is another person's: 她八年了; 跟我老公一起干了五年 is his own."""
        before = text[clause_start(text, place) : place]
        who = self._subjects.find(before)
        if who and who[-1].label == "other":
            return self._with.search(before[: who[-1].start]) is None
        people = self._doers.actors(before)
        if not people or people[-1].who != OTHER or self._dated_by.search(before[people[-1].end :]):
            return False
        if self._dates.search(text, place, clause_end(text, place)):
            return False  # 我们幺儿上一年级那年开的张
        before = before[: people[-1].start]
        return self._with.search(before) is None and self._told_of_him.search(before) is None

    def is_anothers_behind(self, text: str, end: int) -> bool:
        """Whether a length of time up to `end` is told to be somebody else's right behind it: 六年是我老公."""
        told = self._is_of.match(text, end)
        if told is None:
            return False
        people = self._doers.actors(text[told.end() : told.end() + CLAUSE_REACH])
        if not people or people[0].start > 0 or people[0].who != OTHER:
            return False
        return self._ends.match(text, told.end() + people[0].end) is not None

    def is_difference_of_years(self, text: str, start: int) -> bool:
        """Whether a length of time from `start` only tells how far apart two are: 比我老婆晚两年."""
        return self._apart.search(text[clause_start(text, start) : start]) is not None

    def _own_clause(self, text: str, start: int, end: int) -> str:
        """The clause of a length of time, up to where it turns though nothing parts it: 说干一年|结果一待就是五年."""
        first, last = clause_start(text, start), clause_end(text, end)
        for found in self._years_turn.finditer(text, first, start):
            first = found.start()
        turned = self._years_turn.search(text, end, last)
        return text[first : turned.start() if turned is not None else last]

    def of_present_job(self, mentions: Sequence[Mention], text: str) -> list[Mention]:
        """Of several lengths of time of one answer those of the present job: 到这厂三年, beside 十五年那是我的证."""
        clauses = [self._own_clause(text, m.start, m.end) for m in mentions]
        here = [m for m, clause in zip(mentions, clauses, strict=True) if self._years_here.search(clause)]
        left = [m for m, clause in zip(mentions, clauses, strict=True) if not self._years_elsewhere.search(clause)]
        return here if 0 < len(here) < len(mentions) else left or list(mentions)

    def _owner(self, text: str) -> str:
        """Who is spoken of last in a text: self, one of OTHERS, or "" for nobody."""
        who = self._whose.find(text)
        titled = [match.end() for match in self._titles.finditer(text)]
        if titled and (not who or titled[-1] > who[-1].start):
            return ACQUAINTANCE
        return who[-1].label if who else ""

    def _goes_on_of_another(self, text: str, start: int) -> bool:
        """Whether a clause from `start` that names nobody goes on about an acquaintance: 邻居买了个九,花了十五万."""
        before = text[clause_start(text, start - 1) : start - 1] if text[start - 1 : start] == "," else ""
        if self._of_his_trade.search(before) is not None:
            return self._owner(before) == ACQUAINTANCE
        if any(word in before for word in self._with_his_help) or self._of_his_own.search(before) is None:
            return False
        return self._owner(before) == ACQUAINTANCE

    def is_his(self, mention: Mention, text: str) -> bool:
        """Whether a value is said of himself where somebody else was asked about: 她四千,我八千."""
        before = text[max(0, mention.start - CLAUSE_REACH) : mention.start]
        return self._owner(before) == "self"

    def is_not_his(self, mention: Mention, text: str) -> bool:
        """Whether an amount is another person's (我同事贷了二十万) or of a loan that is over (那会儿贷了两万四)."""
        start = clause_start(text, mention.start)
        before = text[start : mention.start]
        owner = self._owner(before)
        if owner in OTHERS and not before.endswith(self._told):
            return True
        if not owner and self._goes_on_of_another(text, start):
            return True
        if self._somebodys.search(before):
            return True
        if mention.attributes.get("period") == "year":
            return False  # 就按去年一年挣了十二万
        return bool(self._past.find(before)) and any(word in before for word in self._done)

    def is_of_other_time(self, mention: Mention, text: str) -> bool:
        """Whether an income is another time's, or only at times: 前年好,落了十六万; 去年发过四万."""
        start = clause_start(text, mention.start)
        near = text[max(0, start - BEFORE_CLAUSE) : clause_end(text, mention.end)]
        place = max(near.rfind(word) for word in self._other_times)
        return place >= 0 and not any(hit.start > place for hit in self._now.find(near))

    def is_hearsay(self, mention: Mention, text: str) -> bool:
        """Whether an income is what others say that people like him earn: 有人说我们这行挣两三万."""
        return self._hearsay.search(text[clause_start(text, mention.start) : mention.start]) is not None

    def is_of_the_past(self, mention: Mention, text: str) -> bool:
        """Whether an income is one that he had once: 八千是去年; 早些年一万多."""
        clause = text[clause_start(text, mention.start) : clause_end(text, mention.end)]
        past = self._past.find(clause)
        sum_of_the_year = mention.attributes.get("period") == "year"
        return bool(past) and not sum_of_the_year and not any(h.start > past[-1].start for h in self._now.find(clause))

    def sets_now_against_then(self, text: str, before: Mention, mention: Mention) -> bool:
        """Whether a word for the past stands by the first of two values, and one for the present between them, or the
        first one is said to have changed: 八千是去年,今年七千五; 一万一,上个月调薪了,现在一万二.
        """
        between = text[before.end : mention.start][-CLAUSE_REACH:]
        if self._changed.search(between) is not None:
            return True
        now = max((between.rfind(word) for word in self._at_present), default=-1)
        past = self._past.find(text[max(0, before.start - CLAUSE_REACH) : before.start])
        return now >= 0 and (bool(past) or bool(self._past.find(between[:now])))

    def is_elsewhere(self, mention: Mention, text: str) -> bool:
        """Whether a purpose is another car's, another person's, over, or what others wanted in vain."""
        return self.trades.is_elsewhere(text, mention.start, mention.end, str(mention.value))

    def is_only_his_work(self, mention: Mention, text: str) -> bool:
        """Whether a trade is only what he does for a living: 我开出租的,这个给家里代步."""
        return self.trades.is_only_his_work(text, mention.start, mention.end)

    def _is_driver(self, mention: Mention, text: str, *, active: bool, purpose: bool, at_work: bool) -> bool:
        drives = mention.attributes.get("drives") == "yes"
        if mention.value == "company" and not drives and not (active and self._is_whole(text, mention)):
            return False
        if any(word in text[clause_start(text, mention.start) : mention.start] for word in self._old_car):
            return False  # 旧车给我爸开了
        if active:
            return not (mention.value == "self" and mention.text.startswith("是我") and not drives and len(text) > 8)
        if mention.attributes.get("of_car") == "yes":
            return not at_work  # 车归他
        himself = mention.value == "self" and not _says_so(text, mention)
        if drives and not at_work and "negated" not in mention.attributes and self._is_alone(text, mention):
            return True
        return drives and ((purpose and not himself) or self._near(text, mention, self._driving))

    def _is_alone(self, text: str, mention: Mention) -> bool:
        """Whether a clause says nothing but who drives: 我开,不跑滴滴; 我又不开它,我老公开."""
        start, end = clause_start(text, mention.start), mention.end
        if not (text[mention.start : end].endswith("开") or text.startswith(self._opens_driving, end)):
            return False
        before = self._alone_before.fullmatch(text[start : mention.start])
        return before is not None and self._alone_after.match(text, end) is not None

    def _is_whole(self, text: str, mention: Mention) -> bool:
        """Whether an answer names nothing else: 嗯,就公司."""
        before = self._alone_before.fullmatch(text[: mention.start])
        return before is not None and not text[mention.end :].strip(AROUND)

    def _is_own_name(self, mention: Mention, text: str, *, active: bool) -> bool:
        before = text[max(0, mention.start - 10) : mention.start]
        if any(word in before for word in self._others):
            return False
        return active or mention.attributes.get("frame") == "strong"

    @staticmethod
    def _near(text: str, mention: Mention, words: tuple[str, ...]) -> bool:
        stretch = text[max(0, mention.start - 14) : mention.end + 8]
        return any(word in stretch for word in words)
