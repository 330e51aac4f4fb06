"""The tables of the store, the same on SQLite and PostgreSQL. What identifies a customer is ciphertext.

In clear stands only what lists and filters need: identifiers of calls, agents, dealers and units, times, states, the
loan amount, outcomes and signal codes. `at` is when the call was made, else when it was received: lists run by it.
The search index has its own tables (`pipeline.store.search`), made by the same migrations.
"""

from pipeline.store.schema.access_tables import api_keys, sessions, users
from pipeline.store.schema.base import metadata
from pipeline.store.schema.call_tables import (
    NOT_ERASED,
    STATUSES,
    WAITS,
    calls,
    data_keys,
    documents,
    idempotency_keys,
    stage_outputs,
    system_keys,
)
from pipeline.store.schema.ledger_tables import ledger, ledger_head, store_facts
from pipeline.store.schema.report_tables import (
    DISAGREEING,
    DISAGREES,
    call_figures,
    call_signals,
    field_outcomes,
    script_faults,
)
from pipeline.store.schema.webhook_tables import webhook_deliveries, webhooks
from pipeline.store.schema.work_tables import actions, reviews, saved_searches

__all__ = [
    "DISAGREEING",
    "DISAGREES",
    "NOT_ERASED",
    "STATUSES",
    "WAITS",
    "actions",
    "api_keys",
    "call_figures",
    "call_signals",
    "calls",
    "data_keys",
    "documents",
    "field_outcomes",
    "idempotency_keys",
    "ledger",
    "ledger_head",
    "metadata",
    "reviews",
    "saved_searches",
    "script_faults",
    "sessions",
    "stage_outputs",
    "store_facts",
    "system_keys",
    "users",
    "webhook_deliveries",
    "webhooks",
]
