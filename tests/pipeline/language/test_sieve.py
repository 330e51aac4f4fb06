"""The sieve of patterns leaves out none that a text holds."""

from __future__ import annotations

import re
from random import Random

import pytest

from pipeline.findings import load_finding_rules
from pipeline.findings.plain import plain_of
from pipeline.findings.settings import patterns_of
from pipeline.language.per_call import one_call
from pipeline.language.phrases import PhraseBook, Words
from pipeline.language.sieve import needs_of, ruled_out, sought
from tests.pipeline.findings.calls import rows

RULES = load_finding_rules()
CUES = [
    *(cue for rule in RULES.signals.signals for cue in rule.cues),
    *(cue for item in RULES.script.items for cue in item.cues),
]
PATTERNS = sorted(set(patterns_of(CUES)))


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("跑滴滴", [{"跑"}, {"滴"}, {"跑滴"}, {"滴滴"}]),
        ("(?:他|她)们?的", [{"他", "她"}, {"的"}]),
        ("(?:跑|开)?车", [{"车"}]),
        ("(?<!以)前[3-5两]", [{"前"}, set("345两"), {"前3", "前4", "前5", "前两"}]),
        (r"\d车[^,。]{0,3}", [{"车"}]),
        ("(?:车|)", []),
        ("(?=.*贷)车+", [{"贷"}, {"车"}]),
        ("(?i)v车", []),
        ("(?i:v)车", [{"车"}]),
        ("首(?:付款?|次)的?", [{"首"}, {"付", "次"}, {"首付", "首次"}]),
        ("首(?:付)?", [{"首"}]),
        ("车(?=款)款", [{"车"}, {"款"}]),
    ],
)
def test_needs(pattern: str, needs: list[set[str]]) -> None:
    assert needs_of(pattern) == {frozenset(need) for need in needs}


def test_no_pattern_of_the_rules_is_lost() -> None:
    texts = [
        plain_of(text).text for name in ("innocent.tsv", "red_flags.tsv", "script_lines.tsv") for text in _said(name)
    ]
    letters = "".join(texts)
    chance = Random(5)
    texts += ["".join(chance.choices(letters, k=40)) for _ in range(200)]
    patterns = sought(tuple(PATTERNS))
    compiled = {pattern: re.compile(pattern) for pattern in PATTERNS}
    tried = 0
    for text in texts:
        possible = {PATTERNS[place] for place in patterns.possible(text)}
        tried += len(possible)
        assert {pattern for pattern in PATTERNS if compiled[pattern].search(text)} <= possible
    assert tried < 0.15 * len(texts) * len(PATTERNS)


def _said(name: str) -> list[str]:
    return [text for row in rows(name) for text in row[:2]]


def test_a_list_that_comes_later_is_sifted_too() -> None:
    first = sought(("跑滴滴", "套现"))
    with one_call():
        assert list(first.possible("我套现跑路")) == [1]
        later = sought(("套[路现]", "(?:跑|开)路"))
        assert list(later.possible("我套现跑路")) == [0, 1]
        assert list(first.possible("我套现跑路")) == [1]


def test_phrases_of_a_sifted_text_are_all_found() -> None:
    book = PhraseBook((word, "") for word in ("首", "首付款", "月供", "a1"))
    for text in ("首付款", "首", "月首供", "月供a1", "a1", "供", ""):
        plainly = book.find(text)
        with one_call():
            ruled_out(text)
            assert book.find(text) == plainly


def test_words_of_a_list_stand_in_a_sifted_text() -> None:
    words = Words(("首付", "车", "a1"))
    for text in ("首付", "付首", "我的车", "a1", "a", ""):
        with one_call():
            ruled_out(text)
            assert words.stand_in(text) == any(word in text for word in words)
    assert Words(("",)).stand_in("车")
    assert not Words(()).stand_in("车")
