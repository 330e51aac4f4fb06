"""Names in an agent's turn: who is called by his name, and the names that a turn about them reads out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.dialogue.contacts import Contacts
from pipeline.dialogue.spans import WITHIN_NAMES, SpanAnswers
from pipeline.language.called import CalledNameReader, with_called_name
from pipeline.language.no_names import NoNames
from pipeline.types import Mention

# A field is asked for above these chances: by the whole turn, by a value's own clause.
WHOLE, VALUE = 0.45, 0.3
FRAMED_NAMES = frozenset({"strong", "asking", "called", "contact"})
# No name holds a question (哪家), an order (报一下), or what an agent calls somebody (好的哥).
NO_NAME = re.compile(
    "[哪谁啥几吗?]|百分|成$|什么|怎么|多少|多久|报一|说一|念一|一下|具体|方便|老本|好的|地址|写的"
    "|^(?:还|家呢|房|往后|前面|您|你|老)(?!.*(?:公司|厂|店|集团))"
)
# A turn that only says a name again that was told: 是李君吗?
SAID_AGAIN = re.compile(
    "[那嗯哦好,。 ]*(?:您说的?)?(?:是|叫|叫做)[\u3400-\u9fff]{2,4}?(?:吗|吧|是吧|对吧|对吗|么)?[?。 ]*"
)
NAME, DEALER = "identity.name", "vehicle.dealer"
# What stands behind one of these is asked for: 哪家4S店.
ASKED_FOR = ("哪", "哪个", "哪一", "什么", "啥")
CONTACT = ("contact.name", "contact.relation")
NAMED = ("employment.employer", "employment.position", DEALER, CONTACT[0], NAME)


class AgentNames:
    """Adds names to what an agent's turn mentions."""

    def __init__(self, spans: SpanAnswers, contacts: Contacts, own: Path | None = None) -> None:
        self._spans = spans
        self._contacts = contacts
        self._called = CalledNameReader(own)
        self._no_names = NoNames(own)

    def with_called(self, text: str, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
        """The mentions with who is called by his name."""
        return tuple(with_called_name(mentions, self._people(text, mentions)))

    def with_read_out(
        self, text: str, mentions: Sequence[Mention], chances: Mapping[str, float], recent: Sequence[str]
    ) -> tuple[Mention, ...]:
        """The mentions with the names that a turn about them reads out; `chances` by field, `recent` were spoken of."""
        return self._with_names(text, self._with_contact(text, mentions, chances, recent), chances)

    def _people(self, text: str, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
        """Who is called by his name; a car's name (解放) is nobody's."""
        cars = [m for m in mentions if m.kind == "vehicle"]
        return tuple(
            name
            for name in self._called.read(text)
            if not any(car.start < name.end and name.start < car.end for car in cars)
        )

    def _with_contact(
        self, text: str, mentions: Sequence[Mention], chances: Mapping[str, float], recent: Sequence[str]
    ) -> tuple[Mention, ...]:
        """The mentions of a turn about the emergency contact, his name and relation marked as such."""
        again = bool({*recent[:2]} & {*CONTACT}) and SAID_AGAIN.fullmatch(text) is not None
        asked = again or max(chances.get(field, 0.0) for field in CONTACT) >= WHOLE
        found = (
            self._contacts.written_down(text)
            or self._contacts.relative(text)
            or (self._contacts.name(text) if asked else None)
        )
        if found is None:
            return tuple(mentions)
        others = [
            m for m in mentions if m.kind not in ("name", "relation") or m.end <= found.start or found.end <= m.start
        ]
        named = replace(found, attributes={**found.attributes, "field": CONTACT[0]})
        related = [
            replace(m, attributes={**m.attributes, "field": CONTACT[1]}) if m.kind == "relation" else m for m in others
        ]
        return tuple(sorted((*related, named), key=lambda mention: (mention.start, mention.end)))

    def _with_names(self, text: str, mentions: Sequence[Mention], chances: Mapping[str, float]) -> tuple[Mention, ...]:
        """The mentions with the employer, position, dealer and contact that a turn about them reads out."""
        about = {field for field in NAMED if chances.get(field, 0.0) >= VALUE}
        if any(m.kind == "name" and m.attributes.get("frame") in FRAMED_NAMES for m in mentions):
            about.discard(NAME)
        if not about:
            return tuple(mentions)
        said = list(mentions)
        for found in self._spans.read_out(text, mentions):
            field = found.attributes["field"]
            if field not in about or NO_NAME.search(found.text) or self._no_names.hold(found):
                continue
            if any(_is_known(m, found) for m in said) or text.endswith(ASKED_FOR, 0, found.start):
                continue
            said = [m for m in said if m.start >= found.end or found.start >= m.end or m.kind not in WITHIN_NAMES]
            said.append(replace(found, attributes={"frame": "read", "field": field}))
        return tuple(sorted(said, key=lambda mention: (mention.start, mention.end)))


def _is_known(mention: Mention, found: Mention) -> bool:
    """Whether what words around it show to be a name is no other than the one found by the trained model."""
    overlaps = mention.start < found.end and found.start < mention.end
    if found.kind == "name":
        return overlaps and mention.kind == "name" and mention.attributes.get("frame") in FRAMED_NAMES
    same = overlaps and mention.kind == found.kind and (mention.start, mention.end) == (found.start, found.end)
    told = (
        found.attributes["field"] == DEALER
        and "general" not in mention.attributes
        and "about" not in mention.attributes
    )
    return same and not told  # 卖车的是陇原汽贸: what ends like a firm is the dealer here
