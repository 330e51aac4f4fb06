"""How a value stands to the words and the values beside it in one turn of the customer's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.dialogue.reply import Reply
from pipeline.dialogue.topics import Bound
from pipeline.language.phrases import Hit
from pipeline.types import Mention

RIGHT_BEHIND, REPEATED_WITHIN = 4, 0.05
WHO_IS_NOT = re.compile(r"(?:又|才|可|并)?(?:不是|唔系)[^,。?! ]{1,6}")


def in_place_of(reply: Reply, previous: tuple[str, Mention] | None, mention: Mention) -> str:
    """The field of a value that was denied right before another of its kind: 不是八万,九万."""
    if previous is None or previous[1].kind != mention.kind or mention.start - previous[1].end > RIGHT_BEHIND:
        return ""
    said = reply.answers.get(previous[0], ())
    return previous[0] if said and said[-1].mention is previous[1] and said[-1].negated else ""


def exact(mention: Mention) -> float:
    """The value of a number or sum, 0 where it has none."""
    return (mention.quantity.value or 0) if mention.quantity is not None else 0


def denies_who(text: str, item: Bound) -> bool:
    """Whether what is denied behind a name is who somebody is: 蔡志杰不是弟弟,是我哥."""
    return item.mention.kind == "name" and bool(WHO_IS_NOT.match(text, item.mention.end))


def is_behind(hit: Hit, mention: Mention) -> bool:
    """Whether a correcting word stands right behind a value: 哦,两千二百九,看错了."""
    return 0 <= hit.start - mention.end <= RIGHT_BEHIND


def is_near(one: object, other: object) -> bool:
    """Whether two numbers differ by a twentieth at most."""
    if not (isinstance(one, int | float) and isinstance(other, int | float)):
        return False
    return abs(one - other) <= REPEATED_WITHIN * abs(other)


def follows(mention: Mention, corrected: Sequence[Hit]) -> bool:
    """Whether a value stands right behind a correcting word: 不对,是九千."""
    return any(mention.start - hit.end <= RIGHT_BEHIND for hit in corrected)
