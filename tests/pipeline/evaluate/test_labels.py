"""Labelled calls: how they are read, and what a wrong one says."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.evaluate import read_calls

CALLS = Path(__file__).parents[2] / "cases" / "evaluate"
TURNS = "turns:\n- A: 您贷多少钱?\n- C: 八万。\n"


def test_calls_come_in_the_order_of_their_names_and_the_readme_is_no_call() -> None:
    assert [call.name for call in read_calls(CALLS)] == ["right_labels.yaml", "third_party.yaml", "wrong_labels.yaml"]


def test_one_file_is_a_set_of_one() -> None:
    assert [call.name for call in read_calls(CALLS / "third_party.yaml")] == ["third_party.yaml"]


def test_speakers_are_unnamed_in_order_of_appearance_and_times_follow_the_text() -> None:
    (call,) = read_calls(CALLS / "third_party.yaml")
    turns = call.transcript.turns
    assert [turn.speaker for turn in turns[:5]] == ["S0", "S1", "S0", "S1", "S2"]
    assert call.roles == {"S0": "agent", "S1": "customer", "S2": "third_party"}
    assert turns[0].start == 0.4
    assert turns[4].end - turns[4].start == pytest.approx(3 / 4.5, abs=0.002)
    gaps = [later.start - earlier.end for earlier, later in pairwise(turns)]
    assert gaps == pytest.approx([0.4] * len(gaps), abs=0.002)
    assert call.transcript == read_calls(CALLS / "third_party.yaml")[0].transcript


def test_a_call_needs_no_application(tmp_path: Path) -> None:
    (tmp_path / "call.yaml").write_text(f"{TURNS}expect: {{disposition: pass}}\n", encoding="utf-8")
    assert read_calls(tmp_path)[0].application is None


def test_what_is_said_is_text_as_it_is_spelt(tmp_path: Path) -> None:
    turns = "turns:\n- A: 后四位?\n- C: 0217 # 1\n- C: no\n"
    (tmp_path / "call.yaml").write_text(f"{turns}expect: {{disposition: pass}}\n", encoding="utf-8")
    assert [turn.text for turn in read_calls(tmp_path)[0].transcript.turns] == ["后四位?", "0217", "no"]


def test_one_file_may_hold_several_calls(tmp_path: Path) -> None:
    whole = f"{TURNS}expect: {{disposition: pass}}\n"
    (tmp_path / "calls.yaml").write_text(f"{whole}---\n{whole}", encoding="utf-8")
    assert [call.name for call in read_calls(tmp_path)] == ["calls.yaml", "calls.yaml#2"]


def test_the_speakers_of_an_excerpt_are_named(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text(f"excerpt: true\n{TURNS}expect: {{}}\n", encoding="utf-8")
    (part,) = read_calls(tmp_path)
    assert part.excerpt
    assert [turn.speaker for turn in part.transcript.turns] == ["agent", "customer"]


def test_an_excerpt_has_nothing_of_a_whole_call(tmp_path: Path) -> None:
    whole = f"{TURNS}expect: {{disposition: pass}}\n"
    (tmp_path / "part.yaml").write_text(f"{whole}---\nexcerpt: true\n{whole}", encoding="utf-8")
    with pytest.raises(InputError, match=r"part\.yaml#2: expect: an excerpt has no disposition"):
        read_calls(tmp_path)


@pytest.mark.parametrize(
    ("expect", "named"),
    [
        ("{}", "expect.disposition: is missing"),
        ("{disposition: passed}", "expect.disposition"),
        ("{disposition: pass, field: {}}", "expect.field: unknown key"),
        ("{disposition: pass, fields: {income: {outcome: match}}}", "no field of the contract"),
        ("{disposition: pass, fields: {income.monthly: {outcome: matches}}}", "fields.income.monthly.outcome"),
        ("{disposition: pass, fields: {income.monthly: {outcome: not_applied}}}", "needs a value"),
        ("{disposition: pass, fields: {income.monthly: {outcome: unclear, value: 1}}}", "has no value"),
        ("{disposition: pass, fields: {loan.purpose: {outcome: mismatch, value: taxi}}}", "loan.purpose"),
        ("{disposition: pass, fields: {identity.id_number: {outcome: match, value: 3656}}}", "in quotes"),
        ("{disposition: pass, fields: {loan.amount: {outcome: match, value: 80000, turn: 2}}}", "last turn is 1"),
        ("{disposition: pass, fields: {loan.amount: {outcome: match, value: 80000, turn: 0}}}", "the agent's"),
        ("{disposition: pass, signals: [straw]}", "expect.signals.0"),
        ("{disposition: pass, compliance: {missing: [no_leading]}}", "belongs under violated"),
        ("{disposition: pass, compliance: {violated: [recording_notice]}}", "belongs under missing"),
    ],
)
def test_a_wrong_label_is_named_with_its_file(tmp_path: Path, expect: str, named: str) -> None:
    (tmp_path / "call.yaml").write_text(f"{TURNS}expect: {expect}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_calls(tmp_path)
    assert str(tmp_path / "call.yaml") in caught.value.message
    assert named in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("turns: [", "line"),
        ("- A: 您好\n", "a mapping"),
        ("turns: []\nexpect: {disposition: pass}\n", "turns"),
        ("turns:\n- B: 您好\nexpect: {disposition: pass}\n", "`A: text`"),
        ("turns:\n- A: [您好]\nexpect: {disposition: pass}\n", "turns.0.A: must be text"),
        (f"{TURNS}application: {{loan: {{sum: 1}}}}\nexpect: {{disposition: pass}}\n", "loan.sum: unknown key"),
    ],
)
def test_a_wrong_file_says_where(tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / "call.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_calls(tmp_path)
    assert named in caught.value.message


def test_a_message_carries_no_value(tmp_path: Path) -> None:
    content = f"{TURNS}application: {{identity: {{name: 3401021988}}}}\nexpect: {{disposition: pass}}\n"
    (tmp_path / "call.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_calls(tmp_path)
    assert "identity.name" in caught.value.message
    assert "3401021988" not in caught.value.message


def test_not_utf8_and_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no labelled calls"):
        read_calls(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        read_calls(tmp_path / "nowhere")
    (tmp_path / "call.yaml").write_bytes("turns: 您好".encode("gb18030"))
    with pytest.raises(InputError, match="UTF-8"):
        read_calls(tmp_path)
