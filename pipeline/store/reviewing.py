"""What people decide about a finding. The machine's value is kept beside it; critical ones need a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from pipeline.contract import Report, to_json
from pipeline.errors import ConflictError, InputError, NotFoundError
from pipeline.store import cipher, schema
from pipeline.store.core import now
from pipeline.store.documents import Documents
from pipeline.store.records import Principal

Subject = Literal["field", "signal"]
Decision = Literal["confirm", "override"]
State = Literal["final", "pending", "rejected"]


@dataclass(frozen=True, slots=True)
class Review:
    """A decision about a field or a signal of one report version. `machine` is what the report said of it.

    `state` is `pending` while a critical decision waits for its second person; `rejected` where that one disagreed.
    """

    id: int
    call_id: str
    report_version: int
    subject: Subject
    name: str
    decision: Decision
    reason: str
    note: str | None
    severity: str | None
    machine: dict[str, Any]
    value: Any
    state: State
    reviewer: str
    at: datetime
    second_reviewer: str | None
    second_at: datetime | None


class Reviewing(Documents):
    """Reviews of reports."""

    def add_review(
        self,
        call_id: str,
        subject: Subject,
        name: str,
        decision: Decision,
        reason: str,
        *,
        by: Principal,
        note: str | None = None,
        value: Any = None,
    ) -> Review:
        """Decide about the field or signal `name` of the last report: `reason` is a code, `value` what holds instead.

        A critical one is pending until somebody else has agreed (`second_review`). Raises `NotFoundError` where the
        report says nothing of it.
        """
        if decision not in ("confirm", "override"):
            raise InputError("decision: confirm or override", code="bad_decision")
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by, lock=True)
            report = self.open_document(connection, call, "report", call.report_version, Report)
            machine = _machine_value(report, subject, name)
            severity = machine.get("severity")
            row = {
                "call_seq": call.seq,
                "report_version": call.report_version,
                "subject": subject,
                "name": name,
                "decision": decision,
                "reason": reason,
                "severity": severity,
                "state": "pending" if severity == "critical" else "final",
                "reviewer": by.name,
                "at": (moment := now()),
                "handling_seconds": (moment - call.claimed_at).total_seconds() if call.claimed_by == by.name else None,
            }
            table = schema.reviews
            number = connection.execute(table.insert().values(row).returning(table.c.id)).scalar_one()
            content = {"machine": machine, "value": value, "note": note}
            sealed = cipher.seal_json(self.data_key(connection, call), content, _context(call_id, number))
            connection.execute(table.update().where(table.c.id == number).values(sealed=sealed))
            details = {key: row[key] for key in ("report_version", "subject", "name", "decision", "reason", "state")}
            self.record(connection, by, "review.add", call_id, {"review": number, **details})
            return self._review(connection, call, number)

    def second_review(self, review_id: int, agree: bool, *, by: Principal) -> Review:
        """The second person's word on a critical decision. Raises `ConflictError` for the first, or once settled."""
        table = schema.reviews
        with self.database.write() as connection:
            call_id = connection.execute(
                sa.select(schema.calls.c.call_id)
                .join(table, table.c.call_seq == schema.calls.c.seq)
                .where(table.c.id == review_id)
            ).scalar_one_or_none()
            if call_id is None:
                raise NotFoundError(f"review {review_id}: not found", code="review_not_found")
            call = self.find_call(connection, call_id, by, lock=True)
            row = connection.execute(sa.select(table.c.reviewer, table.c.state).where(table.c.id == review_id)).one()
            if row.reviewer == by.name:
                raise ConflictError(f"review {review_id}: a second person must agree", code="four_eyes")
            if row.state != "pending":
                raise ConflictError(f"review {review_id}: is settled already", code="review_settled")
            state = "final" if agree else "rejected"
            values = {"state": state, "second_reviewer": by.name, "second_at": now()}
            connection.execute(table.update().where(table.c.id == review_id).values(values))
            self.record(connection, by, "review.second", call_id, {"review": review_id, "state": state})
            return self._review(connection, call, review_id)

    def reviews(self, call_id: str, *, by: Principal) -> tuple[Review, ...]:
        """Every decision about a call, the first one first."""
        with self.database.write() as connection:
            call = self.find_call(connection, call_id, by)
            numbers = connection.execute(
                sa.select(schema.reviews.c.id)
                .where(schema.reviews.c.call_seq == call.seq)
                .order_by(schema.reviews.c.id)
            ).scalars()
            found = tuple(self._review(connection, call, number) for number in numbers.all())
            self.record(connection, by, "reviews.read", call_id, {"reviews": len(found)})
        return found

    def pending_reviews(self, *, by: Principal) -> tuple[tuple[int, str], ...]:
        """(review, call) of critical decisions that wait for a second person other than `by`, the oldest first."""
        table, calls = schema.reviews, schema.calls
        query = (
            sa.select(table.c.id, calls.c.call_id, calls.c.unit)
            .join(calls, calls.c.seq == table.c.call_seq)
            .where(table.c.state == "pending", table.c.reviewer != by.name)
            .order_by(table.c.id)
        )
        with self.database.read() as connection:
            return tuple((row.id, row.call_id) for row in connection.execute(query) if by.may_see(row.unit))

    def _review(self, connection: sa.Connection, call: sa.Row[Any], number: int) -> Review:
        row = connection.execute(sa.select(schema.reviews).where(schema.reviews.c.id == number)).one()
        content = cipher.unseal_json(self.data_key(connection, call), row.sealed, _context(call.call_id, number))
        return Review(
            id=row.id,
            call_id=call.call_id,
            report_version=row.report_version,
            subject=row.subject,
            name=row.name,
            decision=row.decision,
            reason=row.reason,
            note=content["note"],
            severity=row.severity,
            machine=content["machine"],
            value=content["value"],
            state=row.state,
            reviewer=row.reviewer,
            at=row.at,
            second_reviewer=row.second_reviewer,
            second_at=row.second_at,
        )


def _machine_value(report: Report, subject: Subject, name: str) -> dict[str, Any]:
    if subject == "field":
        found = next((to_json(outcome) for outcome in report.fields if outcome.field == name), None)
    elif subject == "signal":
        found = next((to_json(signal) for signal in report.signals if signal.code == name), None)
    else:
        raise InputError("subject: field or signal", code="bad_subject")
    if found is None:
        raise NotFoundError(f"the report has no {subject} of that name", code=f"{subject}_not_found")
    return found


def _context(call_id: str, number: int) -> bytes:
    return cipher.associated(call_id, "review", number)
