"""Search finds what was said, all of it and nothing else, and shows no number that identifies somebody."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.errors import InputError, StoreError
from pipeline.store import SYSTEM, CallMetadata, KeyRing, Principal, SearchFilters, SearchQuery, Store, schema
from pipeline.store.search import chunks as chunking
from pipeline.store.search.backends import chunks
from tests.pipeline.store.calls import QA, outcome, report, signal, transcript
from tests.pipeline.store.conftest import Opener

DAY = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
CALLS = {
    "C1": [
        ("agent", "您好，请问车是自己开吗？"),
        ("customer", "平时跑网约车，滴滴那种"),
        ("agent", "您说的滴滴，是快车还是专车"),
        ("customer", "快车，我叫王建国"),
    ],
    "C2": [
        ("agent", "车是自用的对吧"),
        ("customer", "对，自用，上下班开。Model Y，秦PLUS也看过"),
        ("customer", "钱拿来周转一下，还别的账"),
        ("third_party", "你就说自用就行"),
    ],
    "C3": [
        ("agent", "请报一下身份证号"),
        ("customer", "三四零幺零二一九八八零五零六七二幺九"),
        ("customer", "手机13856781234，尾号幺二三四"),
        ("customer", "跑滴，滴滴答答的，一个月六千五"),
        ("customer", "网约的车不是我的"),
    ],
}


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with three calls, a day apart; the last one is the newest."""
    for number, (call_id, turns) in enumerate(CALLS.items()):
        metadata = CallMetadata(call_id, f"A{number}", f"经销商{number}", DAY + timedelta(days=number))
        store.put_transcript_call(transcript(*turns, call_id=call_id), None, metadata, by=SYSTEM)
    return store


def found(store: Store, query: str | SearchQuery, by: Principal = QA, **filters: object) -> list[tuple[str, int]]:
    page = store.search(query, SearchFilters(**filters), by=by)  # type: ignore[arg-type]
    return [(hit.call_id, hit.turn) for hit in page.items]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("滴滴", [("C3", 3), ("C1", 1), ("C1", 2)]),
        ("网约车", [("C1", 1)]),
        ("账", [("C2", 2)]),
        ("贷款", []),
        ("自用 上下班", [("C2", 1)]),
        ("滴滴 快车", [("C1", 2)]),
        ("周转|网约车", [("C2", 2), ("C1", 1)]),
        ("自用 -就行", [("C2", 0), ("C2", 1)]),
        ('"车是自用"', [("C2", 0)]),
        ("“车是自用”", [("C2", 0)]),
        ("自用对", []),
        ("对自用", [("C2", 1)]),
        ("开吗平时", []),
        ("model", [("C2", 1)]),
        ("MODEL　Y", [("C2", 1)]),
        ('"model y"', [("C2", 1)]),
        ("ｍｏｄｅｌ", [("C2", 1)]),
        ("mode", []),
        ("秦plus", [("C2", 1)]),
        ("六千五", [("C3", 3)]),
        ("~王健国", [("C1", 3)]),
        ("~wangjianguo", [("C1", 3)]),
        ('~"wang jian guo"', [("C1", 3)]),
        ("~黄建国", []),
        ("~惠州", []),
        ("~zouzuan", [("C2", 2)]),
        ("~周赚 账", [("C2", 2)]),
    ],
)
def test_what_is_found(filled: Store, query: str, expected: list[tuple[str, int]]) -> None:
    assert found(filled, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (SearchQuery(all=("滴滴", "王建国"), within="call"), [("C1", 1), ("C1", 2), ("C1", 3)]),
        (SearchQuery(all=("滴滴", "王建国")), []),
        (SearchQuery(all=("自用",), none=("周转",), within="call"), []),
        (SearchQuery(all=("滴滴",), none=("身份证",), within="call"), [("C1", 1), ("C1", 2)]),
        (SearchQuery(all=("自用",), any=("账", "身份证"), within="call"), [("C2", 0), ("C2", 1), ("C2", 2), ("C2", 3)]),
        (SearchQuery(any=("账", "快车")), [("C2", 2), ("C1", 2), ("C1", 3)]),
        (SearchQuery(sounds=("王建国",), all=("快车",)), [("C1", 3)]),
    ],
)
def test_words_meet_in_a_turn_or_in_a_call(filled: Store, query: SearchQuery, expected: list[tuple[str, int]]) -> None:
    assert found(filled, query) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"speaker": "customer"}, [("C3", 3), ("C1", 1)]),
        ({"speaker": "agent"}, [("C1", 2)]),
        ({"speaker": "third_party"}, []),
        ({"agent_part": "A0"}, [("C1", 1), ("C1", 2)]),
        ({"dealer_part": "经销商2"}, [("C3", 3)]),
        ({"dealer_part": "商2"}, [("C3", 3)]),
        ({"dealer_part": "商"}, [("C3", 3), ("C1", 1), ("C1", 2)]),
        ({"dealer_part": "没有的"}, []),
        ({"agent_part": "a"}, [("C3", 3), ("C1", 1), ("C1", 2)]),
        ({"agent_part": "a", "dealer_part": "0"}, [("C1", 1), ("C1", 2)]),
        ({"since": DAY + timedelta(days=1)}, [("C3", 3)]),
        ({"until": DAY + timedelta(days=2)}, [("C1", 1), ("C1", 2)]),
        ({"since": DAY, "until": DAY}, []),
        ({"call_id": "C1"}, [("C1", 1), ("C1", 2)]),
        ({"field": "loan.purpose", "outcome": "mismatch"}, [("C1", 1), ("C1", 2)]),
        ({"field": "loan.purpose", "outcome": "match"}, []),
        ({"outcome": "match"}, [("C1", 1), ("C1", 2)]),
        ({"signal": "undisclosed_commercial_use"}, [("C1", 1), ("C1", 2)]),
        ({"signal": "coached"}, []),
        ({"disposition": "escalate"}, [("C1", 1), ("C1", 2)]),
    ],
)
def test_filters(filled: Store, filters: dict[str, object], expected: list[tuple[str, int]]) -> None:
    said = [outcome("loan.purpose"), outcome("income.monthly", "match", None)]
    filled.save_report("C1", report(said, [signal("undisclosed_commercial_use")], disposition="escalate"), by=SYSTEM)
    assert found(filled, "滴滴", **filters) == expected


