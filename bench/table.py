"""A table in plain text, as it goes into a document."""

from __future__ import annotations

from collections.abc import Sequence


def print_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """`rows` under `heads` as a Markdown table."""
    print(f"\n{title}\n")
    print(f"| {' | '.join(heads)} |")
    print(f"|{'|'.join('---' for _ in heads)}|")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |")
