"""What a customer's turn makes of what waits: agreement, denial, a bound, or a dodge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.dialogue.acts import Stance
from pipeline.dialogue.debts import HAS
from pipeline.dialogue.digits import FIELD as ID
from pipeline.dialogue.digits import WHOLE
from pipeline.dialogue.evidence import quote, trust
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import Reply
from pipeline.dialogue.settle import ANSWERED, CONFIRMED, DENIED, HALF, MURMURED, UNCLEAR, Statement, agree
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.topics import MEASURED
from pipeline.dialogue.waiting import CAR, OpenReadout, Waiting
from pipeline.language.script import fold
from pipeline.types import Evidence, Stated

# Who somebody is to him is never explained away: 那是我以前的同事.
OF_PEOPLE = ("contact.", "identity.name", "identity.id_number", "identity.mobile", "vehicle.actual_user")
INCOME, WORK = "income.monthly", frozenset({"employment.employer", "employment.position"})
NAME, CONTACT_NAME, RELATION = "identity.name", "contact.name", "contact.relation"
OF_CONTACT, SPELLED = frozenset({CONTACT_NAME, RELATION}), frozenset({NAME, CONTACT_NAME})
# What says the value once more by being repeated; 送货 repeated may as well be denied.
NAMES = frozenset({"name", "organisation", "position", "address", "vehicle"})
EXPLAINED_WITHIN = 1000
REPEATED_WITHIN, SHORTEST = 4, 2
PART_ENDS = re.compile(r"$|[,。!?、 ]|的|是?(?:对|没错)|嘞|嘛|呢|啊|呀|嘅|哩|噻|呗")
EMPLOYER = "employment.employer"
AFTER_A = (",", "。", " ", "、", "!", "…", "")
TAKEN_BACK = ("不", "没", "哪", "冇", "莫", "唔", "非", "未", "甭")
FIRST_WORDS = re.compile(
    r"[嗯啊哦对呃,。 ]*(?P<words>(?![^,。!? ]*[不没冇无莫哪])[㐀-鿿]{2,4}?)(?:的|啊|呀|嘛|呢|了|咯)?(?=$|[,。! ])"
)
# 前头两样对,月供念反了: what is not named is agreed to.
REST_IS_RIGHT = re.compile(
    r"(?:别的|其他|其它|其余|剩下|另外|前头|前面|头前|前边|后面|后头|上面|前两|头两|那两|另两|另一)"
    r"(?:的|几|两|俩|三|个|样|项|条|笔|都|全|也|是|倒|数)*(?:对(?!不)|没错|没问题|没毛病|没变|一样|不错|准)"
)
_KIN = (
    "爸|妈|爹|娘|哥|姐|弟|妹|老婆|媳妇|老公|爱人|对象|儿子|女儿|闺女|"
    "侄|舅|叔|姑|姨|朋友|同事|同学|室友|工友|家里?人|家属|爷爷|奶奶|老板|师傅"
)
STANDS_IN = re.compile(
    r"我是(?:他|她|机主|[㐀-鿿]{2,3}?(?:他|她|的))(?:的)?(?!本人)|我(?:是)?(?:他|她)(?:的)?亲?(?:" + _KIN + ")"
    r"|(?:他|她)(?:的)?(?:手机|电话)[^,。?]{0,4}(?:落|放|忘|扔|丢|搁|在|给)[^,。?]{0,3}(?:我|家|店|车|这|充电)"
    r"|(?:帮|替|代)(?:他|她)?(?:接|拿|看)(?:的|一下|个|着|了)*(?:电话|手机)?"
    r"|(?:他|她)(?:人|现在|这会儿|这阵|刚|正|还|早|才)*"
    r"(?:不在|没在|出去|出门|出差|在忙|没空|在(?!我)[^,。?]{1,8}|去[^,。?]{1,8}|下地|下井|下海|上工|上班|上夜班|睡|搁|喺|开车|洗澡|回老家|住院)"
)


class Responder:
    """Turns a reply's stance into statements."""

    def __init__(self, tools: Tools, waiting: Waiting, record: Record) -> None:
        self._tools = tools
        self._waiting = waiting
        self._record = record

    def explain(self, reply: Reply) -> None:
        """Sets aside what was read out and the customer explains away: 九千五? 那是夏天那阵。"""
        if len(reply.text) > EXPLAINED_WITHIN:
            return
        self._take_back_told(reply)
        if reply.stance.attitude == "agree":
            return
        several, text = _count_of_values(self._waiting.readouts) > 1, fold(reply.turn.text)
        for item in list(self._waiting.readouts):
            name, known = item.readout.field, self._waiting.read_out(item)
            if known is None or item.turn.speaker != "agent" or item.readout.negated or name.startswith(OF_PEOPLE):
                continue
            said = reply.answers.get(name, [])
            echoes = [answer for answer in said if agree(known, answer.stated) and not answer.negated]
            if several and not echoes and not self._is_of_work():
                continue
            why, end = self._tools.explained.find(text, [answer.mention.end for answer in echoes])
            if not why:
                continue
            left = [a for a in said if a not in echoes and (why != "aside" or a.mention.start >= end)]
            reply.answers.pop(name, None)
            if left:
                reply.answers[name] = left
            reply.touched.add(name)
            proof = (quote(item.turn, item.readout.mention.start, item.readout.mention.end), quote(reply.turn, 0, end))
            if why in ("aside", "mistaken"):
                self._record.add(Statement(name, "deny", known, proof, DENIED, settles=True))
            elif not left and not self._record.has_value(name):
                self._record.add(Statement(name, "vague", None, proof, UNCLEAR))
            self._waiting.readouts = [each for each in self._waiting.readouts if each is not item]

    def _is_of_work(self) -> bool:
        """Whether all that was read out is where he works and as what: 那是以前 explains all of it."""
        return all(item.readout.field in WORK for item in self._waiting.readouts)

    def _take_back_told(self, reply: Reply) -> None:
        """一万是他喊我这么说的, 六千五那是我们班长: what is another's word or wage is taken back, whoever asked."""
        for name, said in list(reply.answers.items()):
            left = []
            for answer in said:
                explained, text = self._tools.explained, fold(reply.turn.text)
                end = explained.told(text, answer.mention.end)
                if name == INCOME and not end and explained.put_down(text, answer.mention.start):
                    end = answer.mention.end
                if not end or answer.mention.kind not in MEASURED or name.startswith(OF_PEOPLE):
                    left.append(answer)
                    continue
                proof = (quote(reply.turn, answer.mention.start, end),)
                self._record.add(Statement(name, "deny", answer.stated, proof, DENIED, settles=True))
                reply.touched.add(name)
            if len(left) < len(said):
                reply.answers[name] = left
                if not left:
                    del reply.answers[name]

    def respond(self, reply: Reply) -> None:
        """Agreement with, or denial of, what was read out and not answered by a value of the customer's own."""
        waiting = [item for item in self._waiting.readouts if item.readout.field not in reply.answers]
        if not waiting or (reply.stance.attitude == "none" and self._tools.relevance.asks_back(reply.text)):
            return
        waiting = self._has_left(reply, waiting)
        waiting = self._repeated(reply, waiting)
        waiting = self._set_aside(reply, waiting)
        waiting = self._spelled_out(reply, waiting)
        waiting = self._known_by_relation(reply, waiting)
        stance = reply.stance
        if stance.attitude == "none" and (said := self._same_verb(reply, waiting)) is not None:
            stance = said
            reply = replace(reply, stance=said)
        evidence = quote(reply.turn, stance.start, stance.end)
        own_value = bool(reply.answers)
        waiting = self._part_by_part(reply, waiting)
        if own_value and stance.attitude in ("none", "deny") and (rest := REST_IS_RIGHT.search(reply.text)) is not None:
            stance = Stance("agree", *rest.span())
            reply = replace(reply, stance=stance)
            evidence = quote(reply.turn, stance.start, stance.end)
        if stance.attitude in ("less", "more"):
            self._bounded(reply, waiting, evidence)
        elif stance.attitude == "deny":
            if HAS in reply.touched:  # 好,四千八。有没有贷款? - 没有
                waiting = [item for item in waiting if item.readout.field.startswith("debt.")]
            for item in [] if own_value else waiting:
                self._deny(item, evidence, several=_count_of_values(waiting) > 1)
        elif stance.attitude in ("agree", "hedged", "weak", "acknowledge"):
            for item in waiting:
                self._confirm(reply, item, evidence)
        else:
            return
        self._waiting.readouts = [
            item for item in self._waiting.readouts if own_value or not any(item is each for each in waiting)
        ]

    def leave_name_open(self, reply: Reply) -> None:
        """Who answers for the applicant (他不在,我是他弟弟; 我是马小军他爸) leaves his name open."""
        match = STANDS_IN.search(reply.text) if self._waiting.touches_now(NAME) else None
        if match is None or self._record.has_value(NAME):
            return
        reply.touched.add(NAME)
        reply.answers.pop(NAME, None)
        self._record.add(Statement(NAME, "vague", None, (quote(reply.turn, *match.span()),), UNCLEAR))
        self._waiting.readouts = [item for item in self._waiting.readouts if item.readout.field != NAME]

    def _repeated(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """石井,租的单间, where 现在住石井 was read out: who repeats the value agrees to it; gives what is left."""
        left: list[OpenReadout] = []
        for item in waiting:
            heard = fold(item.readout.mention.text)
            if item.readout.field == EMPLOYER:
                heard = _part_said(heard, reply.text) or heard
            place = reply.text.find(heard, 0, len(heard) + REPEATED_WITHIN)
            before = reply.text[: max(place, 0)]
            known = item.readout.mention.kind in NAMES
            asked_back = reply.stance.attitude == "deny" and reply.text.startswith("?", place + len(heard))
            if (
                not known
                or asked_back
                or len(heard) < SHORTEST
                or place < 0
                or any(word in before for word in TAKEN_BACK)
            ):
                left.append(item)
                continue
            stance = Stance("agree", place, place + len(heard))
            self._confirm(replace(reply, stance=stance), item, quote(reply.turn, stance.start, stance.end))
        return left

    def _has_left(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """早出来了, 那是挂个名 deny the firm that was read out; gives what is left."""
        place = self._tools.belonging.has_left(reply.text)
        if place is None or not any(item.readout.field == EMPLOYER for item in waiting):
            return waiting
        for item in waiting:
            if item.readout.field == EMPLOYER:
                self._deny(item, quote(reply.turn, *place), several=False)
        reply.touched.add(EMPLOYER)
        return [item for item in waiting if item.readout.field != EMPLOYER]

    def _known_by_relation(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """我爸, to 联系人留的易建华?: who says who it is agrees to the name; gives what is left."""
        answers = reply.answers.get(RELATION, ())
        if not answers or reply.stance.attitude == "deny":
            return waiting
        said = answers[0].mention
        for item in waiting:
            if item.readout.field == CONTACT_NAME:
                stance = Stance("agree", said.start, said.end)
                self._confirm(replace(reply, stance=stance), item, quote(reply.turn, said.start, said.end))
        return [item for item in waiting if item.readout.field != CONTACT_NAME]

    def _set_aside(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """我填的不是他 denies the contact that was read out, name and relation; gives what is left."""
        place = self._tools.contacts.set_aside(reply.text)
        if place is None:
            return waiting
        for item in waiting:
            if item.readout.field in OF_CONTACT:
                self._deny(item, quote(reply.turn, *place), several=False)
        return [item for item in waiting if item.readout.field not in OF_CONTACT]

    def _spelled_out(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """双木林,云彩的云, to 林芸?: who tells the characters of a name agrees to it, or puts it right."""
        told = self._tools.spelled.read(reply.text) if any(i.readout.field in SPELLED for i in waiting) else []
        left: list[OpenReadout] = []
        for item in waiting:
            stated = self._waiting.read_out(item) if item.readout.field in SPELLED else None
            name = self._tools.spelled.put_into(str(stated.value), told) if stated is not None and told else None
            if stated is None or name is None:
                left.append(item)
                continue
            evidence = quote(reply.turn, name.start, name.end)
            reply.touched |= OF_CONTACT if item.readout.field == CONTACT_NAME else {NAME}
            if not name.changed:
                agrees = Stance("agree", name.start, name.end)
                self._confirm(replace(reply, stance=agrees), item, evidence)
                continue
            heard = reply.turn.text[name.start : name.end]
            right = replace(stated, value=name.name, text=heard, polarity="stated")
            self._record.add(Statement(item.readout.field, "state", right, (evidence,), ANSWERED, True))
        return left

    @staticmethod
    def _same_verb(reply: Reply, waiting: Sequence[OpenReadout]) -> Stance | None:
        """出了, to 首付出了三万八?: who says the verb of the question again agrees."""
        match = FIRST_WORDS.match(reply.text)
        if match is None or not waiting:
            return None
        words = match["words"]
        words = words.replace("我", "您")
        asked = any(words in fold(item.turn.text).replace("你", "您") for item in waiting if item.readout.question)
        return Stance("agree", *match.span("words")) if asked else None

    def _part_by_part(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """期数是对的,月供不是: what is named is agreed to or denied by itself; gives what is left."""
        if len(waiting) < 2 and reply.stance.attitude != "none":
            return waiting
        right, wrong = self._tools.topics.judged(reply.text)
        for item in waiting:
            name = item.readout.field
            if name in right:
                self._confirm(
                    replace(reply, stance=Stance("agree", *right[name])), item, quote(reply.turn, *right[name])
                )
            elif name in wrong:
                self._deny(item, quote(reply.turn, *wrong[name]), several=False)
        return [item for item in waiting if item.readout.field not in right and item.readout.field not in wrong]

    def _confirm(self, reply: Reply, item: OpenReadout, evidence: Evidence) -> None:
        readout, attitude = item.readout, reply.stance.attitude
        if attitude == "acknowledge" and not readout.question:
            return
        if (
            attitude == "weak"
            and reply.text.startswith("啊")
            and not (reply.stance.alone or reply.text[1:2] in AFTER_A)
        ):
            return  # 啊打店里: surprise
        if attitude in ("weak", "acknowledge") and (self._waiting.asks_last or item.turn.speaker == "third_party"):
            return
        stated = self._waiting.read_out(item)
        if stated is None or (readout.field == ID and self._has_said(ID, stated)):
            return
        proof = (quote(item.turn, readout.mention.start, readout.mention.end), evidence)
        base = {"agree": CONFIRMED, "hedged": HALF}.get(attitude, MURMURED if readout.question else HALF)
        confidence = base * trust(reply.turn, reply.stance.start, reply.stance.end)
        if readout.negated:
            self._record.add(Statement(readout.field, "deny", stated, proof, confidence))
            return
        stated = replace(stated, hedged=stated.hedged or attitude == "hedged")
        self._record.add(Statement(readout.field, "confirm", stated, proof, confidence, readout.settles))

    def _has_said(self, name: str, stated: Stated) -> bool:
        """Whether he has said that, or a part of it, himself."""
        before = self._record.latest(name)
        return before is not None and agree(before, stated)

    def _deny(self, item: OpenReadout, evidence: Evidence, *, several: bool) -> None:
        stated = self._waiting.read_out(item)
        proof = (quote(item.turn, item.readout.mention.start, item.readout.mention.end), evidence)
        if several and item.readout.field not in CAR:
            self._record.add(Statement(item.readout.field, "vague", None, proof, UNCLEAR))
        elif stated is not None:
            self._record.add(Statement(item.readout.field, "deny", stated, proof, DENIED))

    def _bounded(self, reply: Reply, waiting: Sequence[OpenReadout], evidence: Evidence) -> None:
        """没付那么多: the value read out is too high (不止: too low)."""
        measured = [item for item in waiting if item.readout.mention.quantity is not None]
        if len(measured) != 1:
            return
        item = measured[0]
        stated = self._waiting.read_out(item)
        if stated is not None:
            proof = (quote(item.turn, item.readout.mention.start, item.readout.mention.end), evidence)
            self.refuse(reply, item.readout.field, stated, proof, bound=True)

    def refuse(self, reply: Reply, name: str, stated: Stated, evidence: tuple[Evidence, ...], *, bound: bool) -> None:
        if bound and isinstance(stated.value, int | float):
            low = stated.value if reply.stance.attitude == "more" else None
            high = None if reply.stance.attitude == "more" else stated.value
            stated = replace(stated, low=low, high=high)
        self._record.add(Statement(name, "deny", stated, evidence, DENIED))
        self._waiting.remember(name)

    def dodge(self, reply: Reply) -> None:
        """Strong questions of the last agent's turn that got words but no value are unclear until a value comes."""
        stance = reply.stance
        if self._tools.relevance.asks_back(reply.text):
            return
        last = [item for item in self._waiting.asks if item.asked_at == self._waiting.asked and item.ask.strong]
        refused = {name for name, said in reply.answers.items() if said and all(each.negated for each in said)}
        answered = (set(reply.answers) - {each for each in refused if not self._record.has_value(each)}) | reply.touched
        evasive = stance.attitude in ("unsure", "refuse")
        if any(name.startswith("vehicle.") for name in answered):
            answered |= set(CAR)
        for item in last:
            name = item.ask.field
            if name in answered or self._record.has_value(name) or self._record.in_progress(name):
                continue
            if evasive or (
                not reply.answers and (stance.attitude == "none" or not stance.alone) and len(reply.text) > 2
            ):
                proof = quote(reply.turn, stance.start, stance.end if evasive else len(reply.turn.text))
                self._record.add(Statement(name, "vague", None, (proof,), UNCLEAR if evasive else HALF))
        if evasive:
            for waiting in self._waiting.readouts:
                if waiting.readout.field not in answered:
                    proof = quote(reply.turn, stance.start, stance.end)
                    self._record.add(Statement(waiting.readout.field, "vague", None, (proof,), UNCLEAR))
        self._waiting.keep(
            [item for item in self._waiting.asks if item.ask.field not in answered or item.ask.field in WHOLE]
        )


def _part_said(name: str, text: str) -> str:
    """The longest part of a firm's name that a reply begins with and stops behind: 恒丰 of 嗯对,恒丰的."""
    for length in range(len(name), SHORTEST - 1, -1):
        for start in range(len(name) - length + 1):
            part = name[start : start + length]
            place = text.find(part, 0, length + REPEATED_WITHIN)
            if place >= 0 and PART_ENDS.match(text, place + length):
                return part
    return ""


def _count_of_values(waiting: Sequence[OpenReadout]) -> int:
    return len({(item.turn.id, item.readout.mention.start) for item in waiting})