def test_a_report_gives_speakers_their_roles(store: Store) -> None:
    turns = [("S0", "您好，车贷回访"), ("S1", "跑滴滴")]
    store.put_transcript_call(transcript(*turns), None, CallMetadata(), by=SYSTEM)
    assert found(store, "滴滴", speaker="customer") == []
    assert found(store, "滴滴", speaker="S1") == [("C1", 1)]
    store.save_report("C1", report(roles={"S0": "agent", "S1": "customer"}), by=SYSTEM)
    assert found(store, "滴滴", speaker="customer") == [("C1", 1)]


def test_a_snippet_marks_what_was_found_and_says_where(filled: Store) -> None:
    hit = filled.search("网约车", by=QA).items[0]
    assert (hit.call_id, hit.turn, hit.start, hit.end, hit.speaker) == ("C1", 1, 5.0, 9.0, "customer")
    assert [hit.snippet[start:stop] for start, stop in hit.highlights] == ["网约车"]


def test_a_long_turn_gives_a_short_snippet_around_the_word(store: Store) -> None:
    text = "嗯这个呢" * 200 + "其实是套现" + "那个什么" * 200
    store.put_transcript_call(transcript(("customer", text)), None, CallMetadata(), by=SYSTEM)
    hit = store.search("套现", by=QA).items[0]
    assert len(hit.snippet) < 90
    assert [hit.snippet[start:stop] for start, stop in hit.highlights] == ["套现"]


@pytest.mark.parametrize("query", ["13856781234", "3856", "幺零二一", "一九八八零五零六", "7219", "七二幺九"])
def test_identity_numbers_are_not_found(filled: Store, query: str) -> None:
    try:
        assert found(filled, query) == []
    except InputError:
        assert len(query) >= 6


def test_a_snippet_shows_no_number(filled: Store) -> None:
    hit = filled.search("尾号", by=QA).items[0]
    assert hit.snippet == "手机***********，尾号幺二三四"


@pytest.mark.parametrize(
    "query", ["", "   ", "-自用", "，。", '""', "~", "~123", "13856781234", "滴滴 " * 40, "滴" * 300]
)
def test_a_query_for_nothing_is_refused(filled: Store, query: str) -> None:
    with pytest.raises(InputError):
        found(filled, query)


