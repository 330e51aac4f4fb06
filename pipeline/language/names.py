"""People's names where speech frames them: 我叫王建国, 请问是王强本人吗; or a turn that is a name alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.phrases import NEVER, PhraseBook
from pipeline.language.relations import relation_words
from pipeline.language.resources import labelled, table, word_list, words
from pipeline.language.script import STOPS, is_han
from pipeline.types import Mention

EDGES = "嗯啊呃哦哎喂是的吧,。!? 叫我对"

ALONE_AT_MOST = 8
PAUSES = " ,。、…!?"
CLOSING = frozenset(("", "啊", *PAUSES))
NAMED = ("叫", "名字是", "是我爸", "是我妈")


class NameReader:
    """Finds names by the surname list and the frames of `configs/language/names.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        frames: Mapping[str, Any] = table("language/names.yaml", own)
        surnames = words("lexicon/surnames.txt", own)
        self._single = frozenset(name for name in surnames if len(name) == 1)
        self._compound = frozenset(name for name in surnames if len(name) == 2)
        self._opener = re.compile(f"[{''.join({name[0] for name in surnames})}]") if surnames else NEVER
        self._before = PhraseBook(labelled(frames["before"]), sound=False)
        self._after = PhraseBook(labelled(frames["after"]))
        self._honorifics = PhraseBook((word, "") for word in word_list(frames["honorifics"]))
        given = words("lexicon/given_names.txt", own)
        self._given = frozenset("".join((*given, *word_list(frames["given_characters"]))))
        self._people = PhraseBook(relation_words(table("language/relations.yaml", own)))
        lenders = word_list(table("lexicon/banks.yaml", own)["lenders"])
        self._stop = frozenset(word_list(frames["not_in_given"]))
        self._not_names = PhraseBook((word, "") for word in (*word_list(frames["not_names"]), *lenders))

    def read(self, text: str) -> list[Mention]:
        """Name mentions of a folded text: `value` is the name as heard, `frame` what showed it to be one."""
        mentions: list[Mention] = []
        end = 0
        for found in self._opener.finditer(text):
            start = found.start()
            if start < end or not self._surname(text, start):
                continue
            frame = self._frame(text, start)
            if not frame or self._is_no_name(text, start):
                continue
            stop, certain = self._end(text, start)
            if stop == start or (frame == "weak" and not certain):
                continue
            surname_only = stop - start == len(self._surname(text, start))
            if surname_only:
                continue
            end = stop
            name = text[start:stop]
            closed = "yes" if certain else "no"
            mentions.append(Mention("name", start, stop, name, None, name, {"frame": frame, "closed": closed}))
        return mentions

    def is_plain(self, mention: Mention) -> bool:
        """Whether a name that was read here is plain in any words: it is all of a turn, or made up as names are."""
        return mention.attributes["frame"] == "alone" or self.is_plainly_one(mention.text)

    def is_plainly_one(self, name: str) -> bool:
        """Whether a folded name has a surname and characters that given names are made of, and nothing else."""
        given = name.removeprefix(self._surname(name, 0))
        return 0 < len(given) < len(name) and self._given.issuperset(given)

    def _is_no_name(self, text: str, start: int) -> bool:
        """Whether a word that is no name begins here, or one character before (谢谢苏女士)."""
        if self._not_names.match(text, start) is not None:
            return True
        before = self._not_names.match(text, start - 1) if start else None
        return before is not None and before.end == start + 1 and text[start - 1] == text[start]

    def _surname(self, text: str, start: int) -> str:
        if text[start : start + 2] in self._compound:
            return text[start : start + 2]
        return text[start] if text[start] in self._single else ""

    def _frame(self, text: str, start: int) -> str:
        if start <= ALONE_AT_MOST and len(text) <= 2 * ALONE_AT_MOST and not text[:start].strip(EDGES):
            body = text[start:].strip(EDGES)
            if 2 <= len(body) <= 4 and all(map(is_han, body)) and not self._stop.intersection(body[1:]):
                return "alone"
            stop, certain = self._end(text, start)
            if start <= 2 and certain and self._given.issuperset(text[start + len(self._surname(text, start)) : stop]):
                return "asking" if self._after.match(text, stop) is not None else "alone"
        position = start
        while position and text[position - 1] in ", 呃嗯":
            position -= 1
        hit = self._before.match_before(text, position)
        if hit is not None and hit.label != "asking":
            return hit.label
        stop, _ = self._end(text, start)
        after = self._after.match(text, stop) if stop > start else None
        if after is None and stop > start and text[stop : stop + 1] == text[start]:
            after = self._after.match(text, stop + 1)
        if after is not None and (hit is not None or after.phrase in ("本人", "先生", "女士", "小姐")):
            return "asking"
        if hit is not None and hit.phrase not in ("是", "跟", "找", "你好", "您好", "请问", "喂"):
            return hit.label
        return self._unframed(text, start)

    def _unframed(self, text: str, start: int) -> str:
        """A name that stands alone between pauses or after a relation, of characters that names are made of."""
        surname = self._surname(text, start)
        said_before = text[:start].rstrip(PAUSES)
        if said_before.endswith("姓" + surname):
            return "strong"
        stop, certain = self._end(text, start)
        given = text[start + len(surname) : stop]
        if not certain or not given or not self._given.issuperset(given):
            return ""
        if self._people.match_before(text, len(said_before)) is not None or said_before.endswith(NAMED):
            return "clause"
        opens = start == len(text) - len(text.lstrip(EDGES)) or text[start - 1] in PAUSES or start == 0
        if not opens:
            return ""
        after = self._after.match(text, stop)
        if after is not None and (len(given) > 1 or after.phrase.startswith("在")):
            return "asking"
        closed = text[stop : stop + 1] in CLOSING
        return "clause" if closed and len(given) > 1 else ""

    def _end(self, text: str, start: int) -> tuple[int, bool]:
        """Where the name ends, and whether something there (a frame, a stop, a particle) shows it."""
        first = start + len(self._surname(text, start))
        if (shown := self._shown(text, first)) is not None:
            return shown, True
        longest = first
        while longest < min(len(text), first + 2) and is_han(text[longest]) and text[longest] not in self._stop:
            honorific = self._honorifics.match(text, longest)
            if honorific is not None and len(honorific.phrase) > 1:
                break
            longest += 1
        if longest == first:
            return start, False
        if text[longest - 1] == text[start] and longest - 1 > first and self._honorifics.match(text, longest):
            return longest - 1, True
        for stop in range(longest, first, -1):
            if self._after.match(text, stop) is not None or self._honorifics.match(text, stop) is not None:
                return stop, True
        certain = longest >= len(text) or text[longest] in STOPS or text[longest] in self._stop or text[longest] == " "
        return longest, certain

    def _shown(self, text: str, first: int) -> int | None:
        """Where a given name ends that holds what no name holds elsewhere (曲万波本人): a title shows it."""
        honorific = self._honorifics.match(text, first)
        if honorific is not None and len(honorific.phrase) > 1:
            return None
        for stop in (first + 2, first + 1):
            given = text[first:stop]
            if self._stop.isdisjoint(given) or not self._given.issuperset(given):
                continue
            titled = self._honorifics.match(text, stop)
            after = self._after.match(text, stop)
            if (titled is not None and len(titled.phrase) > 1) or (after is not None and len(after.phrase) > 1):
                return stop
        return None
