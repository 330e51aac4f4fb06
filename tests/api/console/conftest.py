"""People at their browsers, without a browser: sessions as the sign-in page opens them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.store import SYSTEM

from ..conftest import Server, TestClient

PASSWORD = "correct-horse-battery"


@pytest.fixture
def person(server: Server) -> Callable[..., TestClient]:
    """`person("qa")`: somebody of that role, signed in by the page."""

    def sign_in(role: str = "admin", name: str | None = None, **options: object) -> TestClient:
        name = name or role
        hashed = server.app.state.services.passwords.hash(PASSWORD, name)
        server.store.users.add(name, role, by=SYSTEM, password_hash=hashed, **options)  # type: ignore[arg-type]
        client = TestClient(server.app, headers={"Accept": "text/html"}, follow_redirects=False)
        answer = client.post("/login", data={"name": name, "password": PASSWORD})
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), answer.text
        return client

    return sign_in