@pytest.mark.parametrize(
    "query", ["'; DROP TABLE calls; --滴滴", "滴滴* OR", 'NEAR("滴滴")', "滴滴' AND", "滴滴 & !a", "\0滴滴"]
)
def test_a_query_is_no_code(filled: Store, query: str) -> None:
    found(filled, query)
    assert filled.call("C1", by=QA).call_id == "C1"


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_give_every_hit_once(store: Store, limit: int) -> None:
    for number in range(9):
        turns = [("customer", "跑滴滴"), ("agent", "好的"), ("customer", "滴滴快车")]
        metadata = CallMetadata(f"C{number}", recorded_at=DAY + timedelta(hours=number // 3))
        store.put_transcript_call(transcript(*turns, call_id=f"C{number}"), None, metadata, by=SYSTEM)
    hits, cursor = [], None
    while True:
        page = store.search("滴滴", None, cursor, limit, by=QA)
        hits += [(hit.call_id, hit.turn) for hit in page.items]
        if (cursor := page.next) is None:
            break
    assert len(hits) == len(set(hits)) == 18
    times = [store.call(call_id, by=QA).at for call_id, _ in hits]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMl0", "WyJhIiwyLDNd", "bnVsbA", "é"])
def test_a_bad_cursor_is_refused(filled: Store, cursor: str) -> None:
    with pytest.raises(InputError):
        filled.search("滴滴", None, cursor, by=QA)


def test_other_units_are_out_of_reach(filled: Store) -> None:
    north = CallMetadata("N1", unit="north")
    filled.put_transcript_call(transcript(("customer", "跑滴滴"), call_id="N1"), None, north, by=SYSTEM)
    reader = Principal("qa", units=frozenset({"north"}))
    assert found(filled, "滴滴", reader) == [("N1", 0)]
    assert found(filled, "滴滴", Principal("qa", units=frozenset())) == []
    assert found(filled, "滴滴", unit="north") == [("N1", 0)]


def test_the_ledger_has_the_search_and_not_the_words(filled: Store) -> None:
    filled.search("滴滴", by=QA)
    entry = list(filled.ledger.entries(action="search"))[-1]
    assert entry.actor == "li.na"
    assert "C1" in entry.details
    assert "滴滴" not in entry.details


def test_the_index_shows_no_word(filled: Store) -> None:
    with filled.database.read() as connection:
        kept = connection.execute(sa.select(chunks)).all()
        terms = "search_terms" if filled.database.sqlite else "search_chunks"
        union = f"SELECT terms FROM {terms} UNION ALL SELECT terms FROM search_rows"
        index = str(connection.execute(sa.text(union)).all())
    assert len(kept) == 3
    for word in ("滴", "网约", "model", "wang", "经销商"):
        assert word not in index
        assert not any(word.encode() in row.sealed for row in kept)


def test_a_new_transcript_replaces_the_old_one(filled: Store) -> None:
    filled.save_transcript("C1", transcript(("customer", "我只是自己开")), by=SYSTEM)
    assert found(filled, "滴滴") == [("C3", 3)]
    assert found(filled, "只是") == [("C1", 0)]


def test_an_index_of_another_version_is_made_anew(filled: Store) -> None:
    facts = schema.store_facts
    with filled.database.write() as connection:
        connection.execute(facts.update().where(facts.c.name == "search_version").values(value="0"))
        connection.execute(chunks.delete())
    with pytest.raises(StoreError) as refused:
        found(filled, "滴滴")
    assert refused.value.code == "search_stale"
    assert filled.reindex() == 3
    assert found(filled, "滴滴") == [("C3", 3), ("C1", 1), ("C1", 2)]


def test_stores_that_open_together_make_an_old_index_anew_once(
    filled: Store, open_store: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    facts = schema.store_facts
    with filled.database.write() as connection:
        connection.execute(facts.update().where(facts.c.name == "search_version").values(value="0"))
    with caplog.at_level(logging.INFO, "callproof.store"), ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(), range(4)))
    assert [record.getMessage().split(" made anew")[0] for record in caplog.records] == ["search index of version 0"]
    for store in stores:
        assert found(store, "滴滴") == [("C3", 3), ("C1", 1), ("C1", 2)]


def test_a_copied_database_keeps_its_index(
    filled: Store, keys: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only another version of the analyser has an index made anew; a copy, opened elsewhere, is searched as it is."""
    monkeypatch.setattr(Store, "_reindex", lambda self: pytest.fail("the index was made anew"))
    with _copied(filled, tmp_path) as url, Store.open(url, keys=keys, folder=tmp_path / "elsewhere") as copy:
        assert not copy.renew_index()
        assert found(copy, "网约车") == [("C1", 1)]


@contextmanager
def _copied(store: Store, folder: Path) -> Iterator[str]:
    """URL of a copy of the store's database: by SQLite's backup, by PostgreSQL's templates."""
    url = store.database.url
    if store.database.sqlite:
        with closing(sqlite3.connect(str(url.database))) as old, closing(sqlite3.connect(folder / "copy.db")) as new:
            old.backup(new)
        yield f"sqlite:///{folder / 'copy.db'}"
        return
    store.close()
    server = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = f"{url.database}_copy"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {url.database}")
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_words_meet_in_a_turn_and_in_what_is_known_of_a_call(store: Store) -> None:
    for number, (said, more) in enumerate(
        [("一个月工资六千", "好"), ("一个月六千", "工资不多"), ("一个月工资八千", "好")]
    ):
        turns = [("customer", said), ("customer", more), ("agent", "一个月工资多少")]
        at = DAY + timedelta(seconds=10 * number)
        metadata = CallMetadata(f"C{number}", recorded_at=at, dealer=f"D{number % 2}", unit=f"U{number}")
        store.put_transcript_call(transcript(*turns, call_id=f"C{number}"), None, metadata, by=SYSTEM)
    assert found(store, "一个月 工资") == [("C2", 0), ("C2", 2), ("C1", 2), ("C0", 0), ("C0", 2)]
    assert found(store, "一个月 工资", speaker="customer") == [("C2", 0), ("C0", 0)]
    assert found(store, "一个月 工资", speaker="customer", dealer_part="D1") == []
    assert found(store, "一个月 工资 八千|六千", speaker="customer") == [("C2", 0), ("C0", 0)]
    assert found(store, "一个月 工资", by=Principal("a", units=frozenset({"U0"}))) == [("C0", 0), ("C0", 2)]
    assert found(store, "一个月工资", call_id="C2", speaker="customer") == [("C2", 0)]
    window = {"since": DAY + timedelta(seconds=5), "until": DAY + timedelta(seconds=20)}
    assert found(store, "一个月 工资", **window) == [("C1", 2)]
    assert found(store, "六千", **window) == [("C1", 0)]


def test_a_call_of_more_lines_than_rows_is_found_to_its_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunking, "MOST_CHUNKS", 4)
    turns = [("customer", f"第{number}句") for number in range(1_500)]
    store.put_transcript_call(transcript(*turns, ("customer", "终于说完了")), None, CallMetadata(), by=SYSTEM)
    assert found(store, "终于说完了") == [("C1", 1500)]
    assert found(store, "第1234句") == [("C1", 1234)]


def test_a_very_long_turn_is_found_to_its_end(store: Store) -> None:
    text = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(100_000)) + "终于说完了"
    store.put_transcript_call(transcript(("customer", text), ("agent", "再见")), None, CallMetadata(), by=SYSTEM)
    assert found(store, "终于说完了") == [("C1", 0)]
    assert found(store, text[11_990:12_010]) == [("C1", 0)]
    assert found(store, "再见") == [("C1", 1)]
    assert found(store, SearchQuery(all=("终于说完了", "再见"), within="call")) == [("C1", 0), ("C1", 1)]


