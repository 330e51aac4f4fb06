"""Grids of what agents say: every wording of a line in a short call in which every other duty is done.

Their shape is told in the README of `tests/cases/grids`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.analysis import Analyst
from pipeline.contract import TRANSCRIPT_SCHEMA, Application, Transcript

APPLICATION = {
    "schema": "callproof.application/1",
    "identity": {"name": "王建国", "id_number": "340102198805067219"},
    "loan": {"amount": 80000, "term_months": 36, "purpose": "personal_use"},
}
# Each duty in the usual words, in its place; the lines without one are the questions of the call.
CALL = (
    ("opening_identification", "您好,这里是安达汽车金融审核部。", "你好"),
    ("recording_notice", "本次通话会录音。", "嗯"),
    ("identity_check", "请问是王建国先生本人吗?", "是我"),
    ("", "您这次贷款金额是多少?", "八万"),
    ("", "分几期还?", "三十六期"),
    ("", "车买来做什么用?", "上下班开"),
    ("purpose_warning", "这笔贷款只能用于购车,不能挪作他用。", "知道了"),
    ("repayment_reminder", "请您每月按时还款。", "好的"),
    ("next_steps_told", "审核结果会短信通知您。", "好"),
    ("closing_courtesy", "感谢您的配合,再见。", "再见"),
)
PROHIBITION_AFTER = 5


@dataclass(frozen=True)
class DutyCell:
    """One wording of one line, and what it must come to."""

    item: str
    ask: str
    say: str
    status: str
    lines: tuple[tuple[str, str], ...]

    @property
    def paper(self) -> str:
        """The status that is wanted."""
        return f"{self.item} {self.status}"

    def faults(self, analyst: Analyst) -> list[str]:
        """What the report has wrong, in words; empty where all is right."""
        turns = [
            {"id": at, "speaker": who, "start": 5.0 * at, "end": 5.0 * at + 4, "text": text}
            for at, (who, text) in enumerate(self.lines)
        ]
        call = {"schema": TRANSCRIPT_SCHEMA, "call_id": "g", "recorded_at": "2026-11-20T10:00:00+08:00", "turns": turns}
        report = analyst.analyse(Transcript.model_validate(call), Application.model_validate(APPLICATION))
        return [
            f"{one.item} {one.status}"
            for one in report.compliance
            if one.status != (self.status if one.item == self.item else "done")
        ]


def duty_cells(grid: Mapping[str, Any]) -> Iterator[DutyCell]:
    """The cells of a grid of an `item`: each of its `lines` with each reply."""
    item = grid["item"]
    for lines in grid["lines"]:
        ((status, wordings),) = lines.items()
        for wording in (one.strip() for one in wordings.split("|")):
            for reply in (one.strip() for one in str(grid.get("reply", "嗯,好的")).split("|")):
                yield DutyCell(item, wording, reply, status, tuple(_call(item, wording, reply)))


def _call(item: str, wording: str, reply: str) -> Iterator[tuple[str, str]]:
    """The short call: with `wording` in place of the duty's line, or among the questions for a prohibition.

    A wording goes on over turns (parted by `/`), agent and customer in turn.
    """
    said = [("agent" if at % 2 == 0 else "customer", part) for at, part in enumerate(wording.split(" / "))]
    if said[-1][0] == "agent":
        said.append(("customer", reply))
    for at, (duty, line, answer) in enumerate(CALL):
        if duty == item:
            yield from said
            continue
        yield "agent", line
        yield "customer", answer
        if item.startswith("no_") and at == PROHIBITION_AFTER:
            yield from said
