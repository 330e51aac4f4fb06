"""The money grammar over the whole range: amounts from 1 to 9,999,999 spoken in each form and read back."""

from __future__ import annotations

from collections import Counter

from bench.spoken import LARGEST, amount_forms
from bench.table import print_table
from pipeline.language.numerals import find_numbers
from pipeline.language.script import fold

ALL_BELOW = 100_000
STRIDE = 97


def bench_grammar() -> None:
    """Print how many amounts of each form were spoken and how many misread: all below 100,000, then every 97th."""
    spoken: Counter[str] = Counter()
    misread: Counter[str] = Counter()
    for value in (*range(1, ALL_BELOW), *range(ALL_BELOW, LARGEST + 1, STRIDE)):
        for form, text in amount_forms(value):
            spoken[form] += 1
            found = find_numbers(fold(text))
            if [(n.start, n.end, round(n.low, 6), round(n.high, 6)) for n in found] != [(0, len(text), value, value)]:
                misread[form] += 1
    rows = [[form, f"{count:,}", misread[form]] for form, count in sorted(spoken.items())]
    print_table("Amounts spoken and read back", ["form", "spoken", "misread"], rows)
