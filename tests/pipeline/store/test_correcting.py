"""What people set right in a transcript: a new version, the old one kept, found by search, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.contract import Transcript, TranscriptWord
from pipeline.errors import ConflictError, InputError, NotFoundError
from pipeline.store import SYSTEM, CallMetadata, Correction, Store
from pipeline.store.correcting import aligned
from tests.pipeline.store.calls import LEAD, QA, report, transcript


def spoken(*texts: str, start: float = 0.0) -> list[TranscriptWord]:
    return [
        TranscriptWord(text=text, start=start + at, end=start + at + 0.8, probability=0.9)
        for at, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("before", "words", "after", "expected"),
    [
        ("一个月六千", ["一个月", "六千"], "一个月九千", [("一个月", 0.0, 0.8), ("九", 1.0, 1.4), ("千", 1.4, 1.8)]),
        ("好,六千", ["好", "六千"], "好,六千五", [("好", 0, 0.8), ("六千", 1, 1.8), ("五", 1.8, 1.8)]),
        ("嗯六千", ["嗯", "六千"], "六千", [("六千", 1, 1.8)]),
        ("六千", ["六", "千"], "", []),
        ("六千", ["七", "千"], "九千", [("九", 0, 0.9), ("千", 0.9, 1.8)]),
        ("啊啊啊", ["啊", "啊", "啊"], "啊啊", [("啊", 0, 0.8), ("啊", 1, 1.8)]),
        ("", [], "好", [("好", 0, 0)]),
    ],
)
def test_words_keep_their_times(before: str, words: list[str], after: str, expected: list[Any]) -> None:
    found = aligned(before, spoken(*words), after)
    assert [(word.text, word.start, word.end) for word in found] == [
        (text, pytest.approx(start), pytest.approx(end)) for text, start, end in expected
    ]


def heard(store: Store) -> Transcript:
    store.put_recording(b"sound", CallMetadata("C1"), by=SYSTEM)
    said = transcript(("agent", "您月收入多少"), ("customer", "一个月六千"))
    said.turns[1].words = spoken("一个月", "六", "千", start=5.0)
    store.save_transcript("C1", said, by=SYSTEM, made_from={"input": "abc", "recogniser": "r", "notes": []})
    store.save_report("C1", report(), by=SYSTEM)
    return said


def test_a_corrected_word_is_a_new_version(store: Store) -> None:
    original, queued = heard(store), []
    version = store.correct_transcript(
        "C1", Correction(turn=1, word=1, text="九"), by=QA, then=lambda _, call: queued.append(call)
    )
    assert (version, queued) == (2, ["C1"])
    assert store.transcript("C1", 1, by=QA) == original
    turn = store.transcript("C1", by=QA).turns[1]
    assert (turn.text, turn.raw_text, turn.flags) == ("一个月九千", "一个月六千", ["corrected"])
    assert turn.words is not None
    assert [(word.text, word.probability) for word in turn.words] == [("一个月", 0.9), ("九", None), ("千", 0.9)]
    stored = store.versions("C1", "transcript", by=QA)[-1]
    assert stored.created_by == "li.na"
    assert stored.made_from == {
        "input": "abc",
        "recogniser": "r",
        "notes": [],
        "correction": {"kind": "word", "turn": 1, "word": 1, "from": 1},
    }
    (entry,) = store.ledger.entries(subject="C1", action="transcript.correct")
    assert entry.actor == "li.na"
    assert "九" not in entry.details
    assert [hit.turn for hit in store.search("九千", by=QA).items] == [1]
    assert store.search("六千", by=QA).items == ()


def test_a_turn_a_speaker_and_both_speakers(store: Store) -> None:
    heard(store)
    store.correct_transcript("C1", Correction(turn=1, text="一个月九千吧"), by=QA)
    store.correct_transcript("C1", Correction(turn=0, speaker="third_party"), by=LEAD)
    assert store.swap_speakers("C1", by=LEAD) == 4
    said = store.transcript("C1", by=QA).turns
    assert [(turn.speaker, turn.text) for turn in said] == [("third_party", "您月收入多少"), ("agent", "一个月九千吧")]
    kinds = [one.made_from["correction"]["kind"] for one in store.versions("C1", "transcript", by=QA)[1:]]
    assert kinds == ["turn", "speaker", "swap"]


def test_anonymous_speakers_are_swapped_by_the_report(store: Store) -> None:
    store.put_recording(b"sound", CallMetadata("C1"), by=SYSTEM)
    store.save_transcript("C1", transcript(("S0", "您好"), ("S1", "你好"), ("S2", "喂")), by=SYSTEM)
    with pytest.raises(ConflictError):
        store.swap_speakers("C1", by=QA)
    store.save_report("C1", report(roles={"S0": "agent", "S1": "customer", "S2": "third_party"}), by=SYSTEM)
    store.swap_speakers("C1", by=QA)
    assert [turn.speaker for turn in store.transcript("C1", by=QA).turns] == ["customer", "agent", "third_party"]


def test_nothing_changed_is_no_version(store: Store) -> None:
    heard(store)
    assert store.correct_transcript("C1", Correction(turn=1, text="一个月六千"), by=QA, then=pytest.fail) == 1


@pytest.mark.parametrize(
    ("correction", "expected", "error"),
    [
        (Correction(turn=7, text="x"), None, NotFoundError),
        (Correction(turn=1, word=3, text="x"), None, NotFoundError),
        (Correction(turn=0, word=0, text="x"), None, NotFoundError),
        (Correction(turn=1, text="x"), 2, ConflictError),
    ],
)
def test_what_cannot_be_corrected(
    store: Store, correction: Correction, expected: int | None, error: type[Exception]
) -> None:
    heard(store)
    with pytest.raises(error):
        store.correct_transcript("C1", correction, by=QA, expected=expected)
    assert store.call("C1", by=QA).transcript_version == 1


def test_words_that_are_not_the_texts_cannot_be_named(store: Store) -> None:
    store.put_recording(b"sound", CallMetadata("C1"), by=SYSTEM)
    said = transcript(("customer", "一个月六千"))
    said.turns[0].words = spoken("七", "千")
    store.save_transcript("C1", said, by=SYSTEM)
    with pytest.raises(InputError):
        store.correct_transcript("C1", Correction(turn=0, word=0, text="九"), by=QA)
