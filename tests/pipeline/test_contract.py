"""The shapes of the contract: what they take, what they refuse, how they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contract import SHAPES, Application, StatedItem, field_paths, json_schema, to_json
from pipeline.documents import application_from, parse_json, read_application, transcript_from, turns_of
from pipeline.errors import ApplicationError, InputError, TranscriptError

FULL_APPLICATION: dict[str, Any] = {
    "schema": "callproof.application/1",
    "application_id": "A2026-000123",
    "identity": {
        "name": "王建国",
        "id_number": "340102198805067219",
        "mobile": "13856781234",
        "marital_status": "married",
        "residence": "安徽省合肥市蜀山区望江西路99号",
        "residence_type": "mortgage",
    },
    "employment": {"employer": "合肥智远电子有限公司", "position": "设备工程师", "years": 5},
    "income": {"monthly": 9500},
    "debt": {"has_other_loans": True, "monthly_payment": 2300},
    "loan": {
        "amount": 120000,
        "term_months": 36,
        "down_payment": 60000,
        "monthly_payment": 3890,
        "purpose": "personal_use",
    },
    "vehicle": {
        "brand": "本田",
        "model": "雅阁",
        "condition": "new",
        "price": 179800,
        "actual_user": "self",
        "dealer": "合肥恒信本田4S店",
    },
    "contact": {"name": "李芳", "relation": "spouse"},
}


def transcript(*turns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema": "callproof.transcript/1", "call_id": "C1", "turns": list(turns), **more}


def turn(**changes: Any) -> dict[str, Any]:
    return {"id": 0, "speaker": "agent", "start": 0.4, "end": 5.1, "text": "您好", **changes}


def test_every_leaf_of_a_full_application_is_named_by_its_path() -> None:
    applied = application_from(FULL_APPLICATION).applied()
    assert list(applied) == [f"{section}.{name}" for section, name in field_paths()]
    assert len(applied) == 25
    assert applied["income.monthly"] == 9500
    assert applied["debt.has_other_loans"] is True


def test_an_application_survives_the_round_trip() -> None:
    assert to_json(application_from(FULL_APPLICATION)) == FULL_APPLICATION


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"schema": "callproof.application/2"}, "schema"),
        ({"schema": None}, "schema"),
        ({"incme": {"monthly": 1}}, "incme"),
        ({"income": {"montly": 1}}, "income.montly"),
        ({"income": {"monthly": "9500"}}, "income.monthly"),
        ({"income": {"monthly": True}}, "income.monthly"),
        ({"income": {"monthly": -1}}, "income.monthly"),
        ({"income": {"monthly": 1e400}}, "income.monthly"),
        ({"income": [1]}, "income"),
        ({"loan": {"term_months": 36.5}}, "loan.term_months"),
        ({"loan": {"term_months": 0}}, "loan.term_months"),
        ({"loan": {"purpose": "fun"}}, "loan.purpose"),
        ({"debt": {"has_other_loans": "yes"}}, "debt.has_other_loans"),
        ({"identity": {"name": ""}}, "identity.name"),
        ({"identity": {"name": "王\x00建国"}}, "identity.name"),
        ({"identity": {"name": "王" * 501}}, "identity.name"),
        ({"vehicle": {"actual_user": "neighbour"}}, "vehicle.actual_user"),
    ],
)
def test_a_wrong_application_is_one_line_that_names_the_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(ApplicationError) as caught:
        application_from({**FULL_APPLICATION, **change}, where="a.json")
    assert caught.value.message.startswith("a.json: ")
    assert place in caught.value.message
    assert "\n" not in caught.value.message


def test_messages_do_not_repeat_personal_data() -> None:
    wrong = {**FULL_APPLICATION, "identity": {"name": ["王建国"], "id_number": {"n": "340102198805067219"}}}
    with pytest.raises(ApplicationError) as caught:
        application_from(wrong)
    assert "王建国" not in caught.value.message
    assert "3401" not in caught.value.message


@pytest.mark.parametrize(
    "value",
    [
        transcript(turn(speaker="boss")),
        transcript(turn(speaker="S")),
        transcript(turn(start=-1)),
        transcript(turn(end=float("inf"))),
        transcript(turn(), turn()),
        transcript(turn(text=None)),
        transcript(turn(), duration=-3),
        transcript(recorded_at="yesterday"),
        transcript(turn(), language="en"),
        {"schema": "callproof.transcript/1", "call_id": "", "turns": []},
        {"schema": "callproof.transcript/1", "turns": []},
        [],
        None,
        7,
    ],
)
def test_a_wrong_transcript_is_refused(value: object) -> None:
    with pytest.raises(TranscriptError):
        transcript_from(value)


def test_turns_out_of_order_are_put_in_order_and_keep_their_ids() -> None:
    read = transcript_from(transcript(turn(id=5, start=9, end=10), turn(id=2, start=1, end=0.5)))
    assert [(one.id, one.start, one.end) for one in turns_of(read)] == [(2, 1, 1), (5, 9, 10)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"  \n", "file_empty"),
        (b"{", "not_json"),
        (b"\xff\xfe{}", "not_utf8"),
        (b'{"a": NaN}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"a": ' + b"9" * 6000 + b"}", "not_json"),
    ],
)
def test_what_is_not_json_is_refused_with_a_stable_code(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_json(data, "x.json", InputError)
    assert caught.value.code == code


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(FULL_APPLICATION).encode())
    assert read_application(path).income.monthly == 9500


@pytest.mark.parametrize(("name", "code"), [("missing.json", "file_missing"), ("", "file_is_directory")])
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(ApplicationError) as caught:
        read_application(tmp_path / name)
    assert caught.value.code == code


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_every_shape_has_a_valid_json_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema(name))


def test_the_schema_and_the_model_agree_on_the_full_application() -> None:
    jsonschema.validate(FULL_APPLICATION, json_schema("application"))


@given(st.one_of(st.integers(0, 10**12), st.floats(0, 1e12, allow_nan=False)))
def test_money_is_written_as_it_was_given(amount: float) -> None:
    written = to_json(Application.model_validate({"schema": "callproof.application/1", "income": {"monthly": amount}}))
    assert written["income"]["monthly"] == amount


@pytest.mark.parametrize("value", [True, False, None, "3621", 6500, 0.25])
def test_a_stated_value_keeps_its_type(value: object) -> None:
    written = to_json(StatedItem.model_validate({"value": value, "text": "x", "polarity": "stated"}))
    assert written["value"] == value
    assert type(written["value"]) is type(value)
