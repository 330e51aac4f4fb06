"""Reports and transcripts for people to read, on a terminal or in a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from api import notes
from api.cli.console import has_text, out, text
from pipeline.contract import EvidenceItem, FieldOutcome, Report, StatedItem, Transcript
from pipeline.findings import load_finding_rules
from pipeline.reconcile import load_field_rules
from pipeline.reconcile.rules import FieldRules
from pipeline.reconcile.wording import applied_in_words, stated_in_words
from pipeline.types import Recording, Stated

MARKS = {"match": "✓", "mismatch": "✗", "contradicted": "✗", "unclear": "?", "not_stated": "·", "not_applied": "+"}
STYLES = {
    "match": "green",
    "mismatch": "bold red",
    "contradicted": "bold red",
    "unclear": "yellow",
    "not_stated": "dim",
    "not_applied": "cyan",
    "escalate": "bold white on red",
    "review": "bold yellow",
    "callback": "bold cyan",
    "pass": "bold green",
    "low": "green",
    "medium": "yellow",
    "high": "bold red",
    "done": "green",
    "missing": "yellow",
    "violated": "bold red",
    "critical": "bold red",
    "major": "yellow",
    "minor": "cyan",
}
SERIOUS_FIRST = ("mismatch", "contradicted", "unclear", "not_applied", "match", "not_stated")


def clock(seconds: float) -> str:
    """Seconds as people read them on a player: `1:05`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def print_report(report: Report, transcript: Transcript, *, language: str, own: Path | None) -> None:
    """The report on standard output: recommendation, fields by weight with their evidence, findings, next steps."""
    console = out()
    console.print(_headline(report, transcript, language))
    rules = load_field_rules(own)
    console.print(_fields(report, rules, language))
    silent = [one for one in report.fields if not _worth_a_row(one)]
    if silent:
        console.print(text("more_not_stated", language, count=len(silent)), style="dim")
    for line in _findings(report, rules, language, own):
        console.print(line, soft_wrap=True)
    console.print(text("a_person_decides", language), style="dim")


def print_transcript(transcript: Transcript, recording: Recording, *, language: str) -> None:
    """The transcript on standard output: time, speaker, text; on a terminal doubtful words stand out."""
    console = out()
    console.print(
        f"{transcript.call_id}  {clock(recording.duration)}  {text(f'layout_{recording.layout}', language)}",
        style="dim",
    )
    for turn in transcript.turns:
        line = Text(f"{clock(turn.start):>6}  ", style="dim")
        line.append(f"{_speaker(turn.speaker, language)}  ", style="cyan" if turn.speaker == "agent" else "bold")
        for word in turn.words or ():
            line.append(word.text, style="yellow" if (word.probability or 0) < 0.5 else "")
        if turn.flags:
            line.append(f"  [{', '.join(turn.flags)}]", style="red")
        console.print(line, soft_wrap=True)


def _headline(report: Report, transcript: Transcript, language: str) -> Text:
    line = Text()
    line.append(f"{text('call', language)} ")
    line.append(report.call_id, style="bold")
    if transcript.duration:
        line.append(f" ({clock(transcript.duration)})")
    if report.application_id:
        line.append(f"   {text('application', language)} ")
        line.append(report.application_id, style="bold")
    line.append(f"   {text('recommendation', language)} ")
    line.append(f" {text(f'disposition_{report.disposition}', language)} ", style=STYLES[report.disposition])
    line.append(f"   {text('risk', language)} ")
    line.append(f"{text(f'band_{report.risk.band}', language)} {report.risk.score:.2f}", style=STYLES[report.risk.band])
    return line


def _fields(report: Report, rules: FieldRules, language: str) -> Table:
    plain = not sys.stdout.isatty()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="" if plain else "dim")
    for heading in ("outcome", "field", "applied", "stated", "evidence"):
        table.add_column(text(heading, language), overflow="fold")
    rows = sorted((one for one in report.fields if _worth_a_row(one)), key=lambda one: SERIOUS_FIRST.index(one.outcome))
    for one in rows:
        rule = rules.rule(one.field)
        paper = applied_in_words(rule, rules, one.applied)
        table.add_row(
            Text(f"{MARKS[one.outcome]} {text(f'outcome_{one.outcome}', language)}", style=STYLES[one.outcome]),
            rule.label.zh if language == "zh" else rule.label.en,
            (paper.zh if language == "zh" else paper.en) if one.applied is not None else "—",
            _stated(one, rules, language),
            _proof(one.evidence, language),
        )
    return table


def _worth_a_row(outcome: FieldOutcome) -> bool:
    return outcome.outcome != "not_stated" or outcome.severity is not None


def _stated(outcome: FieldOutcome, rules: FieldRules, language: str) -> Text:
    if outcome.stated is None:
        return Text(text("not_said", language) if outcome.outcome == "not_stated" else "—", style="dim")
    line = Text(_in_words(outcome.stated, outcome.field, rules, language))
    if outcome.stated.polarity == "confirmed":
        line.append(f" ({text('confirmed', language)})", style="dim")
    for earlier in outcome.history:
        line.append(f" ← {_in_words(earlier, outcome.field, rules, language)}", style="dim")
    return line


def _in_words(item: StatedItem, field: str, rules: FieldRules, language: str) -> str:
    stated = Stated(item.value, item.text, item.low, item.high, item.polarity, item.hedged)
    words = stated_in_words(rules.rule(field), rules, stated)
    return words.zh if language == "zh" else words.en


def _proof(evidence: Sequence[EvidenceItem], language: str) -> Text:
    if not evidence:
        return Text("—", style="dim")
    last = evidence[-1]
    line = Text(f"{clock(last.start)} ", style="bold")
    line.append(f"{_speaker(last.speaker, language)} ", style="dim")
    line.append(f"「{last.quote}」")
    return line


def _findings(report: Report, rules: FieldRules, language: str, own: Path | None) -> Iterable[Text]:
    labels = {rule.code: rule.label for rule in load_finding_rules(own).signals.signals}
    if report.signals:
        yield Text(text("signals", language), style="bold")
        for signal in report.signals:
            label = labels[signal.code]
            line = Text(f"  {label.zh if language == 'zh' else label.en}  ", style=STYLES[signal.severity])
            yield line.append_text(_proof(signal.evidence, language))
    line = Text(f"{text('script', language)}  ", style="bold")
    for item in report.compliance:
        mark = "✓" if item.status == "done" else "✗"
        line.append(f"{mark} {text(f'item_{item.item}', language)}  ", style=STYLES[item.status])
    yield line
    if report.coverage.missing:
        line = Text(f"{text('missing', language)}  ", style="bold")
        names = [rules.rule(field).label for field in report.coverage.missing]
        yield line.append("、".join(name.zh for name in names) if language == "zh" else ", ".join(n.en for n in names))
    if report.next_steps:
        yield Text(text("next_steps", language), style="bold")
        for step in report.next_steps:
            yield Text(f"  → {step.text if language == 'zh' else step.text_en or step.text}")
    for note in report.notes:
        if not note.startswith(notes.EXPECTED):
            yield Text(f"{text('notes', language)}  ", style="bold").append(_note(note, language))


def _note(note: str, language: str) -> str:
    key, details = notes.parts_of(note)
    if not has_text(key):
        return note
    return f"{text(key, language)} ({details})" if details else text(key, language)


def _speaker(speaker: str, language: str) -> str:
    return text(f"speaker_{speaker}", language) if speaker in {"agent", "customer", "third_party"} else speaker