def test_the_newest_come_first_page_by_page(store: Store) -> None:
    for number in range(12):
        said = transcript(("customer", "跑滴滴" if number % 5 else "背户的车，跑滴滴"), call_id=f"C{number}")
        metadata = CallMetadata(f"C{number}", recorded_at=DAY + timedelta(days=number), dealer=f"D{number % 2}")
        store.put_transcript_call(said, None, metadata, by=SYSTEM)
    newest_first = [f"C{number}" for number in reversed(range(12))]
    seen: list[str] = []
    page = store.search("滴滴", limit=2, by=QA)
    seen += [hit.call_id for hit in page.items]
    while page.next:
        page = store.search("滴滴", cursor=page.next, limit=2, by=QA)
        seen += [hit.call_id for hit in page.items]
    assert seen == newest_first
    assert [call for call, _ in found(store, "背户")] == ["C10", "C5", "C0"]
    assert [call for call, _ in found(store, "滴滴", dealer_part="D1")] == newest_first[::2]
    window = {"since": DAY + timedelta(days=3), "until": DAY + timedelta(days=6)}
    assert [call for call, _ in found(store, "滴滴", **window)] == ["C5", "C4", "C3"]
    assert [call for call, _ in found(store, "滴滴", call_id="C2")] == ["C2"]


def test_words_meet_in_a_call_that_fills_several_chunks(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunking, "CHUNK_CHARACTERS", 20)
    long = [("customer", "我跑滴滴"), *(("agent", f"第{number}句话说得不短不长的") for number in range(8))]
    for call_id, last in (("C1", "买车贷款"), ("C2", "买房贷款")):
        said = transcript(*long, ("customer", last), call_id=call_id)
        store.put_transcript_call(said, None, CallMetadata(call_id, recorded_at=DAY), by=SYSTEM)
    with store.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(chunks)) > 4
    both = SearchQuery(all=("滴滴", "买车"), within="call")
    assert found(store, both) == [("C1", 0), ("C1", 9)]
    assert found(store, SearchQuery(all=("滴滴",), none=("买房",), within="call")) == [("C1", 0)]
    assert found(store, SearchQuery(all=("滴滴", "买车"))) == []
