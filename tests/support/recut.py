"""Labelled calls, the same words parted into other turns, as recognisers part them: `python -m tests.support.recut`.

What is said stays the same, so do its labels: whatever is judged otherwise than in the call as it is written is a fault
of how turns are put together.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline.analysis import Analyst
from pipeline.evaluate import read_calls
from pipeline.evaluate.errors import FieldError, field_errors
from pipeline.evaluate.judgement import judge

CALLS = Path(__file__).parents[1] / "cases" / "calls"
READ = ("tuned", "everyday", "once_unseen")
NODS = ("嗯", "嗯嗯", "哦", "嗯,好")
NOT_COMPARED = ("turn", "polarity", "history")
"""Kinds of errors that may come and go with the turns themselves."""

Call = dict[str, Any]
Pieces = list[tuple[str, str]]
Cut = Callable[[str, str, random.Random], Pieces]


def cut_at_a_pause(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The customer's turns in two, with nothing said between."""
    return _cut(text, draw, "C", None) if speaker == "C" else [(speaker, text)]


def cut_by_a_listener(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The customer's turns in two, with a sign of the agent's that he listens."""
    return _cut(text, draw, "C", draw.choice(NODS)) if speaker == "C" else [(speaker, text)]


def agent_cut_at_a_pause(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The agent's turns in two."""
    return _cut(text, draw, "A", None) if speaker == "A" else [(speaker, text)]


def agent_cut_by_a_listener(speaker: str, text: str, draw: random.Random) -> Pieces:
    """The agent's turns in two, with a 嗯 of the customer's between."""
    return _cut(text, draw, "A", "嗯") if speaker == "A" else [(speaker, text)]


CUTS: tuple[Cut, ...] = (cut_at_a_pause, cut_by_a_listener, agent_cut_at_a_pause, agent_cut_by_a_listener)


def _cut(text: str, draw: random.Random, speaker: str, nod: str | None) -> Pieces:
    parts = [part for part in re.split(r"(?<=[,，])", text) if part.strip()]
    if len(parts) < 2:
        return [(speaker, text)]
    place = draw.randrange(1, len(parts))
    between = [] if nod is None else [("A" if speaker == "C" else "C", nod)]
    return [(speaker, "".join(parts[:place])), *between, (speaker, "".join(parts[place:]))]


def recut(call: Call, cut: Cut, draw: random.Random) -> Call:
    """The call with its turns cut; labels keep pointing to where the turn of their value begins."""
    turns: list[dict[str, str]] = []
    begins = []
    for turn in call["turns"]:
        begins.append(len(turns))
        ((speaker, text),) = turn.items()
        turns += [{who: piece} for who, piece in cut(speaker, str(text), draw)]
    for label in call["expect"].get("fields", {}).values():
        if label.get("turn") is not None:
            label["turn"] = begins[label["turn"]]
    return {**call, "turns": turns}


def errors_in(folder: Path, analyst: Analyst) -> dict[str, list[FieldError]]:
    """What is judged wrong in each call of a folder, but where it stands."""
    return {
        call.name: [
            error
            for error in field_errors(judge(call, analyst.analyse(call.transcript, call.application)))
            if error.kind not in NOT_COMPARED
        ]
        for call in read_calls(folder)
    }


def new_errors(source: Path, cut: Cut, analyst: Analyst, *, every: int = 1) -> Iterator[FieldError]:
    """What goes wrong in the recut calls of a folder, every `every`-th, and not in the calls as they are written."""
    with tempfile.TemporaryDirectory() as written, tempfile.TemporaryDirectory() as parted:
        for file in sorted(source.glob("*.yaml"))[::every]:
            text = file.read_text(encoding="utf-8")
            (Path(written) / file.name).write_text(text, encoding="utf-8")
            call = recut(yaml.load(text, Loader=yaml.CSafeLoader), cut, random.Random(file.name))
            (Path(parted) / file.name).write_text(yaml.safe_dump(call, allow_unicode=True), encoding="utf-8")
        before, after = errors_in(Path(written), analyst), errors_in(Path(parted), analyst)
    for name, errors in after.items():
        known = {(error.subject, error.expected) for error in before[name]}
        yield from (error for error in errors if (error.subject, error.expected) not in known)


def main() -> None:
    """Print, for each way to cut, how many of the judgements on all calls that are read change for the worse."""
    analyst = Analyst()
    for cut in CUTS:
        counts = [len(list(new_errors(CALLS / folder, cut, analyst))) for folder in READ]
        calls = sum(len(list((CALLS / folder).glob("*.yaml"))) for folder in READ)
        print(f"{cut.__name__}: {sum(counts)} new errors in {calls} calls")


if __name__ == "__main__":
    main()
