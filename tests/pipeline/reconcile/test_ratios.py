"""Shares of the price as they are said."""

from __future__ import annotations

import pytest

from pipeline.reconcile.ratios import share_said


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("三成", 0.3),
        ("首付三成五", 0.35),
        ("两成半", 0.25),
        ("3成", 0.3),
        ("十成", 1.0),
        ("百分之三十", 0.3),
        ("百分之三十五", 0.35),
        ("百分之十", 0.1),
        ("百分之20", 0.2),
        ("30%", 0.3),
        ("一半", 0.5),
        ("零首付", 0.0),
        ("六万", None),
        ("成交价", None),
        ("没谈成", None),
    ],
)
def test_share_said(text: str, share: float | None) -> None:
    assert share_said(text) == (None if share is None else pytest.approx(share))
