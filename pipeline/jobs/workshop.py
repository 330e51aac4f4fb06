"""A child process as its worker holds it: started when needed, watched while it works, killed when it must be."""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, NoReturn

from configs.settings import Settings
from pipeline.errors import JobsError, ModelError
from pipeline.jobs.child import STAGES
from pipeline.jobs.messages import Closed, receive, send

_log = logging.getLogger("callproof.jobs")
_ENVIRONMENT: Final = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "PYTHONHOME")
_ENVIRONMENT_GROUPS: Final = ("LC_", "OMP_", "MKL_", "CUDA_", "NVIDIA_", "HF_", "TORCH", "XDG_", "PYANNOTE_")
_KEPT_FROM_CHILD: Final = {
    "database",
    "blobs",
    "data",
    "oidc_issuer",
    "oidc_client_id",
    "otel_endpoint",
    "webhook_networks",
}
_LOOK_SECONDS: Final = 0.25
_START_SECONDS: Final = 900.0
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class StageError(JobsError):
    """A stage did not end well: `code` says how; `final` where trying again cannot help."""

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(f"the stage ended with {code}", code=code)
        self.final = final


class Stopped(Exception):  # noqa: N818
    """The worker wants to stop and cannot wait for this stage any longer."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a stage made: the document as JSON, and what it was made with."""

    document: bytes
    made: dict[str, Any]


class Workshop:
    """One child. `run` raises `StageError`; the next `run` starts a new child where the last was killed or died."""

    def __init__(self, settings: Settings, *, prepare: bool, stages: str = STAGES) -> None:
        self._settings = settings
        self._prepare = prepare
        self._stages = stages
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self.rules = ""

    def start(self) -> None:
        """Start the child and load its engines. Raises `ModelError`, `StageError`."""
        if self._process is not None and self._process.poll() is None:
            return
        self.kill()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pipeline.jobs.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_environment(os.environ),
                start_new_session=True,
            )
        self._channel = ours
        settings = self._settings.model_dump(mode="json", exclude=_KEPT_FROM_CHILD)
        self._send({"settings": settings, "prepare": self._prepare, "stages": self._stages})
        message, _ = self._await(time.monotonic() + _START_SECONDS, None, None)
        if "error" in message:
            self.kill()
            raise ModelError(message["message"] or "the engines cannot be loaded", code=message["error"])
        self.rules = message["rules"]

    def run(
        self,
        message: dict[str, Any],
        file: BinaryIO,
        *,
        progress: Callable[[str, int, int], None],
        must_stop: Callable[[], bool],
    ) -> Made:
        """Have one stage done. Raises `StageError`, `ModelError`, `Stopped`; after each the child may be gone."""
        self.start()
        self._send(message, file)
        reply, output = self._await(time.monotonic() + self._settings.job_seconds, progress, must_stop)
        if "error" in reply:
            if "where" in reply:
                _log.error("a stage failed within the program (%s)", reply["where"])
            raise StageError(reply["error"], final=reply["final"])
        assert output is not None
        with output:
            return Made(output.read(), reply["done"])

    def kill(self) -> None:
        """End the child and everything it started."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                self._process.kill()
            self._process.wait()
            self._process = None

    def _send(self, message: dict[str, Any], file: BinaryIO | None = None) -> None:
        assert self._channel is not None
        try:
            send(self._channel, message, file)
        except Closed:
            self._died()

    def _await(
        self,
        until: float,
        progress: Callable[[str, int, int], None] | None,
        must_stop: Callable[[], bool] | None,
    ) -> tuple[dict[str, Any], BinaryIO | None]:
        assert self._channel is not None
        while True:
            ready, _, _ = select.select([self._channel], [], [], _LOOK_SECONDS)
            if ready:
                try:
                    message, file = receive(self._channel)
                except Closed:
                    self._died()
                if "progress" not in message:
                    return message, file
                if progress is not None:
                    progress(*message["progress"])
            if must_stop is not None and must_stop():
                self.kill()
                raise Stopped
            if time.monotonic() > until:
                self.kill()
                raise StageError("time_limit")
            if self._resident() > self._settings.job_memory_mb * 1024 * 1024:
                self.kill()
                raise StageError("memory_limit")

    def _died(self) -> NoReturn:
        process = self._process
        self.kill()
        status = None if process is None else process.returncode
        _log.warning("the child of a worker ended with status %s", status)
        raise StageError("process_crashed")

    def _resident(self) -> int:
        """Bytes of memory that the child holds."""
        assert self._process is not None
        try:
            with open(f"/proc/{self._process.pid}/statm", encoding="ascii") as file:  # noqa: PTH123
                return int(file.read().split()[1]) * _PAGE
        except (OSError, IndexError):
            return 0


def _environment(all_of_it: Mapping[str, str]) -> dict[str, str]:
    """What the child gets to see: no key, no password, no address of a database."""
    seen = {
        name: value for name, value in all_of_it.items() if name in _ENVIRONMENT or name.startswith(_ENVIRONMENT_GROUPS)
    }
    return {**seen, "PYTHONPATH": os.pathsep.join(folder for folder in sys.path if folder)}
