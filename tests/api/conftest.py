"""A real app on a real store; calls are finished by the real analyst."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.http.app import create_app
from configs.settings import Settings
from pipeline.analysis import Analyst
from pipeline.contract import Transcript
from pipeline.errors import NotFoundError
from pipeline.jobs import QUEUES, Jobs
from pipeline.store import SYSTEM, Store
from tests.pipeline.store.conftest import place, postgres, shared_postgres, sqlite_template

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

__all__ = ["place", "postgres", "shared_postgres", "sqlite_template"]

SAMPLES = Path(__file__).parents[2] / "samples"
OpenEmbedded = Callable[[Path], Store]


@pytest.fixture(scope="session")
def embedded_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an empty embedded store."""
    folder = tmp_path_factory.mktemp("embedded") / "data"
    Store.open(folder).close()
    return folder


@pytest.fixture
def open_embedded(embedded_template: Path) -> OpenEmbedded:
    """`open_embedded(folder)`: a new embedded store in `folder`, as `Store.open(folder)` makes it."""

    def opener(folder: Path) -> Store:
        shutil.copytree(embedded_template, folder)
        return Store.open(folder)

    return opener


@pytest.fixture(scope="session")
def analyst() -> Analyst:
    return Analyst()


@dataclass
class Server:
    """An app, its store, and clients for it."""

    store: Store
    app: Any
    analyst: Analyst

    def key(self, role: str = "admin", **options: Any) -> str:
        return self.store.api_keys.add("test", role, by=SYSTEM, **options)[1]

    def client(self, role: str | None = "admin", **options: Any) -> TestClient:
        headers = {} if role is None else {"Authorization": f"Bearer {self.key(role, **options)}"}
        return TestClient(self.app, headers=headers, raise_server_exceptions=True)

    def sample(self, call_id: str = "M1", name: str = "mismatch", unit: str | None = None, **metadata: str) -> str:
        """A sample call that came as a transcript, its report made."""
        transcript = json.loads((SAMPLES / f"{name}.truth.json").read_text())
        transcript["call_id"] = call_id
        application = json.loads((SAMPLES / f"{name}.application.json").read_text())
        body = {
            "transcript": transcript,
            "application": application,
            "metadata": {"unit": unit or "default", **metadata},
        }
        answer = self.client().post("/v1/calls", json=body)
        assert answer.status_code in (200, 202), answer.text
        self.finish(answer.json()["call_id"])
        return call_id

    def finish(self, call_id: str, transcript: Transcript | None = None) -> None:
        """What a worker does with a call, without one."""
        jobs = self.app.state.services.jobs
        worker = jobs.queue.join()
        job = jobs.take(worker, QUEUES)
        assert job is not None
        assert job.call_id == call_id
        if transcript is not None:
            self.store.save_transcript(call_id, transcript, by=SYSTEM)
            with jobs.settling(job) as connection:
                jobs.stage_done(connection, job, "analyze")
            job = jobs.take(worker, QUEUES)
        try:
            application = self.store.application(call_id, by=SYSTEM)
        except NotFoundError:
            application = None
        report = self.analyst.analyse(self.store.transcript(call_id, by=SYSTEM), application)
        self.store.save_report(call_id, report, by=SYSTEM)
        with jobs.settling(job) as connection:
            jobs.stage_done(connection, job, None)


@pytest.fixture
def make_server(tmp_path: Path, analyst: Analyst, open_embedded: OpenEmbedded) -> Iterator[Callable[..., Server]]:
    """A server with settings of its own: `make_server(upload_limit_mb=1)`."""
    opened: list[Store] = []

    def make(**settings: Any) -> Server:
        folder = tmp_path / f"data{len(opened)}"
        store = open_embedded(folder)
        opened.append(store)
        return Server(store, create_app(store, Settings(data=folder, **settings), Jobs(store)), analyst)

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    return make_server()
