"""The held-out curve as a picture: SVG, drawn from the CSV files that training writes."""

import csv
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError

_WIDTH, _HEIGHT = 720, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 40, 46
_COLOURS = {"training": "#9aa5b1", "held out": "#1f6feb", "characters": "#d1242f"}
_SMOOTHED = 8  # rows of the training curve to one point


@dataclass(frozen=True)
class Line:
    """One curve: a name, and points of (minutes, value)."""

    name: str
    points: tuple[tuple[float, float], ...]


def draw_curves(curve: Path, held_out: Path, picture: Path) -> None:
    """Write `picture` (.svg): training and held-out loss (nats a token) and the held-out share of wrong characters.

    Raises `InputError` where a curve is missing or has no rows.
    """
    training = _column(curve, "minutes", "text_loss")
    smooth = [
        (group[-1][0], sum(value for _, value in group) / len(group))
        for group in (training[first : first + _SMOOTHED] for first in range(0, len(training), _SMOOTHED))
    ]
    lines = [
        Line("training", tuple(smooth)),
        Line("held out", tuple(_column(held_out, "minutes", "loss"))),
        Line("characters", tuple(_column(held_out, "minutes", "character_errors"))),
    ]
    picture.write_text(svg(lines), encoding="utf-8")


def svg(lines: list[Line]) -> str:
    """The lines over time as an SVG document with axes, marks and a legend."""
    longest = max(minutes for line in lines for minutes, _ in line.points)
    highest = max(value for line in lines for _, value in line.points)

    def x(minutes: float) -> float:
        return _LEFT + minutes / longest * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - value / highest * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
    ]
    for step in range(6):
        value, minutes = highest * step / 5, longest * step / 5
        parts += [
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#e5e7eb"/>',
            f'<text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.2f}</text>',
            f'<text x="{x(minutes):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{minutes:.0f}</text>',
        ]
    parts.append(f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 8}" text-anchor="middle">minutes</text>')
    names = {
        "training": "training loss",
        "held out": "held-out loss",
        "characters": "held-out characters wrong (share)",
    }
    for place, line in enumerate(lines):
        path = " ".join(f"{x(minutes):.1f},{y(value):.1f}" for minutes, value in line.points)
        colour = _COLOURS[line.name]
        parts += [
            f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>',
            f'<rect x="{_LEFT + 190 * place}" y="14" width="14" height="4" fill="{colour}"/>',
            f'<text x="{_LEFT + 190 * place + 20}" y="20">{names[line.name]}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _column(path: Path, first: str, second: str) -> list[tuple[float, float]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            points = [(float(row[first]), float(row[second])) for row in csv.DictReader(file)]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a curve of training ({type(error).__name__})") from error
    if not points:
        raise InputError(f"{path}: has no rows yet")
    return points
