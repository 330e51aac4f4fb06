"""The machine form of recognition figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.evaluate.figures import Share
from pipeline.evaluate.recognition import ErrorRate, RecognitionFigures


def recognition_document(figures: RecognitionFigures) -> dict[str, Any]:
    """`figures` as JSON values; shares between 0 and 1 rounded to four places, times in seconds."""
    document: dict[str, Any] = {
        **_rate(figures.overall),
        "by_category": _rates(figures.by_category),
        "by_voice": _rates(figures.by_voice),
        "by_codec": _rates(figures.by_codec),
        "by_snr": _rates(figures.by_snr),
        "values_right": {name: _share(share) for name, share in figures.values.items()},
    }
    if figures.times:
        times = figures.times
        document["word_times"] = {
            "words": times.words,
            "median": round(times.median, 4),
            "mean": round(times.mean, 4),
            "within_0.1_s": rounded(times.near.value),
        }
    document["calibration_error"] = rounded(figures.calibration_error)
    document["reliability"] = [
        {
            "from": one.low,
            "to": one.high,
            "words": one.right.of,
            "mean": rounded(one.mean),
            "right": _share_value(one.right),
        }
        for one in figures.reliability
    ]
    return document


def rounded(value: float | None) -> float | None:
    """`value` to four places."""
    return None if value is None else round(value, 4)


def _rates(groups: Mapping[str, ErrorRate]) -> dict[str, Any]:
    return {name: _rate(rate) for name, rate in groups.items()}


def _rate(rate: ErrorRate) -> dict[str, Any]:
    return {"clips": rate.clips, "cer": _share_value(rate.characters), "exact": _share_value(rate.exact)}


def _share(share: Share) -> dict[str, float | None]:
    return {"value": _share_value(share), "hits": share.hits, "of": share.of}


def _share_value(share: Share) -> float | None:
    return rounded(share.value)
