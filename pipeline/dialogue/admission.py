"""Whether a value counts for the field that it was given."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date
from itertools import islice, takewhile

from pipeline.dialogue.asking import OF_THE_DEAL
from pipeline.dialogue.clauses import clause_end, clause_start
from pipeline.dialogue.debts import PAYS
from pipeline.dialogue.digits import FIELD as ID
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import (
    DEALER,
    DRIVER,
    EMPLOYER,
    MARITAL,
    MOBILE,
    PRICE,
    RESIDENCE,
    Reply,
    ReplyReader,
    clause_of,
)
from pipeline.dialogue.settle import PRIVATE
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.waiting import CAR, Waiting
from pipeline.language import Reader
from pipeline.language.organisations import WENT
from pipeline.language.positions import is_trade
from pipeline.language.script import SENTENCE_END, fold
from pipeline.types import Mention

LONG = 1000
TAIL, SHORTEST_GROUP = 4, 3
WHOLE_NUMBERS = (4, 6, 18)
POSITION, PURPOSE = "employment.position", "loan.purpose"
YEARS, REPAID = "employment.years", ("还清", "还完", "还掉", "还上")
WHERE_ASKED = {
    EMPLOYER: ("employment.", "income."),
    DEALER: (DEALER,),
    RESIDENCE: ("identity.residence",),
    POSITION: ("employment.",),
    MARITAL: (MARITAL,),
    "identity.residence_type": ("identity.residence",),
    "vehicle.condition": ("vehicle.",),
}
ROOMS = re.compile("[0-9一两二三四五]室[0-9一两二三]?厅?[^,。?!]{0,4}")
SOMEBODY, MORTGAGE = "人家", "mortgage"
CONCEDED = re.compile(r"(.{1,3})(?:是|归|倒是)\1")
WITHIN_A_HOME = frozenset({"building", "number", "phase"})
DONE_THERE = re.compile("在[^,。?!、 ]{2,12}$")
AT_WORK = ("employment.", "income.")
# 我是他家的网约车司机: with others named, it is his own job all the same.
OWN_JOB = re.compile("(?:我|俺|咱)(?:就|现在|也)*(?:是|在|给|帮|替)[^,。?! ]{0,5}$")
# 拿旧车去置换: the car that goes.
BESIDE = 8
CONDITION, OLD = "vehicle.condition", "旧车"
AMOUNT = "loan.amount"
OF_THE_CAR = ("vehicle.condition", "vehicle.price", "vehicle.dealer")


class Admission(ReplyReader):
    """Keeps out what other talk holds too: past jobs, other people, numbers of something else."""

    def __init__(self, reader: Reader, tools: Tools, waiting: Waiting, record: Record, on: date) -> None:
        super().__init__(reader, tools, waiting, record, on)
        self._for_business: dict[str, bool] = {}

    def counts(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether a value is about this application at all, and was asked for where other talk may hold it too."""
        if mention.kind == "digits" and not self._is_number_of_his(reply, name, mention):
            return False
        if name == MOBILE and self._is_new_number(reply, mention):
            return True
        if name == PURPOSE and self._tools.belonging.forbids(self._waiting.last_said, mention.text):
            return False  # 清楚,进货我有钱, to 贷款不能拿去进货
        if name == PURPOSE and "weak" in mention.attributes and not self._may_be_weak(reply, mention):
            return False
        if name in WHERE_ASKED and not self._is_welcome(reply, name, mention):
            return False
        if mention.kind == "money" and self._is_difference(reply.text, name, mention):
            return False
        if name in OF_THE_DEAL and self._tools.amounts.is_told_off(mention, reply.text):
            return False
        denied = name == CONDITION and mention.attributes.get("negated") == "yes"
        if name in (CONDITION, PRICE) and not denied and self._is_of_compared(reply, mention):
            return False
        if (
            name == CONDITION
            and OLD in mention.text
            and self._tools.belonging.is_traded(clause_of(reply.text, mention))
        ):
            return False
        if name == AMOUNT and self._tools.amounts.is_repaid(mention, reply.text):
            return False
        if name == PAYS and not self._is_instalment(reply, mention):
            return False
        if name == YEARS and not self.is_active(name) and self._is_how_long_he_repaid(reply.text, mention):
            return False
        if name == DRIVER and not self.is_active(name) and self._is_for_business(reply):
            return False
        if mention.kind == "vehicle" and self._is_denied_car(reply, mention):
            return True
        if mention.kind == "vehicle" and (
            ("weak" in mention.attributes and self._is_known_car(mention)) or self._is_only_thought_of(reply, mention)
        ):
            return False
        if name == DRIVER and (self._is_aside(mention) or self._is_of_another_car(reply, mention)):
            return False
        active = self.is_active(name) or (name == EMPLOYER and self._is_at_work(reply))
        active = active or (mention.kind == "vehicle" and self._waiting.touches_now(*OF_THE_CAR))
        return self._tools.relevance.counts(name, mention, reply.text, active=active, asked=self.is_active)

    def _may_be_weak(self, reply: Reply, mention: Mention) -> bool:
        """Whether a purpose that only may be one was asked for, or takes the place of a trade that was read out."""
        if self._waiting.asked_now(PURPOSE):
            return True
        read_out = {item.readout.mention.value for item in self._waiting.readouts if item.readout.field == PURPOSE}
        instead = mention.value == PRIVATE and (reply.stance.attitude == "deny" or PRIVATE in read_out)
        return instead and self._waiting.touches_now(PURPOSE)

    def _is_difference(self, text: str, name: str, mention: Mention) -> bool:
        """Whether a sum is only how far apart two others are, what the price came down by, or not all his."""
        amounts = self._tools.amounts
        if amounts.is_anothers(mention, text) or amounts.is_not_all_his(mention, text):
            return True
        came_down = name == PRICE and mention.attributes.get("basis") != "net_price"
        return amounts.is_difference(mention, text) or (came_down and amounts.is_discount(mention, text))

    def _is_of_compared(self, reply: Reply, mention: Mention) -> bool:
        """Whether a value is, or is the price of, a kind of car with which his own is only compared."""
        start = clause_start(reply.text, mention.start)
        return any(
            m.kind == "condition" and self._tools.cars.is_only_compared(reply.text, m.start, m.end)
            for m in self._mentions(reply, start, mention.start + 1)
        )

    def _is_aside(self, mention: Mention) -> bool:
        """Whether somebody is only named: 把人家花坛蹭了; 我老公也不太愿意, long after 谁开."""
        if "drives" in mention.attributes:
            return False
        return mention.text == SOMEBODY or not self._waiting.touches_now(DRIVER, "loan.purpose")

    def _is_for_business(self, reply: Reply) -> bool:
        """白天跑滴滴晚上自己开 says what the car is for, and nothing of who drives it mainly."""
        if reply.text not in self._for_business:
            self._for_business[reply.text] = any(
                m.kind == "purpose"
                and m.value != PRIVATE
                and "negated" not in m.attributes
                and not self._tools.relevance.is_elsewhere(m, reply.text)
                for m in self._reader.read(reply.turn)
            )
        return self._for_business[reply.text]

    def _is_known_car(self, mention: Mention) -> bool:
        """Whether a word that is a car only where cars are spoken of (瑞丰, 新世纪) stands where his is known, and is
        not asked about."""
        known = self._record.latest(CAR[1])
        return known is not None and known.value != mention.value and not any(map(self._waiting.asked_now, CAR))

    def _is_only_thought_of(self, reply: Reply, mention: Mention) -> bool:
        """Whether a car was only thought of, where another one was read out: 对,本来要买卡罗拉的."""
        read_out = [item.readout.mention.value for item in self._waiting.readouts if item.readout.field == CAR[1]]
        if not read_out or mention.value in read_out:
            return False
        return self._tools.cars.weight(reply.text, mention.start, mention.end) <= 0

    def _is_of_another_car(self, reply: Reply, mention: Mention) -> bool:
        """Whether somebody is only said to drive a car of his own: 我老婆开捷达,我买的轩逸."""
        start, end = clause_start(reply.text, mention.start), clause_end(reply.text, mention.end)
        return any(
            m.kind == "vehicle" and m.end <= end and self._tools.cars.is_anothers(reply.text, m.start, m.end)
            for m in self._mentions(reply, start, end)
        )

    def _mentions(self, reply: Reply, start: int, end: int) -> Iterator[Mention]:
        """What is mentioned from `start` on and before `end`."""
        mentions = self._reader.read(reply.turn)
        first = bisect_left(mentions, start, key=lambda m: m.start)
        return takewhile(lambda m: m.start < end, islice(mentions, first, None))

    def _is_at_work(self, reply: Reply) -> bool:
        return self._waiting.touches_now("employment.") or (
            self._waiting.adrift and not self._record.has_value(EMPLOYER)
        )

    def _is_of_debts(self) -> bool:
        """Whether other loans are asked about, so that 早还清了 is said of them and not of the home."""
        asked = self._waiting.debts is not None and not self._waiting.moved_on
        return asked and not self._waiting.asked_now("identity.residence_type")

    def _is_instalment(self, reply: Reply, mention: Mention) -> bool:
        asked = self._waiting.debts is not None and not self._waiting.moved_on
        return self._tools.debt_sums.is_instalment(reply.text, mention, asked=asked)

    def _is_how_long_he_repaid(self, text: str, mention: Mention) -> bool:
        """Whether a length of time tells how long it took to repay a loan that was asked about: 干了五年才还清."""
        rest = text[mention.end : clause_end(text, mention.end)]
        return self._is_of_debts() and any(word in rest for word in REPAID)

    def _is_number_of_his(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether digits are an identity or telephone number at all, and no sum, year or model of a car."""
        if self._tools.belonging.is_sum(reply.text, mention.end):
            return False  # 手机分期,450一个月
        if mention.attributes["form"] == "check":
            return self._record.in_progress(name)
        if "about" in mention.attributes or mention.attributes["form"] != "digits":
            return True
        beside = [m for m in self._at(reply, mention) if m.kind in ("money", "vehicle", "duration")]
        if beside:
            plain = all(m.kind == "money" and (m.start, m.end) == (mention.start, mention.end) for m in beside)
            whole = plain and len(mention.value or "") in WHOLE_NUMBERS
            return self._waiting.asked_now(name) and (whole or reply.turn.text.strip("嗯呃,。") == mention.text)
        if self._record.in_progress(name):
            return True
        count = len(mention.value or "")
        if name == MOBILE:
            asked = self._waiting.waits_for(name) and count >= (
                SHORTEST_GROUP if self._waiting.asked_now(name) else TAIL
            )
            return asked or (self._waiting.touches_now(name) and count >= TAIL)
        return self._waiting.touches_now(ID) or self._waiting.waits_for(ID)

    def _is_welcome(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether a value that other talk holds too (a job, 新的, 有贷款) was asked for just now."""
        if mention.kind == "organisation":
            return self._is_his_employer(reply, name, mention)
        if mention.kind == "address":
            named = mention.attributes.get("frame") == "lives" and "identity" not in mention.attributes
            past = not {"past", "other"}.isdisjoint(mention.attributes)
            if ROOMS.fullmatch(mention.text) is not None:
                return False  # 租的,两室一厅
            if self._only_goes_on(mention):
                return False  # 是,三号楼
            return not past and (named or self._waiting.touches_now("identity.residence"))
        if mention.kind == "marital_status" and self._tools.belonging.is_outright(mention.text):
            return not self._tools.relevance.is_anothers_time(reply.text, mention.start)
        if mention.value == MORTGAGE and self._is_of_debts():
            return False
        if (
            mention.kind == "residence_type"
            and {"weak", "aside"}.isdisjoint(mention.attributes)
            and self._tools.belonging.says("own_home", reply.text)
        ):
            return True
        if name == CONDITION and self._tools.cars.tells_the_series(mention.text) and not self._is_asked_for_kind():
            return False
        if name == CONDITION and self._waiting.asked_now(DEALER) and self._is_of_a_name(reply.text, mention):
            return False
        if "aside" in mention.attributes and self._is_of_debts():
            return False
        if name == CONDITION and self._is_beside_his_car(reply, mention):
            return True
        clause = clause_of(reply.text, mention)
        own = OWN_JOB.search(reply.text[: mention.start]) is not None
        if name == POSITION and any(
            self._tools.belonging.says(whose, clause) for whose in ("others_work", "left_work")[own:]
        ):
            return False
        if name == POSITION and self._is_anothers_job(reply.text, mention):
            return False
        welcome = self._waiting.touches_now(*WHERE_ASKED[name])
        if name == CONDITION and CAR[1] in reply.answers and not self._waiting.touches_now("debt."):
            return True  # 这回换啥? - 福田的祥菱M2,新车
        if name == POSITION and self._waiting.adrift and self._waiting.recent[:1] == [POSITION]:
            return True
        if name == POSITION and is_trade(mention) and not self._waiting.touches_now(POSITION):
            return self._waiting.touches_now(EMPLOYER) and self._is_done_there(reply, mention)
        return welcome or (name == POSITION and self._names_employer(reply))

    def _is_asked_for_kind(self) -> bool:
        """Whether new or used is asked for, or read out."""
        read_out = any(item.readout.field == CONDITION for item in self._waiting.readouts)
        return read_out or self._waiting.asked_now(CONDITION)

    def _only_goes_on(self, mention: Mention) -> bool:
        """Whether a building or a number only tells more of the home that was read out."""
        parts = set(mention.attributes.get("parts", "").split())
        return parts <= WITHIN_A_HOME and any(item.readout.field == RESIDENCE for item in self._waiting.readouts)

    def _is_new_number(self, reply: Reply, mention: Mention) -> bool:
        """Whether a whole number is told to be his by now: 那号不用了,现在就这个,幺七八二二零九六三三幺."""
        if mention.attributes.get("form") != "mobile" or self._waiting.touches_now("contact."):
            return False
        return self._tools.belonging.says("new_number", reply.text)

    def _is_beside_his_car(self, reply: Reply, mention: Mention) -> bool:
        """Whether a car is new or used is told beside its name, whoever asked for it: 福田的祥菱M2,新车."""
        return any(
            m.kind == "vehicle"
            and "weak" not in m.attributes
            and self._stands_by(reply.text, m, mention)
            and self.counts(reply, CAR[1], m)
            for m in self._reader.read(reply.turn)
        )

    @staticmethod
    def _stands_by(text: str, one: Mention, other: Mention) -> bool:
        """Whether little stands between two mentions of one sentence."""
        first, second = sorted((one, other), key=lambda mention: mention.start)
        gap = text[first.end : second.start]
        return len(gap) <= BESIDE and SENTENCE_END.isdisjoint(gap)

    def _is_of_a_name(self, text: str, mention: Mention) -> bool:
        """Whether what tells of a car's condition is the end of a dealer's name (佳运二手车)."""
        return self._tools.belonging.ends_a_name(text, mention.start) and not self._waiting.asked_now(CONDITION)

    def _is_anothers_job(self, text: str, mention: Mention) -> bool:
        """Whether a job is that of somebody named behind it (店长是我表嫂), or only supposed (我要是主任)."""
        belonging = self._tools.belonging
        return belonging.is_supposed(text, mention.start) or belonging.is_anothers(text, mention.end)

    def _is_his_employer(self, reply: Reply, name: str, mention: Mention) -> bool:
        """Whether a firm is what was asked for, or is said to be where he works."""
        if CONCEDED.fullmatch(mention.text):
            return False  # 捎是捎,顺路
        if name == DEALER and self._tools.cars.is_at_first(reply.text, mention.start):
            return False
        if name == DEALER and self._tools.cars.is_no_dealer(mention.text):
            return False
        if name == DEALER:
            bought_there = mention.attributes.get("about") == "purchase" and mention.attributes.get("frame") != WENT
            return bought_there or self._waiting.touches_now(DEALER)
        belonging, others = self._tools.belonging, self._tools.other_firms
        if self._tools.relevance.is_where_another_is(reply.text, mention.start):
            return False
        if others.is_another(reply.text, mention.start, mention.end) and not self._is_read_out(name, mention):
            return False
        if belonging.is_told_apart(reply.text, mention.start, mention.end) and not self._is_read_out(name, mention):
            return False
        if belonging.is_left(reply.text, mention.end) and not self._is_read_out(name, mention):
            return False
        if belonging.says("left_work", others.own_clause(reply.text, mention.start, mention.end, "now")):
            return False
        if belonging.is_nickname(reply.text, mention.start):
            return False
        if self._is_what_for(reply, mention):
            return False
        if mention.attributes.get("frame") in ("works", "named"):
            own = others.own_clause(reply.text, mention.start, mention.end, "himself")
            return not belonging.says("others_work", own)
        if reply.text[mention.start - 1 : mention.start] in ("跑", "开") or "bare" in mention.attributes:
            open_ = self._waiting.touches_now(EMPLOYER) or (self._waiting.adrift and self._is_of_work())
            return open_ and not self._record.has_value(name)
        if any(m.kind == "vehicle" and not _is_lesser(m, mention) for m in self._at(reply, mention)):
            return self._waiting.asked_now(name)
        if self._record.has_value(name) and not self._waiting.is_active(name):
            return False
        shown = "frame" in mention.attributes and (mention.attributes["frame"] != "still" or self._is_of_work())
        at_work = shown or any(m.kind == "position" for m in self._reader.read(reply.turn))
        at_work = at_work or (self._is_of_work() and not reply.text[: mention.start].strip("嗯啊呃哦对是,。 的呀"))
        adrift = self._waiting.adrift and at_work and not self._record.has_value(name)
        return adrift or self._waiting.touches_now("employment.", "income.")

    def _is_read_out(self, name: str, mention: Mention) -> bool:
        """Whether a name is the one that was read out for the field, or a part of it, so that it may be denied."""
        heard = fold(mention.text)
        return any(i.readout.field == name and heard in fold(i.readout.mention.text) for i in self._waiting.readouts)

    def _is_what_for(self, reply: Reply, mention: Mention) -> bool:
        """Whether a platform only tells what the car is for, where no work is asked about (挂在货拉拉上接活)."""
        at_work = self._waiting.touches_now("employment.", "income.")
        return not at_work and any(m.kind == "purpose" for m in self._at(reply, mention))

    def _is_done_there(self, reply: Reply, mention: Mention) -> bool:
        """Whether what is done stands right behind the place where it is (在顺丰送快递)."""
        return DONE_THERE.search(reply.text[: mention.start]) is not None

    def _is_of_work(self) -> bool:
        """Whether work was the last thing spoken of."""
        return bool(self._waiting.recent) and self._waiting.recent[0].startswith(AT_WORK)

    def _names_employer(self, reply: Reply) -> bool:
        """Whether the turn says where he works, so that what he is and since when is said beside it."""
        if len(reply.text) > LONG:
            return EMPLOYER in reply.answers
        firms = [m for m in self._reader.read(reply.turn) if m.kind == "organisation"]
        return EMPLOYER in reply.answers or any(
            m.attributes.get("general") != "yes" and self._is_his_employer(reply, EMPLOYER, m) for m in firms
        )

    def _at(self, reply: Reply, mention: Mention) -> list[Mention]:
        """What else is mentioned at the same place."""
        around = self._mentions(reply, mention.start - LONG, mention.end)
        return [m for m in around if mention.start < m.end]


def _is_lesser(car: Mention, firm: Mention) -> bool:
    """Whether a word that may be a car is only a part of a firm's name: 顺达快递."""
    return "weak" in car.attributes and car.start == firm.start and car.end < firm.end
