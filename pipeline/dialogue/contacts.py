"""The emergency contact's name: 紧急联系人留的佟雨桐, 我媳妇,刘艳丽, 换成我妈妈,尤桂珍."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.language.phrases import PhraseBook, Words, trie
from pipeline.language.relations import relation_words
from pipeline.language.resources import any_of, labelled, table, word_list, words
from pipeline.types import Mention

FILE = "dialogue/contacts.yaml"
HAN = "\u3400-\u9fff"
SENTENCE = "。!?;"
# What is told of the contact stands within so many characters of the word for him.
LONGEST = 120
# So long is at most what turns a relation round (我就是他们家亲).
ROUND = 12
DENIED = ("不是", "不叫", "唔系", "不系", "没写", "没填", "别写", "别填")
OF_CONTACT = frozenset({"spouse", "parent", "child", "sibling", "relative", "friend", "colleague"})


class Contacts:
    """Reads contacts' names by the surname list and `configs/dialogue/contacts.yaml`.

    To be asked only about turns on the contact: what looks like a name there need not be one elsewhere.
    """

    def __init__(self, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        relations = relation_words(table("language/relations.yaml", own))
        people = trie(dict.fromkeys(word for word, who in relations if who != "self"))
        surnames = any_of(words("lexicon/surnames.txt", own))
        never = "".join(word_list(content["never_in"]))
        name = f"(?P<name>(?:{surnames})(?:(?![{never}])[{HAN}]){{1,2}})"
        before = f"{people}|{any_of(word_list(content['before']))}"
        after = any_of(word_list(content["after"]))
        self._name = re.compile(f"(?:^|[^{HAN}]|{before}){name}(?=$|[^{HAN}]|{after})")
        self._whom, self._who = Words(word_list(content["whom"])), Words(word_list(content["who"]))
        self._written = re.compile(f"(?:{any_of(word_list(content['written']))}){name}(?={after})")
        self._relative = re.compile(f"(?:{people})(?:叫|是|名字是|名字叫){name}(?=$|[^{HAN}]|{after})")
        yours = "(?:就|也)?是(?:您|你|恁)(?:们|家|屋头|屋里)?的?"
        self._of_his = re.compile(f"(?:^|[^{HAN}]|{before}){name}[,、 ]?{yours}(?:{people})")
        self._never = (*word_list(content["not_names"]), *word_list(table("language/names.yaml", own)["not_names"]))
        self._of_thirds = word_list(content["of_thirds"])
        self._turned_round = re.compile(content["turned_round"]["before"])
        self._the_other_way = dict(content["turned_round"]["values"])
        self._says_who = re.compile(content["says_who"])
        self._thought_of, self._left_out = re.compile(content["thought_of"]), re.compile(content["left_out"])
        self._second = re.compile(f"(?:{any_of(word_list(content['second']))})[^{SENTENCE}]*")
        self._set_aside = re.compile(any_of(word_list(content["set_aside"])))
        self._told = re.compile(content["told"])
        self._instead = Words(word_list(content["instead"]))
        self._replaces = re.compile(content["replaces"])
        self._relations = PhraseBook(labelled(content["relations"]))
        self._of_one = frozenset(word_list(content["of_one"]))
        self._told_by = [(who, re.compile(each)) for who, words in content["patterns"].items() for each in words]
        self._general = frozenset(word_list(content["general"]))
        self._nicknames = word_list(content["nicknames"])

    def name(self, text: str) -> Mention | None:
        """The name in a folded text that is about the contact."""
        return self._first(self._name, text)

    def written_down(self, text: str) -> Mention | None:
        """A name that an agent's folded text says was filled in (你填的何秀就是你婆娘嗦)."""
        return self._first(self._written, text)

    def relative(self, text: str) -> Mention | None:
        """A relative whom an agent's folded text calls by his name (您爸叫桂明?; 易小燕是你爱人吧?)."""
        return self._first(self._relative, text) or self._first(self._of_his, text)

    def asks(self, text: str) -> bool:
        """Whether an agent's folded text asks whom to call (家人电话写谁)."""
        return self._whom.stand_in(text) and self._who.stand_in(text)

    def asks_instead(self, text: str) -> bool:
        """Whether an agent's folded text asks whom to put in the contact's place (那您要换成谁)."""
        return self._instead.stand_in(text)

    def set_aside(self, text: str) -> tuple[int, int] | None:
        """Where a folded text says that the contact read out is none (我填的不是他)."""
        match = self._set_aside.search(text)
        return match.span() if match is not None else None

    def replaces(self, text: str) -> bool:
        """Whether a customer's folded text puts somebody in the place of the contact (别填她了,改成我弟弟)."""
        return self._replaces.search(text) is not None

    def is_second(self, text: str, mention: Mention) -> bool:
        """Whether a mention is of the second contact (备用那个填的我爸)."""
        return any(match.start() <= mention.start < match.end() for match in self._second.finditer(text))

    def is_of_a_third(self, text: str, mention: Mention) -> bool:
        """Whether a relation is one to a third person (买买提是她爸爸的名字)."""
        return mention.kind == "relation" and text.endswith(self._of_thirds, 0, mention.start)

    def is_told_of(self, text: str, mention: Mention) -> bool:
        """Whether a customer's folded text speaks of the contact by itself in the sentence of a mention."""
        first, last = max(0, mention.start - LONGEST), mention.end + LONGEST
        start = max(first, *(text.rfind(stop, first, mention.start) + 1 for stop in SENTENCE))
        end = min((at for stop in SENTENCE if (at := text.find(stop, mention.end, last)) >= 0), default=last)
        return bool(self._told.search(text, start, end))

    def relations(self, text: str) -> list[Mention]:
        """Who somebody is in words of a folded text that say so only of the contact (我们组的)."""
        said = [Mention("relation", h.start, h.end, h.phrase, None, h.label) for h in self._relations.find(text)]
        told = ((who, match) for who, pattern in self._told_by for match in pattern.finditer(text))
        return said or [Mention("relation", *match.span(), match[0], None, who) for who, match in told][:1]

    def says_who(self, text: str, mention: Mention) -> bool:
        """Whether a relation ends its clause, as who says what somebody is ends it, and is not one who does something
        there (我爸妈就生了我们俩).
        """
        return self._says_who.match(text, mention.end) is not None

    def meant(self, text: str, said: list[Mention]) -> list[Mention]:
        """The mentions without people who were only thought of, where another one is meant: 我妈 in 本来想写我妈的,
        就写了我老婆.
        """
        people = [m for m in said if m.kind == "relation" and m.value in OF_CONTACT]
        left = [m for m in people if not self._is_thought_of(text, m)]
        if not left or len(left) == len(people):
            return said
        return [m for m in said if m not in people or m in left]

    def _is_thought_of(self, text: str, mention: Mention) -> bool:
        before = text[max(0, mention.start - ROUND) : mention.start]
        return bool(self._thought_of.search(before) or self._left_out.match(text, mention.end))

    def of_relatives(self, text: str, said: list[Mention]) -> list[Mention]:
        """The mentions with somebody told by a relative of the customer's (我叔叔的女儿) as the relative that he is,
        and with what the customer is to the contact (我是他儿子) turned round.
        """
        said = [self._round(text, mention) for mention in said]
        if any(m.kind == "relation" and m.value in OF_CONTACT and m.text not in self._general for m in said):
            said = [m for m in said if m.kind != "relation" or m.text not in self._general]
        kept: list[Mention] = []
        people: list[Mention] = []
        for mention in said:
            last = people[-1] if people and mention.kind == "relation" else None
            if last is not None and last.value in OF_CONTACT and self._is_of(text, last, mention):
                kept.remove(last)
                start, end = last.start, mention.end
                mention = replace(last, end=end, text=text[start:end], value="relative")
            if mention.kind == "relation":
                people.append(mention)
            kept.append(mention)
        return kept

    def _round(self, text: str, mention: Mention) -> Mention:
        before = (
            self._turned_round.search(text, max(0, mention.start - ROUND), mention.start)
            if mention.kind == "relation"
            else None
        )
        if before is None:
            return mention
        start, value = before.start(), self._the_other_way.get(mention.value or "", mention.value)
        return replace(mention, start=start, text=text[start : mention.end], value=value)

    def _is_of(self, text: str, first: Mention, second: Mention) -> bool:
        """Whether of two people named one behind the other the second is told by the first: 我叔叔的女儿."""
        between = text[first.end : second.start]
        doubled = first.text[-1:]  # 我叔|叔的女儿
        return between in self._of_one or between.removeprefix(doubled) in self._of_one

    def is_nickname(self, name: str) -> bool:
        """Whether a name is none that stands on paper (老田)."""
        return len(name) == 2 and name.startswith(self._nicknames)

    def _first(self, pattern: re.Pattern[str], text: str) -> Mention | None:
        for match in pattern.finditer(text):
            start, end = match.span("name")
            if not match["name"].startswith(self._never) and not text[:start].endswith(DENIED):
                return Mention("name", start, end, match["name"], None, match["name"], {"frame": "contact"})
        return None
