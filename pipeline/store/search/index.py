"""The search index of a store: calls go in when their transcript or report is saved, and out when they are erased."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa

from pipeline.contract import Report, Transcript
from pipeline.store import cipher
from pipeline.store.search.analyser import Analyser
from pipeline.store.search.backends import Backend, Condition, Fts5, TsVector, Wanted
from pipeline.store.search.chunks import SPEAKERS, Line, chunk_id, chunks_of, lines_of, row_ids, speaker_class
from pipeline.store.search.query import Compiled, SearchFilters, Term, Word
from pipeline.store.search.sounds import Sounds, pairs_of
from pipeline.store.search.units import normalise

Names = Mapping[str, Collection[str]]
VERSION_FACT: Final = "search_version"
_IN_PARTS: Final = ("parts", "several")


class SearchIndex:
    """Keeps chunks of calls under hashed terms, and says which chunks a query can be in."""

    def __init__(self, key: bytes, *, sqlite: bool) -> None:
        self.backend: Backend = Fts5() if sqlite else TsVector()
        self.analyser = Analyser(key, Sounds())

    @property
    def version(self) -> str:
        """What the index was made with; another version needs it made anew."""
        return self.analyser.version

    def put(
        self, connection: sa.Connection, call: sa.Row[Any], key: bytes, transcript: Transcript, report: Report | None
    ) -> None:
        """(Re)index a call by its transcript, and by the roles, outcomes and signals of its report."""
        self.backend.remove(connection, call.seq)
        self.add(connection, call, key, transcript, report)

    def add(
        self, connection: sa.Connection, call: sa.Row[Any], key: bytes, transcript: Transcript, report: Report | None
    ) -> None:
        """`put` for a call that is not in the index yet."""
        parts = chunks_of(lines_of(transcript, report))
        known = self.analyser.facets(_facets(call, report) | ({_IN_PARTS} if len(parts) > 1 else set()))
        for number, lines in enumerate(parts):
            chunk = chunk_id(call.at, call.seq, number)
            rows: dict[int, set[str]] = {}
            for row, line in zip(row_ids(chunk, len(lines)), lines, strict=True):
                said = self.analyser.index_terms(speaker_class(line.speaker), normalise(line.text))
                rows.setdefault(row, set()).update(said)
            sealed = cipher.seal_json(key, lines, chunk_context(call.call_id, chunk))
            self.backend.put(connection, chunk, call.seq, sealed, known.union(*rows.values()), rows)

    def wanted(self, query: Compiled, filters: SearchFilters, names: Names, units: frozenset[str] | None) -> Wanted:
        """What the terms of a chunk and of a line of it must be for a turn to match. It may still turn out not to.

        `names` are the agents and dealers that the parts of names in `filters` stand for, where they are not many.
        """
        chosen = (speaker_class(filters.speaker),) if filters.speaker else SPEAKERS
        by_speaker: list[Condition] = []
        for speaker in chosen:
            parts = [self.term(term, speaker) for term in query.all]
            if query.any:
                parts.append(("or", [self.term(term, speaker) for term in query.any]))
            by_speaker.append(("and", parts))
        said: Condition = ("or", by_speaker)
        return Wanted(said, tuple(self._narrowed(filters, names, units)), together=_joins(said))

    def wanted_in_call(
        self, query: Compiled, filters: SearchFilters, names: Names, units: frozenset[str] | None
    ) -> Wanted:
        """For a search within whole calls: what a chunk's terms must be for it to hold hits of a call that matches.

        A call in one chunk has everything there; of one in several, a chunk may hold hits that has but one word.
        """
        chosen = (speaker_class(filters.speaker),) if filters.speaker else SPEAKERS

        def said(terms: tuple[Term, ...]) -> Condition:
            return ("or", [self.term(term, speaker) for term in terms for speaker in chosen])

        every: list[Condition] = [said((term,)) for term in query.all]
        if query.any:
            every.append(said(query.any))
        in_parts: Condition = ("and", [self.analyser.facet(*_IN_PARTS), said(query.wanted)])
        return Wanted(("or", [("and", every), in_parts]), tuple(self._narrowed(filters, names, units)))

    def term(self, term: Term, speaker: str) -> Condition:
        """What the terms of a chunk must be for `speaker` to have said this in it."""
        if isinstance(term, Word):
            return ("and", [self.analyser.word(speaker, word) for word in term.terms])
        return ("or", [self._way(way, speaker) for way in term.ways])

    def _way(self, way: Any, speaker: str) -> Condition:
        pairs = [("or", [self.analyser.sound(speaker, sound) for sound in pair]) for pair in pairs_of(way)]
        return ("and", pairs)

    def _narrowed(self, filters: SearchFilters, names: Names, units: frozenset[str] | None) -> list[Condition]:
        facet = self.analyser.facet
        narrowed: list[Condition] = []
        for name in ("unit", "signal", "disposition"):
            if (value := getattr(filters, name)) is not None:
                narrowed.append(facet(name, value))
        if filters.field is not None:
            narrowed.append(facet("field", f"{filters.field}={filters.outcome or 'any'}"))
        elif filters.outcome is not None:
            narrowed.append(facet("outcome", filters.outcome))
        either = [*names.items(), *([("unit", units)] if units is not None else [])]
        narrowed += [
            ("or", [facet(name, value) for value in sorted(values)] or [facet(name, "")]) for name, values in either
        ]
        return narrowed


def open_chunk(key: bytes, call_id: str, chunk: int, sealed: bytes) -> list[Line]:
    """The lines of a chunk. Raises `KeysError`."""
    return [Line(*line) for line in cipher.unseal_json(key, sealed, chunk_context(call_id, chunk))]


def chunk_context(call_id: str, chunk: int) -> bytes:
    """What a chunk is sealed to."""
    return cipher.associated(call_id, "search", chunk)


def _joins(condition: Condition) -> bool:
    """Whether a condition asks for several terms at once."""
    if isinstance(condition, str):
        return False
    kind, parts = condition
    return (kind == "and" and len(parts) > 1) or any(_joins(part) for part in parts)


def _facets(call: sa.Row[Any], report: Report | None) -> set[tuple[str, str]]:
    facets = {("unit", call.unit)}
    facets |= {(name, getattr(call, name)) for name in ("agent_id", "dealer") if getattr(call, name) is not None}
    if report is not None:
        facets.add(("disposition", report.disposition))
        facets |= {("signal", signal.code) for signal in report.signals}
        for outcome in report.fields:
            facets |= {
                ("field", f"{outcome.field}={outcome.outcome}"),
                ("field", f"{outcome.field}=any"),
                ("outcome", outcome.outcome),
            }
    return facets
