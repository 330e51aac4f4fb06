"""The way of the data is the way of the imports: no stage knows a later one, nothing knows `api`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "configs", "models", "pipeline")
STAGES = ("audio", "speech", "language", "dialogue", "reconcile", "findings")
GROUND = {"configs", "pipeline.types", "pipeline.contract", "pipeline.errors", "pipeline.version"}


def room(module: str) -> str:
    """The room a module stands in: `models`, `models.training`, `pipeline.audio`, `pipeline.flow`, …"""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "pipeline" or parts[:2] == ["models", "training"] else parts[0]


def may_import(importer: str, imported: str) -> bool:
    """Whether code in room `importer` may import from room `imported`."""
    if importer == imported or imported in GROUND:
        return True
    if importer in GROUND:
        return False
    stage = importer.removeprefix("pipeline.")
    other = imported.removeprefix("pipeline.")
    if stage in STAGES:
        return other in STAGES and STAGES.index(other) < STAGES.index(stage)
    if importer in {"models", "pipeline.documents", "pipeline.store"}:
        return False
    if importer == "models.training":
        return imported == "models" or other in STAGES
    if importer == "pipeline.analysis":
        return imported not in {"api", "pipeline.flow", "pipeline.jobs", "pipeline.evaluate"}
    if importer == "pipeline.flow":
        return imported not in {"api", "pipeline.jobs", "pipeline.evaluate"}
    if importer == "pipeline.jobs":
        return imported not in {"api", "pipeline.evaluate"}
    if importer == "pipeline.evaluate":
        return imported != "api"
    return importer == "api"


def imports() -> Iterator[tuple[str, str, str]]:
    """(file, importing room, imported room) for every import of one of our packages."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            relative = path.relative_to(ROOT)
            importer = room(".".join(relative.with_suffix("").parts))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom):
                    assert node.level == 0, f"{relative}: imports are absolute"
                    names = [f"{node.module}.{alias.name}" for alias in node.names]
                elif isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                else:
                    continue
                for name in names:
                    if name.split(".")[0] in PACKAGES:
                        yield str(relative), importer, room(name)


def test_imports_follow_the_way_of_the_data() -> None:
    wrong = [
        f"{file}: {importer} imports {imported}"
        for file, importer, imported in imports()
        if not may_import(importer, imported)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("pipeline.dialogue", "pipeline.language", True),
        ("pipeline.language", "pipeline.dialogue", False),
        ("pipeline.audio", "models", False),
        ("models", "pipeline.types", True),
        ("models", "pipeline.audio", False),
        ("models", "models.training", False),
        ("models.training", "models", True),
        ("models.training", "pipeline.dialogue", True),
        ("models.training", "pipeline.flow", False),
        ("pipeline.flow", "models", True),
        ("pipeline.flow", "api", False),
        ("pipeline.errors", "pipeline.flow", False),
        ("api", "pipeline.flow", True),
        ("pipeline.evaluate", "pipeline.flow", True),
        ("pipeline.evaluate", "pipeline.findings", True),
        ("pipeline.evaluate", "api", False),
        ("pipeline.flow", "pipeline.evaluate", False),
        ("pipeline.jobs", "pipeline.evaluate", False),
        ("pipeline.findings", "pipeline.evaluate", False),
        ("api", "pipeline.evaluate", True),
    ],
)
def test_the_rule_itself(importer: str, imported: str, allowed: bool) -> None:
    assert may_import(importer, imported) is allowed
