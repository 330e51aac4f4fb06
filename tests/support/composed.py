"""Whole calls put together from cells of the grids: each is understood by itself, so what fails is their company.

`python -m tests.support.composed --calls 100 --seed 1 [FILE …]` lists what fails and counts it by field.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.analysis import Analyst
from pipeline.contract import Application, Report
from tests.support.grids import GRIDS, Cell, read_grids, transcript_of

OPENING = (
    (("A", "您好,这里是安达汽车金融,工号零三一七,本次通话会录音,跟您核对一下贷款的资料。"), ("C", "嗯,你说。")),
    (("A", "喂,您好,我是安达汽车金融的审核员小周,电话有录音,耽误您几分钟可以吗?"), ("C", "可以。")),
    (("A", "你好,安达金融贷款审核,通话全程录音哈。"), ("C", "哦,好的。")),
)
CLOSING = (
    (("A", "好的,后面有结果会通知您,祝您用车愉快,再见。"), ("C", "好,再见。")),
    (("A", "行,那我这边没有别的问题了,记得按时还款,感谢您的配合,再见。"), ("C", "嗯,拜拜。")),
)
LINKS = ("", "", "", "好的,", "嗯嗯,", "好,那", "行,", "了解,", "好的好的,")
SECTIONS = ("identity", "employment", "income", "debt", "vehicle", "loan", "contact")
JUMPS = 1.5
"""How far an agent strays from that order: 0 not at all, 1 into the next section."""
TRIES = 12


@dataclass(frozen=True)
class Piece:
    """A cell that is understood by itself, and what was said of every field in it."""

    cell: Cell
    outcomes: dict[str, tuple[str, Any]]


@dataclass(frozen=True)
class Composed:
    """A call, its application, what each field must come to, and the piece behind each field."""

    lines: list[tuple[str, str]]
    application: dict[str, dict[str, Any]]
    expected: dict[str, tuple[str, Any]]
    pieces: dict[str, Piece]

    def faults(self, analyst: Analyst) -> Iterator[tuple[str, str]]:
        """(field, what is wrong with it)."""
        report = analyst.analyse(transcript_of(self.lines), Application.model_validate(self.application))
        found = said_of(report)
        for path in found:
            wanted = self.expected.get(path, ("not_stated", None))
            if found[path] != wanted:
                yield path, f"{found[path]}, not {wanted}"


def said_of(report: Report) -> dict[str, tuple[str, Any]]:
    """Outcome and value of every field of a report."""
    return {
        one.field: (one.outcome, (one.stated.value, one.stated.low, one.stated.high) if one.stated else None)
        for one in report.fields
    }


def pieces(cells: Iterable[Cell], analyst: Analyst) -> Iterator[Piece]:
    """Those of `cells` that are understood by themselves and raise no signal."""
    for cell in cells:
        if cell.signals or any(who == "T" for who, _ in cell.lines):
            continue
        report = analyst.analyse(transcript_of(cell.lines), Application.model_validate(cell.application))
        if not list(cell.faults_of(report)):
            yield Piece(cell, {path: said for path, said in said_of(report).items() if said[0] != "not_stated"})


def pieces_of(files: Iterable[Path], most: int, rng: random.Random, analyst: Analyst) -> dict[str, list[Piece]]:
    """Pieces by field, out of `most` cells of each that are drawn from grid files."""
    cells: dict[str, list[Cell]] = {}
    for path in files:
        for cell in read_grids(path):
            if isinstance(cell, Cell) and cell.field:
                cells.setdefault(cell.field, []).append(cell)
    drawn = {path: rng.sample(some, min(most, len(some))) for path, some in cells.items()}
    found = {path: list(pieces(some, analyst)) for path, some in drawn.items()}
    return {path: some for path, some in found.items() if some}


def composed(by_field: dict[str, list[Piece]], rng: random.Random) -> Composed:
    """One call out of pieces of different fields that do not gainsay each other."""
    application: dict[str, dict[str, Any]] = {}
    chosen: list[Piece] = []
    expected: dict[str, tuple[str, Any]] = {}
    place = {path: SECTIONS.index(path.split(".")[0]) + rng.uniform(0, JUMPS) for path in sorted(by_field)}
    for path in sorted(by_field, key=place.__getitem__):
        for piece in rng.choices(by_field[path], k=TRIES):
            if path in expected or set(piece.outcomes) & set(expected):
                break
            if _goes_with(piece.cell.application, application):
                for section, values in piece.cell.application.items():
                    if isinstance(values, dict):
                        application.setdefault(section, {}).update(values)
                    else:
                        application[section] = values
                chosen.append(piece)
                expected |= piece.outcomes
                break
    lines = list(rng.choice(OPENING))
    for piece in chosen:
        (who, first), *rest = piece.cell.lines
        lines += [(who, rng.choice(LINKS) + first if who == "A" else first), *rest]
    lines += rng.choice(CLOSING)
    return Composed(lines, application, expected, {path: piece for piece in chosen for path in piece.outcomes})


def _goes_with(new: dict[str, Any], known: dict[str, Any]) -> bool:
    return all(
        known.get(section, {}).get(name, value) == value
        for section, values in new.items()
        if isinstance(values, dict)
        for name, value in values.items()
    )


def main() -> None:
    """Print what fails in composed calls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cells", type=int, default=120, help="cells of a field to draw from")
    options = parser.parse_args()
    rng, analyst = random.Random(options.seed), Analyst()
    by_field = pieces_of(options.files or sorted(GRIDS.glob("*.yaml")), options.cells, rng, analyst)
    wrong: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for number in range(options.calls):
        call = composed(by_field, rng)
        asked.update(call.expected.keys())
        for path, fault in call.faults(analyst):
            wrong[path] += 1
            piece = call.pieces.get(path)
            about = " / ".join(text for _, text in piece.cell.lines) if piece else "(not asked)"
            print(f"{number} {path}: {fault} | {about}")
    print(f"{sum(wrong.values())} of {sum(asked.values())} fields wrong in {options.calls} calls")
    print(", ".join(f"{path} {count}/{asked[path]}" for path, count in wrong.most_common()))


if __name__ == "__main__":
    main()
