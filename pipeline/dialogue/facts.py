"""From turns to facts: what the customer has said, field by field, with the words that prove it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pipeline.dialogue.settle import settle
from pipeline.dialogue.state import Conversation
from pipeline.dialogue.tools import Tools
from pipeline.dialogue.values import with_price
from pipeline.language import Reader
from pipeline.language.script import fold
from pipeline.types import Fact, Turn


def extract_facts(turns: Sequence[Turn], *, reader: Reader, tools: Tools, on: date) -> tuple[Fact, ...]:
    """The facts of a call, in the order of their field names.

    `turns` are in the order of the call, their speakers resolved (agent, customer, third_party), as `tools.uttered`
    takes them; `reader` and `tools` are those of this call (`for_call`); `on` is its day, from which years count.
    A share (三成 down) becomes money where the price is a settled fact of the same call; otherwise `stated.ratio`
    alone is set, for the reconciler to use the applied price. Blind to the application.
    """
    tools.questions.prepare((fold(turn.text), reader.read(turn)) for turn in turns if turn.speaker == "agent")
    conversation = Conversation(reader, tools, on)
    for turn in turns:
        conversation.hear(turn)
    conversation.finish()
    settled = {name: settle(name, said) for name, said in conversation.statements.items()}
    facts = {name: fact for name, fact in settled.items() if fact is not None}
    price = facts.get("vehicle.price")
    worth = price.stated.value if price is not None and price.status == "settled" and price.stated is not None else None
    return tuple(_priced(facts[name], worth if isinstance(worth, int | float) else None) for name in sorted(facts))


def _priced(fact: Fact, price: float | None) -> Fact:
    return fact if fact.stated is None else replace(fact, stated=with_price(fact.stated, price))
