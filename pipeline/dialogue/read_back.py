"""Values that the customer only says again after the agent has read them out."""

from __future__ import annotations

from pipeline.dialogue.evidence import quote
from pipeline.dialogue.reply import RESIDENCE
from pipeline.dialogue.settle import agree, is_finer, is_part
from pipeline.dialogue.waiting import CAR, Waiting
from pipeline.language import Reader
from pipeline.language.script import fold
from pipeline.language.vehicles import is_short_for
from pipeline.types import Evidence, Mention, Stated


class ReadBack:
    """Finds what the customer repeats in what waits for his agreement."""

    def __init__(self, reader: Reader, waiting: Waiting) -> None:
        self._reader = reader
        self._waiting = waiting

    def find(self, name: str, stated: Stated) -> Evidence | None:
        """Where the agent has just read out the value that the customer repeats, no more exactly than it was read."""
        for item in self._waiting.readouts:
            readout = item.readout
            if readout.field != name or readout.negated or item.turn.speaker != "agent":
                continue
            known = self._waiting.read_out(item)
            names_more = name == CAR[0] and _names(stated, stated.text) and not _names(stated, readout.mention.text)
            names_more = names_more or (
                name == CAR[0] and not _names(stated, stated.text) and not self._is_model_read_out(stated.text)
            )
            names_more = names_more or (name in CAR and _is_fuller(stated.text, readout.mention))
            same = known is not None and (agree(known, stated) or (name == RESIDENCE and is_part(name, known, stated)))
            if known is not None and same and not is_finer(stated, known) and not names_more:
                return quote(item.turn, readout.mention.start, readout.mention.end)
        return None

    def _is_model_read_out(self, heard: str) -> bool:
        """Whether a car that the customer names is the model that was read out; by another one he names its make."""
        cars = [item.readout.mention for item in self._waiting.readouts if item.readout.field == CAR[1]]
        said = [mention for mention in self._reader.read_text(fold(heard)) if mention.kind == "vehicle"]
        named = [mention for mention in said if "model" in mention.attributes]
        same = (car.value == one.value or is_short_for(one, car, fold(heard)) for one in named for car in cars)
        return not named or any(same)


def _names(brand: Stated, heard: str) -> bool:
    """Whether the make itself is said (丰田凯美瑞), not only told by its model."""
    return str(brand.value) in heard


def _is_fuller(heard: str, read_out: Mention) -> bool:
    """Whether the customer says more of the model's name than was read out: 途观L, to 途观是吧."""
    brand = fold(read_out.attributes.get("brand", ""))
    said, read = (fold(text).replace(" ", "").removeprefix(brand) for text in (heard, read_out.text))
    return bool(read) and said.startswith(read) and len(said) > len(read)
