"""What callers without `personal.read` get to see: the shape stays, names, numbers and addresses do not."""

from __future__ import annotations

import re
from typing import Any

from pipeline.contract import Application, Report, Transcript, to_json
from pipeline.store.search.masking import Said, mask_text, mask_turns

MASK = "*"
NAMES = ("identity.name", "contact.name")
NUMBERS = ("identity.id_number", "identity.mobile")
PLACES = ("identity.residence",)
PERSONAL = (*NAMES, *NUMBERS, *PLACES)
_SHOWN_DIGITS = 4


def mask_value(field: str, value: Any) -> Any:
    """A field's value as it may be shown: 王**, **************7219, 安徽省****."""
    if not isinstance(value, str) or field not in PERSONAL:
        return value
    if field in NUMBERS:
        return MASK * max(len(value) - _SHOWN_DIGITS, 4) + (value[-_SHOWN_DIGITS:] if len(value) > 8 else "")
    shown = 1 if field in NAMES else 3
    return value[:shown] + MASK * max(len(value) - shown, 1)


def mask_application(application: Application) -> dict[str, Any]:
    """An application without what names its applicant."""
    value = to_json(application)
    for path in PERSONAL:
        section, name = path.split(".")
        value[section][name] = mask_value(path, value[section][name])
    return value


def mask_transcript(transcript: Transcript, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """A transcript without long numbers and without `names` (those on the application); words are left out."""
    value = to_json(transcript)
    texts = mask_turns([Said(turn.speaker, turn.text) for turn in transcript.turns])
    for turn, text in zip(value["turns"], texts, strict=True):
        turn["text"] = _without(text, names)
        turn["words"] = None
        turn["raw_text"] = None
    return value


def mask_report(report: Report) -> dict[str, Any]:
    """A report without what names the applicant: values, quotes, explanations of personal fields, also
    where next steps repeat them."""
    value = to_json(report)
    names = tuple(
        str(outcome.applied) for outcome in report.fields if outcome.field in NAMES and isinstance(outcome.applied, str)
    )
    personal = [text for one in value["fields"] if one["field"] in PERSONAL for text in _explained(one)]
    for step in value["next_steps"]:
        for key in ("text", "text_en"):
            for text in personal:
                step[key] = step[key].replace(text, MASK * 4)
            step[key] = _without(mask_text(step[key]), names)
    for outcome in value["fields"]:
        mask_outcome(outcome, names)
    for finding in (*value["signals"], *value["compliance"]):
        _mask_evidence(finding, names)
    return value


def _explained(outcome: dict[str, Any]) -> list[str]:
    return [text for text in (outcome["explanation"], outcome["explanation_zh"]) if text]


def mask_outcome(outcome: dict[str, Any], names: tuple[str, ...] = ()) -> dict[str, Any]:
    """One field of a report, in place."""
    field = outcome["field"]
    personal = field in PERSONAL
    outcome["applied"] = mask_value(field, outcome["applied"])
    for stated in (*([outcome["stated"]] if outcome["stated"] else ()), *outcome["history"]):
        stated["value"] = mask_value(field, stated["value"])
        stated["text"] = MASK * 4 if personal else _without(mask_text(stated["text"]), names)
    for key in ("explanation", "explanation_zh"):
        outcome[key] = "" if personal else _without(mask_text(outcome[key]), names)
    if personal:
        for item in outcome["evidence"]:
            item["quote"] = MASK * 4
    else:
        _mask_evidence(outcome, names)
    return outcome


def _mask_evidence(finding: dict[str, Any], names: tuple[str, ...]) -> None:
    for item in finding["evidence"]:
        item["quote"] = _without(mask_text(item["quote"]), names)


def _without(text: str, names: tuple[str, ...]) -> str:
    for name in names:
        if len(name) > 1:
            text = re.sub(re.escape(name), name[0] + MASK * (len(name) - 1), text)
    return text
