"""`callproof serve`: the API and the console on one port, the worker included, data under one folder."""

from __future__ import annotations

import ipaddress
import signal
import socket
from typing import NoReturn

from api.cli import console
from api.cli.console import State
from api.http.app import create_app
from api.http.security.roles import AccessRules
from api.http.security.secrets import BOOTSTRAP_VARIABLE, check_strength, refuse_defaults, secret_of
from api.http.server import Server, configuration_of
from api.http.services import Services
from api.tracing import observer, tracing_of
from configs.settings import Settings
from pipeline.errors import NotFoundError, SettingsError
from pipeline.jobs import EmbeddedWorker
from pipeline.store import SYSTEM, Store

BOOTSTRAP_NAME = "bootstrap"
ADMINISTRATOR = "admin"
WAITING_CONNECTIONS = 512
GRACEFUL_SECONDS = 20


def serve(state: State, *, with_worker: bool = True) -> None:
    """Serve until interrupted. Raises `SettingsError` where it would not be safe to start, or the port is taken."""
    settings = state.settings
    embedded = settings.database is None
    rules = AccessRules.load(settings.configs)
    key = secret_of(BOOTSTRAP_VARIABLE)
    if key is not None and not (embedded and _is_loopback(settings.host)):
        check_strength(BOOTSTRAP_VARIABLE, key, rules)
    refuse_defaults(settings, rules)
    console.start_logging()
    tracing = tracing_of(settings, "callproof")
    listener = _listen(settings)
    with Store.of(settings, migrate=True) as store:
        worker = EmbeddedWorker(store, settings, observe=observer(tracing))
        app = create_app(store, settings, worker.jobs, worker if with_worker else None, tracing)
        if key is not None:
            _set_bootstrap_key(store, key)
        elif not embedded and not store.users.all() and not store.api_keys.all():
            raise SettingsError(f"nobody could sign in: set {BOOTSTRAP_VARIABLE} to the first administrator's key")
        _announce(state, listener, app.state.services, with_link=embedded and key is None)
        # uvicorn raises the signal that ended it again: by default that would kill the process before the worker stops
        signal.signal(signal.SIGTERM, _end)

        def stop() -> None:
            app.state.services.stopping = True
            if with_worker:
                worker.ask_to_stop()

        configuration = configuration_of(app, backlog=WAITING_CONNECTIONS, graceful_seconds=GRACEFUL_SECONDS)
        if with_worker:
            worker.start()
        try:
            Server(configuration, on_stop=stop).run(sockets=[listener])
        finally:
            if with_worker:
                worker.stop()
            if tracing is not None:
                tracing.close()


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(WAITING_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"{settings.host}:{settings.port}: cannot be listened on ({error.strerror}); choose another --port",
            code="port_taken",
        ) from error
    return listener


def _set_bootstrap_key(store: Store, key: str) -> None:
    """The key of the environment is an administrator's; one that was there before is so no longer."""
    current, _ = store.api_keys.add(BOOTSTRAP_NAME, "admin", by=SYSTEM, secret=key)
    for other in store.api_keys.all():
        if other.name == BOOTSTRAP_NAME and other.id != current.id and other.revoked_at is None:
            store.api_keys.revoke(other.id, by=SYSTEM)


def _announce(state: State, listener: socket.socket, services: Services, *, with_link: bool) -> None:
    host, port = listener.getsockname()[:2]
    base = (state.settings.public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}").rstrip("/")
    console.write_line(console.text("serving", state.language, url=base, data=state.settings.data))
    if with_link:
        try:
            services.store.users.get(ADMINISTRATOR)
        except NotFoundError:
            services.store.users.add(ADMINISTRATOR, "admin", by=SYSTEM)
        token = services.links.issue(ADMINISTRATOR)
        console.write_line(console.text("login_link", state.language, url=f"{base}/login/once?token={token}"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
