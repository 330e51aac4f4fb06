"""Who drives, told in an answer: by a word for him, by 他开, by his name, or by himself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.dialogue.contacts import OF_CONTACT
from pipeline.dialogue.reply import CONTACT, DRIVER, Reply, ReplyReader
from pipeline.types import Mention

PURPOSE = "loan.purpose"
PEOPLE = OF_CONTACT
PEOPLE_KEPT = 40
HIS = ("他", "她", "们")


class WhoDrives(ReplyReader):
    """Reads who drives, and keeps who was spoken of."""

    def added_to(self, reply: Reply, said: list[Mention], read: Sequence[Mention]) -> list[Mention]:
        """`said` with who drives, where it is told without a word for him, and without whoever is only said not to;
        `read` is all that the turn mentions.
        """
        said = [m for m in said if not self._drives_not(m) and not self._drives_another(reply, m)]
        said.extend(self._him_who_drives(reply, said))
        if self._agrees_to_drive(reply):
            said = [m for m in said if m.kind != "relation" or "drives" in m.attributes or m.value == "self"]
        driver_asked = self._waiting.asked_now(DRIVER) or self._waiting.asks_whether_he(DRIVER)
        me = self._himself(reply, said) if driver_asked else None
        if me is not None:
            said = [me, *(m for m in said if m.kind != "relation" or "drives" in m.attributes)]
        if self._waiting.touches_now(DRIVER) and self._tools.drivers.is_open(reply.text, _people(said)):
            said = [m for m in said if m.kind != "relation" or m.value == "company"]
        elif self._waiting.asked_now(DRIVER) and not any(m.kind == "relation" for m in said):
            said.extend(self._the_one_spoken_of(reply) or self._not_himself(reply) or self._named_driver(reply, read))
        elif not any(m.kind == "relation" for m in said):
            said.extend(self._the_one_spoken_of(reply, of_car=True))
            if self._waiting.touches_now(DRIVER) and not any(m.kind == "relation" for m in said):
                said.extend(self._not_himself(reply))
        people = [m for m in read if m.kind == "relation" and m.value in PEOPLE]
        self._waiting.people = [*self._waiting.people, *((reply.text, m) for m in people)][-PEOPLE_KEPT:]
        own = [
            m for m in people if not reply.text[max(0, m.start - 2) : m.start].rstrip("的").endswith(HIS)
        ]  # 我发小,他跟他媳妇
        person = (own or people)[-1].value if people else None
        self._waiting.person = person or self._waiting.person
        return said

    def _the_one_spoken_of(self, reply: Reply, *, of_car: bool = False) -> list[Mention]:
        """他开呀, where a cousin was spoken of before; with `of_car`, only 车他开着."""
        place = self._tools.short_answers.somebody(reply.text, of_car=of_car)
        if place is None or (of_car and self._waiting.person is None):
            return []
        start, end = place
        who, how = self._waiting.person or "other", {"drives": "yes", **({"of_car": "yes"} if of_car else {})}
        return [Mention("relation", start, end, reply.turn.text[start:end], None, who, how)]

    def _him_who_drives(self, reply: Reply, said: Sequence[Mention]) -> list[Mention]:
        """他开, behind who he is: 车是我表哥的,他征信不行。他开."""
        asked = self._waiting.adrift or self._waiting.touches_now(DRIVER, PURPOSE)
        place = self._tools.short_answers.somebody(reply.text, of_car=False) if asked else None
        people = [m for m in said if m.kind == "relation"]
        if place is None or any("drives" in m.attributes for m in people):
            return []
        (start, end), heard = place, reply.turn.text
        who = [m for m in people if m.end <= start and m.value in PEOPLE and "negated" not in m.attributes]
        return (
            [replace(who[-1], start=start, end=end, text=heard[start:end], attributes={"drives": "yes"})] if who else []
        )

    def _named_driver(self, reply: Reply, read: Sequence[Mention]) -> list[Mention]:
        """阿强开啊: who that is, where he was told beside his name, or somebody else."""
        place = self._tools.short_answers.named(reply.text)
        if place is None:
            return []
        start, end = place
        name = reply.text[start:end]
        nickname = self._tools.contacts.is_nickname(name) or any(m.kind == "name" and m.start == start for m in read)
        beside = self._tools.short_answers.stands_by
        told = [m.value for text, m in self._waiting.people if beside(text, name, m.start, m.end)]
        who = told[-1] if told else None
        if who is None and not nickname:
            return []
        return [Mention("relation", start, end, reply.turn.text[start:end], None, who or "other", {"drives": "yes"})]

    def _drives_another(self, reply: Reply, mention: Mention) -> bool:
        """Whether somebody is only said to drive another car (我开公司那台, 我老婆开她自己的车), or the customer to do
        so in what his is compared with (比我自己跑划算)."""
        if mention.kind != "relation":
            return False
        another = self._tools.short_answers.is_of_another_car(reply.text, mention.end)
        return another or (mention.value == "self" and self._tools.short_answers.is_compared(reply.text, mention.start))

    def _drives_not(self, mention: Mention) -> bool:
        """Whether somebody is only said not to drive, of whom nobody asked (婆娘不敢开): that denies nothing."""
        if mention.kind != "relation" or "negated" not in mention.attributes or mention.value == "self":
            return False
        if self._waiting.touches_now(*CONTACT):  # 不是姑娘,是我侄女
            return False
        read_out = {item.readout.mention.value for item in self._waiting.readouts if item.readout.field == DRIVER}
        return mention.value not in read_out

    def _not_himself(self, reply: Reply) -> list[Mention]:
        """不开, to 平时您自己开吗: he does not drive it, whoever else will; nothing where that is not settled yet."""
        place = self._tools.short_answers.not_himself(reply.text)
        if place is None or any(word in reply.text for word in self._tools.relevance.undecided):
            return []
        start, end = place
        attributes = {"drives": "yes", "negated": "yes"}
        return [Mention("relation", start, end, reply.turn.text[start:end], None, "self", attributes)]

    def _agrees_to_drive(self, reply: Reply) -> bool:
        """Whether he agrees that he drives, so that who is named beside does not: 嗯,别人碰都不让碰."""
        if not self._waiting.asks_whether_he(DRIVER) or reply.stance.attitude not in ("agree", "weak", "hedged"):
            return False
        return self._tools.short_answers.somebody(reply.text, of_car=False) is None

    def _himself(self, reply: Reply, said: Sequence[Mention]) -> Mention | None:
        """我 at the head of an answer to 谁开: 我,媳妇本儿还没考下来; or told with what for: 我开车带他看病用的."""
        place = self._tools.short_answers.himself(reply.text)
        if place is None and not any("drives" in m.attributes and "negated" not in m.attributes for m in said):
            place = self._tools.short_answers.with_car(reply.text)
        if place is None:
            return None
        start, end = place
        return Mention("relation", start, end, reply.turn.text[start:end], None, "self", {"drives": "yes"})


def _people(said: Sequence[Mention]) -> list[Mention]:
    """Who is named of several people."""
    return sorted((m for m in said if m.kind == "relation"), key=lambda mention: mention.start)
