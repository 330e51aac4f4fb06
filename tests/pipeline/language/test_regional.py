"""Words of a region are read as the usual ones; quotes stay as they were heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.language.regional import Regional
from pipeline.types import Turn


@pytest.mark.parametrize(
    ("heard", "as_read"),
    [
        ("阿拉摆摊头的呀", "我们摆摊头的呀"),
        ("我揸,我老婆冇牌", "我开,我老婆冇牌"),
        ("佢哋都睇过咗", "他们都看过了"),
        ("侬讲好了", "你讲好了"),
        ("在阿拉善开矿车", "在阿拉善开矿车"),
        ("我自己开", "我自己开"),
    ],
)
def test_words(heard: str, as_read: str) -> None:
    (turn,) = Regional().usual([Turn(0, "customer", 0.0, 1.0, heard)])
    assert turn.text == as_read
    assert turn.as_heard == heard


def test_a_lenders_own_words(tmp_path: Path) -> None:
    (turn,) = Regional(_own(tmp_path / "own", "words: {恁: 你}\n")).usual(
        [Turn(0, "customer", 0.0, 1.0, "恁说,阿拉听")]
    )
    assert turn.text == "你说,阿拉听"
    with pytest.raises(SettingsError, match="same length"):
        Regional(_own(tmp_path / "uneven", "words: {阿拉: 我}\n"))


def _own(folder: Path, content: str) -> Path:
    file = folder / "language" / "regional.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    return folder
