"""Question-and-answer grids: every way of asking times every way of answering, on papers that agree and that do not.

They lie in `tests/cases/grids`; its README tells the shape. `python -m tests.support.grids [FILE …]` lists what fails.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.analysis import Analyst
from pipeline.contract import APPLICATION_SCHEMA, TRANSCRIPT_SCHEMA, Application, Report, Transcript
from tests.support.duty_grids import DutyCell, duty_cells

GRIDS = Path(__file__).parents[1] / "cases" / "grids"
SPEAKERS = {"A": "agent", "C": "customer", "T": "third_party"}
WITHOUT_VALUE = ("unclear", "not_stated")


@dataclass(frozen=True)
class Cell:
    """One short conversation, what is on paper and what must come of it."""

    field: str
    ask: str
    say: str
    lines: tuple[tuple[str, str], ...]
    application: dict[str, dict[str, Any]]
    outcome: str
    said: tuple[Any, Any, Any] | None
    signals: tuple[str, ...]
    also: tuple[str, ...]

    @property
    def paper(self) -> str:
        """What stands on paper for the field."""
        section, _, name = self.field.partition(".")
        return f"paper {self.application.get(section, {}).get(name)}"

    def faults(self, analyst: Analyst) -> list[str]:
        """What the report has wrong, in words; empty where all is right."""
        return self.faults_of(analyst.analyse(transcript_of(self.lines), Application.model_validate(self.application)))

    def faults_of(self, report: Report) -> list[str]:
        """What a report on it has wrong."""
        return [*self._field_faults(report), *self._signal_faults(report)]

    def _field_faults(self, report: Report) -> Iterator[str]:
        for one in report.fields:
            stated = one.stated
            if one.field == self.field:
                if one.outcome != self.outcome:
                    yield f"{one.field} {one.outcome}, not {self.outcome}" + (f" ({stated.value})" if stated else "")
                elif self.said is not None and one.outcome not in WITHOUT_VALUE:
                    found = (stated.value, stated.low, stated.high) if stated else (None, None, None)
                    wrong = [
                        f"{found[at]}, not {wanted}"
                        for at, wanted in enumerate(self.said)
                        if wanted is not None and not _equal(found[at], wanted)
                    ]
                    yield from (f"{one.field} {text}" for text in wrong)
            elif self.field and one.outcome != "not_stated" and one.field not in self.also:
                yield f"{one.field} {one.outcome}" + (f" ({stated.value})" if stated else "")

    def _signal_faults(self, report: Report) -> Iterator[str]:
        found = {one.code for one in report.signals}
        yield from (f"signal {code} raised" for code in sorted(found - set(self.signals)))
        yield from (f"signal {code} not raised" for code in sorted(set(self.signals) - found))


def transcript_of(lines: Sequence[tuple[str, str]]) -> Transcript:
    """What was said, five seconds a turn."""
    turns = [
        {"id": at, "speaker": SPEAKERS[who], "start": 5.0 * at, "end": 5.0 * at + 4, "text": text}
        for at, (who, text) in enumerate(lines)
    ]
    return Transcript.model_validate(
        {"schema": TRANSCRIPT_SCHEMA, "call_id": "grid", "recorded_at": "2026-11-20T10:00:00+08:00", "turns": turns}
    )


def read_grids(path: Path) -> list[Cell | DutyCell]:
    """Every cell of a file of grids."""
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [cell for grid in written for cell in (duty_cells(grid) if "item" in grid else _cells(grid))]


def _cells(grid: dict[str, Any]) -> Iterator[Cell]:
    for answer in grid["answers"]:
        for paper, outcome, signals in _papers(grid, answer):
            application: dict[str, Any] = {"schema": APPLICATION_SCHEMA}
            for path, value in (grid.get("base") or {}).items():
                _put(application, path, value)
            _put(application, grid.get("field"), paper)
            for ask in _listed(answer.get("ask", grid.get("ask"))):
                for say in _listed(answer["say"]):
                    before = [next(iter(line.items())) for line in grid.get("before", [])]
                    told = [("C" if at % 2 == 0 else "A", part) for at, part in enumerate(say.split(" / "))]
                    yield Cell(
                        field=grid.get("field", ""),
                        ask=ask,
                        say=say,
                        lines=(*before, ("A", ask.replace("{paper}", str(paper))), *told),
                        application=application,
                        outcome=outcome,
                        said=_said(answer),
                        signals=tuple(signals),
                        also=(*grid.get("also", []), *answer.get("also", [])),
                    )


def _papers(grid: dict[str, Any], answer: dict[str, Any]) -> Iterator[tuple[Any, str, list[str]]]:
    """What stands on paper, the outcome it must come to and the signals."""
    signals = answer.get("signals", [])
    if "field" not in grid:
        yield None, "", signals
        return
    outcome = answer.get("outcome")
    if outcome is not None:
        yield answer.get("paper", answer.get("value", grid.get("paper"))), outcome, signals
        return
    yield answer.get("paper", answer.get("value")), "match", signals
    other = answer.get("other", grid.get("other"))
    if other is not None and other != answer.get("value"):
        yield other, "mismatch", answer.get("signals_other", signals)


def _said(answer: dict[str, Any]) -> tuple[Any, Any, Any] | None:
    said = (answer.get("value"), answer.get("low"), answer.get("high"))
    return None if said == (None, None, None) else said


def _put(application: dict[str, Any], path: str | None, value: Any) -> None:
    if path and value is not None:
        section, name = path.split(".")
        application.setdefault(section, {})[name] = value


def _listed(value: Any) -> list[str]:
    """Wordings parted by `|`, or a list of them."""
    wordings = value if isinstance(value, list) else str(value).split("|")
    return [str(one).strip() for one in wordings]


def _equal(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, (int, float)) and not isinstance(wanted, bool) and isinstance(found, (int, float)):
        return abs(found - wanted) <= 0.01 * max(1.0, abs(wanted))
    return bool(found == wanted)


def main() -> None:
    """Print the faults of the named files, or of all, and how many there are for each answer and question."""
    analyst = Analyst()
    for path in map(Path, sys.argv[1:] or sorted(map(str, GRIDS.glob("*.yaml")))):
        cells, wrong = read_grids(path), 0
        asked: Counter[str] = Counter()
        answered: Counter[str] = Counter()
        for cell in cells:
            faults = cell.faults(analyst)
            if faults:
                wrong += 1
                asked[cell.ask] += 1
                answered[cell.say] += 1
                print(f"  {cell.ask} | {cell.say} | {cell.paper}: {'; '.join(faults)}")
        print(f"{path.name}: {wrong} of {len(cells)} cells wrong")
        for count in (answered, asked):
            print("   most: " + ", ".join(f"{text} {number}" for text, number in count.most_common(8)))


if __name__ == "__main__":
    main()
