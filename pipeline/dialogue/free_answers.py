"""Names and other answers in any words, where the agent has asked for them (employer, position, dealer, contact)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.dialogue.reply import DEALER, EMPLOYER, RESIDENCE, Reply, ReplyReader, clause_of
from pipeline.dialogue.spans import ASKED, FIELDS, WITHIN_NAMES
from pipeline.dialogue.waiting import CAR
from pipeline.language.positions import is_trade
from pipeline.types import Mention

DEEDS, CALLED = "送跑开拉卖买教搞", ("叫", "名叫", "叫做", "叫作")
NAMED = tuple(FIELDS[label] for label in ASKED)
# Where the name of a firm stands.
ON_PAPER = ("执照", "营业执照", "招牌", "字号", "牌子", "工商", "登记", "注册")
# What is read as one of these is nobody's name.
NO_NAMES = frozenset({"marital_status", "residence_type", "relation", "money", "duration", "vehicle"})
POSITION, CONTACT_NAME = "employment.position", "contact.name"


class FreeAnswers(ReplyReader):
    """Reads what no words around it show, by the trained model of names and by the question that it answers."""

    def added_to(self, reply: Reply, said: list[Mention]) -> list[Mention]:
        """The mentions of a reply with its answers in any words, in the place of lesser ones."""
        said = self._with_names(reply, said)
        for name in self._tools.open_answers.fields:
            said = self._with_free_answer(reply, name, said)
        return said

    def _with_names(self, reply: Reply, said: list[Mention]) -> list[Mention]:
        """The mentions with the employer, position, dealer or contact that an answer to a question for it names."""
        asked = [name for name in NAMED if self._is_free(reply, name, said)[0]]
        if DEALER in asked and self._waiting.asked_now(CAR[1]) and any(m.kind == "vehicle" for m in said):
            asked.remove(DEALER)
        shown = any(m.kind == "name" and m.attributes.get("frame") == "contact" for m in said)
        for found in self._tools.names.read(reply.text, said, asked):
            if found.attributes["field"] == DEALER:
                start, end = self._tools.open_answers.without_openers(DEALER, reply.text, found.start, found.end)
                found = replace(found, start=start, end=end, text=reply.text[start:end], value=reply.text[start:end])
            if found.kind == "name" and CONTACT_NAME not in asked and not self.is_of_contact(reply):
                if EMPLOYER not in asked or not reply.text[: found.start].endswith(CALLED):
                    continue
                # 开了个超市叫王强
                found = replace(found, kind="organisation", attributes={**found.attributes, "field": EMPLOYER})
            if _is_torn(reply.text, found.start):
                continue  # S店 of 不是4S店
            if found.kind == "organisation" and (self._is_work(reply, found) or self._tells_of_leaving(reply, found)):
                continue
            if found.kind == "organisation" and any(_is_led_to(m, found) for m in said):
                continue
            if found.kind == "position" and POSITION not in asked and not self._waiting.touches_now(POSITION):
                continue
            if found.kind == "name" and any(m.kind in NO_NAMES and _holds(m, found) for m in said):
                continue  # 已婚,写的我老婆何静
            if (shown and found.kind == "name") or _leads_to_a_title(found, said) or self._tools.no_names.hold(found):
                continue
            plain = any(is_trade(m) and m.end <= found.start for m in said)  # 开了个面馆,在回兴,冉姐小面
            if found.kind == "position" and (plain or self._reader.is_hired(reply.text, found.start)):
                continue
            if found.kind == "position" and self._reader.is_title_denied(reply.text, found.start, found.end):
                continue
            if found.kind == "position" and self._is_no_title_beside_one(reply, found, said):
                continue
            if any(is_trade(m) and m.start + 1 < found.start and found.end <= m.end for m in said):
                continue  # 向盘 of 握方向盘
            if found.kind == "organisation" and self._is_of_home(found, said):
                continue
            heard = reply.turn.text[found.start : found.end]
            said = [m for m in said if not _gives_way(m, found)]
            said.append(replace(found, text=heard, value=heard))
        return said

    def _is_no_title_beside_one(self, reply: Reply, found: Mention, said: Sequence[Mention]) -> bool:
        """Whether what is taken for a job only tells of one whose title stands beside it: 看大门的,保安."""
        titles = [m for m in said if m.kind == "position" and not is_trade(m) and "negated" not in m.attributes]
        others = self._tools.belonging
        titles = [m for m in titles if not others.says("others_work", clause_of(reply.text, m))]
        apart = [m for m in titles if m.end <= found.start or found.end <= m.start]
        read = self._reader.read_text(found.text)
        return bool(apart) and not any(m.kind == "position" and not is_trade(m) for m in read)

    def _with_free_answer(self, reply: Reply, name: str, said: list[Mention]) -> list[Mention]:
        """The mentions with the answer in any words that a question for `name` got, in the place of lesser ones."""
        asked, marked = self._is_free(reply, name, said)
        if not asked or (name in (EMPLOYER, DEALER) and self._waiting.closed and reply.stance.attitude != "deny"):
            return said
        free = self._tools.open_answers.read(name, reply.text, said, marked=marked)
        if free is None or self._tools.no_names.hold(free):
            return said
        if name == EMPLOYER and (self._is_work(reply, free) or self._tells_of_leaving(reply, free)):
            return said
        own = [m for m in said if m.kind == free.kind and m.attributes.get("general") != "yes"]
        inside = name == DEALER and all(free.start <= mention.start and mention.end <= free.end for mention in own)
        if not inside and any(_is_as_good(mention, free) for mention in own):
            return said
        heard = reply.turn.text[free.start : free.end]
        free = replace(free, text=heard, attributes={**free.attributes, "field": name})
        within = ("position", "vehicle") if free.kind == "organisation" else ()
        said = [
            mention
            for mention in said
            if mention.kind != free.kind
            and not (mention.kind in within and free.start <= mention.start and mention.end <= free.end)
        ]
        return [*said, free]

    def _is_free(self, reply: Reply, name: str, said: Sequence[Mention]) -> tuple[bool, bool]:
        """Whether an answer in any words to `name` may stand in this turn, and whether only a marked one may."""
        if self._record.has_value(name):
            return self._waiting.asked_now(name) and self._waiting.settles(name), False
        if self._waiting.asked_now(name):
            return True, False
        if name in (EMPLOYER, POSITION, DEALER) and reply.stance.attitude == "deny" and self._waiting.touches_now(name):
            return True, False
        if name == RESIDENCE:
            return self._waiting.touches_now("identity.residence"), True
        if name == EMPLOYER and self._waiting.adrift:
            return any(mention.kind == "position" for mention in said) and any(
                mention.kind == "organisation" for mention in said
            ), False
        return False, False

    def _is_work(self, reply: Reply, mention: Mention) -> bool:
        """Whether what was taken for a firm only tells what is done (装空调), or where (苏州工地)."""
        if reply.text.startswith("工地", mention.end - 1):
            return True
        deeds = [m for m in self._reader.read_text(mention.text) if is_trade(m)]
        return any(m.end - m.start == len(mention.text) or self._is_done_at_the_end(mention, m) for m in deeds)

    @staticmethod
    def _is_done_at_the_end(mention: Mention, deed: Mention) -> bool:
        """Whether what is taken for a firm ends in what is done there: 菜市场卖菜."""
        return deed.end == len(mention.text) and deed.text[0] in DEEDS

    def _tells_of_leaving(self, reply: Reply, mention: Mention) -> bool:
        """Whether what was taken for a firm is a part of what says that he has left one: 去年就退了; 厂子年初就关了."""
        if self._tools.belonging.is_left(reply.text, mention.end):
            return True
        others = self._tools.other_firms
        if others.is_another(reply.text, mention.start, mention.end):
            return True
        if self._tools.belonging.says("left_work", others.own_clause(reply.text, mention.start, mention.end, "now")):
            return True
        place = self._tools.belonging.has_left(reply.text)
        return place is not None and place[0] < mention.end and mention.start < place[1]

    def _is_of_home(self, found: Mention, said: Sequence[Mention]) -> bool:
        """Whether what is taken for a firm is a part of the home that is told: 坞城路,梧桐苑."""
        homes = [m for m in said if m.kind == "address" and m.start <= found.start and found.end <= m.end]
        return any(m.attributes.get("frame") == "lives" for m in homes) or (
            bool(homes) and self._waiting.touches_now(RESIDENCE)
        )


def _gives_way(mention: Mention, name: Mention) -> bool:
    """Whether a mention is the same name as the one found by the trained model, or another part of it."""
    overlaps = mention.start < name.end and name.start < mention.end
    if "field" in mention.attributes:
        return False
    if mention.kind == name.kind:
        longer = mention.kind == "organisation" and name.text in mention.text  # 鑫源,鑫源供热有限公司
        return overlaps or not (longer or mention.attributes.get("about") == "purchase")
    return overlaps and mention.kind in WITHIN_NAMES


def _holds(mention: Mention, name: Mention) -> bool:
    return mention.start <= name.start and name.end <= mention.end


def _is_led_to(firm: Mention, found: Mention) -> bool:
    """Whether what is taken for a firm is one with the words before it that tell where it stands: 执照写亚芬水产."""
    within = firm.kind == "organisation" and found.start < firm.start and firm.end == found.end
    return within and found.text.startswith(ON_PAPER)


def _is_torn(text: str, start: int) -> bool:
    """Whether a name begins inside a word of letters and figures."""
    return start > 0 and all(each.isascii() and each.isalnum() for each in text[start - 1 : start + 1])


def _leads_to_a_title(found: Mention, said: Sequence[Mention]) -> bool:
    """直播带货的主播: what somebody does, told of the title behind it."""
    return found.kind == "position" and any(m.kind == "position" and m.start - found.end in (0, 1) for m in said)


def _is_as_good(mention: Mention, free: Mention) -> bool:
    """Whether a name that shows itself as one stands before the end of the free answer, or anywhere as a firm."""
    if mention.kind == "address":
        return {"past", "other"}.isdisjoint(mention.attributes)
    shows = mention.kind == "position" or (mention.kind == "organisation" and "bare" not in mention.attributes)
    return mention.start <= free.end or shows
