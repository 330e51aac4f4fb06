"""Whether a call broke off before it was done."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.contract import ComplianceResult
from pipeline.findings.plain import holds_any, plain_of
from pipeline.findings.settings import BrokeOff
from pipeline.types import Turn

_QUESTION = re.compile(r"(?:[?]|吗|呢|多少|什么|哪里|谁|几)[,。?]*$")


def broke_off(turns: Sequence[Turn], compliance: Sequence[ComplianceResult], rules: BrokeOff) -> bool:
    """True where nothing closes the call and it ends on a cut line, a put-off, or a question left unanswered.

    A call without turns broke off.
    """
    if not turns:
        return True
    if any(result.item == "closing_courtesy" and result.status == "done" for result in compliance):
        return False
    last = turns[-1]
    if last.speaker == "agent" and _QUESTION.search(plain_of(last.text).text):
        return True
    return any(holds_any(rules.patterns, plain_of(turn.text).text) for turn in turns[-rules.last_turns :])
