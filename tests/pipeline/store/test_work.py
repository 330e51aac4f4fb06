"""A call moves on by compare and set; decisions about it keep what the machine said."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.errors import ConflictError, InputError, NotFoundError
from pipeline.store import SYSTEM, CallMetadata, Principal, Store
from tests.pipeline.store.calls import LEAD, QA, outcome, report, signal


@pytest.fixture
def call_id(store: Store) -> str:
    store.put_recording(b"sound", CallMetadata("C1"), by=SYSTEM)
    findings = [outcome("income.monthly"), outcome("identity.name", severity="critical")]
    store.save_report("C1", report(findings, [signal("coached")]), by=SYSTEM)
    return "C1"


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        (["running", "done"], [True, True]),
        (["running", "queued", "running", "failed", "queued"], [True] * 5),
        (["running", "quarantined", "queued"], [True] * 3),
        (["done"], [False]),
        (["running", "running"], [True, False]),
        (["queued"], [False]),
        (["running", "done", "failed"], [True, True, False]),
        (["running", "done", "queued", "running"], [True] * 4),
    ],
)
def test_a_status_moves_where_a_call_may_go(store: Store, call_id: str, path: list[str], moved: list[bool]) -> None:
    assert [store.set_status(call_id, status, by=SYSTEM) for status in path] == moved  # type: ignore[arg-type]


def test_only_one_of_many_moves_a_call(store: Store, call_id: str) -> None:
    barrier = threading.Barrier(8)

    def move(_: int) -> bool:
        barrier.wait()
        return store.set_status(call_id, "running", by=SYSTEM, expected="queued")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(move, range(8))) == 1


def test_a_move_that_no_call_makes_is_refused(store: Store, call_id: str) -> None:
    with pytest.raises(ConflictError):
        store.set_status(call_id, "done", by=SYSTEM, expected="queued")


def test_the_reason_of_a_failure_is_kept(store: Store, call_id: str) -> None:
    store.set_status(call_id, "running", by=SYSTEM)
    store.set_status(call_id, "quarantined", by=SYSTEM, reason="bad_recording")
    assert store.call(call_id, by=QA).status_reason == "bad_recording"


def test_a_call_is_claimed_by_one(store: Store, call_id: str) -> None:
    assert store.claim(call_id, by=QA)
    assert store.claim(call_id, by=QA)
    assert not store.claim(call_id, by=LEAD)
    assert not store.release(call_id, by=LEAD)
    assert store.release(call_id, by=LEAD, force=True)
    assert store.claim(call_id, by=LEAD)
    assert store.call(call_id, by=QA).claimed_by == "zhao.lei"


def test_a_review_keeps_what_the_machine_said(store: Store, call_id: str) -> None:
    review = store.add_review(
        call_id, "field", "income.monthly", "override", "misheard", by=QA, note="九千五", value=9500
    )
    assert (review.state, review.report_version, review.value, review.note) == ("final", 1, 9500, "九千五")
    assert review.machine["stated"]["value"] == 6500
    store.save_report(call_id, report(rules="sha256:2"), by=SYSTEM)
    assert store.reviews(call_id, by=LEAD) == (review,)
    assert store.report(call_id, 1, by=QA).fields[0].outcome == "mismatch"


@pytest.mark.parametrize(("agree", "state"), [(True, "final"), (False, "rejected")])
@pytest.mark.parametrize(("subject", "name"), [("field", "identity.name"), ("signal", "coached")])
def test_a_critical_one_needs_a_second_person(
    store: Store, call_id: str, subject: str, name: str, agree: bool, state: str
) -> None:
    review = store.add_review(call_id, subject, name, "override", "misheard", by=QA)  # type: ignore[arg-type]
    assert review.state == "pending"
    assert store.pending_reviews(by=QA) == ()
    assert store.pending_reviews(by=LEAD) == ((review.id, call_id),)
    with pytest.raises(ConflictError) as refused:
        store.second_review(review.id, agree, by=QA)
    assert refused.value.code == "four_eyes"
    settled = store.second_review(review.id, agree, by=LEAD)
    assert (settled.state, settled.second_reviewer) == (state, "zhao.lei")
    with pytest.raises(ConflictError):
        store.second_review(review.id, agree, by=Principal("third"))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("field", "loan.amount", "confirm", "heard"), NotFoundError),
        (("signal", "evasive", "confirm", "heard"), NotFoundError),
        (("turn", "3", "confirm", "heard"), InputError),
        (("field", "income.monthly", "delete", "heard"), InputError),
    ],
)
def test_a_review_of_nothing_is_refused(
    store: Store, call_id: str, arguments: tuple[str, str, str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        store.add_review(call_id, *arguments, by=QA)  # type: ignore[arg-type]
