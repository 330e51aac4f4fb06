"""The agent's side of the call: duties done or missing, prohibitions kept or violated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import get_args

from pipeline.contract import ComplianceResult, EvidenceItem
from pipeline.findings.cues import find_cues
from pipeline.findings.lines import Line, lines_of
from pipeline.findings.plain import plain_of
from pipeline.findings.quoting import evidence_of
from pipeline.findings.reading import Readings
from pipeline.findings.settings import Place, ScriptItem, ScriptRules
from pipeline.reconcile.digits import digit_string
from pipeline.reconcile.sounds import sounding_characters
from pipeline.types import LabelModel, Scalar, Turn

ID_NUMBER = "identity.id_number"
_MOST_EVIDENCE = 4
_READ_DIGITS = "0-9零〇洞一幺二两三四五六七拐八九"
_BETWEEN = "[,的呃嗯啊然后是]{0,3}"
_RUN = re.compile(rf"(?:[{_READ_DIGITS}xXｘＸ叉]{_BETWEEN})+")
_LISTENS = re.compile(r"(?:嗯|对|是|好|的|啊|没错)*")


def check_script(
    turns: Sequence[Turn], applied: Mapping[str, Scalar], rules: ScriptRules, reader: LabelModel | None = None
) -> tuple[ComplianceResult, ...]:
    """One result for every item of the script, in its order; turns carry roles, `reader` reads agents' turns."""
    lines = lines_of(turns, rules.grammar)
    parts = {place: _part(place, lines, rules) for place in get_args(Place)}
    readings = Readings(reader) if reader is not None else None
    if readings is not None:
        readings.prepare(line.plain.text for line in lines if line.turn.speaker in {*rules.read_of, "agent"})
    return tuple(_result(item, parts, applied, readings) for item in rules.items)


def _result(
    item: ScriptItem,
    parts: Mapping[str, Sequence[Line]],
    applied: Mapping[str, Scalar],
    readings: Readings | None,
) -> ComplianceResult:
    places = dict.fromkeys(cue.within or item.within for cue in item.cues)
    cues_of = {place: [cue for cue in item.cues if (cue.within or item.within) == place] for place in places}
    evidence = [hit.evidence() for place, cues in cues_of.items() for hit in find_cues(cues, parts[place], readings)]
    if item.full_number is not None:
        turns = [line.turn for line in parts["anywhere"]]
        evidence += _numbers_read_out(turns, str(applied.get(ID_NUMBER, "")), item.full_number.minimum)
    evidence = sorted(evidence, key=lambda found: (found.turn, found.start))[:_MOST_EVIDENCE]
    if item.kind == "duty":
        return ComplianceResult(item=item.item, status="done" if evidence else "missing", evidence=evidence)
    return ComplianceResult(item=item.item, status="violated" if evidence else "done", evidence=evidence)


def _part(within: str, lines: Sequence[Line], rules: ScriptRules) -> Sequence[Line]:
    """The turns in which an item counts, bounded by the agent's first or last ones."""
    places = [index for index, line in enumerate(lines) if line.turn.speaker == "agent"]
    if within == "opening" and len(places) > rules.opening_turns:
        return lines[: places[rules.opening_turns - 1] + 1]
    if within == "closing" and len(places) > rules.closing_turns:
        return lines[places[-rules.closing_turns] :]
    return lines


def _numbers_read_out(turns: Sequence[Turn], applied: str, minimum: int) -> list[EvidenceItem]:
    """Turns in which the agent reads a whole ID number, at once or in groups that the customer only acknowledges."""
    groups: list[tuple[Turn, str]] = []
    found: list[EvidenceItem] = []
    for turn in turns:
        if turn.speaker == "agent":
            longest = max((digit_string(run) for run in _RUN.findall(plain_of(turn.text).text)), key=len, default="")
            groups = [*groups, (turn, longest)] if len(longest) >= 3 else []
            if _is_whole("".join(digits for _, digits in groups), applied, minimum):
                found += [evidence_of(spoken, 0, len(spoken.text)) for spoken, _ in groups]
                groups = []
        elif not _LISTENS.fullmatch(sounding_characters(turn.text)):
            groups = []
    return found


def _is_whole(digits: str, applied: str, minimum: int) -> bool:
    """A whole ID number: the applied one, or 18 characters of its shape; 11 digits are a telephone number."""
    number = digit_string(applied)
    if len(number) >= minimum and number in digits:
        return True
    return re.search(r"[1-8]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dX]", digits) is not None
