"""Charts as SVG, drawn on the server: shapes alone, coloured by classes; words and numbers stand beside them in HTML.

They stretch to their place (`preserveAspectRatio="none"`), so nothing in them is text. Each is hidden from readers of
the screen by itself: the table that every chart has says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

HEIGHT: Final = 100.0
GAP: Final = 0.2


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a stacked chart: a number for each class, from the bottom, what it says when pointed at, a link."""

    parts: tuple[tuple[str, float], ...]
    title: str
    link: str


def stacked(columns: Sequence[Column]) -> Markup:
    """Columns of stacked parts, as high as the highest."""
    highest = max((sum(value for _, value in column.parts) for column in columns), default=0) or 1
    drawn = []
    for place, column in enumerate(columns):
        floor, shapes = HEIGHT, []
        for kind, value in column.parts:
            height = HEIGHT * value / highest
            floor -= height
            if height:
                shapes.append(
                    Markup('<rect class="{}" x="{}" y="{:.2f}" width="{}" height="{:.2f}"/>').format(
                        kind, place + GAP / 2, floor, 1 - GAP, height
                    )
                )
        catch = Markup('<rect class="catch" x="{}" y="0" width="1" height="{}"/>').format(place, HEIGHT)
        inner = Markup("<title>{}</title>{}{}").format(column.title, catch, Markup("").join(shapes))
        drawn.append(Markup('<a href="{}" tabindex="-1">{}</a>').format(column.link, inner))
    return _svg(max(len(columns), 1), drawn)


def line(values: Sequence[float | None], low: float, high: float) -> Markup:
    """A line through `values` between `low` and `high`, broken where there is none; a lone value is a dot."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place + 0.5, HEIGHT * (1 - (value - low) / ((high - low) or 1))))
    drawn = []
    for run in runs:
        if len(run) == 1:
            run = [(run[0][0] - 0.2, run[0][1]), (run[0][0] + 0.2, run[0][1])]
        if run:
            points = " ".join(f"{x:.2f},{y:.2f}" for x, y in run)
            drawn.append(Markup('<polyline class="line" points="{}"/>').format(points))
    return _svg(max(len(values), 1), drawn)


def bar(share: float | None, kind: str) -> Markup:
    """A bar for a cell of a table: `share` of its width."""
    width = 0.0 if share is None else min(max(share, 0.0), 1.0)
    shape = Markup('<rect class="{}" width="{:.4f}" height="{}"/>').format(kind, width, HEIGHT)
    return _svg(1, [shape], "bar-of-cell")


def _svg(width: float, shapes: Sequence[Markup], kind: str = "chart") -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>').format(
        kind, width, int(HEIGHT), Markup("").join(shapes)
    )
