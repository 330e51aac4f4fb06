"""Whether a mention in a customer's turn is about this application at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.dialogue.acts import Acts
from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END
from pipeline.types import Mention

FILE = "dialogue/relevance.yaml"
SHORT_QUESTION = 14
ASKED_SO = ("么?", "吗?", "啊?", "呀?", "嘛?")
CLAUSE_REACH = 40
# 前年好 落了十六万: the time may stand in a short clause before.
BEFORE_CLAUSE = 5
HOUSEHOLD = re.compile(
    r"(?:(?:我|俺|咱)(?:们)?(?:跟|和|同|与|加|加上)(?:我|俺)?[^,。?!]{1,5}?|(?:我们|咱们?|俺们?)?(?:俩|两个人?|两口子|夫妻|小两口)|全家|一家)"
    r"[^,。?!]{0,3}(?:加|一共|一起|一块|合|总共|拢共|统共)"
)
# 九万五是顶配,我这个八万九; 最多能贷八万,我贷了六万
HIS_OWN = re.compile(
    r"[,。!?; …](?:但是?|可是?|不过|那|就|其实|后来|最后)?(?:我|俺|咱)"
    r"(?:们)?(?:这(?:[个台辆款部边]|里)?|的|自己|个人|本人|是|买的?|要的?|订的?|选的?|办的?|签的?|贷的?|交的?|付的?|拿的?)*"
    r"(?:了|就|才|只|也就|是|的|话|呢|嘛|要|得|拿|开|挣|有|实际|现在|大概|差不多)*$"
)
BEHIND_WITHIN = 4
NUMBER = re.compile("[0-9一二三四五六七八九十百千万两]{2}")
# 贷的比交的多两万, 比市场价便宜五千, 涨了一千: how far apart two sums are, or how much one has changed.
DIFFERENCE = re.compile(
    r"(?:比[^,。?!]{1,10}(?:[多少贵高低省差]|便宜)(?:了|出|上|着|个)*(?:大概|差不多|将近|快)?"
    r"|(?<![上下])(?:涨|多涨|涨薪|加薪|调薪)(?:了|过|个)*)$"
)
# 两年那个免息,五年那个月供低: what is told of a choice.
OPTION = re.compile(
    r"(?:的|那个|那种|那档|那款|这个|这种)(?:方案|产品|政策)?(?:话|呢|嘛)?[^,。?!]{0,3}"
    r"(?:能|可以|要|得|会|一个月|每个?月|月供|利息|免息|便宜|划算|贵|高|低|压力|太|更)"
)
# 最多能贷八万, 本来想分三年: what might have been.
POSSIBLE = re.compile(
    r"(?:能|可以|最多|最高|顶多|本来|原来|原先|一开始|起先|刚开始|想|打算|要是|如果|假如|推荐|建议|劝)(?:是|说|要|想|给我?|帮我|只|就|也|我)*"
    r"(?:贷|分|办|批|做|选|付|交|出|借)(?:到|个|了|款|期|成)*(?:大概|差不多)?$"
)
# What a price came down by: 先抹一万七, 再补给我五千.
DISCOUNT = re.compile(
    r"(?:优惠|便宜|抹|减|降|让|砍|返|补|贴|退|送|少要|省)(?:了|掉|去|给|我|俺|利|贴|现|现金|差不多|大概|将近|快|小|个)*$"
)
# 怎么就成二手了, 哪里有四千: who wonders at a value denies it.
WONDERS = re.compile(
    r"(?:(?:怎么|咋个?|怎|凭啥|凭什么)(?:就|会|又|能|可能|还|变)*(?:成|是|有|变成|叫|算|要|到|值|卖|说|写|贷|付|挣)?(?:了|得|着)?"
    r"|(?:哪|哪里|哪儿|哪来|从哪)(?:里|儿|来)?(?:就|会|能|可能|还)*(?:是|有|来|要|到|值|卖|贷|付|挣|拿|用|成|算)(?:的|得|了|着)*(?:什么|啥)?)$"
)
WONDERED = frozenset({"money", "duration", "condition", "residence_type", "vehicle"})
TOLD = ("说", "讲", "说是", "讲是", "说的", "写的", "写的是", "给我", "告诉我", "说了", "给")
OF_WORK = ("employment.employer", "employment.position", "income.monthly")
DONE = ("贷", "借", "买", "欠", "还", "挣", "赚", "拿")
# 邻村老郝那个花了七万八, 我们队长那台十五万
SOMEBODYS = re.compile(
    r"(?:[老小][一-鿿]|[一-鿿](?:哥|姐|叔|婶|总|长|师傅|老板|家))(?:他|她)?(?:那|买的?那|也买|家的?那)[个台辆部款]?"
)
# 楼上老赵买的瑞虎9
SOMEBODY_BUYS = re.compile(
    r"(?:[老小](?![了的得是点也又板])[一-鿿]|[一-鿿](?:哥|姐|叔|婶|总)|邻居|对门|隔壁|同事|工友|老乡|朋友)(?:他|她|家|那)?(?:也|就|是|才|刚)*"
    r"(?:买|开|订|定|提|换|弄|选)"
)
# 有个三轮买菜够了
ENOUGH = re.compile(
    r"(?:有|骑)[^,。?]{0,6}(?:三轮|摩托|电动车|电瓶车|电驴|单车|自行车|面包车?)[^,。?]{0,8}(?:够|就行|就好)"
)
# 我帮他们把瓜拉去批发市场
# 跟我老公一起干了五年, 跟这个老板七年了
WITH = re.compile("(?:跟|和|同|与|陪|给|帮|替|比|托|经|随)[这那个着我俺咱们的]{0,4}$")
FOR_OTHERS = ("帮", "给", "替", "帮着", "给那些")
CLAUSES = CLAUSE_END | {" "}
SENTENCES = frozenset("。!?")
# 我老公开; 车一直是我开: what makes up a clause with who drives, so that nothing else is meant.
ALONE_BEFORE = re.compile(
    r"(?:[嗯啊哦呃哎对就都全是也还又它归由让给可我俺咱说]|那(?!车)|[这那]?车子?|这[台辆个]|现在|如今|眼下|以后|平时|平常|主要|基本上?|肯定|当然"
    r"|一直|天天|成天|多半|大多|一般|其实|反正|交给|等于|只有|实话)*"
)
ALONE_AFTER = re.compile(
    r"(?:来|在|自己|一个人|主要)?(?:开|驾驶)?(?:着|得多|的多|[呗嘛呀啊吧咯噻呢了]|的[呀嘛])*(?=$|[,。!?; ])"
)
# 送货有面包车, 跑客户开厂里的车, 送货我们有专门的车
OTHER_CAR = re.compile(r"^[^有开用]{0,3}(?:有|开|用)[^我这]{0,8}车")
# In 八千没有六千多 the 没有 takes back what stands before it.
VALUE_ENDS = frozenset("一二三四五六七八九十百千万块元期年月多0123456789")


def _clause_start(text: str, place: int) -> int:
    start = place
    while start and place - start < CLAUSE_REACH and text[start - 1] not in CLAUSES:
        start -= 1
    return start


def _clause_end(text: str, place: int) -> int:
    end = place
    while end < len(text) and end - place < CLAUSE_REACH and text[end] not in CLAUSES:
        end += 1
    return end


def _says_so(text: str, mention: Mention) -> bool:
    """自己开 says who drives, 自己用 only what for; 我自己用 says both."""
    return (
        mention.text.endswith("开")
        or "我" in text[max(0, mention.start - 2) : mention.end]
        or text.startswith("开", mention.end)
    )


def _is_alone(text: str, mention: Mention) -> bool:
    """Whether a clause says nothing but who drives: 我开,不跑滴滴; 我又不开它,我老公开."""
    start, end = _clause_start(text, mention.start), mention.end
    opens = text[mention.start : end].endswith("开") or text.startswith(("开", "来开", "在开", "自己开", "主要开"), end)
    return opens and bool(ALONE_BEFORE.fullmatch(text[start : mention.start])) and bool(ALONE_AFTER.match(text, end))


class Relevance:
    """Keeps out asides, other cars, other people and the customer's own questions, by its list in `configs/`."""

    def __init__(self, acts: Acts, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._acts = acts
        self._refusals = PhraseBook((word, "") for word in word_list(words["refusals"]))
        self._refused_after = word_list(words["refused_after"])
        self._purchase = word_list(words["purchase"])
        self._driving = word_list(words["driving"])
        self._others = word_list(words["others"])
        self._repeat = word_list(words["repeat"])
        self._past = PhraseBook((word, "") for word in word_list(words["past"]))
        self.undecided = word_list(words["undecided"])
        self._gross = word_list(words["gross"])
        self._at_present = word_list(words["at_present"])
        self._now = PhraseBook((word, "") for word in word_list(words["now"]))
        self._other_times = word_list(words["other_times"])
        self._not_with_it = [re.compile(pattern) for pattern in words["not_with_it"]]
        self._supposed = [re.compile(words["supposed"][place]) for place in ("before", "after")]
        self._same_car = re.compile(words["same_car"])
        self._owned_elsewhere = word_list(words["owned_elsewhere"])
        self._before = word_list(words["before"])
        self._years_here = re.compile(words["years_here"])
        self._years_elsewhere = re.compile(words["years_elsewhere"])
        cars = words["cars"]
        self._taken, self._thought_of, self._passed_over = (
            re.compile(cars[name]) for name in ("taken", "thought_of", "passed_over")
        )
        self._given_up, self._given_up_before = re.compile(cars["given_up"]), re.compile(cars["given_up_before"])
        self._after_all = word_list(cars["after_all"])
        self._subjects = PhraseBook(
            (word, who) for who in ("self", "other") for word in word_list(words["subjects"][who])
        )

    def counts(self, field: str, mention: Mention, text: str, *, active: bool, asked: Callable[[str], bool]) -> bool:
        """Whether the mention is a statement about `field`; `active`: that field is being asked or read out."""
        if self._is_asked_back(text, mention):
            return False
        if mention.kind == "vehicle":
            return self._is_this_car(mention, text, active=active or asked("vehicle.brand"))
        if mention.kind == "purpose":
            if self.is_elsewhere(mention, text):
                return False
            if active:
                return True
            if mention.value == "cash_out" and "told" in mention.attributes:
                return True
            driver = mention.text.startswith(("自己", "本人", "自个"))
            return (asked("vehicle.actual_user") and not driver) or self._near(text, mention, self._purchase)
        if field == "employment.years" and (
            self._is_of_earlier_job(mention, text) or self.is_anothers_time(text, mention.start)
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

    def is_refused(self, text: str, mention: Mention) -> bool:
        """Whether the mention is taken back where it stands (没有八千, 八千没有)."""
        if mention.kind in WONDERED and WONDERS.search(text[_clause_start(text, mention.start) : mention.start]):
            return True
        if mention.kind not in ("money", "duration", "vehicle", "digits", "name", "position"):
            return False
        hit = self._refusals.match_before(text, mention.start)
        if hit is not None and text[hit.start - 1 : hit.start] not in VALUE_ENDS:
            return True
        return self.is_refused_behind(text, mention.end)

    def is_refused_behind(self, text: str, end: int) -> bool:
        """Whether what ends at `end` is taken back right behind it (五年可不止)."""
        return text.startswith(self._refused_after, end)

    def asks_back(self, text: str) -> bool:
        """Whether a short turn only asks to hear the question again, or asks something itself."""
        return len(text) <= SHORT_QUESTION and any(word in text for word in self._repeat)

    def _is_asked_back(self, text: str, mention: Mention) -> bool:
        end = mention.end
        if text[end : end + 1] == "?" or text[end : end + 2] in ASKED_SO:
            return True
        while end < len(text) and text[end] not in CLAUSE_END and end - mention.end < 6:
            end += 1
        tail = text[mention.end : end + 1].rstrip("?。,!")
        return tail.endswith(("吗", "对不对", "是不是", "是吧对吧", "是么", "对么", "有么", "行么"))

    def _is_of_earlier_job(self, mention: Mention, text: str) -> bool:
        """Whether a length of time beside another one is of a job that is over (前面在别家干过半年)."""
        start = _clause_start(text, mention.start)
        return start > 0 and any(word in text[start : mention.start] for word in self._before)

    def is_anothers_time(self, text: str, place: int) -> bool:
        """Whether a length of time at `place` is another person's: 她八年了; 跟我老公一起干了五年 is his own."""
        before = text[_clause_start(text, place) : place]
        who = self._subjects.find(before)
        return bool(who) and who[-1].label == "other" and WITH.search(before[: who[-1].start]) is None

    def of_present_job(self, mentions: Sequence[Mention], text: str) -> list[Mention]:
        """Of several lengths of time of one answer those of the present job: 到这厂三年, beside 十五年那是我的证."""
        clauses = [text[_clause_start(text, m.start) : _clause_end(text, m.end)] for m in mentions]
        here = [m for m, clause in zip(mentions, clauses, strict=True) if self._years_here.search(clause)]
        left = [m for m, clause in zip(mentions, clauses, strict=True) if not self._years_elsewhere.search(clause)]
        return here if 0 < len(here) < len(mentions) else left or list(mentions)

    def weight_of_car(self, text: str, start: int, end: int) -> int:
        """How far a car that is named in a folded text is said to be the one bought: 2 where it is taken, 1 where it is
        only named, 0 where it was thought of or passed over, -1 where it was given up (雅阁没现车; 比途观省油)."""
        before = text[_clause_start(text, start) : start]
        behind = text[end : end + CLAUSE_REACH]
        if self._given_up.search(behind) or self._given_up_before.search(before) or SOMEBODY_BUYS.search(before):
            return -1
        settled = any(word in before for word in self._after_all)
        if not settled and (self._thought_of.search(before) or self._passed_over.search(behind)):
            return 0
        return 2 if self.is_taken_car(text, start) else 1

    def is_taken_car(self, text: str, start: int) -> bool:
        """Whether the car named at `start` of a folded text is said to be the one bought (最后定的朗逸)."""
        return self._taken.search(text[_clause_start(text, start) : start]) is not None

    def _is_this_car(self, mention: Mention, text: str, *, active: bool) -> bool:
        if self.is_anothers(mention, text) or self.weight_of_car(text, mention.start, mention.end) < 0:
            return False
        before = text[max(0, mention.start - 10) : mention.start]
        after = text[mention.end : mention.end + 6]
        other = self._acts.find("other_car", before)
        this = self._acts.find("this_car", before)
        after_all = self._acts.find("this_car_after_all", before)
        if other and not (after_all and after_all[-1].start > other[-1].start):
            return False
        if "卖了" in after or "上班" in after:
            return False
        if active:
            return True
        return "weak" not in mention.attributes and bool(this)

    def is_anothers(self, mention: Mention, text: str) -> bool:
        """Whether a car is another person's: 我朋友买的宝马."""
        who = self._subjects.find(text[_clause_start(text, mention.start) : mention.start])
        return bool(who) and who[-1].label == "other"

    def is_not_his(self, mention: Mention, text: str) -> bool:
        """Whether an amount is another person's (我同事贷了二十万) or of a loan that is over (那会儿贷了两万四)."""
        start = _clause_start(text, mention.start)
        before = text[start : mention.start]
        who = self._subjects.find(before)
        if who and who[-1].label == "other" and not before.endswith(TOLD):
            return True
        if SOMEBODYS.search(before):
            return True
        return bool(self._past.find(before)) and any(word in before for word in DONE)

    def is_of_other_time(self, mention: Mention, text: str) -> bool:
        """Whether an income is another time's, or only at times: 前年好,落了十六万; 去年发过四万."""
        start = _clause_start(text, mention.start)
        near = text[max(0, start - BEFORE_CLAUSE) : _clause_end(text, mention.end)]
        place = max(near.rfind(word) for word in self._other_times)
        return place >= 0 and not any(hit.start > place for hit in self._now.find(near))

    def sets_now_against_then(self, text: str, before: Mention, mention: Mention) -> bool:
        """Whether a word for the past stands before the first of two values, and one for the present between them."""
        past = self._past.find(text[max(0, before.start - CLAUSE_REACH) : before.start])
        return bool(past) and any(word in text[before.end : mention.start] for word in self._at_present)

    @staticmethod
    def sets_own_against_another(text: str, before: Mention, mention: Mention) -> bool:
        """Whether the second of two values is said to be his own one: 九万五是顶配,我这个八万九."""
        return HIS_OWN.search(text[before.end : mention.start]) is not None

    def is_gross(self, text: str) -> bool:
        """Whether what is said behind a sum tells that it holds the costs yet: 都是毛的,油钱没扣."""
        return any(word in text for word in self._gross)

    def is_household(self, mention: Mention, text: str) -> bool:
        """Whether an income is two people's: 一万五,我和我老公加起来."""
        before, after = text[_clause_start(text, mention.start) : mention.start], text[mention.end : mention.end + 16]
        joint = HOUSEHOLD.search(before)
        if joint is not None and NUMBER.search(before, joint.end()) is None:
            return True
        together = HOUSEHOLD.search(after, 0)
        behind = together is not None and not set(after[: together.start()]) & SENTENCES
        behind = behind and together is not None and together.start() <= BEHIND_WITHIN
        return behind and "我自己" not in text[max(0, mention.start - 8) : mention.start]

    @staticmethod
    def is_difference(mention: Mention, text: str) -> bool:
        """Whether a sum is only how far apart two others are: 贷的比交的多两万."""
        return DIFFERENCE.search(text[_clause_start(text, mention.start) : mention.start]) is not None

    @staticmethod
    def is_option(text: str, end: int) -> bool:
        """Whether what is said behind a value tells of it as one of several that may be chosen."""
        return OPTION.match(text, end) is not None

    @staticmethod
    def is_only_possible(mention: Mention, text: str) -> bool:
        """Whether a value is only what might be, or might have been: 最多能贷八万."""
        return POSSIBLE.search(text[_clause_start(text, mention.start) : mention.start]) is not None

    @staticmethod
    def is_discount(mention: Mention, text: str) -> bool:
        """Whether a sum is only what a price came down by: 先抹一万七."""
        return DISCOUNT.search(text[_clause_start(text, mention.start) : mention.start]) is not None

    def is_elsewhere(self, mention: Mention, text: str) -> bool:
        """Whether a purpose is another car's (送货有面包车), another person's (他跑滴滴的) or over (以前跑货拉拉)."""
        start = _clause_start(text, mention.start)
        end = _clause_end(text, mention.end)
        before, after = text[start : mention.start], text[mention.end : end]
        if mention.value != "personal_use" and (OTHER_CAR.search(after) or self._is_not_with_it(mention, text, end)):
            return True
        if mention.value != "personal_use" and after.startswith(self._owned_elsewhere):
            return True
        if mention.value != "personal_use" and self._is_supposed(mention, text, start, end):
            return True
        if mention.value == "personal_use" and ENOUGH.search(text, start, end):
            return True
        if self._past.find(before) and not self._now.find(before + after):
            return True
        who = self._subjects.find(before)
        if not who or mention.value in ("personal_use", "for_other"):
            return False
        helped = before[: who[-1].start].endswith(FOR_OTHERS) and any(hit.label == "self" for hit in who)
        return who[-1].label == "other" and not helped

    def _is_supposed(self, mention: Mention, text: str, start: int, end: int) -> bool:
        """Whether a trade is only thought of (真想跑滴滴我能买它?), or done by another with a car like this one."""
        before, after = text[start : mention.start], text[mention.end : end]
        if "谁" in before and "谁知道" not in before:
            return True
        if self._same_car.search(text[max(0, start - CLAUSE_REACH) : mention.start]) and "我" not in before:
            return True
        following = text[mention.end : _clause_end(text, end + 1)] if end < len(text) else after
        return self._supposed[0].search(before) is not None and self._supposed[1].search(following) is not None

    def _is_not_with_it(self, mention: Mention, text: str, end: int) -> bool:
        """Whether a trade is said not to be done with this car: 拉菜不使它; 拉鱼有冷藏车,我这个不拉; 拉啥活儿."""
        following = _clause_end(text, end + 1) if end < len(text) else end
        return any(pattern.search(text, mention.start, following) for pattern in self._not_with_it)

    def _is_driver(self, mention: Mention, text: str, *, active: bool, purpose: bool, at_work: bool) -> bool:
        drives = mention.attributes.get("drives") == "yes"
        if mention.value == "company" and not drives:
            return False
        if active:
            return not (mention.value == "self" and mention.text.startswith("是我") and not drives and len(text) > 8)
        himself = mention.value == "self" and not _says_so(text, mention)
        if drives and not at_work and "negated" not in mention.attributes and _is_alone(text, mention):
            return True
        return drives and ((purpose and not himself) or self._near(text, mention, self._driving))

    def _is_own_name(self, mention: Mention, text: str, *, active: bool) -> bool:
        before = text[max(0, mention.start - 10) : mention.start]
        if any(word in before for word in self._others):
            return False
        return active or mention.attributes.get("frame") == "strong"

    @staticmethod
    def _near(text: str, mention: Mention, words: tuple[str, ...]) -> bool:
        stretch = text[max(0, mention.start - 14) : mention.end + 8]
        return any(word in stretch for word in words)
