"""The tables of the store, the same on SQLite and PostgreSQL. What identifies a customer is ciphertext.

In clear stands only what lists and filters need: identifiers of calls, agents, dealers and units, times, states, the
loan amount, outcomes and signal codes. `at` is when the call was made, else when it was received: lists run by it.
The search index has its own tables (`pipeline.store.search`), made by the same migrations.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from pipeline.store.columns import BIG_KEY, Moment

STATUSES: Final = ("queued", "running", "done", "failed", "quarantined")
DISAGREEING: Final = ("mismatch", "contradicted")
# Literal, not bound: a planner uses a partial index only where it sees the index's own condition.
DISAGREES: Final = sa.text("outcome IN ('mismatch', 'contradicted')")
NOT_ERASED: Final = sa.text("erased_at IS NULL")
WAITS: Final = sa.text("work_state IS NOT NULL AND erased_at IS NULL")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _call(*, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column("call_seq", BIG_KEY, sa.ForeignKey("calls.seq"), nullable=False, primary_key=primary_key)


# --- calls -----------------------------------------------------------------------------------------------------------

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("seq", BIG_KEY, primary_key=True, autoincrement=True),
    sa.Column("call_id", sa.String(200), nullable=False, unique=True),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("content_hash", sa.String(64)),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("status_reason", sa.String(200)),
    sa.Column("status_at", Moment, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("recorded_at", Moment),
    sa.Column("agent_id", sa.String(200)),
    sa.Column("dealer", sa.String(500)),
    sa.Column("channels", sa.Integer),
    sa.Column("duration", sa.Float),
    sa.Column("application_id", sa.String(200)),
    sa.Column("loan_amount", sa.Float),
    sa.Column("disposition", sa.String(20)),
    sa.Column("risk_score", sa.Float),
    sa.Column("risk_band", sa.String(20)),
    sa.Column("assigned_to", sa.String(200)),
    sa.Column("claimed_by", sa.String(200)),
    sa.Column("claimed_at", Moment),
    sa.Column("work_state", sa.String(20)),
    sa.Column("audio_blob", sa.String(200)),
    sa.Column("audio_bytes", sa.BigInteger),
    sa.Column("application_version", sa.Integer, nullable=False, default=0),
    sa.Column("transcript_version", sa.Integer, nullable=False, default=0),
    sa.Column("report_version", sa.Integer, nullable=False, default=0),
    sa.Column("retention_class", sa.String(50), nullable=False),
    sa.Column("legal_hold", sa.String(200)),
    sa.Column("audio_erased_at", Moment),
    sa.Column("erased_at", Moment),
    sa.UniqueConstraint("unit", "content_hash"),
    sa.Index(None, "at", "seq"),
    sa.Index(None, "unit", "at", "seq"),
    sa.Index(None, "status", "at", "seq"),
    sa.Index(None, "disposition", "at", "seq"),
    sa.Index(None, "risk_band", "at", "seq"),
    sa.Index(None, "dealer", "at", "seq"),
    sa.Index(None, "agent_id", "at", "seq"),
    sa.Index(None, "claimed_by", "at", "seq"),
    sa.Index(None, "assigned_to", "at", "seq"),
    sa.Index(None, "work_state", "at", "seq"),
    sa.Index(None, "application_id"),
    sa.Index(None, "loan_amount"),
    sa.Index(None, "retention_class", "at"),
    *(
        sa.Index(f"ix_calls_{name}", *columns, sqlite_where=condition, postgresql_where=condition)
        for name, columns, condition in (
            ("counted", ("status", "work_state", "disposition", "unit"), NOT_ERASED),
            ("by_day", ("at", "status", "unit"), NOT_ERASED),
            ("waiting", ("work_state", "disposition", "received_at", "unit"), WAITS),
        )
    ),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("unit", sa.String(100), primary_key=True),
    sa.Column("key_hash", sa.String(64), primary_key=True),
    sa.Column("content_hash", sa.String(64), nullable=False),
    _call(),
    sa.Column("created_at", Moment, nullable=False, index=True),
)

data_keys = sa.Table(
    "data_keys",
    metadata,
    _call(primary_key=True),
    sa.Column("purpose", sa.String(20), primary_key=True),
    sa.Column("master_key", sa.String(50), nullable=False, index=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)

system_keys = sa.Table(
    "system_keys",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("master_key", sa.String(50), nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)

documents = sa.Table(
    "documents",
    metadata,
    _call(primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("made_from", sa.JSON, nullable=False),
)

stage_outputs = sa.Table(
    "stage_outputs",
    metadata,
    _call(primary_key=True),
    sa.Column("stage", sa.String(50), primary_key=True),
    sa.Column("input_hash", sa.String(64), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

# --- what the current report says, for lists and filters -------------------------------------------------------------

field_outcomes = sa.Table(
    "field_outcomes",
    metadata,
    _call(primary_key=True),
    sa.Column("field", sa.String(100), primary_key=True),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("severity", sa.String(20)),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("agent_id", sa.String(200)),
    sa.Column("dealer", sa.String(500)),
    sa.Column("sealed", sa.LargeBinary),
    sa.Index(None, "field", "outcome", "at", "call_seq", "unit"),
    *(
        sa.Index(
            f"ix_disagreeing_{'_'.join(columns) or 'at'}",
            *dict.fromkeys((*columns, "at", "call_seq", "field")),
            sqlite_where=DISAGREES,
            postgresql_where=DISAGREES,
        )
        for columns in ((), ("outcome",), ("severity",), ("field",), ("unit",), ("agent_id",), ("dealer",))
    ),
)

call_signals = sa.Table(
    "call_signals",
    metadata,
    _call(primary_key=True),
    sa.Column("code", sa.String(50), primary_key=True),
    sa.Column("severity", sa.String(20), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "code", "at", "call_seq"),
)

call_figures = sa.Table(
    "call_figures",
    metadata,
    _call(primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("agent_id", sa.String(200)),
    sa.Column("dealer", sa.String(500)),
    sa.Column("disposition", sa.String(20), nullable=False),
    sa.Column("duration", sa.Float),
    sa.Column("compared", sa.Integer, nullable=False),
    sa.Column("mismatches", sa.Integer, nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("corrected_turns", sa.Integer, nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("agent_talk_ratio", sa.Float),
    sa.Column("silence_ratio", sa.Float),
    sa.Column("interruptions", sa.Integer),
    sa.Column("agent_chars_per_minute", sa.Float),
    sa.Index(None, "at"),
)

script_faults = sa.Table(
    "script_faults",
    metadata,
    _call(primary_key=True),
    sa.Column("item", sa.String(50), primary_key=True),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("agent_id", sa.String(200)),
    sa.Index(None, "at", "unit", "agent_id", "item", "status"),
)

# --- people's work on calls ------------------------------------------------------------------------------------------

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    _call(),
    sa.Column("report_version", sa.Integer, nullable=False),
    sa.Column("subject", sa.String(10), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("decision", sa.String(10), nullable=False),
    sa.Column("reason", sa.String(100), nullable=False),
    sa.Column("severity", sa.String(20)),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("reviewer", sa.String(200), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("second_reviewer", sa.String(200)),
    sa.Column("second_at", Moment),
    sa.Column("handling_seconds", sa.Float),
    sa.Column("sealed", sa.LargeBinary),
    sa.Index(None, "call_seq", "id"),
    sa.Index(None, "state", "id"),
)

actions = sa.Table(
    "actions",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    _call(),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("target", sa.String(50)),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.Index(None, "call_seq", "id"),
)

saved_searches = sa.Table(
    "saved_searches",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("owner", "name"),
)

# --- who may ---------------------------------------------------------------------------------------------------------

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column("display_name", sa.String(200)),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("units", sa.JSON),
    sa.Column("password_hash", sa.String(500)),
    sa.Column("oidc_subject", sa.String(300), unique=True),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("failed_logins", sa.Integer, nullable=False, default=0),
    sa.Column("locked_until", Moment),
    sa.Column("created_at", Moment, nullable=False),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("units", sa.JSON),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment),
    sa.Column("revoked_at", Moment),
    sa.Column("last_used_at", Moment),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("user_id", BIG_KEY, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("csrf_token", sa.String(64), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False, index=True),
)

# --- telling others --------------------------------------------------------------------------------------------------

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("url", sa.String(2000), nullable=False),
    sa.Column("events", sa.JSON, nullable=False),
    sa.Column("units", sa.JSON),
    sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("webhook_id", sa.String(20), sa.ForeignKey("webhooks.id"), nullable=False, index=True),
    sa.Column("event", sa.String(50), nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("next_at", Moment),
    sa.Column("last_status", sa.String(100)),
    sa.Column("created_at", Moment, nullable=False),
    sa.Index(None, "state", "next_at"),
)

# --- the ledger ------------------------------------------------------------------------------------------------------

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("seq", BIG_KEY, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("action", sa.String(50), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("signature", sa.String(200), nullable=False),
    sa.Index(None, "subject", "seq"),
    sa.Index(None, "actor", "seq"),
    sa.Index(None, "action", "seq"),
)

ledger_head = sa.Table(
    "ledger_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("link", sa.String(64), nullable=False),
)

store_facts = sa.Table(
    "store_facts",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("value", sa.String(500), nullable=False),
)
