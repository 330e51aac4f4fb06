"""Users, keys, sessions, webhooks and saved searches: no secret is kept as it is, and what has ended has ended."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipeline.errors import ConflictError, InputError, NotFoundError
from pipeline.store import SYSTEM, Principal, Store, schema
from pipeline.store.core import now
from tests.pipeline.store.calls import LEAD, QA

HOUR = timedelta(hours=1)


def everything(store: Store) -> str:
    """Every row of every table, as text."""
    with store.database.read() as connection:
        return "\n".join(
            str(tuple(row)) for table in schema.metadata.sorted_tables for row in connection.execute(sa.select(table))
        )


def test_a_user_and_his_reach(store: Store) -> None:
    user = store.users.add("li.na", "qa", by=SYSTEM, units=["south", "north"], password_hash="$argon2id$x")
    assert user.principal == Principal("li.na", "qa", frozenset({"north", "south"}))
    assert store.users.get("li.na") == user
    assert "argon2" not in repr(user)
    with pytest.raises(ConflictError):
        store.users.add("li.na", "qa", by=SYSTEM)
    with pytest.raises(InputError):
        store.users.add("wang", "king", by=SYSTEM)
    with pytest.raises(NotFoundError):
        store.users.get("nobody")


def test_a_changed_user_signs_in_again(store: Store) -> None:
    user = store.users.add("li.na", "qa", by=SYSTEM)
    token, _ = store.sessions.open(user, HOUR)
    assert store.sessions.get(token).user == user
    store.users.change("li.na", by=SYSTEM, role="lead")
    with pytest.raises(NotFoundError):
        store.sessions.get(token)
    with pytest.raises(InputError):
        store.users.change("li.na", by=SYSTEM, failed_logins=0)


def test_failed_logins_lock_for_a_while(store: Store) -> None:
    store.users.add("li.na", "qa", by=SYSTEM)
    for _ in range(9):
        assert store.users.note_login("li.na", False).locked_until is None
    assert store.users.note_login("li.na", False).locked_until is not None
    assert store.users.note_login("li.na", True).failed_logins == 0


def test_a_session_ends(store: Store) -> None:
    user = store.users.add("li.na", "qa", by=SYSTEM)
    token, session = store.sessions.open(user, HOUR)
    assert store.sessions.get(token, idle=HOUR).csrf_token == session.csrf_token
    store.sessions.close(token)
    short, _ = store.sessions.open(user, timedelta(milliseconds=1))
    idle, _ = store.sessions.open(user, HOUR)
    time.sleep(0.01)
    for ended in (token, short, "nonsense"):
        with pytest.raises(NotFoundError):
            store.sessions.get(ended)
    with pytest.raises(NotFoundError):
        store.sessions.get(idle, idle=timedelta(milliseconds=1))


def test_an_api_key(store: Store) -> None:
    key, secret = store.api_keys.add("dialler", "service", by=SYSTEM, scopes=["calls:write"], units=["north"])
    assert store.api_keys.authenticate(secret).id == key.id
    assert key.principal.units == frozenset({"north"})
    assert secret not in everything(store)
    store.api_keys.revoke(key.id, by=SYSTEM)
    _, old = store.api_keys.add("old", "service", by=SYSTEM, expires_at=now() - HOUR)
    for invalid in (secret, old, "", "cpk_nonsense"):
        with pytest.raises(NotFoundError):
            store.api_keys.authenticate(invalid)
    with pytest.raises(NotFoundError):
        store.api_keys.revoke(key.id, by=SYSTEM)


def test_a_given_key_is_the_same_key_the_next_time(store: Store) -> None:
    first, _ = store.api_keys.add("bootstrap", "admin", by=SYSTEM, secret="s" * 40)
    second, _ = store.api_keys.add("bootstrap", "admin", by=SYSTEM, secret="s" * 40)
    assert first == second


def test_a_webhook_is_told_once(store: Store) -> None:
    hook = store.webhooks.add("https://example.com/hook", ["call.done"], "whsec_secret", by=SYSTEM, units=["north"])
    assert store.webhooks.secret(hook.id) == "whsec_secret"
    assert "whsec_secret" not in everything(store)
    with store.database.write() as connection:
        assert store.webhooks.announce(connection, "call.done", {"call_id": "C1"}, "north") == 1
        assert store.webhooks.announce(connection, "call.done", {"call_id": "C2"}, "south") == 0
        assert store.webhooks.announce(connection, "call.failed", {"call_id": "C1"}, "north") == 0
    (delivery,) = store.webhooks.due(now() + HOUR)
    assert (delivery.payload, delivery.attempts) == ({"call_id": "C1"}, 1)
    assert store.webhooks.due(now() + HOUR) == ()
    store.webhooks.settle(delivery.id, "waiting", "503", next_at=now())
    assert [again.attempts for again in store.webhooks.due(now() + HOUR)] == [2]
    store.webhooks.settle(delivery.id, "delivered", "200")
    assert store.webhooks.due(now() + HOUR) == ()
    assert store.webhooks.deliveries(hook.id)[0].state == "delivered"
    store.webhooks.delete(hook.id, by=SYSTEM)
    assert store.webhooks.all() == ()


def test_saved_searches_are_each_ones_own(store: Store) -> None:
    store.saved_searches.save("名字", {"q": "~王建国"}, by=QA)
    kept = store.saved_searches.save("名字", {"q": "~李芳"}, by=QA)
    (saved,) = store.saved_searches.all(by=QA)
    assert saved == kept
    assert saved.search == {"q": "~李芳"}
    assert "李芳" not in everything(store)
    assert store.saved_searches.all(by=LEAD) == ()
    with pytest.raises(NotFoundError):
        store.saved_searches.delete(saved.id, by=LEAD)
    store.saved_searches.delete(saved.id, by=QA)
    assert store.saved_searches.all(by=QA) == ()
