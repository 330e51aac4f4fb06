"""Where a call's work stands, what people did with it, and what figures over many calls are made of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.columns import BIG_KEY, Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("calls", sa.Column("work_state", sa.String(20)))
    op.create_index("ix_calls_work_state_at_seq", "calls", ["work_state", "at", "seq"])
    flagged = "status = 'done' AND disposition IN ('escalate', 'review', 'callback')"
    op.execute(sa.text(f"UPDATE calls SET work_state = 'open' WHERE {flagged}"))
    op.add_column("reviews", sa.Column("handling_seconds", sa.Float()))
    op.drop_index("ix_field_outcomes_field_outcome_at_call_seq", "field_outcomes")
    columns = ["field", "outcome", "at", "call_seq", "unit"]
    op.create_index("ix_field_outcomes_field_outcome_at_call_seq_unit", "field_outcomes", columns)
    _actions()
    _call_figures()
    _script_faults()


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("id", BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("call_seq", BIG_KEY, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("target", sa.String(50)),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
        sa.ForeignKeyConstraint(["call_seq"], ["calls.seq"], name="fk_actions_call_seq"),
    )
    op.create_index("ix_actions_call_seq_id", "actions", ["call_seq", "id"])


def _call_figures() -> None:
    op.create_table(
        "call_figures",
        sa.Column("call_seq", BIG_KEY, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("unit", sa.String(100), nullable=False),
        sa.Column("agent_id", sa.String(200)),
        sa.Column("dealer", sa.String(500)),
        sa.Column("disposition", sa.String(20), nullable=False),
        sa.Column("duration", sa.Float()),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("mismatches", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("corrected_turns", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float()),
        sa.Column("agent_talk_ratio", sa.Float()),
        sa.Column("silence_ratio", sa.Float()),
        sa.Column("interruptions", sa.Integer()),
        sa.Column("agent_chars_per_minute", sa.Float()),
        sa.PrimaryKeyConstraint("call_seq", name="pk_call_figures"),
        sa.ForeignKeyConstraint(["call_seq"], ["calls.seq"], name="fk_call_figures_call_seq"),
    )
    op.create_index("ix_call_figures_at", "call_figures", ["at"])


def _script_faults() -> None:
    op.create_table(
        "script_faults",
        sa.Column("call_seq", BIG_KEY, nullable=False),
        sa.Column("item", sa.String(50), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("unit", sa.String(100), nullable=False),
        sa.Column("agent_id", sa.String(200)),
        sa.PrimaryKeyConstraint("call_seq", "item", name="pk_script_faults"),
        sa.ForeignKeyConstraint(["call_seq"], ["calls.seq"], name="fk_script_faults_call_seq"),
    )
    columns = ["at", "unit", "agent_id", "item", "status"]
    op.create_index("ix_script_faults_at_unit_agent_id_item_status", "script_faults", columns)
