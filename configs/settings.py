"""Settings of the program: defaults, then a file, then the environment, then flags; the later one wins.

The file is `callproof.toml` in the working directory, or what `CALLPROOF_SETTINGS` or `--settings` names.
Environment variables are the names below in capitals after `CALLPROOF_` (`CALLPROOF_MODEL=large-v3`).
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from pipeline.errors import SettingsError

PREFIX = "CALLPROOF_"
FILE_VARIABLE = "CALLPROOF_SETTINGS"
DEFAULT_FILE = Path("callproof.toml")
_PASSWORD = re.compile(r"(://[^:/@]*:)[^/]*@")


class Settings(BaseSettings):
    """Everything that can be set. Each description is what `callproof config` and the documentation show."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=PREFIX, env_ignore_empty=True)

    language: Literal["zh", "en"] = Field("zh", description="language of messages and of the readable report")
    timezone: str = Field("Asia/Shanghai", description="time zone (IANA) that the console shows times in")
    configs: Path | None = Field(None, description="folder whose files replace the embedded configs of the same name")
    engine: str = Field("openai-whisper", description="recogniser engine: `openai-whisper`, `faster-whisper`")
    compute_type: str = Field("default", description="arithmetic of `faster-whisper`: `float32`, `int8`, `bfloat16`, …")
    model: str = Field("embedded", description="`embedded`, an openai-whisper name (large-v3), or a checkpoint's path")
    model_folder: Path | None = Field(None, description="folder that holds named models (default ~/.cache/whisper)")
    fetch_models: bool = Field(False, description="let the engine download a named model that is not in the folder")
    device: str = Field("auto", description="`auto`, `cpu` or `cuda`")
    threads: int = Field(0, ge=0, le=256, description="processor threads of the recogniser; 0: one a core")
    batch: int = Field(8, ge=1, le=256, description="windows decoded together")
    window_seconds: float = Field(8.0, ge=2, le=29, description="longest window given to the recogniser")
    vocabulary_prompt: str | None = Field(
        None, description="words for the recogniser, `lexicon` for those of recogniser.yaml; never a value to verify"
    )
    language_model: str = Field(
        "auto", description="what helps the recogniser to tell like sounds apart: `auto`, `none`, or a file's path"
    )
    diarizer: str = Field("plain", description="what tells speakers apart on one mixed channel: `plain`, `pyannote`")
    diarizer_model: str | None = Field(None, description="folder (or hub name) of the pipeline that `pyannote` loads")
    voices_apart: Path | None = Field(
        None, description="weights that hear two speakers of one mixed channel apart (`make train-apart` makes some)"
    )
    speakers: int = Field(2, ge=1, le=4, description="speakers on one mixed channel")
    longest_call_seconds: float = Field(4 * 3600, ge=1, le=6 * 3600, description="longer recordings are refused")
    decode_memory_mb: int = Field(2048, ge=256, description="memory limit of the decoding process")
    data: Path = Field(Path("callproof-data"), description="folder of the embedded store: database, recordings, keys")
    database: str | None = Field(None, description="PostgreSQL URL; without one, SQLite in the data folder")
    blobs: str | None = Field(None, description="folder or s3:// URL of recordings; without one, in the data folder")
    host: str = Field("127.0.0.1", description="address that the server listens on")
    port: int = Field(8000, ge=0, le=65535, description="port that the server listens on; 0: a free one")
    public_url: str | None = Field(None, description="address that users reach the server at (https://…)")
    upload_limit_mb: int = Field(1024, ge=1, description="larger uploads are refused")
    upload_idle_seconds: float = Field(30, gt=0, description="an upload that sends nothing for so long is ended")
    upload_seconds: float = Field(3600, gt=0, description="an upload that takes longer is ended")
    requests_per_minute: int = Field(6000, ge=1, description="requests that one key or user may make")
    session_hours: float = Field(12, gt=0, le=168, description="a session ends after so long")
    session_idle_minutes: float = Field(60, gt=0, description="a session ends when nothing was asked for so long")
    webhook_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="private networks that webhooks may be sent to, as `10.20.0.0/16, 192.168.7.5`"
    )
    oidc_issuer: str | None = Field(None, description="OpenID Connect issuer (https://…) that signs users in")
    oidc_client_id: str | None = Field(None, description="client id at the issuer")
    otel_endpoint: str | None = Field(
        None, description="OpenTelemetry collector (OTLP over HTTP, http://host:4318) that traces go to; else none go"
    )
    queue_capacity: int = Field(10_000, ge=1, description="more waiting calls than this are refused (429)")
    job_attempts: int = Field(4, ge=1, le=100, description="a call that fails so often is quarantined")
    job_seconds: float = Field(3600, gt=0, description="a stage of a call that takes longer is ended")
    job_memory_mb: int = Field(8192, ge=256, description="a stage of a call that takes more memory is ended")
    stop_seconds: float = Field(30, ge=0, description="what a stopping worker may take to finish its calls")

    @property
    def shown_database(self) -> str | None:
        """The database's URL without its password."""
        return None if self.database is None else _PASSWORD.sub(r"\1***@", self.database)

    @field_validator("webhook_networks", mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """In the environment a list with commas, or a JSON array."""
        if not isinstance(value, str):
            return value
        return [one.strip(" \"'") for one in value.strip(" []").split(",") if one.strip()]

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ipaddress.ip_network(one)
            except ValueError:
                raise ValueError("has an entry that is no network, as 10.20.0.0/16 (no bits set beyond /16)") from None
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("is no IANA time zone, as Asia/Shanghai") from None
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment; the file is merged below them by `load`."""
        return init_settings, env_settings


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings in force and where each came from: `default`, a file's path, an environment variable, or `flag`."""

    settings: Settings
    sources: dict[str, str]


def load(file: Path | None = None, **flags: Any) -> Loaded:
    """Settings from all sources; a flag that is None was not given.

    Raises `SettingsError` for an unreadable file, an unknown name or a value that does not fit.
    """
    path, values = _from_file(file)
    given = {name: value for name, value in flags.items() if value is not None}
    environment = {
        name: f"{PREFIX}{name.upper()}" for name in Settings.model_fields if os.environ.get(f"{PREFIX}{name.upper()}")
    }
    sources = dict.fromkeys(Settings.model_fields, "default")
    sources.update(dict.fromkeys(values, str(path)))
    sources.update(environment)
    sources.update(dict.fromkeys(given, "flag"))
    below = {name: value for name, value in values.items() if name not in environment}
    try:
        settings = Settings(**{**below, **given})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        where = sources.get(name, str(path))
        known = f"; known: {', '.join(Settings.model_fields)}" if first["type"] == "extra_forbidden" else ""
        raise SettingsError(f"setting {name} (from {where}): {first['msg'].lower()}{known}") from error
    if settings.configs is not None and not settings.configs.is_dir():
        raise SettingsError(f"setting configs (from {sources['configs']}): {settings.configs} is no folder")
    return Loaded(settings, sources)


def _from_file(file: Path | None) -> tuple[Path, dict[str, Any]]:
    named = file or (Path(os.environ[FILE_VARIABLE]) if os.environ.get(FILE_VARIABLE) else None)
    path = named or DEFAULT_FILE
    if named is None and not path.is_file():
        return path, {}
    try:
        return path, tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"settings file {path}: cannot be read ({type(error).__name__})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path}: not valid TOML ({error})") from error
