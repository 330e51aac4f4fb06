"""Where the clause around a place of a folded text begins and ends."""

from __future__ import annotations

from pipeline.language.script import CLAUSE_END, SENTENCE_END

CLAUSE_REACH = 40
CLAUSES = CLAUSE_END | {" "}


def clause_start(text: str, place: int) -> int:
    """Where the clause of `place` begins, at most `CLAUSE_REACH` characters before it."""
    start = place
    while start and place - start < CLAUSE_REACH and text[start - 1] not in CLAUSES:
        start -= 1
    return start


def clause_end(text: str, place: int) -> int:
    """Where the clause of `place` ends, at most `CLAUSE_REACH` characters behind it."""
    end = place
    while end < len(text) and end - place < CLAUSE_REACH and text[end] not in CLAUSES:
        end += 1
    return end


def sentence_end(text: str, place: int) -> int:
    """Where the sentence of `place` ends, at most `CLAUSE_REACH` characters behind it."""
    end = place
    while end < len(text) and end - place < CLAUSE_REACH and text[end] not in SENTENCE_END:
        end += 1
    return end
