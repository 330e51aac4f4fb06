"""`evaluate`: labelled calls in, a table or JSON out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.evaluate import FIGURES
from tests.conftest import Command

CALLS = Path(__file__).parents[1] / "cases" / "evaluate"


def test_a_table_in_chinese_with_an_english_switch(callproof: Command) -> None:
    done = callproof("evaluate", CALLS)
    assert done.returncode == 0, done.stderr
    assert "标注通话 3 通" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
    english = callproof("--lang", "en", "evaluate", CALLS).stdout.splitlines()
    (row,) = [line.split() for line in english if line.startswith("fact precision")]
    assert row[-2:] == ["81.8%", "9/11"]


def test_the_machine_form(callproof: Command) -> None:
    done = callproof("evaluate", CALLS, "--json")
    assert done.returncode == 0, done.stderr
    written = json.loads(done.stdout)
    assert written["calls"] == 3
    assert tuple(written["figures"]) == FIGURES
    assert written["figures"]["fact_recall"] == {"value": 0.8182, "hits": 9, "of": 11}
    assert {one["field"]: one["fn"] for one in written["fields"]}["vehicle.price"] == 1
    assert sum(one["facts"] for one in written["reliability"]) == 11
    assert {"noise", "errors"}.isdisjoint(written)


def test_every_error_is_listed(callproof: Command) -> None:
    written = json.loads(callproof("evaluate", CALLS, "--json", "--errors").stdout)
    assert {error["file"] for error in written["errors"]} == {"wrong_labels.yaml"}
    by_subject = {error["subject"]: error for error in written["errors"]}
    assert by_subject["loan.amount"] == {
        "file": "wrong_labels.yaml",
        "subject": "loan.amount",
        "kind": "value",
        "expected": "match 90000",
        "found": "match 80000",
        "turn": 3,
        "said": "贷了八万。",
    }
    table = callproof("evaluate", CALLS, "--errors").stdout
    assert "wrong_labels.yaml" in table
    assert "right_labels.yaml" not in table
    assert "没有错误" in callproof("evaluate", CALLS / "right_labels.yaml", "--errors").stdout


def test_noise_stands_beside_the_clean_figures(callproof: Command) -> None:
    arguments = ("evaluate", CALLS, "--noise", "0.1", "--seed", "3", "--json")
    first, again = callproof(*arguments), callproof(*arguments)
    assert first.stdout == again.stdout
    written = json.loads(first.stdout)
    noise = written["noise"]
    assert (noise["rate"], noise["seed"]) == (0.1, 3)
    before, after = written["figures"]["fact_recall"]["value"], noise["figures"]["fact_recall"]["value"]
    assert noise["fall"]["fact_recall"] == pytest.approx(before - after, abs=2e-4)
    assert "加噪后" in callproof("evaluate", CALLS, "--noise", "0.1").stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("evaluate", "nowhere"), "nowhere"),
        (("evaluate", CALLS, "--noise", "5"), "--noise"),
        (("evaluate", CALLS, "--noise", "-0.1"), "--noise"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(callproof: Command, arguments: tuple[str, ...], named: str) -> None:
    done = callproof(*arguments)
    assert done.returncode == 2
    assert named in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
