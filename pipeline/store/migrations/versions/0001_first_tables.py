"""The first tables."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from pipeline.store.columns import BIG_KEY, Moment

revision = "0001"
down_revision = None


DISAGREEING: dict[str, Any] = {
    f"{database}_where": sa.text("outcome IN ('mismatch', 'contradicted')") for database in ("sqlite", "postgresql")
}


def upgrade() -> None:
    _api_keys()
    _calls()
    _ledger()
    _ledger_head()
    _saved_searches()
    _store_facts()
    _system_keys()
    _users()
    _webhooks()
    _call_signals()
    _data_keys()
    _documents()
    _field_outcomes()
    _idempotency_keys()
    _reviews()
    _sessions()
    _stage_outputs()
    _webhook_deliveries()
    genesis = hashlib.sha256(b"callproof.ledger/1").hexdigest()
    op.execute(sa.text(f"INSERT INTO ledger_head (id, seq, link) VALUES (1, 0, '{genesis}')"))


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("units", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("secret_hash", name="uq_api_keys_secret_hash"),
    )


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("seq", BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("call_id", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_reason", sa.String(length=200), nullable=True),
        sa.Column("status_at", Moment(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=True),
        sa.Column("agent_id", sa.String(length=200), nullable=True),
        sa.Column("dealer", sa.String(length=500), nullable=True),
        sa.Column("channels", sa.Integer(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("application_id", sa.String(length=200), nullable=True),
        sa.Column("loan_amount", sa.Float(), nullable=True),
        sa.Column("disposition", sa.String(length=20), nullable=True),
        sa.Column("risk_score", sa.Float(), nullable=True),
        sa.Column("risk_band", sa.String(length=20), nullable=True),
        sa.Column("assigned_to", sa.String(length=200), nullable=True),
        sa.Column("claimed_by", sa.String(length=200), nullable=True),
        sa.Column("claimed_at", Moment(), nullable=True),
        sa.Column("audio_blob", sa.String(length=200), nullable=True),
        sa.Column("audio_bytes", sa.BigInteger(), nullable=True),
        sa.Column("application_version", sa.Integer(), nullable=False),
        sa.Column("transcript_version", sa.Integer(), nullable=False),
        sa.Column("report_version", sa.Integer(), nullable=False),
        sa.Column("retention_class", sa.String(length=50), nullable=False),
        sa.Column("legal_hold", sa.String(length=200), nullable=True),
        sa.Column("audio_erased_at", Moment(), nullable=True),
        sa.Column("erased_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_calls"),
        sa.UniqueConstraint("call_id", name="uq_calls_call_id"),
        sa.UniqueConstraint("unit", "content_hash", name="uq_calls_unit_content_hash"),
    )
    op.create_index("ix_calls_agent_id_at_seq", "calls", ["agent_id", "at", "seq"], unique=False)
    op.create_index("ix_calls_application_id", "calls", ["application_id"], unique=False)
    op.create_index("ix_calls_assigned_to_at_seq", "calls", ["assigned_to", "at", "seq"], unique=False)
    op.create_index("ix_calls_at_seq", "calls", ["at", "seq"], unique=False)
    op.create_index("ix_calls_claimed_by_at_seq", "calls", ["claimed_by", "at", "seq"], unique=False)
    op.create_index("ix_calls_dealer_at_seq", "calls", ["dealer", "at", "seq"], unique=False)
    op.create_index("ix_calls_disposition_at_seq", "calls", ["disposition", "at", "seq"], unique=False)
    op.create_index("ix_calls_loan_amount", "calls", ["loan_amount"], unique=False)
    op.create_index("ix_calls_retention_class_at", "calls", ["retention_class", "at"], unique=False)
    op.create_index("ix_calls_risk_band_at_seq", "calls", ["risk_band", "at", "seq"], unique=False)
    op.create_index("ix_calls_status_at_seq", "calls", ["status", "at", "seq"], unique=False)
    op.create_index("ix_calls_unit_at_seq", "calls", ["unit", "at", "seq"], unique=False)


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=50), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger"),
    )
    op.create_index("ix_ledger_action_seq", "ledger", ["action", "seq"], unique=False)
    op.create_index("ix_ledger_actor_seq", "ledger", ["actor", "seq"], unique=False)
    op.create_index("ix_ledger_subject_seq", "ledger", ["subject", "seq"], unique=False)


def _ledger_head() -> None:
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_head"),
    )


def _saved_searches() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_searches"),
        sa.UniqueConstraint("owner", "name", name="uq_saved_searches_owner_name"),
    )


def _store_facts() -> None:
    op.create_table(
        "store_facts",
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_store_facts"),
    )


def _system_keys() -> None:
    op.create_table(
        "system_keys",
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("master_key", sa.String(length=50), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_system_keys"),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("units", sa.JSON(), nullable=True),
        sa.Column("password_hash", sa.String(length=500), nullable=True),
        sa.Column("oidc_subject", sa.String(length=300), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
        sa.UniqueConstraint("oidc_subject", name="uq_users_oidc_subject"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("units", sa.JSON(), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )


def _call_signals() -> None:
    op.create_table(
        "call_signals",
        sa.Column("call_seq", BIG_KEY, nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["call_seq"], ["calls.seq"], name="fk_call_signals_call_seq"),
        sa.PrimaryKeyConstraint("call_seq", "code", name="pk_call_signals"),
    )
    op.create_index("ix_call_signals_code_at_call_seq", "call_signals", ["code", "at", "call_seq"], unique=False)


def _data_keys() -> None:
    op.create_table(
        "data_keys",
        sa.Column("call_seq", BIG_KEY, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("master_key", sa.String(length=50), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["call_seq"], ["calls.seq"], name="fk_data_keys_call_seq"),
        sa.PrimaryKeyConstraint("call_seq", "purpose", name="pk_data_keys"),
    )
    op.create_index("ix_data_keys_master_key", "data_keys", ["master_key"], unique=False)


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("call_seq", BIG_KEY, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("made_from", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_seq"], ["calls.seq"], name="fk_documents_call_seq"),
        sa.PrimaryKeyConstraint("call_seq", "kind", "version", name="pk_documents"),
    )


def _field_outcomes() -> None:
    op.create_table(
        "field_outcomes",
        sa.Column("call_seq", BIG_KEY, nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("agent_id", sa.String(length=200), nullable=True),
        sa.Column("dealer", sa.String(length=500), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["call_seq"], ["calls.seq"], name="fk_field_outcomes_call_seq"),
        sa.PrimaryKeyConstraint("call_seq", "field", name="pk_field_outcomes"),
    )
    op.create_index(
        "ix_disagreeing_agent_id",
        "field_outcomes",
        ["agent_id", "at", "call_seq", "field"],
        unique=False,
        **DISAGREEING,
    )
    op.create_index("ix_disagreeing_at", "field_outcomes", ["at", "call_seq", "field"], unique=False, **DISAGREEING)
    op.create_index(
        "ix_disagreeing_dealer", "field_outcomes", ["dealer", "at", "call_seq", "field"], unique=False, **DISAGREEING
    )
    op.create_index("ix_disagreeing_field", "field_outcomes", ["field", "at", "call_seq"], unique=False, **DISAGREEING)
    op.create_index(
        "ix_disagreeing_outcome",
        "field_outcomes",
        ["outcome", "at", "call_seq", "field"],
        unique=False,
        **DISAGREEING,
    )
    op.create_index(
        "ix_disagreeing_severity",
        "field_outcomes",
        ["severity", "at", "call_seq", "field"],
        unique=False,
        **DISAGREEING,
    )
    op.create_index(
        "ix_disagreeing_unit", "field_outcomes", ["unit", "at", "call_seq", "field"], unique=False, **DISAGREEING
    )
    op.create_index(
        "ix_field_outcomes_field_outcome_at_call_seq",
        "field_outcomes",
        ["field", "outcome", "at", "call_seq"],
        unique=False,
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("call_seq", BIG_KEY, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["call_seq"], ["calls.seq"], name="fk_idempotency_keys_call_seq"),
        sa.PrimaryKeyConstraint("unit", "key_hash", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False)


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("call_seq", BIG_KEY, nullable=False),
        sa.Column("report_version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reviewer", sa.String(length=200), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("second_reviewer", sa.String(length=200), nullable=True),
        sa.Column("second_at", Moment(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["call_seq"], ["calls.seq"], name="fk_reviews_call_seq"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_call_seq_id", "reviews", ["call_seq", "id"], unique=False)
    op.create_index("ix_reviews_state_id", "reviews", ["state", "id"], unique=False)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG_KEY, nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"], unique=False)
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)


def _stage_outputs() -> None:
    op.create_table(
        "stage_outputs",
        sa.Column("call_seq", BIG_KEY, nullable=False),
        sa.Column("stage", sa.String(length=50), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["call_seq"], ["calls.seq"], name="fk_stage_outputs_call_seq"),
        sa.PrimaryKeyConstraint("call_seq", "stage", "input_hash", name="pk_stage_outputs"),
    )


def _webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("webhook_id", sa.String(length=20), nullable=False),
        sa.Column("event", sa.String(length=50), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("last_status", sa.String(length=100), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name="fk_webhook_deliveries_webhook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
    )
    op.create_index("ix_webhook_deliveries_state_next_at", "webhook_deliveries", ["state", "next_at"], unique=False)
    op.create_index("ix_webhook_deliveries_webhook_id", "webhook_deliveries", ["webhook_id"], unique=False)
    _search()


def _search() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_chunks",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=False),
        sa.Column("call_seq", BIG_KEY, nullable=False, index=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *([] if on_sqlite else [sa.Column("terms", TSVECTOR(), nullable=False)]),
    )
    if on_sqlite:
        op.execute("CREATE VIRTUAL TABLE search_terms USING fts5(terms, detail=none, columnsize=0, tokenize='ascii')")
    else:
        op.create_index("ix_search_chunks_terms", "search_chunks", ["terms"], postgresql_using="gin")
