"""How the call was held: shares of time, interruptions, pace. Needs turn times; null where there are none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.contract import Conduct
from pipeline.reconcile.sounds import sounding_characters
from pipeline.types import Turn

_BACKCHANNEL = re.compile(r"(?:[嗯啊哦噢哎唉诶呃]|对|好|是|行|可以|没错|明白|知道|的|了|吧|喂)*")
_CUTS_IN = 0.3
Span = tuple[float, float]


def conduct_of(turns: Sequence[Turn], duration: float | None = None) -> Conduct:
    """Measures over the turns; `duration` in seconds, the last turn's end where it is not given.

    `agent_talk_ratio` is the agent's share of all speech; `silence_ratio` the share of the duration in which nobody
    speaks; `interruptions` how often the agent cuts in on somebody else for 0.3 s or more with more than an 嗯.
    """
    timed = [turn for turn in turns if turn.end > turn.start]
    if not timed:
        return Conduct()
    length = max(duration or 0.0, max(turn.end for turn in timed))
    spoken = [(turn.start, turn.end) for turn in timed]
    agent = [turn for turn in timed if turn.speaker == "agent"]
    agent_seconds = _covered((turn.start, turn.end) for turn in agent)
    by_speaker = [
        _covered((turn.start, turn.end) for turn in timed if turn.speaker == speaker)
        for speaker in {turn.speaker for turn in timed}
    ]
    characters = sum(len(sounding_characters(turn.as_heard)) for turn in agent)
    return Conduct(
        agent_talk_ratio=round(agent_seconds / sum(by_speaker), 3),
        silence_ratio=round(max(0.0, 1 - _covered(spoken) / length), 3),
        interruptions=_interruptions(timed),
        agent_chars_per_minute=round(characters * 60 / agent_seconds, 1) if agent_seconds else None,
        overlap_seconds=round(max(0.0, sum(by_speaker) - _covered(spoken)), 2),
    )


def _covered(spans: Iterable[Span]) -> float:
    """Seconds covered by the union of `spans`."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _interruptions(turns: Iterable[Turn]) -> int:
    """How often the agent starts within somebody else's turn and both go on for `_CUTS_IN` seconds."""
    count, open_turns = 0, list[Turn]()
    for turn in sorted(turns, key=lambda turn: turn.start):
        if _BACKCHANNEL.fullmatch(sounding_characters(turn.as_heard)):
            continue
        open_turns = [other for other in open_turns if other.end > turn.start]
        if turn.speaker == "agent":
            count += any(
                other.speaker != "agent"
                and other.start < turn.start
                and min(other.end, turn.end) - turn.start >= _CUTS_IN
                for other in open_turns
            )
        open_turns.append(turn)
    return count
