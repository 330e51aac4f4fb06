"""By which characters a question plainly ends and a turn begins, from `configs/turns.yaml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from configs import path_of, read_yaml
from pipeline.errors import SettingsError

TURNS_FILE = "turns.yaml"


class TurnMarks(BaseModel):
    """All of `turns.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asking: str
    opening: str

    def ends_question(self, text: str) -> bool:
        """Whether a question plainly ends with `text`: 您是本人吗."""
        return text != "" and text[-1] in self.asking

    def opens_turn(self, text: str) -> bool:
        """Whether a turn plainly begins with `text`: 嗯,是我."""
        return text != "" and text[0] in self.opening


@lru_cache(maxsize=4)
def load_turn_marks(own: Path | None = None) -> TurnMarks:
    """The marks of the lender's folder `own` or the embedded ones. Raises `SettingsError`."""
    try:
        return TurnMarks.model_validate(read_yaml(TURNS_FILE, own))
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in fault["loc"]) or "the top level"
        raise SettingsError(f"config file {path_of(TURNS_FILE, own)}: {key}: {fault['msg']}; mend this key") from error
