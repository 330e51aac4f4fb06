"""What `Dockerfile` and `compose.yaml` start exists, and runs with no more rights than it needs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from api.cli.app import app
from configs.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "callproof"}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SECRETS = {"CALLPROOF_KEYS_FILE", "CALLPROOF_BOOTSTRAP_KEY"}


def test_the_parts_are_there() -> None:
    assert set(OURS) == {"api", "worker-gpu", "worker-hearing", "worker-cpu"}
    assert "postgres" in COMPOSE["services"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_service_starts_a_command_that_exists_with_options_that_exist(name: str) -> None:
    command = typer.main.get_command(app)
    words = OURS[name]["command"]
    inner = command.commands[words[0]]  # type: ignore[attr-defined]
    inner.make_context(words[0], list(words[1:]))


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_service_sets_what_can_be_set(name: str) -> None:
    known = {f"CALLPROOF_{field.upper()}" for field in Settings.model_fields} | SECRETS
    assert set(OURS[name]["environment"]) <= known


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_service_has_a_read_only_root_and_no_rights(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["volumes"] == ["data:/data"]
    grace = int(service["stop_grace_period"].removesuffix("s"))
    assert grace > Settings.model_fields["stop_seconds"].default


def test_a_secret_is_never_written_down() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for variable in re.findall(r"\$\{(\w+)[^}]*\}", text):
        if "PASSWORD" in variable or "KEY" in variable:
            assert f"${{{variable}:?" in text, f"{variable} must have no default"


def test_the_image_has_two_stages_nobody_special_and_a_health_check() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    assert len(stages) == 2
    assert re.search(r"^USER 10001$", stages[1], re.MULTILINE)
    assert "HEALTHCHECK" in stages[1]
    assert "/health" in stages[1]
    assert "pip install" not in stages[1]


def test_what_the_image_copies_exists() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source


def test_the_environment_of_the_image_can_be_set() -> None:
    known = {f"CALLPROOF_{field.upper()}" for field in Settings.model_fields}
    assert set(re.findall(r"\b(CALLPROOF_\w+)=", DOCKERFILE)) <= known


def test_the_image_gets_everything_that_the_package_is_built_from() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    needed = {*build["wheel"]["packages"], *build["wheel"]["force-include"]}
    copied = {source for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.M) for source in line.split()}
    assert needed <= copied
    assert not needed & set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
