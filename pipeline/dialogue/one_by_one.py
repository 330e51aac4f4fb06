"""Values read out that a reply takes up one by one: said again, spelled, told by relation, judged by their names."""

from __future__ import annotations

from dataclasses import replace

from pipeline.dialogue.acts import Stance
from pipeline.dialogue.clauses import clause_start
from pipeline.dialogue.evidence import quote
from pipeline.dialogue.record import Record
from pipeline.dialogue.reply import CONTACT, EMPLOYER, MOBILE, RESIDENCE, Reply
from pipeline.dialogue.settle import ANSWERED, Statement
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.verdicts import Verdicts
from pipeline.dialogue.waiting import OpenReadout, Waiting
from pipeline.language.script import fold

NAME, CONTACT_NAME, RELATION = "identity.name", "contact.name", "contact.relation"
OF_CONTACT, SPELLED = frozenset(CONTACT), frozenset({NAME, CONTACT_NAME})
# What says the value once more by being repeated; 送货 repeated may as well be denied.
NAMES = frozenset({"name", "organisation", "position", "address", "vehicle"})


class OneByOne:
    """Agrees to, or denies, what a reply singles out of what waits; every step gives what is left."""

    def __init__(self, tools: Tools, waiting: Waiting, record: Record, verdicts: Verdicts) -> None:
        self._tools = tools
        self._waiting = waiting
        self._record = record
        self._verdicts = verdicts

    def take_up(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """Takes up what is answered by more than a yes or a no; gives what is left."""
        for step in (
            self._himself,
            self._has_left,
            self._has_changed,
            self._repeated,
            self._set_aside,
            self._spelled_out,
            self._known_by_relation,
        ):
            waiting = step(reply, waiting)
        return waiting

    def judge(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """期数是对的,月供不是: what is named is agreed to or denied by itself; gives what is left."""
        if len(waiting) < 2 and reply.stance.attitude not in ("none", "less", "more"):
            return waiting
        right, wrong = self._tools.topics.judged(reply.text)
        for item in waiting:
            name = item.readout.field
            if name in right:
                self._agree(reply, item, right[name])
            elif name in wrong:
                self._verdicts.deny(item, quote(reply.turn, *wrong[name]), several=False)
        return [item for item in waiting if item.readout.field not in right and item.readout.field not in wrong]

    def _agree(self, reply: Reply, item: OpenReadout, place: tuple[int, int]) -> None:
        """Notes that the words at `place` agree to a value."""
        self._verdicts.confirm(replace(reply, stance=Stance("agree", *place)), item, quote(reply.turn, *place))

    def _himself(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """是先生,不是女士。钟庆瑜是我: who says that it is he agrees to the name, whatever else he puts right."""
        left: list[OpenReadout] = []
        for item in waiting:
            is_his = item.readout.field == NAME and item.turn.speaker == "agent"
            heard = fold(item.readout.mention.text)
            place = self._tools.reply_words.names_himself(heard, reply.text) if is_his else None
            if place is None:
                left.append(item)
            else:
                self._agree(reply, item, place)
        return left

    def _has_left(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """早出来了, 那是挂个名, 早不在永盛了 deny the firm that was read out."""
        place = self._tools.belonging.has_left(reply.text) or self._not_that_one(reply, waiting)
        if place is None:
            return self._is_still_there(reply, waiting)
        if not any(item.readout.field == EMPLOYER for item in waiting):
            return waiting
        for item in waiting:
            if item.readout.field == EMPLOYER:
                self._verdicts.deny(item, quote(reply.turn, *place), several=False)
        reply.touched.add(EMPLOYER)
        self._waiting.close((EMPLOYER,))
        return [item for item in waiting if item.readout.field != EMPLOYER]

    def _has_changed(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """早搬走了, 不住那儿了 deny the home that was read out, 停机了 the telephone."""
        for name, gone in (
            (RESIDENCE, self._tools.belonging.moved_away),
            (MOBILE, self._tools.belonging.given_up),
        ):
            denied = [item for item in waiting if item.readout.field == name]
            place = gone(reply.text) if denied and reply.stance.attitude != "agree" else None
            if place is None:
                continue
            for item in denied:
                self._verdicts.deny(item, quote(reply.turn, *place), several=False)
            reply.touched.add(name)
            self._waiting.close((name,))
            waiting = [item for item in waiting if item.readout.field != name]
        return waiting

    def _not_that_one(self, reply: Reply, waiting: list[OpenReadout]) -> tuple[int, int] | None:
        """Where the firm that was read out, or a part of its name, is said not to be his."""
        belonging, others = self._tools.belonging, self._tools.other_firms
        for item in waiting:
            name = fold(item.readout.mention.text) if item.readout.field == EMPLOYER else ""
            said = self._tools.reply_words.part_said(name, reply.text) if name else ""
            for part in (said, *(name[:end] for end in range(len(name), 1, -1))):
                place = reply.text.find(part) if part else -1
                if place >= 0:
                    end = place + len(part)
                    denied = belonging.is_not_that_one(reply.text, place) or others.is_another(reply.text, place, end)
                    return (clause_start(reply.text, place), end) if denied else None
        return None

    def _is_still_there(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """退休返聘,还在那儿 agrees to the firm that was read out."""
        place = self._tools.belonging.still_there(reply.text) if reply.stance.attitude == "none" else None
        if place is None:
            return waiting
        for item in waiting:
            if item.readout.field == EMPLOYER:
                self._agree(reply, item, place)
        return [item for item in waiting if item.readout.field != EMPLOYER]

    def _repeated(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """石井,租的单间, where 现在住石井 was read out: who repeats the value agrees to it."""
        left: list[OpenReadout] = []
        words = self._tools.reply_words
        for item in waiting:
            heard = fold(item.readout.mention.text)
            if item.readout.field == EMPLOYER:
                heard = words.part_said(heard, reply.text) or heard
            place = words.repeated(heard, reply.text)
            asked_back = reply.stance.attitude == "deny" and reply.text.startswith("?", place + len(heard))
            if item.readout.mention.kind not in NAMES or place < 0 or asked_back:
                left.append(item)
            else:
                self._agree(reply, item, (place, place + len(heard)))
        return left

    def _set_aside(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """我填的不是他 denies the contact that was read out, name and relation."""
        place = self._tools.contacts.set_aside(reply.text)
        if place is None:
            return waiting
        for item in waiting:
            if item.readout.field in OF_CONTACT:
                self._verdicts.deny(item, quote(reply.turn, *place), several=False)
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
            reply.touched |= OF_CONTACT if item.readout.field == CONTACT_NAME else {NAME}
            if not name.changed:
                self._agree(reply, item, (name.start, name.end))
                continue
            evidence = quote(reply.turn, name.start, name.end)
            heard = reply.turn.text[name.start : name.end]
            right = replace(stated, value=name.name, text=heard, polarity="stated")
            self._record.add(Statement(item.readout.field, "state", right, (evidence,), ANSWERED, True))
        return left

    def _known_by_relation(self, reply: Reply, waiting: list[OpenReadout]) -> list[OpenReadout]:
        """我爸, to 联系人留的易建华?: who says who it is agrees to the name."""
        answers = reply.answers.get(RELATION, ())
        if not answers or reply.stance.attitude == "deny":
            return waiting
        said = answers[0].mention
        for item in waiting:
            if item.readout.field == CONTACT_NAME:
                self._agree(reply, item, (said.start, said.end))
        return [item for item in waiting if item.readout.field != CONTACT_NAME]
