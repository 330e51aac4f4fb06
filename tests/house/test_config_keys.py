"""No mapping in `configs/` has one key twice: YAML would keep the last and drop the first without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

CONFIGS = Path("configs")


def doubled(node: yaml.Node | None) -> list[str]:
    """Keys that stand twice in one mapping, with their lines."""
    found: list[str] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                found.append(f"{key.value} (line {key.start_mark.line + 1})")
            seen.add(key.value)
            found += doubled(value)
    elif isinstance(node, yaml.SequenceNode):
        found += [each for child in node.value for each in doubled(child)]
    return found


def test_a_doubled_key_is_found() -> None:
    assert doubled(yaml.compose("a: 1\nb: {c: 1, c: 2}\na: 3\n")) == ["c (line 2)", "a (line 3)"]


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=str)
def test_keys_stand_once(path: Path) -> None:
    assert doubled(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)) == []
